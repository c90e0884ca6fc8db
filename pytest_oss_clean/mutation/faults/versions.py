"""Faults of a service that keeps versions: which one it finds, refuses, leaves, lists and shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.handlers.base import parameter
from pytest_oss_clean.emulator.store import NULL, StoredObject
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.oss.constants import VERSION_ID
from pytest_oss_clean.oss.messages import Operation

Versions = tuple[StoredObject, ...]
Find = Callable[[Versions, str], StoredObject | None]
"""Returns the version that is meant by an id, "" where none is named; None to look as one should."""

Keep = Callable[[Versions, StoredObject], Versions]
"""Returns what is left of the versions once one of them was cleaned."""


def version_named(operation: Operation) -> str:
    return parameter(operation, "versionId")


def real(versions: Versions) -> StoredObject | None:
    """Return the newest version that is no delete marker."""
    return next((v for v in versions if not v.is_marker), None)


@service_fault(CLEAN)
def finding(call: MethodCall, find: Find) -> object:
    (operation, reply), versions = call.given, call.versions
    named = version_named(operation)
    found = find(versions, named)
    if found is not None and found.version_id != named:
        if named or found is not versions[0]:
            call.reached()
        rest = tuple(q for q in operation.query if q[0] != "versionId")
        operation = replace(operation, query=(*rest, ("versionId", found.version_id)))
    return call.right(operation, reply)


@service_fault(CLEAN)
def judged_by_current(call: MethodCall) -> object:
    """Let the state of the current version decide about the one that is named."""
    newest, thing, cycle = real(call.versions), call.thing, call.owner.life_cycle
    if newest is None or newest is thing:
        return call.right()
    call.reached()
    _, outcome = cycle.clean(newest.storage_class, newest.retrieval, call.owner.now())
    if outcome is Outcome.CLEANED:
        call.owner.keep(call.operation, thing, None)
    return call.owner.response("CleanRestoredObject", outcome, call.given[1])


@service_fault(CLEAN)
def cleaned_again(call: MethodCall) -> object:
    version = call.thing.version_id
    if version in call.memory:
        return call.answer(200)
    response = call.right()
    if version != NULL:
        call.memory[version] = True
    return response


@service_fault(CLEAN)
def refusing_version(call: MethodCall, which: Callable[[Versions, str], bool], row: ErrorRow) -> object:
    return call.answer(row) if which(call.versions, version_named(call.operation)) else call.right()


@service_fault(CLEAN)
def leaving(call: MethodCall, keep: Keep) -> object:
    response = call.right()
    left = keep(call.versions, call.thing)
    if left != call.versions:
        call.reached()
        call.bucket.objects[call.operation.name] = left
    return response


@service_fault(CLEAN)
def marker_removed(call: MethodCall) -> object:
    bucket, name = call.bucket, call.operation.name
    newest = bucket.newest(name)
    if newest is None or not newest.is_marker or version_named(call.operation) not in ("", newest.version_id):
        return call.right()
    call.owner.store.remove(bucket, name, newest.version_id)
    return call.answer(200)


@service_fault(CLEAN)
def marker_cleaned(call: MethodCall) -> object:
    thing = call.bucket.find(call.operation.name, version_named(call.operation))
    return call.answer(200) if thing is not None and thing.is_marker else call.right()


@service_fault("put_object")
def restore_inherited(call: MethodCall, *, move: bool) -> object:
    """Hand the restore of the version that is overwritten on to the new one."""
    bucket, name, store = call.bucket, call.operation.name, call.owner.store
    before = bucket.current(name)
    response = call.right()
    if before is not None and before.retrieval is not None:
        call.reached()
        store.replace(bucket, name, replace(bucket.objects[name][0], retrieval=before.retrieval))
        if move and bucket.find(name, before.version_id) is before:
            store.replace(bucket, name, replace(before, retrieval=None))
    return response


@service_fault("describe_version")
def listing(call: MethodCall, info_of: Callable[[Versions, StoredObject], StoredObject | None]) -> object:
    bucket, name, thing, _ = call.given
    tag, tree = call.right()
    if isinstance(tree, str) or thing.is_marker:
        return tag, tree
    other = info_of(bucket.objects[name], thing)
    info = call.owner.restore_info(other) if other else None
    if info != call.owner.restore_info(thing):
        call.reached()
    kept = [field for field in tree if field[0] != "RestoreInfo"]
    return tag, [*kept, *([("RestoreInfo", info)] if info else [])]


@service_fault("find_object")
def headed(call: MethodCall) -> object:
    """Show the current version's restore to HEAD, whichever version is asked for."""
    thing, newest = call.right(), real(call.versions)
    if call.operation.method != "HEAD" or newest is None or newest is thing:
        return thing
    if newest.retrieval != thing.retrieval:
        call.reached()
    return replace(thing, retrieval=newest.retrieval)


@service_fault(CLEAN)
def answering_id(call: MethodCall) -> object:
    """Answer a clean with the id of the newest version, whichever was cleaned."""
    response, newest = call.right(), call.versions[0]
    if version_named(call.operation) not in ("", newest.version_id):
        call.reached()
    return replace(response, headers=(*response.headers, (VERSION_ID, newest.version_id)))
