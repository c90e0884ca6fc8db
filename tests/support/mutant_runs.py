"""Single cases run on a mutant of `oss-clean prove`, in memory."""

from __future__ import annotations

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.verdict import Verdict


def run_on_mutant(mutant_id, case_id, *, strict=False):
    """Run one case on a server with the mutant's fault; return its outcome and the target."""
    with staged(MUTANTS[mutant_id].fault, ExecutionCount()) as target:
        target.demand = Demand(strict=strict)
        return run(CASES[case_id], target, Provisioner(target)), target


def noticed_by(mutant_id, contracts):
    """Return the ids of contracts that fail on a mutant, and of those that only see something else."""
    outcomes = {c.id: run_on_mutant(mutant_id, c.cases()[0].id)[0] for c in contracts}
    assert not [i for i, outcome in outcomes.items() if outcome.verdict is Verdict.ERROR]
    failing = {i for i, outcome in outcomes.items() if outcome.verdict is Verdict.FAILED}
    return failing, {i for i, outcome in outcomes.items() if outcome.unlike} - failing
