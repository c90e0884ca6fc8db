"""Compressed bodies nobody asked for."""

import gzip
import zlib

import pytest

from pytest_oss_clean.oss.messages import TransportErrorKind


def _compressed(body, encoding):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_BARE = zlib.compressobj(wbits=-15)
BARE_DEFLATE = _BARE.compress(b"hello" * 9) + _BARE.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello" * 9, mtime=0)),
        ("X-GZIP", gzip.compress(b"hello" * 9, mtime=0)),
        ("gzip", gzip.compress(b"hello", mtime=0) + gzip.compress(b"hello" * 8, mtime=0)),
        ("deflate", zlib.compress(b"hello" * 9)),
        ("deflate", BARE_DEFLATE),
        ("br", b"hello" * 9),
        ("identity", b"hello" * 9),
    ],
)
def test_compressed_bodies_are_decoded_where_we_know_how(serve, get, encoding, body):
    response = get(serve(_compressed(body, encoding)))
    assert (response.body, response.transport_error) == (b"hello" * 9, None)


def test_nothing_is_asked_to_be_compressed(serve, get):
    server = serve()
    get(server)
    assert b"ncoding" not in server.requests[0]


def test_a_bomb_takes_no_memory(serve, get):
    import tracemalloc

    server = serve(_compressed(gzip.compress(b"\0" * 2**25), "gzip"))
    tracemalloc.start()
    try:
        get(server, max_body=100_000)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_cut_while_it_unfolds(serve, get, encoding):
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    response = get(serve(_compressed(pack(b"\0" * 2**26), encoding)), max_body=100_000)
    assert response.transport_error.kind is TransportErrorKind.TOO_LARGE
    assert response.body == b"\0" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip at all",
        gzip.compress(b"hello" * 99, mtime=0)[:-9],
        gzip.compress(b"hello", mtime=0) + b"junk",
        b"\x1f\x8b",
    ],
)
def test_broken_compression_is_a_trouble(serve, get, body):
    response = get(serve(_compressed(body, "gzip")))
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert "compressed body" in response.transport_error.text
    assert response.status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_to_head_is_no_trouble(serve, get, encoding):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 9\r\n\r\n"
    response = get(serve(head.encode()), method="HEAD")
    assert (response.status, response.transport_error) == (200, None)
