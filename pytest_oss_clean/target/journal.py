"""The journal of a contract: its requests and responses so far, so that a later run goes on where it stopped.

A contract that must wait is run again from its beginning: what is in the journal is not sent again, and what
follows is sent. Each write is noted before it is sent; where a process ended before the response, one HEAD
shows whether the request arrived. The judged request and its probes are one part: where a process ended
within it, they were not seen at their time, and the contract is not tested.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import md5, sha256
from typing import Any, Protocol

from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import VERSION_ID
from pytest_oss_clean.oss.messages import Operation, Response, TransportError, TransportErrorKind
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.target.limits import Throttle
from pytest_oss_clean.target.transcript import Exchange

READS = frozenset({"HEAD", "GET"})
"""Methods of requests that change nothing, whose lines are written with what follows."""
REMOVED = "removed"
"""The place of lines about clearing away; their operations are kept whole."""
JUDGED = "judged part"
"""The label of a line that says that a judged part begins; its operation is the label of the first write."""
CONTENT = frozenset({"put", "append", "complete upload"})
"""Labels of requests that make an object."""
REPLACES = CONTENT | {"copy", "delete", "clean"}
"""Labels of requests after which an object is not restored."""
EPOCH = time.time() - time.monotonic()
ACCEPTED, NOT_FOUND = 202, 404
INTERRUPTED = (
    "interrupted: an earlier run ended after it had sent the judged request, and its effects were not seen "
    "at their time; the next run makes the object anew"
)


@dataclass(slots=True)
class Line:
    """One request about the object `place`; `response` is None while it is not known whether it arrived.

    `operation` is a digest of what was asked. `exchange` is kept by the process that sent it.
    """

    place: str
    label: str
    operation: str
    at: float
    reads: bool
    response: Response | None = None
    exchange: Exchange | None = None


class Store(Protocol):
    """Keeps lines beyond the life of a process."""

    def keep_lines(self, contract: str, number: int, lines: list[Line]) -> None:
        """Write lines, the first of which has this number."""

    def drop_lines(self, contract: str, number: int) -> None:
        """Forget the lines from a number on."""


class Journal:
    """The lines of one contract, played from the first in each run of it.

    It is also the clock of the run: while lines are played, it stands at their time.
    """

    def __init__(self, contract: str, store: Store | None = None, lines: list[Line] | None = None) -> None:
        self.contract, self._store, self._lines = contract, store, lines or []
        self._kept = len(self._lines)
        self._rewind()

    def _rewind(self) -> None:
        self._next: dict[str, int] = {}
        self._last: dict[str, Line] = {}
        self.playing = self.judging = self._superseded = self._marked = False
        self._at = 0.0

    @contextmanager
    def timing(self, pace: Throttle) -> Iterator[None]:
        """Be the clock of a run."""
        before = pace.now, pace.sleep
        pace.now, pace.sleep = self._now, self._sleep
        try:
            yield
        finally:
            pace.now, pace.sleep = before

    def _now(self) -> float:
        return self._at - EPOCH if self.playing else time.monotonic()

    def _sleep(self, seconds: float) -> None:
        if self.playing:
            self._at += seconds
        else:
            time.sleep(seconds)

    def play(self, asked: Line) -> Line | None:
        """Return the line of a request that was made before, None for a new one.

        Raises NotTestedError where another one was made.
        """
        number, line = self._upcoming(asked.place), self._last.get(asked.place)
        again = line is not None and self._superseded and line.operation == asked.operation
        if number is not None and self._lines[number].operation == asked.operation:
            self._next[asked.place] = number + 1
            line = self._last[asked.place] = self._lines[number]
        elif number is None and not (again and self.playing):
            if any(one.place == REMOVED for one in self._lines):
                raise NotTestedError("an earlier run deleted the object before this request")
            self.playing = False
            return None
        elif line is None or not again:
            raise NotTestedError("an earlier run sent other requests; the next one makes the object anew")
        self._superseded, self.playing = False, line.response is not None
        self._at = max(self._at, line.at)
        return line

    def _upcoming(self, place: str) -> int | None:
        numbers = range(self._next.get(place, 0), len(self._lines))
        return next((n for n in numbers if self._lines[n].place == place), None)

    def knows(self, place: str) -> bool:
        """Return whether the next request about an object was made before."""
        return self._upcoming(place) is not None

    def _before(self, line: Line) -> list[Line]:
        return self._lines[: next(n for n, one in enumerate(self._lines) if one is line)]

    def ongoing(self, line: Line) -> bool | None:
        """Return what was known of an object's restore before a line."""
        known: bool | None = None
        for one in self._before(line):
            if one.place != line.place or one.response is None:
                continue
            if one.label == "head":
                known = _ongoing(one.response)
            elif one.response.status == ACCEPTED:
                known = True
            elif one.response.succeeded and one.label in REPLACES:
                known = None
        return known

    def was_made(self, line: Line) -> bool:
        """Return whether an object was made before a line."""
        before = self._before(line)
        return any(one.place == line.place and one.label in CONTENT and one.response for one in before)

    def intend(self, line: Line) -> Line:
        """Keep a write before it is sent; the first one of a judged part says that it begins."""
        if self.judging:
            self.mark(line.label)
        self._append(line)
        if not self.judging:
            self.keep()
        return line

    def mark(self, label: str) -> None:
        """Say that a judged part begins, with a write of this label."""
        if not self._marked:
            self._marked = True
            self._append(Line("", JUDGED, label, time.time(), reads=False))
            self.keep()

    def add(self, line: Line) -> Line:
        """Keep a read; it takes the place of one that it supersedes."""
        last = self._lines[-1] if len(self._lines) > self._kept else None
        if self._superseded and last and (last.place, last.operation) == (line.place, line.operation):
            self._lines.pop()
        self._append(line)
        return line

    def _append(self, line: Line) -> None:
        self._lines.append(line)
        self._next[line.place] = len(self._lines)
        self._last[line.place] = line
        self._superseded = False

    def answer(self, line: Line, response: Response, exchange: Exchange | None = None) -> None:
        """Keep the response to a request."""
        line.response, line.exchange = response, exchange
        line.at = time.time() if exchange else line.at
        number = len(self._before(line))
        if number < self._kept and self._store is not None:
            self._store.keep_lines(self.contract, number, [line])

    def supersede(self) -> None:
        """Say that the last read may be made again: the next one shows as much, later."""
        self._superseded = True

    def take_back(self) -> None:
        """Forget the last read: a later run makes it again."""
        self._lines.pop()

    def keep(self) -> None:
        """Write what is not written yet."""
        self._keep_from(self._kept)

    def _keep_from(self, number: int) -> None:
        self._kept = len(self._lines)
        if self._store is not None and number < self._kept:
            self._store.keep_lines(self.contract, number, self._lines[number:])

    def resume(self) -> None:
        """Go to the first line. Raises NotTestedError where an earlier run ended in a judged part.

        A clean that a server refuses changes nothing: of an object that was not restored it is sent again.
        """
        self._rewind()
        doubts = self._doubts()
        if not doubts:
            return
        doubt = doubts[0]
        seen = doubt
        while seen and self._lines[seen - 1].reads:
            seen -= 1
        heads = [line.response for line in self._lines[seen:doubt] if line.label == "head" and line.response]
        if self._lines[doubt].operation != "clean" or any(_ongoing(head) is False for head in heads):
            raise NotTestedError(INTERRUPTED)
        self._cut(seen)

    def end(self, *, again: bool = False) -> None:
        """Keep all lines, at the end of a run or before a wait; `again` lets the next run begin anew."""
        if again:
            self._cut(0)
        doubts = self._doubts()
        for number in doubts:
            self._lines[number].response = Response(0)
        self._keep_from(min([self._kept, *doubts]))

    def _doubts(self) -> list[int]:
        """Return the judged parts that were not seen to their end."""
        return [n for n, line in enumerate(self._lines) if line.label == JUDGED and not line.response]

    def keep_removal(self, exchanges: Iterable[Exchange]) -> None:
        """Keep how the objects were deleted, after the end."""
        for each in exchanges:
            asked = each.operation
            text = json.dumps([asked.method, asked.bucket, asked.name, asked.query])
            self._append(Line(REMOVED, each.label, text, time.time(), reads=True, response=each.response))
        self.keep()

    def removal(self) -> Iterator[tuple[Line, Operation]]:
        """Return how an earlier run deleted the objects."""
        for line in self._lines:
            if line.place == REMOVED:
                method, bucket, name, query = json.loads(line.operation)
                yield line, Operation(method, bucket, name, tuple(map(tuple, query)))

    @property
    def persists(self) -> bool:
        """Return whether it outlives its process."""
        return self._store is not None

    @property
    def is_new(self) -> bool:
        """Return whether nothing was sent yet."""
        return not self._lines

    def _cut(self, number: int) -> None:
        del self._lines[number:]
        if self._store is not None and number < self._kept:
            self._store.drop_lines(self.contract, number)
        self._kept = min(self._kept, number)


def _ongoing(head: Response) -> bool | None:
    state = read_restore(head)
    return state.ongoing if state else None


def digest(operation: Operation, bucket: str) -> str:
    """Return what identifies an operation; its bucket goes by another name in each run."""
    asked = (operation.method, bucket, operation.name, operation.query, operation.headers)
    return sha256(repr(asked).encode() + operation.body).hexdigest()[:24]


def arrived(journal: Journal, line: Line, operation: Operation, head: Response) -> Response | None:
    """Return the result of a write that nobody saw answered, as HEAD shows it; None where it did not arrive.

    A write that HEAD does not show, such as that of a tag, is sent again: it changes nothing a second time.
    """
    version = tuple((VERSION_ID, value) for value in [head.header(VERSION_ID)] if value)
    if line.label in CONTENT:
        content = md5(operation.body, usedforsecurity=False).hexdigest()
        same = (head.header("ETag") or "").strip('"').lower() == content
        return Response(200, version) if head.succeeded and (same or not journal.was_made(line)) else None
    if line.label == "restore":
        began = _ongoing(head) is not None and journal.ongoing(line) is None
        return Response(ACCEPTED) if began else None
    if line.label == "clean":
        ended = head.succeeded and _ongoing(head) is None and journal.ongoing(line) is False
        return Response(200) if ended else None
    if line.label == "delete":
        return Response(204, version) if head.status == NOT_FOUND else None
    return None


def to_json(response: Response | None) -> str | None:
    """Return a response as JSON, whatever its texts are."""
    if response is None:
        return None
    error = response.transport_error
    data = {
        "status": response.status,
        "headers": response.headers,
        "body": base64.b64encode(response.body).decode(),
        "reason": response.reason,
        "error": asdict(error) if error else None,
        "at": response.at,
        "seconds": response.seconds,
        "resent": response.resent,
    }
    return json.dumps(data)


def from_json(text: str | None) -> Response | None:
    """Read a response."""
    if text is None:
        return None
    data: Mapping[str, Any] = json.loads(text)
    error = data["error"]
    return Response(
        data["status"],
        tuple((name, value) for name, value in data["headers"]),
        base64.b64decode(data["body"]),
        data["reason"],
        TransportError(TransportErrorKind(error["kind"]), error["text"]) if error else None,
        data["at"],
        data["seconds"],
        data["resent"],
    )
