"""Bytes to and from the emulator's HTTP server, and a service that echoes."""

from __future__ import annotations

import re
import socket

from lxml import etree

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.emulator.replies import Reply

HOST = b"Host: 127.0.0.1\r\n"
LIMITS = Limits(body=1000, idle=5.0, request=0.3, drain=0.3)


class Echo:
    """Answers with the target it got, and keeps the requests; `/refuse` is an error."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        reply = Reply(request.method, request.header("host") or "")
        if request.target == "/refuse":
            return reply.refuse(OssError(errors.NO_SUCH_KEY))
        if request.target == "/fail":
            raise ZeroDivisionError
        if request.target == "/inject":
            return reply.ok(headers=(("X", "a\r\nSet-Cookie: b"),))
        return reply.ok(body=request.target.encode("utf-8", "surrogateescape"))


def connect(server):
    connection = socket.create_connection((server.endpoint.host, server.endpoint.port))
    connection.settimeout(120)
    return connection


def exchange(server, data):
    """Send bytes, close our side, and return all that comes back."""
    with connect(server) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return received(connection)


def received(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def statuses(data):
    return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def get(target, *headers, method=b"GET"):
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"".join(h + b"\r\n" for h in headers) + b"\r\n"


def only_error(data):
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"Content-Type: application/xml" in head
    assert b"Connection: close" in head
    assert b"x-oss-ec: " in head
    assert len(statuses(data)) == 1
    return statuses(data)[0], etree.fromstring(body).findtext("Code")
