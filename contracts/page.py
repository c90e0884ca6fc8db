"""The page itself: the three sample answers of CleanRestoredObject, for each history they name.

https://www.alibabacloud.com/help/en/oss/developer-reference/cleanrestoredobject (2 June 2026).
"""

from __future__ import annotations

from pytest_oss_clean.oss.constants import REQUEST_ID, RESTORE_STATE, Code, SignatureVersion, StorageClass
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    RESTORABLE_ANEW,
    done,
    header_gone,
    header_same,
    refused,
    restore_completes,
    restore_shown,
    second_clean_stale,
    storage_class_same,
    unreadable,
)
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import Header, Present

CLASSES = (StorageClass.COLD_ARCHIVE, StorageClass.DEEP_COLD_ARCHIVE)
SIGNATURES = (SignatureVersion.V4, SignatureVersion.V1)

FROZEN = "revert the object to the frozen state, after which the object is no longer directly accessible"
NEVER_RESTORED = "The RestoreObject request has not been initiated for the object"
ALREADY_CLEANED = "or the CleanRestoredObject request has already been processed"
RESTORING = "The RestoreObject request has been initiated for the object, and restoration is in progress."
RESTORED = "The RestoreObject request has been initiated for the object, and restoration is complete."

HAS_ID = Expectation(
    id="request-id",
    matchers=(Present(Header(REQUEST_ID)),),
    evidence=DOCUMENTED,
    says="x-oss-request-id: 5374A2880232A65C2300****",
)

KEPT = ("ETag", "Content-Length", "x-oss-hash-crc64ecma", "x-oss-meta-origin")
"""What no page promises to survive a clean, and what everybody expects to."""

CONTRACTS = (
    Contract(
        "never-restored",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        given=Given.NEVER_RESTORED,
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=(
            unreadable(DOCUMENTED, says=FROZEN),
            storage_class_same(INFERRED),
            header_gone(RESTORE_STATE, INFERRED),
            *(header_same(name, INFERRED) for name in KEPT),
        ),
        classes=CLASSES,
        signatures=SIGNATURES,
    ),
    Contract(
        "already-cleaned",
        clause="Examples, response 1",
        says=ALREADY_CLEANED,
        given=Given.CLEANED,
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=(
            unreadable(DOCUMENTED, says=FROZEN),
            storage_class_same(INFERRED),
            header_gone(RESTORE_STATE, INFERRED),
        ),
        classes=CLASSES,
        signatures=SIGNATURES,
    ),
    Contract(
        "restoring",
        clause="Examples, response 2",
        says=RESTORING,
        given=Given.RESTORING,
        expect=(refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED),),
        then=(
            restore_shown(DOCUMENTED, says=RESTORING),
            storage_class_same(INFERRED),
            restore_completes(DOCUMENTED, says=RESTORING),
        ),
        classes=CLASSES,
        signatures=SIGNATURES,
        rules_out=frozenset({"instant-restore"}),
    ),
    Contract(
        "restored",
        clause="Examples, response 3",
        says=RESTORED,
        given=Given.RESTORED,
        expect=(done(200, DOCUMENTED), HAS_ID),
        then=(
            unreadable(INFERRED, at_once=True),
            unreadable(DOCUMENTED, says=FROZEN),
            storage_class_same(DOCUMENTED, says=FROZEN),
            header_gone(RESTORE_STATE, INFERRED),
            *(header_same(name, INFERRED) for name in KEPT),
            second_clean_stale(DOCUMENTED, says=ALREADY_CLEANED),
            RESTORABLE_ANEW,
        ),
        classes=CLASSES,
        signatures=SIGNATURES,
    ),
)
