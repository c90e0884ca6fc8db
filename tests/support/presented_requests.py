"""Requests signed in every way, presented to the emulator, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

V1, V4 = SignatureVersion
KEY = Credentials("key-1", Secret("secret-of-key-1"))
STS = Credentials("STS.key-2", Secret("secret-of-key-2"), Secret("token-of-key-2"))
WHEN = datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC)
ENDPOINT = Endpoint("http", "127.0.0.1", 8080)
CALL = Operation("POST", "bucket-1", "k", (("cleanRestoredObject", None),))


def send(service, operation):
    return service(operation.render(ENDPOINT, Addressing.PATH))


def outcome(service, operation):
    response = send(service, operation)
    root = etree.fromstring(response.body)
    assert response.header("x-oss-ec") == root.findtext("EC")
    return response.status, root.findtext("Code"), root.findtext("EC")


def extras(service, operation):
    return {e.tag: e.text for e in etree.fromstring(send(service, operation).body)}


def signed(version=V4, *, key=KEY, when=WHEN, operation=CALL, **options):
    return Signer(key, version, options.pop("region", "cn-hangzhou"), **options).sign(operation, when)


def presigned(version=V4, *, key=KEY, when=WHEN, seconds=60, region="cn-hangzhou"):
    return Signer(key, version, region).presign(CALL, when, seconds)


PASSED = (404, "NoSuchKey", "0026-00000001")
NOT_MATCHING = {
    V1: (403, "SignatureDoesNotMatch", "0002-00000040"),
    V4: (403, "SignatureDoesNotMatch", "0002-00000201"),
}
BAD_DATE = (403, "AccessDenied", "0002-00000502")
NO_DATE = (403, "AccessDenied", "0002-00000503")
SKEWED = (403, "RequestTimeTooSkewed", "0002-00000504")
UNKNOWN = (403, "InvalidAccessKeyId", "0002-00000902")
