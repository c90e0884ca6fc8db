"""Long waits show how they go on, on a clock of the test's."""

from __future__ import annotations

import time

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.pool import Pool
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Waiting
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.progress import Progress


class Clock:
    def __init__(self):
        self.seconds = time.monotonic()

    def __call__(self):
        return self.seconds


def waited(seconds, *, is_terminal, step=0.5):
    """Return the lines of one wait of so many seconds, that is looked at every half second."""
    clock, lines = Clock(), []
    progress = Progress(lines.append, is_terminal, clock)
    end = clock.seconds + seconds
    while clock.seconds < end:
        progress.waits("the restore of a", 3, "12:00 UTC", end - clock.seconds)
        clock.seconds += step
    progress.is_over()
    return lines


def test_a_terminal_has_a_line_that_changes_each_second_and_goes_in_the_end():
    lines = waited(10, is_terminal=True)
    assert lines[0] == (
        "waiting for 0 min 0 s, at most 0 min 10 s left, until 12:00 UTC: the restore of a and 2 more"
    )
    assert len(lines) == 11
    assert lines[-1] == ""


def test_a_log_has_a_line_a_minute():
    lines = waited(290, is_terminal=False)
    assert len(lines) == 5
    assert "waiting for 4 min 0 s, at most 0 min 50 s left" in lines[-1]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_short_wait_says_nothing(is_terminal):
    assert waited(4, is_terminal=is_terminal) == []


def test_the_pool_says_what_it_waits_for():
    service = []
    target = memory_target(lambda made: service.append(made) or made)
    clock = Clock()

    def sleep(seconds):
        clock.seconds += seconds
        service[0].advance(seconds)

    target.time, target.claims = Waiting(4_000.0), target.claims - {"movable-clock"}
    target.pace.now, target.pace.sleep = clock, sleep
    lines = []
    target.progress = Progress(lines.append, now=clock)
    pool = Pool(Provisioner(target))
    cases = [CASES["already-cleaned[ColdArchive-V4]"], CASES["already-cleaned[ColdArchive-V1]"]]
    pool.begin(cases)
    assert [pool.outcome(case).verdict for case in cases] == [Verdict.PASSED, Verdict.PASSED]
    assert lines[0].startswith("waiting for 0 min 0 s, at most 66 min 40 s left, until 20")
    assert lines[0].endswith("already-cleaned-ColdArchive-V4 and 1 more")
    assert 30 < len(lines) < 70, "an hour, a line a minute"
