"""Requests and answers as they cross the wire, and `Sender`, which turns one into the other.

An `Operation` is what somebody wants (method, bucket, object name, query); signing adds headers or
query parameters to it, rendering gives the `Request` with its exact target. An `Response` is whatever
came back. What the other side does wrong is a `TransportError` inside the answer, never an exception.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from urllib.parse import unquote

from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import OSS_ERROR, Addressing
from pytest_oss_clean.oss.secrets import REDACTED, SECRET_PARAMETERS, Scrubber

Headers = tuple[tuple[str, str], ...]
"""Header fields in order, names as written."""

_PARAMETER = re.compile(r"(?<![^?&])([^?&=#\s]+)=([^&#\s]*)")
_ERROR = re.compile(rb"\A(?:<\?xml[^>]*\?>)?\s*<Error[\s>]")
_CODE = re.compile(rb"<Code>\s*([^<\s]+)\s*</Code>")


def redact_target(target: str) -> str:
    """Return a request target without signature, key id and token, however their names are spelt."""
    return _PARAMETER.sub(_redacted, target)


def _redacted(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}={REDACTED}" if unquote(name).lower() in SECRET_PARAMETERS else parameter[0]


class _Fields:
    """Header fields that are found by their names, whatever their case."""

    __slots__ = ()
    headers: Headers
    _found: dict[str, str] | None

    @property
    def fields(self) -> dict[str, str]:
        """Return the first value of each header by its name in lower case."""
        found = self._found
        if found is None:
            found = {key.lower(): value for key, value in reversed(self.headers)}
            object.__setattr__(self, "_found", found)
        return found

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return (self._found or self.fields).get(name.lower())


class Endpoint(str):
    """Where a target listens: a URL without a path, so that an SDK takes it as it is."""

    __slots__ = ("host", "port", "scheme")
    scheme: str
    host: str
    port: int

    def __new__(cls, scheme: str, host: str, port: int) -> Self:
        """Make the URL of its parts; the port is left out where it is the scheme's own."""
        named = f"[{host}]" if ":" in host else host
        shown = named if port == {"http": 80, "https": 443}[scheme] else f"{named}:{port}"
        made = super().__new__(cls, f"{scheme}://{shown}")
        made.scheme, made.host, made.port = scheme, host, port
        return made

    def __getnewargs__(self) -> tuple[str, str, int]:  # type: ignore[override]
        """Return the parts, for copies."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return `host` or `host:port`, as the Host header has it."""
        return self.partition("://")[2]


@dataclass(frozen=True, slots=True)
class Operation(_Fields):
    """One API call in OSS's own terms, independent of addressing and spelling.

    `bucket` is empty for the service itself, `name` is empty for a bucket operation. A query value
    of None is a bare parameter (`?restore`), an empty string is written with `=`.
    """

    method: str
    bucket: str = ""
    name: str = ""
    query: naming.Query = ()
    headers: Headers = ()
    body: bytes = b""
    _found: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of_request(cls, request: Request, bucket: str, name: str, query: naming.Query) -> Self:
        """Return what a request means by its target."""
        operation = cls(request.method, bucket, name, query, request.headers, request.body)
        object.__setattr__(operation, "_found", request.fields)  # the same headers
        return operation

    def adding(self, *, headers: Headers = (), query: naming.Query = ()) -> Self:
        """Return the same operation with more headers or parameters."""
        return type(self)(
            self.method, self.bucket, self.name, self.query + query, self.headers + headers, self.body
        )

    def render(self, endpoint: Endpoint, addressing: Addressing) -> Request:
        """Return the request to send; a Host header of the operation's own is kept."""
        bucket = self.bucket
        if addressing is Addressing.VIRTUAL and bucket:
            host = f"{bucket}.{endpoint.host}"
            endpoint, bucket = Endpoint(endpoint.scheme, host, endpoint.port), ""
        given = () if self.header("host") else (("Host", endpoint.authority),)
        target = naming.target(bucket, self.name, self.query)
        return Request(self.method, target, given + self.headers, self.body, endpoint)

    def __repr__(self) -> str:
        """Show the call, without headers: they hold signatures and tokens."""
        return f"<Operation {self.method} {redact_target(naming.target(self.bucket, self.name, self.query))}>"


@dataclass(frozen=True, slots=True)
class Request(_Fields):
    """One HTTP request: `target` holds the exact bytes of the request line, `headers` the Host.

    `endpoint` says whom to connect to; it is not part of the message.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    endpoint: Endpoint | None = field(default=None, compare=False)
    _found: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def __repr__(self) -> str:
        """Show method and target without signature and token."""
        return f"<Request {self.method} {redact_target(self.target)}>"


class TransportErrorKind(StrEnum):
    """Ways to get no proper HTTP answer."""

    UNREACHABLE = "unreachable"
    TLS = "tls"
    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    DEADLINE = "deadline"
    CLOSED = "connection closed"
    PROTOCOL = "not HTTP"
    TOO_LARGE = "too large"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class TransportError:
    """Why there is no complete answer; `text` is for people and may quote the other side."""

    kind: TransportErrorKind
    text: str

    def __str__(self) -> str:
        """Return `kind: text`."""
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Response(_Fields):
    """One HTTP answer, or as much as arrived of it.

    `status` is 0 when no status line arrived. `at` is the Unix time of its arrival, `seconds` the
    time it took. `body` is decoded where the server compressed it. `resent` says why the request was sent
    a second time, empty where it was not.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""
    transport_error: TransportError | None = None
    at: float = 0.0
    seconds: float = 0.0
    resent: str = ""
    _found: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def scrubbed(self, scrub: Scrubber) -> Response:
        """Return the response without secrets: a text that is cut later would hide one from a scrubber."""
        body = self.body.decode("latin-1")
        if not scrub.finds("\n".join([self.reason, *(f"{n}: {v}" for n, v in self.headers), body])):
            return self
        headers = tuple((scrub(name), scrub(value)) for name, value in self.headers)
        return replace(self, reason=scrub(self.reason), headers=headers, body=scrub(body).encode("latin-1"))

    @property
    def succeeded(self) -> bool:
        """Return whether a complete answer with a 2xx status arrived."""
        return self.transport_error is None and 200 <= self.status < 300  # noqa: PLR2004 - the 2xx class

    @property
    def code(self) -> str | None:
        """Return the `Code` of an error document, of a HEAD answer that in x-oss-err; else None."""
        document = self.body
        if not document:
            try:
                document = base64.b64decode(self.header(OSS_ERROR) or "", validate=True)
            except ValueError:
                return None
        found = _CODE.search(document) if _ERROR.search(document) else None
        return found[1].decode("utf-8", "replace") if found else None

    def __repr__(self) -> str:
        """Show status and trouble only: headers and body are the other side's words."""
        return f"<Response {self.status}{f' {self.transport_error.kind}' if self.transport_error else ''}>"


Sender = Callable[[Request], Response]
"""Anything that answers requests: the HTTP client, the emulator's service, a fault around either."""
