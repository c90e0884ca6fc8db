"""The lifeline of `oss-clean check`: its pytest ends, and clears away, when the command itself was killed.

The command keeps one end of a pipe; the kernel closes it however the command ends.
"""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pytest_oss_clean.target.config.options import LIFELINE


def pytest_configure(config: pytest.Config) -> None:
    """Watch the pipe; its end has the effect of Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So a shell starts what a script runs in the background; the run would not hear that it is to end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    number = os.environ.pop(LIFELINE, "")  # workers of pytest-xdist end with their controller
    if number.isdigit() and not hasattr(config, "workerinput"):
        threading.Thread(target=_watch, args=(int(number),), name="oss-clean lifeline", daemon=True).start()


def _watch(number: int) -> None:
    try:
        os.read(number, 1)
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGINT)
