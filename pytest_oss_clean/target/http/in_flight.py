"""The request in flight on a thread: what it may still use, and what is known of its answer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from pytest_oss_clean.oss.messages import TransportError, TransportErrorKind
from pytest_oss_clean.target.http.connection import Connection

HEAD_ROOM = 64 * 1024
"""Bytes an answer may have on the wire beyond `max_body`: status line, headers, chunk sizes."""
_BEGINNING = 1024
_CLOCK_SLACK = 0.005


class NetworkError(Exception):
    """Carries a trouble out of httpcore, which passes exceptions it does not know unchanged."""

    def __init__(self, kind: TransportErrorKind, text: str) -> None:
        """Keep the trouble."""
        super().__init__(text)
        self.transport_error = TransportError(kind, text)


class Flight(threading.local):
    """What is known of the request in flight on this thread, and what it may still use."""

    peer = ""
    ends = math.inf
    deadline = math.inf
    bytes_left = 0
    first = b""
    """The beginning of what arrived: tells HTTP from something else."""
    arrived: float = 0
    """Bytes that arrived, nan where a proxy spoke first."""
    close: Callable[[], None] | None = None
    closed = False
    reused_after: float | None = None
    """Seconds that a reused connection had been idle, None for a new one."""
    tunnelling = False
    """The far end is still the proxy that shall open a tunnel."""

    def start(self, peer: str, connection: Connection) -> None:
        """Begin a request."""
        self.peer = peer
        self.deadline = connection.deadline
        self.ends = time.monotonic() + connection.deadline
        self.bytes_left = connection.max_body + HEAD_ROOM
        self.first = b""
        self.arrived = 0
        self.closed = False
        self.reused_after = None
        self.tunnelling = False

    def allow(self, own: float | None) -> float:
        """Return the timeout for one step: its own, or what is left until the deadline."""
        left = self.ends - time.monotonic()
        if left <= 0:
            self.miss_deadline()
        return left if own is None else min(own, left)

    def miss_deadline(self) -> NoReturn:
        """Raise the trouble of a request that takes too long."""
        raise NetworkError(
            TransportErrorKind.DEADLINE, f"no complete answer from {self.peer} within {self.deadline:g} s"
        )

    def time_out(self, kind: TransportErrorKind, text: str) -> NoReturn:
        """Raise the trouble of a step that took too long; the deadline goes first."""
        if time.monotonic() >= self.ends - _CLOCK_SLACK:
            self.miss_deadline()
        raise NetworkError(kind, text)

    def received(self, data: bytes) -> None:
        """Count what arrived."""
        self.bytes_left -= len(data)
        self.closed = not data
        self.arrived += math.nan if self.tunnelling else len(data)
        if len(self.first) < _BEGINNING:
            self.first = (self.first + data)[:_BEGINNING]

    def exceeds(self, body: int) -> bool:
        """Tell whether more arrived than one answer with so many bytes of body."""
        head, found, _ = self.first.partition(b"\r\n\r\n")
        final = found and head[8:10] != b" 1"
        return bool(final) and self.arrived > len(head) + len(found) + body

    def hang_up(self) -> None:
        """Close the connection, so that no other request is sent on it."""
        if self.close is not None:
            self.close()

    def break_off(self, cause: str = "") -> NoReturn:
        """Raise the trouble of a connection that ended too early."""
        idle = "" if self.reused_after is None else f" (it had been idle for {self.reused_after:.1f} s)"
        when = "in the middle of the answer" if self.first else f"without an answer{idle}"
        how = f": {cause}" if cause else ""
        kind = TransportErrorKind.PROXY if self.tunnelling else TransportErrorKind.CLOSED
        raise NetworkError(kind, f"{self.peer} closed the connection {when}{how}")
