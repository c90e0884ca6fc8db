"""Ways to an endpoint, and our own misuse."""

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Endpoint, Request
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


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
    response = client(connect_to=("127.0.0.1", server.port))(Request("GET", "/k", (), b"", endpoint))
    assert response.status == 200
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
    with HttpClient(ConnectionSettings(), Scrubber([])) as send:
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
        ConnectionSettings(**settings)
    assert caught.value.option == option
    assert "hunter2" not in str(caught.value)


def test_a_proxy_password_is_shown_nowhere(client, get, serve, free_port):
    settings = {"proxy": f"http://me:hunter2hunter2@127.0.0.1:{free_port}"}
    assert "hunter2" not in repr(ConnectionSettings(**settings))
    assert "hunter2" not in repr(client(**settings))
    assert "hunter2" not in get(serve(), **settings).transport_error.text
