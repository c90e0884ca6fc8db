"""A claim that the target does not support is a failure, of that claim's row: not an error, not silence."""

from __future__ import annotations

import pytest

from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.response_edits import with_header, without
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.claims import CLAIMS
from pytest_oss_clean.target.open import memory_target

ROWS = {c.id.removeprefix("claim-"): c.cases()[0].id for c in AREAS["claims"]}
NOT_IMPLEMENTED = Response(501, (), b"<Error><Code>NotImplemented</Code></Error>")
DENIED = Response(403, (), b"<Error><Code>AccessDenied</Code></Error>")
NO_BUCKET = Response(404, (), b"<Error><Code>NoSuchBucket</Code></Error>")
EMPTY = Response(200, (("x-oss-version-id", "null"),))


def asks(method, *parts):
    return lambda r: r.method == method and all(part in r.target for part in parts)


def has(name, value=""):
    return lambda r: r.method == "PUT" and value in (r.header(name) or "-")


def signed(part):
    return lambda r: part in (r.header("authorization") or "") + r.target


def answering(when, response):
    """Return a server that answers some requests itself."""
    return lambda service: lambda request: response if when(request) else service(request)


def changing(when, change):
    return lambda service: lambda request: change(service(request)) if when(request) else service(request)


def as_a_plain_put(service):
    """A server that does not know copies, and puts what it was sent: nothing."""
    service.copy_object = service.put_object
    return lambda request: service(request) if not request.header("x-oss-copy-source") else EMPTY


def forgetting_the_prefix(service):
    own = service.list_objects

    def list_all(operation, reply):
        query = tuple((n, v) for n, v in operation.query if n != "prefix")
        return own(type(operation)("GET", operation.bucket, "", query), reply)

    service.list_objects = list_all
    return service


def one_store(service):
    """A server whose buckets all hold the same objects."""
    buckets = service.store.buckets
    for name in buckets:
        buckets[name].objects = buckets["memory"].objects
    return service


LACKS = {
    "tags": answering(asks("PUT", "?tagging"), NOT_IMPLEMENTED),
    "tags, forgotten": answering(asks("PUT", "?tagging"), Response(200)),
    "acl": answering(asks("PUT", "?acl"), NOT_IMPLEMENTED),
    "acl, forgotten": answering(asks("PUT", "?acl"), Response(200)),
    "object-types": changing(asks("HEAD", ".link"), lambda a: without(a, "x-oss-object-type")),
    "object-meta": answering(asks("HEAD", "?objectMeta"), Response(400)),
    "object-meta, empty": answering(asks("HEAD", "?objectMeta"), Response(200)),
    "copy": answering(has("x-oss-copy-source", "/"), NOT_IMPLEMENTED),
    "copy, taken for a put": as_a_plain_put,
    "multipart": answering(asks("POST", "?uploads"), NOT_IMPLEMENTED),
    "multipart, taken for a put": answering(asks("POST", "?uploads"), Response(200)),
    "list": answering(asks("GET", "prefix="), NOT_IMPLEMENTED),
    "list, of everything": forgetting_the_prefix,
    "list, in one version": answering(asks("GET", "list-type=2"), NOT_IMPLEMENTED),
    "second-bucket": answering(asks("PUT", "/oss-clean-second/"), NO_BUCKET),
    "second-bucket, the same": one_store,
    "versions": changing(lambda _: True, lambda a: without(a, "x-oss-version-id")),
    "versions, null": changing(lambda _: True, lambda a: with_header(a, "x-oss-version-id", "null")),
    "versions, one id": changing(lambda _: True, lambda a: with_header(a, "x-oss-version-id", "1")),
    "archive": answering(has("x-oss-storage-class", "Archive"), NOT_IMPLEMENTED),
    "archive, ignored": changing(asks("HEAD"), lambda a: with_header(a, "x-oss-storage-class", "Standard")),
    "archive, never restored": answering(asks("POST", "?restore"), NOT_IMPLEMENTED),
    "ia": answering(has("x-oss-storage-class", "IA"), NOT_IMPLEMENTED),
    "ia, ignored": changing(asks("HEAD"), lambda a: without(a, "x-oss-storage-class")),
    "presigned": answering(signed("x-oss-signature="), DENIED),
    "sts": answering(signed("Credential=STS."), DENIED),
    "region": changing(signed("/cn-nowhere/"), lambda _: Response(200)),
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_claim_that_does_not_hold_fails(lack):
    outcome = run_case(ROWS[lack.partition(",")[0]], LACKS[lack])
    assert outcome.verdict is Verdict.FAILED, outcome.cause
    assert outcome.problems


@pytest.mark.parametrize("row", ROWS)
def test_every_claim_can_fail_in_a_row_that_needs_no_other_optional_claim(row):
    assert row in {lack.partition(",")[0] for lack in LACKS}
    plain = {"ColdArchive", "V4", "hostile-auth"}
    (claim,) = CASES[ROWS[row]].claims - plain
    assert claim.lower() == row


def test_there_is_a_row_for_every_claim_that_the_page_s_own_rows_do_not_need():
    """Addressing shows in every request of a run, and a restore that completes at once in every restore."""
    page = {claim for c in AREAS["page"] for case in c.cases() for claim in case.claims}
    shown_everywhere = {"path-style", "instant-restore"}
    assert {claim.lower() for claim in set(CLAIMS) - page - shown_everywhere} == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_nothing_that_a_claim_s_row_wrote_is_left(row):
    services = []

    def wrap(service):
        services.append(service)
        return service

    target = memory_target(wrap)
    run(CASES[ROWS[row]], target, Provisioner(target))
    assert not any(bucket for bucket in services[0].inventory(versions=True).values())
    assert target.ledger.left == {}


def test_a_judged_request_that_is_no_clean_is_not_called_one():
    assert run_case(ROWS["copy"]).judged.label == "judged"
    assert run_case(ROWS["presigned"]).judged.label == "clean"
