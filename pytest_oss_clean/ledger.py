"""The ledger: every object name of a run, written down before it is first put.

A run that is interrupted leaves its ledger behind, and `oss-clean reap` deletes what it names. One
JSON object per line: first the target, without credentials, then names as they come and go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from pytest_oss_clean.vocabulary import ConfigurationError

FOLDER = "runs"
FORMAT = "oss-clean-ledger-1"


class Ledger:
    """Names of one run on one target; the file goes when nothing is left."""

    def __init__(self, folder: Path, run_id: str, target: Mapping[str, Any]) -> None:
        """Create the file. Raises ConfigurationError where that is impossible."""
        self.path = folder / FOLDER / f"{run_id}.jsonl"
        self.left: dict[tuple[str, str], None] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = self.path.open("x", encoding="utf-8")
        except OSError as error:
            remedy = "the ledger must be written before the first object: name a folder that can be written"
            raise ConfigurationError("--oss-state-dir", f"{folder} ({error.strerror})", remedy) from None
        self._write({"format": FORMAT, **target})

    def add(self, name: str, version_id: str = "") -> None:
        """Write a name down, durably."""
        self.left[name, version_id] = None
        self._write({"object": name, "version": version_id})

    def remove(self, name: str, version_id: str = "") -> None:
        """Strike a name out."""
        self.left.pop((name, version_id), None)
        self._write({"deleted": name, "version": version_id})

    def close(self) -> None:
        """Close the file; delete it where no object is left."""
        if self._file.closed:
            return
        self._file.close()
        if not self.left:
            self.path.unlink(missing_ok=True)
            with suppress(OSError):
                self.path.parent.rmdir()
                self.path.parent.parent.rmdir()

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_ledger(path: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the target of a ledger and the (name, version id) pairs left.

    Raises ConfigurationError where the file is no ledger; a last line cut short is ignored.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        target = json.loads(lines[0])
        known = target.pop("format") == FORMAT
    except (OSError, ValueError, LookupError, AttributeError):
        known = False
    if not known:
        raise ConfigurationError("ledger", path, "not a ledger of pytest-oss-clean")
    left: dict[tuple[str, str], None] = {}
    for line in lines[1:]:
        with suppress(ValueError, LookupError):
            entry = json.loads(line)
            if "object" in entry:
                left[entry["object"], entry["version"]] = None
            else:
                left.pop((entry["deleted"], entry["version"]), None)
    return target, list(left)
