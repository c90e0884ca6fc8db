"""`oss-clean check` against servers that frame or pace answers otherwise.

The proof of detection puts every contract before such frames; here they meet the command.
"""

from __future__ import annotations

import time

import pytest

from pytest_oss_clean.emulator.http.wire import Cut, encode
from served_targets import serving


def parts(response, request, *, keep_alive):
    """Return the lines of an answer's head without the length of its body, and the body."""
    head, _, body = encode(response, request, keep_alive=keep_alive).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if request.method != "HEAD":
        lines = [line for line in lines if not line.lower().startswith(b"content-length:")]
    return lines, body


def chunked(response, request, keep_alive):
    """Frame a body in two chunks, with an extension and a trailer; the reason is left out."""
    if request.method == "HEAD" or response.status == 204:
        return bare(encode(response, request, keep_alive=keep_alive))
    lines, body = parts(response, request, keep_alive=keep_alive)
    pieces = [piece for piece in (body[:7], body[7:]) if piece]
    chunks = b"".join(b"%x;name=value\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    end = b"0\r\nX-Trailer: 1\r\n\r\n"
    return bare(b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks + end]))


def bare(data):
    """Leave the reason out, and the spaces before values."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    status = b" ".join(first.split(b" ")[:2]) + b" "
    return b"\r\n".join([status, *(h.replace(b": ", b":", 1) for h in headers), b"", body])


def closing(response, request, _):
    """Close each connection; every other body ends with it, as in HTTP/1.0."""
    if int(response.header("x-oss-request-id")[-1], 16) % 2:
        return Cut(encode(response, request, keep_alive=False))
    lines, body = parts(response, request, keep_alive=False)
    lines[0] = lines[0].replace(b"HTTP/1.1", b"HTTP/1.0")
    return Cut(b"\r\n".join([*lines, b"", body]))


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


SERVERS = {"in chunks, slowly": (slow, chunked), "a connection for each answer": (plain, closing)}


@pytest.mark.parametrize("name", SERVERS)
def test_framing_and_pace_change_no_verdict(command_line, name):
    wrap, writer = SERVERS[name]
    with serving(command_line, wrap, writer) as server:
        done = server.check(
            "--oss-timeout", "5", "-k", "test_page or test_answers or test_versions", "--oss-allow-incomplete"
        )
        assert done.code == 0, done.out + done.err
        assert not done.counts["failed"] + done.counts["not tested"]
        assert done.counts["passed"] >= 16
        assert server.left() == {}
