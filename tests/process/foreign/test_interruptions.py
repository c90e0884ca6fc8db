"""Runs that are killed, interrupted or stopped early: what they leave, and what reap removes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import replace

import pytest

WITNESSES = 3
"""Objects that watch the restore clock while a run lives."""


def hold(word):
    """Return a fault that holds the clean of one contract, and events: it is held, let it go."""
    held, free = threading.Event(), threading.Event()

    def fault(exchange):
        if exchange.is_clean and word in exchange.target and not held.is_set():
            held.set()
            free.wait(120)
            return b""
        return exchange.forward()

    return fault, held, free


def interrupted(process, number, held):
    """Signal a running process and all its children once it is held; return its output."""
    try:
        assert held.wait(120), "the run never came there"
        os.killpg(process.pid, number)
        return process.communicate(timeout=120)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_a_killed_run_leaves_is_in_its_ledger_and_reap_removes_that_and_nothing_else(foreign, faults):
    foreign.proxy.fault, held, free = hold("/restored-")
    interrupted(foreign.begin_check(), signal.SIGKILL, held)
    (ledger,) = foreign.home.glob(".oss-clean/runs/*.ledger")
    left = sorted(set(foreign.served.inventory()) - set(foreign.beside))
    assert len(left) == 1 + WITNESSES
    assert foreign.variables["OSS_ACCESS_KEY_SECRET"].encode() not in b"".join(
        path.read_bytes() for path in ledger.parent.iterdir()
    )
    # Somebody else's object, under the very prefix of the run, but not in its ledger.
    stranger = f"{left[0].rpartition('/')[0]}/stranger"
    foreign.put(faults, stranger)

    done = foreign.run("reap")
    free.set()
    assert done.code == 0, done.out + done.err
    seen = f"{len(left)} removed from https://{foreign.host}, and HEAD finds none"
    assert done.out == f"{ledger.name}: {seen}\n"
    expected = [(method, f"/{foreign.bucket}/{name}") for method in ("DELETE", "HEAD") for name in left]
    assert sorted(foreign.requests()) == expected
    assert sorted(foreign.served.inventory()) == sorted([*foreign.beside, stranger])
    assert not (foreign.home / ".oss-clean").exists()
    assert foreign.run("reap").code == 0, "a second time there is nothing to do"


@pytest.mark.parametrize("waiting", [False, True], ids=["moving the clock", "waiting for restores"])
def test_ctrl_c_leaves_nothing(foreign, waiting):
    hold_clean, held, free = hold("/restoring-")

    def fault(exchange):
        if held.is_set() and exchange.method == "DELETE":
            time.sleep(0.4)  # clearing away takes longer than Python lets children live by default
        return hold_clean(exchange)

    foreign.proxy.fault = fault
    if waiting:
        foreign.clock = ["--oss-restore-seconds", "20"]
    run = foreign.begin_check()
    text = interrupted(run, signal.SIGINT, held)
    free.set()
    assert run.returncode == 2, text
    foreign.assert_nothing_is_left()
    if not waiting:  # there, contracts had verdicts before
        assert "oss-clean: INTERRUPTED: no verdict (exit 2) on https://" in text


def test_a_run_that_stops_at_its_first_failure_leaves_nothing_either(foreign):
    """With `-x`, the restores of the contracts that were not reached have begun already."""
    foreign.proxy.fault = lambda e: replace(e.forward(), status=418) if e.is_clean else e.forward()
    foreign.clock = ["--oss-restore-seconds", "20"]
    done = foreign.check("-x")
    assert done.code == 1, done.out
    assert "oss-clean: 0 passed, 1 failed" in done.out
    foreign.assert_nothing_is_left()


def test_a_cancelled_job_clears_away_too(foreign):
    """CI sends SIGTERM to `oss-clean check` alone, not to the pytest below it."""
    code, text = ended_alone(foreign, signal.SIGTERM)
    assert code == 2, text
    foreign.assert_nothing_is_left()


def test_a_killed_command_takes_its_pytest_along_which_clears_away(foreign):
    code, text = ended_alone(foreign, signal.SIGKILL)
    assert code == -signal.SIGKILL, text
    foreign.assert_nothing_is_left()


def test_a_cancelled_job_that_a_script_started_in_the_background_clears_away_too(foreign):
    """Shells start such a job with SIGINT ignored."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code, text = ended_alone(foreign, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGINT, previous)
    assert code == 2, text
    foreign.assert_nothing_is_left()


def ended_alone(foreign, number):
    """Signal the command alone while its pytest is held; return when both have ended."""
    foreign.proxy.fault, held, free = hold("/restoring-")
    run = foreign.begin_check()
    try:
        assert held.wait(120), "the run never came there"
        os.kill(run.pid, number)
        free.set()
        text = run.communicate(timeout=120)[0]  # until whoever holds its output has ended
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    return run.returncode, text
