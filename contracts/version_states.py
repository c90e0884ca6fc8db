"""What shows of one version among others: effects that the rows on versions share."""

from __future__ import annotations

from functools import partial

from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.spec.contract import Effect, ProbeKind
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import (
    header_gone,
    readable,
    restorable_anew,
    restore_completes,
    restore_shown,
    restore_state_same,
    second_clean_stale,
    shows,
    unreadable,
)
from pytest_oss_clean.spec.matchers import Absent, Same, StatusIs, VersionEntry
from pytest_oss_clean.spec.request import Version

OLDER, CURRENT = Version.OLDER, Version.CURRENT


def unrestored(version: Version) -> tuple[Effect, ...]:
    """The version is frozen: refused to GET, and HEAD shows no restore."""
    return (
        unreadable(INFERRED, version=version),
        header_gone(RESTORE_STATE, INFERRED, version=version, name="restore-gone"),
    )


def untouched(version: Version) -> tuple[Effect, ...]:
    """The version is restored as before: GET gives its own content, HEAD the same expiry."""
    return (
        readable(INFERRED, version=version, otherwise=f"the clean reached {version}"),
        restore_state_same(INFERRED, version=version),
    )


def goes_on(version: Version) -> tuple[Effect, ...]:
    """The version's restore goes on, and completes."""
    ended = f"the restore of {version} ended"
    return (
        restore_shown(INFERRED, version=version, otherwise=ended),
        restore_completes(INFERRED, version=version, otherwise=ended),
    )


def listed(*, cleaned: Version) -> tuple[Effect, ...]:
    """In the list of versions, RestoreInfo is gone from one of them alone."""
    other = CURRENT if cleaned is OLDER else OLDER
    seen = partial(
        shows,
        otherwise="the list of versions shows another restore than HEAD",
        source="ListObjectVersions page: RestoreInfo is what HEAD shows of each version",
    )
    return tuple(
        seen(
            f"listed-{str(version).split()[1]}-restore-{end}",
            ProbeKind.VERSIONS,
            StatusIs(200),
            kind(VersionEntry(version is CURRENT, "RestoreInfo")),
        )
        for version, end, kind in ((cleaned, "gone", Absent), (other, "same", Same))
    )


def hidden() -> Effect:
    """The delete marker is still on top: HEAD without versionId finds nothing."""
    otherwise = "the clean removed the delete marker"
    return shows("marker-stays", ProbeKind.HEAD, StatusIs(404), otherwise=otherwise)


def stale_again(version: Version) -> Effect:
    """Another clean of the same version is refused as stale."""
    return second_clean_stale(INFERRED, version=version, otherwise=f"{version} does not count as cleaned")


def restored_anew(version: Version) -> Effect:
    return restorable_anew(version=version, otherwise=f"{version} cannot be restored anew")
