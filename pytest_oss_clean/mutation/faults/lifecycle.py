"""Faults of a life cycle that was built from one page: its flags, its responses, its classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.lifecycle import Retrieval, State
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.oss.constants import STORAGE_CLASS, StorageClass


@service_fault("response")
def answering(call: MethodCall, outcome: Outcome, means: int | ErrorRow) -> object:
    called, seen, *_ = call.given
    return call.answer(means) if (called, seen) == ("CleanRestoredObject", outcome) else call.right()


@service_fault(CLEAN)
def expired_cleaned(call: MethodCall) -> object:
    thing = call.thing
    if thing.retrieval is None or call.owner.now() < thing.retrieval.expires_at:
        return call.right()
    call.owner.keep(call.operation, thing, None)
    return call.answer(200)


@service_fault("put_object", "restore_object", CLEAN, "check_readable")
def expired_readable(call: MethodCall) -> object:
    """Keep what is restored readable until it is cleaned, as if no time passed."""
    if call.name == "check_readable":
        retrieval = call.memory.get(call.operation.name)
        if retrieval is None or call.owner.now() < retrieval.expires_at:
            return call.right()
        call.reached()
        return None
    response = call.right()
    call.memory[call.operation.name] = call.thing.retrieval if call.name == "restore_object" else None
    return response


@service_fault("put_object", CLEAN, "restore_object")
def restoring_anew(
    call: MethodCall, change: Callable[[Retrieval, float], Retrieval], *, extended: bool = False
) -> object:
    """Treat a restore after a clean otherwise than a first one."""
    operation, cleaned = call.operation, call.memory
    if call.name == "put_object":
        for place in [place for place in cleaned if place[1] == operation.name]:
            del cleaned[place]
        return call.right()
    before = call.thing.retrieval
    response = call.right()
    thing = call.thing
    place = (operation.bucket, operation.name, thing.version_id)
    if call.name == CLEAN:
        cleaned[place] = True
    elif place in cleaned and before is None and thing.retrieval is not None:
        call.owner.keep(operation, thing, change(thing.retrieval, call.owner.now()))
        call.reached()
        return call.given[1].ok() if extended else response
    return response


@service_fault("restore_object", "get_object")
def changing_class(call: MethodCall, *, after: str) -> object:
    """Make an object Standard, for good, when it is restored or read."""
    response = call.right()
    thing = call.thing
    if call.name == after and call.owner.life_cycle.needs_restore(thing.storage_class):
        call.reached()
        warm = replace(thing, storage_class=StorageClass.STANDARD, retrieval=None)
        call.owner.store.replace(call.bucket, call.operation.name, warm)
    return response


@service_fault(CLEAN, "head_object")
def class_hidden(call: MethodCall) -> object:
    """Show no storage class of an object whose restore ended by a clean."""
    response, name = call.right(), call.operation.name
    if call.name == CLEAN:
        call.memory[name] = True
    elif name in call.memory:
        call.reached()
        return replace(response, headers=tuple(h for h in response.headers if h[0] != STORAGE_CLASS))
    return response


@service_fault(CLEAN)
def of_class(call: MethodCall, classes: frozenset[StorageClass], means: int | ErrorRow) -> object:
    """Answer cleans of some classes in one way, whatever the state, and do nothing."""
    return call.answer(means) if call.thing.storage_class in classes else call.right()


@service_fault(CLEAN)
def by_bucket_class(call: MethodCall) -> object:
    """Look at the class of the bucket, not at that of the object."""
    if call.thing and call.owner.life_cycle.needs_restore(call.bucket.storage_class):
        return call.right()
    call.reached()
    raise call.owner.unsupported("CleanRestoredObject")


@service_fault(CLEAN)
def one_flag(call: MethodCall) -> object:
    """Keep one flag, restore requested: whether the restore is complete does not count."""
    thing = call.thing
    if call.state(thing) is not State.RESTORING:
        return call.right()
    call.owner.keep(call.operation, thing, None)
    return call.answer(200)
