"""The HTTP server under the service: one thread, one asyncio loop, httptools.

Rule 1: the request target reaches the handler byte for byte. Rule 2: one write per answer, with
TCP_NODELAY set here; otherwise keep-alive answers wait 40 ms for a delayed ACK. Rule 3: what is no
proper HTTP is refused in OSS XML, and the connection ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pytest_oss_clean.emulator.http.connection import Connection
from pytest_oss_clean.emulator.http.wire import Limits, Writer, encode
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Endpoint, Request, Response, Sender

BACKLOG = 512
CLOSING_SECONDS = 0.3
"""How long unread answers may still flow when the server stops."""

Observer = Callable[[Request, Response], None]


def address_of(host: str) -> str:
    """Return the address to bind: that of localhost, or one given as numbers."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise ConfigurationError("host", host, "give an address to listen on, such as 127.0.0.1") from None


def is_open(host: str) -> bool:
    """Return whether other machines can reach an address."""
    return not ipaddress.ip_address(address_of(host)).is_loopback


def listen(host: str, port: int) -> socket.socket:
    address = address_of(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise ConfigurationError("port", port, f"cannot listen on {address}: {error}") from None


class Server:
    """Serves a Sender on a port, of loopback unless `host` is another, from a daemon thread of its own."""

    def __init__(  # noqa: PLR0913 - all but the service have defaults
        self,
        service: Sender,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        observer: Observer | None = None,
        writer: Writer = encode,
    ) -> None:
        """Prepare to serve; nothing is bound before `start`. `writer` turns answers into bytes."""
        self.service = service
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._observer = observer
        self._writer = writer
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event
        self._connections: set[Connection] = set()
        address_of(host)

    @property
    def endpoint(self) -> Endpoint:
        """Return where this machine reaches the server; before `start`, where it is to listen."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what was asked for
        return Endpoint("http", everywhere.get(self._host, self._host), self._port)

    def start(self) -> Self:
        """Bind and serve; requests are taken from now on."""
        if self._thread is not None:
            return self
        listening = listen(self._host, self._port)
        self._port = int(listening.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._loop, listening, self._stopping), name="oss-emulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections; a second call does nothing."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(self._stopping.set)
        thread.join()
        self._thread = self._loop = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(
        self, loop: asyncio.AbstractEventLoop, listening: socket.socket, stopping: asyncio.Event
    ) -> None:
        try:
            loop.run_until_complete(self._serve(listening, stopping))
        finally:
            loop.close()

    async def _serve(self, listening: socket.socket, stopping: asyncio.Event) -> None:
        server = await asyncio.get_running_loop().create_server(self._connect, sock=listening)
        await stopping.wait()
        server.close()
        await self._close_connections()

    def _connect(self) -> Connection:
        return Connection(self.service, self._limits, self._connections, self._observer, self._writer)

    async def _close_connections(self) -> None:
        for connection in tuple(self._connections):
            connection.close()
        waited = 0.0
        while self._connections and waited < CLOSING_SECONDS:
            await asyncio.sleep(0.005)
            waited += 0.005
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # connection_lost of the aborted ones
        await asyncio.sleep(0)
