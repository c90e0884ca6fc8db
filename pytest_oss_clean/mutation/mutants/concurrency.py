"""Mutants of requests that meet on one object: lost updates, torn reads, two winners.

Each forces its meeting, so that it is certain: the first of two requests looks at the object, lets the
other one pass, and goes on as if nothing had happened. Requests of the thread that runs contracts meet
nobody, so they wait for nobody; a meeting that does not come about is given up soon.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.copies import read_source
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, Store, StoredObject
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnService, Reached
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import Evidence

PATIENCE = 0.3
"""Seconds to wait for a request that may never come; one that takes part in a race is on its way."""

CLEAN, RESTORE, COPY = "clean_restored_object", "restore_object", "copy_object"
GET, HEAD, PUT, DELETE = "get_object", "head_object", "put_object", "delete_object"
COMPLETE = 200


@dataclass(slots=True)
class Place:
    """An object that requests meet on: whether one has looked, another passed, the one ended."""

    taken: bool = False
    looked: threading.Event = field(default_factory=threading.Event)
    passed: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the first request made of the object as it saw it, and its answer; None is no object."""

    store: Store
    bucket: Bucket
    name: str
    after: StoredObject | None
    response: Response

    def write(self, thing: StoredObject | None) -> None:
        """Put a record in the object's place, whatever is there now; None leaves nothing."""
        there = self.bucket.newest(self.name)
        if thing is None:
            self.store.remove(self.bucket, self.name)
        elif there is None or there.version_id != thing.version_id:
            self.store.put(self.bucket, self.name, thing)
        elif there is not thing:
            self.store.replace(self.bucket, self.name, thing)


Meanwhile = Callable[[StoredObject], StoredObject | None]
"""What others find of an object until the first request ends."""

End = Callable[[Overlap], Response]
"""Ends the first request, after another one passed."""


def as_it_was(thing: StoredObject) -> StoredObject:
    """Show others the object as the first request found it."""
    return thing


def as_restoring(thing: StoredObject) -> StoredObject:
    """Show others the object as one that is restoring."""
    ends = thing.retrieval.expires_at if thing.retrieval else 0.0
    return replace(thing, retrieval=Retrieval(None, ends + HOUR, ends + DAY))


def moved_away(_: StoredObject) -> None:
    """Show others no object."""


def regardless(look: Overlap) -> Response:
    """Write what was made of the object as it was."""
    look.write(look.after)
    return look.response


def cut(look: Overlap) -> Response:
    """Answer with the half that was read before the other request passed."""
    whole = look.response.body
    return replace(look.response, body=whole[: len(whole) // 2])


def half_copied(look: Overlap) -> Response:
    """Leave half of a copy."""
    if look.after is not None:
        look.write(replace(look.after, body=look.after.body[: len(look.after.body) // 2]))
    return look.response


def failing(look: Overlap) -> Response:
    """Give up, with an answer that nobody can act on."""
    return replace(look.response, status=500, reason="Internal Server Error", body=b"")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests meet, how the first one ends, and what the second one finds meanwhile."""

    first: str
    second: str
    end: End = regardless
    meanwhile: Meanwhile = as_it_was


class Meeting(Service):
    """Lets the first request look, the second pass, and the first end; all others wait for that."""

    def rule(self) -> Rule:
        """Return who meets here."""
        raise NotImplementedError

    def tell(self) -> None:
        """Tell that a meeting came about."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.places: dict[tuple[str, str], Place] = defaultdict(Place)

    def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
        """Answer a request that meets nobody as ever, the others in their turns."""
        if threading.current_thread() is threading.main_thread():
            return super().handle(handler, operation, reply)
        source = operation.header("x-oss-copy-source")
        called, about = (COPY, read_source(source)) if source else (handler, operation)
        place = self.places[about.bucket, about.name]
        if called == self.rule().first and not place.taken:
            place.taken = True
            try:
                return self.overtaken(handler, operation, reply, place)
            finally:
                place.ended.set()
        if called != self.rule().second:
            if place.taken:
                self.let_in(place.ended, PATIENCE * 10)
            return super().handle(handler, operation, reply)
        self.let_in(place.looked)
        try:
            return super().handle(handler, operation, reply)
        finally:
            if place.looked.is_set():
                place.passed.set()

    def overtaken(self, handler: str, operation: Operation, reply: Reply, place: Place) -> Response:
        """Answer the first request: what it makes of the object is seen only after the second passed."""
        rule, bucket = self.rule(), self.find_bucket(operation)
        before = bucket.newest(operation.name)
        try:
            response = super().handle(handler, operation, reply)
        except OssError as fault:
            response = reply.refuse(fault)
        look = Overlap(self.store, bucket, operation.name, bucket.newest(operation.name), response)
        if before is not None and (rule.meanwhile is as_it_was or response.status == COMPLETE):
            look.write(rule.meanwhile(before))
        place.looked.set()
        met = self.let_in(place.passed)
        if met:
            self.tell()
        return rule.end(look) if met else regardless(look)

    def let_in(self, event: threading.Event, patience: float = PATIENCE) -> bool:
        """Let other requests in until one of them came so far."""
        self._lock.release()
        try:
            return event.wait(patience)
        finally:
            self._lock.acquire()


def meeting(first: str, second: str, end: End = regardless, meanwhile: Meanwhile = as_it_was) -> OnService:
    """Let requests meet."""
    rule = Rule(first, second, end, meanwhile)

    def make(reached: Reached) -> type[Service]:
        class Mutated(Meeting):
            def rule(self) -> Rule:
                return rule

            def tell(self) -> None:
                reached()

        return Mutated

    return OnService(make)


# id, fault, says, damage
ROWS = (
    ("two-winners", meeting(CLEAN, CLEAN), "two cleans of one restore both succeed", Damage.MISLED),
    ("lost-clean", meeting(RESTORE, CLEAN), "an extension takes back a clean that succeeded", Damage.MONEY),
    ("lost-restore", meeting(CLEAN, RESTORE), "a refused clean ends a restore just begun", Damage.UNREADABLE),
    ("lost-overwrite", meeting(CLEAN, PUT), "a clean writes back what was overwritten", Damage.LOST),
    ("resurrection", meeting(CLEAN, DELETE), "a clean brings back what was deleted", Damage.READABLE),
    ("torn-read", meeting(GET, CLEAN, cut), "a read that meets a clean gets half of the object", Damage.LOST),
    ("torn-copy", meeting(COPY, CLEAN, half_copied), "a copy that meets a clean is cut", Damage.LOST),
    (
        "half-way-state",
        meeting(CLEAN, HEAD, meanwhile=as_restoring),
        "HEAD shows a restore in progress while a clean is at work",
        Damage.MISLED,
    ),
    (
        "gone-meanwhile",
        meeting(CLEAN, GET, meanwhile=moved_away),
        "GET finds no object while a clean is at work",
        Damage.MISLED,
    ),
    (
        "conflict-500",
        meeting(CLEAN, RESTORE, failing),
        "a clean that meets a restore is a 500",
        Damage.BREAKS,
    ),
    ("conflict-500-clean", meeting(CLEAN, CLEAN, failing), "cleans that meet end in a 500", Damage.BREAKS),
)

FIRST = {
    "two-winners": "cleans-at-once",
    "lost-clean": "clean-and-restore-at-once",
    "lost-restore": "clean-and-first-restore-at-once",
    "lost-overwrite": "clean-and-overwrite-at-once",
    "resurrection": "clean-and-delete-at-once",
    "torn-read": "clean-and-gets-at-once",
    "torn-copy": "clean-and-copy-at-once",
    "half-way-state": "clean-and-heads-at-once",
    "gone-meanwhile": "clean-and-gets-at-once",
    "conflict-500": "clean-and-restore-at-once",
    "conflict-500-clean": "cleans-at-once",
}
"""The race in which the two meet."""

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"concurrency-{name}",
        family=Family.CONCURRENCY,
        says=says,
        breaks=Evidence.INFERRED,
        damage=damage,
        fault=fault,
        first=(FIRST[name],),
    )
    for name, fault, says, damage in ROWS
)
