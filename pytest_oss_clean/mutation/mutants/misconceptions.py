"""Mutants by plausible developers: what a careful reader of nothing but the page gets wrong."""

from __future__ import annotations

from collections.abc import Callable

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.mutation.faults.authenticator import demanding
from pytest_oss_clean.mutation.faults.lifecycle import (
    answering,
    at_once,
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
    bare,
    bodiless,
    by_any_method,
    cleaning,
    digested,
    equalled,
    mentioned,
    more,
    refusing,
    routed,
    second,
    unlisted,
    untyped,
    versioned,
    with_equals,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OssError
from pytest_oss_clean.mutation.mutants.authentication import v1
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, SDK_TESTED, INFERRED = Evidence.DOCUMENTED, Evidence.SDK_TESTED, Evidence.INFERRED
BREAKS, MISLED, LOCKED_OUT = Damage.BREAKS, Damage.MISLED, Damage.LOCKED_OUT
MONEY, READABLE, OBJECT = Damage.MONEY, Damage.READABLE, Damage.WRONG_OBJECT

STALE, RUNNING, DONE = Outcome.STALE, Outcome.NOT_FINISHED, Outcome.CLEANED

Row = tuple[str, Evidence, OssError, str, Damage]


def cold(storage_class: StorageClass) -> bool:
    """Tell the deepest class."""
    return storage_class is StorageClass.DEEP_COLD_ARCHIVE


def never_cold(storage_class: StorageClass) -> bool:
    """Tell the classes that are always readable."""
    return storage_class in (StorageClass.STANDARD, StorageClass.IA)


def refused(row: ErrorRow, which: Callable[[Operation], bool]) -> OssError:
    """Refuse the cleans that a developer did not think of."""
    return refusing(lambda operation: row if which(operation) else None)


ROWS: tuple[Row, ...] = (
    (
        "one-code",
        DOCUMENTED,
        answering(RUNNING, errors.FILE_STALE),
        "every 409 is ArchiveRestoreFileStale",
        MISLED,
    ),
    (
        "other-one-code",
        DOCUMENTED,
        answering(STALE, errors.NOT_FINISHED),
        "every 409 is ArchiveRestoreNotFinished",
        MISLED,
    ),
    (
        "code-of-restore",
        DOCUMENTED,
        answering(RUNNING, errors.IN_PROGRESS),
        "restoring is RestoreAlreadyInProgress",
        BREAKS,
    ),
    (
        "code-of-read",
        DOCUMENTED,
        answering(STALE, errors.NOT_READABLE),
        "frozen is InvalidObjectState",
        BREAKS,
    ),
    (
        "idempotent",
        DOCUMENTED,
        answering(STALE, 200),
        "a clean of a frozen object succeeds, as a delete does",
        MISLED,
    ),
    ("accepted", DOCUMENTED, answering(DONE, 202), "a clean is 202 Accepted, as a restore", MISLED),
    ("no-content", DOCUMENTED, answering(DONE, 204), "a clean is 204 No Content, as a delete", BREAKS),
    ("nothing-to-clean", DOCUMENTED, answering(STALE, errors.NO_SUCH_KEY), "nothing to clean is 404", MISLED),
    (
        "unsupported",
        DOCUMENTED,
        answering(STALE, errors.UNSUPPORTED),
        "nothing to clean is not supported",
        MISLED,
    ),
    (
        "one-flag",
        DOCUMENTED,
        one_flag(),
        "a restore counts as complete once it was requested",
        Damage.UNREADABLE,
    ),
    (
        "bucket-class",
        DOCUMENTED,
        by_bucket_class(),
        "the bucket's class counts, not the object's",
        LOCKED_OUT,
    ),
    (
        "no-deep-class",
        DOCUMENTED,
        of_class(cold, errors.UNSUPPORTED),
        "DeepColdArchive is not thought of",
        LOCKED_OUT,
    ),
    ("deep-class-idle", DOCUMENTED, of_class(cold, 200), "cleans of DeepColdArchive do nothing", MONEY),
    (
        "class-hidden",
        DOCUMENTED,
        class_hidden(),
        "a clean deletes the storage class with the restore",
        MISLED,
    ),
    ("thawed-on-read", INFERRED, changing_class(when="read"), "a read makes the object Standard", READABLE),
    (
        "equals-only",
        DOCUMENTED,
        refused(errors.NOT_ALLOWED, bare),
        "only `?cleanRestoredObject=` is routed",
        LOCKED_OUT,
    ),
    (
        "type-demanded",
        DOCUMENTED,
        refused(errors.BAD_ARGUMENT, untyped),
        "a Content-Type is demanded",
        LOCKED_OUT,
    ),
    (
        "body-demanded",
        DOCUMENTED,
        refused(errors.BAD_XML, bodiless),
        "a body is demanded, as of a restore",
        LOCKED_OUT,
    ),
    (
        "legacy-list",
        DOCUMENTED,
        demanding(unlisted, v1),
        "V1's list is that of an SDK of the first generation",
        LOCKED_OUT,
    ),
    (
        "v1-equals",
        DOCUMENTED,
        demanding(with_equals, v1),
        "V1 signs names without a value with `=`",
        LOCKED_OUT,
    ),
    (
        "digest-refused",
        SDK_TESTED,
        refused(errors.BAD_DIGEST, digested),
        "a Content-MD5 of nothing is refused",
        LOCKED_OUT,
    ),
    (
        "bare-only",
        INFERRED,
        refused(errors.NOT_ALLOWED, equalled),
        "only `?cleanRestoredObject` is routed",
        LOCKED_OUT,
    ),
    (
        "alone-only",
        INFERRED,
        refused(errors.BAD_ARGUMENT, more),
        "no other parameter is thought of",
        LOCKED_OUT,
    ),
    (
        "first-only",
        INFERRED,
        refused(errors.NOT_ALLOWED, second),
        "the sub-resource must come first",
        LOCKED_OUT,
    ),
    (
        "no-versions",
        INFERRED,
        refused(errors.NOT_IMPLEMENTED, versioned),
        "versionId is not thought of",
        LOCKED_OUT,
    ),
    ("by-a-word", INFERRED, cleaning(mentioned), "the word anywhere in the query makes a clean", OBJECT),
    ("by-any-method", INFERRED, cleaning(by_any_method), "the method is not looked at", OBJECT),
    (
        "deletes",
        INFERRED,
        routed(("DELETE", "delete_object")),
        "DELETE with the sub-resource deletes",
        Damage.LOST,
    ),
    ("warm-done", INFERRED, of_class(never_cold, 200), "a class that is always readable is cleaned", MISLED),
    (
        "warm-missing",
        INFERRED,
        of_class(never_cold, errors.NO_SUCH_KEY),
        "a class that is always readable is not found",
        MISLED,
    ),
    ("expired-cleaned", INFERRED, expired_cleaned(), "an expired object can be cleaned", MISLED),
    (
        "expired-readable",
        INFERRED,
        expired_readable(),
        "the flag of a restore never expires",
        READABLE,
    ),
    (
        "anew-at-once",
        INFERRED,
        restoring_anew(at_once),
        "a restore after a clean is complete at once",
        READABLE,
    ),
    (
        "anew-extended",
        INFERRED,
        restoring_anew(at_once, extended=True),
        "a restore after a clean extends the first",
        MONEY,
    ),
    (
        "thawed-on-restore",
        DOCUMENTED,
        changing_class(when="restored"),
        "a restore makes the object Standard",
        READABLE,
    ),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"developer-{name}",
        family=Family.DEVELOPERS,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
    )
    for name, breaks, fault, says, damage in ROWS
)
