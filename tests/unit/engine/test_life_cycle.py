"""The life-cycle machine: right servers pass it, wrong ones are found, and its histories can be replayed."""

import json
from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.properties.model import Kind, Move
from pytest_oss_clean.engine.properties.player import Player
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.replay import read_reproducer, replay, write_reproducer
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.mutant import OnWire
from pytest_oss_clean.mutation.seed_search import hunt, hunted
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Waiting
from pytest_oss_clean.target.config.budgets import BUDGETS, Trying
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target

MACHINES = [case for case in CASES.values() if case.contract.id.startswith("life-cycle")]
OBJECTS = CASES["life-cycle[ColdArchive-V4]"]
HISTORIES = [i for i in hunted() if any(first.startswith("life-cycle") for first in MUTANTS[i].first)]
FEW = replace(BUDGETS["quick"], machines=8)
GOOD = (Verdict.PASSED, Verdict.OBSERVED)
HARMLESS = [v for v in VARIANTS.values() if not isinstance(v.fault, OnWire)][::14]


@pytest.mark.parametrize("case", MACHINES, ids=lambda case: case.id)
def test_the_emulator_is_as_the_rows_have_it_in_any_order(case):
    target = memory_target(lambda service: service)
    outcome = run(case, target, Provisioner(target))
    assert (outcome.verdict in GOOD, outcome.unlike) == (True, []), outcome.tried
    assert outcome.tried.examples >= 20
    assert not target.ledger.left


@pytest.mark.parametrize("case", MACHINES, ids=lambda case: case.id)
def test_what_time_leaves_open_is_not_waited_for(case):
    waited = []
    for seed in range(4):
        target = memory_target(lambda service: service)
        target.time = replace(target.time, grace=0.2)
        target.pace.sleep = waited.append
        target.trying = Trying(FEW, seed=seed)
        assert run(case, target, Provisioner(target)).verdict in GOOD
    assert not waited


@pytest.mark.parametrize("variant", HARMLESS, ids=lambda variant: variant.id)
def test_a_harmlessly_different_server_fails_no_machine(variant):
    for case in MACHINES:
        with staged(variant.fault, ExecutionCount()) as target:
            target.trying = Trying(FEW, seed=3)
            assert run(case, target, Provisioner(target)).verdict in GOOD


def test_there_are_faults_for_the_machine_to_find():
    assert len(HISTORIES) == 5


def test_a_fault_of_histories_is_found_and_made_as_small_as_it_can_be():
    """tests/slow/ has it for each of HISTORIES."""
    found = next(each for seed in range(5) if (each := hunt(HISTORIES[0], seed)).found)
    assert found.steps <= 8, found
    assert found.minimal, found


def broken():
    """Run the machine on a server that cleans what is restoring; return its target and the outcome."""
    fault = MUTANTS["transition-restoring-cleaned"].fault
    return staged(fault, ExecutionCount())


def failing(target, seed):
    """Return what the machine came to from a seed; not from each it meets a failure."""
    target.trying = Trying(replace(BUDGETS["ci"], shrink_seconds=120), seed=seed)
    return run(OBJECTS, target, Provisioner(target))


def test_a_history_that_failed_is_replayed_step_by_step_on_both_servers(tmp_path):
    with broken() as target:
        outcomes = (failing(target, seed) for seed in range(5))
        outcome = next(each for each in outcomes if each.verdict is Verdict.FAILED)
        path = write_reproducer(outcome, target, Settings(state_dir=tmp_path))
        secret = target.credentials.secret.reveal()
    data = read_reproducer(path)
    assert [step["send"] for step in data["steps"] if "send" in step] == ["put", "restore", "head", "clean"]
    assert len(data["transcript"]) == len(data["steps"])
    assert data["transcript"][0].startswith("PUT {prefix}life-cycle-")
    assert data["transcript"][-1].endswith("?cleanRestoredObject: 200")
    assert secret not in path.read_text()
    assert "Signature" not in json.dumps(data)
    with broken() as again:
        assert [p for step in replay(data, again) for p in step.problems] == ["status is 200, not 409"]
    right = memory_target(lambda service: service)
    assert [p for step in replay(data, right) for p in step.problems] == []
    assert not right.ledger.left


def test_without_a_clock_to_move_nothing_waits_and_what_restores_is_not_judged():
    target = memory_target(lambda service: service)
    target.time = Waiting(3600)
    trial = Trial(OBJECTS, target, Provisioner(target), 1)
    player = Player(trial, 1)
    for kind in (Kind.PUT, Kind.RESTORE, Kind.CLOCK, Kind.CLEAN, Kind.GET):
        player.play(Move(kind, 0, storage_class=OBJECTS.storage_class))
    assert not player.movable
    assert {finding.id.split("-")[0] for finding in trial.findings} <= {"never"}
    trial.clear()


def of_another_code(code):
    """Return a target whose refusals of frozen objects have another Code."""

    def wrap(service):
        return lambda request: replace(
            answer := service(request), body=answer.body.replace(b"ArchiveRestoreFileStale", code)
        )

    return memory_target(wrap)


@pytest.mark.parametrize("code", [b"ArchiveRestoreFileFresh", b"ArchiveRestoreFileOther"])
def test_a_deviation_of_a_row_covers_what_is_generated_from_it_and_no_other_answer(code):
    listed = {(f"{case.contract.id}/answer", "409 ArchiveRestoreFileFresh") for case in CASES.values()}
    for accepted in (frozenset(), frozenset(listed)):
        target = of_another_code(code)
        target.trying = Trying(FEW, shrink=False, accepted=accepted)
        verdict = run(OBJECTS, target, Provisioner(target)).verdict
        covered = accepted and code == b"ArchiveRestoreFileFresh"
        assert (verdict is Verdict.FAILED) is not bool(covered)
