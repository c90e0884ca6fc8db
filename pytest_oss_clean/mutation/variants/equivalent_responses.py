"""Other forms of the same answer: what a client that keeps to HTTP and XML does not notice."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.mutation.faults.response_edits import Change, with_body, with_header, without
from pytest_oss_clean.oss.constants import OSS_ERROR
from pytest_oss_clean.oss.messages import Response

DECLARATION = re.compile(rb"^<\?xml[^>]*\?>\s*")
ROOT = re.compile(rb"^((?:<\?xml[^>]*\?>)?\s*<[A-Za-z]+)>")
NAMESPACE = b"http://doc.oss-cn-hangzhou.aliyuncs.com"

Rewrite = Callable[[bytes], bytes]


def documents(change: Rewrite) -> Change:
    """Rewrite a document, in the body or, to HEAD, in the header that holds it."""

    def apply(response: Response) -> Response:
        if response.body.lstrip().startswith(b"<"):
            return with_body(response, change(response.body))
        packed = response.header(OSS_ERROR)
        if packed is None:
            return response
        return with_header(response, OSS_ERROR, base64.b64encode(change(base64.b64decode(packed))).decode())

    return apply


def errors(change: Rewrite) -> Change:
    return documents(lambda data: change(data) if b"<Error" in data else data)


def header(name: str, change: Callable[[str], str]) -> Change:
    def apply(response: Response) -> Response:
        value = response.header(name)
        return response if value is None else with_header(response, name, change(value))

    return apply


def renamed(change: Callable[[str], str]) -> Change:
    return lambda response: replace(response, headers=tuple((change(n), v) for n, v in response.headers))


def adding(*more: tuple[str, str]) -> Change:
    return lambda response: replace(response, headers=(*response.headers, *more))


def lacking(*names: str) -> Change:
    def apply(response: Response) -> Response:
        for name in names:
            response = without(response, name)
        return response

    return apply


def reason(change: Callable[[str], str]) -> Change:
    return lambda response: replace(response, reason=change(response.reason))


def on_success(change: Change) -> Change:
    return lambda response: change(response) if response.succeeded else response


def without_length(response: Response) -> Response:
    """Leave the length of a body to the framing; to HEAD it is the object's."""
    return without(response, "Content-Length") if response.body else response


def other_order(value: str) -> str:
    return ", ".join(reversed(re.findall(r'[a-z-]+="[^"]*"', value)))


def rfc850(value: str) -> str:
    """Write a date as old servers did: Sunday, 06-Nov-94 08:49:37 GMT."""
    day, date, month, year, clock, zone = value.replace(",", "").split()
    long = {"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday"}
    name = {**long, "Sat": "Saturday", "Sun": "Sunday"}[day]
    return f"{name}, {date}-{month}-{year[2:]} {clock} {zone}"


def asctime(value: str) -> str:
    """Write a date as C does: Sun Nov  6 08:49:37 1994."""
    day, date, month, year, clock, _ = value.replace(",", "").split()
    return f"{day} {month} {int(date):2} {clock} {year}"


def turned(response: Response) -> Response:
    return replace(response, headers=response.headers[::-1])


def text(tag: str, value: str) -> Rewrite:
    pattern = re.compile(rf"<{tag}>[^<]*</{tag}>".encode())
    return lambda data: pattern.sub(f"<{tag}>{value}</{tag}>".encode(), data)


def dropped(tag: str) -> Rewrite:
    pattern = re.compile(rf"\s*<{tag}>[^<]*</{tag}>".encode())
    return lambda data: pattern.sub(b"", data)


def marked(tag: str, before: str, after: str) -> Rewrite:
    """Put something around the text of elements."""
    pattern = re.compile(rf"<{tag}>([^<]*)</{tag}>".encode())
    return lambda data: pattern.sub(rf"<{tag}>{before}\1{after}</{tag}>".encode(), data)


def declared(declaration: bytes) -> Rewrite:
    return lambda data: declaration + DECLARATION.sub(b"", data)


def first_inside(markup: bytes) -> Rewrite:
    """Put something right after the start of the root."""
    return lambda data: ROOT.sub(rb"\1>" + markup, data, count=1)


def last_inside(markup: bytes) -> Rewrite:
    """Put something right before the end of the root."""

    def rewrite(data: bytes) -> bytes:
        inside, end, name = data.rpartition(b"</")
        return inside + markup + end + name

    return rewrite


def rooted(attribute: bytes) -> Rewrite:
    return lambda data: ROOT.sub(rb"\1 " + attribute + b">", data, count=1)


def prefixed(data: bytes) -> bytes:
    """Write every element with a prefix for its namespace."""
    named = re.sub(rb"<(/?)([A-Za-z])", rb"<\1o:\2", DECLARATION.sub(b"", data))
    return re.sub(rb"^<(o:[A-Za-z]+)>", rb'<\1 xmlns:o="' + NAMESPACE + b'">', named)


def one_line(data: bytes) -> bytes:
    return re.sub(rb">\s+<", b"><", data).strip()


def wide(data: bytes) -> bytes:
    """Indent by tabs, with the line ends of Windows."""
    return re.sub(rb"\n +", lambda m: b"\r\n" + b"\t" * (len(m[0]) // 2), data)


def reversed_elements(data: bytes) -> bytes:
    """Turn the elements of an error document around."""
    found = re.findall(rb"<[A-Za-z]+>[^<]*</[A-Za-z]+>", data)
    return b"<Error>" + b"".join(reversed(found)) + b"</Error>"


def in_utf16(data: bytes) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-16"?>' + DECLARATION.sub(b"", data).decode()).encode("utf-16")
