"""The canary: alive on a sound suite, and noticed where the suite is broken."""

from dataclasses import replace

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine import runner
from pytest_oss_clean.engine import self_check as canary
from pytest_oss_clean.spec.findings import Finding


def test_a_sound_suite_notices_every_fault():
    assert canary.canary(CASES) == []


def test_a_runner_that_judges_nothing_is_noticed(monkeypatch):
    monkeypatch.setattr(runner, "judge_answer", lambda *_: [])
    monkeypatch.setattr(
        runner, "judge_effect", lambda _contract, effect, *_: Finding(effect.id, effect.evidence, "")
    )
    missed = canary.canary(CASES)
    assert len(missed) == len(canary.FAULTS)
    assert "restored[ColdArchive-V4] with clean does nothing: passed, not failed" in missed


def test_a_table_without_its_demand_is_noticed():
    case_id = "never-restored[ColdArchive-V4]"
    weak = replace(CASES[case_id].contract, expect=())
    cases = CASES | {case_id: replace(CASES[case_id], contract=weak)}
    assert canary.canary(cases) == [f"{case_id} with codes confused: passed, not failed"]


def test_failures_without_a_fault_do_not_count_as_noticing(monkeypatch):
    monkeypatch.setattr(
        runner,
        "judge_answer",
        lambda contract, *_: [Finding("answer", contract.expect[0].evidence, "", "always wrong")],
    )
    assert any("with no fault: failed, not passed" in miss for miss in canary.canary(CASES))
