"""Mutants of the bytes that carry an answer: what no client can read as HTTP, on a socket."""

from __future__ import annotations

import re
from collections.abc import Callable

from pytest_oss_clean.emulator.http.wire import Cut, encode
from pytest_oss_clean.mutation.faults.requests import Which, done, is_clean, refused
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnWire, Reached, Table, mutants
from pytest_oss_clean.oss.messages import Request, Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

BREAKS = Damage.BREAKS

END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?im)^content-length: *(\d+)\r\n")
TLS_ALERT = bytes.fromhex("1503030002022f")

Break = Callable[[bytes], bytes]
"""Breaks the whole bytes of an answer."""


def headed(line: bytes) -> Break:
    return lambda data: data.replace(END, b"\r\n" + line + END, 1)


def begun(line: bytes) -> Break:
    return lambda data: line + data[data.index(b"\r\n") :]


def lasting(change: Callable[[int], bytes]) -> Break:
    return lambda data: LENGTH.sub(
        lambda found: b"Content-Length: %s\r\n" % change(int(found[1])), data, count=1
    )


def followed(more: bytes) -> Break:
    return lambda data: data + more


def cut(change: Break) -> Break:
    return lambda data: Cut(change(data))


def chunked(body: Callable[[bytes], bytes]) -> Break:
    """Announce chunks, and send something else."""

    def apply(data: bytes) -> bytes:
        head, _, content = LENGTH.sub(b"", data).partition(END)
        return head + b"\r\nTransfer-Encoding: chunked" + END + body(content)

    return apply


def half(data: bytes) -> bytes:
    head, _, content = data.partition(END)
    return head + END + content[: len(content) // 2]


def writing(broken: Break, which: Which) -> OnWire:
    def write(response: Response, request: Request, kept: bool, reached: Reached) -> bytes:
        data = encode(response, request, kept)
        if not is_clean(request) or not which(response):
            return data
        reached()
        return broken(data)

    return OnWire(write)


UNREADABLE: Table = {
    (DOCUMENTED, BREAKS): (
        ("length-too-long", cut(lasting(lambda n: b"%d" % (n + 9))), refused, "Content-Length is too great"),
        ("length-too-long-waiting", lasting(lambda _: b"9"), done, "it announces a body that never comes"),
        ("length-too-short", lasting(lambda n: b"%d" % (n // 2)), refused, "Content-Length is too small"),
        ("length-missing", lambda data: LENGTH.sub(b"", data), refused, "nothing says where the body ends"),
        ("length-no-number", lasting(lambda _: b"many"), refused, "Content-Length is no number"),
        ("length-negative", lasting(lambda _: b"-1"), refused, "Content-Length is negative"),
        (
            "lengths-differ",
            headed(b"Content-Length: 7"),
            refused,
            "Content-Length is there twice, and differs",
        ),
        ("closed-unanswered", cut(lambda _: b""), done, "a clean is done, and the connection closed"),
        ("closed-in-line", cut(lambda data: data[:9]), done, "the connection ends in the status line"),
        ("closed-in-head", cut(lambda data: data[: data.index(END)]), refused, "it ends in the head"),
        ("closed-in-body", cut(half), refused, "the connection ends in the body"),
        ("stalled", lambda data: data[: len(data) // 2], done, "the answer stops half way, for ever"),
        ("no-blank-line", lambda data: data.replace(END, b"\r\n"), done, "no blank line ends the head"),
        ("continue-alone", lambda _: b"HTTP/1.1 100 Continue" + END, done, "100 is all that ever comes"),
        ("switching", lambda _: b"HTTP/1.1 101 Switching Protocols" + END, done, "it switches protocols"),
        ("chunks-unannounced", chunked(lambda body: body), refused, "chunks are announced, and none sent"),
        ("chunk-too-long", cut(chunked(lambda b: b"%x\r\n" % (len(b) + 9) + b)), refused, "a chunk is cut"),
        ("chunk-no-end", cut(chunked(lambda b: b"%x\r\n%s\r\n" % (len(b), b))), refused, "no last chunk"),
        (
            "gzip-claimed",
            headed(b"Content-Encoding: gzip"),
            refused,
            "it claims to be compressed, and is not",
        ),
        ("two-status-lines", begun(b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK"), done, "it has two status lines"),
        ("no-status-line", lambda data: data[data.index(b"\r\n") + 2 :], done, "it has no status line"),
        ("status-no-number", begun(b"HTTP/1.1 OK"), done, "the status is a word"),
        ("status-of-two-digits", begun(b"HTTP/1.1 20 OK"), done, "the status has two digits"),
        ("version-unknown", begun(b"HTTP/9.1 200 OK"), done, "the version of HTTP is one that nobody knows"),
        ("version-missing", begun(b"200 OK"), done, "the status line names no protocol"),
        ("header-no-colon", headed(b"x-oss-no-colon"), done, "a header has no colon"),
        ("header-no-name", headed(b": value"), done, "a header has no name"),
        ("header-nul", headed(b"x-oss-nul: a\0b"), done, "a header holds a zero byte"),
        ("blank-before-colon", headed(b"x-oss-blank : value"), done, "a blank stands before a colon"),
        ("tls", cut(lambda _: TLS_ALERT), done, "it answers in TLS where none is spoken"),
    )
}

READABLE: Table = {
    (INFERRED, BREAKS): (
        (
            "chunked",
            chunked(lambda b: b"%x\r\n%s\r\n0\r\n\r\n" % (len(b), b)),
            refused,
            "the document comes in chunks, and has no Content-Length",
        ),
        (
            "until-closed",
            cut(lambda d: LENGTH.sub(b"", d)),
            refused,
            "the body ends where the connection does",
        ),
    )
}
"""What HTTP allows, and the samples do not show."""


TRAILING: Table = {
    (DOCUMENTED, BREAKS): (
        ("body-after-length", followed(b"done"), done, "a body follows a Content-Length of 0"),
        ("answered-twice", lambda data: data + data, done, "the answer is sent twice"),
        ("blank-line-after", followed(b"\r\n"), refused, "a blank line follows the answer"),
    )
}
"""What comes behind a whole answer, on a connection that is kept."""

MUTANTS: tuple[Mutant, ...] = tuple(
    mutant
    for table in (UNREADABLE, READABLE, TRAILING)
    for mutant in mutants("framing", Family.ANSWERS, table, of=writing)
)
