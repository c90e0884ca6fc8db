"""Changes of one answer: each makes one thing in it wrong, and leaves alone what has not got it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import reduce
from http import HTTPStatus
from uuid import UUID

from pytest_oss_clean.oss.constants import REQUEST_ID
from pytest_oss_clean.oss.messages import Response

Change = Callable[[Response], Response]


def both(*changes: Change) -> Change:
    return lambda response: reduce(lambda a, change: change(a), changes, response)


def without(response: Response, name: str) -> Response:
    return replace(response, headers=tuple((n, v) for n, v in response.headers if n.lower() != name.lower()))


def with_header(response: Response, name: str, value: str) -> Response:
    return replace(without(response, name), headers=(*without(response, name).headers, (name, value)))


def status(number: int) -> Change:
    """Give it another status, and the reason that goes with it."""
    return lambda response: replace(response, status=number, reason=HTTPStatus(number).phrase)


def header(name: str, value: str) -> Change:
    return lambda response: with_header(response, name, value)


def no_header(name: str) -> Change:
    return lambda response: without(response, name)


def with_body(response: Response, data: bytes) -> Response:
    """Return an answer with another body, its length put right."""
    return with_header(replace(response, body=data), "Content-Length", str(len(data)))


def body(data: bytes) -> Change:
    return lambda response: with_body(response, data)


def rewritten(change: Callable[[bytes], bytes]) -> Change:
    def apply(response: Response) -> Response:
        data = change(response.body)
        return response if data == response.body else with_body(response, data)

    return apply


def element(tag: str, markup: str) -> Change:
    r"""Put other markup in place of an element; \g<0> is the element, \1 its text."""
    pattern = re.compile(rf"<{tag}>([^<]*)</{tag}>".encode())
    return rewritten(lambda data: pattern.sub(markup.encode(), data, count=1))


def text(tag: str, value: str) -> Change:
    return element(tag, f"<{tag}>{value}</{tag}>")


def swapped(one: str, other: str) -> Change:
    """Write each of two words where the other belongs."""
    words = {one.encode(): other.encode(), other.encode(): one.encode()}
    pattern = re.compile(b"|".join(map(re.escape, words)))
    return rewritten(lambda data: pattern.sub(lambda match: words[match[0]], data))


def request_id(value: Callable[[str], str]) -> Change:
    """Give it another request id, in the header and in the document alike."""

    def apply(response: Response) -> Response:
        old = response.header(REQUEST_ID)
        if not old:
            return response
        new = value(old)
        response = with_header(response, REQUEST_ID, new)
        return rewritten(lambda data: data.replace(old.encode(), new.encode()))(response)

    return apply


def as_uuid(old: str) -> str:
    return str(UUID(int=int(old or "0", 16)))


ids_of_another_form = request_id(as_uuid)


def dated(seconds: float) -> Change:
    return lambda response: with_header(response, "Date", formatdate(response.at + seconds, usegmt=True))


def error(number: int, code: str) -> Change:
    """Make it an error of this status and Code, with its own request id and host."""

    def apply(response: Response) -> Response:
        made = ERROR.format(code=code, request_id=response.header(REQUEST_ID) or "").encode()
        return header("Content-Type", "application/xml")(with_body(status(number)(response), made))

    return apply


ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>{code}</Code><Message>Another answer.</Message>"
    "<RequestId>{request_id}</RequestId><HostId>a-host</HostId></Error>"
)
