"""An hour of traffic leaves nothing behind: no memory, no descriptors, no threads."""

from __future__ import annotations

import functools
import gc
import sys
import threading
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from pytest_oss_clean.emulator.http.server import Server
from single_bucket import CLEAN, COLD, RESTORE, client, exchange, request, service


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
            deadline = time.monotonic() + 120
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
