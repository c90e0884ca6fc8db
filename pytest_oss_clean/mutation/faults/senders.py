"""What passes a Sender: which request it is, of which object, and what became of that object before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from pytest_oss_clean.mutation.mutant import OnSender, Reached
from pytest_oss_clean.oss.constants import CLEAN, REQUEST_ID, RESTORE, RESTORE_STATE, Code
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.oss.names import MalformedTargetError, decode_query, split_target
from pytest_oss_clean.oss.responses import read_error

SELECTING = (CLEAN, RESTORE, "objectMeta", "tagging", "acl", "versions", "list-type", "prefix")
"""Parameters that make another operation, the first that is there."""

CLEANING, RESTORING = f"POST {CLEAN}", f"POST {RESTORE}"
READING, LOOKING, WRITING = "GET", "HEAD", "PUT"
COPYING, META = "PUT copy", "HEAD objectMeta"
LISTING, LISTING_V2 = "GET prefix", "GET list-type"

Which = Callable[[Response], bool]
Place = tuple[str, str, str]
"""An object as its requests name it: the host, the path, the version."""


def asked(request: Request) -> str:
    """Return the operation of a request: its method, and the parameter that selects it."""
    names = _parameters(request)
    selected = next((name for name in SELECTING if name in names), "")
    if request.header("x-oss-copy-source") is not None:
        selected = "copy"
    return f"{request.method} {selected}".strip()


def is_clean(request: Request) -> bool:
    """Tell whether a request is a clean."""
    return asked(request) == CLEANING


def place_of(request: Request) -> Place:
    """Return which object a request is about."""
    version = _parameters(request).get("versionId") or ""
    return request.header("host") or "", split_target(request.target)[0], version


def _parameters(request: Request) -> dict[str, str | None]:
    try:
        return dict(decode_query(split_target(request.target)[1]))
    except MalformedTargetError:
        return {}


def done(response: Response) -> bool:
    """Tell whether a clean was carried out, as its answer says."""
    return response.succeeded


def stale(response: Response) -> bool:
    """Tell whether a clean was refused as stale."""
    return read_error(response).code == Code.ARCHIVE_RESTORE_FILE_STALE


def not_finished(response: Response) -> bool:
    """Tell whether a clean was refused as not finished."""
    return read_error(response).code == Code.ARCHIVE_RESTORE_NOT_FINISHED


def refused(response: Response) -> bool:
    """Tell whether a clean was refused as the page has it."""
    return stale(response) or not_finished(response)


@dataclass
class Life:
    """What passed of one object since it was put.

    `head` is the last look at it before a clean, `clean` the answer to the last clean, None where a
    restore followed it; `tries` counts the cleans, `cleans` those that were carried out.
    """

    content: bytes = b""
    head: Response | None = None
    clean: Response | None = None
    tries: int = 0
    cleans: int = 0

    @property
    def is_cleaned(self) -> bool:
        """Tell whether a clean was carried out, as it was answered, and nothing restored after it."""
        return self.clean is not None and self.clean.succeeded

    @property
    def is_restored(self) -> bool:
        """Tell whether the last look showed a restored object, and no clean ended that."""
        shown = self.head.header(RESTORE_STATE) if self.head else None
        return 'ongoing-request="false"' in (shown or "") and not self.is_cleaned


class Lives:
    """Passes requests on, and remembers what they tell of each object."""

    def __init__(self, sender: Sender) -> None:
        """Know nothing yet."""
        self._sender = sender
        self._lives: dict[Place, Life] = {}
        self._lock = Lock()

    def of(self, request: Request) -> Life:
        """Return what is known of the object of a request."""
        with self._lock:
            return self._lives.setdefault(place_of(request), Life())

    def __call__(self, request: Request) -> Response:
        """Pass a request on and remember it."""
        response = self._sender(request)
        self.remember(request, response)
        return response

    def remember(self, request: Request, response: Response) -> None:
        """Remember a request as it was answered."""
        life, what = self.of(request), asked(request)
        if what == CLEANING:
            life.clean, life.tries = response, life.tries + 1
            life.cleans += response.succeeded
        elif not response.succeeded:
            return
        elif what == RESTORING:
            life.head, life.clean = None, None
        elif what == LOOKING and not life.is_cleaned:
            life.head = response
        elif what in (WRITING, COPYING):
            life.content, life.head, life.clean = request.body, None, None


def on_answers(change: Callable[[Response], Response], which: Which) -> OnSender:
    """Change the answers to some cleans."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        def changing(request: Request) -> Response:
            response = sender(request)
            if is_clean(request) and which(response) and (other := change(response)) != response:
                reached()
                return other
            return response

        return changing

    return OnSender(wrap)


def afterwards(*what: str, change: Callable[[Response, Life], Response], after: Which = done) -> OnSender:
    """Change what later requests show of an object after a clean that was answered so."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        lives = Lives(sender)

        def changing(request: Request) -> Response:
            before = lives.of(request).clean
            response = lives(request)
            if asked(request) not in what or before is None or not after(before):
                return response
            other = change(response, lives.of(request))
            if other != response:
                reached()
            return other

        return changing

    return OnSender(wrap)


def success(head: Response) -> Response:
    """Return the answer to a clean that was not passed on: 200, with the id and the date of a look."""
    common = ("server", "date", "connection", REQUEST_ID)
    headers = tuple((n, v) for n, v in head.headers if n.lower() in common)
    return replace(head, headers=(*headers, ("Content-Length", "0")))


Chosen = Callable[[Request, Life], bool]
"""Tells whether a clean of a restored object is one of those that go wrong."""


def held_back(chosen: Chosen, requests: int | None = None) -> OnSender:
    """Answer a clean 200, and pass it on after some more requests for the object, or never."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        lives = Lives(sender)
        waiting: dict[Place, tuple[Request, int]] = {}

        def holding(request: Request) -> Response:
            place, life = place_of(request), lives.of(request)
            if place in waiting:
                held, left = waiting.pop(place)
                if left:
                    waiting[place] = (held, left - 1)
                else:
                    sender(held)
            head = life.head
            if not is_clean(request) or head is None or not life.is_restored or not chosen(request, life):
                return lives(request)
            reached()
            response = success(head)
            if requests is not None:
                waiting[place] = (request, requests)
                lives.remember(request, response)
            return response

        return holding

    return OnSender(wrap)


def every(_request: Request, _life: Life) -> bool:
    """Choose all."""
    return True
