"""Histories: servers that get one thing about an object's past wrong, and the row that notices."""

from functools import partial

import pytest

from mutant_runs import noticed_by, run_on_mutant
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.contracts.storage_classes import CONTRACTS as CLASSES
from pytest_oss_clean.emulator.choices import Outcome as Decision
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

WRONG = {
    "transition-put-keeps-restoring": (set(), {"overwritten-while-restoring"}),
    "transition-put-keeps-restored": (set(), {"overwritten-while-restored", "copied-onto"}),
    "transition-put-again-inherits": (set(), {"put-again"}),
    "transition-extended-kept": ({"extended", "extended-and-cleaned"}, set()),
    "transition-again-stale": (set(), {"restoring-again"}),
    "transition-again-restored-stale": (set(), {"restored-again"}),
    "time-expired-cleaned": ({"expired"}, set()),
    "effect-stale-empties": (
        set(),
        {"overwritten-while-restored-content", "copied-onto-content", "parts-never-restored"},
    ),
    "transition-standard-emptied": (set(), {"appendable", "class-without-restore"}),
}
"""Mutants, and the rows that fail on them, and those that see something else."""


@pytest.mark.parametrize("mutant_id", WRONG)
def test_the_rows_that_know_of_it_notice_a_wrong_server(mutant_id):
    assert noticed_by(mutant_id, AREAS["histories"]) == WRONG[mutant_id]


def test_content_that_a_refused_clean_loses_shows_after_a_restore():
    outcome, _ = run_on_mutant("effect-stale-empties", "overwritten-while-restored-content[ColdArchive-V4]")
    assert [finding.id for finding in outcome.unlike] == ["content-restored"]


READINGS = {
    "unsupported": dict.fromkeys(
        (StorageClass.STANDARD, StorageClass.IA, StorageClass.ARCHIVE), Decision.UNSUPPORTED
    ),
    "Archive like the cold classes": dict.fromkeys((StorageClass.STANDARD, StorageClass.IA), Decision.STALE),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("case_id", [case.id for contract in CLASSES for case in contract.cases()])
def test_every_reading_of_the_sources_is_accepted_of_classes_that_the_page_does_not_name(case_id, reading):
    rules = LifeCycle(clean_unrestorable=READINGS[reading])
    target = memory_target(lambda service: service, partial(Service, life_cycle=rules))
    target.demand = Demand(strict=True)
    outcome = run(CASES[case_id], target, Provisioner(target))
    assert outcome.verdict is Verdict.OBSERVED
    assert not outcome.problems


@pytest.mark.parametrize("parameters", ["Standard-V4", "IA-V4"])
def test_content_that_a_clean_loses_is_noticed_whatever_it_is_answered(parameters):
    outcome, _ = run_on_mutant("transition-standard-emptied", f"class-without-restore[{parameters}]")
    assert [finding.id for finding in outcome.unlike] == ["readable"]


SAID = {
    "missing-object": "given     an object name that was never put (HEAD answered 404)",
    "deleted-while-restored": "given     a ColdArchive object, deleted while restored (HEAD answered 404)",
    "expired": "given     a ColdArchive object, restored until it expired (HEAD said no x-oss-restore)",
    "copy-of-restored": "given     a ColdArchive object, copied from a restored object (HEAD said no",
    "overwritten-while-restored": "given     a ColdArchive object, overwritten while restored (HEAD said no",
    "tier-raised": "given     a ColdArchive object, restoring, its tier raised (HEAD said ongoing-request=",
}


@pytest.mark.parametrize(("contract_id", "line"), SAID.items())
def test_a_failure_says_the_history_in_words_that_read_well(contract_id, line):
    def wrap(service):
        return lambda r: Response(200) if r.target.endswith("?cleanRestoredObject") else service(r)

    target = memory_target(wrap)
    target.demand = Demand(strict=True)
    outcome = run(CASES[f"{contract_id}[ColdArchive-V4]"], target, Provisioner(target))
    text = " ".join(render(GatedOutcome(outcome), target, "reproducer.json").split())
    assert " ".join(line.split()) in text
