"""The table of authentication errors (signing facts, section 4), a row each: status, Code, EC and extras."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from pytest_oss_clean.emulator.authentication import Key
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

V1, V4 = SignatureVersion
KEY = Credentials("key-1", Secret("secret-of-key-1"))
STS = Credentials("STS.key-2", Secret("secret-of-key-2"), Secret("token-of-key-2"))
OTHER_STS = Credentials("STS.key-3", Secret("secret-of-key-3"), Secret("token-of-key-3"))
DISABLED = Credentials("key-4", Secret("secret-of-key-4"))
WHEN = datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC)
EXPIRED = Credentials("STS.key-5", Secret("secret-of-key-5"), Secret("token-of-key-5"))
LASTING = Credentials("STS.key-6", Secret("secret-of-key-6"), Secret("token-of-key-6"))
KEYS = [
    KEY,
    STS,
    OTHER_STS,
    Key(DISABLED, disabled=True),
    Key(EXPIRED, token_expires_at=WHEN.timestamp()),
    Key(LASTING, token_expires_at=WHEN.timestamp() + 1),
]
ENDPOINT = Endpoint("http", "127.0.0.1", 8080)
CALL = Operation("POST", "bucket-1", "k", (("cleanRestoredObject", None),))
READ = Operation("GET", "bucket-1", "k")

KEY_ID = {"OSSAccessKeyId"}
SIGNATURE_V1 = {"OSSAccessKeyId", "SignatureProvided", "StringToSign", "StringToSignBytes"}
SIGNATURE_V4 = SIGNATURE_V1 | {"CanonicalRequest"}
AUTHORIZATION = {"Authorization"}
SKEW = {"MaxAllowedSkewMilliseconds", "RequestTime", "ServerTime"}
EXPIRY = {"Expires", "ServerTime"}
TOKEN = {"SecurityToken"}


def signed(version=V4, key=KEY, *, when=WHEN, call=CALL, **options):
    return Signer(key, version, options.pop("region", "cn-hangzhou"), **options).sign(call, when)


def presigned(version=V4, key=KEY, *, when=WHEN, seconds=60, region="cn-hangzhou"):
    return Signer(key, version, region).presign(CALL, when, seconds)


def header(call, name, value):
    """The call with another value of a header; None leaves it out, a pair replaces in it."""
    fields = []
    for field, old in call.headers:
        new = old if field.lower() != name else old.replace(*value) if isinstance(value, tuple) else value
        fields += [] if new is None else [(field, new)]
    return replace(call, headers=tuple(fields))


def authorization(call, old, new):
    return header(call, "authorization", (old, new))


def query(call, name, value):
    kept = tuple((n, v) for n, v in call.query if n != name)
    return replace(call, query=kept if value is None else (*kept, (name, value)))


def named(key_id):
    return replace(KEY, key_id=key_id)


DENIED, BAD, UNKNOWN = (403, "AccessDenied"), (400, "InvalidArgument"), (403, "InvalidAccessKeyId")
NO_MATCH = (403, "SignatureDoesNotMatch")
WRONG = replace(KEY, secret=Secret("another"))
HOUR = timedelta(hours=1)
NONE = set()
TABLE = {
    "no credentials": (CALL, *DENIED, "0003-00001201", NONE),
    "anonymous GET of a private object": (READ, *DENIED, "0003-00000001", NONE),
    "unknown key": (signed(key=named("nobody")), *UNKNOWN, "0002-00000902", KEY_ID),
    "disabled key": (signed(key=DISABLED), *UNKNOWN, "0002-00000904", KEY_ID),
    "disabled key in a URL": (presigned(V1, DISABLED), *UNKNOWN, "0002-00000904", KEY_ID),
    "illegal key id, V1": (signed(V1, named("k*")), *UNKNOWN, "0002-00000064", KEY_ID),
    "illegal key id, V1 URL": (presigned(V1, named("k*")), *UNKNOWN, "0002-00000073", KEY_ID),
    "illegal key id, V4": (signed(key=named("k*")), *UNKNOWN, "0002-00000206", KEY_ID),
    "illegal key id, V4 URL": (presigned(key=named("k*")), *UNKNOWN, "0002-00000206", KEY_ID),
    "wrong secret, V1": (signed(V1, WRONG), *NO_MATCH, "0002-00000040", SIGNATURE_V1),
    "wrong secret, V1 URL": (presigned(V1, WRONG), *NO_MATCH, "0002-00000040", SIGNATURE_V1),
    "wrong secret, V4": (signed(V4, WRONG), *NO_MATCH, "0002-00000201", SIGNATURE_V4),
    "wrong secret, V4 URL": (presigned(V4, WRONG), *NO_MATCH, "0002-00000201", SIGNATURE_V4),
    "tampered x-oss-date, V4": (
        header(signed(), "x-oss-date", "20270115T080001Z"), *NO_MATCH, "0002-00000201", SIGNATURE_V4,
    ),
    "dropped sub-resource, V1": (replace(signed(V1), query=()), *NO_MATCH, "0002-00000040", SIGNATURE_V1),
    "dropped sub-resource, V4": (replace(signed(), query=()), *NO_MATCH, "0002-00000201", SIGNATURE_V4),
    "added versionId": (query(signed(V1), "versionId", "x"), *NO_MATCH, "0002-00000040", SIGNATURE_V1),
    "wrong region": (signed(region="cn-beijing"), *BAD, "0002-00000226", AUTHORIZATION),
    "wrong region, URL": (presigned(region="cn-beijing"), *BAD, "0002-00000228", NONE),
    "wrong product": (signed(product="s3"), *BAD, "0002-00000227", AUTHORIZATION),
    "wrong terminator": (
        authorization(signed(), "aliyun_v4_request", "aws4_request"), *BAD, "0002-00000213", AUTHORIZATION,
    ),
    "scope date is none": (
        authorization(signed(), "/20270115/", "/2027011/"), *BAD, "0002-00000212", AUTHORIZATION,
    ),
    "scope date is none, URL": (
        query(presigned(), "x-oss-credential", "key-1/2027/cn-hangzhou/oss/aliyun_v4_request"),
        *BAD, "0002-00000223", NONE,
    ),
    "scope date of another day": (
        authorization(signed(), "/20270115/", "/20270114/"), *BAD, "0000-00000000", AUTHORIZATION,
    ),
    "too old": (signed(when=WHEN - HOUR), 403, "RequestTimeTooSkewed", "0002-00000504", SKEW),
    "too new": (signed(V1, when=WHEN + HOUR), 403, "RequestTimeTooSkewed", "0002-00000504", SKEW),
    "no date, V1": (header(signed(V1), "date", None), *DENIED, "0002-00000503", NONE),
    "no date, V4": (header(signed(), "x-oss-date", None), *DENIED, "0002-00000503", NONE),
    "bad date, V1": (header(signed(V1), "date", "today"), *DENIED, "0002-00000502", NONE),
    "bad date, V4": (header(signed(), "x-oss-date", "today"), *DENIED, "0002-00000502", NONE),
    "prefix": (authorization(signed(V1), "OSS ", "Basic "), *BAD, "0002-00000061", AUTHORIZATION),
    "no colon": (authorization(signed(V1), ":", ""), *BAD, "0002-00000062", AUTHORIZATION),
    "empty key id": (authorization(signed(V1), "key-1", ""), *BAD, "0002-00000063", AUTHORIZATION),
    "empty signature": (
        header(signed(V1), "authorization", "OSS key-1:"), *BAD, "0002-00000065", AUTHORIZATION,
    ),
    "version": (authorization(signed(V1), "OSS ", "OSS9 "), *BAD, "0002-00000066", AUTHORIZATION),
    "V4 format": (authorization(signed(), "Signature=", "Signature"), *BAD, "0002-00000202", AUTHORIZATION),
    "no Credential": (authorization(signed(), "Credential=", "C="), *BAD, "0002-00000205", AUTHORIZATION),
    "AdditionalHeaders empty": (
        authorization(signed(), ",Signature", ",AdditionalHeaders=,Signature"),
        *BAD, "0002-00000209", AUTHORIZATION,
    ),
    "AdditionalHeaders with an empty item": (
        authorization(signed(), ",Signature", ",AdditionalHeaders=host;,Signature"),
        *BAD, "0002-00000210", AUTHORIZATION,
    ),
    "AdditionalHeaders with one not sent": (
        authorization(signed(), ",Signature", ",AdditionalHeaders=absent,Signature"),
        *BAD, "0002-00000211", AUTHORIZATION,
    ),
    "x-oss-content-sha256": (
        header(signed(), "x-oss-content-sha256", "e3b0"), *BAD, "0002-00000214", AUTHORIZATION,
    ),
    "V1 URL without Expires": (query(presigned(V1), "Expires", None), *DENIED, "0002-00000067", NONE),
    "V1 URL with empty Expires": (query(presigned(V1), "Expires", ""), *DENIED, "0002-00000068", NONE),
    "V1 URL with bad Expires": (query(presigned(V1), "Expires", "soon"), *DENIED, "0002-00000070", NONE),
    "V1 URL expired": (presigned(V1, when=WHEN - HOUR), *DENIED, "0002-00000069", EXPIRY),
    "V4 URL expired": (presigned(when=WHEN - HOUR), *DENIED, "0002-00000236", EXPIRY),
    "V4 URL without x-oss-expires": (query(presigned(), "x-oss-expires", None), *BAD, "0002-00000215", NONE),
    "V4 URL without signature": (query(presigned(), "x-oss-signature", None), *BAD, "0002-00000219", NONE),
    "V4 URL valid for too long": (presigned(seconds=604_801), *BAD, "0002-00000232", NONE),
    "header and URL": (
        presigned().adding(headers=signed().headers), *BAD, "0000-00000000", AUTHORIZATION,
    ),
    "token expired": (signed(key=EXPIRED), 403, "SecurityTokenExpired", "0002-00000007", TOKEN),
    "token expired, URL": (presigned(V1, EXPIRED), 403, "SecurityTokenExpired", "0002-00000007", TOKEN),
    "token invalid": (
        signed(key=replace(STS, token=Secret("x"))), 403, "InvalidSecurityToken", "0002-00000008", TOKEN,
    ),
    "token missing": (signed(key=replace(STS, token=None)), *UNKNOWN, "0002-00000003", KEY_ID),
    "permanent key with a token": (
        signed(V1, replace(KEY, token=Secret("x"))), *UNKNOWN, "0002-00000002", KEY_ID,
    ),
    "token of another key": (
        signed(key=replace(STS, token=OTHER_STS.token)),
        403, "AccessKeyIdAndSecurityTokenNotMatch", "0000-00000000", KEY_ID,
    ),
    "permanent key with the token of another": (
        signed(key=replace(KEY, token=STS.token)),
        403, "AccessKeyIdAndSecurityTokenNotMatch", "0000-00000000", KEY_ID,
    ),
    "path-style on a public endpoint": (
        signed(call=CALL.adding(headers=(("Host", "oss-cn-hangzhou.aliyuncs.com"),))),
        403, "SecondLevelDomainForbidden", "0000-00000000", NONE,
    ),
    "name with a leading slash": (
        signed(call=replace(CALL, name="/k")), 400, "InvalidObjectName", "0016-00000005", {"ObjectName"},
    ),
    "name too long": (
        signed(call=replace(CALL, name="k" * 1024)),
        400, "InvalidObjectName", "0016-00000003", {"ObjectName"},
    ),
}  # fmt: skip
EVERYWHERE = {"Code", "Message", "RequestId", "HostId", "EC", "RecommendDoc"}


@pytest.fixture
def service():
    return Service(credentials=KEYS, buckets=["bucket-1"], clock=WHEN.timestamp, strict_hosts=True)


def send(service, operation):
    return service(operation.render(ENDPOINT, Addressing.PATH))


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_fault_is_answered_with_its_own_row(service, row):
    call, status, code, ec, extras = row
    response = send(service, call)
    root = etree.fromstring(response.body)
    assert (response.status, root.findtext("Code"), root.findtext("EC")) == (status, code, ec)
    assert response.header("x-oss-ec") == ec
    assert {e.tag for e in root} == EVERYWHERE | extras
    assert all(e.text for e in root)
    assert root.findtext("RecommendDoc").endswith(f"?q={ec}")


@pytest.mark.parametrize("call", [READ, signed(key=named("nobody"), call=replace(READ, method="HEAD"))])
def test_an_error_to_head_says_the_same_in_its_headers(service, call):
    response = send(service, replace(call, method="HEAD"))
    root = etree.fromstring(base64.b64decode(response.header("x-oss-err")))
    assert (response.status, response.body, root.findtext("EC")) == (403, b"", response.header("x-oss-ec"))


PASSED = (404, "NoSuchKey")


@pytest.mark.parametrize(
    "call",
    [
        signed(key=LASTING),
        presigned(V1, LASTING),
        signed(key=OTHER_STS),
        signed(V1).adding(headers=(("User-Agent", "x"),)),
        signed(call=CALL.adding(headers=(("Host", "bucket-1.oss-cn-hangzhou.aliyuncs.com"),))),
    ],
)
def test_what_is_right_passes(service, call):
    virtual = call.header("host")
    target = Addressing.VIRTUAL if virtual else Addressing.PATH
    root = etree.fromstring(service(call.render(ENDPOINT, target)).body)
    assert root.findtext("Code") == "NoSuchKey"


@pytest.mark.parametrize(
    ("bucket_acl", "object_acl", "status"),
    [
        ("private", "default", 403),
        ("public-read", "default", 200),
        ("public-read-write", "default", 200),
        ("public-read", "private", 403),
        ("private", "public-read", 200),
    ],
)
def test_an_unsigned_request_reads_what_an_acl_makes_public(service, bucket_acl, object_acl, status):
    acl = Operation("PUT", "bucket-1", "", (("acl", None),), (("x-oss-acl", bucket_acl),))
    put = Operation("PUT", "bucket-1", "k", (), (("x-oss-object-acl", object_acl),), b"x")
    assert [send(service, signed(call=call)).status for call in (acl, put)] == [200, 200]
    assert [send(service, replace(READ, method=m)).status for m in ("GET", "HEAD")] == [status] * 2
    for call in (
        replace(READ, query=(("acl", None),)),
        replace(READ, method="DELETE"),
        replace(READ, name=""),
    ):
        assert etree.fromstring(send(service, call).body).findtext("EC") == "0003-00001201"
    assert (
        etree.fromstring(send(service, replace(READ, bucket="none")).body).findtext("Code") == "NoSuchBucket"
    )


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:8080/bucket-1/k?cleanRestoredObject",
        "http://bucket-1.localhost/k?cleanRestoredObject",
        "HTTP://bucket-1.oss-cn-hangzhou.aliyuncs.com:80/%6b?cleanRestoredObject=",
        "/bucket-1/%6B?cleanRestoredObject=",
        "/bucket%2D1/k?%63leanRestoredObject",
        "/bucket-1/k?&cleanRestoredObject&",
    ],
)
def test_a_target_may_be_absolute_and_spelt_in_other_ways(service, target):
    request = replace(signed().render(ENDPOINT, Addressing.PATH), target=target)
    assert etree.fromstring(service(request).body).findtext("Code") == "NoSuchKey"
