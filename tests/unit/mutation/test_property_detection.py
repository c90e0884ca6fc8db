"""Made-up names and signatures find the faults of names and signatures, and make them small."""

from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.properties.catalogue import PROPERTIES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutant import Family
from pytest_oss_clean.mutation.mutants.systematic import MUTANTS
from pytest_oss_clean.mutation.seed_search import Hunted, failures, hunt
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.budgets import BUDGETS, Trying
from pytest_oss_clean.target.open import memory_target

GENERATED = [case for contract in AREAS["generated"] for case in contract.cases()]
GOOD = (Verdict.PASSED, Verdict.OBSERVED)


def test_every_row_names_a_property_and_every_property_has_a_row():
    assert {contract.generated.by for contract in AREAS["generated"]} == PROPERTIES.keys()


@pytest.mark.parametrize("case", GENERATED, ids=lambda case: case.id)
def test_the_emulator_is_as_expected_whatever_the_seed(case):
    target = memory_target(lambda service: service)
    for seed in (1, 2):
        target.trying = Trying(seed=seed)
        outcome = run(case, target, Provisioner(target))
        assert (outcome.verdict in GOOD, outcome.unlike) == (True, []), outcome.tried
        tried = PROPERTIES[case.contract.generated.by]
        assert outcome.tried.examples >= (20 if tried.machine else 25)
    assert not target.ledger.left


ONE_EACH = {mutant.first: mutant for mutant in MUTANTS}
"""A fault for each property; tests/slow/ has it for all."""


@pytest.mark.parametrize("mutant", ONE_EACH.values(), ids=lambda mutant: mutant.id)
def test_a_fault_is_found_without_explicit_examples_and_made_as_small_as_it_can_be(mutant):
    found = next(each for seed in (1, 2, 3) if (each := hunt(mutant.id, seed)).found)
    assert found.steps <= 8, found
    assert found.minimal, found


# What is undecided, and signatures, have no explicit examples.
DECIDED = [mutant for mutant in MUTANTS if mutant.breaks.required and mutant.family is Family.NAMES]


@pytest.mark.parametrize("mutant", DECIDED, ids=lambda mutant: mutant.id)
def test_explicit_examples_alone_find_what_is_documented(mutant):
    found = False
    for case in (case for case in CASES.values() if case.contract.id in mutant.first):
        with staged(mutant.fault, ExecutionCount()) as target:
            target.trying = Trying(budget=replace(BUDGETS["quick"], examples=1), shrink=False)
            found = found or run(case, target, Provisioner(target)).verdict is Verdict.FAILED
    assert found


def test_what_is_not_found_often_enough_or_stays_large_is_no_proof():
    good = [Hunted("a", seed, found=True, steps=3, minimal=True) for seed in range(10)]
    missed = Hunted("b", 0)
    assert failures([*good, replace(good[0], found=False)]) == []
    assert failures([*good, *(replace(missed, seed=seed) for seed in range(2))]) == [
        "b: found from 0 of 2 seeds"
    ]
    assert failures([replace(good[0], steps=9)]) == ["a: 9 requests in its smallest example"]
    assert failures([replace(good[0], minimal=False)]) == ["a: its smallest example could be smaller"]
