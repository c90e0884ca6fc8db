"""Processes of one machine share a clock; here each share has files of its own, as a process has."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import hold_of
from pytest_oss_clean.target.clock import DAY, ClockShare, Hold

HOUR = 3_600


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def move(share, seconds, since=None):
    """Move the clock as a contract does; tell whether it was to be moved."""
    with share.moving(seconds, since) as needed:
        if needed:
            share.count(seconds)
    return needed


def begun(action):
    """Begin an action in a thread."""
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def is_over(thread, within=30.0):
    thread.join(within)
    return not thread.is_alive()


def test_one_move_serves_all_that_wait_for_it():
    one, other, apart = ClockShare("a clock"), ClockShare("a clock"), ClockShare("another clock")
    since = other.moved
    assert move(one, HOUR)
    assert not move(other, HOUR, since)
    assert move(other, 2 * HOUR, since)
    assert (one.moved, apart.moved) == (3 * HOUR, 0)


def test_what_others_moved_is_told_from_what_this_process_moved():
    one, other = ClockShare("a clock"), ClockShare("a clock")
    move(other, DAY)
    with one.held(Hold.LASTS):
        move(one, HOUR)
        assert one.by_others == 0
        move(other, 2 * HOUR)
        assert one.by_others == 2 * HOUR
        one.give_way()
        assert one.by_others == 0


@pytest.mark.parametrize(
    ("hold", "seconds", "waits"),
    [
        (Hold.STILL, HOUR, True),
        (Hold.ALONE, HOUR, True),
        (Hold.LASTS, DAY, True),
        (Hold.LASTS, HOUR, False),
    ],
)
def test_nobody_moves_a_clock_while_another_depends_on_it(hold, seconds, waits):
    one, other = ClockShare("a clock"), ClockShare("a clock")
    with one.held(hold):
        one.keep()
        moving = begun(lambda: move(other, seconds))
        assert is_over(moving, 0.3) is not waits
    assert is_over(moving)
    assert other.moved == seconds


def test_what_waits_for_a_move_goes_on_with_that_of_a_contract_that_is_alone():
    one, other = ClockShare("a clock"), ClockShare("a clock")
    with one.held(Hold.ALONE):
        waiting = begun(lambda: move(other, HOUR, 0.0))
        assert not is_over(waiting, 0.1)
        move(one, HOUR)
        assert is_over(waiting)
    assert one.moved == HOUR


def test_a_mover_comes_before_those_that_become_still_later():
    shares = [ClockShare("a clock") for _ in range(3)]
    first, mover, late = shares
    moved = []
    with ExitStack() as stack:
        stack.enter_context(late.held(Hold.STILL))
        with first.held(Hold.STILL):
            first.still()
            moving = begun(lambda: move(mover, HOUR))
            assert not is_over(moving, 0.2)
            still = begun(lambda: (late.still(), moved.append(late.moved)))
            assert not is_over(still, 0.2)
        assert is_over(moving)
        assert is_over(still)
    assert moved == [HOUR]


@pytest.mark.parametrize(
    ("case_id", "hold"),
    [
        ("never-restored[ColdArchive-V4]", None),
        ("restored[ColdArchive-V4]", Hold.STILL),
        ("already-cleaned[ColdArchive-V4]", Hold.LASTS),
        ("restoring[ColdArchive-V4]", Hold.STILL),
        ("refused-then-restored[ColdArchive-V4]", Hold.STILL),
    ],
)
def test_a_contract_holds_what_it_needs_of_the_clock(case_id, hold):
    assert hold_of(CASES[case_id].contract) is hold
