"""The bytes of objects: small ones in memory, large ones in pieces, and in a temporary file.

Rule: bodies of more than LARGE bytes are hashed as they arrive and never exist in one piece, so that no
request waits for the body of another. What is stored does not change; a part of it is a view of it, and
its CRC-64 follows from those of its pieces.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from anycrc import Model  # type: ignore[import-untyped]  # it has no stubs

from pytest_oss_clean.oss.messages import Operation, Request, Response

LARGE = 1024 * 1024
"""Bytes from which on a body is a Content."""
SPOOLED = 16 * LARGE
"""Bytes from which on a body lies in a temporary file."""
BLOCK = 256 * 1024
"""Bytes that are read, hashed or sent in one go."""

SMALLEST_PIECE = 64 * 1024
"""Bytes that are collected before they are kept as a piece; each piece has a CRC-64 of its own."""

_CRC = Model("CRC64-XZ")  # ECMA-182, reflected: x-oss-hash-crc64ecma


def crc64(data: bytes, before: int = 0) -> int:
    """Return the CRC-64 of data, or of data behind what has the CRC-64 `before`."""
    return int(_CRC.calc(data, before))


def crc64_of(body: Body) -> int:
    if isinstance(body, bytes):
        return crc64(body)
    return combined_crc64((piece.checksum(), len(piece)) for piece in body.pieces())


def blocks_of(body: Body) -> Iterable[bytes]:
    """Return the bytes of a body in blocks."""
    return (body,) if isinstance(body, bytes) else body.blocks()


def md5_of(body: Body) -> bytes:
    md5 = hashlib.md5(usedforsecurity=False)
    for block in blocks_of(body):
        md5.update(block)
    return md5.digest()


def combined_crc64(parts: Iterable[tuple[int, int]]) -> int:
    value = 0
    for crc, size in parts:
        value = int(_CRC.combine(value, crc, size))
    return value


class _File:
    """A temporary file that is gone with the last piece that reads it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __del__
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, piece: _Piece) -> _Piece:
        """Return the same bytes at the end of the file."""
        start = self._size
        with self._lock:
            self._size += self._file.write(piece.read(0, len(piece)))
        return _Piece(self, start, self._size, piece.crc64)

    def read(self, start: int, end: int) -> bytes:
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start)

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes from `start` to `end` of a source, and their CRC-64 where it is known."""

    source: bytes | _File
    start: int
    end: int
    crc64: int | None = None

    def __len__(self) -> int:
        return self.end - self.start

    def checksum(self) -> int:
        """Return the CRC-64."""
        if self.crc64 is not None:
            return self.crc64
        value = 0
        for block in self.blocks():
            value = crc64(block, value)
        return value

    def read(self, start: int, end: int) -> bytes:
        if isinstance(self.source, bytes):
            return self.source[self.start + start : self.start + end]
        return self.source.read(self.start + start, self.start + end)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes in blocks of BLOCK at most."""
        for start in range(0, len(self), BLOCK):
            yield self.read(start, min(start + BLOCK, len(self)))


class Content:
    """Bytes in pieces; `len`, slices and `bytes` work as those of bytes."""

    __slots__ = ("_pieces", "_size")

    def __init__(self, pieces: Iterable[_Piece] = ()) -> None:
        self._pieces = tuple(pieces)
        self._size = sum(map(len, self._pieces))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> Content:
        start, end, step = span.indices(self._size)
        if step != 1:
            raise ValueError("a content has slices without steps only")
        return Content(self._within(start, end))

    def _within(self, start: int, end: int) -> Iterator[_Piece]:
        at = 0
        for piece in self._pieces:
            size = len(piece)
            first, last = max(start - at, 0), min(end - at, size)
            if (first, last) == (0, size):
                yield piece
            elif first < last:
                yield _Piece(piece.source, piece.start + first, piece.start + last)
            at += size

    def blocks(self) -> Iterator[bytes]:
        for piece in self._pieces:
            yield from piece.blocks()

    def __bytes__(self) -> bytes:
        return b"".join(self.blocks())

    def pieces(self) -> tuple[_Piece, ...]:
        return self._pieces


class Compressed(Content):
    """A content that is sent in gzip format; its `len` is that of what is compressed."""

    __slots__ = ()

    def blocks(self) -> Iterator[bytes]:
        """Yield gzip data."""
        gzip = zlib.compressobj(wbits=31)
        for block in super().blocks():
            if packed := gzip.compress(block):
                yield packed
        yield gzip.flush()


Body = bytes | Content
"""The bytes of an object, of a part or of an answer."""


def joined(bodies: Iterable[Body]) -> Body:
    """Return bodies in a row; large ones are not copied."""
    content = Content(piece for body in bodies for piece in pieces_of(body))
    return content if len(content) > LARGE else bytes(content)


def pieces_of(body: Body) -> tuple[_Piece, ...]:
    return body.pieces() if isinstance(body, Content) else (_Piece(body, 0, len(body)),)


@dataclass(frozen=True, slots=True)
class Received:
    body: Body = field(repr=False)
    md5: bytes
    crc64: int

    @classmethod
    def of(cls, body: bytes) -> Received:
        return cls(body, hashlib.md5(body, usedforsecurity=False).digest(), crc64(body))

    @property
    def content_md5(self) -> str:
        return base64.b64encode(self.md5).decode()


class Intake:
    """Takes a body block by block, and hashes it meanwhile."""

    def __init__(self) -> None:
        self.size = 0
        self._pending: list[bytes] = []
        self._pieces: list[_Piece] = []
        self._kept = 0
        self._file: _File | None = None
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, block: bytes) -> None:
        """Take the next block. Raises OSError where a temporary file cannot be written."""
        self._md5.update(block)
        self._pending.append(block)
        self.size += len(block)
        if self.size - self._kept >= SMALLEST_PIECE:
            self._keep()

    def _keep(self) -> None:
        """Make a piece of the blocks that have come, in the file where there is one."""
        block = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        self._kept += len(block)
        piece = _Piece(block, 0, len(block), crc64(block))
        self._pieces.append(self._file.keep(piece) if self._file else piece)
        if self._file is None and self._kept > SPOOLED:
            file = self._file = _File()
            self._pieces = [file.keep(piece) for piece in self._pieces]

    def finish(self) -> Received:
        if self._pending:
            self._keep()
        content = Content(self._pieces)
        return Received(content, self._md5.digest(), crc64_of(content))


@dataclass(frozen=True, slots=True)
class StreamedRequest(Request):
    """A request from the network; `received` is its body where that is large, `body` is empty then."""

    received: Received | None = None


@dataclass(frozen=True, slots=True)
class StreamedOperation(Operation):
    received: Received | None = None

    @classmethod
    def of(cls, operation: Operation, came: Received) -> StreamedOperation:
        call = (operation.method, operation.bucket, operation.name, operation.query)
        return cls(*call, operation.headers, received=came)


@dataclass(frozen=True, slots=True)
class StreamedResponse(Response):
    """An answer that is written in its own way: block by block, if it has a `content`, or after a `delay`."""

    content: Content | None = None
    delay: float = 0.0

    def in_memory(self) -> Response:
        """Return the answer with its body in one piece, at once."""
        body = self.body if self.content is None else bytes(self.content)
        told = (self.reason, self.transport_error, self.at, self.seconds)
        return Response(self.status, self.headers, body, *told)


def received(operation: Operation) -> Received:
    if isinstance(operation, StreamedOperation) and operation.received is not None:
        return operation.received
    return Received.of(operation.body)
