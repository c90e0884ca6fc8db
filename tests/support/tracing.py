"""Which files of the package a call runs through."""

import sys
from pathlib import Path

import pytest_oss_clean

PACKAGE = Path(pytest_oss_clean.__file__).parent


def stays(call):
    """Return the files whose functions `call()` enters on this thread, one for each change of file."""
    files = []

    def profile(frame, event, _):
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(str(PACKAGE)) and files[-1:] != [file]:
            files.append(file)

    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [str(Path(file).relative_to(PACKAGE)) for file in files]
