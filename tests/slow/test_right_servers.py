"""The whole catalogue against right servers that are late, busy, or have a clock that others move too."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target
from right_servers import FakeTime, busy, late, moved_by_another

GOOD = {Verdict.PASSED, Verdict.OBSERVED}


def whole_catalogue(wrap, time=None, *, settle=0.0, watched=False):
    target = memory_target(wrap)
    target.settle_seconds = settle
    target.time = replace(target.time, watched=watched)
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
