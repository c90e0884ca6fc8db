"""What shows of one version among others: effects that the rows on versions share."""

from __future__ import annotations

from pytest_oss_clean.oss.constants import RESTORE_STATE, Code
from pytest_oss_clean.spec.contract import Effect, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import readable, restore_state_same, unreadable
from pytest_oss_clean.spec.matchers import (
    RESTORE_SHOWN,
    Absent,
    ContentSame,
    Header,
    Same,
    StatusIs,
    VersionEntry,
    code_is,
)
from pytest_oss_clean.spec.request import Version

OLDER, CURRENT = Version.OLDER, Version.CURRENT


def unrestored(version: Version) -> tuple[Effect, ...]:
    """The version is frozen: refused to GET, and HEAD tells of no restore."""
    return (
        unreadable(INFERRED, version=version),
        Effect(
            id=f"{_word(version)}-restore-gone",
            probe=ProbeKind.HEAD,
            matchers=(StatusIs(200), Absent(Header(RESTORE_STATE))),
            otherwise=f"HEAD of {version} still tells of a restore",
            evidence=INFERRED,
            version=version,
        ),
    )


def untouched(version: Version) -> tuple[Effect, ...]:
    """The version is restored as before: GET gives its own content, HEAD the same expiry."""
    return (
        readable(INFERRED, version=version, otherwise=f"the clean reached {version}"),
        restore_state_same(INFERRED, version=version),
    )


def goes_on(version: Version) -> tuple[Effect, ...]:
    """The version's restore goes on, and completes."""
    return (
        Effect(
            id=f"{_word(version)}-restore-goes-on",
            probe=ProbeKind.HEAD,
            matchers=(StatusIs(200), RESTORE_SHOWN),
            otherwise=f"the restore of {version} ended",
            evidence=INFERRED,
            moment=Moment.AT_ONCE,
            version=version,
        ),
        Effect(
            id=f"{_word(version)}-restore-completes",
            probe=ProbeKind.GET,
            matchers=(StatusIs(200), ContentSame()),
            otherwise=f"the restore of {version} ended",
            evidence=INFERRED,
            moment=Moment.RESTORE_TIME,
            version=version,
        ),
    )


def listed(*, cleaned: Version) -> tuple[Effect, ...]:
    """In the list of versions, RestoreInfo is gone from one of them alone."""
    other = CURRENT if cleaned is OLDER else OLDER
    found = (
        (cleaned, "gone", Absent(VersionEntry(cleaned is CURRENT, "RestoreInfo"))),
        (other, "same", Same(VersionEntry(other is CURRENT, "RestoreInfo"))),
    )
    return tuple(
        Effect(
            id=f"listed-{_word(version)}-restore-{end}",
            probe=ProbeKind.VERSIONS,
            matchers=(StatusIs(200), matcher),
            otherwise="the list of versions tells of another restore than HEAD",
            evidence=INFERRED,
            source="ListObjectVersions page: RestoreInfo is what HEAD tells of each version",
        )
        for version, end, matcher in found
    )


def hidden(*, otherwise: str = "the clean removed the delete marker") -> Effect:
    """The delete marker is still on top: HEAD without versionId finds nothing."""
    return Effect(
        id="marker-stays",
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(404),),
        otherwise=otherwise,
        evidence=INFERRED,
    )


def stale_again(version: Version) -> Effect:
    """Another clean of the same version is refused as stale."""
    return Effect(
        id=f"{_word(version)}-second-clean-stale",
        probe=ProbeKind.CLEAN,
        matchers=(StatusIs(409), code_is(Code.ARCHIVE_RESTORE_FILE_STALE)),
        otherwise=f"{version} does not count as cleaned",
        evidence=INFERRED,
        moment=Moment.AT_ONCE,
        version=version,
    )


def restored_anew(version: Version) -> Effect:
    """A restore of the version is accepted as a first one."""
    return Effect(
        id=f"{_word(version)}-restorable-anew",
        probe=ProbeKind.RESTORE,
        matchers=(StatusIs(202),),
        otherwise=f"{version} cannot be restored anew",
        evidence=INFERRED,
        moment=Moment.AT_ONCE,
        version=version,
    )


def _word(version: Version) -> str:
    return str(version).split()[1]
