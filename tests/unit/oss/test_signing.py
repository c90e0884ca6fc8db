"""Signatures against the stored ones of ten vendor SDKs; vectors/signing-vectors.json explains itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from grouped import by, grouped
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import (
    Computed,
    Credentials,
    Scope,
    Signer,
    compute_v4,
    http_date,
    iso_basic,
)
from pytest_oss_clean.oss.verification import present

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signing-vectors.json").read_bytes())
AGREED = VECTORS["vectors"]
SPLIT = VECTORS["no_consensus"]
PUBLISHED = VECTORS["published"]
DATE_ONLY = VECTORS["single_sdk_forms"]
OTHER_READING = "V1 list lacks x-oss-traffic-limit"
WHEN = datetime(2024, 9, 20, 8, 32, 21, tzinfo=UTC)


def each(vectors, also=""):
    """Test each vector, or each element of one of its lists; those of a kind together."""
    if not also:
        return grouped(by(kind_of, {v["id"]: (v,) for v in vectors}))
    cases = {
        f"{v['id']}-{number}": (v, item)
        for v in vectors
        for number, item in enumerate(v["expected"].get(also, v.get(also, ())))
    }
    return grouped(by(kind_of, cases))


def kind_of(vector, *_):
    return vector["kind"]


def version_of(vector):
    return SignatureVersion(vector["kind"][:2].upper())


def signer_of(vector):
    given = vector["input"]
    token = Secret(given["sts_token"]) if given.get("sts_token") else None
    return Signer(
        Credentials(given["access_key_id"], Secret(given["access_key_secret"]), token),
        version_of(vector),
        given["region"],
        given["product"],
        tuple(given.get("additional_headers", ())),
    )


def operation_of(vector, empty=None):
    given = vector["input"]
    query = tuple((name, value or empty) for name, value in given["query"].items())
    headers = tuple(given.get("headers", {}).items())
    if vector["kind"] == "v1-header-xossdate":
        headers += (("x-oss-date", http_date(when_of(vector))),)
    return Operation(given["method"], given["bucket"], given["name"], query, headers)


def when_of(vector):
    return datetime.fromtimestamp(vector["input"]["epoch"], UTC)


def sign(vector, empty=None):
    signer, operation, when = signer_of(vector), operation_of(vector, empty), when_of(vector)
    if vector["kind"].endswith("-url"):
        return signer.presign(operation, when, vector["input"]["expires_in"])
    return signer.sign(operation, when)


def as_sent(vector, authorization):
    """The operation of a header vector as it reaches a server."""
    headers = tuple(vector["expected"]["request_headers"].items())
    return replace(operation_of(vector), headers=(*headers, ("Authorization", authorization)))


def secret_of(vector):
    return Secret(vector["input"]["access_key_secret"])


def with_signature(signed, old, new):
    """Exchange the signature that an operation carries."""
    return replace(
        signed,
        headers=tuple((n, v.replace(old, new) if n == "Authorization" else v) for n, v in signed.headers),
        query=tuple((n, new if v == old else v) for n, v in signed.query),
    )


EMPTY = {f"{v['id']} {empty!r}": (v, empty) for v in AGREED + SPLIT + PUBLISHED for empty in (None, "")}


@grouped(by(kind_of, EMPTY))
def test_we_sign_as_the_sdks_do(vector, empty):
    signed = sign(vector, empty)
    presented = present(signed)
    expected = vector["expected"]
    assert presented.recompute(signed, secret_of(vector)) == Computed(
        expected["signature"], expected["string_to_sign"], expected.get("canonical_request", "")
    )
    assert presented.signature == expected["signature"]
    assert presented.verify(signed, secret_of(vector))


@each([v for v in AGREED + SPLIT if "authorization" in v["expected"]])
def test_we_write_the_headers_that_the_sdks_write(vector):
    signed = sign(vector)
    expected = {**vector["expected"]["request_headers"], "Authorization": vector["expected"]["authorization"]}
    assert {n.lower(): v for n, v in signed.headers} == {n.lower(): v for n, v in expected.items()}


@each([v for v in AGREED + SPLIT if "query_params" in v["expected"]])
def test_we_write_the_parameters_that_the_sdks_write(vector):
    assert dict(sign(vector, "").query) == vector["expected"]["query_params"]


@each(AGREED + SPLIT, "authorization_other_spellings")
def test_every_spelling_of_authorization_verifies(vector, item):
    sent = as_sent(vector, item["text"])
    presented = present(sent)
    ours = present(as_sent(vector, vector["expected"]["authorization"]))
    assert presented == ours
    assert presented.verify(sent, secret_of(vector))


@each(AGREED + SPLIT, "presigned_urls")
def test_every_presigned_url_of_an_sdk_verifies(vector, item):
    url = urlsplit(item["url"])
    bucket, _, domain = url.netloc.partition(".")
    assert domain == f"oss-{vector['input']['region']}.aliyuncs.com"
    target = item["url"].partition(url.netloc)[2]
    bucket, name, query = naming.read_target(target, bucket=bucket)
    assert (bucket, name) == (vector["input"]["bucket"], vector["input"]["name"])
    headers = tuple(vector["input"].get("headers", {}).items())
    sent = Operation(vector["input"]["method"], bucket, name, query, headers)
    presented = present(sent)
    assert (presented.version, presented.form) == (version_of(vector), SignatureForm.URL)
    assert presented.key_id == vector["input"]["access_key_id"]
    assert presented.verify(sent, secret_of(vector))
    assert not presented.verify(sent, Secret("another"))


@each(DATE_ONLY)
def test_v4_with_nothing_but_a_date_header_verifies(vector):
    """The form of Go v1 and of the samples in the documentation: the time line is the raw Date."""
    expected = vector["expected"]
    sent = as_sent(vector, expected["authorization"])
    presented = present(sent)
    assert presented.time_line == http_date(when_of(vector))
    assert presented.recompute(sent, secret_of(vector)) == Computed(
        expected["signature"], expected["string_to_sign"], expected["canonical_request"]
    )
    assert presented.verify(sent, secret_of(vector))


@each([v for v in AGREED + SPLIT if v.get("disagreements")])
def test_what_another_sdk_signed_otherwise_is_refused(vector):
    """Most leave cleanRestoredObject out of V1: a plain POST's signature would do for a clean."""
    signed = sign(vector)
    others = [d for d in vector["disagreements"] if "signature" in d]
    verdicts = {
        (d["sdk"], d["reason"]): present(
            with_signature(signed, vector["expected"]["signature"], d["signature"])
        ).verify(signed, secret_of(vector))
        for d in others
    }
    # Both readings of x-oss-* parameters are in use by current SDKs, so V1 accepts either.
    assert verdicts == {key: key[1].startswith(OTHER_READING) for key in verdicts}
    assert all("refuses" in d["reason"] for d in vector["disagreements"] if d not in others)


def test_the_vectors_hold_v1_signatures_without_the_subresource():
    lacking = [
        d["sdk"]
        for v in AGREED
        for d in v.get("disagreements", ())
        if d["reason"].startswith("V1 list lacks cleanRestoredObject")
    ]
    assert set(lacking) == {"oss2", "go-v1", "php-v1", "cpp-v1", "gateway-py"}


def test_go_v1_may_list_a_header_that_is_signed_anyway():
    vector = next(v for v in AGREED if v["id"] == "v4-header/plain+addl-host-range")
    (go,) = vector["disagreements"]
    written = vector["expected"]["authorization"].replace("host;range", "host;range;x-oss-meta-a")
    sent = as_sent(vector, written.replace(vector["expected"]["signature"], go["signature"]))
    assert present(sent).verify(sent, secret_of(vector))


def test_v1_sorts_parameters_by_name_and_not_as_joined_text():
    query = (("callback-var", "b"), ("callback", "a"), ("versionId", "1"), ("uploads", None))
    signed = Signer(Credentials("ak", Secret("sk")), SignatureVersion.V1).sign(
        Operation("POST", "b", "k", query), WHEN
    )
    text = present(signed).recompute(signed, Secret("sk")).string_to_sign
    assert text.endswith("\n/b/k?callback=a&callback-var=b&uploads&versionId=1")


def test_bucket_and_service_operations_have_their_own_resources():
    v1 = Signer(Credentials("ak", Secret("sk")), SignatureVersion.V1)
    for operation, resource in [
        (Operation("GET"), "/"),
        (Operation("GET", "b"), "/b/"),
        (Operation("GET", "b", "k"), "/b/k"),
    ]:
        signed = v1.sign(operation, WHEN)
        assert present(signed).recompute(signed, Secret("sk")).string_to_sign.endswith(f"GMT\n{resource}")
        v4 = compute_v4(operation, Secret("sk"), Scope("20240920", "r"), iso_basic(WHEN))
        assert v4.canonical_request.startswith(f"GET\n{resource}\n")


def test_repeated_signed_headers_are_joined_by_commas_and_trimmed():
    headers = (("X-Oss-Meta-A", " 1 "), ("x-oss-meta-a", " 2 "))
    signed = Signer(Credentials("ak", Secret("sk"))).sign(Operation("GET", "b", headers=headers), WHEN)
    assert "\nx-oss-meta-a:1,2\n" in present(signed).recompute(signed, Secret("sk")).canonical_request


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2024, 7, 1, tzinfo=UTC), "Mon, 01 Jul 2024 00:00:00 GMT"),
        (datetime.fromisoformat("2024-07-01T08:00:00+08:00"), "Mon, 01 Jul 2024 00:00:00 GMT"),
    ],
    ids=["utc", "elsewhere"],
)
def test_dates_are_gmt_with_two_digits_for_the_day(when, text):
    assert http_date(when) == text
    assert iso_basic(when) == "20240701T000000Z"
