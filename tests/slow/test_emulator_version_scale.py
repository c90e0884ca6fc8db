"""Thousands of versions of one name: what writing, restoring and listing them costs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.signing import Signer

FEW, MANY = 40, 4_000
MARGIN = 5
"""How many times longer many versions may take; counting them all anew takes ten times as long."""
CREDENTIALS = random_credentials()
ENABLED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


def send(service, method, name="", query=(), body=b""):
    operation = Operation(method, "bucket-1", name, query, body=body)
    signed = Signer(CREDENTIALS, region=service.region).sign(operation, datetime.now(UTC))
    response = service(signed.render(Endpoint("http", "127.0.0.1", 80), Addressing.PATH))
    assert response.succeeded, response.body
    return response


def put(service):
    return send(service, "PUT", "k")


def with_versions(count):
    service = Service(credentials=[CREDENTIALS], buckets=[])
    body = b"<CreateBucketConfiguration><StorageClass>ColdArchive</StorageClass></CreateBucketConfiguration>"
    send(service, "PUT", body=body)
    send(service, "PUT", query=(("versioning", None),), body=ENABLED)
    for _ in range(count):
        put(service)
    return service


def life(service):
    """Write a version, restore it, clean it, list a few and remove it."""
    version = (("versionId", put(service).header("x-oss-version-id")),)
    send(service, "POST", "k", (("restore", None), *version))
    service.advance(6 * 3600)
    send(service, "POST", "k", (("cleanRestoredObject", None), *version))
    found = send(service, "GET", query=(("versions", None), ("max-keys", "5")))
    assert found.body.count(b"<Version>") == 5
    send(service, "DELETE", "k", version)


@pytest.mark.parametrize("act", [put, life])
def test_a_version_costs_the_same_among_a_hundred_times_as_many(act):
    fastest = []
    for count in (FEW, MANY):
        service = with_versions(count)
        moments = [time.perf_counter()]
        for _ in range(30):
            act(service)
            moments.append(time.perf_counter())
        fastest.append(min(after - before for before, after in pairwise(moments)))
    print(f"\n{act.__name__}: {fastest[1] / fastest[0]:.2f} times as long")  # noqa: T201
    assert fastest[1] / fastest[0] < MARGIN


def test_what_versions_count_is_given_back():
    service = with_versions(0)
    used = service.store.used
    ids = [put(service).header("x-oss-version-id") for _ in range(5)]
    send(service, "POST", "k", (("restore", None), ("versionId", ids[2])))
    send(service, "DELETE", "k")
    assert service.store.used > used + 5 * 1024
    marker = send(service, "GET", query=(("versions", None),)).body.partition(b"<DeleteMarker>")[2]
    ids.append(marker.partition(b"<VersionId>")[2].partition(b"<")[0].decode())
    for version in ids:
        send(service, "DELETE", "k", (("versionId", version),))
    assert service.store.used == used
