"""Installs ali-oss once for all tests of a run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ABSENT = "no Node.js with npm on this machine: the JavaScript SDK ali-oss was not tried"
QUIET = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefer-offline")


def node_folder(tmp_path_factory):
    """Return a folder where node finds ali-oss; skip where there is no Node.js."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(ABSENT)
    folder = tmp_path_factory.getbasetemp() / "ali-oss"
    if not (folder / "installed").exists():
        folder.mkdir(exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        command = ["npm", "install", "--loglevel=error", *QUIET]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "installed").touch()
    return folder
