"""The matrix of histories and operations: every cell is marked, and what is known of a clean is demanded."""

from collections import Counter

import pytest

from grouped import grouped
from pytest_oss_clean.contracts.catalogue import CONTRACTS
from pytest_oss_clean.contracts.cells import CELLS, CLEAN, OTHERWISE, PHASES, Mark, Operation
from pytest_oss_clean.contracts.page import CLASSES as COLD
from pytest_oss_clean.spec.contract import PLAIN
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.request import Bucket

KNOWN = (Mark.DOCUMENTED, Mark.SDK_TESTED)


def responses(contract):
    """The marks of what is expected of the answer to a plain clean of a cold object itself."""
    plain = contract.request == PLAIN and contract.bucket is Bucket.MAIN and not contract.prepare
    if plain and set(contract.classes) <= set(COLD):
        return {str(expectation.evidence) for expectation in contract.expect if expectation.id == "answer"}
    return set()


def test_every_history_with_every_operation_is_one_cell():
    assert set(CELLS) == {(given, operation) for given in Given for operation in Operation}
    assert set(CLEAN) == set(PHASES) == set(Given)


def test_every_cell_says_where_it_comes_from():
    assert all(cell.source for cell in CELLS.values())
    assert all("test" in cell.source for cell in CELLS.values() if cell.mark is Mark.SDK_TESTED)
    assert {cell.mark for cell in CLEAN.values()} <= {*KNOWN, Mark.INFERRED}


@pytest.mark.parametrize("given", Given)
def test_every_history_is_cleaned_and_what_is_known_of_it_is_demanded(given):
    found = {mark for contract in CONTRACTS if contract.given is given for mark in responses(contract)}
    assert str(CLEAN[given].mark) in found


@grouped({"written": {contract.id: (contract,) for contract in CONTRACTS if not contract.generated}})
def test_no_contract_demands_more_than_its_cell_knows(contract):
    assert (contract.given, Operation.CLEAN) in CELLS
    if CLEAN[contract.given].mark not in KNOWN:
        assert not responses(contract) & set(KNOWN)
    for sibling in contract.siblings:
        assert sibling.given is None or (sibling.given, Operation.CLEAN) in CELLS


def test_what_is_known_otherwise_than_its_phase_differs():
    for (given, operation), cell in OTHERWISE.items():
        like_it = Counter(CELLS[other, operation] for other in Given if PHASES[other] is PHASES[given])
        assert like_it[cell] == 1
