"""The package's public names."""

import subprocess
import sys

import pytest

import pytest_oss_clean


@pytest.mark.parametrize("name", pytest_oss_clean.__all__)
def test_every_public_name_can_be_used(name):
    assert getattr(pytest_oss_clean, name).__module__.startswith(("pytest_oss_clean.", "collections.abc"))


def test_another_name_is_refused():
    with pytest.raises(AttributeError, match="'pytest_oss_clean' has no attribute 'Emulater'"):
        _ = pytest_oss_clean.Emulater


def test_importing_the_package_loads_nothing_else():
    loaded = "[name for name in sys.modules if name.startswith('pytest_oss_clean.')]"
    script = f"import sys; import pytest_oss_clean; print({loaded})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
