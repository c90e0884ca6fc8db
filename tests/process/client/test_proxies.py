"""Proxies that are not there, want a password, or fall silent."""

import pytest

from peer_scripts import SOON, ask, sending
from pytest_oss_clean.oss.messages import TransportErrorKind


def test_the_proxy_is_not_there(serve, get, free_port):
    server = serve()
    response = get(server, proxy=f"http://127.0.0.1:{free_port}")
    assert response.transport_error.kind is TransportErrorKind.PROXY
    assert response.transport_error.text == f"connection refused by proxy 127.0.0.1:{free_port}"
    assert server.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_wants_a_password(serve, client, scheme):
    proxy = serve(sending(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    response = ask(client(proxy=f"http://127.0.0.1:{proxy.port}"), 1, "oss.example", scheme)
    assert response.transport_error.kind is TransportErrorKind.PROXY
    assert f"127.0.0.1:{proxy.port}" in response.transport_error.text


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 403 Forbidden\r\n\r\n", b"SSH-2.0\r\n", b"HTTP/1.1 200"])
@pytest.mark.parametrize("then", ["close", "reset"])
def test_the_proxy_opens_no_tunnel(serve, client, data, then):
    proxy = serve(sending(data, then))
    response = ask(client(proxy=f"http://127.0.0.1:{proxy.port}"), 443, "oss.example", "https")
    assert response.transport_error.kind is TransportErrorKind.PROXY
    assert "oss.example:443 (through proxy" in response.transport_error.text
    assert proxy.requests[0].startswith(b"CONNECT oss.example:443 HTTP/1.1\r\n")


def test_the_proxy_falls_silent(serve, client):
    proxy = serve(sending(b"", "wait"))
    send = client(proxy=f"http://127.0.0.1:{proxy.port}", read_timeout=0.3)
    response = ask(send, 443, "oss.example", "https")
    assert response.transport_error.kind is TransportErrorKind.PROXY
    assert response.seconds < SOON
