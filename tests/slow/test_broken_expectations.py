"""Every expectation of every contract can fail: one answer is changed in one thing, and only that shows."""

from __future__ import annotations

import pytest

from broken_expectations import assert_checks_are_observed, assert_required_expectations_fail
from perturbation import one_case_of_each_contract

ONE_OF_EACH = one_case_of_each_contract()


@pytest.mark.parametrize("case_id", ONE_OF_EACH)
def test_a_required_expectation_broken_alone_fails_and_its_text_names_the_difference(case_id):
    assert_required_expectations_fail(case_id)


@pytest.mark.parametrize("case_id", ONE_OF_EACH)
def test_a_check_broken_alone_fails_nothing_is_seen_and_gates_in_a_strict_run(case_id):
    assert_checks_are_observed(case_id)
