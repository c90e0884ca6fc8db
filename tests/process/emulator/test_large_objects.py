"""Large objects over HTTP: who waits for them, what they cost, and limits that name their option."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from lxml import etree

from pytest_oss_clean.emulator.content import LARGE, SPOOLED
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.oss.messages import Response
from raw_http import connect
from single_bucket import BUCKET, client, exchange, request, service

MB = 1024 * 1024
STANDARD = (("x-oss-storage-class", "Standard"),)


@pytest.fixture(scope="module")
def full():
    return service()


@pytest.fixture(scope="module")
def server(full):
    with Server(full) as running:
        yield running


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 7, SPOOLED + 1])
def test_an_object_comes_back_as_it_was_put(server, size):
    body = os.urandom(size)
    with contextlib.closing(client(server)) as connection:
        put = exchange(connection, request("PUT", "k", headers=STANDARD, body=body))
        got = exchange(connection, request("GET", "k"))
        assert (put.status, got.status) == (200, 200)
        assert got.header("etag") == f'"{hashlib.md5(body).hexdigest().upper()}"'
        assert got.body == body
        for start, end in ((0, size - 2), (1, 5), (size // 2, size - 1), (LARGE - 3, LARGE - 2)):
            part = exchange(connection, request("GET", "k", headers=(("Range", f"bytes={start}-{end}"),)))
            assert (part.status, part.body) == (206, body[start : end + 1])
        head = exchange(connection, request("HEAD", "k"))
        assert (head.header("content-length"), head.body) == (str(size), b"")


def test_a_service_in_memory_gives_large_objects_in_one_piece(full, server):
    body = os.urandom(2 * LARGE)
    with contextlib.closing(client(server)) as connection:
        assert exchange(connection, request("PUT", "in-memory", body=body)).status == 200
    got = full(request("GET", "in-memory"))
    assert type(got) is Response
    assert got.body == body


def test_a_large_document_is_read_and_one_that_is_too_large_is_refused(server):
    listed = "".join(f"<Object><Key>{i:04}{'x' * 900}</Key></Object>" for i in range(1000))
    document = f"<Delete><Quiet>false</Quiet>{' ' * LARGE}{listed}</Delete>".encode()
    with contextlib.closing(client(server)) as connection:
        deleted = exchange(connection, request("POST", query=(("delete", None),), body=document))
        assert (deleted.status, len(etree.fromstring(deleted.body).findall("Deleted"))) == (200, 1000)
        refused = exchange(connection, request("POST", query=(("delete", None),), body=document * 3))
        assert (refused.status, refused.code) == (400, "MalformedXML")


def test_a_pipelined_request_is_answered_behind_a_large_body(server):
    with contextlib.closing(client(server)) as connection:
        exchange(connection, request("PUT", "k", headers=STANDARD, body=b"x" * 5 * MB))
    with connect(server) as connection:
        connection.sendall(wire(request("GET", "k")) + wire(request("HEAD", "k")))
        data = b""
        while data.count(b"HTTP/1.1 200") < 2 or not data.endswith(b"\r\n\r\n"):
            data += connection.recv(MB)
    first, _, rest = data.partition(b"\r\n\r\n")
    assert b"Content-Length: 5242880" in first
    assert rest[: 5 * MB] == b"x" * 5 * MB
    assert rest[5 * MB :].startswith(b"HTTP/1.1 200 OK")


def wire(sent):
    head = [f"{sent.method} {sent.target} HTTP/1.1", *(f"{n}: {v}" for n, v in sent.headers)]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def test_nobody_waits_for_a_hundred_megabytes(server):
    """The client and the server share two cores with other work: the median shows what the server does."""
    body = os.urandom(MB) * 100
    waited, done = [], threading.Event()

    def look():
        with contextlib.closing(client(server)) as connection:
            while not done.is_set():
                began = time.perf_counter()
                assert exchange(connection, request("HEAD", "small")).status == 200
                waited.append(time.perf_counter() - began)
                time.sleep(0.002)

    with contextlib.closing(client(server)) as connection:
        exchange(connection, request("PUT", "small", body=b"x"))
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            assert exchange(connection, request("PUT", "large", headers=STANDARD, body=body)).status == 200
            copy = (("x-oss-copy-source", f"/{BUCKET}/large"),)
            assert exchange(connection, request("PUT", "copy", headers=copy)).status == 200
            begun = exchange(connection, request("POST", "parts", (("uploads", None),)))
            upload = etree.fromstring(begun.body).findtext("UploadId")
            for number in range(1, 6):
                query = ("partNumber", str(number)), ("uploadId", upload)
                part = exchange(connection, request("PUT", "parts", query, copy))
                assert part.status == 200
            assert len(exchange(connection, request("GET", "copy")).body) == len(body)
        finally:
            done.set()
            watcher.join()
    waited.sort()
    assert len(waited) > 50
    print(f"\nmedian {waited[len(waited) // 2] * 1e3:.1f} ms, longest {waited[-1] * 1e3:.0f} ms")  # noqa: T201
    assert waited[int(len(waited) * 0.98)] < 0.1


FILL = """
import contextlib, sys
from raw_http import connect
from single_bucket import client, exchange, request, service
from pytest_oss_clean.emulator.http.server import Server
def rss():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
size, count = int(sys.argv[1]), int(sys.argv[2])
body = memoryview(bytes(1024) * (size // 1024))
with Server(service()) as server, contextlib.closing(client(server)) as connection:
    exchange(connection, request("PUT", "first", body=b"x"))
    before = rss()
    for i in range(count):
        assert exchange(connection, request.__wrapped__("PUT", str(i), body=bytes(body))).status == 200
    print(rss() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(("size", "count"), [(8 * MB, 6), (50 * MB, 2)], ids=["in memory", "in files"])
def test_memory_stays_below_twice_what_is_stored(size, count):
    path = os.pathsep.join(p for p in sys.path if p)
    command = [sys.executable, "-c", FILL, str(size), str(count)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    grown = float(done.stdout)
    print(f"\n{grown:.0f} MB for {size * count // MB} MB stored")  # noqa: T201
    assert grown < 2 * size * count / MB


LIMITS = {
    "object": ({"body": 1000}, "--max-object-size"),
    "connections": ({"connections": 0}, "--max-connections"),
    "time": ({"request": 0.2}, "--request-seconds"),
}


@pytest.mark.parametrize(("limits", "option"), LIMITS.values(), ids=LIMITS)
def test_a_limit_says_whose_it_is_and_which_option_raises_it(full, limits, option):
    with Server(full, limits=Limits(**limits)) as server, connect(server) as connection:
        head = "PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\r\n"
        connection.sendall(head.format(2000 if option == "--max-object-size" else 9).encode())
        data = b""
        while b"</Error>" not in data:
            data += connection.recv(1000)
    message = re.search(r"<Message>(.*)</Message>", data.decode())[1]
    assert "emulator" in message
    assert option in message


def test_a_body_that_comes_slowly_and_steadily_is_taken(full):
    with Server(full, limits=Limits(request=0.4)) as server, connect(server) as connection:
        sent = request("PUT", "slow", headers=(("Content-Length", "8"),))
        connection.sendall(wire(sent))
        for _ in range(8):
            time.sleep(0.1)
            connection.sendall(b"x")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_planned_wait_is_waited_and_others_are_not_kept(full, server):
    full.faults.add(wait=1, operation="HeadObject", name="small")
    with connect(server) as one, contextlib.closing(client(server)) as two:
        exchange(two, request("PUT", "small", body=b"x"))
        began = time.perf_counter()
        one.sendall(wire(request("HEAD", "small")))
        assert exchange(two, request("GET", "small")).status == 200
        assert time.perf_counter() - began < 0.9
        assert one.recv(1000).startswith(b"HTTP/1.1 200 ")
        waited = time.perf_counter() - began
        assert waited >= 0.9, full.faults.delivered
        one.sendall(wire(request("HEAD", "small")))
        assert one.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("name", ["small", "absent"])
def test_a_planned_reset_resets(full, server, name):
    """What is refused is lost with its connection, too."""
    with contextlib.closing(client(server)) as connection:
        assert exchange(connection, request("PUT", "small", body=b"x")).status == 200
    full.faults.add(reset=True)
    with connect(server) as connection:
        connection.sendall(wire(request("HEAD", name)))
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)


def test_a_refusal_is_late_as_planned(full, server):
    full.faults.add(wait=0.3)
    began = time.perf_counter()
    with contextlib.closing(client(server)) as connection:
        assert exchange(connection, request("HEAD", "absent")).status == 404
    assert time.perf_counter() - began >= 0.3
