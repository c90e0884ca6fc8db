"""Signed calls to the emulator's service in memory."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.signing import Signer

BUCKET = "bucket-1"
ENDPOINT = Endpoint("http", "127.0.0.1", 8080)
NOW = 1_800_000_000.0
HOUR = 3600
ENABLED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class OssClient:
    """A service and a client that signs."""

    def __init__(self, **options):
        self.credentials = random_credentials()
        options = {"buckets": [BUCKET], "clock": lambda: NOW, **options}
        self.service = Service(credentials=[self.credentials], **options)
        self.addressing = Addressing.PATH

    def __call__(  # noqa: PLR0913 - a test helper
        self,
        method,
        name="",
        *query,
        body=b"",
        bucket=BUCKET,
        host=None,
        version=SignatureVersion.V4,
        **headers,
    ):
        fields = tuple((key.replace("_", "-"), value) for key, value in headers.items())
        if host:
            fields += (("Host", host),)
        pairs = tuple(q if isinstance(q, tuple) else (q, None) for q in query)
        operation = Operation(method, bucket, name, pairs, fields, body)
        signer = Signer(self.credentials, version, self.service.region)
        signed = signer.sign(operation, datetime.fromtimestamp(NOW, UTC))
        return self.service(signed.render(ENDPOINT, self.addressing))

    def put(self, name="k", storage_class="ColdArchive", body=b"hello", **headers):
        response = self("PUT", name, body=body, x_oss_storage_class=storage_class, **headers)
        assert response.status == 200
        return response


class TimedCaller:
    """The same with a clock that tests move, copies, and unsigned requests; `put` gives the version id."""

    def __init__(self):
        self.key = random_credentials()
        self.time = NOW
        self.service = Service(credentials=[self.key], buckets=[BUCKET], clock=lambda: self.time)

    def __call__(self, method, name="", *query, body=b"", unsigned=False, **headers):
        pairs = tuple(q if isinstance(q, tuple) else (q, None) for q in query)
        fields = tuple((key.replace("_", "-"), value) for key, value in headers.items())
        operation = Operation(method, BUCKET, name, pairs, fields, body)
        if not unsigned:
            signer = Signer(self.key, region=self.service.region)
            operation = signer.sign(operation, datetime.fromtimestamp(self.time, UTC))
        return self.service(operation.render(ENDPOINT, Addressing.PATH))

    def put(self, name="k", storage_class="Standard", body=b"hello", **headers):
        response = self("PUT", name, body=body, x_oss_storage_class=storage_class, **headers)
        assert response.status == 200
        return response.header("x-oss-version-id")

    def copy(self, source, name="copy", **headers):
        return self("PUT", name, x_oss_copy_source=source, **headers)


def error(response):
    root = etree.fromstring(response.body)
    return response.status, root.findtext("Code"), root.findtext("EC")


def tags(response):
    return [(e.findtext("Key"), e.findtext("Value")) for e in etree.fromstring(response.body).iter("Tag")]
