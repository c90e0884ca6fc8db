"""A server that takes two seconds to effect a clean, of the ten that it may take, fails no contract."""

from dataclasses import replace

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.mutation.kill_matrix import Result, control, examine_variant
from pytest_oss_clean.mutation.mutants.time import after_clean, ending_in
from pytest_oss_clean.mutation.variants.conditions import CONDITIONS

ROWS = [i for i, case in CASES.items() if i.endswith("[ColdArchive-V4]") and not case.contract.generated]


def test_a_clean_that_shows_after_two_seconds():
    late = replace(CONDITIONS[0], fault=after_clean(Outcome.CLEANED, ending_in(2.0)), settle_seconds=10.0)
    examined = examine_variant(late, control(CASES[i] for i in ROWS), full=True)
    assert (examined.killers, examined.untested) == ({}, {})
    assert examined.result is Result.HARMLESS
    assert examined.reached > 50
