"""Spellings of the request: what SDKs are known to send is demanded, the rest is observed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.emulator.operations import Level
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.verdict import Verdict

SUFFIX = "[ColdArchive-V4]"
SYNTAX = [c.id for c in AREAS["syntax"]]
REFUSED = Response(400, (), b"<Error><Code>InvalidArgument</Code></Error>")
PLAIN = {"GET": "get_object", "HEAD": "head_object", "PUT": "put_object", "DELETE": "delete_object"}


def refusing(when):
    return lambda service: lambda request: REFUSED if when(request) else service(request)


def ignoring_the_sub_resource(service):
    """A server that knows the sub-resource of POST alone, and else does what the method does."""
    service.routes = {**service.routes} | {(Level.OBJECT, m, CLEAN): name for m, name in PLAIN.items()}
    return service


def taking(when):
    """Return a server that takes other requests for cleans as well."""

    def wrap(service):
        def send(request):
            if request.method != "POST" or not when(request.target.partition("?")[2]):
                return service(request)
            bucket = service.store.buckets["memory"]
            name = request.target.partition("?")[0].removeprefix("/memory/")
            service.store.replace(bucket, name, replace(bucket.current(name), retrieval=None))
            return Response(200)

        return send

    return wrap


def cleans(request):
    return CLEAN in request.target


STRANGE = {
    "no `=`": (
        refusing(lambda r: r.target.endswith(f"{CLEAN}=")),
        {"empty-value-never-restored", "empty-value-restoring", "empty-value-restored"},
    ),
    "no value": (refusing(lambda r: r.target.endswith("=1") and cleans(r)), {"unknown-parameter"}),
    "no other parameter": (
        refusing(lambda r: cleans(r) and "&" in r.target),
        {"unknown-parameter", "unknown-parameter-first"},
    ),
    "no other header": (refusing(lambda r: r.header("x-suite-unknown")), {"unknown-header"}),
    "any letter case": (
        taking(lambda query: query != CLEAN and query.lower() == CLEAN.lower()),
        {"letter-case", "lower-case"},
    ),
    "a clean by default": (taking(lambda query: not query), {"no-sub-resource"}),
    "a value as a name": (taking(lambda query: query.endswith(f"={CLEAN}")), {"as-a-value"}),
    "other methods": (
        ignoring_the_sub_resource,
        {"method-GET", "method-HEAD", "method-PUT", "method-DELETE"},
    ),
}


@pytest.mark.parametrize("habit", STRANGE)
def test_what_no_source_decides_is_observed_and_fails_nothing(habit):
    wrap, expected = STRANGE[habit]
    outcomes = {name: run_case(name + SUFFIX, wrap) for name in SYNTAX}
    assert {o.verdict for o in outcomes.values()} <= {Verdict.PASSED, Verdict.OBSERVED}
    assert {name for name, o in outcomes.items() if o.unlike} == expected


@pytest.mark.parametrize("row", ["method-PUT", "method-DELETE"])
def test_an_object_that_another_method_took_is_seen_as_unreadable(row):
    outcome = run_case(row + SUFFIX, ignoring_the_sub_resource)
    assert {"refused", "readable"} <= {finding.id for finding in outcome.unlike}


def test_a_server_that_refuses_what_tested_sdks_send_fails():
    wrap = refusing(lambda r: cleans(r) and r.header("content-md5"))
    outcomes = {name: run_case(name + SUFFIX, wrap) for name in SYNTAX}
    assert {n for n, o in outcomes.items() if o.verdict is Verdict.FAILED} == {"sdk-headers-restoring"}


@pytest.mark.parametrize("row", ["value", "body", "body-that-is-no-document", "null-version"])
def test_a_contested_spelling_may_be_refused(row):
    wrap = refusing(lambda r: cleans(r) and (r.body or not r.target.endswith(CLEAN)))
    outcome = run_case(row + SUFFIX, wrap)
    assert outcome.verdict is Verdict.OBSERVED
    assert outcome.unlike == []
    assert outcome.observations["answer"] == "400 InvalidArgument"


def test_the_one_requirement_rests_on_strong_tests():
    required = {c.id: [e for e in c.expectations if e.evidence.required] for c in AREAS["syntax"]}
    assert [name for name, found in required.items() if found] == ["sdk-headers-restoring"]
    assert [e.evidence for e in required["sdk-headers-restoring"]] == [Evidence.SDK_TESTED]
