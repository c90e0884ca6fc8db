"""Histories of an object that contracts start from, and the steps that lead to each.

This is a reading of the rules of its own, beside the emulator's life cycle and the contract tables:
it says what was done, and what HEAD must show before anything is judged, never what a clean answers.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.vocabulary import StorageClass, Tier


class Given(StrEnum):
    """What happened to an object before the judged request."""

    NEVER_PUT = "never put"
    NEVER_RESTORED = "never restored"
    RESTORING = "restoring"
    RESTORED = "restored"
    CLEANED = "cleaned"
    EXPIRED = "expired"
    RESTORING_AGAIN = "restoring again after a clean"
    RESTORED_AGAIN = "restored again after a clean"
    RESTORED_AFTER_EXPIRY = "restored again after it expired"
    EXTENDED = "restored and extended"
    EXTENDED_CLEANED = "extended and cleaned"
    TIER_RAISED = "restoring, its tier raised"
    OVERWRITTEN = "overwritten, never restored"
    OVERWRITTEN_RESTORING = "overwritten while restoring"
    OVERWRITTEN_RESTORED = "overwritten while restored"
    OVERWRITTEN_CLEANED = "overwritten after a clean"
    BOTH_RESTORED = "restored, overwritten and restored again"
    COPIED_ONTO_RESTORED = "restored, then copied onto"
    COPY_OF_RESTORED = "a copy of a restored object"
    DELETED = "deleted while restored"
    DELETED_RESTORING = "deleted while restoring"
    PUT_AGAIN = "deleted while restored and put again"


class Step(StrEnum):
    """One step towards a history."""

    PUT = "put"
    RESTORE = "restore"
    RESTORE_SLOWLY = "restore with tier Standard"
    RAISE_TIER = "restore with a higher tier"
    WAIT_RESTORED = "wait until restored"
    EXTEND = "extend"
    CLEAN = "clean"
    WAIT_EXPIRED = "wait until expired"
    DELETE = "delete"
    COPY_ONTO = "copy another object onto it"
    COPY_FROM = "restore another object and copy it here"


_RESTORED = (Step.PUT, Step.RESTORE, Step.WAIT_RESTORED)
_AGAIN = (Step.RESTORE, Step.WAIT_RESTORED)

STEPS = MappingProxyType(
    {
        Given.NEVER_PUT: (),
        Given.NEVER_RESTORED: (Step.PUT,),
        Given.RESTORING: (Step.PUT, Step.RESTORE),
        Given.RESTORED: _RESTORED,
        Given.CLEANED: (*_RESTORED, Step.CLEAN),
        Given.EXPIRED: (*_RESTORED, Step.WAIT_EXPIRED),
        Given.RESTORING_AGAIN: (*_RESTORED, Step.CLEAN, Step.RESTORE),
        Given.RESTORED_AGAIN: (*_RESTORED, Step.CLEAN, *_AGAIN),
        Given.RESTORED_AFTER_EXPIRY: (*_RESTORED, Step.WAIT_EXPIRED, *_AGAIN),
        Given.EXTENDED: (*_RESTORED, Step.EXTEND),
        Given.EXTENDED_CLEANED: (*_RESTORED, Step.EXTEND, Step.CLEAN),
        Given.TIER_RAISED: (Step.PUT, Step.RESTORE_SLOWLY, Step.RAISE_TIER),
        Given.OVERWRITTEN: (Step.PUT, Step.PUT),
        Given.OVERWRITTEN_RESTORING: (Step.PUT, Step.RESTORE, Step.PUT),
        Given.OVERWRITTEN_RESTORED: (*_RESTORED, Step.PUT),
        Given.OVERWRITTEN_CLEANED: (*_RESTORED, Step.CLEAN, Step.PUT),
        Given.BOTH_RESTORED: (*_RESTORED, Step.PUT, *_AGAIN),
        Given.COPIED_ONTO_RESTORED: (*_RESTORED, Step.COPY_ONTO),
        Given.COPY_OF_RESTORED: (Step.COPY_FROM,),
        Given.DELETED: (*_RESTORED, Step.DELETE),
        Given.DELETED_RESTORING: (Step.PUT, Step.RESTORE, Step.DELETE),
        Given.PUT_AGAIN: (*_RESTORED, Step.DELETE, Step.PUT),
    }
)

NEEDS = MappingProxyType(
    {
        Step.WAIT_EXPIRED: "movable-clock",
        Step.COPY_ONTO: "copy",
        Step.COPY_FROM: "copy",
    }
)
"""Claims without which a step cannot be taken."""


def claims_of(given: Given) -> frozenset[str]:
    """Return the claims that a history needs; a second restore would cost a waiting run its time again."""
    steps = STEPS[given]
    needed = {NEEDS[step] for step in steps if step in NEEDS}
    return frozenset(needed | ({"movable-clock"} if steps.count(Step.WAIT_RESTORED) > 1 else set()))


HEAD_SHOWS = MappingProxyType(
    {
        Given.NEVER_RESTORED: "no x-oss-restore",
        Given.RESTORING: 'ongoing-request="true"',
        Given.RESTORED: 'ongoing-request="false"',
        Given.EXPIRED: "no x-oss-restore",
        Given.EXTENDED: 'ongoing-request="false"',
    }
)
"""What HEAD must show before a contract is judged (HeadObject page).

Of the other histories no page says it, so nothing is demanded there.
"""

DELETED = frozenset({Given.NEVER_PUT, Given.DELETED, Given.DELETED_RESTORING})
"""Histories after which HEAD finds nothing."""

LONGEST_RESTORE = MappingProxyType(
    {
        (StorageClass.ARCHIVE, None): 4 * 3_600,
        (StorageClass.COLD_ARCHIVE, Tier.EXPEDITED): 3_600,
        (StorageClass.COLD_ARCHIVE, Tier.STANDARD): 5 * 3_600,
        (StorageClass.COLD_ARCHIVE, Tier.BULK): 12 * 3_600,
        (StorageClass.DEEP_COLD_ARCHIVE, Tier.EXPEDITED): 12 * 3_600,
        (StorageClass.DEEP_COLD_ARCHIVE, Tier.STANDARD): 48 * 3_600,
    }
)
"""Seconds a restore may take, by class and tier (restore user guide)."""
