"""Names of buckets and objects, and their way into a request target and back.

Rule 1: a name is percent-decoded exactly once and never normalised; `//`, dot segments, case and
Unicode form are part of it. Rule 2: bytes that are not UTF-8 survive as surrogate escapes, so a
server can refuse them itself. The rules are those of the OSS naming page; the spellings are the
ones that arrive unchanged through HTTP libraries that collapse dot segments and leading slashes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

Query = tuple[tuple[str, str | None], ...]
"""Decoded parameters in order; None is a bare name, "" a name followed by `=`."""

LONGEST_NAME = 1023
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MalformedTargetError(ValueError):
    """A request target that cannot be decoded."""


def bucket_name_problem(bucket: str) -> str | None:
    """Say what is wrong with a bucket name, or None (naming page: 3 to 63 of a-z, 0-9 and `-`)."""
    if _BUCKET.fullmatch(bucket):
        return None
    return (
        "a bucket name has 3 to 63 characters of a-z, 0-9 and '-', and starts and ends with a letter or digit"
    )


def object_name_problem(name: str) -> str | None:
    """Say what is wrong with an object name, or None (naming page: 1 to 1023 bytes of UTF-8)."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "an object name is UTF-8"
    if not 1 <= size <= LONGEST_NAME:
        return f"an object name has 1 to {LONGEST_NAME} bytes, not {size}"
    if name[0] in "/\\":
        return "an object name does not start with '/' or '\\'"
    return None


@lru_cache(maxsize=1024)
def percent(text: str, *, keep: str = "") -> str:
    """Percent-encode all but `A-Z a-z 0-9 - _ . ~` and `keep`, upper-case, the way V4 demands."""
    return quote(text.encode("utf-8", "surrogateescape"), safe=keep)


def encode_name(name: str) -> str:
    """Return the path of an object name such that it arrives exactly as meant.

    Slashes stay bare, except a leading one (`%2F`): `//x` reads as an authority. Segments `.` and
    `..` are spelt `%2E`, because clients and proxies resolve them otherwise.
    """
    segments = percent(name, keep="/").split("/")
    path = "/".join(s.replace(".", "%2E") if s in (".", "..") else s for s in segments)
    return "%2F" + path[1:] if path.startswith("/") else path


def encode_query(query: Query) -> str:
    """Return `name&name=value`, strictly encoded, in the order given."""
    return "&".join(percent(n) if v is None else f"{percent(n)}={percent(v)}" for n, v in query)


def target(bucket: str, name: str, query: Query = ()) -> str:
    """Return the request target; `bucket` is empty where the Host names it."""
    path = "/" + (f"{encode_name(bucket)}/" if bucket else "") + encode_name(name)
    return f"{path}?{encode_query(query)}" if query else path


def decode(text: str) -> str:
    """Percent-decode once.

    Raises MalformedTargetError on a `%` without two hexadecimal digits.
    """
    if "%" not in text and text.isascii():
        return text
    if _BAD_PERCENT.search(text):
        raise MalformedTargetError("a '%' is not followed by two hexadecimal digits")
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def decode_query(text: str) -> Query:
    """Split and decode a raw query; empty pieces vanish, `+` is a blank: oss2 writes blanks so.

    Raises MalformedTargetError on invalid percent-encoding.
    """
    pieces = (piece.partition("=") for piece in text.replace("+", " ").split("&") if piece)
    return tuple((decode(name), decode(value) if equals else None) for name, equals, value in pieces)


def split_target(text: str) -> tuple[str, str]:
    """Return the raw path and the raw query of a target; an absolute form loses its authority."""
    if not text.startswith("/") and "://" in text:
        rest = text.split("://", 1)[1]
        start = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
        text = rest[start:] if rest[start : start + 1] == "/" else "/" + rest[start:]
    path, _, query = text.partition("?")
    return path, query


def read_target(text: str, *, bucket: str = "", plus: str = "+") -> tuple[str, str, Query]:
    """Return bucket, object name and parameters of a target, each decoded once.

    `bucket` is the one that the Host named; without it the first path segment is the bucket. `plus` is
    what a raw `+` means in the path. Raises MalformedTargetError.
    """
    path, query = split_target(text)
    name = path.removeprefix("/").replace("+", plus)
    if not bucket:
        raw, _, name = name.partition("/")
        bucket = decode(raw)
    return bucket, decode(name), decode_query(query)
