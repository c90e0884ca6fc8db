"""Proper answers of every kind, and connections kept, given up and shared by threads."""

import threading
import time

import pytest

from peer_scripts import SOON
from pytest_oss_clean.oss.messages import Request, TransportErrorKind

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_200_to_everything_is_an_answer_like_any_other(serve, get):
    response = get(serve(OK), "/k?cleanRestoredObject", method="POST")
    assert (response.status, response.body, response.succeeded) == (200, b"ok", True)


def test_an_html_error_page_is_an_answer_that_ends_with_the_connection(serve, get):
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.0 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n<h1>Oops</h1>")

    response = get(serve(script))
    assert (response.status, response.body, response.transport_error) == (500, b"<h1>Oops</h1>", None)


def test_chunked_bodies_are_joined(serve, get):
    response = get(
        serve(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: 1\r\n\r\n"
        )
    )
    assert (response.body, response.transport_error) == (b"abc", None)


def test_head_has_no_body_whatever_its_length_says(serve, get):
    response = get(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"), method="HEAD")
    assert (response.status, response.body, response.transport_error) == (200, b"", None)
    assert response.header("content-length") == "999"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_have_no_body(serve, get, status):
    response = get(serve(f"HTTP/1.1 {status} X\r\n\r\n".encode()))
    assert (response.status, response.body, response.transport_error) == (status, b"", None)


def test_interim_answers_are_passed_over(serve, get):
    response = get(serve(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + OK))
    assert (response.status, response.body) == (200, b"ok")


@pytest.mark.parametrize("location", [b"/elsewhere", b"http://[bad", b"//", b"\xff", b"http://a:b:c/"])
def test_redirects_are_not_followed_nor_read(serve, get, location):
    server = serve(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")
    response = get(server)
    assert (response.status, response.transport_error) == (302, None)
    assert len(server.requests) == 1


def test_cookies_are_not_sent_back(serve, client):
    server = serve(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: \xff;;=\r\nContent-Length: 0\r\n\r\n"
    )
    send = client()
    for _ in range(2):
        assert send(Request("GET", "/", (), b"", server.endpoint)).status == 200
    assert len(server.requests) == 2
    assert b"ookie" not in server.requests[1]


def test_one_connection_serves_many_requests(serve, client):
    server = serve()
    send = client()
    for _ in range(5):
        assert send(Request("GET", "/", (), b"", server.endpoint)).status == 200
    assert (len(server.requests), server.connections) == (5, 1)


def test_an_idle_connection_closed_by_the_server_is_not_used_again(serve, client):
    closed = threading.Event()

    def script(peer):
        peer.request()
        peer.send(OK)
        peer.sock.close()
        closed.set()

    server = serve(script)
    send = client()
    for _ in range(3):
        response = send(Request("GET", "/", (), b"", server.endpoint))
        assert (response.status, response.transport_error) == (200, None)
        assert closed.wait(120)
        closed.clear()
    assert server.connections == 3


def test_a_request_on_a_connection_that_ended_silently_is_sent_again_and_says_so(serve, client):
    """A server that reads the second request of each connection, and closes it without a byte."""

    def script(peer):
        peer.request()
        peer.send(OK)
        peer.request()

    server = serve(script)
    send = client()
    first, second, third = (send(Request("POST", f"/{n}", (), b"", server.endpoint)) for n in range(3))
    assert (first.status, first.resent) == (200, "")
    assert (second.status, second.transport_error) == (200, None)
    assert second.resent.endswith("; sent again over a new connection")
    assert "closed the connection without an answer (it had been idle for 0.0 s)" in second.resent
    assert (third.status, third.resent) == (200, "")
    assert [line.split()[1] for line in server.requests] == [b"/0", b"/1", b"/1", b"/2"]


def test_a_request_is_sent_again_once_and_never_after_the_first_byte(serve, client):
    """What answers nothing over a new connection, or breaks off within an answer, is told as it is."""
    turns = iter([b"OK", b"", b"", b"OK", b"HTTP/1.1 2"])

    def script(peer):
        while peer.request():
            turn = next(turns)
            peer.send(OK if turn == b"OK" else turn)
            if turn != b"OK":
                return

    server = serve(script)
    send = client()
    responses = [send(Request("POST", f"/{n}", (), b"", server.endpoint)) for n in range(4)]
    assert [bool(response.transport_error) for response in responses] == [False, True, False, True]
    assert [bool(response.resent) for response in responses] == [False, True, False, False]
    assert len(server.requests) == 5


def test_idle_connections_are_given_up_early(serve, client, monkeypatch):
    monkeypatch.setattr("pytest_oss_clean.target.http.network.KEEPALIVE_SECONDS", 0.05)
    server = serve()
    send = client()
    send(Request("GET", "/", (), b"", server.endpoint))
    time.sleep(0.1)
    send(Request("GET", "/", (), b"", server.endpoint))
    assert server.connections == 2


def test_several_threads_send_at_once(serve, client):
    everyone = threading.Barrier(8)

    def script(peer):
        while request := peer.request():
            everyone.wait(120)
            name = request.split(b" ")[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(name) + name)

    server = serve(script)
    send = client()
    responses = {}

    def work(number):
        for turn in range(5):
            target = f"/{number}/{turn}"
            responses[target] = send(Request("GET", target, (), b"", server.endpoint)).body.decode()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(responses) == 40
    assert all(target == body for target, body in responses.items())


def test_each_thread_has_its_own_deadline(serve, client):
    slow, quick = serve(lambda peer: (peer.request(), peer.drip())), serve()
    send = client(deadline=2)
    responses = []
    thread = threading.Thread(
        target=lambda: responses.append(send(Request("GET", "/", (), b"", slow.endpoint))), daemon=True
    )
    thread.start()
    ends = time.monotonic() + SOON
    while thread.is_alive() and time.monotonic() < ends:
        assert send(Request("GET", "/", (), b"", quick.endpoint)).status == 200
    thread.join(120)
    assert responses[0].transport_error.kind is TransportErrorKind.DEADLINE
    assert responses[0].seconds < SOON
