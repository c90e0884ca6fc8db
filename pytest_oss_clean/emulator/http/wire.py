"""Bytes of HTTP/1.1 on both sides of the parser, and what a connection may cost.

Rule: bytes that are not UTF-8 survive as surrogate escapes, so signatures over them verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pytest_oss_clean.emulator.content import Compressed, StreamedResponse
from pytest_oss_clean.oss.messages import Request, Response

_UNWRITABLE = re.compile(r"[\r\n\0]")
_BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may cost, and how many there may be; sizes in bytes, times in seconds.

    A target of 1,023 two-byte characters with a presigned URL and its token fits in 8 KiB.
    """

    target: int = 8 * 1024
    headers: int = 32 * 1024
    header_count: int = 100
    body: int = 1024 * 1024 * 1024
    idle: float = 75.0
    request: float = 20.0
    """Seconds for a head, and for each next piece of a body."""
    drain: float = 1.0
    connections: int = 512


Writer = Callable[[Response, Request, bool], bytes]
"""Turns an answer into bytes; the flag says whether the connection is kept."""


class Cut(bytes):
    """Bytes after which a writer wants the connection closed."""


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def decode_name(data: bytes) -> str:
    """Return the name of a header field as text; clients send the same again and again."""
    return decode(data)


@lru_cache(maxsize=256)
def _framing(name: str) -> str:
    lower = name.lower()
    return lower if lower in ("connection", "content-length") else ""


def encode(response: Response, request: Request, keep_alive: bool) -> bytes:
    """Return an answer as bytes; framing is put right here, whatever the handler did."""
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    has_length = response.status in _BODILESS
    for name, value in response.headers:
        known = _framing(name)
        if known == "connection":
            continue
        has_length = has_length or known == "content-length"
        lines.append(f"{name}: {value}")
    if isinstance(response, StreamedResponse) and isinstance(response.content, Compressed):
        if keep_alive:
            lines.append("Transfer-Encoding: chunked")
    elif not has_length:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    text = "\r\n".join(lines)
    if not text.count("\r") == text.count("\n") == len(lines) - 1 or "\0" in text:
        text = "\r\n".join([_UNWRITABLE.sub(" ", line) for line in lines])
    head = text.encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    return head if request.method == "HEAD" else head + response.body


def chunks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks, none of them empty, as chunks, and the last chunk."""
    for block in blocks:
        yield b"%X\r\n%b\r\n" % (len(block), block)
    yield b"0\r\n\r\n"


def head_without_upgrade(
    method: bytes, target: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """Return a head without its offer to upgrade.

    Apache's HttpClient 5 offers TLS on every plain request. HTTP lets a server ignore that;
    httptools does not, it takes the body for the other protocol.
    """
    lines = [b"%s %s HTTP/%s" % (method, target, version.encode())]
    for name, value in headers:
        if name.lower() == b"connection" and b"close" in value.lower():
            lines.append(b"Connection: close")
        elif name.lower() not in (b"upgrade", b"connection"):
            lines.append(b"%s: %s" % (name, value))
    return b"\r\n".join(lines) + b"\r\n\r\n"
