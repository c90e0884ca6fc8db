"""Versions of one object: a clean addresses one of them, and leaves the others alone.

The page does not speak of versions. That the operation takes a versionId stands in the vendor's
tools; what it then does follows from RestoreObject, whose restores belong to one version. All of it
is inferred, so nothing here is required.
"""

from __future__ import annotations

from pytest_oss_clean.contracts.version_states import (
    goes_on,
    hidden,
    listed,
    restored_anew,
    stale_again,
    unrestored,
    untouched,
)
from pytest_oss_clean.oss.constants import CLEAN, VERSION_ID, Code
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import done, one_of, refused
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import Header, Same
from pytest_oss_clean.spec.request import VERSION, Bucket, RequestTemplate, Version

OLDER, CURRENT, MARKER, ABSENT = Version.OLDER, Version.CURRENT, Version.MARKER, Version.ABSENT

UNRESTORE = "ossutil unrestore page: --version-id, permission oss:CleanRestoredObjectVersion"
MODELS = "request models of the Go, C#, PHP, Java, Swift and Kotlin SDKs (v2): versionId beside the name"
CURRENT_ALONE = (
    "RestoreObject: without versionId the current version is addressed (PHP SDK test), "
    "so that another version's restore does not count"
)
OF_ITS_OWN = "RestoreObject and HeadObject pages: a restore, and what shows it, belongs to one version"
MARKERS = "GetObject page: 404 with a delete marker on top, 405 for a delete marker by its id"
UNKNOWN = "go1 test of GetObject: 404 NoSuchVersion for a version that was removed"


def asking(version: Version) -> RequestTemplate:
    return RequestTemplate(version=version)


NAMED = Expectation(
    id="version-id",
    matchers=(Same(Header(VERSION_ID), or_absent=True),),
    evidence=INFERRED,
    source="page: common response headers only; RestoreObject answers with the id (C++ SDK test)",
)
CLEANED = (done(200, INFERRED), NAMED)
STALE = (refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),)
NOT_FINISHED = (refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, INFERRED),)
ON_MARKER = (f"404 {Code.NO_SUCH_KEY}", f"405 {Code.METHOD_NOT_ALLOWED}")
SEEN_RESTORING = frozenset({"instant-restore"})

CONTRACTS = (
    Contract(
        "version-current-unnamed",
        reading="Without versionId the current version is cleaned, and no other.",
        source=CURRENT_ALONE,
        given=Given.BOTH_RESTORED,
        bucket=Bucket.VERSIONED,
        expect=CLEANED,
        then=(*unrestored(CURRENT), *untouched(OLDER), *listed(cleaned=CURRENT)),
    ),
    Contract(
        "version-current-named",
        reading="With its versionId the current version is cleaned, and no other.",
        source=UNRESTORE,
        given=Given.BOTH_RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(CURRENT),
        expect=CLEANED,
        then=(*unrestored(CURRENT), *untouched(OLDER), *listed(cleaned=CURRENT)),
    ),
    Contract(
        "version-older-named",
        reading="With its versionId an older version is cleaned, and the current one stays restored.",
        source=UNRESTORE,
        given=Given.BOTH_RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=CLEANED,
        then=(*unrestored(OLDER), *untouched(CURRENT), *listed(cleaned=OLDER)),
    ),
    Contract(
        "version-older-below-frozen",
        reading="An older version that is restored is cleaned, whatever the current one is.",
        source=UNRESTORE,
        given=Given.OVERWRITTEN_RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=CLEANED,
        then=(*unrestored(OLDER), stale_again(OLDER), *unrestored(CURRENT), restored_anew(OLDER)),
    ),
    Contract(
        "version-current-alone-restored",
        reading="Without versionId the current version is cleaned where it alone was restored.",
        source=CURRENT_ALONE,
        given=Given.OVERWRITTEN_THEN_RESTORED,
        bucket=Bucket.VERSIONED,
        expect=CLEANED,
        then=(*unrestored(CURRENT), *unrestored(OLDER)),
    ),
    Contract(
        "version-current-never-restored-unnamed",
        reading="Without versionId it does not count that an older version is restored.",
        source=CURRENT_ALONE,
        given=Given.OVERWRITTEN_RESTORED,
        bucket=Bucket.VERSIONED,
        expect=STALE,
        then=untouched(OLDER),
    ),
    Contract(
        "version-current-never-restored-named",
        reading="A version that was never restored is refused by its versionId, though an older one is.",
        source=OF_ITS_OWN,
        given=Given.OVERWRITTEN_RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(CURRENT),
        expect=STALE,
        then=untouched(OLDER),
    ),
    Contract(
        "version-older-never-restored",
        reading="An older version that was never restored is refused, though the current one is restored.",
        source=OF_ITS_OWN,
        given=Given.OVERWRITTEN_THEN_RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=STALE,
        then=untouched(CURRENT),
    ),
    Contract(
        "version-older-cleaned",
        reading="An older version that was cleaned already is refused.",
        source=OF_ITS_OWN,
        given=Given.OVERWRITTEN_CLEANED,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=STALE,
        then=unrestored(OLDER),
    ),
    Contract(
        "version-older-restoring",
        reading="An older version that is restoring is refused as not finished, and its restore goes on.",
        source=OF_ITS_OWN,
        given=Given.OVERWRITTEN_RESTORING,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=NOT_FINISHED,
        then=goes_on(OLDER),
        rules_out=SEEN_RESTORING,
    ),
    Contract(
        "version-current-above-restoring",
        reading="Without versionId it does not count that an older version is restoring.",
        source=CURRENT_ALONE,
        given=Given.OVERWRITTEN_RESTORING,
        bucket=Bucket.VERSIONED,
        expect=STALE,
        then=goes_on(OLDER),
        rules_out=SEEN_RESTORING,
    ),
    Contract(
        "version-current-restoring",
        reading="Without versionId a current version that is restoring is refused, and no older one cleaned.",
        source=CURRENT_ALONE,
        given=Given.BOTH_RESTORING,
        bucket=Bucket.VERSIONED,
        expect=NOT_FINISHED,
        then=(*untouched(OLDER), *goes_on(CURRENT)),
        rules_out=SEEN_RESTORING,
    ),
    Contract(
        "version-older-below-restoring",
        reading="An older version is cleaned by its versionId, and the current one's restore goes on.",
        source=OF_ITS_OWN,
        given=Given.BOTH_RESTORING,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=CLEANED,
        then=(*unrestored(OLDER), *goes_on(CURRENT)),
        rules_out=SEEN_RESTORING,
    ),
    Contract(
        "version-unknown",
        reading="A versionId that the object does not have is refused, and nothing is cleaned.",
        source=UNKNOWN,
        given=Given.RESTORED,
        bucket=Bucket.VERSIONED,
        request=asking(ABSENT),
        expect=(one_of("404 NoSuchVersion", f"400 {Code.INVALID_ARGUMENT}"),),
        then=untouched(CURRENT),
    ),
    Contract(
        "version-marker-on-top",
        reading="Without versionId an object under a delete marker is not found, and no version is cleaned.",
        source=MARKERS,
        given=Given.DELETED,
        bucket=Bucket.VERSIONED,
        expect=(one_of(*ON_MARKER),),
        then=(hidden(), *untouched(OLDER)),
    ),
    Contract(
        "version-marker-named",
        reading="A delete marker is nothing that could be cleaned, and stays.",
        source=MARKERS,
        given=Given.DELETED,
        bucket=Bucket.VERSIONED,
        request=asking(MARKER),
        expect=(one_of(*ON_MARKER, f"400 {Code.OPERATION_NOT_SUPPORTED}"),),
        then=(hidden(), *untouched(OLDER)),
    ),
    Contract(
        "version-below-marker",
        reading="A version under a delete marker is cleaned by its versionId, and the marker stays.",
        source=UNRESTORE,
        given=Given.DELETED,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=CLEANED,
        then=(hidden(), *unrestored(OLDER)),
    ),
    Contract(
        "version-below-marker-restoring",
        reading="A version under a delete marker that is restoring is refused, and its restore goes on.",
        source=OF_ITS_OWN,
        given=Given.DELETED_RESTORING,
        bucket=Bucket.VERSIONED,
        request=asking(OLDER),
        expect=NOT_FINISHED,
        then=goes_on(OLDER),
        rules_out=SEEN_RESTORING,
    ),
    Contract(
        "version-first-in-query",
        reading="versionId may stand before cleanRestoredObject.",
        source=MODELS,
        given=Given.OVERWRITTEN_RESTORED,
        bucket=Bucket.VERSIONED,
        request=RequestTemplate(query=(("versionId", VERSION), (CLEAN, None)), version=OLDER),
        expect=CLEANED,
        then=unrestored(OLDER),
    ),
    Contract(
        "version-after-equals-sign",
        reading="versionId may follow cleanRestoredObject with an equals sign, as some SDKs write it.",
        source=MODELS,
        given=Given.OVERWRITTEN_RESTORED,
        bucket=Bucket.VERSIONED,
        request=RequestTemplate(query=((CLEAN, ""),), version=OLDER),
        expect=CLEANED,
        then=unrestored(OLDER),
    ),
)
