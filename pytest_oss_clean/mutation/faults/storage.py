"""Faults that other storage servers had: of reading, of classes, of names, of what is signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import LifeCycle, State
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults import signature_scope
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.oss.constants import CLEAN, StorageClass
from pytest_oss_clean.oss.messages import Operation


@service_fault("check_readable")
def reading(
    call: MethodCall, which: Callable[[StoredObject, State], bool], row: ErrorRow | None = None
) -> object:
    """Read some objects that cannot be read, or refuse them with another row."""
    thing = call.given[1]
    state = call.state(thing)
    if state is State.RESTORED or not which(thing, state):
        return call.right()
    call.reached()
    if row is not None:
        raise OssError(row)
    return None


@service_fault("needs_restore", "_begin", of=LifeCycle)
def archived(call: MethodCall, storage_class: StorageClass) -> object:
    """Take one more class for one that must be restored, as Archive is."""
    if call.given[0] is not storage_class:
        return call.right()
    call.reached()
    return call.name == "needs_restore" or call.right(StorageClass.ARCHIVE, *call.given[1:])


@service_fault("check_readable")
def copy_refused(call: MethodCall) -> None:
    """Refuse to copy what is restored, because its class is an archive's."""
    call.right()
    _, thing, *row = call.given
    if row == [errors.COPY_NOT_READABLE] and call.owner.life_cycle.needs_restore(thing.storage_class):
        call.refuse(errors.COPY_NOT_READABLE)


@service_fault("handle")
def names_refused(call: MethodCall, pattern: str) -> object:
    found = re.search(pattern, call.operation.name)
    return call.refuse(errors.NAME_LEADING_SLASH) if found else call.right()


def plain(operation: Operation) -> Operation:
    """Return what is left without the sub-resource."""
    return next(iter(signature_scope.plain(operation)))


def keeping_equals(operation: Operation) -> Operation:
    """Return what is signed where an empty value keeps its `=`."""
    query = tuple((f"{n}=", None) if n == CLEAN and v == "" else (n, v) for n, v in operation.query)
    return replace(operation, query=query)


def deepest(thing: StoredObject, _: State) -> bool:
    return thing.storage_class is StorageClass.DEEP_COLD_ARCHIVE
