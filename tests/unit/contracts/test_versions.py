"""Versions: servers that differ in one rule about them are seen, each in the rows that are about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mutant_runs import run_on_mutant
from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

ROWS = {contract.id: contract.cases()[0].id for contract in AREAS["versions"]}


def rows(*words):
    """Return the ids of rows, each word without its `version-`."""
    return {f"version-{word}" for word in words}


ADDRESSED = rows("older-named", "older-below-frozen", "older-below-restoring") | rows(
    "first-in-query", "after-equals-sign"
)
"""Rows that clean an older version."""
REFUSED_OLDER = rows("older-never-restored", "older-restoring")

FAULTS = {
    "version-all-cleaned": rows("current-unnamed", "current-named", "older-named", "older-below-restoring"),
    "version-id-ignored": ADDRESSED | REFUSED_OLDER | rows("unknown", "marker-on-top", "marker-named"),
    "version-unnamed-restored": rows(
        "current-never-restored-unnamed", "current-above-restoring", "marker-on-top"
    ),
    "version-other-cleaned": ADDRESSED
    | REFUSED_OLDER
    | rows("current-named", "current-never-restored-named", "unknown", "marker-named"),
    "version-judged-by-current": (ADDRESSED - rows("older-named")) | REFUSED_OLDER,
    "version-unknown-is-current": rows("unknown"),
    "version-unnamed-below-marker": rows("marker-on-top"),
    "version-marker-removed": rows("marker-on-top", "marker-named"),
    "version-marker-cleaned": rows("marker-named"),
    "version-older-stale": ADDRESSED | rows("older-restoring", "below-marker", "below-marker-restoring"),
    "version-older-missing": ADDRESSED
    | REFUSED_OLDER
    | rows("older-cleaned", "below-marker", "below-marker-restoring"),
    "effect-removes": ADDRESSED
    | rows("current-unnamed", "current-named", "current-alone-restored", "below-marker"),
    "effect-other-versions": rows("current-unnamed", "current-named", "older-named", "older-below-restoring"),
    "effect-stale-other-versions": rows(
        "current-never-restored-unnamed",
        "current-never-restored-named",
        "current-above-restoring",
        "older-never-restored",
    ),
    "effect-running-other-versions": rows("current-restoring"),
    "version-other-id-answered": ADDRESSED | rows("below-marker"),
    "version-listed-newest": rows("current-unnamed", "current-named", "older-named"),
    "version-cleaned-again": rows("older-below-frozen", "older-cleaned"),
    "version-id-demanded": rows(
        "current-unnamed",
        "current-alone-restored",
        "current-never-restored-unnamed",
        "current-above-restoring",
        "current-restoring",
        "marker-on-top",
    ),
    "developer-first-only": rows("first-in-query"),
    "developer-bare-only": rows("after-equals-sign"),
}
"""Each mutant, and the rows that are unlike with it: no others."""


@pytest.mark.parametrize("mutant_id", FAULTS)
def test_a_server_with_one_wrong_rule_is_unlike_in_the_rows_that_are_about_it(mutant_id):
    seen = {}
    for slug, case_id in ROWS.items():
        outcome, _ = run_on_mutant(mutant_id, case_id)
        assert outcome.verdict in (Verdict.OBSERVED, Verdict.NOT_OBSERVED), outcome
        if outcome.unlike:
            seen[slug] = [finding.id for finding in outcome.unlike]
            strict, _ = run_on_mutant(mutant_id, case_id, strict=True)
            assert strict.verdict is Verdict.FAILED
            assert [finding.id for finding in strict.problems] == seen[slug]
    assert set(seen) == FAULTS[mutant_id], seen


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
