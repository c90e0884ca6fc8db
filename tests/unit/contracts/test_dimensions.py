"""The dimensions: no pair of values is left untried, and what cannot be tried says why."""

import pytest
from click.testing import CliRunner

from pytest_oss_clean.cli.main import main
from pytest_oss_clean.contracts.catalogue import AREAS, CONTRACTS
from pytest_oss_clean.contracts.combinations import ROWS_BY_ID
from pytest_oss_clean.contracts.dimensions import (
    DIMENSIONS,
    IMPOSSIBLE,
    UNDECIDED,
    covered,
    covering,
    every_pair,
    missing,
    pairs_in,
    reason,
    rows_of,
)
from pytest_oss_clean.mutation.mutants.dimensions import MUTANTS

OTHERS = [c for c in CONTRACTS if c not in AREAS["combinations"]]


def test_every_pair_that_is_possible_is_tried():
    left = missing(CONTRACTS)
    assert not left, "append to contracts/combinations.py:\n" + "\n".join(
        " | ".join(row.values()) for row in covering(left)
    )


def test_without_the_combined_rows_pairs_are_left_untried():
    assert len(missing(OTHERS)) > 300


def test_what_is_called_impossible_is_tried_by_no_row():
    for row in ROWS_BY_ID.values():
        assert not any(rule.forbids(row) for rule in IMPOSSIBLE), row
    assert all(any(reason(pair) == rule.why for pair in every_pair()) for rule in IMPOSSIBLE)


def test_a_row_is_read_back_from_its_contract():
    for contract in AREAS["combinations"]:
        (case,) = contract.cases()
        assert list(rows_of(case)) == [dict(ROWS_BY_ID[contract.id])], contract.id


def test_rows_that_cover_are_possible_and_cover_all():
    pairs = [pair for pair in every_pair() if not reason(pair)]
    rows = covering(pairs)
    assert set(pairs) <= set().union(*(pairs_in(row) for row in rows))
    assert not any(rule.forbids(row) for row in rows for rule in IMPOSSIBLE)
    assert covering(pairs) == rows, "the same every time"
    longest = sorted((len(values) for values in DIMENSIONS.values()), reverse=True)
    assert longest[0] * longest[1] <= len(rows) < 3 * longest[0] * longest[1]


def test_only_decided_values_gate():
    for contract in AREAS["combinations"]:
        decided = not UNDECIDED & set(ROWS_BY_ID[contract.id].items())
        assert contract.expect[0].evidence.required is decided, contract.id


@pytest.mark.parametrize("contract", AREAS["combinations"], ids=lambda c: c.id)
def test_each_row_has_a_mutant_of_its_own_and_carries_its_edition(contract):
    assert f"dimension-{contract.id}" in {mutant.id for mutant in MUTANTS}
    assert contract.since == "0.2"


def test_a_pair_names_the_first_contract_that_tries_it():
    found = covered(CONTRACTS)
    assert found[("class", "ColdArchive"), ("history", "frozen")] == "never-restored"


def test_the_command_prints_the_pairs_with_their_contracts():
    done = CliRunner().invoke(main, ["contracts", "--pairs"])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert "class ColdArchive x history frozen: never-restored" in lines
    assert "class DeepColdArchive x tier Bulk: impossible: DeepColdArchive has no tier Bulk" in lines
    tried = sum(": impossible: " not in line for line in lines[: len(list(every_pair()))])
    assert lines[-1].startswith(f"{len(list(every_pair()))} pairs of values: {tried} tried, ")
    assert "not tried" not in done.output
