"""The wheel that users get, built from a copy so that no litter stays in the checkout."""

from __future__ import annotations

import configparser
import email
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SOURCES = "pytest_oss_clean contracts cassettes pyproject.toml README.md LICENSE".split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The open wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, folder)
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--quiet", "--wheel-dir", "dist"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (folder / "dist").iterdir()
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def names(wheel):
    return wheel.namelist()


@pytest.fixture(scope="module")
def metadata(wheel, names):
    (path,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(path))


def python_files(folder):
    return {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*.py")}


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("pytest_oss_clean", "pytest_oss_clean"),
        ("contracts", "pytest_oss_clean/contracts"),
        ("cassettes", "pytest_oss_clean/cassettes"),
    ],
)
def test_every_module_of_the_checkout_is_in_the_wheel(names, folder, place):
    """A new package is easily forgotten in [tool.setuptools] packages."""
    assert {f"{place}/{name}" for name in python_files(folder)} <= set(names)


def test_recordings_and_their_provenance_are_in_the_wheel(names):
    kept = {p.name for pattern in ("*.yaml", "*.md") for p in (ROOT / "cassettes").glob(pattern)}
    assert {f"pytest_oss_clean/cassettes/{name}" for name in kept} <= set(names)
    assert "pytest_oss_clean/contracts/README.md" in names, "the format of a row"


def test_the_wheel_is_typed(names):
    assert "pytest_oss_clean/py.typed" in names
    assert "pytest_oss_clean/report/report-schema.json" in names


def test_nothing_lands_outside_the_package(names):
    assert {name.split("/")[0].split("-")[0] for name in names} == {"pytest_oss_clean"}
    assert not [name for name in names if "/tests/" in name or name.endswith(".pyc")]


def test_the_plugin_and_the_command_are_registered(wheel, names):
    (path,) = [name for name in names if name.endswith("entry_points.txt")]
    points = configparser.ConfigParser(delimiters="=")
    points.read_string(wheel.read(path).decode())
    assert dict(points["pytest11"]) == {"oss_clean": "pytest_oss_clean.plugin"}
    assert dict(points["console_scripts"]) == {"oss-clean": "pytest_oss_clean.cli:main"}


def test_the_licence_comes_along(wheel, names, metadata):
    (path,) = [name for name in names if name.endswith("LICENSE")]
    assert wheel.read(path) == (ROOT / "LICENSE").read_bytes()
    assert metadata["License-Expression"] == "Apache-2.0"


def test_the_readme_is_the_description(metadata):
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().strip() == (ROOT / "README.md").read_text("utf-8").strip()


def test_classifiers_and_requires_python_agree():
    oldest = tuple(int(part) for part in METADATA["project"]["requires-python"].removeprefix(">=").split("."))
    prefix = "Programming Language :: Python :: 3."
    listed = [
        (3, int(line.removeprefix(prefix)))
        for line in METADATA["project"]["classifiers"]
        if line.startswith(prefix)
    ]
    assert listed == [(3, oldest[1] + step) for step in range(len(listed))]
    assert sys.version_info[:2] >= oldest
    assert METADATA["tool"]["ruff"]["target-version"] == f"py3{oldest[1]}"


def test_ci_tries_every_python_of_the_classifiers():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    for line in METADATA["project"]["classifiers"]:
        version = line.rpartition(" :: ")[2]
        if version.startswith("3."):
            assert f'"{version}"' in workflow


COUNT_COPIES = """
import importlib, json, sys
import pytest

class Copies:
    def pytest_collection_finish(self, session):
        for name in TABLES:
            importlib.import_module(name)
        copies = {}
        for name, module in sorted(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file and "/contracts/" in file.replace("\\\\", "/"):
                copies.setdefault(file, []).append(name)
        print("COPIES", json.dumps(copies))

sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *sys.argv[1:]], [Copies()]))
"""


@pytest.mark.parametrize("argument", ["contracts", "--pyargs pytest_oss_clean.contracts"])
def test_each_table_of_contracts_exists_once(argument, tmp_path):
    """Imported relatively, an editable install gives two copies: `contracts.x` and the package's."""
    tables = {
        path.name
        for path in (ROOT / "contracts").glob("*.py")
        if not path.name.startswith(("test_", "conftest", "__init__"))
    }
    modules = {name: f"pytest_oss_clean.contracts.{name.removesuffix('.py')}" for name in tables}
    program = tmp_path / "copies.py"
    program.write_text(f"TABLES = {sorted(modules.values())}{COUNT_COPIES}")
    command = [sys.executable, str(program), *argument.split()]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    # 5: no test module exists yet
    assert run.returncode in {0, 5}, run.stdout + run.stderr
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("COPIES ")]
    copies = {Path(file).name: found for file, found in json.loads(line.removeprefix("COPIES ")).items()}
    assert {name: copies.get(name) for name in modules} == {n: [module] for n, module in modules.items()}
