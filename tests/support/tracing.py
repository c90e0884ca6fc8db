"""Which files of the package a call runs through: the files entered, and how often the file changes."""

import sys
import threading
from pathlib import Path

import pytest_oss_clean

PACKAGE = str(Path(pytest_oss_clean.__file__).parent)


def files_of(call):
    """Return the files of the package that `call()` enters on this thread, one entry for each stay."""
    stays, stack = [], []

    def profile(frame, event, _):
        if event not in {"call", "return"}:
            return
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            return
        if event == "call":
            stack.append(file)
        elif stack:
            stack.pop()
        inside = stack[-1] if stack else ""
        if inside and (not stays or stays[-1] != inside):
            stays.append(inside)

    assert threading.current_thread() is threading.main_thread()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [str(Path(stay).relative_to(PACKAGE)) for stay in stays]
