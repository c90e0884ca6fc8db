"""The client sends exactly what it is given, and keeps what came back as it came."""

import time

import pytest

from peer_scripts import SOON
from pytest_oss_clean.oss.messages import Request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


EXACT = [
    "/a/../b?cleanRestoredObject",
    "/..",
    "/./x/.",
    "/a//b",
    "//lead",
    "///",
    "/%2F%2f",
    "/q\"'`{}<>|\\^[]",
    "/k?",
    "/k?restore",
    "/k?restore=",
    "/k?a=1&&a=1&",
    "/k?x=a+b%20c",
    "/%zz%",
    "/%61%2E%2D%7E",
    "/a#b",
    '/k?q="{}`',
    "*",
    "/" + "x" * 8000,
]


@pytest.mark.parametrize("target", EXACT, ids=[t[:12] for t in EXACT])
def test_the_target_arrives_byte_for_byte(serve, get, target):
    server = serve()
    assert get(server, target).status == 200
    assert server.requests[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


@pytest.mark.parametrize("target", EXACT, ids=[t[:12] for t in EXACT])
def test_a_cassette_keeps_the_exact_target_and_replays_it(serve, get, tmp_path, target):
    import vcr

    cassette = str(tmp_path / "c.yaml")
    server = serve(b"HTTP/1.1 409 Nope\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nno")
    recorder = vcr.VCR(match_on=["method", "uri"])
    with recorder.use_cassette(cassette) as recorded:
        live = get(server, target)
    assert [request.uri for request in recorded.requests] == [f"{server.endpoint}{target}"]
    with recorder.use_cassette(cassette, record_mode="none") as replayed:
        again = get(server, target)
    assert replayed.play_count == 1
    assert len(server.requests) == 1
    assert (
        (again.status, again.reason, again.body)
        == (live.status, live.reason, live.body)
        == (409, "Nope", b"no")
    )


@pytest.mark.vcr(record_mode="once")
def test_pytest_recording_records_it_too(serve, get, vcr):
    server = serve()
    get(server, "/a/../b?cleanRestoredObject")
    assert [request.uri for request in vcr.requests] == [f"{server.endpoint}/a/../b?cleanRestoredObject"]


@pytest.fixture
def vcr_cassette_dir(tmp_path):
    return str(tmp_path)


def test_only_the_given_headers_go_out_in_order_and_as_written(serve, get):
    server = serve()
    headers = (("Host", "b.oss.example"), ("X-Oss-B", "2"), ("x-oss-a", "1"), ("X-Oss-B", "3"), ("E", ""))
    get(server, "/k", headers)
    assert server.requests == [
        b"GET /k HTTP/1.1\r\nHost: b.oss.example\r\nX-Oss-B: 2\r\nx-oss-a: 1\r\nX-Oss-B: 3\r\nE: \r\n\r\n"
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_host_and_length_are_added_where_http_needs_them(serve, get, method):
    server = serve()
    get(server, "/k", method=method)
    host = server.endpoint.authority.encode()
    assert server.requests == [
        method.encode() + b" /k HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 0\r\n\r\n"
    ]


def test_a_missing_host_comes_first(serve, get):
    server = serve()
    get(server, "/k", (("X", "1"),))
    assert server.requests[0].startswith(b"GET /k HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_body_arrives_with_its_length(serve, client):
    server = serve()
    client()(Request("PUT", "/k", (("Host", "h"),), bytes(range(256)), server.endpoint))
    assert server.requests == [
        b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 256\r\n\r\n" + bytes(range(256))
    ]


def test_a_given_length_is_not_repeated(serve, get):
    server = serve()
    get(server, "/k", (("Host", "h"), ("content-length", "0")), method="POST")
    assert server.requests[0].lower().count(b"content-length") == 1


def test_an_empty_body_may_be_chunked(serve, get):
    server = serve()
    assert get(server, "/k", (("Host", "h"), ("Transfer-Encoding", "chunked")), method="POST").status == 200
    assert server.requests[0] == b"POST /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_methods_are_sent_as_written(serve, get):
    server = serve()
    get(server, "/k", method="post")
    assert server.requests[0].startswith(b"post /k ")


def test_header_values_go_out_the_way_signatures_see_them(serve, get):
    server = serve()
    get(server, "/k", (("x-oss-meta-a", "é\udcff"),))
    assert b"x-oss-meta-a: \xc3\xa9\xff\r\n" in server.requests[0]


def test_the_answer_is_kept_as_it_came(serve, get):
    before = time.time()
    response = get(
        serve(
            b"HTTP/1.1 409 Quite a \xe9 Conflict\r\nX-Twice: 1\r\nx-twice: 2\r\nX-Raw: \xe9\xff\r\n"
            b"Content-Length: 4\r\n\r\n\x00\xff\r\n"
        )
    )
    assert response.transport_error is None
    assert (response.status, response.reason) == (409, "Quite a \xe9 Conflict")
    assert response.headers == (
        ("X-Twice", "1"),
        ("x-twice", "2"),
        ("X-Raw", "\xe9\xff"),
        ("Content-Length", "4"),
    )
    assert response.body == b"\x00\xff\r\n"
    assert before - 1 < response.at < before + 5
    assert 0 < response.seconds < SOON
