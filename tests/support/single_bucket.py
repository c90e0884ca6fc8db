"""A service of one bucket with requests that are signed once, and a client that checks nothing."""

from __future__ import annotations

import functools
import http.client
from datetime import UTC, datetime

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation, Response
from pytest_oss_clean.oss.signing import Signer

CREDENTIALS = random_credentials()
BUCKET = "bucket-1"
COLD = (("x-oss-storage-class", "ColdArchive"),)
RESTORE, CLEAN = (("restore", None),), (("cleanRestoredObject", None),)


@functools.cache
def request(method, name="", query=(), headers=(), body=b""):
    signer = Signer(CREDENTIALS, region="cn-hangzhou")
    operation = signer.sign(Operation(method, BUCKET, name, query, headers, body), datetime.now(UTC))
    return operation.render(Endpoint("http", "127.0.0.1", 80), Addressing.PATH)


def service(**options):
    return Service(credentials=[CREDENTIALS], buckets=[BUCKET], **options)


def client(server):
    return http.client.HTTPConnection("127.0.0.1", server.endpoint.port, timeout=120)


def exchange(connection, sent):
    headers = {name: value for name, value in sent.headers if name != "Host"}
    connection.request(sent.method, sent.target, sent.body, headers)
    response = connection.getresponse()
    return Response(response.status, tuple(response.getheaders()), response.read())
