"""HTTP on raw sockets: what is read byte for byte, what is refused, and how."""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean.emulator.http.server import Server
from raw_http import HOST, LIMITS, Echo, connect, exchange, get, only_error, received, statuses


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def server(echo):
    with Server(echo, limits=LIMITS) as running:
        yield running


@pytest.mark.parametrize(
    "target",
    [
        b"/b/k?", b"//b/k", b"/b//k", b"/b/%2F", b"/b/%2f", b"/b/%zz", b"/b/%", b"/b/../k", b"/b/./k",
        b"/b/%2E%2E/k", b"/b/%00", b"/b/%FF", b"/b/k?x=+&&y=#z", b'/b/"|^{}`<>\\', b"/b/k#frag",
        b"http://other/b/k", b"*", b"/?",
        b"/b/k?cleanRestoredObject=", b"/b/k?cleanRestoredObject", b"/" + b"a" * 8000,
    ],
)  # fmt: skip
def test_the_target_arrives_byte_for_byte(server, echo, target):
    method = b"OPTIONS" if target == b"*" else b"GET"
    exchange(server, get(target, method=method))
    assert [r.target for r in echo.requests] == [target.decode()]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_request_in_pieces_is_one_request(server, echo, size):
    data = (
        get(b"/b/k?cleanRestoredObject", b"X-Long: " + b"y" * 100, b"Content-Length: 3", method=b"POST")
        + b"abc"
    )
    with connect(server) as connection:
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
        connection.shutdown(socket.SHUT_WR)
        assert statuses(received(connection)) == [200]
    assert (echo.requests[0].target, echo.requests[0].body) == ("/b/k?cleanRestoredObject", b"abc")


PUT = b"PUT /b/k HTTP/1.1\r\n" + HOST
BAD_HTTP = {
    "method in lower case": b"post / HTTP/1.1\r\n" + HOST + b"\r\n",
    "unknown method": b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "two lengths": PUT + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "negative length": PUT + b"Content-Length: -3\r\n\r\n",
    "signed length": PUT + b"Content-Length: +3\r\n\r\nabc",
    "endless length": PUT + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "blank before colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "bad chunk": PUT + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "gzip coding": PUT + b"Transfer-Encoding: gzip\r\n\r\nzz",
    "control in header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "raw UTF-8 target": "GET /é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
}


@pytest.mark.parametrize("data", BAD_HTTP.values(), ids=BAD_HTTP)
def test_what_is_no_http_is_refused_in_xml_and_the_connection_ends(server, echo, data):
    with connect(server) as connection:
        connection.sendall(data)
        assert only_error(received(connection)) == (400, "InvalidRequest")
    assert echo.requests == []


TOO_MUCH = {
    "long target": (get(b"/" + b"a" * 9000), 414, "RequestURITooLong"),
    "endless target": (b"GET /" + b"a" * 900_000, 414, "RequestURITooLong"),
    "many headers": (get(b"/", *[b"X: y"] * 200), 431, "RequestHeaderTooLarge"),
    "large header": (get(b"/", b"X: " + b"y" * 60_000), 431, "RequestHeaderTooLarge"),
    "endless header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 900_000, 431, "RequestHeaderTooLarge"),
    "large body": (PUT + b"Content-Length: 1001\r\n\r\n", 400, "EntityTooLarge"),
    "large chunked body": (
        PUT + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n0\r\n\r\n",
        400,
        "EntityTooLarge",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "status", "code"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_limits_are_answered_and_the_answer_survives_unread_input(server, echo, data, status, code):
    with connect(server) as connection:
        connection.sendall(data)
        assert only_error(received(connection)) == (status, code)
    assert echo.requests == []


def test_a_body_at_the_limit_is_taken(server, echo):
    exchange(server, PUT + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)
    assert len(echo.requests[0].body) == 1000


def test_a_head_that_cannot_be_parsed_gets_no_body(server):
    data = exchange(server, get(b"/", b"X: a\x00b", method=b"HEAD"))
    assert statuses(data) == [400]
    assert data.endswith(b"\r\n\r\n")
    assert b"x-oss-err: " in data


def test_keep_alive_survives_errors(server):
    data = exchange(server, get(b"/refuse") + get(b"/fail") + get(b"/refuse", method=b"HEAD") + get(b"/ok"))
    assert statuses(data) == [404, 500, 404, 200]
    assert data.count(b"Connection: keep-alive") == 4


def test_pipelined_requests_are_answered_in_order_and_a_bad_one_ends_them(server):
    data = exchange(server, get(b"/1") + get(b"/2") + b"BAD\r\n\r\n" + get(b"/3"))
    assert statuses(data) == [200, 200, 400]
    assert re.findall(rb"\r\n\r\n(/\d)", data) == [b"/1", b"/2"]


def test_an_answer_to_head_has_no_body_whatever_the_handler_says(server):
    data = exchange(server, get(b"/12345", method=b"HEAD") + get(b"/2"))
    first, second, body = data.split(b"\r\n\r\n")
    assert b"Content-Length: 6" in first
    assert second.startswith(b"HTTP/1.1 200 ")
    assert body == b"/2"


def test_connection_close_is_kept(server, echo):
    with connect(server) as connection:
        connection.sendall(get(b"/1", b"Connection: close") + get(b"/2"))
        assert statuses(received(connection)) == [200]
    assert len(echo.requests) == 1


def test_http_1_0_closes(server):
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"Connection: close" in received(connection)


@pytest.mark.parametrize("size", [1, 10_000])
def test_an_offer_to_upgrade_is_ignored_and_the_body_is_kept(server, echo, size):
    upgrade = (b"Connection: Upgrade", b"Upgrade: TLS/1.2", b"X-Kept: 1")
    data = (
        get(b"/k?", *upgrade, b"Content-Length: 3", method=b"PUT")
        + b"abc"
        + get(b"/1", *upgrade)
        + get(b"/2")
    )
    with connect(server) as connection:
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
        connection.shutdown(socket.SHUT_WR)
        assert statuses(received(connection)) == [200, 200, 200]
    assert [(r.method, r.target, r.body) for r in echo.requests] == [
        ("PUT", "/k?", b"abc"), ("GET", "/1", b""), ("GET", "/2", b""),
    ]  # fmt: skip
    assert echo.requests[0].header("x-kept") == "1"


def test_an_upgrade_does_not_hide_limits_or_closing(server):
    upgrade = (b"Connection: close, Upgrade", b"Upgrade: h2c")
    with connect(server) as connection:
        connection.sendall(get(b"/1", *upgrade))
        assert statuses(received(connection)) == [200]
    with connect(server) as connection:
        connection.sendall(get(b"/1", *upgrade, b"Content-Length: 1001", method=b"PUT"))
        assert only_error(received(connection)) == (400, "EntityTooLarge")


def test_expect_100_continue(server, echo):
    with connect(server) as connection:
        connection.sendall(PUT + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert statuses(connection.recv(1000)) == [200]
    assert echo.requests[0].body == b"abc"


def test_expect_100_continue_of_a_body_that_is_too_large(server):
    with connect(server) as connection:
        connection.sendall(PUT + b"Expect: 100-continue\r\nContent-Length: 3000\r\n\r\n")
        assert statuses(received(connection)) == [400]


def test_chunked_bodies_leave_the_connection_in_step(server, echo):
    chunked = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
    data = exchange(
        server, chunked + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n" + chunked + b"0\r\n\r\n" + get(b"/")
    )
    assert statuses(data) == [200, 200, 200]
    assert [r.body for r in echo.requests] == [b"abcde", b"", b""]


def test_header_values_of_any_bytes_survive(server, echo):
    exchange(server, get(b"/", b"X: \xff\xe9", b"Y: \xc3\xa9"))
    assert echo.requests[0].header("y") == "é"
    assert echo.requests[0].header("x").encode("utf-8", "surrogateescape") == b"\xff\xe9"


def test_an_answer_cannot_inject_headers(server):
    assert b"\r\nSet-Cookie" not in exchange(server, get(b"/inject"))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([*BAD_HTTP.values(), get(b"/1"), PUT + b"Content-Length: 3\r\n\r\nabc"]) | st.binary()
    )
)
def test_no_bytes_crash_or_hang_the_server(pieces):
    with Server(Echo(), limits=LIMITS) as server:
        data = exchange(server, b"".join(pieces))
        assert not data or statuses(data)
        assert 500 not in statuses(data)
        assert statuses(exchange(server, get(b"/"))) == [200]
