"""Faults inside the service: what a clean does beside, or instead of, ending one restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.messages import Operation, Response

Change = Callable[[StoredObject], StoredObject]
Also = Callable[[Service, Operation], bool]
"""Does something more, and tells whether there was something to do."""


def also(do: Also) -> OnService:
    """Do something more where a clean was carried out."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                if do(self, operation):
                    reached()
                return response

        return Mutated

    return OnService(make)


def although(row: ErrorRow, do: Also) -> OnService:
    """Do something although a clean is refused so."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                try:
                    return super().clean_restored_object(operation, reply)
                except OssError as fault:
                    if fault.row is row and do(self, operation):
                        reached()
                    raise

        return Mutated

    return OnService(make)


def instead(do: Also) -> OnService:
    """Do something else to a restored object, and answer 200."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                thing = self.find_object(operation)
                if self.life_cycle.state(thing.retrieval, self.now()) is State.RESTORED and do(
                    self, operation
                ):
                    reached()
                    return reply.ok()
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def changed(change: Change) -> Also:
    """Change what is stored of the object."""

    def do(service: Service, operation: Operation) -> bool:
        thing = service.find_object(operation)
        other = change(thing)
        if other != thing:
            service.store.replace(service.find_bucket(operation), operation.name, other)
        return other != thing

    return do


def removed(service: Service, operation: Operation) -> bool:
    """Remove the version."""
    thing = service.find_object(operation)
    service.store.remove(service.find_bucket(operation), operation.name, thing.version_id)
    return True


Others = Callable[[str, str], bool]
"""Tells whether another name is reached too; its second argument is the object's own."""


def freeze(service: Service, bucket: Bucket, name: str, thing: StoredObject) -> None:
    """End the restore of a version."""
    service.store.replace(bucket, name, replace(thing, retrieval=None))


def others(reaches: Others) -> Also:
    """End the restores of other objects in the bucket."""

    def do(service: Service, operation: Operation) -> bool:
        bucket = service.find_bucket(operation)
        found = [n for n in bucket.objects if n != operation.name and reaches(n, operation.name)]
        frozen = [(n, v) for n in found for v in bucket.objects[n] if v.retrieval is not None]
        for name, thing in frozen:
            freeze(service, bucket, name, thing)
        return bool(frozen)

    return do


def in_other_buckets(service: Service, operation: Operation) -> bool:
    """End the restores of objects of the same name in other buckets."""
    found = False
    for bucket in service.store.buckets.values():
        thing = bucket.current(operation.name)
        if bucket.name != operation.bucket and thing is not None and thing.retrieval is not None:
            freeze(service, bucket, operation.name, thing)
            found = True
    return found


def other_versions(service: Service, operation: Operation) -> bool:
    """End the restores of the other versions."""
    bucket, own = service.find_bucket(operation), service.find_object(operation)
    found = [v for v in bucket.objects[operation.name] if v is not own and v.retrieval is not None]
    for thing in found:
        freeze(service, bucket, operation.name, thing)
    return bool(found)


def siblings(name: str, own: str) -> bool:
    """Tell whether both lie in one folder."""
    return name.rpartition("/")[0] == own.rpartition("/")[0]


def lasting(change: Callable[[Retrieval, float], Retrieval]) -> Also:
    """Change the times of the restore."""

    def do(service: Service, operation: Operation) -> bool:
        now = service.now()

        def moved(thing: StoredObject) -> StoredObject:
            if thing.retrieval is None:
                return thing
            return replace(thing, retrieval=change(thing.retrieval, now))

        return changed(moved)(service, operation)

    return do


def beginning(service: Service, operation: Operation) -> bool:
    """Begin a restore that nobody asked for."""
    now = service.now()
    return changed(lambda t: replace(t, retrieval=Retrieval(None, now + HOUR, now + DAY)))(service, operation)
