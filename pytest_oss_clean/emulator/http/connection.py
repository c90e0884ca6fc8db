"""One HTTP/1.1 connection of the emulator: bytes to requests, answers to bytes.

Rule: requests are answered strictly in order, one write each unless the body is large; reading stops
while a client does not take its answers. After a refusal nothing more is read as HTTP: the connection
drains and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import httptools

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.content import LARGE, Compressed, Intake, StreamedRequest, StreamedResponse
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.http.wire import (
    Cut,
    Limits,
    Writer,
    chunks,
    decode,
    decode_name,
    encode,
    head_without_upgrade,
)
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.oss.messages import Request, Response, Sender

BLOCKS_IN_A_ROW = 4
"""Blocks of a large body that are written before other connections are looked at."""
BODY_OF_A_READ = 0.05
"""Seconds that a GET or HEAD waits for the body that its Content-Length announces (CHOICES.md)."""
_WATCHED = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
"""Fields that say how a request is to be read."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(slots=True)
class _Turn:
    """What is to be answered next: a request, or the refusal of one."""

    request: Request
    keep_alive: bool
    refusal: ErrorRow | None = None
    drains: bool = False


class Connection(asyncio.Protocol):
    """Reads requests with httptools and writes the handler's answers."""

    def __init__(
        self,
        handler: Sender,
        limits: Limits,
        connections: set[Connection],
        observer: Callable[[Request, Response], None] | None,
        writer: Writer = encode,
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._connections = connections
        self._observer = observer
        self._write = writer
        self._parser = self._new_parser()
        self._transport: asyncio.Transport
        self._turns: deque[_Turn] = deque()
        self._blocked = False
        self._ended = False
        self._outgoing: Iterator[bytes] | None = None
        self._last = self._waiting = False
        self._timer: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._watched: dict[bytes, list[bytes]] = {}
        self._head_size = 0
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_size = 0
        self._intake: Intake | None = None
        self._is_read = self._has_two_lengths = False
        self._refusal: ErrorRow | None = None
        self._in_request = self._reading_head = False

    # Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)
        # asyncio sets it only where sock.proto is IPPROTO_TCP
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop = asyncio.get_running_loop()
        self._allow(self._limits.idle)
        if len(self._connections) > self._limits.connections:
            self._refuse(errors.TOO_MANY)
            self._answer_turns()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._connections.discard(self)
        self._outgoing = None
        if self._timer:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """Stop answering, and reading, until the client takes what it asked for."""
        self._blocked = True
        self._transport.pause_reading()
        self._allow(self._limits.request)

    def resume_writing(self) -> None:
        self._blocked = False
        self._allow(self._limits.idle)
        self._send_more()
        self._answer_turns()
        if not self._blocked:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Parse; what is no HTTP is refused."""
        if self._ended:
            return
        head = self._headers if self._reading_head else None
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal or errors.BAD_HTTP)
        if self._reading_head and self._headers is head:
            # httptools reports only whole fields: an endless one shows as bytes without end
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.target + self._limits.headers:
                self._refuse(errors.HEADERS_LARGE)
        if self._in_request and not self._reading_head:
            self._allow(BODY_OF_A_READ if self._is_read else self._limits.request)
        self._answer_turns()

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._without_upgrade() + data[upgrade.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        """Return the head again, without the offer to upgrade, for a fresh parser."""
        method, version = self._parser.get_method(), self._parser.get_http_version()
        if method == b"CONNECT":
            self._refusal = errors.BAD_HTTP
            raise httptools.HttpParserError
        head = head_without_upgrade(method, self._target, version, self._headers)
        self._parser = self._new_parser()
        self._begin()
        return head

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_chunked_length=True)  # CHOICES.md; the connection ends then
        return parser

    def eof_received(self) -> bool:
        """Keep the writing side open while answers are still due."""
        return bool(self._turns or self._blocked or self._waiting or self._outgoing)

    # Parser

    def on_message_begin(self) -> None:
        self._in_request = self._reading_head = True
        self._allow(self._limits.request)

    def on_url(self, data: bytes) -> None:
        """Collect the target, which may come in pieces."""
        self._target += data
        if len(self._target) > self._limits.target:
            self._refusal = errors.TARGET_LONG
            raise ValueError(self._refusal.code)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        self._head_size += len(name) + len(value)
        if (lower := name.lower()) in _WATCHED:
            self._watched.setdefault(lower, []).append(value)
        if len(self._headers) > self._limits.header_count or self._head_size > self._limits.headers:
            self._refusal = errors.HEADERS_LARGE
            raise ValueError(self._refusal.code)

    def on_headers_complete(self) -> None:
        """Judge the head: exactly one Host, a body that fits, whether to say 100."""
        self._reading_head = False
        if self._parser.should_upgrade():
            return
        version, watched = self._parser.get_http_version(), self._watched
        hosts = len(watched.get(b"host", ()))
        codings = [value.strip().lower() for value in watched.get(b"transfer-encoding", ())]
        proper = version in ("1.0", "1.1") and hosts <= 1 and (hosts or version == "1.0")
        if not proper or codings not in ([], [b"chunked"]):
            self._refusal = errors.BAD_HTTP
            raise ValueError(self._refusal.code)
        length = watched.get(b"content-length", [b""])[0]
        self._has_two_lengths = bool(length and codings)
        self._is_read = self._parser.get_method() in (b"GET", b"HEAD")
        if length.isdigit() and int(length[:20]) > self._limits.body:
            self._refusal = errors.BODY_LARGE
            raise ValueError(self._refusal.code)
        if watched.get(b"expect", [b""])[0].lower() == b"100-continue" and version == "1.1":
            self._answer_turns()
            self._transport.write(_CONTINUE)

    def on_body(self, data: bytes) -> None:
        """Collect the body; a large one is hashed meanwhile, and lies in a file."""
        self._body_size += len(data)
        if self._body_size > self._limits.body:
            self._refusal = errors.BODY_LARGE
            raise ValueError(self._refusal.code)
        if self._body_size <= LARGE:
            self._body.append(data)
            return
        try:
            if self._intake is None:
                self._intake = Intake()
                for kept in self._body:
                    self._intake.write(kept)
                self._body.clear()
            self._intake.write(data)
        except OSError:
            self._refusal = errors.NO_SPOOL
            raise

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade():
            return
        keep_alive = self._parser.should_keep_alive() and not self._has_two_lengths
        self._turns.append(_Turn(self._request(), keep_alive))
        self._begin()
        self._allow(self._limits.idle)

    def _request(self) -> Request:
        method = self._parser.get_method().decode("ascii") if self._headers or self._target else ""
        return StreamedRequest(
            method,
            decode(self._target),
            tuple([(decode_name(name), decode(value)) for name, value in self._headers]),
            b"".join(self._body),
            received=self._intake.finish() if self._intake else None,
        )

    # Answers

    def _answer_turns(self) -> None:
        while self._turns and not self._blocked and not self._waiting and self._outgoing is None:
            turn = self._turns.popleft()
            response = self._answer(turn)
            if isinstance(response, StreamedResponse) and response.delay:
                self._waiting = True
                self._allow(response.delay + self._limits.idle)
                self._loop.call_later(response.delay, self._deliver_late, turn, response)
            else:
                self._deliver(turn, response)

    def _deliver_late(self, turn: _Turn, response: Response) -> None:
        self._waiting = False
        if not self._transport.is_closing():
            self._deliver(turn, response)
            self._answer_turns()

    def _deliver(self, turn: _Turn, response: Response) -> None:
        if self._observer:
            self._observer(turn.request, response)
        if response.transport_error is not None:  # a fault on demand: the answer is lost
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._ended = True
            self._transport.abort()
            return
        last = turn.refusal is not None or not turn.keep_alive
        data = self._write(response, turn.request, not last)
        self._transport.write(data)
        content = response.content if isinstance(response, StreamedResponse) else None
        if isinstance(data, Cut) and content is None:
            self._transport.close()
        last = last or isinstance(data, Cut)
        if content is not None and turn.request.method != "HEAD":
            self._outgoing, self._last = content.blocks(), last
            if isinstance(content, Compressed) and not last:
                self._outgoing = chunks(self._outgoing)
            self._send_more()
        elif last:
            self._finish(drain=turn.refusal is not None or turn.drains)

    def _send_more(self) -> None:
        """Write a large body while the client takes it; other connections get their turn in between."""
        if self._outgoing is None or self._blocked:
            return
        for _ in range(BLOCKS_IN_A_ROW):
            block = next(self._outgoing, None)
            if block is None:
                self._outgoing = None
                if self._last:
                    self._finish(drain=False)
                return
            self._transport.write(block)
            if self._blocked:
                return
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._send_more()
            self._answer_turns()

    def _answer(self, turn: _Turn) -> Response:
        row = turn.refusal
        if row is None:
            try:
                return self._handler(turn.request)
            except Exception:  # noqa: BLE001 - a defect of the handler must not hang the client
                row = errors.INTERNAL
        return Reply(turn.request.method, turn.request.header("host") or "").refuse(OssError(row))

    def _refuse(self, row: ErrorRow) -> None:
        if not self._ended:
            self._ended = True
            self._turns.append(_Turn(self._request(), keep_alive=False, refusal=row))

    def _finish(self, *, drain: bool) -> None:
        """End the connection; unread input is drained first, else a reset could eat the answer."""
        self._ended = True
        self._turns.clear()
        if drain and not self._transport.is_closing() and self._transport.can_write_eof():
            with contextlib.suppress(OSError):
                self._transport.write_eof()
            self._allow(self._limits.drain)
        else:
            self._transport.close()

    # Time

    def _allow(self, seconds: float) -> None:
        """Move the deadline; the timer is touched only where it would come too late."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._deadline < self._timer.when():
            self._watch()

    def _watch(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._watch()
        elif self._blocked:
            self._transport.abort()
        elif self._in_request and self._is_read and not self._ended:
            self._ended = True
            self._turns.append(_Turn(self._request(), keep_alive=False, drains=True))
            self._answer_turns()
        elif self._in_request and not self._ended:
            self._refuse(errors.TOO_SLOW)
            self._answer_turns()
        else:
            self._transport.close()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()
