"""Time belongs to the target, a busy server is not a wrong one, and a clock may be moved by others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.clock_witness import MOVED
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.constants import THROTTLED
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target
from right_servers import FakeTime, busy, late

STEPS = [
    f"{name}[ColdArchive-V4]"
    for name in (
        *("restored", "already-cleaned", "extended-and-cleaned"),
        *("refused-then-restored", "stale-then-restored", "life-cycle"),
    )
]
RESTORING, RESTORED = CASES["restoring[ColdArchive-V4]"], CASES["restored[ColdArchive-V4]"]


def as_target(wrap, time=None, *, settle=10.0, watched=False):
    target = memory_target(wrap)
    target.settle_seconds = settle
    target.time = replace(target.time, watched=watched)
    (time or FakeTime()).drive(target)
    return target


@pytest.mark.parametrize("case_id", STEPS)
def test_an_effect_may_be_late_by_less_than_the_settle_time(case_id):
    for seconds in (2.0, 9.0):
        time = FakeTime()
        target = as_target(late(time, seconds), time)
        outcome = run(CASES[case_id], target, Provisioner(target))
        assert outcome.verdict is Verdict.PASSED, [finding.problem for finding in outcome.problems]


@pytest.mark.parametrize("case_id", [case_id for case_id in STEPS if not CASES[case_id].contract.generated])
def test_an_effect_that_shows_after_the_settle_time_fails(case_id):
    time = FakeTime()
    target = as_target(late(time, 12.0), time)
    assert run(CASES[case_id], target, Provisioner(target)).verdict is Verdict.FAILED


def test_how_late_is_kept_and_gates_nothing():
    time = FakeTime()
    target = as_target(late(time, 2.0), time)
    target.demand = replace(target.demand, strict=True)
    outcome = run(CASES["already-cleaned[ColdArchive-V4]"], target, Provisioner(target))
    assert outcome.verdict is Verdict.PASSED
    (told,) = [finding.problem for finding in outcome.findings if finding.id == "effect-late"]
    assert told == "the effect of a clean showed 2.2 s after it was answered", "it is looked at every 0.2 s"
    assert "effect-late" not in outcome.observations


def test_a_server_that_never_does_it_is_given_two_waits_and_a_late_one_every_time():
    time = FakeTime()
    target = as_target(lambda service: lambda r: Response(200) if is_clean(r) else service(r), time)
    provisioner, waited = Provisioner(target), []
    for _ in range(4):
        began = time.seconds
        assert run(RESTORED, target, provisioner).verdict is Verdict.FAILED
        waited.append(round(time.seconds - began, 1))
    assert waited == [10.0, 2.5, 0.0, 0.0]
    target = as_target(late(time, 8.0), time)
    provisioner = Provisioner(target)
    assert {run(RESTORED, target, provisioner).verdict for _ in range(4)} == {Verdict.PASSED}


@pytest.mark.parametrize("said", THROTTLED)
def test_a_server_that_is_busy_with_cleans_is_not_tested_and_never_failed(said):
    status, _, code = said.partition(" ")
    answer = Response(int(status), body=f"<Error><Code>{code or 'QpsLimitExceeded'}</Code></Error>".encode())
    target = as_target(lambda service: lambda r: answer if is_clean(r) else service(r))
    outcome = run(RESTORED, target, Provisioner(target))
    assert outcome.verdict is Verdict.ERROR
    assert outcome.cause == f"throttled: the target answers {status} {code or 'QpsLimitExceeded'}"


def test_a_judged_request_that_a_busy_server_then_takes_passes():
    time = FakeTime()
    target = as_target(busy(2), time)
    assert run(RESTORED, target, Provisioner(target)).verdict is Verdict.PASSED
    assert time.seconds > 0, "the run pauses"


def accepted(service):
    """Answer 200 to the clean of a restoring object."""
    return lambda r: Response(200) if is_clean(r) and "restoring-Cold" in r.target else service(r)


def moved_before_cleans(service):
    """Let somebody else complete all restores just before a clean."""

    def sender(request):
        if is_clean(request):
            service.advance(3_700)
        return service(request)

    return sender


def test_a_failure_is_told_from_a_clock_that_somebody_else_moved():
    moved = as_target(moved_before_cleans, watched=True)
    outcome = run(RESTORING, moved, Provisioner(moved))
    assert (outcome.verdict, outcome.cause) == (Verdict.ERROR, MOVED)
    wrong = as_target(accepted, watched=True)
    assert run(RESTORING, wrong, Provisioner(wrong)).verdict is Verdict.FAILED
    alone = as_target(lambda service: service, watched=True)
    provisioner = Provisioner(alone)
    assert {run(case, alone, provisioner).verdict for case in (RESTORING, RESTORED)} == {Verdict.PASSED}
    provisioner.steps.watch.remove()
    assert not alone.ledger.left


def test_a_moved_clock_excuses_no_failure_of_an_object_that_needs_no_clock():
    def wrap(service):
        moving = moved_before_cleans(service)
        return lambda r: Response(200) if is_clean(r) and moving(r) else service(r)

    wrong = as_target(wrap, watched=True)
    provisioner = Provisioner(wrong)
    assert run(RESTORING, wrong, provisioner).cause == MOVED
    never = CASES["never-restored[ColdArchive-V4]"]
    assert run(never, wrong, provisioner).verdict is Verdict.FAILED


def expired_before_cleans(service):
    """Let somebody else move the clock by days just before a clean."""

    def sender(request):
        if is_clean(request):
            service.advance(8 * 86_400)
        return service(request)

    return sender


def test_an_object_that_somebody_else_let_expire_is_not_tested():
    moved = as_target(expired_before_cleans, watched=True)
    moved.demand = replace(moved.demand, strict=True)
    outcome = run(CASES["sdk-headers-restored[ColdArchive-V4]"], moved, Provisioner(moved))
    assert (outcome.verdict, outcome.cause) == (Verdict.ERROR, MOVED)


def test_a_server_that_cleans_too_much_fails_although_it_ends_the_witness_too():
    def everything(service):
        """Clean all that is in the bucket."""

        def sender(request):
            response = service(request)
            if is_clean(request) and response.succeeded:
                objects = service.store.buckets["memory"].objects
                for name, (newest, *older) in list(objects.items()):
                    kept, _ = service.life_cycle.clean(newest.storage_class, newest.retrieval, service.now())
                    objects[name] = (replace(newest, retrieval=kept), *older)
            return response

        return sender

    wrong = as_target(everything, watched=True)
    outcome = run(CASES["siblings-near[ColdArchive-V4]"], wrong, Provisioner(wrong))
    assert outcome.verdict is Verdict.FAILED


class InAnHour(Service):
    """Every restore takes an hour, whatever the tier."""

    def reset(self) -> None:
        super().reset()
        self.life_cycle = LifeCycle().taking(3_600)


def page_on(wrap, make=Service):
    target = memory_target(wrap, make)
    target.settle_seconds, target.time = 0.0, replace(target.time, watched=True)
    provisioner = Provisioner(target)
    return {case.id: run(case, target, provisioner) for row in AREAS["page"] for case in row.cases()}


def test_a_target_whose_restores_all_take_an_hour_is_not_excused_by_its_clock():
    outcomes = page_on(lambda service: lambda r: Response(200) if is_clean(r) else service(r), InAnHour)
    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.FAILED}
    right = page_on(lambda service: service, InAnHour)
    assert {outcome.verdict for outcome in right.values()} == {Verdict.PASSED}


def test_a_move_by_somebody_else_right_beside_one_of_ours_fails_nothing():
    for more in (1_900, 5_400, 16_000):
        moves = []

        def wrap(service, more=more, moves=moves):
            advance = service.advance
            service.advance = lambda seconds: moves.append(seconds) or advance(seconds + more)
            return service

        outcomes = page_on(wrap)
        assert Verdict.FAILED not in {outcome.verdict for outcome in outcomes.values()}
        assert moves


def test_an_object_that_outlived_moves_of_those_that_share_the_clock_is_judged_in_a_second_run():
    """Once, while the restore of `refused-then-restored` is waited for, others move the clock by days."""
    days = []

    def wrap(service):
        def sender(request):
            response = service(request)
            if is_clean(request) and response.status == 409 and not days:
                days.append(8 * 86_400)
                service.advance(days[0])
                target.time.share.count(days[0])
                target.time.share._own -= days[0]  # as another process counts it
            return response

        return sender

    target = as_target(wrap, watched=True)
    outcome = run(CASES["refused-then-restored[ColdArchive-V4]"], target, Provisioner(target))
    assert days
    assert outcome.verdict is Verdict.PASSED, outcome
