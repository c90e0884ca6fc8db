"""Answers with the headers every OSS answer carries.

Rule: whoever answers, the service or the HTTP server below it, makes the answer here.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from pytest_oss_clean.emulator.content import Body, Compressed, Content, StreamedResponse
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.xml import error_document
from pytest_oss_clean.oss.constants import OSS_EC, OSS_ERROR, REQUEST_ID
from pytest_oss_clean.oss.messages import Headers, Response
from pytest_oss_clean.oss.signing import http_time

XML = "application/xml"
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Reply:
    """The answer to one request: its id and clock are fixed when the request is taken up."""

    def __init__(
        self,
        method: str,
        host: str,
        clock: Callable[[], float] = time.time,
        token: Callable[[int], str] = secrets.token_hex,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take the request up; `token` makes its id, `timer` takes the time until it is answered."""
        self.method = method
        self.host = host
        self.now = clock()
        self.request_id = f"{int(self.now) & 0xFFFFFFFF:08X}{token(8).upper()}"
        self._timer = timer
        self._started = timer()

    def ok(self, status: int = 200, headers: Headers = (), body: Body = b"") -> Response:
        """Response; the Content-Length is that of the body unless `headers` has one (for HEAD).

        Nobody knows the length of what is compressed.
        """
        counted = isinstance(body, Compressed) or status in _BODILESS
        if not counted and not any(name == "Content-Length" for name, _ in headers):
            headers = (("Content-Length", str(len(body))), *headers)
        seconds = self._timer() - self._started
        common = (
            ("Server", "AliyunOSS"),
            ("Date", http_time(self.now)),
            ("Connection", "keep-alive"),
            (REQUEST_ID, self.request_id),
            ("x-oss-server-time", str(int(seconds * 1000))),
        )
        fields: dict[str, Any] = {"reason": _REASONS[status], "at": self.now, "seconds": seconds}
        if isinstance(body, Content):
            return StreamedResponse(status, common + headers, content=body, **fields)
        return Response(status, common + headers, body, **fields)

    def xml(self, body: bytes, headers: Headers = ()) -> Response:
        return self.ok(headers=(("Content-Type", XML), *headers), body=body)

    def refuse(self, fault: OssError) -> Response:
        """Answer with an error document; to HEAD it travels in a header."""
        row = fault.row
        if row.status in _BODILESS:
            return self.ok(row.status, fault.headers)
        body = error_document(row, self.request_id, self.host, fault.extras)
        headers: Headers = ((OSS_EC, row.ec), *fault.headers)
        if self.method == "HEAD":
            return self.ok(row.status, ((OSS_ERROR, base64.b64encode(body).decode()), *headers))
        return self.ok(row.status, (("Content-Type", XML), *headers), body)
