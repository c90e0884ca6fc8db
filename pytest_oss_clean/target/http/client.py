"""The HTTP client: sends one request exactly as written, and returns the response.

Whatever the other side does is a finding: it stands in the response, as `transport_error` where no
complete one arrived. Only misuse raises. A request is sent once, with one exception: where a reused
connection ended before the first byte of a response, it is sent again over a new one, and the response
says so (`resent`).

httpx.Client is left out on purpose. It follows the Location header far enough to fail on a bad one,
keeps cookies, and logs URLs; a transport alone does what is needed, and vcrpy records it.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Self

import httpcore
import httpx

from pytest_oss_clean.oss.messages import (
    Endpoint,
    Request,
    Response,
    TransportError,
    TransportErrorKind,
    redact_target,
)
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.target.http.network import ExactURL, PartialResponse, RequestState, Transport
from pytest_oss_clean.target.http.settings import ConnectionSettings

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "vcr.cassette",
    "vcr.matchers",
    "vcr.request",
    "vcr.stubs.httpx_stubs",
)
"""Loggers that write URLs and headers; a filter works only on the logger that was called."""
_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_LONGEST_TEXT = 300
_PROXY_AUTHENTICATION_REQUIRED = 407
_FIELD_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?")
_TARGET = re.compile(r"[!-~]+")


class HttpClient:
    """A `Sender` over the network; several threads may send at once."""

    def __init__(self, settings: ConnectionSettings, scrubber: Scrubber) -> None:
        """Open the client: nothing is connected yet, but logs are scrubbed from now on."""
        proxy = settings.parsed_proxy()
        proxy_scrubber = Scrubber([proxy.password if proxy else None])
        self._settings, self._proxy = settings, proxy
        self._scrub: Callable[[str], str] = lambda text: proxy_scrubber(scrubber(text))
        self._state = RequestState()
        self._transports: dict[tuple[str, bool], Transport] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._timeouts = {
            "connect": settings.connect_timeout,
            "read": settings.read_timeout,
            "write": settings.read_timeout,
        }
        self._log_filter = _LogFilter(self._scrub)
        self._log_filter.attach()

    def __call__(self, request: Request) -> Response:
        """Send `request` and return the response, or as much of it as arrived.

        Raises ValueError for a request that HTTP cannot express and RuntimeError after `close()`.
        """
        endpoint = request.endpoint
        if endpoint is None:
            raise ValueError(f"{request!r} has no endpoint")
        transport, peer, state = self._transport(endpoint.scheme), self._peer(endpoint), self._state
        message = self._render(request, endpoint)
        state.start(peer, self._settings)
        started, resent = time.monotonic(), ""
        try:
            response, error = transport.exchange(message)
            if error and error.kind is TransportErrorKind.CLOSED and state.went_stale:
                resent = self._scrub(f"{error.text}; sent again over a new connection")
                state.restart(self._settings)
                response, error = self._transport(endpoint.scheme, keep=False).exchange(message)
        except httpcore.LocalProtocolError as unsendable:
            raise ValueError(self._scrub(f"the request cannot be sent: {unsendable}")) from None
        if response.status == _PROXY_AUTHENTICATION_REQUIRED and self._proxy and not error:
            error = TransportError(TransportErrorKind.PROXY, f"{state.peer} asks for a user and a password")
        body, compression = _decoded(response, self._settings.max_body)
        if error := error or compression:
            error = TransportError(error.kind, self._scrub(error.text)[:_LONGEST_TEXT])
        return Response(
            status=response.status,
            headers=response.headers,
            body=body,
            reason=response.reason,
            transport_error=error,
            at=time.time(),
            seconds=time.monotonic() - started,
            resent=resent,
        )

    def close(self) -> None:
        """Close all connections; the client cannot be used any more."""
        with self._lock:
            self._closed = True
            transports, self._transports = self._transports, {}
        for transport in transports.values():
            transport.close()
        self._log_filter.detach()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Show the settings, which leave the proxy's password out."""
        return f"<HttpClient {self._settings}{' closed' if self._closed else ''}>"

    def _transport(self, scheme: str, *, keep: bool = True) -> Transport:
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if (scheme, keep) not in self._transports:
                transport = Transport(self._settings, self._state, https=scheme == "https", keep=keep)
                self._transports[scheme, keep] = transport
            return self._transports[scheme, keep]

    def _peer(self, endpoint: Endpoint) -> str:
        """Name the other side, as errors shall call it."""
        place = f"{endpoint.host}:{endpoint.port}"
        if self._proxy:
            return f"{place} (through proxy {self._proxy})"
        if self._settings.connect_to:
            return "{}:{} (for {})".format(*self._settings.connect_to, place)
        return place

    def _render(self, request: Request, endpoint: Endpoint) -> httpx.Request:
        """Return httpx's form of a request, with nothing added but Host and Content-Length."""
        headers = [_field(name, value, self._scrub) for name, value in request.headers]
        names = {name.lower() for name, _ in headers}
        length = b"%d" % len(request.body)
        if any(name.lower() == b"content-length" and value != length for name, value in headers):
            raise ValueError(f"{request!r}: HTTP cannot carry a Content-Length that is not the body's")
        if b"host" not in names:
            headers.insert(0, (b"Host", endpoint.authority.encode()))
        if not names & {b"content-length", b"transfer-encoding"} and (
            request.body or request.method in _METHODS_WITH_BODY
        ):
            headers.append((b"Content-Length", length))
        if not _TARGET.fullmatch(request.target) or not _FIELD_NAME.fullmatch(request.method.encode()):
            raise ValueError(self._scrub(f"{request!r}: HTTP cannot carry this method and target"))
        base = _base(endpoint)
        message = httpx.Request(
            request.method,
            base,
            headers=headers,
            stream=httpx.ByteStream(request.body),
            extensions={"timeout": self._timeouts},
        )
        message.method = request.method  # httpx writes it in upper case
        message.url = ExactURL(base, request.target)
        return message


def _decoded(partial: PartialResponse, limit: int) -> tuple[bytes, TransportError | None]:
    """Return the body, decompressed where the server compressed it without being asked."""
    raw = bytes(partial.raw)
    encoding = next((v for k, v in partial.headers if k.lower() == "content-encoding"), "").strip().lower()
    if not raw or encoding not in ("gzip", "x-gzip", "deflate"):
        return raw, None
    return _decompress(raw, gzip=encoding != "deflate", limit=limit)


def _decompress(raw: bytes, *, gzip: bool, limit: int) -> tuple[bytes, TransportError | None]:
    """Return at most `limit` bytes: a bomb is cut while it unfolds."""
    # 31 is gzip, 15 is zlib; some servers send bare deflate (-15), which has no such first byte.
    window = 31 if gzip else 15 if raw[0] & 0x0F == zlib.DEFLATED else -15
    content = bytearray()
    try:
        while raw:
            unpack = zlib.decompressobj(window)
            content += unpack.decompress(raw, limit + 1 - len(content))
            if len(content) > limit:
                text = f"the body is larger than {limit} bytes when decompressed"
                return bytes(content[:limit]), TransportError(TransportErrorKind.TOO_LARGE, text)
            if not unpack.eof:
                return bytes(content), TransportError(
                    TransportErrorKind.PROTOCOL, "the compressed body ends too early"
                )
            raw = unpack.unused_data  # gzip may come in several members
    except zlib.error as error:
        return bytes(content), TransportError(
            TransportErrorKind.PROTOCOL, f"the compressed body is broken: {error}"
        )
    return bytes(content), None


def _field(name: str, value: str, scrub: Callable[[str], str]) -> tuple[bytes, bytes]:
    """Return a header field as bytes, spelt the way the signature covers it."""
    field = name.encode(), value.encode("utf-8", "surrogateescape")
    if not _FIELD_NAME.fullmatch(field[0]) or not _FIELD_VALUE.fullmatch(field[1]):
        raise ValueError(scrub(f"HTTP cannot carry the header {name!r} with this value"))
    return field


@lru_cache(maxsize=32)
def _base(endpoint: Endpoint) -> httpx.URL:
    return httpx.URL(str(endpoint))


class _LogFilter(logging.Filter):
    """Takes secrets out of what httpx, httpcore and vcrpy log, while a client is open."""

    _changing = threading.Lock()

    def __init__(self, scrub: Callable[[str], str]) -> None:
        super().__init__()
        self._scrub = scrub

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact_target(self._scrub(record.getMessage()))
        record.args = ()
        return True

    def attach(self) -> None:
        with self._changing:
            for name in _LOGGERS:
                logger = logging.getLogger(name)
                logger.filters = [*logger.filters, self]

    def detach(self) -> None:
        # A new list each time: another thread may be walking the old one, and must not skip a filter.
        with self._changing:
            for name in _LOGGERS:
                logger = logging.getLogger(name)
                logger.filters = [kept for kept in logger.filters if kept is not self]
