"""A server that does wrong, in front of an emulator: forwards HTTP/1.1, and breaks one rule.

A fault is a function of one `Exchange`; it returns what to answer: a `Reply`, raw bytes, RESET or
SILENCE. `exchange.forward()` asks the server behind. Loaded by conftest.py, because tests/ is no package.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.signing import Signer

RESET, SILENCE = "reset", "silence"
CLEAN = "?cleanRestoredObject"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: tuple = ()
    body: bytes = b""
    reason: str = "Because"

    def adding(self, *headers):
        return replace(self, headers=(*self.headers, *headers))

    def to_bytes(self, method):
        has_length = any(name.lower() == "content-length" for name, _ in self.headers)
        length = () if has_length and method == "HEAD" else (("Content-Length", str(len(self.body))),)
        kept = [h for h in self.headers if h[0].lower() != "content-length" or method == "HEAD"]
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{n}: {v}" for n, v in (*kept, *length))]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if method == "HEAD" else self.body)


def error(status, code, extra=""):
    body = f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>no.</Message>{extra}</Error>'
    return Reply(status, (("x-oss-request-id", "66F0C1D2AB00AB00AB00AB00"),), body.encode())


HTML = Reply(500, (("Content-Type", "text/html"),), b"<html><title>Whoops</title>broken</html>")
WRONG_ANSWERS = {
    "200": Reply(200),
    "404": Reply(404),
    "500-html": HTML,
    "reset": RESET,
    "never": SILENCE,
}
"""The five ways in which a server knows nothing of an operation."""


class Exchange:
    """One request to the server that does wrong."""

    def __init__(self, server, upstream, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.headers = tuple(tuple(line.split(": ", 1)) for line in lines[1:])
        self.body = body
        self.server = server
        self.reply = None
        self.number = 0
        """The place of the request on its connection, from 1."""
        self._upstream = upstream

    @property
    def is_clean(self):
        return self.method == "POST" and CLEAN in self.target

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def forward(self):
        self._upstream.putrequest(self.method, self.target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers:
            self._upstream.putheader(name, value)
        self._upstream.endheaders(self.body)
        response = self._upstream.getresponse()
        headers = tuple(response.getheaders())
        self.reply = Reply(response.status, headers, response.read(), response.reason)
        return self.reply


def forward(exchange):
    """Break nothing."""
    return exchange.forward()


def only_cleans(wrong):
    """Answer wrongly to the clean request, forward the rest."""
    return lambda exchange: wrong if exchange.is_clean else exchange.forward()


class FaultServer:
    """Serves on 127.0.0.1 from threads of its own; `fault` may be changed while it serves."""

    def __init__(self, upstream=None, fault=forward, tls=None):
        self.upstream = upstream
        self.fault = fault
        self.exchanges = []
        self.stopped = threading.Event()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._sockets = []
        self._threads = [threading.Thread(target=self._accept, name="fault-server")]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()  # wakes accept()
        self._threads[0].join(120)
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _accept(self):
        with self._listener:
            while not self.stopped.is_set():
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(sock)
                thread = threading.Thread(target=self._talk, args=(sock,), name="fault-server-talk")
                self._threads.append(thread)
                thread.start()

    def _talk(self, plain):
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError, http.client.HTTPException))
            sock = stack.enter_context(plain)
            if self._tls:
                sock = stack.enter_context(self._tls.wrap_socket(plain, server_side=True))
                self._sockets.append(sock)
            upstream = None
            if self.upstream:
                upstream = http.client.HTTPConnection(self.upstream.host, self.upstream.port, timeout=120)
                stack.callback(upstream.close)
            stream = stack.enter_context(sock.makefile("rb"))
            number = 0
            while (exchange := self._read(stream, upstream)) and not self.stopped.is_set():
                exchange.number = number = number + 1
                self.exchanges.append(exchange)
                response = self.fault(exchange)
                if response == RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if response == SILENCE:
                    stream.read()  # until the client goes
                    return
                sock.sendall(response if isinstance(response, bytes) else response.to_bytes(exchange.method))

    def _read(self, stream, upstream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return None
            head += line
        exchange = Exchange(self, upstream, head.removesuffix(b"\r\n\r\n"), b"")
        exchange.body = stream.read(int(exchange.header("content-length") or 0))
        return exchange


def send(endpoint, credentials, operation, region="cn-hangzhou"):
    """Sign and send one request of our own, around the suite under test; return the status."""
    signed = Signer(credentials, region=region).sign(operation, datetime.now(UTC))
    request = signed.render(endpoint, Addressing.PATH)
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=120)
    with contextlib.closing(connection):
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for header, value in (*request.headers, ("Content-Length", str(len(request.body)))):
            connection.putheader(header, value)
        connection.endheaders(request.body)
        return connection.getresponse().status


def server_context(authority, host):
    """Return a TLS context for a server of this name, certified by a private authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
