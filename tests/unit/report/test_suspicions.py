"""Suspicions: each is right on servers whose fault is known, and nothing is guessed beside them."""

from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.mutant import OnSender, OnWire
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.report.suspicions import SUSPICIONS, suspicion
from pytest_oss_clean.spec.contract import PLAIN

NOT_DONE = {
    "transition-restored-kept", "transition-extended-kept", "effect-not-done", "effect-late-by-three",
    "effect-extends", "effect-ends-tomorrow", "effect-only-hour", "time-effect-late", "intermittent-second",
    "intermittent-third", "intermittent-seventh", "intermittent-second-object",
}  # fmt: skip
DONE_THOUGH_REFUSED = {
    "transition-restored-secretly", "effect-done-500", "effect-done-503", "effect-done-stale",
    "effect-done-not-finished", "effect-done-not-there", "effect-done-denied", "intermittent-sent-twice",
    "intermittent-after-stale",
}  # fmt: skip
OTHER_SIGNATURES = {
    "auth-no-v1", "auth-no-v4", "developer-legacy-list", "developer-v1-equals", "tracker-unlisted",
}  # fmt: skip
TRUTH = {
    "not-done": NOT_DONE,
    "done-though-refused": DONE_THOUGH_REFUSED,
    "restore-cancelled": {"transition-restoring-cleaned", "developer-one-flag"},
    "restore-ignored": {"transition-restoring-unharmed"},
    "signing": OTHER_SIGNATURES,
    "method": {"developer-equals-only"},
}
"""The mutants of which each sentence is true."""

TRIED = [
    case_id
    for case_id in CASES
    for slug in ("restored", "restoring", "never-restored", "extended")
    if case_id in (f"{slug}[ColdArchive-V4]", f"{slug}[ColdArchive-V1]")
]
MALFORMED = [
    i for i, case in CASES.items() if case.contract.request.signing.hostile and "ColdArchive-V4" in i
]


def guesses(fault, cases):
    """Return the suspicions about a server with a fault, from these contracts."""
    with staged(fault, ExecutionCount()) as target:
        target.settle_seconds = 0.0
        outcomes = [run(CASES[i], target, Provisioner(target)) for i in cases]
    return {found.id for found in map(suspicion, outcomes) if found}


def test_every_guess_about_every_mutant_is_right():
    """45 servers of every family; those that are not named in TRUTH must draw no guess at all."""
    named = {mutant for mutants in TRUTH.values() for mutant in mutants}
    others = [i for i, m in MUTANTS.items() if i not in named and not isinstance(m.fault, OnWire)][::25]
    right = wrong = 0
    for mutant in sorted(named) + others:
        for guess in guesses(MUTANTS[mutant].fault, TRIED):
            right += mutant in TRUTH[guess]
            wrong += mutant not in TRUTH[guess]
    assert wrong == 0
    assert right >= len(named) - 1  # some faults are seen by no contract that is tried here


@pytest.mark.parametrize("row", SUSPICIONS, ids=lambda row: row.id)
def test_each_row_is_borne_out_by_a_server(row):
    faults = [MUTANTS[i].fault for i in sorted(TRUTH.get(row.id, ()))] or [OnSender(not_implemented)]
    assert any(row.id in guesses(fault, TRIED) for fault in faults)


def not_implemented(sender, reached):
    def answer(request):
        response = sender(request)
        if request.method != "POST" or "cleanRestoredObject" not in request.target:
            return response
        reached()
        return replace(response, status=501, body=b"<Error><Code>NotImplemented</Code></Error>")

    return answer


def test_nothing_is_guessed_of_requests_that_are_malformed_on_purpose():
    def broken(sender, reached):
        def answer(request):
            response = sender(request)
            reached()
            return replace(response, status=200, body=b"") if response.status == 403 else response

        return answer

    assert len(MALFORMED) > 10
    assert all(CASES[i].contract.request != PLAIN for i in MALFORMED)
    assert guesses(OnSender(broken), MALFORMED) == set()
