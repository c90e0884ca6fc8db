"""Generated names, signatures and histories, on the target of this run."""

from __future__ import annotations

from pytest_oss_clean.engine.outcome import Outcome

AREA = "generated"


def test_contract(case_id: str, oss_outcome: Outcome) -> None:
    """The target answers, and does, what the contract demands."""
    assert not oss_outcome.problems, case_id
