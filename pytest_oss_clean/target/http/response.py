"""Receiving one answer: its head, its body, and whether the bytes end where the answer does."""

from __future__ import annotations

import zlib

import httpx

from pytest_oss_clean.oss.messages import Headers, TransportError, TransportErrorKind
from pytest_oss_clean.target.http.in_flight import Flight

VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")


class Reception:
    """As much of one answer as arrived."""

    def __init__(self, max_body: int) -> None:
        """Expect a body of at most so many bytes."""
        self.status = 0
        self.headers: Headers = ()
        self.reason = ""
        self._raw = bytearray()
        self._max = max_body

    def read(self, response: httpx.Response, flight: Flight) -> TransportError | None:
        """Receive an answer, and say what is wrong with it where it is no whole one, or more than one."""
        self.status = response.status_code
        self.headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw)
        self.reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        version = response.extensions.get("http_version", b"HTTP/1.1")
        if version not in VERSIONS:
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{flight.peer} answers in {version.decode('latin-1')}"
            )
        for chunk in response.iter_raw():
            self._raw += chunk
            if len(self._raw) > self._max:
                del self._raw[self._max :]
                return TransportError(
                    TransportErrorKind.TOO_LARGE,
                    f"the body from {flight.peer} is larger than {self._max} bytes",
                )
        if self._is_framed and flight.exceeds(len(self._raw)):
            flight.hang_up()  # what follows must not be taken for the next answer
            return TransportError(
                TransportErrorKind.PROTOCOL, f"{flight.peer} sends more bytes behind a whole answer"
            )
        return None

    @property
    def _is_framed(self) -> bool:
        """Tell whether Content-Length alone says where the body ends."""
        names = {name.lower() for name, _ in self.headers}
        return "content-length" in names and "transfer-encoding" not in names

    def content(self) -> tuple[bytes, TransportError | None]:
        """Return the body, decompressed where the server compressed it without being asked."""
        raw = bytes(self._raw)
        encoding = next((v for k, v in self.headers if k.lower() == "content-encoding"), "").strip().lower()
        if not raw or encoding not in ("gzip", "x-gzip", "deflate"):
            return raw, None
        return decompress(raw, gzip=encoding != "deflate", limit=self._max)


def decompress(raw: bytes, *, gzip: bool, limit: int) -> tuple[bytes, TransportError | None]:
    """Return at most `limit` bytes: a bomb is cut while it unfolds."""
    # 31 is gzip, 15 is zlib; some servers send bare deflate (-15), which has no such first byte.
    window = 31 if gzip else 15 if raw[0] & 0x0F == zlib.DEFLATED else -15
    content = bytearray()
    try:
        while raw:
            unpack = zlib.decompressobj(window)
            content += unpack.decompress(raw, limit + 1 - len(content))
            if len(content) > limit:
                text = f"the body is larger than {limit} bytes when decompressed"
                return bytes(content[:limit]), TransportError(TransportErrorKind.TOO_LARGE, text)
            if not unpack.eof:
                return bytes(content), TransportError(
                    TransportErrorKind.PROTOCOL, "the compressed body ends too early"
                )
            raw = unpack.unused_data  # gzip may come in several members
    except zlib.error as error:
        return bytes(content), TransportError(
            TransportErrorKind.PROTOCOL, f"the compressed body is broken: {error}"
        )
    return bytes(content), None
