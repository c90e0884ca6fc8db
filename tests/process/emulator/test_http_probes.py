"""Probes that tell HTTP servers apart, on raw sockets: what is answered, and that all goes on after it."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

import pytest
from lxml import etree

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.emulator.replies import Reply

LIMITS = Limits(body=1000, idle=60.0, request=2.0, drain=0.3)
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /k HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
NEXT = b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n"
REFUSED = (400, "InvalidRequest")
ONE, TWO = (200, "GET /1 "), (200, "GET /2 ")


def get(target="/k", *headers, method="GET"):
    head = f"{method} {target} HTTP/1.1\r\n".encode() + HOST
    return head + b"".join(h.encode("latin-1") + b"\r\n" for h in headers) + b"\r\n"


@dataclass(frozen=True)
class Probe:
    """Bytes sent, and what comes back: for each answer its status and its Code or the echo."""

    sent: bytes
    responses: tuple
    open: bool = True
    """Whether the connection takes another request; where it does not, a new one does."""


def arrives(target):
    return Probe(get(target), ((200, f"GET {target} "),))


def answered(sent, echo, *, open=True):  # noqa: A002
    return Probe(sent, ((200, echo),), open)


def refused(sent, status=400, code="InvalidRequest"):
    return Probe(sent, ((status, code),), open=False)


PROBES = {
    # The target, byte for byte
    "%2F": arrives("/b/a%2Fb"),
    "%2f in lower case": arrives("/b/a%2fb"),
    "%zz": arrives("/b/%zz"),
    "a lone %": arrives("/b/%"),
    "%00": arrives("/b/%00"),
    "%FF": arrives("/b/%FF"),
    "..": arrives("/b/../k"),
    ".": arrives("/b/./k"),
    "// inside": arrives("/b//k"),
    "// in front": arrives("//b/k"),
    "a lone ?": arrives("/b/k?"),
    "? and =": arrives("/b/k?cleanRestoredObject="),
    "a bare parameter": arrives("/b/k?cleanRestoredObject"),
    "&& and ??": arrives("/b/k?a&&b=?&"),
    "+": arrives("/b/a+b?x=a+b"),
    "a fragment": arrives("/b/k#frag?x"),
    "absolute form": arrives("http://127.0.0.1/b/k?x"),
    "absolute form of another host": arrives("http://other.example:8080/b/k"),
    "asterisk form": answered(get("*", method="OPTIONS"), "OPTIONS * "),
    "quotes and braces": arrives('/b/"|^{}`<>\\'),
    "*()!'": arrives("/b/*()!':@,;$[]~"),
    "8,000 characters": arrives("/" + "a" * 8000),
    "raw UTF-8": refused(get("/é")),
    "a raw blank": refused(get("/a b")),
    "a raw tab": refused(get("/a\tb")),
    "9,000 characters": refused(get("/" + "a" * 9000), 414, "RequestURITooLong"),
    "a megabyte": refused(get("/" + "a" * 1_000_000), 414, "RequestURITooLong"),
    # Methods and versions
    "HEAD": Probe(get(method="HEAD"), ((200, ""),)),
    "PATCH": answered(get(method="PATCH"), "PATCH /k "),
    "FOO": refused(get(method="FOO")),
    "post": refused(get(method="post")),
    "CONNECT": refused(get("a:80", method="CONNECT")),
    "HTTP/1.0": answered(b"GET /k HTTP/1.0\r\n\r\n", "GET /k ", open=False),
    "HTTP/1.2": refused(b"GET /k HTTP/1.2\r\n" + HOST + b"\r\n"),
    "HTTP/0.9": refused(b"GET /k\r\n\r\n"),
    "HTTP/2": refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS hello": refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "no HTTP at all": refused(b"hello\r\n\r\n"),
    # Lines and headers
    "CRLF in front": answered(b"\r\n\r\n" + get(), "GET /k "),
    "bare LF": refused(b"GET /k HTTP/1.1\nHost: a\n\n"),
    "bare CR": refused(b"GET /k HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
    "no Host": refused(b"GET /k HTTP/1.1\r\n\r\n"),
    "an empty Host": answered(b"GET /k HTTP/1.1\r\nHost:\r\n\r\n", "GET /k "),
    "two Hosts": refused(get("/k", "Host: b")),
    "a blank before the colon": refused(get("/k", "X : a")),
    "a folded line": refused(get("/k", "X: a", " b")),
    "no colon": refused(get("/k", "X")),
    "no name": refused(get("/k", ": a")),
    "a name that is no token": refused(get("/k", "X(y): a")),
    "NUL in a value": refused(get("/k", "X: a\0b")),
    "Latin-1 in a value": answered(get("/k", "X: é"), "GET /k "),
    "100 headers": answered(get("/k", *["X: y"] * 99), "GET /k "),
    "101 headers": refused(get("/k", *["X: y"] * 100), 431, "RequestHeaderTooLarge"),
    "30 KiB of headers": answered(get("/k", "X: " + "y" * 30_000), "GET /k "),
    "33 KiB of headers": refused(get("/k", "X: " + "y" * 33_000), 431, "RequestHeaderTooLarge"),
    # Bodies
    "no length": answered(POST + b"\r\n", "POST /k "),
    "a length": answered(POST + b"Content-Length: 3\r\n\r\nabc", "POST /k abc"),
    "a body with GET": answered(get("/k", "Content-Length: 3") + b"abc", "GET /k abc"),
    "chunks": answered(CHUNKED + b"\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "POST /k abcde"),
    "an extension and a trailer": answered(CHUNKED + b"\r\n1;x=y\r\na\r\n0\r\nT: t\r\n\r\n", "POST /k a"),
    "an empty chunked body, as Go 2 sends it": answered(CHUNKED + b"\r\n0\r\n\r\n", "POST /k "),
    "a bad chunk": refused(CHUNKED + b"\r\nzz\r\nabc\r\n0\r\n\r\n"),
    "two equal lengths": refused(POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    "two lengths": refused(POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "a list of lengths": refused(POST + b"Content-Length: 3, 3\r\n\r\nabc"),
    "a negative length": refused(POST + b"Content-Length: -3\r\n\r\n"),
    "a signed length": refused(POST + b"Content-Length: +3\r\n\r\nabc"),
    "no number": refused(POST + b"Content-Length: x\r\n\r\n"),
    "an endless length": refused(POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
    "length and chunks": answered(
        CHUNKED + b"Content-Length: 9\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "POST /k abc", open=False
    ),
    "chunks and length": answered(
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /k ", open=False
    ),
    "a GET whose body does not come": answered(
        get("/k", "Content-Length: 9"), "GET /k ", open=False
    ),
    "another coding": refused(POST + b"Transfer-Encoding: gzip\r\n\r\nabc"),
    "chunked twice": refused(POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "chunked, then identity": refused(POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "a body at the limit": answered(
        POST + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000, "POST /k " + "x" * 1000
    ),
    "a body beyond it": refused(POST + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001, 400, "EntityTooLarge"),
    "Expect": Probe(
        POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", ((100, ""), (200, "POST /k abc"))
    ),
    "Expect without a body": Probe(POST + b"Expect: 100-Continue\r\n\r\n", ((100, ""), (200, "POST /k "))),
    "Expect of a body that is too large": refused(
        POST + b"Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n", 400, "EntityTooLarge"
    ),
    "Expect of something else": answered(POST + b"Expect: more\r\n\r\n", "POST /k "),
    # Several requests
    "pipelined": Probe(get("/1") + get("/2"), (ONE, TWO)),
    "pipelined with blank lines": Probe(get("/1") + b"\r\n" + get("/2"), (ONE, TWO)),
    "pipelined, then nonsense": Probe(get("/1") + b"x\r\n\r\n" + get("/2"), (ONE, REFUSED), open=False),
    "Connection: close": answered(get("/k", "Connection: close"), "GET /k ", open=False),
    "Connection: close, then more": answered(
        get("/k", "Connection: close") + get("/2"), "GET /k ", open=False
    ),
    "HTTP/1.0 with keep-alive": answered(b"GET /k HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /k "),
    "an offer of h2c": answered(get("/k", "Connection: Upgrade", "Upgrade: h2c"), "GET /k "),
    "an error": Probe(get("/refuse"), ((404, "NoSuchKey"),)),
}  # fmt: skip


def echo(request):
    reply = Reply(request.method, request.header("host") or "")
    if request.target == "/refuse":
        return reply.refuse(errors.OssError(errors.NO_SUCH_KEY))
    text = f"{request.method} {request.target} ".encode("utf-8", "surrogateescape")
    return reply.ok(body=text + request.body)


class Conversation:
    """One connection, its answers read one by one."""

    def __init__(self, server):
        self._socket = socket.create_connection((server.endpoint.host, server.endpoint.port))
        self._socket.settimeout(120)
        self._left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def _more(self):
        data = self._socket.recv(65536)
        assert data, f"the connection ended after {self._left!r}"
        self._left += data

    def response(self, *, bodiless=False):
        """Return status and body of the next answer."""
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        status = int(re.match(rb"HTTP/1\.1 (\d{3}) ", head)[1])
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        size = 0 if bodiless or not length else int(length[1])
        while len(self._left) < size:
            self._more()
        body, self._left = self._left[:size], self._left[size:]
        if status < 400:
            return status, body.decode("utf-8", "surrogateescape")
        assert b"\r\nContent-Type: application/xml" in head
        return status, etree.fromstring(body).findtext("Code")

    def ended(self):
        """Tell whether nothing more comes and the other side has closed."""
        return self._left == b"" and self._socket.recv(1) == b""


@pytest.fixture(scope="module")
def server():
    with Server(echo, limits=LIMITS) as running:
        yield running


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_a_probe_is_answered_and_the_next_request_is_too(server, probe):
    with Conversation(server) as conversation:
        conversation.send(probe.sent)
        bodiless = probe.sent.startswith(b"HEAD")
        assert tuple(conversation.response(bodiless=bodiless) for _ in probe.responses) == probe.responses
        if probe.open:
            conversation.send(NEXT)
            assert conversation.response() == (200, "GET /next ")
        else:
            assert conversation.ended()
    with Conversation(server) as another:
        another.send(NEXT)
        assert another.response() == (200, "GET /next ")


@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("probe", [p for p in PROBES.values() if len(p.sent) < 300], ids=lambda _: "")
def test_a_probe_in_pieces_is_answered_alike(server, probe, size):
    with Conversation(server) as conversation:
        for start in range(0, len(probe.sent), size):
            try:
                conversation.send(probe.sent[start : start + size])
            except (BrokenPipeError, ConnectionResetError):
                break
        bodiless = probe.sent.startswith(b"HEAD")
        assert tuple(conversation.response(bodiless=bodiless) for _ in probe.responses) == probe.responses


def test_there_are_no_fewer_probes_than_were_tried_on_ten_servers():
    assert len(PROBES) >= 46
