"""The network below the client: exact targets, one deadline per request, and causes for people.

httpx has no total timeout and tells causes apart by class names only. httpcore takes a network
backend of ours as public API, so deadline, size cap and `connect_to` live there, in the same thread
as the request; no watchdog thread is needed.
"""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from pytest_oss_clean.oss.messages import TransportErrorKind
from pytest_oss_clean.target.http.connection import Connection, os_cause, tls_cause
from pytest_oss_clean.target.http.in_flight import Flight, NetworkError

# A server that closes an idle connection just as we send looks as if it had dropped the request, and
# a judged request is never sent twice. Servers keep idle connections for 5 s and more; we stay below.
KEEPALIVE_SECONDS = 2.0
_WRITE_SIZE = 64 * 1024


class ExactURL(httpx.URL):
    """A URL whose target is sent, logged and recorded byte for byte.

    httpx resolves dot segments and encodes quotes, backticks and braces when it parses.
    """

    def __init__(self, base: httpx.URL, target: str) -> None:
        """Keep `target` as it is."""
        super().__init__(base)
        self._base = str(base)
        self._target = target.encode("ascii")

    @property
    def raw_path(self) -> bytes:
        """Return what httpx puts on the request line."""
        return self._target

    def __str__(self) -> str:
        """Return what cassettes keep."""
        return self._base + self._target.decode("ascii")


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the deadline and the size cap of the request in flight."""

    def __init__(
        self, inner: httpcore.NetworkStream, flight: Flight, *, proxy_tls: bool, tunnelling: bool
    ) -> None:
        self._inner = inner
        self._flight = flight
        self._proxy_tls = proxy_tls  # the next handshake is the proxy's
        self._tunnelling = tunnelling  # the far end is the proxy, a tunnel is still to be made
        self._used = math.nan

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        flight = self._flight
        flight.tunnelling = self._tunnelling
        if flight.bytes_left <= 0:
            raise NetworkError(TransportErrorKind.TOO_LARGE, f"{flight.peer} sends more than the cap allows")
        try:
            data = self._inner.read(min(max_bytes, flight.bytes_left), flight.allow(timeout))
        except httpcore.ReadTimeout:
            kind = TransportErrorKind.PROXY if self._tunnelling else TransportErrorKind.READ_TIMEOUT
            flight.time_out(kind, f"{flight.peer} sent nothing for {timeout:g} s")
        except httpcore.ReadError as error:
            cause = error.__cause__
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
                raise NetworkError(TransportErrorKind.TLS, f"{flight.peer}: {tls_cause(cause)}") from None
            flight.break_off(os_cause(cause))
        flight.received(data)
        flight.close = self.close
        self._used = time.monotonic()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        flight = self._flight
        flight.tunnelling = self._tunnelling
        if flight.reused_after is None and not math.isnan(self._used):
            flight.reused_after = time.monotonic() - self._used
        try:
            # In slices, because httpcore gives each send() of one call the whole timeout.
            for start in range(0, len(buffer), _WRITE_SIZE):
                self._inner.write(buffer[start : start + _WRITE_SIZE], flight.allow(timeout))
        except httpcore.WriteTimeout:
            flight.time_out(
                TransportErrorKind.READ_TIMEOUT,
                f"{flight.peer} took nothing of the request for {timeout:g} s",
            )
        # A WriteError passes: httpcore then looks for an answer sent before the request was complete.

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        flight = self._flight
        kind = TransportErrorKind.PROXY if self._proxy_tls else None
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, flight.allow(timeout))
        except httpcore.ConnectTimeout:
            flight.time_out(
                kind or TransportErrorKind.CONNECT_TIMEOUT,
                f"TLS handshake with {flight.peer} not done in {timeout:g} s",
            )
        except httpcore.ConnectError as error:
            text = f"{flight.peer}: {tls_cause(error.__cause__)}"
            raise NetworkError(kind or TransportErrorKind.TLS, text) from None
        except NetworkError:
            self.close()
            raise
        tunnelling = self._tunnelling and self._proxy_tls
        return _Stream(inner, flight, proxy_tls=False, tunnelling=tunnelling)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections: to the place asked for, or to `connect_to`."""

    def __init__(self, connection: Connection, flight: Flight, *, https: bool) -> None:
        self._sockets = httpcore.SyncBackend()
        self._flight = flight
        self._connect_to = connection.connect_to
        proxy = connection.parsed_proxy()
        self._proxied = proxy is not None
        self._proxy_tls = proxy is not None and proxy.scheme == "https"
        self._tunnelling = proxy is not None and https

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        flight = self._flight
        host, port = self._connect_to or (host, port)
        place = f"{'proxy ' if self._proxied else ''}{host}:{port}"
        kind = TransportErrorKind.PROXY if self._proxied else None
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not a host name"
            text = f"the name of {place} does not resolve: {reason}"
            raise NetworkError(kind or TransportErrorKind.UNREACHABLE, text) from None
        # One address after the other within one timeout: socket.create_connection, and with it
        # httpcore, gives every address the whole of it.
        ends = time.monotonic() + flight.allow(timeout)
        for *_, address in addresses:
            last = address is addresses[-1][-1]
            try:
                stream = self._sockets.connect_tcp(
                    str(address[0]),
                    port,
                    max(ends - time.monotonic(), 0.001),
                    local_address,
                    socket_options,
                )
            except httpcore.ConnectTimeout:
                if last or time.monotonic() >= ends:
                    flight.time_out(
                        kind or TransportErrorKind.CONNECT_TIMEOUT,
                        f"no connection to {place} within {timeout:g} s",
                    )
            except httpcore.ConnectError as error:
                if last:
                    text = f"{os_cause(error.__cause__)} by {place}"
                    raise NetworkError(kind or TransportErrorKind.UNREACHABLE, text) from None
            else:
                return _Stream(stream, flight, proxy_tls=self._proxy_tls, tunnelling=self._tunnelling)
        raise NetworkError(kind or TransportErrorKind.UNREACHABLE, f"the name of {place} has no address")


class Transport(httpx.HTTPTransport):
    """httpx's transport over our network; vcrpy records it, because it patches the base class."""

    _pool: httpcore.ConnectionPool

    def __init__(self, connection: Connection, flight: Flight, *, https: bool) -> None:
        """Build the pool; a TLS context, which takes 25 ms to fill, only where TLS is spoken."""
        # HTTPTransport.__init__ does nothing but build a pool in `_pool`, without room for a backend.
        proxy = connection.parsed_proxy()
        options: dict[str, Any] = {
            "ssl_context": _tls(connection) if https else None,
            "max_connections": None,  # a limit would make threads wait, outside of the deadline
            "keepalive_expiry": KEEPALIVE_SECONDS,
            "retries": 0,
            "network_backend": _Backend(connection, flight, https=https),
        }
        if proxy is None:
            self._pool = httpcore.ConnectionPool(**options)
            return
        self._pool = httpcore.HTTPProxy(
            proxy_url=httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/"),
            proxy_auth=proxy.credentials(),
            proxy_ssl_context=_tls(connection) if proxy.scheme == "https" else None,
            **options,
        )


def _tls(connection: Connection) -> ssl.SSLContext:
    """Return a context that trusts `ca_file` alone, or the authorities of the system and of certifi."""
    if connection.ca_file is None:
        return httpcore.default_ssl_context()
    return ssl.create_default_context(cafile=str(connection.ca_file))
