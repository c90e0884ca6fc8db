"""Every contract, gathered from the table files: the page first, then area by area."""

from __future__ import annotations

from pytest_oss_clean.contracts import (
    authentication,
    billing,
    bystanders,
    claims,
    combinations,
    concurrency,
    constancy,
    effects,
    existence,
    generated,
    histories,
    moments,
    object_types,
    page,
    presigned,
    responses,
    signatures,
    syntax,
    versions,
)
from pytest_oss_clean.spec.contract import Case, Contract

AREAS: dict[str, tuple[Contract, ...]] = {
    "page": page.CONTRACTS,
    "syntax": syntax.CONTRACTS,
    "histories": (*histories.CONTRACTS, *constancy.CONTRACTS, *moments.CONTRACTS, *object_types.CONTRACTS),
    "effects": (*effects.CONTRACTS, *bystanders.CONTRACTS),
    "combinations": combinations.CONTRACTS,
    "answers": responses.CONTRACTS,
    "authentication": (*authentication.CONTRACTS, *signatures.CONTRACTS, *presigned.CONTRACTS),
    "billing": billing.CONTRACTS,
    "existence": existence.CONTRACTS,
    "versions": versions.CONTRACTS,
    "concurrency": concurrency.CONTRACTS,
    "claims": claims.CONTRACTS,
    "generated": generated.CONTRACTS,
}
"""Each table under the name of its area, which is also the name of its test file."""

CONTRACTS: tuple[Contract, ...] = tuple(contract for table in AREAS.values() for contract in table)

CASES: dict[str, Case] = {case.id: case for contract in CONTRACTS for case in contract.cases()}
