"""Authentication: each fault of a signature has its own answer, and only that fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from presented_requests import (
    BAD_DATE,
    CALL,
    KEY,
    NO_DATE,
    NOT_MATCHING,
    PASSED,
    SKEWED,
    STS,
    UNKNOWN,
    V1,
    V4,
    WHEN,
    extras,
    outcome,
    presigned,
    send,
    signed,
)
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.secrets import Secret


@pytest.fixture
def service():
    return Service(credentials=[KEY, STS], buckets=["bucket-1", "bucket-2"], clock=WHEN.timestamp)


def changed(operation, name, value):
    """Return the operation with another value of a header, or without it."""
    headers = tuple((n, value if n.lower() == name else v) for n, v in operation.headers)
    return replace(operation, headers=tuple((n, v) for n, v in headers if v is not None))


@pytest.mark.parametrize("make", [signed, presigned])
@pytest.mark.parametrize("key", [KEY, STS])
@pytest.mark.parametrize("version", SignatureVersion)
def test_right_signatures_pass(service, make, version, key):
    assert outcome(service, make(version, key=key)) == PASSED


def test_anonymous(service):
    assert outcome(service, CALL) == (403, "AccessDenied", "0003-00001201")


def test_authentication_comes_before_the_name_of_an_object(service):
    assert outcome(service, replace(CALL, name="/bad"))[1] == "AccessDenied"


@pytest.mark.parametrize("key_id", ["key-1", "nobody"])
@pytest.mark.parametrize(
    ("method", "query"), [("GET", ()), ("GET", (("acl", None),)), ("PUT", (("cors", None),))]
)
def test_a_missing_bucket_is_named_before_the_key(service, method, query, key_id):
    call = replace(CALL, method=method, bucket="no-such-bucket", query=query, name="")
    call = signed(V4, key=replace(KEY, key_id=key_id), operation=call)
    assert outcome(service, call) == (404, "NoSuchBucket", "0015-00000101")


def test_a_bucket_is_not_created_with_an_unknown_key(service):
    call = signed(V4, key=replace(KEY, key_id="nobody"), operation=Operation("PUT", "new-bucket", ""))
    assert outcome(service, call) == UNKNOWN


@pytest.mark.parametrize("make", [signed, presigned])
@pytest.mark.parametrize("version", SignatureVersion)
def test_an_unknown_key(service, make, version):
    call = make(version, key=replace(KEY, key_id="nobody"))
    assert outcome(service, call) == UNKNOWN
    assert extras(service, call)["OSSAccessKeyId"] == "nobody"


@pytest.mark.parametrize("make", [signed, presigned])
@pytest.mark.parametrize("version", SignatureVersion)
def test_a_wrong_secret(service, make, version):
    call = make(version, key=replace(KEY, secret=Secret("another")))
    assert outcome(service, call) == NOT_MATCHING[version]
    found = extras(service, call)
    assert found["OSSAccessKeyId"] == "key-1"
    assert bytes.fromhex(found["StringToSignBytes"]).decode() == found["StringToSign"]
    assert found["SignatureProvided"]
    assert ("CanonicalRequest" in found) is (version is V4)
    assert list(found)[-2:] == ["EC", "RecommendDoc"]


@pytest.mark.parametrize("version", SignatureVersion)
def test_an_error_never_shows_the_right_signature_or_the_secret(service, version):
    right = signed(version).header("authorization")
    response = send(service, signed(version, key=replace(KEY, secret=Secret("another"))))
    assert right[-28:].encode() not in response.body
    assert b"secret-of-key-1" not in response.body


@pytest.mark.parametrize("version", SignatureVersion)
@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"name": "other"},
        {"bucket": "bucket-2"},
        {"query": (("restore", None),)},
        {"query": ()},
        {"query": (("cleanRestoredObject", None), ("versionId", "1"))},
    ],
)
def test_what_is_signed_cannot_be_changed(service, version, change):
    assert outcome(service, replace(signed(version), **change)) == NOT_MATCHING[version]


@pytest.mark.parametrize("version", SignatureVersion)
@pytest.mark.parametrize("header", [("x-oss-new", "1"), ("Content-Type", "a/b"), ("Content-MD5", "x")])
def test_signed_headers_cannot_be_added(service, version, header):
    assert outcome(service, signed(version).adding(headers=(header,))) == NOT_MATCHING[version]


@pytest.mark.parametrize("version", SignatureVersion)
def test_unsigned_headers_can(service, version):
    assert outcome(service, signed(version).adding(headers=(("User-Agent", "x"),))) == PASSED


def test_v1_without_the_subresource_in_its_list_does_not_match(service):
    old = signed(V1, operation=replace(CALL, query=()))
    assert outcome(service, replace(old, query=CALL.query)) == NOT_MATCHING[V1]


@pytest.mark.parametrize("version", SignatureVersion)
@pytest.mark.parametrize(("seconds", "skewed"), [(899, False), (-899, False), (901, True), (-901, True)])
def test_fifteen_minutes_of_skew(service, version, seconds, skewed):
    call = signed(version, when=WHEN + timedelta(seconds=seconds))
    assert outcome(service, call) == (SKEWED if skewed else PASSED)


def test_skew_names_both_times(service):
    found = extras(service, signed(when=WHEN - timedelta(hours=1)))
    assert found["MaxAllowedSkewMilliseconds"] == "900000"
    assert found["RequestTime"] == "2027-01-15T07:00:00.000Z"
    assert found["ServerTime"] == "2027-01-15T08:00:00.000Z"


def test_the_restore_clock_does_not_skew(service):
    service.advance(30 * 86_400)
    assert outcome(service, signed()) == PASSED


@pytest.mark.parametrize(
    "value",
    [
        "today",
        "Fri, 15 Jan 2027 08:00:00 UTC",
        "Fri, 5 Jan 2027 08:00:00 GMT",
        "Fri, 41 Jan 2027 08:00:00 GMT",
    ],
)
def test_v1_dates_that_cannot_be_read(service, value):
    assert outcome(service, changed(signed(V1), "date", value)) == BAD_DATE


@pytest.mark.parametrize("value", ["20270115", "Fri, 15 Jan 2027 08:00:00 GMT", "20271315T080000Z"])
def test_v4_dates_that_cannot_be_read(service, value):
    assert outcome(service, changed(signed(), "x-oss-date", value)) == BAD_DATE


@pytest.mark.parametrize(("version", "header"), [(V1, "date"), (V4, "x-oss-date")])
def test_no_date(service, version, header):
    assert outcome(service, changed(signed(version), header, None)) == NO_DATE


@pytest.mark.parametrize("value", ["Fri, 15 Jan 2027 08:00:00 GMT", "20270115T080000Z"])
def test_v1_takes_x_oss_date_in_both_forms(service, value):
    assert outcome(service, signed(V1, operation=CALL.adding(headers=(("x-oss-date", value),)))) == PASSED


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"region": "cn-beijing"}, (400, "InvalidArgument", "0002-00000226")),
        ({"product": "s3"}, (400, "InvalidArgument", "0002-00000227")),
    ],
)
def test_wrong_scopes(service, options, expected):
    call = signed(**options)
    assert outcome(service, call) == expected
    assert extras(service, call)["Authorization"] == call.header("authorization")


@pytest.mark.parametrize(
    ("old", "new", "ec"),
    [
        ("20270115", "20270114", "0000-00000000"),
        ("20270115", "2027-1-5", "0002-00000212"),
        ("aliyun_v4_request", "aws4_request", "0002-00000213"),
        ("Credential=key-1/20270115/cn-hangzhou/oss/aliyun_v4_request,", "", "0002-00000205"),
        ("Signature=", "Sig=", "0002-00000202"),
        ("OSS4-HMAC-SHA256", "OSS5", "0002-00000066"),
        ("Signature=", "AdditionalHeaders=,Signature=", "0002-00000209"),
        ("Signature=", "AdditionalHeaders=x-oss-date;,Signature=", "0002-00000210"),
        ("Signature=", "AdditionalHeaders=range,Signature=", "0002-00000211"),
    ],
)
def test_v4_authorizations_that_cannot_be_accepted(service, old, new, ec):
    call = signed()
    text = call.header("authorization").replace(old, new)
    assert outcome(service, changed(call, "authorization", text)) == (400, "InvalidArgument", ec)


@pytest.mark.parametrize(
    ("value", "ec"),
    [("OSS key-1", "062"), ("OSS :x", "063"), ("OSS key-1:", "065"), ("Basic x", "061"), ("", "061")],
)
def test_v1_authorizations_that_cannot_be_read(service, value, ec):
    expected = (400, "InvalidArgument", f"0002-00000{ec}")
    assert outcome(service, changed(signed(V1), "authorization", value)) == expected


@pytest.mark.parametrize("value", [None, "e3b0c44298fc1c149afbf4c8996fb924"])
def test_v4_wants_unsigned_payload(service, value):
    call = changed(signed(), "x-oss-content-sha256", value)
    assert outcome(service, call) == (400, "InvalidArgument", "0002-00000214")


@pytest.mark.parametrize("make", [signed, presigned])
@pytest.mark.parametrize("version", SignatureVersion)
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (replace(STS, token=None), (403, "InvalidAccessKeyId", "0002-00000003")),
        (replace(STS, token=Secret("wrong")), (403, "InvalidSecurityToken", "0002-00000008")),
        (replace(KEY, token=Secret("bogus")), (403, "InvalidAccessKeyId", "0002-00000002")),
    ],
)
def test_tokens(service, make, version, key, expected):
    assert outcome(service, make(version, key=key)) == expected


@pytest.mark.parametrize(
    ("version", "token", "expected"),
    [
        (V1, "token-of-key-2", PASSED),
        (V1, "wrong", (403, "InvalidSecurityToken", "0002-00000008")),
        (V4, "token-of-key-2", (403, "InvalidAccessKeyId", "0002-00000003")),
    ],
)
def test_only_v1_takes_an_unsigned_token(service, version, token, expected):
    call = signed(version, key=replace(STS, token=None)).adding(headers=(("security-token", token),))
    assert outcome(service, call) == expected


def test_additional_headers_are_signed(service):
    operation = CALL.adding(headers=(("Host", "127.0.0.1:8080"),))
    call = signed(operation=operation, additional=("host",))
    assert outcome(service, call) == PASSED
    assert outcome(service, changed(call, "host", "127.0.0.1:9090")) == NOT_MATCHING[V4]
