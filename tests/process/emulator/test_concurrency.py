"""Many clients at once: a restored object is cleaned exactly once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.signing import Signer

CLIENTS = 8
BUCKET = "bucket-1"
ENDPOINT = Endpoint("http", "127.0.0.1", 80)


class Slow(LifeCycle):
    """Gives other threads their turn in the middle of a request, where a missing lock shows."""

    __slots__ = ()

    def clean(self, storage_class, retrieval, now):
        result = super().clean(storage_class, retrieval, now)
        time.sleep(0.0005)
        return result


@pytest.mark.parametrize(("life_cycle", "rounds"), [(LifeCycle(), 200), (Slow(), 20)])
def test_of_many_cleans_exactly_one_succeeds(life_cycle, rounds):
    credentials = random_credentials()
    service = Service(credentials=[credentials], buckets=[BUCKET], life_cycle=life_cycle)
    signer = Signer(credentials, region=service.region)

    def request(method, query=(), headers=()):
        operation = Operation(method, BUCKET, "k", query, headers)
        return signer.sign(operation, datetime.now(UTC)).render(ENDPOINT, Addressing.PATH)

    put = request("PUT", headers=(("x-oss-storage-class", "ColdArchive"),))
    restore, clean = request("POST", (("restore", None),)), request("POST", (("cleanRestoredObject", None),))
    assert service(put).status == 200
    start = threading.Barrier(CLIENTS)

    def client(_):
        start.wait()
        return service(clean).status

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(rounds):
            assert service(restore).status == 202
            service.advance(5 * 3600)
            assert Counter(pool.map(client, range(CLIENTS))) == {200: 1, 409: CLIENTS - 1}


def test_of_many_restores_exactly_one_is_accepted():
    credentials = random_credentials()
    service = Service(credentials=[credentials], buckets=[BUCKET])
    signer = Signer(credentials, region=service.region)

    def send(method, query=(), headers=()):
        operation = Operation(method, BUCKET, "k", query, headers)
        return service(signer.sign(operation, datetime.now(UTC)).render(ENDPOINT, Addressing.PATH)).status

    start = threading.Barrier(CLIENTS)

    def client(_):
        start.wait()
        return send("POST", (("restore", None),))

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(20):
            assert send("PUT", headers=(("x-oss-storage-class", "ColdArchive"),)) == 200
            assert Counter(pool.map(client, range(CLIENTS))) == {202: 1, 409: CLIENTS - 1}
