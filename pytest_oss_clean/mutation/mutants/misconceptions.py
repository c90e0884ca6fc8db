"""Mutants by plausible developers: what a careful reader of nothing but the page gets wrong."""

from __future__ import annotations

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.mutation.faults.authenticator import signature_of
from pytest_oss_clean.mutation.faults.lifecycle import (
    answering,
    by_bucket_class,
    changing_class,
    class_hidden,
    expired_cleaned,
    expired_readable,
    of_class,
    one_flag,
    restoring_anew,
)
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
from pytest_oss_clean.oss.constants import CLEAN, StorageClass
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, SDK_TESTED

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
