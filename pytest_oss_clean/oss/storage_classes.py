"""Storage classes, a row each: restore tiers with the longest documented time, and the days of a restore.

These are the words of the restore user guide and the RestoreObject page, for whoever waits for a target;
how long the emulator takes is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pytest_oss_clean.oss.constants import StorageClass, Tier

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class RestoreLimits:
    """How a class is restored: seconds by tier (None is no tier), longest days; empty where it never is.

    `replica` says that a restore makes a temporary replica, which is what a clean removes.
    """

    seconds: Mapping[Tier | None, int] = field(default_factory=dict)
    longest_days: int = 0
    replica: bool = False


STORAGE_CLASSES: Mapping[StorageClass, RestoreLimits] = MappingProxyType(
    {
        StorageClass.STANDARD: RestoreLimits(),
        StorageClass.IA: RestoreLimits(),
        StorageClass.ARCHIVE: RestoreLimits({None: 4 * HOUR}, 7),
        StorageClass.COLD_ARCHIVE: RestoreLimits(
            {Tier.EXPEDITED: HOUR, Tier.STANDARD: 5 * HOUR, Tier.BULK: 12 * HOUR}, 365, replica=True
        ),
        StorageClass.DEEP_COLD_ARCHIVE: RestoreLimits(
            {Tier.EXPEDITED: 12 * HOUR, Tier.STANDARD: 48 * HOUR}, 365, replica=True
        ),
    }
)

COLD = frozenset(name for name, limits in STORAGE_CLASSES.items() if limits.replica)
"""The classes that the CleanRestoredObject page names."""

LONGEST_RESTORE = MappingProxyType(
    {
        (name, tier): seconds
        for name, limits in STORAGE_CLASSES.items()
        for tier, seconds in limits.seconds.items()
    }
)
"""Seconds a restore may take, by class and tier."""
