"""A service that knows the history of each object, so that a mutant can be wrong about one history alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.storage_classes import COLD
from pytest_oss_clean.spec.history import EXPIRED, RESTORE_ENDED, Given, fold

LABELS = {
    "put_object": "put",
    "complete_multipart_upload": "put",
    "restore_object": "restore",
    "clean_restored_object": "clean",
    "delete_object": "delete",
}
"""Handlers of requests that make history, by the label that a history has for them."""

CALLED = {"clean": "CleanRestoredObject", "restore": "RestoreObject"}


class Remembering(Service):
    """Remembers what was done to each object, and the restore that each had last."""

    def reset(self) -> None:
        super().reset()
        self.pasts: dict[tuple[str, str], Given | None] = {}
        self.retrievals: dict[tuple[str, str], Retrieval | None] = {}

    def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
        if handler not in LABELS:
            return super().handle(handler, operation, reply)
        label = "copy" if operation.header("x-oss-copy-source") else LABELS[handler]
        place, past, thing = (operation.bucket, operation.name), self.past(operation), self.newest(operation)
        response = super().handle(handler, operation, reply)
        self.pasts[place] = fold([(label, response.status)], past)
        if thing is not None:
            self.retrievals[place] = thing.retrieval
        return response

    def newest(self, operation: Operation) -> StoredObject | None:
        bucket = self.store.buckets.get(operation.bucket)
        return bucket.newest(operation.name) if bucket else None

    def past(self, operation: Operation) -> Given | None:
        past = self.pasts.get((operation.bucket, operation.name), Given.NEVER_PUT)
        thing = self.newest(operation)
        if thing is None or not self.life_cycle.needs_restore(thing.storage_class):
            return past
        state = self.life_cycle.state(thing.retrieval, self.now())
        times = {
            State.RESTORING: (),
            State.RESTORED: (RESTORE_ENDED,),
            State.FROZEN: (RESTORE_ENDED, EXPIRED),
        }
        return fold(((time, 0) for time in times[state]), past)


def after(state: State | None, retrieval: Retrieval | None, now: float) -> Retrieval | None:
    """Return the retrieval of an object that is put into a state; None leaves it as it is."""
    tier = retrieval.tier if retrieval else None
    begun = {State.RESTORING: now + HOUR, State.RESTORED: now}
    if state is None or (state is State.RESTORED and retrieval and retrieval.finishes_at <= now):
        return retrieval
    return None if state is State.FROZEN else Retrieval(tier, begun[state], begun[state] + 7 * DAY)


@service_fault("clean_restored_object", "restore_object", of=Remembering)
def wrong(  # noqa: PLR0913, PLR0917 - a cell of the table
    call: MethodCall,
    label: str,
    given: Given,
    outcome: Outcome,
    state: State | None,
    classes: frozenset[StorageClass] = COLD,
) -> object:
    """Answer a clean, or a restore, of an object with one history otherwise, or leave it in another state."""
    service, (operation, reply) = call.owner, call.given
    if LABELS[call.name] != label or service.past(operation) is not given:
        return call.right()
    thing = call.thing
    if thing.storage_class not in classes:
        return call.right()
    call.reached()
    service.keep(operation, thing, after(state, thing.retrieval, service.now()))
    return service.response(CALLED[label], outcome, reply)


@service_fault("put_object", of=Remembering)
def inheriting(call: MethodCall, given: Given) -> object:
    """Let what is put, or copied, onto an object with a history take over the restore that was there."""
    past, before = call.owner.past(call.operation), call.owner.newest(call.operation)
    response = call.right()
    kept = before.retrieval if before else call.owner.retrievals.get(call.place)
    if past is given and kept is not None:
        call.reached()
        call.owner.keep(call.operation, call.thing, kept)
    return response


@service_fault("clean_restored_object")
def changing(
    call: MethodCall, change: Callable[[StoredObject], StoredObject | None], classes: frozenset[StorageClass]
) -> object:
    """Let a clean of some classes change the object otherwise than it should; None removes it."""
    thing = call.thing
    if thing.storage_class not in classes:
        return call.right()
    call.reached()
    bucket, changed = call.bucket, change(thing)
    if changed is None:
        call.owner.store.remove(bucket, call.operation.name, thing.version_id)
    else:
        call.owner.store.replace(bucket, call.operation.name, changed)
    return call.owner.response(CALLED["clean"], Outcome.UNSUPPORTED, call.given[1])


def emptied(thing: StoredObject) -> StoredObject:
    return replace(thing, body=b"")
