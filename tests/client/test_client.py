import logging
import threading
import time

import httpx
import pytest

from pytest_oss_clean import client as module
from pytest_oss_clean.client import Client, Connection
from pytest_oss_clean.message import Endpoint, Request, TroubleKind
from pytest_oss_clean.secrecy import Scrubber, Secret
from pytest_oss_clean.transport import Transport
from pytest_oss_clean.vocabulary import ConfigurationError

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
    answer = get(
        serve(
            b"HTTP/1.1 409 Quite a \xe9 Conflict\r\nX-Twice: 1\r\nx-twice: 2\r\nX-Raw: \xe9\xff\r\n"
            b"Content-Length: 4\r\n\r\n\x00\xff\r\n"
        )
    )
    assert answer.trouble is None
    assert (answer.status, answer.reason) == (409, "Quite a \xe9 Conflict")
    assert answer.headers == (
        ("X-Twice", "1"),
        ("x-twice", "2"),
        ("X-Raw", "\xe9\xff"),
        ("Content-Length", "4"),
    )
    assert answer.body == b"\x00\xff\r\n"
    assert before - 1 < answer.at < before + 5
    assert 0 < answer.seconds < 5


def test_200_to_everything_is_an_answer_like_any_other(serve, get):
    answer = get(serve(OK), "/k?cleanRestoredObject", method="POST")
    assert (answer.status, answer.body, answer.succeeded) == (200, b"ok", True)


def test_an_html_error_page_is_an_answer_that_ends_with_the_connection(serve, get):
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.0 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n<h1>Oops</h1>")

    answer = get(serve(script))
    assert (answer.status, answer.body, answer.trouble) == (500, b"<h1>Oops</h1>", None)


def test_chunked_bodies_are_joined(serve, get):
    answer = get(
        serve(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: 1\r\n\r\n"
        )
    )
    assert (answer.body, answer.trouble) == (b"abc", None)


def test_head_has_no_body_whatever_its_length_says(serve, get):
    answer = get(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"), method="HEAD")
    assert (answer.status, answer.body, answer.trouble) == (200, b"", None)
    assert answer.header("content-length") == "999"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_have_no_body(serve, get, status):
    answer = get(serve(f"HTTP/1.1 {status} X\r\n\r\n".encode()))
    assert (answer.status, answer.body, answer.trouble) == (status, b"", None)


def test_interim_answers_are_passed_over(serve, get):
    answer = get(serve(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + OK))
    assert (answer.status, answer.body) == (200, b"ok")


@pytest.mark.parametrize("location", [b"/elsewhere", b"http://[bad", b"//", b"\xff", b"http://a:b:c/"])
def test_redirects_are_not_followed_nor_read(serve, get, location):
    server = serve(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")
    answer = get(server)
    assert (answer.status, answer.trouble) == (302, None)
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
        answer = send(Request("GET", "/", (), b"", server.endpoint))
        assert (answer.status, answer.trouble) == (200, None)
        assert closed.wait(5)
        closed.clear()
    assert server.connections == 3


def test_idle_connections_are_given_up_early(serve, client, monkeypatch):
    monkeypatch.setattr("pytest_oss_clean.transport.KEEPALIVE_SECONDS", 0.05)
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
            everyone.wait(5)
            name = request.split(b" ")[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(name) + name)

    server = serve(script)
    send = client()
    answers = {}

    def work(number):
        for turn in range(5):
            target = f"/{number}/{turn}"
            answers[target] = send(Request("GET", target, (), b"", server.endpoint)).body.decode()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 40
    assert all(target == body for target, body in answers.items())


def test_each_thread_has_its_own_deadline(serve, client):
    slow, quick = serve(lambda peer: (peer.request(), peer.drip())), serve()
    send = client(deadline=0.5)
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(send(Request("GET", "/", (), b"", slow.endpoint))), daemon=True
    )
    thread.start()
    ends = time.monotonic() + 4
    while thread.is_alive() and time.monotonic() < ends:
        assert send(Request("GET", "/", (), b"", quick.endpoint)).status == 200
    thread.join(5)
    assert answers[0].trouble.kind is TroubleKind.DEADLINE
    assert answers[0].seconds < 3


def test_proxies_in_the_environment_are_ignored(serve, get, monkeypatch):
    decoy, server = serve(), serve()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, str(decoy.endpoint))
    monkeypatch.setenv("NO_PROXY", "")
    assert get(server).status == 200
    assert (len(decoy.requests), len(server.requests)) == (0, 1)


def test_a_proxy_gets_the_exact_target_in_absolute_form(serve, get):
    proxy, server = serve(), serve()
    target = '/a/../b"{}?k='
    url = f"http://me:s%40cret-word@127.0.0.1:{proxy.port}"
    assert get(server, target, proxy=url).status == 200
    assert server.requests == []
    assert proxy.requests[0].startswith(f"GET {server.endpoint}{target} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic bWU6c0BjcmV0LXdvcmQ=\r\n" in proxy.requests[0]


def test_connect_to_leads_elsewhere_and_keeps_the_host(serve, client):
    server = serve()
    endpoint = Endpoint("http", "oss.example", 8080)
    answer = client(connect_to=("127.0.0.1", server.port))(Request("GET", "/k", (), b"", endpoint))
    assert answer.status == 200
    assert server.requests == [b"GET /k HTTP/1.1\r\nHost: oss.example:8080\r\n\r\n"]


@pytest.mark.parametrize(
    ("headers", "target", "method"),
    [
        ((("X", "a\r\nY: b"),), "/", "GET"),
        ((("X", " a"),), "/", "GET"),
        ((("X", "a\x00"),), "/", "GET"),
        ((("X y", "a"),), "/", "GET"),
        ((), "/a b", "GET"),
        ((), "/\u4f60", "GET"),
        ((), "", "GET"),
        ((), "/", "GE T"),
        ((("Host", "a"), ("Host", "b")), "/", "GET"),
        ((("Content-Length", "5"),), "/", "POST"),
    ],
)
def test_our_own_misuse_raises(serve, get, headers, target, method):
    with pytest.raises(ValueError, match=r"HTTP cannot carry|cannot be sent"):
        get(serve(), target, headers, method)


def test_a_request_needs_an_endpoint(client):
    with pytest.raises(ValueError, match="no endpoint"):
        client()(Request("GET", "/"))


def test_a_closed_client_refuses(serve):
    server = serve()
    with Client(Connection(), Scrubber([])) as send:
        send(Request("GET", "/", (), b"", server.endpoint))
    with pytest.raises(RuntimeError, match="closed"):
        send(Request("GET", "/", (), b"", server.endpoint))
    assert "closed" in repr(send)


def test_a_refused_header_value_is_not_quoted(client, serve):
    with pytest.raises(ValueError, match="x-oss-security-token") as caught:
        client()(Request("GET", "/", (("x-oss-security-token", "TOKEN\n1234"),), b"", serve().endpoint))
    assert "TOKEN" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"proxy": "socks5://127.0.0.1:1080"}, "--oss-proxy"),
        ({"proxy": "me:hunter2hunter2@host"}, "--oss-proxy"),
        ({"proxy": "http://me:hunter2hunter2@:80"}, "--oss-proxy"),
        ({"proxy": "http://me:hunter2hunter2@h:x"}, "--oss-proxy"),
        ({"proxy": "ftp://me:hunter2hunter2@h"}, "--oss-proxy"),
        ({"proxy": "http://h", "connect_to": ("h", 1)}, "--oss-connect-to"),
        ({"connect_to": ("h", 0)}, "--oss-connect-to"),
        ({"connect_to": ("", 80)}, "--oss-connect-to"),
    ],
)
def test_settings_that_cannot_work_name_the_option(settings, option):
    with pytest.raises(ConfigurationError) as caught:
        Connection(**settings)
    assert caught.value.option == option
    assert "hunter2" not in str(caught.value)


def test_a_proxy_password_is_shown_nowhere(client, get, serve, free_port):
    settings = {"proxy": f"http://me:hunter2hunter2@127.0.0.1:{free_port}"}
    assert "hunter2" not in repr(Connection(**settings))
    assert "hunter2" not in repr(client(**settings))
    assert "hunter2" not in get(serve(), **settings).trouble.text


@pytest.fixture
def free_port():
    """Return a port on which nobody listens."""
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


TOKEN = "STS.NUfzaVeryLongSecretTokenOfTheUser"


def _echoing(peer):
    while request := peer.request():
        token = request.split(b"x-oss-security-token: ")[1].split(b"\r\n")[0]
        peer.send(
            b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nLocation: /?x-oss-signature=abcdef0123\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (token, len(token), token)
        )


def test_secrets_are_scrubbed_from_debug_logs(serve, client, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(_echoing)
    answer = client(Secret(TOKEN))(
        Request(
            "GET", "/?x-oss-signature=abcdef0123", (("x-oss-security-token", TOKEN),), b"", server.endpoint
        )
    )
    assert answer.header("x-echo") == TOKEN
    assert "receive_response_headers.complete" in caplog.text
    assert "X-Echo" in caplog.text
    assert TOKEN not in caplog.text
    assert "abcdef0123" not in caplog.text


def test_recording_logs_no_secret_either(serve, client, caplog, tmp_path):
    import vcr

    caplog.set_level(logging.DEBUG)
    server = serve(_echoing)
    send = client(Secret(TOKEN))
    request = Request(
        "GET", "/?x-oss-signature=abcdef0123", (("x-oss-security-token", TOKEN),), b"", server.endpoint
    )
    with vcr.use_cassette(str(tmp_path / "c.yaml")):
        send(request)
    assert "Appending request" in caplog.text
    assert TOKEN not in caplog.text
    assert "abcdef0123" not in caplog.text


def test_log_filters_live_as_long_as_their_clients(serve, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(_echoing)
    request = Request("GET", "/", (("x-oss-security-token", TOKEN),), b"", server.endpoint)
    filters = {name: logging.getLogger(name).filters for name in module._TALKATIVE}
    with Client(Connection(), Scrubber([Secret(TOKEN)])):
        with Client(Connection(), Scrubber([Secret("another secret")])) as other:
            other(request)
        assert "X-Echo" in caplog.text
        assert TOKEN not in caplog.text
        caplog.clear()
        with Client(Connection(), Scrubber([])) as third:
            third(request)
        assert TOKEN not in caplog.text
    assert {name: logging.getLogger(name).filters for name in module._TALKATIVE} == filters
    with Client(Connection(), Scrubber([])) as free:
        free(request)
    assert TOKEN in caplog.text


def test_every_logger_of_the_http_libraries_is_filtered():
    import importlib
    import pkgutil
    import re
    from pathlib import Path

    used = set()
    for package in ("httpx", "httpcore", "vcr"):
        found = importlib.import_module(package)
        for info in pkgutil.walk_packages(found.__path__, package + "."):
            origin = Path(info.module_finder.path) / (info.name.rpartition(".")[2] + ".py")
            if origin.exists():
                text = origin.read_text()
                used |= set(re.findall(r'getLogger\("([\w.]+)"\)', text))
                used |= {info.name} if "getLogger(__name__)" in text else set()
    assert "httpcore.http11" in used
    harmless = {"vcr.patch", "vcr.stubs", "vcr.config", "vcr.stubs.aiohttp_stubs"}
    assert used - set(module._TALKATIVE) - harmless == set()


def test_httpx_internals_we_lean_on():
    """HTTPTransport sends through `_pool`, and asks the URL for `raw_path`."""
    import inspect

    source = inspect.getsource(httpx.HTTPTransport.handle_request)
    assert "self._pool.handle_request(" in source
    assert "target=request.url.raw_path" in source
    transport = Transport(Connection(), module.Flight(), https=False)
    built = vars(httpx.HTTPTransport(trust_env=False))
    assert set(vars(transport)) == set(built) == {"_pool"}


def test_plain_http_makes_no_tls_context(serve, get, monkeypatch):
    import ssl

    def refuse(*_args, **_kwargs):
        raise AssertionError("a TLS context for http")

    monkeypatch.setattr(ssl, "SSLContext", refuse)
    monkeypatch.setattr(ssl, "create_default_context", refuse)
    assert get(serve()).status == 200
