"""Other ways of HTTP/1.1 to frame the same answers."""

from __future__ import annotations

from collections.abc import Callable

from pytest_oss_clean.emulator.http.wire import Cut, encode
from pytest_oss_clean.mutation.mutant import Reached
from pytest_oss_clean.oss.messages import Request, Response

Write = Callable[[Response, Request, bool, Reached], bytes]

NO_CONTENT = 204
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"


def parts(response: Response, request: Request, *, keep_alive: bool) -> tuple[list[bytes], bytes]:
    """Return the lines of an answer's head, and its body."""
    head, _, body = encode(response, request, keep_alive=keep_alive).partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def whole(lines: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join([*lines, b"", body])


def without_length(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if not line.lower().startswith(b"content-length:")]


def written(change: Callable[[list[bytes]], list[bytes]]) -> Write:
    def write(response: Response, request: Request, keep_alive: bool, reached: Reached) -> bytes:
        lines, body = parts(response, request, keep_alive=keep_alive)
        reached()
        return whole(change(lines), body)

    return write


def chunked(size: int, extension: bytes = b"", trailer: bytes = b"", name: bytes = b"chunked") -> Write:
    def write(response: Response, request: Request, keep_alive: bool, reached: Reached) -> bytes:
        lines, body = parts(response, request, keep_alive=keep_alive)
        if request.method == "HEAD" or response.status == NO_CONTENT:
            return whole(lines, body)
        reached()
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
        lines = [*without_length(lines), b"Transfer-Encoding: " + name]
        return whole(lines, chunks + b"0\r\n" + trailer + b"\r\n")

    return write


def closing(response: Response, request: Request, _keep_alive: bool, reached: Reached) -> bytes:
    reached()
    return Cut(encode(response, request, keep_alive=False))


def of_http_1_0(response: Response, request: Request, _keep_alive: bool, reached: Reached) -> bytes:
    """Answer as HTTP/1.0 does, where the end of the connection is the end of the body."""
    lines, body = parts(response, request, keep_alive=False)
    reached()
    lines[0] = lines[0].replace(b"HTTP/1.1", b"HTTP/1.0")
    return Cut(whole(lines if request.method == "HEAD" else without_length(lines), body))


def forewarned(response: Response, request: Request, keep_alive: bool, reached: Reached) -> bytes:
    """Send an interim answer first."""
    reached()
    return INTERIM + encode(response, request, keep_alive=keep_alive)


WIRES: tuple[tuple[str, str, Write], ...] = (
    ("chunked", "bodies come in chunks", chunked(7)),
    ("chunk", "a body comes in one chunk", chunked(1 << 20)),
    ("trailer", "chunks have extensions, and a trailer follows", chunked(9, b";a=b", b"X-Last: 1\r\n")),
    ("chunked-name", "the name of the coding is in upper case", chunked(11, name=b"CHUNKED")),
    ("closing", "each connection has one answer", closing),
    ("http-1.0", "answers are those of HTTP/1.0", of_http_1_0),
    ("interim", "an interim answer comes first", forewarned),
    (
        "no-reason",
        "the status line has no reason",
        written(lambda h: [b" ".join(h[0].split()[:2]) + b" ", *h[1:]]),
    ),
    ("dense", "no blank precedes values", written(lambda h: [line.replace(b": ", b":", 1) for line in h])),
    (
        "wide",
        "blanks and tabs are around values",
        written(lambda h: [h[0], *(wider(line) for line in h[1:])]),
    ),
)
"""Ways of framing. None of them is seen by a client that speaks HTTP/1.1."""


def wider(line: bytes) -> bytes:
    return line.replace(b": ", b":  \t ", 1) + b" \t"
