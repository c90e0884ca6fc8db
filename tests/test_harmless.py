"""Servers that differ harmlessly fail nothing: a false alarm is worse than a miss."""

from __future__ import annotations

import pytest

import harmless
from answerforms import with_code, with_status
from harmless import FORMS, READINGS, all_of, sender_of
from perturbing import (
    one_case_of_each_contract,
    places,
    run_case,
    run_perturbed,
    unperturbed,
)
from pytest_oss_clean import runner
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.matcher import OneOf
from pytest_oss_clean.verdict import Verdict

ONE_OF_EACH = one_case_of_each_contract()
PAGE = [f"{contract.id}[ColdArchive-V4]" for contract in AREAS["page"]]
REFUSED = {contract.id for contract in AREAS["authentication"]}
LET_IN = [case_id for case_id in ONE_OF_EACH if CASES[case_id].contract.id not in REFUSED]
"""Cases whose requests come as far as an object."""

EXCLUSIVE = {
    "upper-case header names",
    "another Server header",
    "XML without declaration",
    "XML in one line",
    "XML pretty-printed",
    "empty messages",
    "Content-Type text/xml",
    "no reason",
}
"""Forms that undo another one."""


def sample(index, step=6):
    """Return the page's rows and every sixth of the others, so that each form meets other ones."""
    return [*PAGE, *[case_id for case_id in ONE_OF_EACH if case_id not in PAGE][index % step :: step]]


def assert_as_ever(case_ids, wrap, **changes):
    """See that a server gets the verdicts that the emulator gets."""
    found = {case_id: run_case(case_id, wrap, **changes) for case_id in case_ids}
    other = {
        case_id: (outcome.verdict, outcome.cause, [f.problem for f in outcome.problems])
        for case_id, outcome in found.items()
        if outcome.verdict is not unperturbed(case_id).verdict or outcome.problems
    }
    assert not other
    return found


@pytest.mark.parametrize("name", FORMS)
def test_another_form_of_the_same_answers_fails_nothing(name):
    found = assert_as_ever(sample([*FORMS].index(name)), sender_of(FORMS[name]))
    for case_id in PAGE:
        assert found[case_id].observations == unperturbed(case_id).observations


@pytest.mark.parametrize("names", [[n for n in FORMS if n not in EXCLUSIVE], sorted(EXCLUSIVE)], ids=len)
def test_many_other_forms_at_once_fail_nothing_in_the_whole_catalogue(names):
    assert_as_ever(ONE_OF_EACH, sender_of(all_of(names)))


def test_every_form_differs_from_the_plain_one():
    """A form that changed nothing would show nothing."""
    seen = dict.fromkeys(FORMS, 0)

    def wrap(service):
        def sender(request):
            answer = service(request)
            for name, form in FORMS.items():
                seen[name] += form(answer) != answer
            return answer

        return sender

    for case_id in PAGE:
        run_case(case_id, wrap)
    assert [name for name, times in seen.items() if not times] == []


@pytest.mark.parametrize("name", READINGS)
def test_another_reading_of_silent_sources_fails_nothing(name):
    assert_as_ever(LET_IN, READINGS[name])


@pytest.mark.parametrize("case_id", ONE_OF_EACH)
def test_each_of_several_accepted_answers_is_accepted(case_id):
    for place in places(case_id):
        for expectation in place.expectations:
            for matcher in [m for m in expectation.matchers if isinstance(m, OneOf)]:
                for accepted in matcher.accepted:
                    assert_accepted(case_id, place.number, expectation.id, accepted)


def assert_accepted(case_id, number, name, accepted):
    status, _, code = accepted.partition(" ")
    change = lambda a: with_code(with_status(a, int(status)), code)  # noqa: E731
    outcome = run_perturbed(case_id, number, change)
    assert outcome.verdict is unperturbed(case_id).verdict, (case_id, accepted, outcome)
    assert name not in [finding.id for finding in outcome.unlike], (case_id, accepted)


def test_effects_that_show_after_a_moment_fail_nothing_where_there_is_time_to_settle(monkeypatch):
    monkeypatch.setattr(runner, "SETTLE_PAUSE", 0.001)
    assert run_case("restored[ColdArchive-V4]", harmless.late).verdict is Verdict.FAILED
    assert_as_ever(ONE_OF_EACH, harmless.late, settle_seconds=5.0)
