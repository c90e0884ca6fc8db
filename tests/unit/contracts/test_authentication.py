"""Authentication: which rows notice a server that does not look, and that none blames one that does."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from authentication_faults import AREA, FAULTS, REFUSED, STRICTER, TOKENS
from grouped import grouped
from mutant_runs import noticed_by, run_on_mutant
from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.replay import read_reproducer, replay, write_reproducer
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.claims import EMULATOR_CLAIMS
from pytest_oss_clean.target.config.settings import Settings, read_settings
from pytest_oss_clean.target.open import memory_target

IDS = [case.id for contract in AREA for case in contract.cases()]
OF_OTHER_OBJECTS = {"unknown-key-id-of-missing", "anonymous-of-frozen"}
"""Rows of what strangers learn: the object is in a state of which a clean would tell."""


def is_clean(request):
    return request.method == "POST" and CLEAN in request.target


@pytest.mark.parametrize("name", ["unreadable", "nothing-verified", "url-skew-future", "no-v4"])
def test_a_server_that_verifies_too_little_or_too_much_is_noticed_by_these_rows_alone(name):
    """The others are in `tests/slow`."""
    assert noticed_by(f"auth-{name}", AREA) == (FAULTS | STRICTER)[name]


def test_every_row_notices_a_fault():
    noticed = {row for rows in (*FAULTS.values(), *STRICTER.values()) for row in set().union(*rows)}
    assert noticed == {contract.id for contract in AREA}


def test_a_bucket_that_anybody_may_read_says_nothing_of_anonymous_cleans():
    def public(service):
        service.admit_anonymous = lambda _operation: None
        return service

    outcome = run_case("anonymous[ColdArchive-V4]", public)
    assert outcome.verdict is Verdict.ERROR
    assert "to see that the bucket is private" in outcome.cause


def freezing(service):
    """Freeze all objects when a clean is refused."""

    def sender(request):
        response = service(request)
        if is_clean(request) and 400 <= response.status < 500:
            for bucket in service.store.buckets.values():
                for name, versions in bucket.objects.items():
                    frozen = tuple(replace(thing, retrieval=None) for thing in versions)
                    bucket.objects[name] = frozen
        return response

    return sender


ON_RESTORED = [i for i in IDS if CASES[i].contract.id in REFUSED - OF_OTHER_OBJECTS]


def test_all_that_is_to_be_refused_is_asked_of_a_restored_object():
    assert {CASES[case_id].contract.given for case_id in ON_RESTORED} == {Given.RESTORED}


@pytest.mark.parametrize("case_id", ON_RESTORED)
def test_a_server_that_refuses_and_freezes_nevertheless_is_noticed_by_the_effects(case_id):
    effects = {"restore-goes-on", "readable"}
    outcome = run_case(case_id, freezing)
    if CASES[case_id].checks_only:
        assert outcome.verdict is Verdict.OBSERVED
        assert {finding.id for finding in outcome.unlike} == effects
    else:
        assert outcome.verdict is Verdict.FAILED
        assert {finding.id for finding in outcome.problems} == effects


def differently(service):
    """Answer what is refused with another status and Code."""

    def sender(request):
        response = service(request)
        if is_clean(request) and response.status in (400, 403):
            return Response(401, body=b"<Error><Code>NotForYou</Code></Error>")
        return response

    return sender


BARE = {
    "presigned-dated-one-hour-ahead",
    "presigned-for-too-long",
    "presigned-without-expiry",
    "presigned-without-signature",
}
"""Rows that know no Code."""


@pytest.mark.parametrize("case_id", ON_RESTORED)
def test_another_refusal_fails_nothing_but_the_one_that_sdks_test(case_id):
    outcome = run_case(case_id, differently)
    row = CASES[case_id].contract.id
    assert (outcome.verdict is Verdict.FAILED) is (row == "unknown-key-id")
    shown = [finding.id for finding in (*outcome.unlike, *outcome.problems)]
    assert set(shown) == (set() if row in BARE else {"answer"})
    strict = run_case(case_id, differently, demand=Demand(strict=True))
    assert (strict.verdict is Verdict.FAILED) is (row not in BARE)


@pytest.mark.parametrize("row", ["date-altered", "listed-header-altered", "presigned-for-another-name"])
def test_a_reproducer_signs_and_alters_again(row, tmp_path):
    outcome, blind = run_on_mutant("auth-v4-unverified", f"{row}[ColdArchive-V4]")
    path = write_reproducer(outcome, blind, Settings(state_dir=tmp_path))
    again = [step.problems for step in replay(read_reproducer(path), blind)]
    assert ("status is 200, not 4xx: the request was not refused",) in again
    seeing = [step.problems for step in replay(read_reproducer(path), memory_target(lambda s: s))]
    assert set(seeing) == {()}


# What a target does not claim is not asked.

HARMLESS = {
    "presigned",
    "presigned-by-temporary-key",
    "temporary-key",
}


@grouped({"authentication": {case_id: (case_id,) for case_id in IDS}})
def test_hostile_rows_are_not_claimed_without_hostile_auth(case_id):
    claims = read_settings({"no-hostile-auth": True}, {}).claims
    missing = CASES[case_id].missing(claims)
    assert missing == (() if CASES[case_id].contract.id in HARMLESS else ("hostile-auth",))
    assert CASES[case_id].missing(EMULATOR_CLAIMS) == ()


def needed(claim):
    return {contract.id for contract in AREA if any(claim in case.claims for case in contract.cases())}


def test_rows_need_what_they_are_about():
    assert needed("presigned") == {row for row in needed("V4") | needed("V1") if row.startswith("presigned")}
    assert needed("region") == {"signed-for-another-region", "presigned-for-another-region"}
    assert needed("versions") == {"signature-of-another-version"}
    assert needed("STS") == {
        "key-with-made-up-token",
        "presigned-by-temporary-key",
        "temporary-key",
        "token-altered",
        "token-dropped",
        *TOKENS,
    }


def test_no_hostile_auth_leaves_these_rows_out_of_a_run(command_line):
    done = command_line("check", "emulator", "--oss-no-hostile-auth", "-k", "test_authentication", "-rs")
    assert done.code == 0, done.out + done.err
    left_out = sum(CASES[case_id].contract.id not in HARMLESS for case_id in IDS)
    assert f"{left_out} skipped" in done.out or f"{left_out} not claimed" in done.out, done.out
    assert "hostile-auth" in done.out


# Nothing of what signs is shown.


def telling(service):
    """Let every judged clean in, and tell what came and what is known of keys."""

    def sender(request):
        response = service(request)
        if not is_clean(request):
            return response
        known = [key.credentials for key in service.authenticator._keys._keys.values()]
        secrets = [secret.reveal() for one in known for secret in (one.secret, one.token) if secret]
        told = " ".join([*secrets, request.target, *(value for _, value in request.headers)])
        return Response(500, body=f"<Error><Code>Told</Code><Message>{told}</Message></Error>".encode())

    return sender


@pytest.mark.parametrize("case_id", [i for i in IDS if not CASES[i].checks_only])
def test_neither_secrets_nor_signatures_are_told(case_id, tmp_path):
    target = memory_target(telling)
    known = SimpleNamespace(own=target.credentials, sts=target.sts)
    secrets = [known.own.secret, known.sts.secret, known.sts.token]
    target.scrubber = Scrubber(secrets)
    outcome = run(CASES[case_id], target, Provisioner(target))
    assert outcome.verdict is Verdict.FAILED
    text = render(GatedOutcome(outcome), target, "reproducer.json")
    path = write_reproducer(outcome, target, Settings(state_dir=tmp_path))
    written = path.read_text("utf-8")
    # Generated keys and tokens, which nobody has, are no secrets: a server's words about them may be shown.
    hidden = {secret.reveal() for secret in secrets}
    signed = outcome.judged.request
    hidden |= {v for n, v in present_parts(signed.target) if "ignature" in n and "version" not in n}
    authorization = signed.header("authorization") or ""
    hidden |= {authorization.partition("Signature=")[2], authorization.partition(":")[2]}
    for secret in filter(None, hidden):
        assert secret not in text
        assert secret not in written
    assert json.loads(written)["contract"] == case_id


def present_parts(target):
    pairs = target.partition("?")[2].split("&")
    return [(name, value) for name, _, value in (pair.partition("=") for pair in pairs)]
