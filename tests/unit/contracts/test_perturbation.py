"""Every expectation can fail: one answer is changed in one thing, and that, and only that, shows.

Here are cases that together hold every kind of expectation; `tests/slow` has them all.
"""

from __future__ import annotations

import pytest

from broken_expectations import (
    assert_checks_are_observed,
    assert_only_observed,
    assert_required_expectations_fail,
    shown,
)
from matcher_violations import VIOLATIONS
from perturbation import PerturbedRace, one_case_of_each_contract, places, run_perturbed
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.spec.matchers import Matcher
from pytest_oss_clean.spec.verdict import Verdict
from response_edits import with_code, with_status

ONE_OF_EACH = one_case_of_each_contract()
RACES = [case_id for case_id in ONE_OF_EACH if CASES[case_id].contract.race]


def kinds(case_id):
    """Return the kinds of expectations: required or not, of which matcher, of which source."""
    return {
        (expectation.evidence.required, type(matcher), type(getattr(matcher, "source", None)))
        for expectation in CASES[case_id].contract.expectations
        for matcher in expectation.matchers
    }


def of_every_kind():
    """Return the first cases that hold a kind of expectation which none before them has."""
    seen, found = set(), []
    for case_id in ONE_OF_EACH:
        if not kinds(case_id) <= seen:
            found.append(case_id)
            seen |= kinds(case_id)
    return found


OF_EVERY_KIND = of_every_kind()


def test_there_is_a_violation_for_every_matcher():
    known = {kind for kind in Matcher.registry.values() if ".mutation." not in kind.__module__}
    assert known == set(VIOLATIONS)


def test_what_is_looked_at_is_all_that_the_rows_expect():
    for case_id in ONE_OF_EACH:
        expected = [e for place in places(case_id) for e in place.expectations]
        assert expected == list(CASES[case_id].contract.expectations), case_id


@pytest.mark.parametrize("case_id", OF_EVERY_KIND)
def test_a_required_expectation_broken_alone_fails_and_its_text_names_the_difference(case_id):
    assert_required_expectations_fail(case_id)


@pytest.mark.parametrize("case_id", OF_EVERY_KIND)
def test_a_check_broken_alone_fails_nothing_is_seen_and_gates_in_a_strict_run(case_id):
    assert_checks_are_observed(case_id)


@pytest.mark.parametrize("case_id", RACES)
def test_a_race_with_one_answer_that_no_order_explains_is_told_apart(case_id):
    asked = CASES[case_id].contract.race
    for number in range(len(asked.requests)):
        runs = [
            run_perturbed(case_id, number, lambda a: with_code(with_status(a)), PerturbedRace, strict=strict)
            for strict in (False, True)
        ]
        if asked.evidence.required:
            assert runs[0].verdict is Verdict.FAILED
            assert "418 SomethingElse" in shown(runs[0])
        else:
            assert_only_observed(case_id, "race", *runs)
        assert "no order of the requests one after the other explains" in shown(runs[1])
