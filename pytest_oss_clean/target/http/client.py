"""The HTTP client: sends one request exactly as written, exactly once, and returns what came back.

Whatever the other side does is a finding: it ends up in the answer, as `trouble` where no complete
answer arrived. Only our own misuse raises.

httpx.Client is left out on purpose. It follows the Location header far enough to fail on a bad one,
keeps cookies, and logs URLs; its transport alone does what is needed, and vcrpy records that.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Self

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
from pytest_oss_clean.target.http.connection import Connection
from pytest_oss_clean.target.http.in_flight import Flight, NetworkError
from pytest_oss_clean.target.http.response import Reception
from pytest_oss_clean.target.http.transport import ExactURL, Transport

__all__ = ["Client", "Connection"]

_TALKATIVE = (
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
"""Loggers that tell URLs and headers; a filter works only on the logger that was called."""
_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_LONGEST_TEXT = 300
_PROXY_AUTHENTICATION_REQUIRED = 407
_HEAD_TOO_LARGE = 431
_FIELD_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?")
_TARGET = re.compile(r"[!-~]+")


class Client:
    """A `Sender` over the network; several threads may send at once."""

    def __init__(self, connection: Connection, scrubber: Scrubber) -> None:
        """Open the client: nothing is connected yet, but logs are scrubbed from now on."""
        proxy = connection.parsed_proxy()
        proxy_scrubber = Scrubber([proxy.password if proxy else None])
        self._connection = connection
        self._scrub: Callable[[str], str] = lambda text: proxy_scrubber(scrubber(text))
        self._flight = Flight()
        self._transports: dict[str, Transport] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._timeouts = {
            "connect": connection.connect_timeout,
            "read": connection.read_timeout,
            "write": connection.read_timeout,
        }
        self._log_filter = _LogFilter(self._scrub)
        self._log_filter.attach()

    def __call__(self, request: Request) -> Response:
        """Send `request` and return the answer, or as much of it as arrived.

        Raises ValueError for a request that HTTP cannot express and RuntimeError after `close()`.
        """
        endpoint = request.endpoint
        if endpoint is None:
            raise ValueError(f"{request!r} has no endpoint")
        message = self._render(request, endpoint)
        transport = self._transport(endpoint.scheme)
        self._flight.start(self._peer(endpoint), self._connection)
        started = time.monotonic()
        reception = Reception(self._connection.max_body)
        transport_error = self._exchange(transport, message, reception)
        status = reception.status
        if status == _PROXY_AUTHENTICATION_REQUIRED and self._connection.proxy and not transport_error:
            transport_error = TransportError(
                TransportErrorKind.PROXY, f"{self._flight.peer} asks for a user and a password"
            )
        body, compression = reception.content()
        transport_error = transport_error or compression
        if transport_error:
            transport_error = TransportError(
                transport_error.kind, self._scrub(transport_error.text)[:_LONGEST_TEXT]
            )
        return Response(
            status=status,
            headers=reception.headers,
            body=body,
            reason=reception.reason,
            transport_error=transport_error,
            at=time.time(),
            seconds=time.monotonic() - started,
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
        return f"<Client {self._connection}{' closed' if self._closed else ''}>"

    def _transport(self, scheme: str) -> Transport:
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if scheme not in self._transports:
                self._transports[scheme] = Transport(self._connection, self._flight, https=scheme == "https")
            return self._transports[scheme]

    def _peer(self, endpoint: Endpoint) -> str:
        """Name the other side, as troubles shall call it."""
        place = f"{endpoint.host}:{endpoint.port}"
        proxy = self._connection.parsed_proxy()
        if proxy:
            return f"{place} (through proxy {proxy})"
        if self._connection.connect_to:
            return "{}:{} (for {})".format(*self._connection.connect_to, place)
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
        self, transport: Transport, message: httpx.Request, reception: Reception
    ) -> TransportError | None:
        """Send and receive, once; return what went wrong on the other side."""
        try:
            response = transport.handle_request(message)
            try:
                return reception.read(response, self._flight)
            finally:
                response.close()
        except NetworkError as error:
            return error.transport_error
        except httpx.ProxyError as error:
            return TransportError(TransportErrorKind.PROXY, f"{self._flight.peer}: the proxy answers {error}")
        except httpx.LocalProtocolError as error:
            raise ValueError(self._scrub(f"the request cannot be sent: {error}")) from None
        except (httpx.TransportError, OSError, ValueError) as error:
            return self._protocol_trouble(error)

    def _protocol_trouble(self, error: Exception) -> TransportError:
        """Tell a connection that ended from something that is not HTTP."""
        flight = self._flight
        if flight.tunnelling:
            return TransportError(
                TransportErrorKind.PROXY, f"{flight.peer}: the proxy opens no tunnel: {error}"
            )
        # httpcore wraps the h11 error, whose hint is the status a server would answer with.
        parser = error.__cause__.args[0] if error.__cause__ and error.__cause__.args else None
        if getattr(parser, "error_status_hint", None) == _HEAD_TOO_LARGE:
            return TransportError(
                TransportErrorKind.TOO_LARGE, f"the head of the answer of {flight.peer} is too large"
            )
        is_http = flight.first[:5] == b"HTTP/"[: len(flight.first)]
        if flight.closed and is_http:
            try:
                flight.break_off()
            except NetworkError as closed:
                return closed.transport_error
        if not is_http:
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{flight.peer} does not speak HTTP: {flight.first!r}"
            )
        return TransportError(TransportErrorKind.PROTOCOL, f"{flight.peer}: {error}")


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
            for name in _TALKATIVE:
                logger = logging.getLogger(name)
                logger.filters = [*logger.filters, self]

    def detach(self) -> None:
        # A new list each time: another thread may be walking the old one, and must not skip a filter.
        with self._changing:
            for name in _TALKATIVE:
                logger = logging.getLogger(name)
                logger.filters = [kept for kept in logger.filters if kept is not self]
