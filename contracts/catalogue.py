"""Every contract, gathered from the table files in the document's order."""

from __future__ import annotations

from pytest_oss_clean.contract import Case, Contract
from pytest_oss_clean.contracts import page

CONTRACTS: tuple[Contract, ...] = (*page.CONTRACTS,)

CASES: dict[str, Case] = {case.id: case for contract in CONTRACTS for case in contract.cases()}
