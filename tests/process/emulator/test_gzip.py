"""Objects that are sent in gzip format to whoever accepts it (page "GZIP format")."""

from __future__ import annotations

import contextlib
import gzip
import os

import pytest

from pytest_oss_clean.emulator.content import LARGE
from pytest_oss_clean.emulator.http.server import Server
from raw_http import connect
from single_bucket import client, exchange, request, service

TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
ACCEPTING = (("Accept-Encoding", "deflate, gzip"),)


@pytest.fixture(scope="module")
def server():
    with Server(service()) as running:
        yield running


@pytest.fixture
def connection(server):
    with contextlib.closing(client(server)) as connection:
        yield connection


def render(sent):
    head = [f"{sent.method} {sent.target} HTTP/1.1", *(f"{n}: {v}" for n, v in sent.headers)]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


@pytest.mark.parametrize("size", [1024, LARGE, 3 * LARGE])
def test_a_text_is_sent_in_gzip_format_and_the_connection_goes_on(connection, size):
    body = os.urandom(size // 2) + bytes(size // 2)
    etag = exchange(connection, request("PUT", "text", headers=TEXT, body=body)).header("etag")
    for _ in range(2):
        got = exchange(connection, request("GET", "text", headers=ACCEPTING))
        assert (got.status, gzip.decompress(got.body)) == (200, body)
        assert got.header("content-encoding") == "gzip"
        assert got.header("vary") == "Accept-Encoding"
        assert got.header("transfer-encoding") == "chunked"
        assert [got.header(name) for name in ("etag", "content-length", "accept-ranges")] == [None] * 3
        assert got.header("content-md5")
    head = exchange(connection, request("HEAD", "text", headers=ACCEPTING))
    assert (head.status, head.header("content-encoding")) == (200, "gzip")
    assert head.header("content-length") is None
    assert exchange(connection, request("HEAD", "text")).header("etag") == etag


def test_the_end_of_the_connection_ends_a_body_behind_which_it_closes(server, connection):
    body = bytes(5000)
    exchange(connection, request("PUT", "text", headers=TEXT, body=body))
    with connect(server) as raw:
        raw.sendall(render(request("GET", "text", headers=(*ACCEPTING, ("Connection", "close")))))
        head, _, packed = raw.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert gzip.decompress(packed) == body


@pytest.mark.parametrize(
    ("size", "stored", "asked"),
    [
        (1023, TEXT, ACCEPTING),
        (1024, (("Content-Type", "image/png"),), ACCEPTING),
        (1024, (*TEXT, ("Content-Encoding", "br")), ACCEPTING),
        (1024, TEXT, (("Accept-Encoding", "identity"),)),
        (1024, TEXT, ()),
        (1024, TEXT, (*ACCEPTING, ("Range", "bytes=0-1023"))),
    ],
)
def test_what_is_sent_as_it_is(connection, size, stored, asked):
    exchange(connection, request("PUT", "k", headers=stored, body=bytes(size)))
    got = exchange(connection, request("GET", "k", headers=asked))
    assert (got.body, got.header("content-length")) == (bytes(size), str(size))
    assert got.header("etag")
    assert got.header("content-encoding") == dict(stored).get("Content-Encoding")
