"""What a request in front of a server asks, of which object, and what became of that object before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from pytest_oss_clean.oss.constants import CLEAN, RESTORE, RESTORE_STATE, Code
from pytest_oss_clean.oss.messages import Request, Response
from pytest_oss_clean.oss.names import MalformedTargetError, decode_query, split_target
from pytest_oss_clean.oss.responses import read_error

SELECTING = (CLEAN, RESTORE, "objectMeta", "uploads", "tagging", "acl", "versions", "list-type", "prefix")
"""Parameters that make another operation, the first that is there."""

CLEANING, RESTORING = f"POST {CLEAN}", f"POST {RESTORE}"
READING, HEADING, WRITING = "GET", "HEAD", "PUT"
COPYING, META = "PUT copy", "HEAD objectMeta"
LISTING, LISTING_V2 = "GET prefix", "GET list-type"

Which = Callable[[Response], bool]
Address = tuple[str, str, str]
"""An object as its requests name it: the host, the path, the version."""


def asked(request: Request) -> str:
    """Return the operation of a request: its method, and the parameter that selects it."""
    names = _parameters(request)
    selected = next((name for name in SELECTING if name in names), "")
    if request.header("x-oss-copy-source") is not None:
        selected = "copy"
    return f"{request.method} {selected}".strip()


def is_clean(request: Request) -> bool:
    return asked(request) == CLEANING


def address_of(request: Request) -> Address:
    version = _parameters(request).get("versionId") or ""
    return request.header("host") or "", split_target(request.target)[0], version


def _parameters(request: Request) -> dict[str, str | None]:
    try:
        return dict(decode_query(split_target(request.target)[1]))
    except MalformedTargetError:
        return {}


def done(response: Response) -> bool:
    return response.succeeded


def coded(*codes: str) -> Which:
    return lambda response: read_error(response).code in codes


stale, not_finished = coded(Code.ARCHIVE_RESTORE_FILE_STALE), coded(Code.ARCHIVE_RESTORE_NOT_FINISHED)
refused = coded(Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED)


@dataclass(frozen=True, slots=True)
class ObjectHistory:
    """What passed of one object since it was put.

    `head` is the last HEAD before a clean, `clean` the response to the last clean, None where a
    restore followed it; `tries` counts the cleans, `cleans` those that were carried out.
    """

    content: bytes = b""
    head: Response | None = None
    clean: Response | None = None
    tries: int = 0
    cleans: int = 0

    @property
    def is_cleaned(self) -> bool:
        """Return whether a clean was carried out, as it was answered, and nothing restored after it."""
        return self.clean is not None and self.clean.succeeded

    @property
    def is_restored(self) -> bool:
        """Return whether the last HEAD showed a restored object, and no clean ended that."""
        shown = self.head.header(RESTORE_STATE) if self.head else None
        return 'ongoing-request="false"' in (shown or "") and not self.is_cleaned

    def after(self, what: str, request: Request, response: Response) -> ObjectHistory:
        if what == CLEANING:
            cleans = self.cleans + response.succeeded
            return replace(self, clean=response, tries=self.tries + 1, cleans=cleans)
        if not response.succeeded:
            return self
        if what == RESTORING:
            return replace(self, head=None, clean=None)
        if what == HEADING and not self.is_cleaned:
            return replace(self, head=response)
        if what in (WRITING, COPYING):
            return replace(self, content=request.body, head=None, clean=None)
        return self


class ObjectHistories:
    def __init__(self) -> None:
        self._known: dict[Address, ObjectHistory] = {}
        self._lock = Lock()

    def of(self, request: Request) -> ObjectHistory:
        return self._known.get(address_of(request), ObjectHistory())

    def remember(self, request: Request, response: Response) -> None:
        with self._lock:
            self._known[address_of(request)] = self.of(request).after(asked(request), request, response)
