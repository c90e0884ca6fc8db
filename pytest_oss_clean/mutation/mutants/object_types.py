"""Mutants of objects made in parts or by appending, and of symlinks: they are cleaned otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.mutation.faults.side_effects import Effect, also, although, changed
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import ObjectType
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, Evidence

PARTS, APPENDED = ObjectType.MULTIPART, ObjectType.APPENDABLE


@service_fault(CLEAN)
def answering(call: MethodCall, kind: ObjectType, answer: int | ErrorRow) -> object:
    """Answer cleans of objects of a type without carrying them out."""
    return call.answer(answer) if call.thing.kind == kind else call.right()


def of(kind: ObjectType, change: Callable[[StoredObject], StoredObject]) -> Effect:
    return changed(lambda thing: change(thing) if thing.kind == kind else thing)


@service_fault("head_object")
def untyped(call: MethodCall, kind: ObjectType) -> object:
    response: Response = call.right()
    if call.thing.kind != kind:
        return response
    call.reached()
    shown = tuple((n, ObjectType.NORMAL if v == kind else v) for n, v in response.headers)
    return replace(response, headers=shown)


def through(service: Service, operation: Operation) -> bool:
    """Clean the object that a symlink leads to."""
    link = service.find_object(operation)
    bucket = service.find_bucket(operation)
    target = bucket.current(link.symlink_target or "")
    if target is None or target.retrieval is None:
        return False
    service.store.replace(bucket, link.symlink_target or "", replace(target, retrieval=None))
    return True


def whole(thing: StoredObject) -> StoredObject:
    return replace(thing, object_type=ObjectType.NORMAL, parts=0, has_md5=True)


def first_half(thing: StoredObject) -> StoredObject:
    return replace(thing, body=thing.body[: len(thing.body) // 2])


ROWS: Table = {
    (DOCUMENTED, Damage.MONEY): (
        ("parts-ignored", answering(PARTS, 200), "a clean of an object made in parts does nothing"),
        (
            "parts-stale",
            answering(PARTS, errors.FILE_STALE),
            "an object made in parts always counts as frozen",
        ),
        ("parts-unsupported", answering(PARTS, errors.UNSUPPORTED), "objects made in parts are refused"),
    ),
    (Evidence.CLAIMED, Damage.MISLED): (
        ("link-untyped", untyped(ObjectType.SYMLINK), "a symlink shows the type of its object"),
    ),
    (INFERRED, Damage.LOST): (
        ("parts-joined", also(of(PARTS, whole)), "an object made in parts becomes one that was put whole"),
        ("parts-lost", also(of(PARTS, first_half)), "a clean loses the last parts"),
        (
            "append-closed",
            although(errors.UNSUPPORTED, of(APPENDED, whole)),
            "although refused: an appendable object can no longer be appended to",
        ),
        (
            "append-lost",
            although(errors.UNSUPPORTED, of(APPENDED, first_half)),
            "although refused: what was appended last is lost",
        ),
    ),
    (INFERRED, Damage.WRONG_OBJECT): (
        (
            "link-followed",
            although(errors.UNSUPPORTED, through),
            "although refused: a clean of a symlink ends the restore of what it leads to",
        ),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("object-type", Family.EFFECTS, ROWS)
