"""The page's own samples, on the target of this run."""

from __future__ import annotations

import pytest

from pytest_oss_clean.contracts import page
from pytest_oss_clean.runner import Outcome


@pytest.mark.parametrize(
    "case_id",
    [
        pytest.param(case.id, id=case.slug, marks=pytest.mark.oss_contract(case.id))
        for contract in page.CONTRACTS
        for case in contract.cases()
    ],
)
def test_contract(case_id: str, oss_outcome: Outcome) -> None:
    """The target answers, and does, what the page says."""
    assert not oss_outcome.problems, case_id
