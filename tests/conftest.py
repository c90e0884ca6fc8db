"""Fixtures for tests that meet the suite as users do: as a process, against a server that does wrong.

And one that counts memory.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tracemalloc

import pytest

import fault_proxy
import forked_commands

CLEARED = ("OSS_", "PYTEST_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_", "PYTHONDONTWRITE")


@pytest.fixture(scope="session")
def faults():
    """The module fault_proxy of tests/support."""
    return fault_proxy


@pytest.fixture
def command_line(tmp_path):
    """Run `oss-clean` in the empty folder `home`; keyword arguments are its whole OSS environment.

    `popen` returns a running process with an interpreter of its own instead, the leader of a group.
    """
    return command_line_in(tmp_path)


@pytest.fixture(scope="session")
def command_lines():
    """Make a `command_line` that lives longer than a test."""
    return command_line_in


def command_line_in(folder):
    """Return the same for a folder of one's own."""
    # A shell that starts the tests in the background has them, and their children, ignore SIGINT.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    call = "from pytest_oss_clean.cli.main import main; main(prog_name='oss-clean')"
    main = [sys.executable, "-c", f"{heed}; {call}"]
    clean = {n: v for n, v in os.environ.items() if not n.upper().startswith(CLEARED)}
    home = folder / "run"
    home.mkdir()
    options = {"cwd": home, "text": True, "encoding": "utf-8", "stdin": subprocess.DEVNULL}

    def run(*arguments, **environment):
        return forked_commands.run("oss-clean", *map(str, arguments), cwd=home, env=clean | environment)

    def popen(*arguments, **environment):
        return subprocess.Popen(
            [*main, *map(str, arguments)],
            env=clean | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )

    def signal(process, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    run.environment = clean
    run.signal = signal
    run.popen = popen
    run.home = home
    return run


@pytest.fixture
def traced():
    """Let Python count its memory."""
    tracemalloc.start()
    yield
    tracemalloc.stop()
