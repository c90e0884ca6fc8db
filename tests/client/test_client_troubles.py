"""What a server does wrong ends in `Answer.trouble`: nothing raises, nothing lasts."""

import gzip
import socket
import time
import zlib

import pytest

from pytest_oss_clean.message import Endpoint, Request, TroubleKind
from pytest_oss_clean.secrecy import Secret

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SOON = 5  # seconds: far above what any of the short limits below allow, far below the default ones


def sending(data, then="close"):
    """Return a script: read the request, send `data`, then `close`, `reset`, `wait` or `drip`."""

    def script(peer):
        peer.request()
        peer.send(data)
        if then != "close":
            getattr(peer, then)()

    return script


@pytest.fixture
def free_port():
    """Return a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


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


def ask(client, port, host="127.0.0.1", scheme="http"):
    return client(Request("GET", "/", (), b"", Endpoint(scheme, host, port)))


def test_nobody_listens(client, free_port):
    answer = ask(client(), free_port)
    assert answer.trouble.kind is TroubleKind.UNREACHABLE
    assert answer.trouble.text == f"connection refused by 127.0.0.1:{free_port}"
    assert (answer.status, answer.headers, answer.body) == (0, (), b"")
    assert answer.at > 1e9


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_the_name_does_not_resolve(client, host):
    answer = ask(client(), 80, host)
    assert answer.trouble.kind is TroubleKind.UNREACHABLE
    assert answer.trouble.text.startswith(f"the name of {host}:80 does not resolve: ")


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


def test_the_connection_is_not_accepted_in_time(client, full_port):
    started = time.monotonic()
    answer = ask(client(connect_timeout=0.3), full_port)
    assert answer.trouble.kind is TroubleKind.CONNECT_TIMEOUT
    assert answer.trouble.text == f"no connection to 127.0.0.1:{full_port} within 0.3 s"
    assert time.monotonic() - started < SOON


def test_the_deadline_counts_while_connecting(client, full_port):
    answer = ask(client(deadline=0.3), full_port)
    assert answer.trouble.kind is TroubleKind.DEADLINE
    assert answer.seconds < SOON


def test_a_deadline_that_is_over_stops_at_once(serve, get):
    server = serve()
    answer = get(server, deadline=1e-9)
    assert answer.trouble.kind is TroubleKind.DEADLINE
    assert server.connections == 0


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_the_server_falls_silent(serve, get, head):
    server = serve(sending(head, "wait"))
    answer = get(server, read_timeout=0.3)
    assert answer.trouble.kind is TroubleKind.READ_TIMEOUT
    assert answer.trouble.text == f"127.0.0.1:{server.port} sent nothing for 0.3 s"
    assert answer.seconds < SOON
    assert (answer.status, answer.body) == ((200, b"abc") if head else (0, b""))


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
    answer = get(server, deadline=0.5)
    assert answer.trouble.kind is TroubleKind.DEADLINE
    assert answer.trouble.text == f"no complete answer from 127.0.0.1:{server.port} within 0.5 s"
    assert 0.4 < answer.seconds < SOON
    if b"\r\n\r\n" in start:
        assert answer.status == 200
        assert set(answer.body) == {ord("x")}


def test_a_server_that_takes_no_request_body_is_cut(serve, client):
    server = serve(lambda peer: peer.server.stopped.wait(10))
    request = Request("PUT", "/", (), b"x" * 2**25, server.endpoint)
    answer = client(deadline=0.5)(request)
    assert answer.trouble.kind is TroubleKind.DEADLINE
    answer = client(read_timeout=0.5)(request)
    assert answer.trouble.kind is TroubleKind.READ_TIMEOUT
    assert answer.seconds < SOON


def test_a_server_that_takes_the_request_slowly_is_cut_at_the_deadline(serve, client):
    def script(peer):
        while not peer.server.stopped.wait(0.02) and peer.sock.recv(65536):
            pass

    request = Request("PUT", "/", (), b"x" * 2**25, serve(script).endpoint)
    answer = client(deadline=0.5)(request)
    assert answer.trouble.kind is TroubleKind.DEADLINE
    assert answer.seconds < SOON


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
    answer = get(server)
    assert answer.trouble.kind is TroubleKind.CLOSED
    assert answer.trouble.text.startswith(f"127.0.0.1:{server.port} closed the connection {where}")
    assert (answer.status, answer.body) == (status, body)
    assert server.connections == len(server.requests) == 1


@pytest.mark.parametrize("row", PARTIAL)
def test_the_connection_is_reset(serve, get, row):
    server = serve(sending(row[0], "reset"))
    answer = get(server)
    # A reset may overtake what was sent before it: how much arrived is not certain.
    assert answer.trouble.kind is TroubleKind.CLOSED
    assert answer.trouble.text.endswith(": connection reset by peer")
    assert server.connections == len(server.requests) == 1


def test_a_dropped_request_is_not_sent_again_on_a_kept_connection(serve, client):
    def script(peer):
        peer.request()
        peer.send(OK)
        peer.request()

    server = serve(script)
    send = client()
    request = Request("POST", "/", (), b"", server.endpoint)
    assert send(request).status == 200
    answer = send(request)
    assert answer.trouble.kind is TroubleKind.CLOSED
    assert "without an answer (it had been idle for 0." in answer.trouble.text
    assert (server.connections, len(server.requests)) == (1, 2)
    assert send(request).status == 200


def test_an_answer_before_the_whole_request_was_read_is_an_answer(serve, client):
    def script(peer):
        peer.sock.recv(1000)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.sock.shutdown(socket.SHUT_WR)
        peer.wait()

    server = serve(script)
    answer = client()(Request("PUT", "/", (), b"x" * 2**20, server.endpoint))
    assert (answer.status, answer.trouble) == (413, None)


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
    answer = get(server)
    assert answer.trouble.kind is TroubleKind.PROTOCOL
    assert answer.trouble.text.startswith(f"127.0.0.1:{server.port}")
    assert len(answer.trouble.text) <= 300
    assert (answer.status, answer.body) == (0, b"")


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"-1\r\n", b"3\r\nabcdef\r\n", b"f" * 30 + b"\r\n"])
def test_chunks_of_garbage(serve, get, chunks):
    answer = get(serve(sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" + chunks)))
    assert answer.trouble.kind is TroubleKind.PROTOCOL
    assert answer.status == 200
    assert answer.body.startswith(b"ok")


def test_a_huge_body_is_cut_at_the_cap(serve, get):
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        peer.drip(b"x" * 50_000)

    answer = get(serve(script), max_body=100_000)
    assert answer.trouble.kind is TroubleKind.TOO_LARGE
    assert "larger than 100000 bytes" in answer.trouble.text
    assert (answer.status, answer.body) == (200, b"x" * 100_000)


def test_a_body_of_just_the_cap_is_whole(serve, get):
    body = b"x" * 70_000
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + body)
    assert get(server, max_body=70_000).trouble is None
    assert get(server, max_body=69_999).trouble.kind is TroubleKind.TOO_LARGE
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
    answer = get(server, max_body=100_000)
    assert answer.trouble.kind is TroubleKind.TOO_LARGE
    assert f"127.0.0.1:{server.port}" in answer.trouble.text
    assert answer.seconds < SOON


def _compressed(body, encoding):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_BARE = zlib.compressobj(wbits=-15)
BARE_DEFLATE = _BARE.compress(b"hello" * 9) + _BARE.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello" * 9)),
        ("X-GZIP", gzip.compress(b"hello" * 9)),
        ("gzip", gzip.compress(b"hello") + gzip.compress(b"hello" * 8)),
        ("deflate", zlib.compress(b"hello" * 9)),
        ("deflate", BARE_DEFLATE),
        ("br", b"hello" * 9),
        ("identity", b"hello" * 9),
    ],
)
def test_compressed_bodies_are_decoded_where_we_know_how(serve, get, encoding, body):
    answer = get(serve(_compressed(body, encoding)))
    assert (answer.body, answer.trouble) == (b"hello" * 9, None)


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
    answer = get(serve(_compressed(pack(b"\0" * 2**26), encoding)), max_body=100_000)
    assert answer.trouble.kind is TroubleKind.TOO_LARGE
    assert answer.body == b"\0" * 100_000


@pytest.mark.parametrize(
    "body",
    [b"not gzip at all", gzip.compress(b"hello" * 99)[:-9], gzip.compress(b"hello") + b"junk", b"\x1f\x8b"],
)
def test_broken_compression_is_a_trouble(serve, get, body):
    answer = get(serve(_compressed(body, "gzip")))
    assert answer.trouble.kind is TroubleKind.PROTOCOL
    assert "compressed body" in answer.trouble.text
    assert answer.status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_to_head_is_no_trouble(serve, get, encoding):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 9\r\n\r\n"
    answer = get(serve(head.encode()), method="HEAD")
    assert (answer.status, answer.trouble) == (200, None)


def test_another_protocol_is_quoted(serve, get):
    server = serve(sending(b"SSH-2.0-OpenSSH_9.2\r\n"))
    assert get(server).trouble.text == (
        f"127.0.0.1:{server.port} does not speak HTTP: b'SSH-2.0-OpenSSH_9.2\\r\\n'"
    )


def test_the_proxy_is_not_there(serve, get, free_port):
    server = serve()
    answer = get(server, proxy=f"http://127.0.0.1:{free_port}")
    assert answer.trouble.kind is TroubleKind.PROXY
    assert answer.trouble.text == f"connection refused by proxy 127.0.0.1:{free_port}"
    assert server.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_wants_a_password(serve, client, scheme):
    proxy = serve(sending(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    answer = ask(client(proxy=f"http://127.0.0.1:{proxy.port}"), 1, "oss.example", scheme)
    assert answer.trouble.kind is TroubleKind.PROXY
    assert f"127.0.0.1:{proxy.port}" in answer.trouble.text


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 403 Forbidden\r\n\r\n", b"SSH-2.0\r\n", b"HTTP/1.1 200"])
@pytest.mark.parametrize("then", ["close", "reset"])
def test_the_proxy_opens_no_tunnel(serve, client, data, then):
    proxy = serve(sending(data, then))
    answer = ask(client(proxy=f"http://127.0.0.1:{proxy.port}"), 443, "oss.example", "https")
    assert answer.trouble.kind is TroubleKind.PROXY
    assert "oss.example:443 (through proxy" in answer.trouble.text
    assert proxy.requests[0].startswith(b"CONNECT oss.example:443 HTTP/1.1\r\n")


def test_the_proxy_falls_silent(serve, client):
    proxy = serve(sending(b"", "wait"))
    send = client(proxy=f"http://127.0.0.1:{proxy.port}", read_timeout=0.3)
    answer = ask(send, 443, "oss.example", "https")
    assert answer.trouble.kind is TroubleKind.PROXY
    assert answer.seconds < SOON


def test_texts_hold_no_secret(serve, client):
    token = "STS.NUfzaVeryLongSecretTokenOfTheUser"
    server = serve(sending(b"\x01" * 20 + token.encode() + b"\r\n\r\n"))
    answer = client(Secret(token))(Request("GET", "/", (), b"", server.endpoint))
    assert answer.trouble.kind is TroubleKind.PROTOCOL
    assert "***" in answer.trouble.text
    assert "NUfza" not in answer.trouble.text


def test_after_a_trouble_the_client_goes_on(serve, client):
    turns = iter([b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", OK])
    server = serve(lambda peer: sending(next(turns))(peer))  # noqa: PLW0108 - a new turn each time
    send = client()
    answers = [send(Request("GET", "/", (), b"", server.endpoint)) for _ in range(4)]
    assert [bool(answer.trouble) for answer in answers] == [True, True, True, False]
    assert answers[-1].body == b"ok"


def test_an_interrupt_passes_through_and_leaves_nothing_open(serve, client, monkeypatch):
    server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "wait"))
    send = client()

    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pytest_oss_clean.transport._Stream.read", interrupt)
        with pytest.raises(KeyboardInterrupt):
            send(Request("GET", "/", (), b"", server.endpoint))
    assert send._transports["http"]._pool.connections == []
