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
    Headers,
    Request,
    Response,
    TransportError,
    TransportErrorKind,
    redact_target,
)
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.target.http.network import ExactURL, NetworkError, RequestState, Transport
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
VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")
_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_LONGEST_TEXT = 300
_PROXY_AUTHENTICATION_REQUIRED = 407
_HEAD_TOO_LARGE = 431
_FIELD_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?")
_TARGET = re.compile(r"[!-~]+")


class HttpClient:
    """A `Sender` over the network; several threads may send at once."""

    def __init__(self, settings: ConnectionSettings, scrubber: Scrubber) -> None:
        """Open the client: nothing is connected yet, but logs are scrubbed from now on."""
        proxy = settings.parsed_proxy()
        proxy_scrubber = Scrubber([proxy.password if proxy else None])
        self._settings = settings
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
        message = self._render(request, endpoint)
        state = self._state
        state.start(self._peer(endpoint), self._settings)
        started = time.monotonic()
        response, error = self._exchange(self._transport(endpoint.scheme), message)
        resent = ""
        if error and error.kind is TransportErrorKind.CLOSED and state.went_stale:
            resent = f"{error.text}; sent again over a new connection"
            state.restart(self._settings)
            response, error = self._exchange(self._transport(endpoint.scheme, keep=False), message)
        if response.status == _PROXY_AUTHENTICATION_REQUIRED and self._settings.proxy and not error:
            error = TransportError(TransportErrorKind.PROXY, f"{state.peer} asks for a user and a password")
        body, compression = response.content()
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
            resent=self._scrub(resent),
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
        """Return the client, open since its construction."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
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
        proxy = self._settings.parsed_proxy()
        if proxy:
            return f"{place} (through proxy {proxy})"
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

    def _exchange(
        self, transport: Transport, message: httpx.Request
    ) -> tuple[PartialResponse, TransportError | None]:
        """Send and receive, once; return what arrived and what went wrong on the other side."""
        state, partial = self._state, PartialResponse(self._settings.max_body)
        try:
            response = transport.handle_request(message)
            try:
                return partial, partial.read(response, state)
            finally:
                response.close()
        except NetworkError as error:
            return partial, error.transport_error
        except httpcore.ProxyError as error:
            text = f"{state.peer}: the proxy answers {error}"
            return partial, TransportError(TransportErrorKind.PROXY, text)
        except httpcore.LocalProtocolError as error:
            raise ValueError(self._scrub(f"the request cannot be sent: {error}")) from None
        except (
            httpcore.ProtocolError,
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpx.TransportError,
            OSError,
            ValueError,
        ) as error:
            return partial, self._protocol_error(error)

    def _protocol_error(self, error: Exception) -> TransportError:
        """Tell a connection that ended from something that is not HTTP."""
        state = self._state
        if state.tunnelling:
            return TransportError(
                TransportErrorKind.PROXY, f"{state.peer}: the proxy opens no tunnel: {error}"
            )
        # httpcore wraps the h11 error, whose hint is the status a server would answer with.
        if getattr(error.args[0] if error.args else None, "error_status_hint", None) == _HEAD_TOO_LARGE:
            return TransportError(
                TransportErrorKind.TOO_LARGE, f"the head of the answer of {state.peer} is too large"
            )
        is_http = state.first[:5] == b"HTTP/"[: len(state.first)]
        if state.closed and is_http:
            try:
                state.break_off()
            except NetworkError as closed:
                return closed.transport_error
        if not is_http:
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{state.peer} does not speak HTTP: {state.first!r}"
            )
        return TransportError(TransportErrorKind.PROTOCOL, f"{state.peer}: {error}")


class PartialResponse:
    """As much of one response as arrived."""

    def __init__(self, max_body: int) -> None:
        """Expect a body of at most `max_body` bytes."""
        self.status = 0
        self.headers: Headers = ()
        self.reason = ""
        self._raw = bytearray()
        self._max = max_body

    def read(self, response: httpx.Response, state: RequestState) -> TransportError | None:
        """Receive a response, and say what is wrong with it where it is not exactly one."""
        self.status = response.status_code
        self.headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw)
        self.reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        version = response.extensions.get("http_version", b"HTTP/1.1")
        if version not in VERSIONS:
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{state.peer} answers in {version.decode('latin-1')}"
            )
        for chunk in response.iter_raw():
            self._raw += chunk
            if len(self._raw) > self._max:
                del self._raw[self._max :]
                return TransportError(
                    TransportErrorKind.TOO_LARGE,
                    f"the body from {state.peer} is larger than {self._max} bytes",
                )
        if self._is_framed and state.exceeds(len(self._raw)):
            state.hang_up()  # what follows must not be taken for the next answer
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{state.peer} sends more bytes behind a whole answer"
            )
        return None

    @property
    def _is_framed(self) -> bool:
        """Tell whether Content-Length alone says where the body ends."""
        names = {name.lower() for name, _ in self.headers}
        return "content-length" in names and "transfer-encoding" not in names

    def content(self) -> tuple[bytes, TransportError | None]:
        """Return the body, decompressed where the server compressed it without being asked."""
        raw = bytes(self._raw)
        encoding = next((v for k, v in self.headers if k.lower() == "content-encoding"), "").strip().lower()
        if not raw or encoding not in ("gzip", "x-gzip", "deflate"):
            return raw, None
        return _decompress(raw, gzip=encoding != "deflate", limit=self._max)


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
