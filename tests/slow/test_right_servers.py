"""The whole catalogue against right servers that are late, busy, or have a clock that others move too.

And against wrong ones that never do what they say: what is waited for is counted on a clock of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target
from right_servers import FakeTime, busy, late, moved_by_another

GOOD = {Verdict.PASSED, Verdict.OBSERVED}


def whole_catalogue(wrap, time=None, *, settle=0.0, grace=0.0, watched=False):
    target = memory_target(wrap)
    target.settle_seconds = settle
    target.time = replace(target.time, watched=watched, grace=grace)
    (time or FakeTime()).drive(target)
    provisioner = Provisioner(target)
    return [run(case, target, provisioner) for case in CASES.values()]


def told(outcomes):
    """Return what did not pass, for a failure of this test."""
    return [(o.case.id, o.verdict, o.cause, [f.problem for f in o.problems]) for o in outcomes]


def test_a_server_late_by_two_seconds_passes_every_contract():
    time = FakeTime()
    outcomes = whole_catalogue(late(time, 2.0), time, settle=10.0)
    assert told([outcome for outcome in outcomes if outcome.verdict not in GOOD]) == []
    settled = [f.observed for outcome in outcomes for f in outcome.findings if f.id == "effect-late"]
    assert len(settled) > 20, "how long it took is kept"


def test_a_server_that_throttles_every_fourth_request_fails_nothing():
    outcomes = whole_catalogue(busy(4))
    rest = [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    assert told([outcome for outcome in rest if outcome.verdict is Verdict.FAILED]) == []
    assert {outcome.cause for outcome in rest} == {"throttled: the target answers 503 TotalQpsLimitExceeded"}
    assert all(outcome.case.contract.race for outcome in rest), "requests of a race are not sent again"


@pytest.mark.parametrize("every", [13, 50, 301])
def test_a_clock_that_somebody_else_moves_fails_nothing(every):
    outcomes = whole_catalogue(moved_by_another(every), watched=True)
    rest = [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    assert told([outcome for outcome in rest if outcome.verdict is Verdict.FAILED]) == []
    causes = Counter(outcome.cause for outcome in rest)
    assert len(causes) == 1, causes
    assert next(iter(causes)).startswith("clock moved by another: ")


def test_a_server_that_answers_200_and_cleans_nothing_is_waited_for_less_than_twenty_seconds():
    time = FakeTime()
    doing_nothing = lambda service: lambda r: Response(200) if is_clean(r) else service(r)  # noqa: E731
    outcomes = whole_catalogue(doing_nothing, time, settle=10.0, grace=5.0)
    failed = {outcome.case.id for outcome in outcomes if outcome.verdict is Verdict.FAILED}
    assert {"restored[ColdArchive-V4]", "already-cleaned[ColdArchive-V4]"} <= failed
    assert time.seconds < 20


def test_restores_that_never_complete_are_waited_for_less_than_twenty_seconds_and_named():
    def stuck(service):
        service.advance = lambda _seconds: None
        return service

    time = FakeTime()
    outcomes = whole_catalogue(stuck, time, settle=10.0, grace=5.0)
    assert told([outcome for outcome in outcomes if outcome.verdict is Verdict.FAILED]) == []
    causes = {outcome.cause for outcome in outcomes if outcome.case.contract.given is Given.RESTORED}
    said = "did not complete within 5 s after the clock was moved by 3660 s"
    assert any(f"a ColdArchive object (asked for with tier Expedited) {said}" in cause for cause in causes)
    assert time.seconds < 20
