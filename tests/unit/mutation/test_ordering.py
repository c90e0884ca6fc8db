"""What is run first against a mutant or a variant, so that a quick proof is quick and still a proof."""

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.mutant import OnWire
from pytest_oss_clean.mutation.ordering import cases_for, one_of_each, order


def test_no_explicit_case_is_left_out_and_none_comes_twice():
    explicit = {i for i, case in CASES.items() if not case.contract.generated}
    for mutant in MUTANTS.values():
        cases = [case.id for case in order(mutant, CASES)]
        assert isinstance(mutant.fault, OnWire) or explicit <= set(cases)
        assert len(cases) == len(set(cases))


def test_the_contracts_that_a_mutant_names_come_first():
    named = [mutant for mutant in MUTANTS.values() if mutant.first]
    for mutant in named:
        assert order(mutant, CASES)[0].contract.id == mutant.first[0]
    assert len(named) > 20


def test_variants_share_the_contracts_of_a_quick_run_and_a_whole_run_has_them_all():
    met = {}
    for variant in VARIANTS.values():
        cases, enough = cases_for(variant, CASES)
        if isinstance(variant.fault, OnWire):
            assert enough >= 5
            assert {case.contract.id for case in cases} == {contract.id for contract in CONTRACTS}
            continue
        assert {case.id for case in cases} == set(CASES)
        assert enough >= len(CONTRACTS) // 3
        for case in cases[:enough]:
            met[case.contract.id] = met.get(case.contract.id, 0) + 1
    assert min(met.values()) >= 10
    assert met.keys() == {contract.id for contract in CONTRACTS}


def test_one_of_each_is_the_first():
    assert one_of_each(["a[x]", "b[y]", "a[z]", "b[x]"]) == ["a[x]", "b[y]"]
