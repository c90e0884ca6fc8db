"""A hundred thousand objects: what a page and an object cost.

Buckets are filled through the service with signatures unchecked: those would take most of the time.
Times are compared with times of the same run, never with a clock's reading.
"""

from __future__ import annotations

import contextlib
import gc
import re
import time
import tracemalloc
from collections import Counter
from itertools import pairwise

import pytest

from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.oss.messages import Request
from single_bucket import BUCKET, CLEAN, COLD, RESTORE, client, exchange, request, service

SMALL, LARGE = 1_000, 100_000
FOLDERS = 20
MARGIN = 5
"""How many times longer a page of the large bucket may take; sorting it takes fifty times as long."""


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


def page(full, **query):
    response = full(
        request("GET", query=tuple((name.replace("_", "-"), str(v)) for name, v in query.items()))
    )
    assert response.status == 200
    return response.body


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
    full = service(max_storage=500_000)
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
