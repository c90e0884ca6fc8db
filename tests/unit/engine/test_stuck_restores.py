"""A restore that a refused clean keeps from completing fails; one that nothing completes is not tested."""

from __future__ import annotations

from contextlib import ExitStack

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutants.known_bugs import MUTANTS
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

RESTORED, RESTORING = CASES["restored[ColdArchive-V4]"], CASES["restoring[ColdArchive-V4]"]
(STUCK,) = (m.fault for m in MUTANTS if m.id == "tracker-stuck")


def test_a_clean_that_keeps_its_restore_from_completing_fails_where_others_complete():
    with ExitStack() as stack:
        target = stack.enter_context(staged(STUCK, ExecutionCount()))
        provisioner = Provisioner(target)
        assert run(RESTORED, target, provisioner).verdict is Verdict.PASSED
        outcome = run(RESTORING, target, provisioner)
    assert outcome.verdict is Verdict.FAILED
    assert [finding.id for finding in outcome.problems] == ["restore-completes"]


def test_it_is_not_tested_where_no_restore_was_seen_to_complete():
    with ExitStack() as stack:
        target = stack.enter_context(staged(STUCK, ExecutionCount()))
        assert run(RESTORING, target, Provisioner(target)).verdict is Verdict.ERROR


class Slow(Service):
    """Restores take longer than any page says."""

    def reset(self) -> None:
        super().reset()
        self.life_cycle = LifeCycle().taking(10**6)


def test_restores_that_all_take_too_long_are_not_tested():
    target = memory_target(lambda service: service, Slow)
    provisioner = Provisioner(target)
    assert run(RESTORED, target, provisioner).verdict is Verdict.ERROR
    assert run(RESTORING, target, provisioner).verdict is Verdict.ERROR
