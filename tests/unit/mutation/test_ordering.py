"""What is run first against a mutant or a variant, so that a quick proof is quick and still a proof."""

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.kill_matrix import control, examine
from pytest_oss_clean.mutation.likely_killers import LIKELY
from pytest_oss_clean.mutation.mutant import OnWire
from pytest_oss_clean.mutation.ordering import cases_for, one_of_each, order


def test_every_hint_tells_its_mutant_at_once():
    sound = control(CASES[i] for i in dict.fromkeys(LIKELY.values()))
    slow = [
        mutant_id
        for mutant_id, case_id in LIKELY.items()
        if not (told := examine(MUTANTS[mutant_id], {case_id: sound[case_id]})).result.good or told.ran != 1
    ]
    assert slow == []


def test_a_hint_comes_first_and_nothing_is_left_out_for_it():
    for mutant_id, case_id in LIKELY.items():
        cases = [case.id for case in order(MUTANTS[mutant_id], CASES)]
        assert case_id in cases[: 1 + len(MUTANTS[mutant_id].first)]
        explicit = {i for i, case in CASES.items() if not case.contract.generated}
        assert explicit <= set(cases)
        assert len(cases) == len(set(cases))


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
