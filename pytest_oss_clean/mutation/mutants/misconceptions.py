"""Mutants by plausible developers: what a careful reader of nothing but the page gets wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.lifecycle import Retrieval, State
from pytest_oss_clean.mutation.faults.authenticator import signature_of
from pytest_oss_clean.mutation.faults.decorators import CLEAN as HANDLER
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.faults.routing import (
    by_any_method,
    cleaning,
    mentioned,
    parameters,
    routed,
    unlisted,
    with_equals,
)
from pytest_oss_clean.mutation.faults.side_effects import refusing
from pytest_oss_clean.mutation.faults.signature_scope import asks
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants.authentication import v1
from pytest_oss_clean.mutation.mutants.time import at_once
from pytest_oss_clean.oss.constants import CLEAN, STORAGE_CLASS, StorageClass
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, SDK_TESTED


@service_fault("response")
def answering(call: MethodCall, outcome: Outcome, means: int | ErrorRow) -> object:
    called, seen, *_ = call.given
    return call.answer(means) if (called, seen) == ("CleanRestoredObject", outcome) else call.right()


@service_fault(HANDLER)
def expired_cleaned(call: MethodCall) -> object:
    thing = call.thing
    if thing.retrieval is None or call.owner.now() < thing.retrieval.expires_at:
        return call.right()
    call.owner.keep(call.operation, thing, None)
    return call.answer(200)


@service_fault("put_object", "restore_object", HANDLER, "check_readable")
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


@service_fault("put_object", HANDLER, "restore_object")
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
    if call.name == HANDLER:
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


@service_fault(HANDLER, "head_object")
def class_hidden(call: MethodCall) -> object:
    """Show no storage class of an object whose restore ended by a clean."""
    response, name = call.right(), call.operation.name
    if call.name == HANDLER:
        call.memory[name] = True
    elif name in call.memory:
        call.reached()
        return replace(response, headers=tuple(h for h in response.headers if h[0] != STORAGE_CLASS))
    return response


@service_fault(HANDLER)
def of_class(call: MethodCall, classes: frozenset[StorageClass], means: int | ErrorRow) -> object:
    """Answer cleans of some classes in one way, whatever the state, and do nothing."""
    return call.answer(means) if call.thing.storage_class in classes else call.right()


@service_fault(HANDLER)
def by_bucket_class(call: MethodCall) -> object:
    """Look at the class of the bucket, not at that of the object."""
    if call.thing and call.owner.life_cycle.needs_restore(call.bucket.storage_class):
        return call.right()
    call.reached()
    raise call.owner.unsupported("CleanRestoredObject")


@service_fault(HANDLER)
def one_flag(call: MethodCall) -> object:
    """Keep one flag, restore requested: whether the restore is complete does not count."""
    thing = call.thing
    if call.state(thing) is not State.RESTORING:
        return call.right()
    call.owner.keep(call.operation, thing, None)
    return call.answer(200)


BREAKS, MISLED, LOCKED_OUT = Damage.BREAKS, Damage.MISLED, Damage.LOCKED_OUT
MONEY, READABLE, OBJECT = Damage.MONEY, Damage.READABLE, Damage.WRONG_OBJECT
UNREADABLE, LOST = Damage.UNREADABLE, Damage.LOST

STALE, RUNNING, DONE = Outcome.STALE, Outcome.NOT_FINISHED, Outcome.CLEANED

DEEP = frozenset({StorageClass.DEEP_COLD_ARCHIVE})
WARM = frozenset({StorageClass.STANDARD, StorageClass.IA})


ROWS: Table = {
    (DOCUMENTED, MISLED): (
        ("expired-cleaned", expired_cleaned(), "an expired object can be cleaned"),
        ("one-code", answering(RUNNING, errors.FILE_STALE), "every 409 is that of a frozen object"),
        ("other-one-code", answering(STALE, errors.NOT_FINISHED), "every 409 is that of a restoring object"),
        ("idempotent", answering(STALE, 200), "a clean of a frozen object succeeds, as a delete does"),
        ("accepted", answering(DONE, 202), "a clean is 202 Accepted, as a restore"),
        ("nothing-to-clean", answering(STALE, errors.NO_SUCH_KEY), "nothing to clean is 404"),
        ("unsupported", answering(STALE, errors.UNSUPPORTED), "nothing to clean is not supported"),
        ("class-hidden", class_hidden(), "a clean deletes the storage class with the restore"),
    ),
    (DOCUMENTED, BREAKS): (
        ("code-of-restore", answering(RUNNING, errors.IN_PROGRESS), "restoring is RestoreAlreadyInProgress"),
        ("code-of-read", answering(STALE, errors.NOT_READABLE), "frozen is InvalidObjectState"),
        ("no-content", answering(DONE, 204), "a clean is 204 No Content, as a delete"),
    ),
    (DOCUMENTED, UNREADABLE): (
        ("one-flag", one_flag(), "a restore counts as complete once it was requested"),
    ),
    (DOCUMENTED, LOCKED_OUT): (
        ("bucket-class", by_bucket_class(), "the bucket's class counts, not the object's"),
        ("no-deep-class", of_class(DEEP, errors.UNSUPPORTED), "DeepColdArchive is not thought of"),
        (
            "equals-only",
            errors.NOT_ALLOWED,
            lambda o: (CLEAN, None) in o.query,
            "only `?cleanRestoredObject=` is routed",
        ),
        (
            "type-demanded",
            errors.BAD_ARGUMENT,
            lambda o: o.header("content-type") is None,
            "a Content-Type is demanded",
        ),
        ("body-demanded", errors.BAD_XML, lambda o: not o.body, "a body is demanded, as of a restore"),
        ("legacy-list", signature_of(unlisted, v1), "V1's list is that of an SDK of the first generation"),
        ("v1-equals", signature_of(with_equals, v1), "V1 signs names without a value with `=`"),
    ),
    (DOCUMENTED, MONEY): (("deep-class-idle", of_class(DEEP, 200), "cleans of DeepColdArchive do nothing"),),
    (INFERRED, READABLE): (
        ("thawed-on-read", changing_class(after="get_object"), "a read makes the object Standard"),
        ("anew-at-once", restoring_anew(at_once), "a restore after a clean is complete at once"),
    ),
    (SDK_TESTED, LOCKED_OUT): (
        (
            "digest-refused",
            errors.BAD_DIGEST,
            lambda o: not o.body and o.header("content-md5") is not None,
            "a Content-MD5 of nothing is refused",
        ),
    ),
    (INFERRED, LOCKED_OUT): (
        (
            "bare-only",
            errors.NOT_ALLOWED,
            lambda o: (CLEAN, "") in o.query,
            "only `?cleanRestoredObject` is routed",
        ),
        ("alone-only", errors.BAD_ARGUMENT, lambda o: len(asks(o)) > 1, "no other parameter is thought of"),
        (
            "first-only",
            errors.NOT_ALLOWED,
            lambda o: o.query[0][0] != CLEAN,
            "the sub-resource must come first",
        ),
        (
            "no-versions",
            errors.NOT_IMPLEMENTED,
            lambda o: "versionId" in parameters(o.query),
            "versionId is not thought of",
        ),
    ),
    (INFERRED, OBJECT): (
        ("by-a-word", cleaning(mentioned), "the word anywhere in the query makes a clean"),
        ("by-any-method", cleaning(by_any_method), "the method is not looked at"),
    ),
    (INFERRED, LOST): (("deletes", routed("DELETE"), "DELETE with the sub-resource deletes"),),
    (INFERRED, MISLED): (
        ("warm-done", of_class(WARM, 200), "a class that is always readable is cleaned"),
        ("warm-missing", of_class(WARM, errors.NO_SUCH_KEY), "a class that is always readable is not found"),
    ),
    (INFERRED, MONEY): (
        (
            "anew-extended",
            restoring_anew(at_once, extended=True),
            "a restore after a clean extends the first",
        ),
    ),
    (DOCUMENTED, READABLE): (
        ("expired-readable", expired_readable(), "the flag of a restore never expires"),
        ("thawed-on-restore", changing_class(after="restore_object"), "a restore makes the object Standard"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("developer", Family.DEVELOPERS, ROWS, of=refusing)
