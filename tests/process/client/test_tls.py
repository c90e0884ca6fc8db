import contextlib
import gc
import os
import socket
import ssl
import threading

import pytest
import trustme

from peer_scripts import SOON
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Endpoint, Request, TransportErrorKind
from pytest_oss_clean.target.http.network import RequestState
from pytest_oss_clean.target.http.settings import ConnectionSettings

HOST = "oss-cn-nowhere.example"


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def tls(authority):
    """Return a server's context with a certificate for `names`."""

    def make(*names):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    return make


def test_a_private_authority_is_trusted_through_its_file(serve, get, tls, ca_file):
    response = get(serve(tls=tls("127.0.0.1")), "/a/../b", ca_file=ca_file)
    assert (response.status, response.body, response.transport_error) == (200, b"ok", None)


@pytest.fixture
def made_public(ca_file, monkeypatch):
    """Count the authority of the tests among the public ones."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))


@pytest.mark.usefixtures("made_public")
def test_the_authority_of_a_file_is_trusted_instead_of_the_public_ones(serve, get, tls, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    server = serve(tls=tls("127.0.0.1"))
    assert get(server).status == 200
    assert get(server, ca_file=other).transport_error.kind is TransportErrorKind.TLS


def test_an_unknown_authority_is_a_tls_trouble(serve, get, tls):
    server = serve(tls=tls("127.0.0.1"))
    response = get(server)
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port}: certificate verify failed: ")
    assert "issuer" in response.transport_error.text
    assert server.requests == []


def test_a_certificate_for_another_host_is_a_tls_trouble(serve, get, tls, ca_file):
    server = serve(tls=tls("other.example"))
    response = get(server, ca_file=ca_file)
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert "certificate verify failed" in response.transport_error.text
    assert "mismatch" in response.transport_error.text
    assert server.requests == []


def test_connect_to_keeps_host_server_name_and_certificate_check(serve, client, tls, ca_file):
    server = serve(tls=tls(HOST))
    place = ("127.0.0.1", server.port)
    send = client(ca_file=ca_file, connect_to=place)
    assert send(Request("GET", "/k", (), b"", Endpoint("https", HOST, 443))).status == 200
    assert server.requests == [f"GET /k HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()]
    assert server.server_names == [HOST]

    response = send(Request("GET", "/k", (), b"", Endpoint("https", "wrong.example", 443)))
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port} (for wrong.example:443): ")


def test_tls_connections_are_kept(serve, client, tls, ca_file):
    server = serve(tls=tls("127.0.0.1"))
    send = client(ca_file=ca_file)
    for _ in range(3):
        assert send(Request("GET", "/", (), b"", server.endpoint)).status == 200
    assert server.connections == 1


def test_one_client_speaks_both_schemes(serve, client, tls, ca_file):
    send = client(ca_file=ca_file)
    for server in (serve(), serve(tls=tls("127.0.0.1"))):
        assert send(Request("GET", "/", (), b"", server.endpoint)).status == 200


def test_tls_to_a_plain_port(serve, client):
    server = serve(lambda peer: (peer.sock.recv(9), peer.send(b"HTTP/1.1 400 Bad\r\n\r\n")))
    response = client()(Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port)))
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port}: TLS failed: ")


def test_plain_http_to_a_tls_port(serve, client, tls):
    server = serve(tls=tls("127.0.0.1"))
    response = client()(Request("GET", "/", (), b"", Endpoint("http", "127.0.0.1", server.port)))
    assert response.transport_error.kind in (TransportErrorKind.CLOSED, TransportErrorKind.PROTOCOL)
    assert response.status == 0


@pytest.mark.parametrize("end", ["close", "reset"])
def test_the_connection_ends_during_the_handshake(serve, client, end):
    def script(peer):
        peer.sock.recv(65536)
        if end == "reset":
            peer.reset()

    server = serve(script)
    response = client()(Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port)))
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert "closed during the TLS handshake" in response.transport_error.text


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"connect_timeout": 0.3}, TransportErrorKind.CONNECT_TIMEOUT),
        ({"deadline": 0.3}, TransportErrorKind.DEADLINE),
    ],
)
def test_a_handshake_that_never_ends(serve, client, settings, kind):
    server = serve(lambda peer: peer.wait())
    response = client(**settings)(Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port)))
    assert response.transport_error.kind is kind
    assert response.seconds < SOON


def test_a_dripping_tls_answer_is_cut_at_the_deadline(serve, get, tls, ca_file):
    server = serve(lambda peer: (peer.request(), peer.drip()), tls=tls("127.0.0.1"))
    response = get(server, ca_file=ca_file, deadline=0.5)
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    assert response.seconds < SOON


def test_a_dripping_tls_record_is_cut_at_the_deadline(serve, client):
    # A handshake record whose bytes come one by one: no read ever completes.
    server = serve(lambda peer: (peer.sock.recv(9), peer.send(b"\x16\x03\x03\x3f\xff"), peer.drip(b"\x02")))
    response = client(deadline=0.5)(Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port)))
    assert response.transport_error.kind in (TransportErrorKind.DEADLINE, TransportErrorKind.TLS)
    assert response.seconds < SOON


def test_a_tls_connection_cut_in_the_body(serve, get, tls, ca_file):
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")

    response = get(serve(script, tls=tls("127.0.0.1")), ca_file=ca_file)
    assert response.transport_error.kind is TransportErrorKind.CLOSED
    assert (response.status, response.body) == (200, b"abc")


def test_a_demanded_client_certificate_is_a_tls_trouble(serve, client, tls, authority, ca_file):
    context = tls("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)

    def script(peer):
        with context.wrap_socket(peer.sock, server_side=True, do_handshake_on_connect=False) as sock:
            with contextlib.suppress(ssl.SSLError):
                sock.do_handshake()
            # With TLS 1.3 the refusal is an alert after the client's handshake; a close would overtake it.
            while os.read(sock.fileno(), 65536):
                pass

    server = serve(script)
    response = client(ca_file=ca_file)(
        Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port))
    )
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert response.transport_error.text.startswith(f"127.0.0.1:{server.port}: TLS failed: ")
    assert "certificate required" in response.transport_error.text


def test_a_deadline_between_connecting_and_tls_leaves_no_socket_open(serve, client, monkeypatch):
    server = serve(lambda peer: peer.wait())

    def late(_flight, own):
        monkeypatch.setattr(RequestState, "allow", lambda flight, _own: flight.miss_deadline())
        return own

    monkeypatch.setattr(RequestState, "allow", late)
    response = client()(Request("GET", "/", (), b"", Endpoint("https", "127.0.0.1", server.port)))
    assert response.transport_error.kind is TransportErrorKind.DEADLINE
    gc.collect()  # an open socket would warn now


def _tunnel(peer):
    """Response CONNECT and pass bytes on to where `peer.server.way` leads."""
    peer.request()
    peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    with socket.create_connection(("127.0.0.1", peer.server.way)) as onward:

        def back():
            with contextlib.suppress(OSError):
                while data := onward.recv(65536):
                    peer.send(data)

        thread = threading.Thread(target=back)
        thread.start()
        while data := peer.sock.recv(65536):
            onward.sendall(data)
        onward.shutdown(socket.SHUT_WR)
        thread.join(120)


@pytest.mark.parametrize("proxy_scheme", ["http", "https"])
def test_https_goes_through_a_tunnel(serve, client, tls, ca_file, proxy_scheme):
    server = serve(tls=tls(HOST))
    proxy = serve(_tunnel, tls=tls("127.0.0.1") if proxy_scheme == "https" else None)
    proxy.way = server.port
    send = client(ca_file=ca_file, proxy=f"{proxy_scheme}://me:pass-word-1@127.0.0.1:{proxy.port}")
    response = send(Request("GET", "/a/../b", (), b"", Endpoint("https", HOST, 443)))
    assert (response.status, response.transport_error) == (200, None)
    assert proxy.requests[0].startswith(f"CONNECT {HOST}:443 HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic " in proxy.requests[0]
    assert b"roxy" not in server.requests[0]
    assert server.requests[0].startswith(b"GET /a/../b HTTP/1.1\r\n")
    assert server.server_names == [HOST]


@pytest.mark.parametrize("proxy_scheme", ["http", "https"])
def test_behind_a_tunnel_troubles_are_the_endpoints(serve, client, tls, ca_file, proxy_scheme):
    server = serve(b"SSH-2.0\r\n\r\n", tls=tls(HOST))
    proxy = serve(_tunnel, tls=tls("127.0.0.1") if proxy_scheme == "https" else None)
    proxy.way = server.port
    send = client(ca_file=ca_file, proxy=f"{proxy_scheme}://127.0.0.1:{proxy.port}")
    response = send(Request("GET", "/", (), b"", Endpoint("https", HOST, 443)))
    assert response.transport_error.kind is TransportErrorKind.PROTOCOL
    assert len(server.requests) == 1


def test_a_bad_certificate_behind_a_tunnel_is_the_endpoints(serve, client, tls, ca_file):
    server = serve(tls=tls("other.example"))
    proxy = serve(_tunnel)
    proxy.way = server.port
    response = client(ca_file=ca_file, proxy=f"http://127.0.0.1:{proxy.port}")(
        Request("GET", "/", (), b"", Endpoint("https", HOST, 443))
    )
    assert response.transport_error.kind is TransportErrorKind.TLS
    assert "mismatch" in response.transport_error.text


def test_a_bad_certificate_of_the_proxy_is_the_proxys(serve, client, tls):
    proxy = serve(tls=tls("127.0.0.1"))
    response = client(proxy=f"https://127.0.0.1:{proxy.port}")(
        Request("GET", "/", (), b"", Endpoint("https", HOST, 443))
    )
    assert response.transport_error.kind is TransportErrorKind.PROXY
    assert "certificate verify failed" in response.transport_error.text


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_bad_ca_file_names_the_option(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        ConnectionSettings(ca_file=path)
    assert (caught.value.option, caught.value.value) == ("--oss-ca-file", path)


def test_a_folder_is_no_ca_file(tmp_path):
    with pytest.raises(ConfigurationError, match="--oss-ca-file"):
        ConnectionSettings(ca_file=tmp_path)
