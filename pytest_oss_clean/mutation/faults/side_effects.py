"""Faults inside the service: what a clean does beside, or instead of, ending one restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval, State
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.oss.messages import Operation

Effect = Callable[[Service, Operation], bool]
"""Does something to the store, and returns whether there was something to do."""


@service_fault(CLEAN)
def also(call: MethodCall, effect: Effect) -> object:
    """Do something more where a clean was carried out."""
    response = call.right()
    if effect(call.owner, call.operation):
        call.reached()
    return response


@service_fault(CLEAN)
def although(call: MethodCall, row: ErrorRow, effect: Effect) -> object:
    """Do something although a clean is refused so."""
    try:
        return call.right()
    except OssError as fault:
        if fault.row is row and effect(call.owner, call.operation):
            call.reached()
        raise


@service_fault(CLEAN)
def instead(call: MethodCall, effect: Effect) -> object:
    """Do something else to a restored object, and answer 200."""
    restored = call.state(call.thing) is State.RESTORED
    return call.answer(200) if restored and effect(call.owner, call.operation) else call.right()


@service_fault(CLEAN)
def refusing(call: MethodCall, row: ErrorRow, when: Callable[[Operation], bool]) -> object:
    return call.answer(row) if when(call.operation) else call.right()


def changed(change: Callable[[StoredObject], StoredObject]) -> Effect:
    def effect(service: Service, operation: Operation) -> bool:
        thing = service.find_object(operation)
        other = change(thing)
        if other != thing:
            service.store.replace(service.find_bucket(operation), operation.name, other)
        return other != thing

    return effect


def removed(service: Service, operation: Operation) -> bool:
    thing = service.find_object(operation)
    service.store.remove(service.find_bucket(operation), operation.name, thing.version_id)
    return True


def freeze(service: Service, found: list[tuple[Bucket, str, StoredObject]]) -> bool:
    """End the restores of versions; return whether there were any."""
    restores = [each for each in found if each[2].retrieval is not None]
    for bucket, name, thing in restores:
        service.store.replace(bucket, name, replace(thing, retrieval=None))
    return bool(restores)


def others(reaches: Callable[[str, str], bool]) -> Effect:
    """End the restores of other objects in the bucket; `reaches` has another name and the object's own."""

    def effect(service: Service, operation: Operation) -> bool:
        bucket, own = service.find_bucket(operation), operation.name
        found = [n for n in bucket.objects if n != own and reaches(n, own)]
        return freeze(service, [(bucket, n, v) for n in found for v in bucket.objects[n]])

    return effect


def in_other_buckets(service: Service, operation: Operation) -> bool:
    """End the restores of objects of the same name in other buckets."""
    buckets = [b for b in service.store.buckets.values() if b.name != operation.bucket]
    found = [(b, operation.name, b.current(operation.name)) for b in buckets]
    return freeze(service, [(bucket, name, thing) for bucket, name, thing in found if thing is not None])


def other_versions(service: Service, operation: Operation) -> bool:
    bucket, own = service.find_bucket(operation), service.find_object(operation)
    versions = bucket.objects[operation.name]
    return freeze(service, [(bucket, operation.name, v) for v in versions if v is not own])


def longer(name: str, own: str) -> bool:
    return name.startswith(own)


def same_folder(name: str, own: str) -> bool:
    return name.rpartition("/")[0] == own.rpartition("/")[0]


def lasting(change: Callable[[Retrieval, float], Retrieval]) -> Effect:
    def effect(service: Service, operation: Operation) -> bool:
        def moved(thing: StoredObject) -> StoredObject:
            return (
                thing if thing.retrieval is None else replace(thing, retrieval=change(thing.retrieval, now))
            )

        now = service.now()
        return changed(moved)(service, operation)

    return effect


def beginning(service: Service, operation: Operation) -> bool:
    """Begin a restore that nobody asked for."""
    now = service.now()
    return changed(lambda t: replace(t, retrieval=Retrieval(None, now + HOUR, now + DAY)))(service, operation)
