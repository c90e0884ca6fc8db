"""What libraries log, and what of their internals the client leans on."""

import logging

from pytest_oss_clean.oss.messages import Request
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.target.http import client as module
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


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
    response = client(Secret(TOKEN))(
        Request(
            "GET", "/?x-oss-signature=abcdef0123", (("x-oss-security-token", TOKEN),), b"", server.endpoint
        )
    )
    assert response.header("x-echo") == TOKEN
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
    filters = {name: logging.getLogger(name).filters for name in module._LOGGERS}
    with HttpClient(ConnectionSettings(), Scrubber([Secret(TOKEN)])):
        with HttpClient(ConnectionSettings(), Scrubber([Secret("another secret")])) as other:
            other(request)
        assert "X-Echo" in caplog.text
        assert TOKEN not in caplog.text
        caplog.clear()
        with HttpClient(ConnectionSettings(), Scrubber([])) as third:
            third(request)
        assert TOKEN not in caplog.text
    assert {name: logging.getLogger(name).filters for name in module._LOGGERS} == filters
    with HttpClient(ConnectionSettings(), Scrubber([])) as free:
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
    assert used - set(module._LOGGERS) - harmless == set()


def test_a_recorded_request_is_told_by_its_exact_url(serve, client, tmp_path):
    """vcrpy sees requests of the client: it patches the public transport that carries them."""
    import vcr

    server, send = serve(), client()
    request = Request("GET", '/a/../b?x="', (), b"", server.endpoint)
    with vcr.use_cassette(str(tmp_path / "c.yaml")) as cassette:
        assert send(request).body == b"ok"
        assert [each.uri for each in cassette.requests] == [f'{server.endpoint}/a/../b?x="']
    with vcr.use_cassette(str(tmp_path / "c.yaml"), record_mode="none"):
        assert send(request).body == b"ok"
    assert len(server.requests) == 1


def test_plain_http_makes_no_tls_context(serve, get, monkeypatch):
    import ssl

    def refuse(*_args, **_kwargs):
        raise AssertionError("a TLS context for http")

    monkeypatch.setattr(ssl, "SSLContext", refuse)
    monkeypatch.setattr(ssl, "create_default_context", refuse)
    assert get(serve()).status == 200
