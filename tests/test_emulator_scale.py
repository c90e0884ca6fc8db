"""A hundred thousand objects, and an hour of traffic: what a page, an object and a request cost.

Buckets are filled through the service with signatures unchecked: those would take most of the time.
Times are compared with times of the same run, never with a clock's reading.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import http.client
import re
import sys
import threading
import time
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.server import Server
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.message import Answer, Endpoint, Operation, Request
from pytest_oss_clean.signing import Signer
from pytest_oss_clean.vocabulary import Addressing

SMALL, LARGE = 1_000, 100_000
FOLDERS = 20
CREDENTIALS = random_credentials()
BUCKET = "bucket-1"
MARGIN = 5
"""How many times longer a page of the large bucket may take; sorting it takes fifty times as long."""
COLD = (("x-oss-storage-class", "ColdArchive"),)
RESTORE, CLEAN = (("restore", None),), (("cleanRestoredObject", None),)


@functools.cache
def request(method, name="", query=(), headers=(), body=b""):
    signer = Signer(CREDENTIALS, region="cn-hangzhou")
    operation = signer.sign(Operation(method, BUCKET, name, query, headers, body), datetime.now(UTC))
    return operation.render(Endpoint("http", "127.0.0.1", 80), Addressing.PATH)


def service(**options):
    return Service(credentials=[CREDENTIALS], buckets=[BUCKET], **options)


def filled(count):
    """Return a service that holds `count` cold objects in a few folders, each as large as the other."""
    full = service()
    check, full.authenticator.check = full.authenticator.check, lambda _: True
    for i in range(count):
        name = f"folder-{i % FOLDERS:02}/object-{i // FOLDERS:06}"
        assert full(Request("PUT", f"/{BUCKET}/{name}", COLD)).status == 200
    full.authenticator.check = check
    return full


@pytest.fixture(scope="module")
def small():
    return filled(SMALL)


@pytest.fixture(scope="module")
def large():
    return filled(LARGE)


@pytest.fixture
def traced():
    """Let Python count its memory."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def page(full, **query):
    answer = full(request("GET", query=tuple((name.replace("_", "-"), str(v)) for name, v in query.items())))
    assert answer.status == 200
    return answer.body


def fastest(act, times=40):
    """Return the shortest time that `act` takes."""
    moments = [time.perf_counter()]
    for _ in range(times):
        act()
        moments.append(time.perf_counter())
    return min(after - before for before, after in pairwise(moments))


def ratio(small, large, **query):
    """Return how many times longer a page of the large bucket takes; both have as many entries."""
    entries = [
        len(re.findall(b"<Contents>|<CommonPrefixes>", page(full, **query))) for full in (small, large)
    ]
    assert entries[0] == entries[1] > 0
    return fastest(lambda: page(large, **query)) / fastest(lambda: page(small, **query))


LOOK_UPS = {
    "first page": {},
    "prefix": {"prefix": "folder-13/"},
    "marker": {"marker": "folder-18/z"},
    "prefix and marker": {"prefix": "folder-13/", "marker": "folder-13/object-000009"},
    "folders": {"delimiter": "/", "max_keys": 1000},
    "folders behind a marker": {"delimiter": "/", "marker": "folder-07/"},
    "second version": {"list_type": 2, "start_after": "folder-19/object-000003"},
}


@pytest.mark.parametrize("query", LOOK_UPS.values(), ids=LOOK_UPS)
def test_a_page_costs_the_same_in_a_bucket_a_hundred_times_as_large(small, large, query):
    found = ratio(small, large, **{"max_keys": 10} | query)
    print(f"\n{query or 'first page'}: {found:.2f} times as long")  # noqa: T201
    assert found < MARGIN


def test_a_bucket_that_is_sorted_for_each_page_would_be_noticed(small, large):
    names = [f"folder-{i % FOLDERS:02}/object-{i // FOLDERS:06}" for i in range(LARGE)]
    assert ratio(small, lambda sent: sorted(names) and large(sent), max_keys=10) > MARGIN


def test_changes_between_pages_cost_the_same_too(small, large):
    def change(full):
        for _ in range(5):
            assert full(request("PUT", "folder-00/new", headers=COLD)).status == 200
            assert b"folder-00/new" in page(full, prefix="folder-00/n")
            assert full(request("DELETE", "folder-00/new")).status == 204
            assert b"folder-00/new" not in page(full, prefix="folder-00/n").replace(b"<Prefix>", b"")

    assert fastest(lambda: change(large), 8) / fastest(lambda: change(small), 8) < MARGIN


def test_a_whole_list_costs_as_much_per_object(small, large):
    def walk(full):
        began, names, marker = time.perf_counter(), [], ""
        while True:
            body = page(full, max_keys=1000, marker=marker)
            names += re.findall(rb"<Key>(.*?)</Key>", body)
            following = re.search(rb"<NextMarker>(.*?)</NextMarker>", body)
            if not following:
                return names, (time.perf_counter() - began) / len(names)
            marker = following[1].decode()

    few, cost = min((walk(small) for _ in range(5)), key=lambda found: found[1])
    many, cost_of_many = walk(large)
    assert [len(few), len(many)] == [SMALL, LARGE]
    assert many == sorted(set(many))
    print(f"\n{cost * 1e6:.0f} us an object of {SMALL}, {cost_of_many * 1e6:.0f} us of {LARGE}")  # noqa: T201
    assert cost_of_many / cost < MARGIN


@pytest.mark.usefixtures("traced")
def test_an_object_takes_less_memory_than_the_limit_counts():
    """A fifth of the large bucket: tracing makes filling slow."""
    before = tracemalloc.get_traced_memory()[0]
    full = filled(LARGE // 5)
    page(full)  # the order of names counts too
    gc.collect()
    taken, counted = tracemalloc.get_traced_memory()[0] - before, full.store.used
    each = taken / (LARGE // 5)
    print(f"\n{each:.0f} bytes of Python an empty object, {counted / taken * each:.0f} counted")  # noqa: T201
    assert each > 100
    assert taken < counted


LOADS = {  # what each should count, about
    "nothing": (1_024, (), b""),
    "body": (11_024, (), b"x" * 10_000),
    "content type": (11_024, (("Content-Type", "text/" + "x" * 9_995),), b""),
    "metadata": (11_024, (("x-oss-meta-a", "x" * 10_000),), b""),
}


@pytest.mark.parametrize(("counts", "headers", "body"), LOADS.values(), ids=LOADS)
def test_a_full_memory_is_an_error_and_all_else_goes_on(counts, headers, body):
    """Over HTTP: what does not fit is refused, what is there stays, what is freed can be used."""
    full = service(memory=500_000)
    with Server(full) as server, contextlib.closing(client(server)) as connection:

        def send(method, name="", query=(), headers=COLD, body=b""):
            return exchange(connection, request(method, name, query, headers, body)).status

        statuses = Counter(send("PUT", f"{i:04}", (), COLD + headers, body) for i in range(600))
        assert set(statuses) == {200, 403}
        fitting = statuses[200]
        assert 0.85 < fitting * counts / 500_000 <= 1
        assert send("POST", "0000", RESTORE) == 202
        full.advance(5 * 3600)
        assert send("PUT", "bigger", body=b"x" * 400_000) == 403
        assert send("PUT", "0000", body=b"x" * 400_000) == 403
        assert send("POST", "0000", CLEAN) == 200
        assert send("GET") == send("HEAD", f"{fitting - 1:04}") == 200
        assert send("HEAD", f"{fitting:04}") == send("HEAD", "bigger") == 404
        for i in range(fitting):
            assert send("DELETE", f"{i:04}") == 204
        assert send("PUT", "bigger", body=b"x" * 400_000) == 200


def client(server):
    return http.client.HTTPConnection("127.0.0.1", server.endpoint.port, timeout=20)


def exchange(connection, sent):
    headers = {name: value for name, value in sent.headers if name != "Host"}
    connection.request(sent.method, sent.target, sent.body, headers)
    response = connection.getresponse()
    return Answer(response.status, (), response.read())


def traffic(send, advance, count):
    """Send `count` requests of the life cycle of a few objects, and remove the objects."""
    statuses = Counter()
    for i in range(count // 10):
        name = f"object-{i % 30}"
        put, restore = request("PUT", name, headers=COLD, body=b"x" * 500), request("POST", name, RESTORE)
        clean, head = request("POST", name, CLEAN), request("HEAD", name)
        first = [put, clean, restore, clean, head]
        second = [request("GET", name), clean, clean, request("GET", query=(("max-keys", "5"),))]
        statuses.update(send(r).status for r in first)
        advance(6 * 3600)
        statuses.update(send(r).status for r in second)
        statuses.update([send(request("DELETE", name)).status])
    return statuses


def footprint():
    gc.collect()
    return {
        "bytes": tracemalloc.get_traced_memory()[0],
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "descriptors": sum(1 for _ in Path("/dev/fd").iterdir()),
        "threads": threading.active_count(),
    }


def growth(count, *, observer=None, closing=True):
    """Send half of `count` in memory and half over HTTP, after a warm-up; return what has grown."""
    target = service()
    left_open = []
    with Server(target, observer=observer) as server:

        def over_http(size):
            for _ in range(size // 100):
                connection = client(server)
                found = traffic(functools.partial(exchange, connection), target.advance, 100)
                assert found == {200: 50, 202: 10, 204: 10, 409: 30}, found
                connection.close() if closing else left_open.append(connection)

        def rest():
            deadline = time.monotonic() + 5
            while closing and server._connections and time.monotonic() < deadline:
                time.sleep(0.005)
            return footprint()

        over_http(500)
        traffic(target, target.advance, 500)
        before = rest()
        traffic(target, target.advance, count // 2)
        over_http(count // 2)
        grown = {name: value - before[name] for name, value in rest().items()}
    for connection in left_open:
        connection.close()
    return grown


MOST = {"bytes": 50_000, "blocks": 1_000, "objects": 300, "descriptors": 0, "threads": 0}


def leaks(grown):
    return [name for name, most in MOST.items() if grown[name] > most]


def test_an_hour_of_traffic_leaves_nothing_behind():
    grown = growth(20_000)
    print(f"\n20,000 requests leave {grown}")  # noqa: T201
    assert leaks(grown) == []


@pytest.mark.usefixtures("traced")
def test_a_part_of_it_leaves_no_bytes_behind_that_are_no_objects():
    """Python counts all bytes here, also of large blocks; that is slow."""
    grown = growth(2_000)
    print(f"\n2,000 requests leave {grown}")  # noqa: T201
    assert leaks(grown) == []


@pytest.mark.usefixtures("traced")
def test_a_leak_would_be_noticed():
    kept = []
    assert leaks(growth(600, observer=lambda sent, _: kept.append(sent))) == ["bytes", "blocks", "objects"]
    assert leaks(growth(600, observer=lambda sent, _: kept.append(bytes(1000 + len(sent.body))))) == ["bytes"]
    assert "descriptors" in leaks(growth(200, closing=False))
