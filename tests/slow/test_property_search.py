"""Generated data find every fault that they are to find, from most seeds, and touch nothing of others."""

import pytest

from misreading_services import SERVERS, assert_nothing_foreign_is_touched
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.mutants import systematic
from pytest_oss_clean.mutation.seed_search import hunt, hunted

HISTORIES = [i for i in hunted() if any(first.startswith("life-cycle") for first in MUTANTS[i].first)]


@pytest.mark.parametrize("mutant_id", HISTORIES)
def test_a_fault_of_histories_is_found_and_made_as_small_as_it_can_be(mutant_id):
    found = next(each for seed in range(5) if (each := hunt(mutant_id, seed)).found)
    assert found.steps <= 8, found
    assert found.minimal, found


@pytest.mark.parametrize("mutant", systematic.MUTANTS, ids=lambda mutant: mutant.id)
def test_a_fault_is_found_without_explicit_examples_and_made_as_small_as_it_can_be(mutant):
    found = [hunt(mutant.id, seed) for seed in (1, 2, 3)]
    assert sum(each.found for each in found) >= 2
    smallest = [each for each in found if each.found]
    assert all(each.steps <= 8 and each.minimal for each in smallest), smallest


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("contract", AREAS["generated"], ids=lambda contract: contract.id)
def test_no_object_of_others_is_touched_by_generated_data(contract, server):
    assert_nothing_foreign_is_touched(contract, SERVERS[server])
