"""Servers that keep us waiting: every request ends at its deadline."""

import socket
import time

import pytest

from peer_scripts import SOON, ask, sending
from pytest_oss_clean.oss.messages import Request, TransportErrorKind
from pytest_oss_clean.target.config.settings import read_settings
from pytest_oss_clean.target.open import connection, open_bare


@pytest.fixture
def full_port():
    """Return a port whose queue of connections is full: the kernel lets further ones wait."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(server.getsockname())
            waiting.append(sock)
        yield server.getsockname()[1]
        for sock in waiting:
            sock.close()


def test_the_connection_is_not_accepted_in_time(client, full_port):
    started = time.monotonic()
    response = ask(client(connect_timeout=0.3), full_port)
    assert response.transport_error.kind is TransportErrorKind.CONNECT_TIMEOUT
    assert response.transport_error.text == f"no connection to 127.0.0.1:{full_port} within 0.3 s"
    assert time.monotonic() - started < SOON


def test_the_deadline_counts_while_connecting(client, full_port):
    response = ask(client(deadline=0.3), full_port)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert response.seconds < SOON


def test_a_deadline_that_is_over_stops_at_once(serve, get):
    server = serve()
    response = get(server, deadline=1e-9)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert server.connections == 0


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_the_server_falls_silent(serve, get, head):
    server = serve(sending(head, "wait"))
    response = get(server, read_timeout=0.3)
    assert response.transport_error.kind is TransportErrorKind.READ_TIMEOUT
    assert response.transport_error.text == f"127.0.0.1:{server.port} sent nothing for 0.3 s"
    assert response.seconds < SOON
    assert (response.status, response.body) == ((200, b"abc") if head else (0, b""))


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["status line", "header", "body", "endless body"],
)
def test_a_dripping_answer_is_cut_at_the_deadline(serve, get, start):
    server = serve(sending(start, "drip"))
    response = get(server, deadline=0.5)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert response.transport_error.text == f"no complete answer from 127.0.0.1:{server.port} within 0.5 s"
    assert 0.4 < response.seconds < SOON
    if b"\r\n\r\n" in start:
        assert response.status == 200
        assert set(response.body) == {ord("x")}


def test_a_server_that_takes_no_request_body_is_cut(serve, client):
    server = serve(lambda peer: peer.server.stopped.wait(10))
    request = Request("PUT", "/", (), b"x" * 2**25, server.endpoint)
    response = client(deadline=0.5)(request)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    response = client(read_timeout=0.5)(request)
    assert response.transport_error.kind is TransportErrorKind.READ_TIMEOUT
    assert response.seconds < SOON


def test_a_server_that_takes_the_request_slowly_is_cut_at_the_deadline(serve, client):
    def script(peer):
        while not peer.server.stopped.wait(0.02) and peer.sock.recv(65536):
            pass

    request = Request("PUT", "/", (), b"x" * 2**25, serve(script).endpoint)
    response = client(deadline=0.5)(request)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert response.seconds < SOON


def test_a_request_to_a_target_ends_after_three_times_the_timeout(serve):
    server = serve(sending(b"HTTP/1.1 200 OK\r\n\r\n", "drip"))
    given = {"target": str(server.endpoint), "bucket": "bucket", "region": "cn-hangzhou", "timeout": 0.2}
    key = {"OSS_ACCESS_KEY_ID": "id", "OSS_ACCESS_KEY_SECRET": "secret"}
    settings = read_settings(given | {"restore-seconds": 1.0}, key)
    assert connection(settings).deadline <= 1, "the rest of this test would wait for it"
    with open_bare(settings, "run", "prefix/") as target:
        response = target.sender(Request("GET", "/", (), b"", server.endpoint))
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert response.transport_error.text.endswith(" within 0.6 s")
