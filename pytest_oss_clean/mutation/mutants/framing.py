"""Mutants of the bytes that carry an answer: what no client can read as HTTP, on a socket."""

from __future__ import annotations

import re
from collections.abc import Callable

from pytest_oss_clean.emulator.http.wire import Cut, encode
from pytest_oss_clean.mutation.faults.senders import Which, done, is_clean, refused
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnWire, Reached
from pytest_oss_clean.oss.messages import Request, Response
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
BREAKS = Damage.BREAKS

END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?im)^content-length: *(\d+)\r\n")
TLS_ALERT = bytes.fromhex("1503030002022f")

Break = Callable[[bytes], bytes]
"""Breaks the whole bytes of an answer."""


def headed(line: bytes) -> Break:
    """Add a line to the head."""
    return lambda data: data.replace(END, b"\r\n" + line + END, 1)


def begun(line: bytes) -> Break:
    """Begin with another status line."""
    return lambda data: line + data[data.index(b"\r\n") :]


def lasting(change: Callable[[int], bytes]) -> Break:
    """Tell another Content-Length."""
    return lambda data: LENGTH.sub(
        lambda found: b"Content-Length: %s\r\n" % change(int(found[1])), data, count=1
    )


def followed(more: bytes) -> Break:
    """Send more bytes behind the answer."""
    return lambda data: data + more


def cut(change: Break) -> Break:
    """Close the connection after it."""
    return lambda data: Cut(change(data))


def chunked(body: Callable[[bytes], bytes]) -> Break:
    """Announce chunks, and send something else."""

    def apply(data: bytes) -> bytes:
        head, _, content = LENGTH.sub(b"", data).partition(END)
        return head + b"\r\nTransfer-Encoding: chunked" + END + body(content)

    return apply


def half(data: bytes) -> bytes:
    """Send half of the body."""
    head, _, content = data.partition(END)
    return head + END + content[: len(content) // 2]


Row = tuple[str, Which, Break, str]

UNREADABLE: tuple[Row, ...] = (
    ("length-too-long", refused, cut(lasting(lambda n: b"%d" % (n + 9))), "Content-Length is too great"),
    ("length-too-long-waiting", done, lasting(lambda _: b"9"), "it announces a body that never comes"),
    ("length-too-short", refused, lasting(lambda n: b"%d" % (n // 2)), "Content-Length is too small"),
    ("length-missing", refused, lambda data: LENGTH.sub(b"", data), "nothing tells where the body ends"),
    ("length-no-number", refused, lasting(lambda _: b"many"), "Content-Length is no number"),
    ("length-negative", refused, lasting(lambda _: b"-1"), "Content-Length is negative"),
    ("lengths-differ", refused, headed(b"Content-Length: 7"), "Content-Length is there twice, and differs"),
    ("closed-unanswered", done, cut(lambda _: b""), "a clean is done, and the connection closed"),
    ("closed-in-line", done, cut(lambda data: data[:9]), "the connection ends in the status line"),
    ("closed-in-head", refused, cut(lambda data: data[: data.index(END)]), "it ends in the head"),
    ("closed-in-body", refused, cut(half), "the connection ends in the body"),
    ("stalled", done, lambda data: data[: len(data) // 2], "the answer stops half way, for ever"),
    ("no-blank-line", done, lambda data: data.replace(END, b"\r\n"), "no blank line ends the head"),
    ("continue-alone", done, lambda _: b"HTTP/1.1 100 Continue" + END, "100 is all that ever comes"),
    ("switching", done, lambda _: b"HTTP/1.1 101 Switching Protocols" + END, "it switches protocols"),
    ("chunks-unannounced", refused, chunked(lambda body: body), "chunks are announced, and none sent"),
    ("chunk-too-long", refused, cut(chunked(lambda b: b"%x\r\n" % (len(b) + 9) + b)), "a chunk is cut"),
    ("chunk-no-end", refused, cut(chunked(lambda b: b"%x\r\n%s\r\n" % (len(b), b))), "no last chunk"),
    ("gzip-claimed", refused, headed(b"Content-Encoding: gzip"), "it claims to be compressed, and is not"),
    ("two-status-lines", done, begun(b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK"), "it has two status lines"),
    ("no-status-line", done, lambda data: data[data.index(b"\r\n") + 2 :], "it has no status line"),
    ("status-no-number", done, begun(b"HTTP/1.1 OK"), "the status is a word"),
    ("status-of-two-digits", done, begun(b"HTTP/1.1 20 OK"), "the status has two digits"),
    ("version-unknown", done, begun(b"HTTP/9.1 200 OK"), "the version of HTTP is one that nobody knows"),
    ("version-missing", done, begun(b"200 OK"), "the status line names no protocol"),
    ("header-no-colon", done, headed(b"x-oss-no-colon"), "a header has no colon"),
    ("header-no-name", done, headed(b": value"), "a header has no name"),
    ("header-nul", done, headed(b"x-oss-nul: a\0b"), "a header holds a zero byte"),
    ("blank-before-colon", done, headed(b"x-oss-blank : value"), "a blank stands before a colon"),
    ("tls", done, cut(lambda _: TLS_ALERT), "it answers in TLS where none is spoken"),
)

READABLE: tuple[Row, ...] = (
    (
        "chunked",
        refused,
        chunked(lambda b: b"%x\r\n%s\r\n0\r\n\r\n" % (len(b), b)),
        "the document comes in chunks, and has no Content-Length",
    ),
    ("until-closed", refused, cut(lambda d: LENGTH.sub(b"", d)), "the body ends where the connection does"),
)
"""What HTTP allows, and the samples do not show."""


def writing(broken: Break, which: Which) -> OnWire:
    """Break the bytes of answers to some cleans."""

    def write(response: Response, request: Request, kept: bool, reached: Reached) -> bytes:
        data = encode(response, request, kept)
        if not is_clean(request) or not which(response):
            return data
        reached()
        return broken(data)

    return OnWire(write)


def mutants(rows: tuple[Row, ...], breaks: Evidence) -> tuple[Mutant, ...]:
    """Return the mutants of rows."""
    return tuple(
        Mutant(
            id=f"framing-{name}",
            family=Family.ANSWERS,
            says=says,
            breaks=breaks,
            damage=BREAKS,
            fault=writing(broken, which),
        )
        for name, which, broken, says in rows
    )


TRAILING = (
    ("body-after-length", done, followed(b"done"), "a body follows a Content-Length of 0"),
    ("answered-twice", done, lambda data: data + data, "the answer is sent twice"),
    ("blank-line-after", refused, followed(b"\r\n"), "a blank line follows the answer"),
)
"""What comes behind a whole answer, on a connection that is kept."""

MUTANTS: tuple[Mutant, ...] = (
    *mutants(UNREADABLE, DOCUMENTED),
    *mutants(READABLE, INFERRED),
    *mutants(TRAILING, DOCUMENTED),
)
