"""The hook `pytest_oss_clean_advance` of a conftest.py in the working folder, and nothing else of it.

`oss-clean check` loads this plugin where there is one: it runs without the conftests of that folder.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

HOOK = "pytest_oss_clean_advance"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the hook. Raises UsageError where the file cannot be loaded."""
    path = config.invocation_params.dir / "conftest.py"
    sys.path.append(str(path.parent))  # last: nothing there stands in for an installed module
    try:
        hook = getattr(_load(path), HOOK)
    except Exception as error:  # noqa: BLE001 - code of the user's
        cause = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise pytest.UsageError(f"oss-clean: {path} cannot be loaded: {cause}") from None
    config.pluginmanager.register(SimpleNamespace(**{HOOK: hook}), "oss-clean-working-folder")


def _load(path: Path) -> object:
    spec = spec_from_file_location("oss_clean_working_folder", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the folder is not ours
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module
