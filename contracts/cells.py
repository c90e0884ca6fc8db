"""Every cell of the matrix of histories and operations, with what is known of it.

Marks count for each operation on its own: that GetObject's page says what GET shows of a frozen object
makes that cell documented, and says nothing of a clean. Of the operations beside the clean nothing is
judged here; a run visits their cells where it arranges and probes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.spec.history import Given


class Operation(StrEnum):
    """An operation on an object; a copy is one with the object as its source."""

    CLEAN = "clean"
    GET = "get"
    HEAD = "head"
    RESTORE = "restore"
    LIST = "list"
    COPY = "copy"
    DELETE = "delete"


class Mark(StrEnum):
    """How well the result of an operation is known."""

    DOCUMENTED = "documented"
    SDK_TESTED = "sdk-tested"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one operation after one history, and from where."""

    mark: Mark
    source: str = ""


def _documented(source: str) -> Cell:
    return Cell(Mark.DOCUMENTED, source)


def _tested(source: str) -> Cell:
    return Cell(Mark.SDK_TESTED, source)


def _inferred(source: str) -> Cell:
    return Cell(Mark.INFERRED, source)


_UNKNOWN = Cell(Mark.UNKNOWN, "no source")
_LATER = _inferred("two sentences of the page fit; the later event counts")
_SECOND = _inferred("as of a first restore")
_NEWER = _inferred("as of an object never restored; an SDK test has it for restore and get only")
_MISSING = _inferred("RestoreObject and GetObject of a missing object")

CLEAN = MappingProxyType(
    {
        Given.NEVER_PUT: _MISSING,
        Given.NEVER_RESTORED: _documented("page, response 1"),
        Given.RESTORING: _documented("page, response 2; also integration tests of the Go and C# SDKs"),
        Given.RESTORED: _documented("page, response 3"),
        Given.CLEANED: _documented("page, response 1"),
        Given.EXPIRED: _documented("EC 0016-00000718 page: only within the restored state"),
        Given.RESTORING_AGAIN: _LATER,
        Given.RESTORED_AGAIN: _LATER,
        Given.RESTORING_AFTER_EXPIRY: _SECOND,
        Given.RESTORED_AFTER_EXPIRY: _SECOND,
        Given.EXTENDED: _documented("page, response 3, to the letter"),
        Given.EXTENDED_CLEANED: _documented("page, response 1, to the letter"),
        Given.TIER_RAISED: _inferred("as of any restore in progress; pages disagree on raising a tier"),
        Given.OVERWRITTEN: _documented("page, response 1, to the letter"),
        Given.OVERWRITTEN_RESTORING: _NEWER,
        Given.OVERWRITTEN_RESTORED: _NEWER,
        Given.OVERWRITTEN_CLEANED: _documented("page, response 1, whichever object is meant"),
        Given.OVERWRITTEN_THEN_RESTORING: _SECOND,
        Given.OVERWRITTEN_THEN_RESTORED: _SECOND,
        Given.BOTH_RESTORING: _SECOND,
        Given.BOTH_RESTORED: _SECOND,
        Given.COPIED_ONTO_RESTORED: _NEWER,
        Given.COPY_OF_RESTORED: _NEWER,
        Given.DELETED: _MISSING,
        Given.DELETED_RESTORING: _MISSING,
        Given.PUT_AGAIN: _NEWER,
    }
)


class Phase(StrEnum):
    """The result of a history, as far as other operations' pages distinguish histories."""

    ABSENT = "not there"
    FROZEN = "never restored"
    RESTORING = "restoring"
    RESTORED = "restored"
    CLEANED = "cleaned"
    EXPIRED = "expired"
    ANEW = "restored anew"
    REPLACED = "put over a restore"


PHASES = MappingProxyType(
    {
        Given.NEVER_PUT: Phase.ABSENT,
        Given.NEVER_RESTORED: Phase.FROZEN,
        Given.RESTORING: Phase.RESTORING,
        Given.RESTORED: Phase.RESTORED,
        Given.CLEANED: Phase.CLEANED,
        Given.EXPIRED: Phase.EXPIRED,
        Given.RESTORING_AGAIN: Phase.ANEW,
        Given.RESTORED_AGAIN: Phase.ANEW,
        Given.RESTORING_AFTER_EXPIRY: Phase.RESTORING,
        Given.RESTORED_AFTER_EXPIRY: Phase.RESTORED,
        Given.EXTENDED: Phase.RESTORED,
        Given.EXTENDED_CLEANED: Phase.CLEANED,
        Given.TIER_RAISED: Phase.RESTORING,
        Given.OVERWRITTEN: Phase.FROZEN,
        Given.OVERWRITTEN_RESTORING: Phase.REPLACED,
        Given.OVERWRITTEN_RESTORED: Phase.REPLACED,
        Given.OVERWRITTEN_CLEANED: Phase.REPLACED,
        Given.OVERWRITTEN_THEN_RESTORING: Phase.RESTORING,
        Given.OVERWRITTEN_THEN_RESTORED: Phase.RESTORED,
        Given.BOTH_RESTORING: Phase.ANEW,
        Given.BOTH_RESTORED: Phase.ANEW,
        Given.COPIED_ONTO_RESTORED: Phase.REPLACED,
        Given.COPY_OF_RESTORED: Phase.REPLACED,
        Given.DELETED: Phase.ABSENT,
        Given.DELETED_RESTORING: Phase.ABSENT,
        Given.PUT_AGAIN: Phase.REPLACED,
    }
)

_GET_PAGE = _documented("GetObject page")
_HEAD_PAGE = _documented("HeadObject page")
_RESTORE_PAGE = _documented("RestoreObject page")
_LIST_PAGE = _documented("ListObjects page")
_GUIDE = _documented("restore user guide: what needs a restored object, and what does not")
_AS_FIRST = _inferred("as the first time")
_AS_FROZEN = _inferred("as of an object never restored")

BESIDE = MappingProxyType(
    {
        Operation.GET: {
            Phase.ABSENT: _tested("integration tests of several SDKs: 404 NoSuchKey"),
            Phase.FROZEN: _GET_PAGE,
            Phase.RESTORING: _GET_PAGE,
            Phase.RESTORED: _GET_PAGE,
            Phase.CLEANED: _documented("CleanRestoredObject page: no longer directly accessible"),
            Phase.EXPIRED: _GET_PAGE,
            Phase.ANEW: _AS_FIRST,
            Phase.REPLACED: _AS_FROZEN,
        },
        Operation.HEAD: {
            Phase.ABSENT: _tested("an integration test of the TypeScript SDK: 404"),
            Phase.FROZEN: _HEAD_PAGE,
            Phase.RESTORING: _HEAD_PAGE,
            Phase.RESTORED: _HEAD_PAGE,
            Phase.CLEANED: _AS_FROZEN,
            Phase.EXPIRED: _HEAD_PAGE,
            Phase.ANEW: _AS_FIRST,
            Phase.REPLACED: _AS_FROZEN,
        },
        Operation.RESTORE: {
            Phase.ABSENT: _tested("an integration test of the PHP SDK: status 404"),
            Phase.FROZEN: _RESTORE_PAGE,
            Phase.RESTORING: _RESTORE_PAGE,
            Phase.RESTORED: _RESTORE_PAGE,
            Phase.CLEANED: _AS_FROZEN,
            Phase.EXPIRED: _documented("RestoreObject page and restore user guide: restored anew"),
            Phase.ANEW: _AS_FIRST,
            Phase.REPLACED: _AS_FROZEN,
        },
        Operation.LIST: {
            Phase.ABSENT: _UNKNOWN,
            Phase.FROZEN: _LIST_PAGE,
            Phase.RESTORING: _LIST_PAGE,
            Phase.RESTORED: _LIST_PAGE,
            Phase.CLEANED: _AS_FROZEN,
            Phase.EXPIRED: _LIST_PAGE,
            Phase.ANEW: _AS_FIRST,
            Phase.REPLACED: _UNKNOWN,
        },
        Operation.COPY: {
            Phase.ABSENT: _UNKNOWN,
            Phase.FROZEN: _GUIDE,
            Phase.RESTORING: _GUIDE,
            Phase.RESTORED: _GUIDE,
            Phase.CLEANED: _AS_FROZEN,
            Phase.EXPIRED: _AS_FROZEN,
            Phase.ANEW: _AS_FIRST,
            Phase.REPLACED: _UNKNOWN,
        },
        Operation.DELETE: {
            Phase.ABSENT: _UNKNOWN,
            Phase.FROZEN: _GUIDE,
            Phase.RESTORING: _documented(
                "restore user guide; also integration tests of the PHP, Java and Python SDKs: 204"
            ),
            Phase.RESTORED: _GUIDE,
            Phase.CLEANED: _GUIDE,
            Phase.EXPIRED: _GUIDE,
            Phase.ANEW: _GUIDE,
            Phase.REPLACED: _GUIDE,
        },
    }
)
"""The cells of the other operations, by phase."""

OTHERWISE = MappingProxyType(
    {
        (Given.OVERWRITTEN_RESTORING, Operation.GET): _tested("an integration test of the PHP SDK: 403"),
        (Given.OVERWRITTEN_RESTORING, Operation.RESTORE): _tested("an integration test of the PHP SDK: 202"),
        (Given.TIER_RAISED, Operation.RESTORE): _inferred("pages disagree on raising a tier"),
    }
)
"""Single cells that are known otherwise than their phase."""

CELLS = MappingProxyType(
    {(given, Operation.CLEAN): cell for given, cell in CLEAN.items()}
    | {(given, each): BESIDE[each][phase] for given, phase in PHASES.items() for each in BESIDE}
    | dict(OTHERWISE)
)
