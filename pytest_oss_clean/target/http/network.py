"""The network below the client: exact targets, one deadline for each request, causes in plain words.

httpx has no total timeout and distinguishes causes by class names only. httpcore takes a network
backend as public API, so deadline, size limit and `connect_to` live there, in the thread of the
request. The transport is an `httpx.MockTransport`, httpx's public way to answer a request by a function:
here the function sends it through an httpcore pool, and vcrpy records what it returns.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import httpcore
import httpx

from pytest_oss_clean.oss.messages import Headers, TransportError, TransportErrorKind
from pytest_oss_clean.target.http.settings import ConnectionSettings

KEEPALIVE_SECONDS = 2.0
"""Idle connections are closed after this time: servers keep theirs for 5 s and more."""
HEAD_ROOM = 64 * 1024
"""Bytes that a response may have beyond `max_body`: status line, headers, chunk sizes."""
VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")
_HEAD_TOO_LARGE = 431
_WRITE_SIZE = 64 * 1024
_BEGINNING = 1024
_CLOCK_SLACK = 0.005


class NetworkError(Exception):
    """Carries a transport error out of httpcore, which passes exceptions it does not know unchanged."""

    def __init__(self, kind: TransportErrorKind, text: str) -> None:
        super().__init__(text)
        self.transport_error = TransportError(kind, text)


class RequestState(threading.local):
    """The request in progress on this thread: its limits, and what has arrived of its response."""

    peer = ""
    ends = math.inf
    deadline = math.inf
    bytes_left = 0
    first = b""
    """The beginning of the response: HTTP or something else."""
    arrived: float = 0
    """Bytes that arrived, nan where a proxy spoke first."""
    close: Callable[[], None] | None = None
    closed = False
    reused_after: float | None = None
    """Seconds that a reused connection had been idle, None for a new one."""
    tunnelling = False
    """The far end is still the proxy that shall open a tunnel."""

    def start(self, peer: str, settings: ConnectionSettings) -> None:
        self.peer = peer
        self.deadline = settings.deadline
        self.ends = time.monotonic() + settings.deadline
        self.restart(settings)

    def restart(self, settings: ConnectionSettings) -> None:
        """Begin to send it, within the same deadline."""
        self.bytes_left = settings.max_body + HEAD_ROOM
        self.first = b""
        self.arrived = 0
        self.closed = False
        self.reused_after = None
        self.tunnelling = False

    @property
    def went_stale(self) -> bool:
        """Return whether a reused connection ended before the first byte of a response."""
        return self.reused_after is not None and not self.first

    def allow(self, own: float | None) -> float:
        """Return the timeout for one step: its own, or what is left until the deadline."""
        left = self.ends - time.monotonic()
        if left <= 0:
            self.miss_deadline()
        return left if own is None else min(own, left)

    def miss_deadline(self) -> NoReturn:
        """Raise the error of a request that takes too long."""
        raise NetworkError(
            TransportErrorKind.DEADLINE, f"no complete answer from {self.peer} within {self.deadline:g} s"
        )

    def time_out(self, kind: TransportErrorKind, text: str) -> NoReturn:
        """Raise the error of a step that took too long; the deadline goes first."""
        if time.monotonic() >= self.ends - _CLOCK_SLACK:
            self.miss_deadline()
        raise NetworkError(kind, text)

    def received(self, data: bytes) -> None:
        self.bytes_left -= len(data)
        self.closed = not data
        self.arrived += math.nan if self.tunnelling else len(data)
        if len(self.first) < _BEGINNING:
            self.first = (self.first + data)[:_BEGINNING]

    def exceeds(self, body: int) -> bool:
        """Return whether more arrived than one response with a body of this length."""
        head, found, _ = self.first.partition(b"\r\n\r\n")
        final = found and head[8:10] != b" 1"
        return bool(final) and self.arrived > len(head) + len(found) + body

    def hang_up(self) -> None:
        """Close the connection: no other request is sent on it."""
        if self.close is not None:
            self.close()

    def break_off(self, cause: str = "") -> NoReturn:
        """Raise the error of a connection that ended too early."""
        idle = "" if self.reused_after is None else f" (it had been idle for {self.reused_after:.1f} s)"
        when = "in the middle of the answer" if self.first else f"without an answer{idle}"
        how = f": {cause}" if cause else ""
        kind = TransportErrorKind.PROXY if self.tunnelling else TransportErrorKind.CLOSED
        raise NetworkError(kind, f"{self.peer} closed the connection {when}{how}")


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
        return self._base + self._target.decode("ascii")


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the deadline and the size limit of the request in progress."""

    def __init__(
        self, inner: httpcore.NetworkStream, state: RequestState, *, proxy_tls: bool, tunnelling: bool
    ) -> None:
        self._inner = inner
        self._state = state
        self._proxy_tls = proxy_tls  # the next handshake is the proxy's
        self._tunnelling = tunnelling  # the far end is the proxy, a tunnel is still to be made
        self._used = math.nan
        self._held: bytes | None = b""
        """The head of a request, until its body or its end follows: both are sent at once."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        state = self._state
        state.tunnelling = self._tunnelling
        if state.bytes_left <= 0:
            raise NetworkError(TransportErrorKind.TOO_LARGE, f"{state.peer} sends more than the cap allows")
        try:
            data = self._inner.read(min(max_bytes, state.bytes_left), state.allow(timeout))
        except httpcore.ReadTimeout:
            kind = TransportErrorKind.PROXY if self._tunnelling else TransportErrorKind.READ_TIMEOUT
            state.time_out(kind, f"{state.peer} sent nothing for {timeout:g} s")
        except httpcore.ReadError as error:
            cause = error.__cause__
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
                raise NetworkError(TransportErrorKind.TLS, f"{state.peer}: {tls_cause(cause)}") from None
            state.break_off(os_cause(cause))
        state.received(data)
        state.close = self.close
        self._used, self._held = time.monotonic(), b""
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        state = self._state
        state.tunnelling = self._tunnelling
        if state.reused_after is None and not math.isnan(self._used):
            state.reused_after = time.monotonic() - self._used
        if self._held == b"":
            self._held = buffer
            return
        buffer, self._held = (self._held or b"") + buffer, None
        try:
            # In slices, because httpcore gives each send() of one call the whole timeout.
            for start in range(0, len(buffer), _WRITE_SIZE):
                self._inner.write(buffer[start : start + _WRITE_SIZE], state.allow(timeout))
        except httpcore.WriteTimeout:
            state.time_out(
                TransportErrorKind.READ_TIMEOUT,
                f"{state.peer} took nothing of the request for {timeout:g} s",
            )
        # A WriteError passes: httpcore then looks for an answer sent before the request was complete.

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        state = self._state
        kind = TransportErrorKind.PROXY if self._proxy_tls else None
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, state.allow(timeout))
        except httpcore.ConnectTimeout:
            state.time_out(
                kind or TransportErrorKind.CONNECT_TIMEOUT,
                f"TLS handshake with {state.peer} not done in {timeout:g} s",
            )
        except httpcore.ConnectError as error:
            text = f"{state.peer}: {tls_cause(error.__cause__)}"
            raise NetworkError(kind or TransportErrorKind.TLS, text) from None
        except NetworkError:
            self.close()
            raise
        tunnelling = self._tunnelling and self._proxy_tls
        return _Stream(inner, state, proxy_tls=False, tunnelling=tunnelling)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections: to the place asked for, or to `connect_to`."""

    def __init__(self, settings: ConnectionSettings, state: RequestState, *, https: bool) -> None:
        self._sockets = httpcore.SyncBackend()
        self._state = state
        self._connect_to = settings.connect_to
        proxy = settings.parsed_proxy()
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
        state = self._state
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
        ends = time.monotonic() + state.allow(timeout)
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
                    state.time_out(
                        kind or TransportErrorKind.CONNECT_TIMEOUT,
                        f"no connection to {place} within {timeout:g} s",
                    )
            except httpcore.ConnectError as error:
                if last:
                    text = f"{os_cause(error.__cause__)} by {place}"
                    raise NetworkError(kind or TransportErrorKind.UNREACHABLE, text) from None
            else:
                return _Stream(stream, state, proxy_tls=self._proxy_tls, tunnelling=self._tunnelling)
        raise NetworkError(kind or TransportErrorKind.UNREACHABLE, f"the name of {place} has no address")


class ResponseStream(httpx.SyncByteStream):
    """The body of a response, as it arrives."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        """Give the connection back, or close it where the response is not whole."""
        self._response.close()


class PartialResponse:
    def __init__(self, max_body: int) -> None:
        """Expect a body of at most `max_body` bytes."""
        self.status = 0
        self.headers: Headers = ()
        self.reason = ""
        self.raw = bytearray()
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
            self.raw += chunk
            if len(self.raw) > self._max:
                del self.raw[self._max :]
                return TransportError(
                    TransportErrorKind.TOO_LARGE,
                    f"the body from {state.peer} is larger than {self._max} bytes",
                )
        if self._is_framed and state.exceeds(len(self.raw)):
            state.hang_up()  # what follows must not be taken for the next answer
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{state.peer} sends more bytes behind a whole answer"
            )
        return None

    @property
    def _is_framed(self) -> bool:
        """Return whether Content-Length alone says where the body ends."""
        names = {name.lower() for name, _ in self.headers}
        return "content-length" in names and "transfer-encoding" not in names


class Transport(httpx.MockTransport):
    """Sends requests through an httpcore pool, which does not `keep` connections where each is to be new."""

    def __init__(
        self, settings: ConnectionSettings, state: RequestState, *, https: bool, keep: bool = True
    ) -> None:
        """Build the pool; a TLS context, which takes 25 ms to fill, only where TLS is spoken."""
        super().__init__(self._send)
        self._state, self._max_body = state, settings.max_body
        proxy = settings.parsed_proxy()
        options: dict[str, Any] = {
            "ssl_context": _tls(settings) if https else None,
            "max_connections": None,  # a limit would make threads wait, outside of the deadline
            "max_keepalive_connections": None if keep else 0,
            "keepalive_expiry": KEEPALIVE_SECONDS,
            "retries": 0,
            "network_backend": _Backend(settings, state, https=https),
        }
        self.pool: httpcore.ConnectionPool
        if proxy is None:
            self.pool = httpcore.ConnectionPool(**options)
            return
        self.pool = httpcore.HTTPProxy(
            proxy_url=httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/"),
            proxy_auth=proxy.credentials(),
            proxy_ssl_context=_tls(settings) if proxy.scheme == "https" else None,
            **options,
        )

    def exchange(self, message: httpx.Request) -> tuple[PartialResponse, TransportError | None]:
        """Send and receive, once; return what arrived and what went wrong on the other side.

        Raises httpcore.LocalProtocolError for a request that cannot be sent.
        """
        state, partial = self._state, PartialResponse(self._max_body)
        try:
            response = self.handle_request(message)
            try:
                return partial, partial.read(response, state)
            finally:
                response.close()
        except NetworkError as error:
            return partial, error.transport_error
        except httpcore.ProxyError as error:
            text = f"{state.peer}: the proxy answers {error}"
            return partial, TransportError(TransportErrorKind.PROXY, text)
        except httpcore.LocalProtocolError:
            raise
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
        """Distinguish a connection that ended from something that is not HTTP."""
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

    def _send(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self.pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.content,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=ResponseStream(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self.pool.close()


def _tls(settings: ConnectionSettings) -> ssl.SSLContext:
    """Return a context that trusts `ca_file` alone, or the authorities of the system and of certifi."""
    if settings.ca_file is None:
        return httpcore.default_ssl_context()
    return ssl.create_default_context(cafile=str(settings.ca_file))


def tls_cause(cause: BaseException | None) -> str:
    """Say in a few words why TLS failed."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {cause.verify_message}"
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return "connection closed during the TLS handshake"
    if isinstance(cause, ssl.SSLError) and cause.reason:
        hint = " (no TLS on this port?)" if cause.reason == "WRONG_VERSION_NUMBER" else ""
        return f"TLS failed: {cause.reason.replace('_', ' ').lower()}{hint}"
    return f"TLS failed: {os_cause(cause)}"


def os_cause(cause: BaseException | None) -> str:
    """Return the operating system's words, `connection refused`, without number and place."""
    text = getattr(cause, "strerror", None) or str(cause or "unknown cause")
    return text[:1].lower() + text[1:]
