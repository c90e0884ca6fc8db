"""Histories of an object that contracts start from, and the steps that lead to each."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.vocabulary import StorageClass, Tier


class Given(StrEnum):
    """What happened to an object before the judged request."""

    NEVER_RESTORED = "never restored"
    RESTORING = "restoring"
    RESTORED = "restored"
    CLEANED = "cleaned"


class Step(StrEnum):
    """One step towards a history; every object is put first."""

    RESTORE = "restore"
    WAIT_RESTORED = "wait until restored"
    CLEAN = "clean"


STEPS = MappingProxyType(
    {
        Given.NEVER_RESTORED: (),
        Given.RESTORING: (Step.RESTORE,),
        Given.RESTORED: (Step.RESTORE, Step.WAIT_RESTORED),
        Given.CLEANED: (Step.RESTORE, Step.WAIT_RESTORED, Step.CLEAN),
    }
)

HEAD_SHOWS = MappingProxyType(
    {
        Given.NEVER_RESTORED: "no x-oss-restore",
        Given.RESTORING: 'ongoing-request="true"',
        Given.RESTORED: 'ongoing-request="false"',
    }
)
"""What HEAD must show before a contract is judged (HeadObject page).

After a clean no page says when the header disappears, so nothing is demanded there.
"""

LONGEST_RESTORE = MappingProxyType(
    {
        (StorageClass.COLD_ARCHIVE, Tier.EXPEDITED): 3_600,
        (StorageClass.COLD_ARCHIVE, Tier.STANDARD): 5 * 3_600,
        (StorageClass.COLD_ARCHIVE, Tier.BULK): 12 * 3_600,
        (StorageClass.DEEP_COLD_ARCHIVE, Tier.EXPEDITED): 12 * 3_600,
        (StorageClass.DEEP_COLD_ARCHIVE, Tier.STANDARD): 48 * 3_600,
    }
)
"""Seconds a restore may take, by class and tier (restore user guide)."""
