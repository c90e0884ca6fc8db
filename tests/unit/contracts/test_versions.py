"""Versions: servers that differ in one rule about them are seen, each in the rows that are about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target
from version_faults import (
    CleansAllVersions,
    CleansMarkers,
    CleansTheOtherVersion,
    CleansTwice,
    DeletesTheMarker,
    EndsOtherRestores,
    IgnoresVersionId,
    JudgesByTheCurrent,
    ListsTheCurrentRestore,
    LooksBelowTheMarker,
    NamesTheOldest,
    RemovesTheVersion,
    TakesAnyRestoredVersion,
    TakesUnknownVersionsForTheCurrent,
    WantsNoEqualsSign,
    WantsVersionId,
    WantsVersionIdLast,
)

ROWS = {contract.id: contract.cases()[0].id for contract in AREAS["versions"]}


def rows(*words):
    """Return the ids of rows, each word without its `version-`."""
    return {f"version-{word}" for word in words}


NAMED_OLDER = rows("older-named", "older-below-frozen", "older-below-restoring")
IN_OTHER_WORDS = rows("first-in-query", "after-equals-sign")
REFUSED_OLDER = rows("older-never-restored", "older-restoring")

FAULTS = {
    CleansAllVersions: rows("current-unnamed", "current-named", "older-named", "older-below-restoring"),
    IgnoresVersionId: NAMED_OLDER
    | REFUSED_OLDER
    | IN_OTHER_WORDS
    | rows("unknown", "below-marker", "below-marker-restoring"),
    TakesAnyRestoredVersion: rows("current-never-restored-unnamed", "current-restoring", "marker-on-top"),
    CleansTheOtherVersion: NAMED_OLDER
    | REFUSED_OLDER
    | IN_OTHER_WORDS
    | rows("current-named", "current-never-restored-named", "unknown", "marker-named"),
    JudgesByTheCurrent: REFUSED_OLDER
    | IN_OTHER_WORDS
    | rows("older-below-frozen", "older-below-restoring", "unknown", "marker-on-top", "marker-named"),
    TakesUnknownVersionsForTheCurrent: rows("unknown"),
    LooksBelowTheMarker: rows("marker-on-top"),
    DeletesTheMarker: rows("marker-on-top", "marker-named", "below-marker"),
    CleansMarkers: rows("marker-named"),
    EndsOtherRestores: rows(
        "older-restoring",
        "current-above-restoring",
        "current-restoring",
        "older-below-restoring",
        "below-marker-restoring",
    ),
    RemovesTheVersion: NAMED_OLDER | IN_OTHER_WORDS | rows("current-named", "below-marker"),
    NamesTheOldest: rows("current-unnamed", "current-named", "current-alone-restored"),
    ListsTheCurrentRestore: rows("current-unnamed", "current-named", "older-named"),
    WantsVersionIdLast: rows("first-in-query"),
    WantsNoEqualsSign: rows("after-equals-sign"),
    CleansTwice: rows("older-below-frozen", "older-cleaned"),
    WantsVersionId: rows(
        "current-unnamed",
        "current-alone-restored",
        "current-never-restored-unnamed",
        "current-above-restoring",
        "current-restoring",
        "marker-on-top",
    ),
}
"""Each fault, and the rows that are unlike with it: no others."""


def faulty(fault):
    def wrap(service):
        service.__class__ = fault
        return service

    return wrap


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_server_with_one_wrong_rule_is_unlike_in_the_rows_that_are_about_it(fault):
    seen = {}
    for slug, case_id in ROWS.items():
        outcome = run_case(case_id, faulty(fault))
        assert outcome.verdict in (Verdict.OBSERVED, Verdict.NOT_OBSERVED), outcome
        if outcome.unlike:
            seen[slug] = [finding.id for finding in outcome.unlike]
            strict = run_case(case_id, faulty(fault), demand=Demand(strict=True))
            assert strict.verdict is Verdict.FAILED
            assert [finding.id for finding in strict.problems] == seen[slug]
    assert set(seen) == FAULTS[fault], seen


def test_every_row_is_about_a_rule():
    assert set().union(*FAULTS.values()) == set(ROWS)


@pytest.mark.parametrize(
    ("slug", "verdict"),
    [
        ("version-older-below-restoring", Verdict.OBSERVED),
        ("version-older-restoring", Verdict.NOT_OBSERVED),
        ("version-current-restoring", Verdict.NOT_OBSERVED),
    ],
)
def test_where_time_passes_for_everybody_only_a_restoring_version_may_have_moved(slug, verdict):
    def accepting(service):
        def sender(request):
            response = service(request)
            return response if "cleanRestoredObject" not in request.target else Response(200)

        return sender if verdict is Verdict.NOT_OBSERVED else service

    target = memory_target(accepting)
    target.time = replace(target.time, exclusive=False)
    outcome = run(CASES[ROWS[slug]], target, Provisioner(target))
    assert outcome.verdict is verdict
    assert outcome.cause.startswith("state moved") is (verdict is Verdict.NOT_OBSERVED)


def test_a_version_that_is_not_in_its_state_is_not_judged():
    def forgetful(service):
        def sender(request):
            response = service(request)
            if request.method == "HEAD" and "versionId" in request.target:
                return replace(
                    response, headers=tuple(h for h in response.headers if h[0] != "x-oss-restore")
                )
            return response

        return sender

    outcome = run_case(ROWS["version-older-named"], forgetful)
    assert outcome.verdict is Verdict.NOT_OBSERVED
    where = "HEAD of the older version of the restored, overwritten and restored again object"
    assert outcome.cause == f"{where}: x-oss-restore is None, not of restored"
