"""Servers that differ harmlessly fail nothing: a false alarm is worse than a miss.

`oss-clean prove` puts each of them before the catalogue; here is what it does not ask.
"""

from __future__ import annotations

from functools import reduce

import pytest

from perturbation import one_case_of_each_contract, places, run_case, run_perturbed, unperturbed
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.mutation.stage import ExecutionCount
from pytest_oss_clean.mutation.variants.catalogue import FORMS, everywhere
from pytest_oss_clean.spec.matchers import OneOf
from pytest_oss_clean.spec.verdict import Verdict
from response_edits import with_code, with_status
from right_servers import replica_of

ONE_OF_EACH = one_case_of_each_contract()
PAGE = [f"{contract.id}[ColdArchive-V4]" for contract in AREAS["page"]]
CHANGES = {name: change for name, _, change in FORMS}
TOGETHER = (
    "lower-case-names other-order more-headers no-server no-server-time no-connection no-length no-ec-header "
    "type-charset ids-uuid restore-order restore-dense etag-bare etag-lower reason-lower more-elements "
    "other-texts other-host no-ec no-recommendation xml-comments xml-namespace"
)
OTHERS_TOGETHER = (
    "upper-case-names other-server type-text reason-none no-texts xml-bare xml-one-line xml-wide"
)
"""Forms that leave each other be; those of the second would undo one of the first."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_form_of_the_page_s_answers_is_not_even_observed(change):
    for case_id in PAGE:
        outcome = run_case(case_id, lambda service: everywhere(change).wrap(service, ExecutionCount()))
        assert outcome.verdict is unperturbed(case_id).verdict
        usual = unperturbed(case_id).observations
        seen = {
            name: told.replace(" absent, as before", " as before")
            for name, told in outcome.observations.items()
        }
        assert seen == usual, "what is absent before and after is told, and no change"


@pytest.mark.parametrize("names", [TOGETHER.split(), OTHERS_TOGETHER.split()], ids=len)
def test_many_other_forms_at_once_fail_nothing_in_the_whole_catalogue(names):
    def all_of(response):
        return reduce(lambda formed, name: CHANGES[name](formed), names, response)

    wrap = everywhere(all_of).wrap
    for case_id in ONE_OF_EACH:
        outcome, usual = (
            run_case(case_id, lambda service: wrap(service, ExecutionCount())),
            unperturbed(case_id),
        )
        assert (outcome.verdict, outcome.problems) == (usual.verdict, usual.problems), case_id


def several(case_id):
    """Whether one expectation of a case accepts several answers."""
    expectations = CASES[case_id].contract.expectations
    return any(isinstance(matcher, OneOf) for each in expectations for matcher in each.matchers)


@pytest.mark.parametrize("case_id", [case_id for case_id in ONE_OF_EACH if several(case_id)])
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


def late(service):
    """Read from a replica that shows what a clean did only to the third look."""
    stale = {}

    def sender(request):
        path = request.target.partition("?")[0]
        if request.method not in ("GET", "HEAD"):
            replica = replica_of(service.store)
            response = service(request)
            stale.pop(("GET", path), None), stale.pop(("HEAD", path), None)
            if is_clean(request) and response.succeeded:
                stale.update({(method, path): [replica] * 2 for method in ("GET", "HEAD")})
            return response
        fresh = service.store
        looks = stale.get((request.method, request.target))
        service.store = looks.pop() if looks else fresh
        try:
            return service(request)
        finally:
            service.store = fresh

    return sender


def test_effects_that_show_after_a_moment_fail_nothing_where_there_is_time_to_settle():
    assert run_case("restored[ColdArchive-V4]", late).verdict is Verdict.FAILED
    for case_id in ONE_OF_EACH:
        outcome, usual = run_case(case_id, late, settle_seconds=5.0), unperturbed(case_id)
        assert (outcome.verdict, outcome.problems) == (usual.verdict, usual.problems), case_id
