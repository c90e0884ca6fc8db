"""Runs of the plugin in a folder of a user's, on an embedded emulator that may be made wrong."""

from __future__ import annotations

import os

import pytest

import forked_commands
from pytest_oss_clean.cli.check import IDLE

CONTRACTS = ["--pyargs", "pytest_oss_clean.contracts"]

FAULT = """
    from dataclasses import replace
    from pytest_oss_clean.emulator.service import Service

    honest = Service.__call__

    def wrong(self, request):
        answer = honest(self, request)
        return answer if "/memory/" in request.target else {change}

    Service.__call__ = wrong
"""

CONFUSED = 'replace(answer, body=answer.body.replace(b"FileStale", b"FileFresh"))'
"""Another Code where the object is frozen."""

LOSES_CRC = (
    'answer if answer.header("x-oss-restore") else '
    'replace(answer, headers=tuple((n, v) for n, v in answer.headers if "crc64" not in n.lower()))'
)
"""A header goes with the restored state, of which the contracts require nothing."""

UNRESTORABLE = 'replace(answer, status=503) if request.target.endswith("?restore") else answer'
"""Restores fail, so that only objects never restored can be arranged."""

INTERRUPTED = """
    class Interrupting:
        def pytest_runtest_logreport(self, report):
            if report.when == "teardown":
                raise KeyboardInterrupt

    def pytest_configure(config):
        config.pluginmanager.register(Interrupting())
"""
"""A conftest: Ctrl-C after the first contract."""


def run(pytester, *args):
    """Run pytest in a process of its own.

    Plugins that do nothing for a contract stay out where no option is theirs: they are half of each start.
    """
    idle = [] if any("hypothesis" in str(arg) for arg in args) else IDLE
    return run_pytest(pytester, *idle, *args)


def run_pytest(pytester, *args):
    """Run pytest as `pytester.runpytest_subprocess` does."""
    base = pytester.path.parent / f"{pytester.path.name}-base"
    # It leaves a socket open under pytest-xdist, which is an error under -W error.
    idle = [] if "--reruns" in args else ["-p", "no:rerunfailures"]
    arguments = (f"--basetemp={base}", "-p", "no:cacheprovider", *idle, *map(str, args))
    done = forked_commands.run("pytest", *arguments, cwd=pytester.path, env=dict(os.environ))
    return pytest.RunResult(done.code, done.out.splitlines(), done.err.splitlines(), done.seconds)


def break_emulator(pytester, change):
    """Make the embedded emulator wrong; the canary's own, whose bucket is `memory`, stays right."""
    pytester.makeconftest(FAULT.format(change=change))
