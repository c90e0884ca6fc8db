"""Mutants of requests that meet on one object: lost updates, torn reads, two winners.

Each forces its meeting, so that it is certain: the first of two requests looks at the object, lets the
other one pass, and goes on as if nothing had happened. Requests of the thread that runs contracts meet
nobody, so they wait for nobody; a meeting that does not come about is given up soon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.copies import read_source
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval
from pytest_oss_clean.emulator.store import Bucket, Store, StoredObject
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import Evidence

PATIENCE = 0.3
"""Seconds to wait for a request that may never come; one that takes part in a race is on its way."""

CLEAN, RESTORE, COPY = "clean_restored_object", "restore_object", "copy_object"
GET, HEAD, PUT, DELETE = "get_object", "head_object", "put_object", "delete_object"
COMPLETE = 200


@dataclass(slots=True)
class Meeting:
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
    ends = thing.retrieval.expires_at if thing.retrieval else 0.0
    return replace(thing, retrieval=Retrieval(None, ends + HOUR, ends + DAY))


def moved_away(_: StoredObject) -> None:
    """Show others no object."""


def regardless(overlap: Overlap) -> Response:
    overlap.write(overlap.after)
    return overlap.response


def cut(overlap: Overlap) -> Response:
    """Answer with the half that was read before the other request passed."""
    whole = overlap.response.body
    return replace(overlap.response, body=whole[: len(whole) // 2])


def half_copied(overlap: Overlap) -> Response:
    if overlap.after is not None:
        overlap.write(replace(overlap.after, body=overlap.after.body[: len(overlap.after.body) // 2]))
    return overlap.response


def failing(overlap: Overlap) -> Response:
    """Give up, with an answer that nobody can act on."""
    return replace(overlap.response, status=500, reason="Internal Server Error", body=b"")


@service_fault("handle")
def meeting(
    call: MethodCall, first: str, second: str, end: End = regardless, meanwhile: Meanwhile = as_it_was
) -> object:
    """Let the first request look, the second pass, and the first end; all others wait for that."""
    if threading.current_thread() is threading.main_thread():
        return call.right()
    handler, operation, _ = call.given
    source = operation.header("x-oss-copy-source")
    called, about = (COPY, read_source(source)) if source else (handler, operation)
    lock = call.owner._lock  # noqa: SLF001 - held by whoever answers
    met = call.memory.setdefault((about.bucket, about.name), Meeting())
    if called == first and not met.taken:
        met.taken = True
        try:
            return overtaken(call, met, end, meanwhile)
        finally:
            met.ended.set()
    if called != second:
        if met.taken:
            let_in(lock, met.ended, 10)
        return call.right()
    let_in(lock, met.looked)
    try:
        return call.right()
    finally:
        if met.looked.is_set():
            met.passed.set()


def overtaken(call: MethodCall, met: Meeting, end: End, meanwhile: Meanwhile) -> Response:
    """Answer the first request: what it makes of the object is seen only after the second passed."""
    service, (_, operation, reply), bucket = call.owner, call.given, call.bucket
    before = bucket.newest(operation.name)
    try:
        response = call.right()
    except OssError as fault:
        response = reply.refuse(fault)
    overlap = Overlap(service.store, bucket, operation.name, bucket.newest(operation.name), response)
    if before is not None and (meanwhile is as_it_was or response.status == COMPLETE):
        overlap.write(meanwhile(before))
    met.looked.set()
    if not let_in(service._lock, met.passed):  # noqa: SLF001
        return regardless(overlap)
    call.reached()
    return end(overlap)


def let_in(lock: threading.RLock, event: threading.Event, times: int = 1) -> bool:
    """Let other requests in until one of them came so far."""
    lock.release()
    try:
        return event.wait(PATIENCE * times)
    finally:
        lock.acquire()


ROWS: Table = {
    (Evidence.INFERRED, Damage.MISLED): (
        ("two-winners", meeting(CLEAN, CLEAN), "two cleans of one restore both succeed"),
        (
            "half-way-state",
            meeting(CLEAN, HEAD, meanwhile=as_restoring),
            "HEAD shows a restore in progress while a clean is at work",
        ),
        (
            "gone-meanwhile",
            meeting(CLEAN, GET, meanwhile=moved_away),
            "GET finds no object while a clean is at work",
        ),
    ),
    (Evidence.INFERRED, Damage.MONEY): (
        ("lost-clean", meeting(RESTORE, CLEAN), "an extension takes back a clean that succeeded"),
    ),
    (Evidence.INFERRED, Damage.UNREADABLE): (
        ("lost-restore", meeting(CLEAN, RESTORE), "a refused clean ends a restore just begun"),
    ),
    (Evidence.INFERRED, Damage.LOST): (
        ("lost-overwrite", meeting(CLEAN, PUT), "a clean writes back what was overwritten"),
        ("torn-read", meeting(GET, CLEAN, cut), "a read that meets a clean gets half of the object"),
        ("torn-copy", meeting(COPY, CLEAN, half_copied), "a copy that meets a clean is cut"),
    ),
    (Evidence.INFERRED, Damage.READABLE): (
        ("resurrection", meeting(CLEAN, DELETE), "a clean brings back what was deleted"),
    ),
    (Evidence.INFERRED, Damage.BREAKS): (
        ("conflict-500", meeting(CLEAN, RESTORE, failing), "a clean that meets a restore is a 500"),
        ("conflict-500-clean", meeting(CLEAN, CLEAN, failing), "cleans that meet end in a 500"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("concurrency", Family.CONCURRENCY, ROWS)
