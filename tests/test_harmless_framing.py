"""The whole catalogue through `oss-clean check`, against servers that frame or pace answers otherwise."""

from __future__ import annotations

import time

import pytest

from pytest_oss_clean.emulator.wire import Cut, encode
from served import serving


def parts(answer, request, *, keep_alive):
    """Return the lines of an answer's head without the length of its body, and the body."""
    head, _, body = encode(answer, request, keep_alive=keep_alive).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if request.method != "HEAD":
        lines = [line for line in lines if not line.lower().startswith(b"content-length:")]
    return lines, body


def chunked(answer, request, keep_alive):
    """Frame a body in two chunks, with an extension and a trailer."""
    if request.method == "HEAD" or answer.status == 204:
        return encode(answer, request, keep_alive=keep_alive)
    lines, body = parts(answer, request, keep_alive=keep_alive)
    pieces = [piece for piece in (body[:7], body[7:]) if piece]
    chunks = b"".join(b"%x;name=value\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks + b"0\r\nX-Trailer: 1\r\n\r\n"])


def closing(answer, request, _):
    return Cut(encode(answer, request, keep_alive=False))


def until_closed(answer, request, _):
    """Let a body end with the connection, as in HTTP/1.0."""
    lines, body = parts(answer, request, keep_alive=False)
    lines[0] = lines[0].replace(b"HTTP/1.1", b"HTTP/1.0")
    return Cut(b"\r\n".join([*lines, b"", body]))


def bare(answer, request, keep_alive):
    """Leave the reason out, and the spaces before values."""
    lines, body = encode(answer, request, keep_alive=keep_alive).split(b"\r\n\r\n", 1)
    first, *headers = lines.split(b"\r\n")
    status = b" ".join(first.split(b" ")[:2]) + b" "
    return b"\r\n".join([status, *(h.replace(b": ", b":", 1) for h in headers), b"", body])


def slow(service):
    """Take a moment over every fiftieth answer."""
    count = iter(range(1_000_000))

    def sender(request):
        if not next(count) % 50:
            time.sleep(0.05)
        return service(request)

    return sender


def plain(service):
    return service


SERVERS = {
    "chunked": (plain, chunked),
    "a connection for each answer": (plain, closing),
    "until the connection closes": (plain, until_closed),
    "bare": (slow, bare),
}


@pytest.mark.parametrize("name", SERVERS)
def test_framing_and_pace_change_no_verdict_in_the_whole_catalogue(command_line, name):
    wrap, writer = SERVERS[name]
    with serving(command_line, wrap, writer) as server:
        done = server.check("--oss-timeout", "5")
        assert done.code == 0, done.out + done.err
        assert not done.counts["failed"] + done.counts["not tested"]
        assert done.counts["passed"] >= 16
        assert server.left() == {}
