"""Whatever a server does wrong is a trouble in the answer, in bounded time."""

import socket

import pytest

from peer_scripts import OK, SOON, ask, sending
from pytest_oss_clean.oss.messages import Request, TransportErrorKind
from pytest_oss_clean.oss.secrets import Secret


def test_nobody_listens(client, free_port):
    response = ask(client(), free_port)
    assert response.transport_error.kind is TransportErrorKind.UNREACHABLE
    assert response.transport_error.text == f"connection refused by 127.0.0.1:{free_port}"
    assert (response.status, response.headers, response.body) == (0, (), b"")
    assert response.at > 1e9


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_the_name_does_not_resolve(client, host):
    response = ask(client(), 80, host)
    assert response.transport_error.kind is TransportErrorKind.UNREACHABLE
    assert response.transport_error.text.startswith(f"the name of {host}:80 does not resolve: ")


def test_every_address_of_a_name_is_tried(client, serve, monkeypatch):
    server = serve()
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
        for address in ("127.0.0.2", "127.0.0.1")
    ]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: found if host == "two" else real(host, *a, **k)
    )
    assert ask(client(), server.port, "two").status == 200


PARTIAL = [
    (b"", 0, b"", "without an answer"),
    (b"HTTP/1.1 200 OK\r\nX", 0, b"", "in the middle of the answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200, b"abc", "in the middle of the answer"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", 200, b"abc", "in the middle"),
]


@pytest.mark.parametrize("row", PARTIAL)
def test_the_connection_ends_too_early(serve, get, row):
    data, status, body, where = row
    server = serve(sending(data))
    response = get(server)
    assert response.transport_error.kind is TransportErrorKind.CLOSED
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port} closed the connection {where}")
    assert (response.status, response.body) == (status, body)
    assert server.connections == len(server.requests) == 1


@pytest.mark.parametrize("row", PARTIAL)
def test_the_connection_is_reset(serve, get, row):
    server = serve(sending(row[0], "reset"))
    response = get(server)
    # A reset may overtake what was sent before it: how much arrived is not certain.
    assert response.transport_error.kind is TransportErrorKind.CLOSED
    assert response.transport_error.text.endswith(": connection reset by peer")
    assert server.connections == len(server.requests) == 1


def test_an_answer_before_the_whole_request_was_read_is_an_answer(serve, client):
    def script(peer):
        peer.sock.recv(1000)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.sock.shutdown(socket.SHUT_WR)
        peer.wait()

    server = serve(script)
    response = client()(Request("PUT", "/", (), b"x" * 2**20, server.endpoint))
    assert (response.status, response.transport_error) == (413, None)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"<html>no head at all</html>",
        b"HTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 000 Zero\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"\x00" * 100,
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX\x00: a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nab",
        b"\x15\x03\x01\x00\x02\x02\x46",
    ],
    ids=repr,
)
def test_what_is_not_http(serve, get, data):
    server = serve(sending(data))
    response = get(server)
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port}")
    assert len(response.transport_error.text) <= 300
    assert (response.status, response.body) == (0, b"")


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"-1\r\n", b"3\r\nabcdef\r\n", b"f" * 30 + b"\r\n"])
def test_chunks_of_garbage(serve, get, chunks):
    response = get(
        serve(sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" + chunks))
    )
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert response.status == 200
    assert response.body.startswith(b"ok")


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("more", [b"\r\n", b"done", WHOLE], ids=repr)
def test_bytes_behind_a_whole_answer_are_no_part_of_the_next_one(serve, client, more):
    server, send = serve(WHOLE + more), client()
    for connections in (1, 2):
        response = ask(send, server.port)
        assert response.transport_error.kind is TransportErrorKind.PROTOCOL
        assert (
            response.transport_error.text == f"127.0.0.1:{server.port} sends more bytes behind a whole answer"
        )
        assert (response.status, response.body) == (200, b"ok")
        assert server.connections == connections


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 9\n\nok\r\n\r\nmore",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2000 + b"\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ids=["100 Continue", "HTTP/1.0", "bare LF", "a long head", "chunks"],
)
def test_a_whole_answer_in_an_unusual_form_is_one(serve, get, data):
    assert get(serve(data)).transport_error is None


def test_a_version_that_nobody_knows_is_not_http(serve, get):
    response = get(serve(b"HTTP/9.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert response.transport_error.text.endswith("answers in HTTP/9.1")


def test_a_huge_body_is_cut_at_the_cap(serve, get):
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        peer.drip(b"x" * 50_000)

    response = get(serve(script), max_body=100_000)
    assert response.transport_error.kind is TransportErrorKind.TOO_LARGE
    assert "larger than 100000 bytes" in response.transport_error.text
    assert (response.status, response.body) == (200, b"x" * 100_000)


def test_a_body_of_just_the_cap_is_whole(serve, get):
    body = b"x" * 70_000
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + body)
    assert get(server, max_body=70_000).transport_error is None
    assert get(server, max_body=69_999).transport_error.kind is TransportErrorKind.TOO_LARGE
    assert get(server, max_body=70_000).body == body


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 10_000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 9000 + b"\r\nx\r\n"),
    ],
    ids=["headers", "one header", "100 Continue", "chunk extensions"],
)
def test_endless_heads_are_cut(serve, get, start, more):
    def script(peer):
        peer.request()
        peer.send(start)
        while True:
            peer.send(more)

    server = serve(script)
    response = get(server, max_body=100_000)
    assert response.transport_error.kind is TransportErrorKind.TOO_LARGE
    assert f"127.0.0.1:{server.port}" in response.transport_error.text
    assert response.seconds < SOON


def test_another_protocol_is_quoted(serve, get):
    server = serve(sending(b"SSH-2.0-OpenSSH_9.2\r\n"))
    assert get(server).transport_error.text == (
        f"127.0.0.1:{server.port} does not speak HTTP: b'SSH-2.0-OpenSSH_9.2\\r\\n'"
    )


def test_texts_hold_no_secret(serve, client):
    token = "STS.NUfzaVeryLongSecretTokenOfTheUser"
    server = serve(sending(b"\x01" * 20 + token.encode() + b"\r\n\r\n"))
    response = client(Secret(token))(Request("GET", "/", (), b"", server.endpoint))
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert "***" in response.transport_error.text
    assert "NUfza" not in response.transport_error.text


def test_after_a_trouble_the_client_goes_on(serve, client):
    turns = iter([b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", OK])
    server = serve(lambda peer: sending(next(turns))(peer))  # noqa: PLW0108 - a new turn each time
    send = client()
    responses = [send(Request("GET", "/", (), b"", server.endpoint)) for _ in range(4)]
    assert [bool(response.transport_error) for response in responses] == [True, True, True, False]
    assert responses[-1].body == b"ok"


def test_an_interrupt_passes_through_and_leaves_nothing_open(serve, client, monkeypatch):
    server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "wait"))
    send = client()

    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pytest_oss_clean.target.http.network._Stream.read", interrupt)
        with pytest.raises(KeyboardInterrupt):
            send(Request("GET", "/", (), b"", server.endpoint))
    assert send._transports["http", True].pool.connections == []
