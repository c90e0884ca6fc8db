"""Objects that were not put whole: made in parts, by appending, or reached through a symlink.

The page's sentences speak of the object, however it was made; that an appendable object cannot be of a cold
class is RestoreObject's and AppendObject's pages', and what a clean of a symlink reaches is nobody's.
"""

from __future__ import annotations

from typing import Any

from pytest_oss_clean.contracts.effects import LISTED_FROZEN, LISTS
from pytest_oss_clean.contracts.page import ALREADY_CLEANED, FROZEN, NEVER_RESTORED, RESTORED, RESTORING
from pytest_oss_clean.contracts.states import NEXT_EDITION, NO_INSTANT
from pytest_oss_clean.contracts.storage_classes import STALE_OR_UNSUPPORTED
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code, StorageClass
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    CONTENT_RESTORED,
    CONTENT_SURVIVES,
    RESTORABLE_ANEW,
    done,
    entry_same,
    header_gone,
    header_same,
    one_of,
    readable,
    refused,
    restore_state_same,
    second_clean_stale,
    storage_class_same,
    unreadable,
)
from pytest_oss_clean.spec.history import Given, Provision, Upload
from pytest_oss_clean.spec.request import LINK, NAME, RequestTemplate

COLD = (StorageClass.COLD_ARCHIVE, StorageClass.DEEP_COLD_ARCHIVE)
TYPE = "x-oss-object-type"
MADE_IN_PARTS: dict[str, Any] = {
    "provision": Provision(upload=Upload.MULTIPART),
    "since": NEXT_EDITION,
}
SAME = tuple(header_same(name, INFERRED) for name in (TYPE, "ETag", "Content-Length", "x-oss-hash-crc64ecma"))
LISTED = tuple(entry_same(probe, field) for probe in LISTS for field in ("Type", "ETag", "Size"))

CONTRACTS = (
    Contract(
        "parts-restored",
        clause="Examples, response 3",
        says=RESTORED,
        given=Given.RESTORED,
        classes=COLD,
        expect=(done(200, DOCUMENTED),),
        then=(
            unreadable(DOCUMENTED, says=FROZEN),
            storage_class_same(DOCUMENTED, says=FROZEN),
            header_gone(RESTORE_STATE, INFERRED),
            *SAME,
            *LISTED_FROZEN,
            *LISTED[:1],
            second_clean_stale(DOCUMENTED, says=ALREADY_CLEANED),
        ),
        **MADE_IN_PARTS,
    ),
    Contract(
        "parts-never-restored",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        given=Given.NEVER_RESTORED,
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=SAME,
        **MADE_IN_PARTS,
    ),
    Contract(
        "parts-restoring",
        clause="Examples, response 2",
        says=RESTORING,
        given=Given.RESTORING,
        expect=(refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED),),
        then=SAME,
        rules_out=NO_INSTANT,
        **MADE_IN_PARTS,
    ),
    Contract(
        "parts-restorable-anew",
        given=Given.RESTORED,
        reading="A clean loses nothing of an object that was made in parts: a new restore shows it.",
        source="the page's purpose: a clean ends a restored state, and nothing else",
        then=(RESTORABLE_ANEW, CONTENT_RESTORED),
        **MADE_IN_PARTS,
    ),
    Contract(
        "appendable",
        given=Given.NEVER_RESTORED,
        provision=Provision(upload=Upload.APPEND),
        reading="An appendable object is of a class without restore; it stays readable and appendable.",
        source="EC 0016-00000503 page: it cannot be ColdArchive; no source answers a clean of it",
        classes=(StorageClass.STANDARD,),
        expect=(STALE_OR_UNSUPPORTED,),
        then=(
            readable(INFERRED),
            storage_class_same(INFERRED),
            header_same("x-oss-next-append-position", INFERRED),
            *SAME,
            *LISTED,
        ),
        since=NEXT_EDITION,
    ),
    Contract(
        "symlink-to-restored",
        given=Given.RESTORED,
        provision=Provision(upload=Upload.LINKED),
        reading="A clean of a symlink ends no restore of the object that the link leads to.",
        source="no source says whether a clean reaches the link or the object; links are never restored",
        request=RequestTemplate(name=NAME + LINK),
        expect=(one_of(f"400 {Code.OPERATION_NOT_SUPPORTED}", f"409 {Code.ARCHIVE_RESTORE_FILE_STALE}"),),
        then=(CONTENT_SURVIVES, restore_state_same(INFERRED), storage_class_same(INFERRED)),
        since=NEXT_EDITION,
    ),
)
