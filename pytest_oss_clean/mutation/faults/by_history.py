"""A service that knows the history of each object, so that a mutant can be wrong about one history alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, LifeCycle, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.storage_classes import COLD
from pytest_oss_clean.spec.history import EXPIRED, RESTORE_ENDED, Given, fold

LABELS = {
    "put_object": "put",
    "restore_object": "restore",
    "clean_restored_object": "clean",
    "delete_object": "delete",
}
"""Handlers of requests that make history, by the label that a history has for them."""

CALLED = {"clean": "CleanRestoredObject", "restore": "RestoreObject"}

Place = tuple[str, str]


class Remembering(Service):
    """Remembers what was done to each object, and the restore that each had last."""

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.pasts: dict[Place, Given | None] = {}
        self.retrievals: dict[Place, Retrieval | None] = {}

    def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
        """Answer, and remember what was acknowledged."""
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
        """Return the object that an operation is about, if it is there."""
        bucket = self.store.buckets.get(operation.bucket)
        return bucket.newest(operation.name) if bucket else None

    def past(self, operation: Operation) -> Given | None:
        """Return the history of the object that an operation is about."""
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


def wrong(
    label: str,
    given: Given,
    outcome: Outcome,
    state: State | None,
    classes: frozenset[StorageClass] = COLD,
) -> OnService:
    """Answer a clean, or a restore, of an object with one history otherwise, or leave it in another state."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Remembering):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                return self.mutated("clean", operation, reply) or super().clean_restored_object(
                    operation, reply
                )

            def restore_object(self, operation: Operation, reply: Reply) -> Response:
                return self.mutated("restore", operation, reply) or super().restore_object(operation, reply)

            def mutated(self, asked: str, operation: Operation, reply: Reply) -> Response | None:
                if asked != label or self.past(operation) is not given:
                    return None
                thing = self.find_object(operation)
                if thing.storage_class not in classes:
                    return None
                reached()
                self.keep(operation, thing, after(state, thing.retrieval, self.now()))
                return self.response(CALLED[label], outcome, reply)

        return Mutated

    return OnService(make)


def inheriting(given: Given) -> OnService:
    """Let what is put, or copied, onto an object with a history take over the restore that was there."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Remembering):
            def put_object(self, operation: Operation, reply: Reply) -> Response:
                past, before = self.past(operation), self.newest(operation)
                response = super().put_object(operation, reply)
                place = operation.bucket, operation.name
                kept = before.retrieval if before else self.retrievals.get(place)
                if past is given and kept is not None:
                    reached()
                    self.keep(operation, self.find_object(operation), kept)
                return response

        return Mutated

    return OnService(make)


def living(cycle: Callable[[Reached], type[LifeCycle]]) -> OnService:
    """Let objects live by another life cycle."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.life_cycle = cycle(reached)()

        return Mutated

    return OnService(make)


def changing(change: Callable[[StoredObject], StoredObject | None], *classes: StorageClass) -> OnService:
    """Let a clean of some classes change the object otherwise than it should; None removes it."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                thing = self.find_object(operation)
                if thing.storage_class in classes:
                    reached()
                    bucket, changed = self.find_bucket(operation), change(thing)
                    if changed is None:
                        self.store.remove(bucket, operation.name, thing.version_id)
                    else:
                        self.store.replace(bucket, operation.name, changed)
                    return self.response(CALLED["clean"], Outcome.UNSUPPORTED, reply)
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def emptied(thing: StoredObject) -> StoredObject:
    """Return an object without its content."""
    return replace(thing, body=b"")
