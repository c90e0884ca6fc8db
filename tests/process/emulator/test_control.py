"""Control of a running emulator, in its own process and over its port; and the limit of connections."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from lxml import etree

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.emulator.content import combined_crc64, crc64
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.signing import Signer

HOUR = 3600


@pytest.fixture
def emulator():
    with Emulator.start() as running:
        yield running


def call(emulator, method, query=(), headers=(), body=b"", name="k"):  # noqa: PLR0913, PLR0917 - a test helper
    operation = Operation(method, emulator.bucket, name, query, headers, body)
    signed = Signer(emulator.credentials, region=emulator.region).sign(operation, datetime.now(UTC))
    return emulator.service(signed.render(emulator.endpoint, Addressing.PATH))


def put(emulator):
    assert call(emulator, "PUT", headers=(("x-oss-storage-class", "ColdArchive"),)).status == 200


def control(emulator, method, target):
    parts = urlsplit(emulator.control_url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.request(method, target)
    response = connection.getresponse()
    found = response.status, json.loads(response.read())
    connection.close()
    return found


def test_the_facade_moves_shows_and_forgets(emulator):
    put(emulator)
    assert call(emulator, "POST", (("restore", None),)).status == 202
    began = emulator.now()
    emulator.advance(5 * HOUR)
    assert 5 * HOUR <= emulator.now() - began < 5 * HOUR + 60
    assert emulator.inventory() == {emulator.bucket: {"k": "restored"}}
    assert emulator.inventory(versions=True) == {emulator.bucket: {"k": {"null": "restored"}}}
    emulator.advance_to(began + 5 * HOUR + 86_400 + 60)
    assert emulator.inventory() == {emulator.bucket: {"k": "frozen"}}
    with pytest.raises(ValueError, match="seconds"):
        emulator.advance_to(began)
    emulator.reset()
    assert emulator.inventory() == {emulator.bucket: {}}
    assert emulator.now() - began < 60


def test_the_control_port_advances_to_a_moment_and_shows_versions(emulator):
    put(emulator)
    until = int(emulator.now()) + HOUR
    status, told = control(emulator, "POST", f"/advance?until={until}")
    assert status == 200
    assert told["now"] == pytest.approx(until, abs=10)
    assert told["advanced"] == pytest.approx(HOUR, abs=10)
    for bad in (f"until={until - HOUR}", "until=x", "until=nan", "until=1e99"):
        assert control(emulator, "POST", f"/advance?{bad}")[0] == 400
    states = {emulator.bucket: {"k": "frozen"}}
    assert control(emulator, "GET", "/inventory") == (200, states)
    states = {emulator.bucket: {"k": {"null": "frozen"}}}
    assert control(emulator, "GET", "/inventory?versions") == (200, states)


def test_every_restore_can_be_told_how_long_to_take():
    with Emulator.start(restore_seconds=7) as emulator:
        put(emulator)
        assert call(emulator, "POST", (("restore", None),)).status == 202
        emulator.advance(6)
        assert emulator.inventory() == {emulator.bucket: {"k": "restoring"}}
        emulator.advance(1)
        assert emulator.inventory() == {emulator.bucket: {"k": "restored"}}


GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_one_connection_too_many_is_told_so_and_room_is_made_again():
    with Server(lambda _: Reply("GET", "").ok(), limits=Limits(connections=2, drain=0.1)) as server:
        address = (server.endpoint.host, server.endpoint.port)
        with socket.create_connection(address) as one, socket.create_connection(address) as two:
            for connection in (one, two):
                connection.sendall(GET)
                assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            with socket.create_connection(address) as third:
                third.settimeout(120)
                head, _, body = b"".join(iter(lambda: third.recv(1000), b"")).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"Connection: close" in head
            assert etree.fromstring(body).findtext("Code") == "ServiceUnavailable"
            one.sendall(GET)
            assert one.recv(1000).startswith(b"HTTP/1.1 200 ")
        deadline = time.monotonic() + 120
        response = b""
        while not response.startswith(b"HTTP/1.1 200 ") and time.monotonic() < deadline:
            with socket.create_connection(address) as again:
                again.sendall(GET)
                response = again.recv(1000)
        assert response.startswith(b"HTTP/1.1 200 ")


def xz_crc64(data):
    """CRC-64 as liblzma writes it into the only block of an .xz stream."""
    import lzma

    stream = lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC64, preset=0)
    index = (int.from_bytes(stream[-8:-4], "little") + 1) * 4
    return int.from_bytes(stream[-20 - index : -12 - index], "little")


@pytest.mark.parametrize("size", [1, 7, 8, 55, 56, 57, 63, 64, 65, 1000, 4096, 65_537])
def test_crc64_is_that_of_xz(size):
    for data in (os.urandom(size), bytes(size), b"\xff" * size):
        assert crc64(data) == xz_crc64(data)


@pytest.mark.parametrize("sizes", [(2, 0), (0, 5), (1000, 1), (7, 70_000, 3)])
def test_crc64_of_parts_is_that_of_the_whole(sizes):
    parts = [os.urandom(size) for size in sizes]
    assert combined_crc64((crc64(part), len(part)) for part in parts) == xz_crc64(b"".join(parts))
