"""A reproducer says of the same server what the run said: of a right one that nothing is wrong."""

from __future__ import annotations

import json

import pytest

from perturbation import one_case_of_each_contract
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.replay import read_reproducer, replay, write_reproducer
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.target.config.options import SECOND_BUCKET, VERSIONED_BUCKET
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target


def right(service):
    return service


def written(case_id, folder, wrap=right):
    """Run a case, all its expectations gating, and return its reproducer."""
    target = memory_target(wrap)
    target.demand = Demand(strict=True)
    outcome = run(CASES[case_id], target, Provisioner(target))
    settings = Settings(state_dir=folder, second_bucket=SECOND_BUCKET, versioned_bucket=VERSIONED_BUCKET)
    return outcome, read_reproducer(write_reproducer(outcome, target, settings))


SEQUENTIAL = [case_id for case_id in one_case_of_each_contract() if not CASES[case_id].contract.race]


@pytest.mark.parametrize("case_id", SEQUENTIAL)
def test_a_replay_finds_nothing_wrong_where_the_run_did_not_and_leaves_nothing(case_id, tmp_path):
    outcome, data = written(case_id, tmp_path)
    name = outcome.judged.operation.name or dict(outcome.judged.operation.query)["prefix"]
    assert name.lstrip("/\\").partition("/")[0] not in json.dumps(data), "no name of the run"
    target = memory_target(right)
    done = list(replay(data, target))
    assert [step.problems for step in done if step.problems] == []
    assert any(step.expected for step in done)
    assert target.ledger.left == {}


def test_a_replay_finds_again_what_was_wrong(tmp_path):
    def wrong(service):
        return lambda r: Response(200) if r.target.endswith("?cleanRestoredObject") else service(r)

    _, data = written("never-restored[ColdArchive-V4]", tmp_path, wrong)
    found = [step.problems for step in replay(data, memory_target(wrong)) if step.problems]
    assert found == [("status is 200, not 409",)]
