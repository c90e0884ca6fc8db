"""What happened to the object before, beyond the four histories that the page names.

Where the page's sentence holds to the letter it is quoted; a row that another page must help to
read, or whose history other operations must first be seen to make, only observes.
"""

from __future__ import annotations

from pytest_oss_clean.contracts import storage_classes
from pytest_oss_clean.contracts.page import ALREADY_CLEANED, FROZEN, NEVER_RESTORED, RESTORED
from pytest_oss_clean.contracts.states import (
    CLEANED_THEN,
    DOCUMENTED_FROZEN_THEN,
    FROZEN_THEN,
    NEXT_EDITION,
    NO_INSTANT,
    NOT_FINISHED,
    STALE,
    UNDER_WAY_THEN,
)
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code, StorageClass
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    CONTENT_RESTORED,
    RESTORABLE_ANEW,
    done,
    header_gone,
    refused,
    restore_completes,
    second_clean_stale,
    storage_class_same,
    unreadable,
)
from pytest_oss_clean.spec.history import Given

RESTORED_TWICE = (
    "the page's response 3 says of every complete restore; no page or test has it for a second one"
)
NEW_OBJECT = (
    "RestoreObject and GetObject in the PHP SDK's integration test of a Cold Archive object that was put "
    "over a restoring one; nothing says it of a clean"
)

AFTER_EXPIRY = (
    Contract(
        "expired",
        given=Given.EXPIRED,
        reading="A restore that ended by itself leaves nothing to clean.",
        source="EC 0016-00000718 page: a clean is only for an object within its restored state",
        expect=(
            refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED, quote=pages.STALE, since=NEXT_EDITION),
        ),
        then=FROZEN_THEN,
    ),
    Contract(
        "restoring-after-expiry",
        given=Given.RESTORING_AFTER_EXPIRY,
        reading="A restore that follows an expired one is in progress like a first one.",
        source="the page's response 2; no page or test has it for a second restore",
        expect=(NOT_FINISHED,),
        then=(*UNDER_WAY_THEN, restore_completes(INFERRED)),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "restored-after-expiry",
        given=Given.RESTORED_AFTER_EXPIRY,
        reading="A restore that follows an expired one is ended by a clean like a first one.",
        source=RESTORED_TWICE,
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
)

AFTER_CLEAN = (
    Contract(
        "restoring-again",
        given=Given.RESTORING_AGAIN,
        reading="Of two sentences that fit, the later event counts: the restore, not the clean before it.",
        source="the page's responses 1 and 2 both fit the words",
        expect=(NOT_FINISHED,),
        then=UNDER_WAY_THEN,
        rules_out=NO_INSTANT,
    ),
    Contract(
        "restoring-again-goes-on",
        given=Given.RESTORING_AGAIN,
        reading="A clean that is refused leaves a second restore alone as it does a first.",
        source="the page's response 2, of any restore in progress",
        then=(restore_completes(INFERRED),),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "restored-again",
        given=Given.RESTORED_AGAIN,
        reading="Of two sentences that fit, the later event counts: the object can be cleaned.",
        source="the page's responses 1 and 3 both fit the words",
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
)

EXTENDED = (
    Contract(
        "extended",
        clause="Examples, response 3",
        says=RESTORED,
        given=Given.EXTENDED,
        reading="An extension is part of the restored state, so one clean ends both.",
        expect=(done(200, DOCUMENTED),),
        then=(
            unreadable(DOCUMENTED, says=FROZEN),
            storage_class_same(DOCUMENTED, says=FROZEN),
            header_gone(RESTORE_STATE, INFERRED),
            second_clean_stale(DOCUMENTED, says=ALREADY_CLEANED),
        ),
    ),
    Contract(
        "extended-and-cleaned",
        clause="Examples, response 1",
        says=ALREADY_CLEANED,
        given=Given.EXTENDED_CLEANED,
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=DOCUMENTED_FROZEN_THEN,
    ),
    Contract(
        "tier-raised",
        given=Given.TIER_RAISED,
        reading="A restore whose tier is raised, or is asked to be, is still one restore in progress.",
        source="user guide and RestoreObject pages, which disagree on whether a tier can be raised",
        expect=(NOT_FINISHED,),
        then=(*UNDER_WAY_THEN, restore_completes(INFERRED)),
        classes=(StorageClass.COLD_ARCHIVE, StorageClass.DEEP_COLD_ARCHIVE),
        rules_out=NO_INSTANT,
    ),
)

OVERWRITTEN = (
    Contract(
        "overwritten",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        given=Given.OVERWRITTEN,
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=DOCUMENTED_FROZEN_THEN,
    ),
    Contract(
        "overwritten-while-restoring",
        given=Given.OVERWRITTEN_RESTORING,
        reading="The object that was put last was never restored; the restore went with the one before.",
        source=NEW_OBJECT,
        expect=(STALE,),
        then=FROZEN_THEN,
    ),
    Contract(
        "overwritten-while-restored",
        given=Given.OVERWRITTEN_RESTORED,
        reading="The object that was put last was never restored; there is nothing to clean.",
        source=NEW_OBJECT,
        expect=(STALE,),
        then=FROZEN_THEN,
    ),
    Contract(
        "overwritten-while-restored-content",
        given=Given.OVERWRITTEN_RESTORED,
        reading="A clean loses nothing of what was put last: a new restore shows it.",
        source="the page's purpose: a clean ends a restored state, and nothing else",
        then=(RESTORABLE_ANEW, CONTENT_RESTORED),
    ),
    Contract(
        "overwritten-after-clean",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        given=Given.OVERWRITTEN_CLEANED,
        reading="Never restored or cleaned already, whichever object is meant: the answer is the same.",
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
        then=DOCUMENTED_FROZEN_THEN,
    ),
    Contract(
        "overwritten-then-restoring",
        given=Given.OVERWRITTEN_THEN_RESTORING,
        reading="The restore of what was put last is in progress.",
        source="the page's response 2, read for the object that is there now",
        expect=(NOT_FINISHED,),
        then=(*UNDER_WAY_THEN, restore_completes(INFERRED)),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "overwritten-then-restored",
        given=Given.OVERWRITTEN_THEN_RESTORED,
        reading="The restore of what was put last is complete, and a clean ends it.",
        source="the page's response 3, read for the object that is there now",
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
    Contract(
        "overwritten-and-restoring-again",
        given=Given.BOTH_RESTORING,
        reading="The restore of what was put last is in progress, whatever became of the one before.",
        source="the page's response 2, read for the object that is there now",
        expect=(NOT_FINISHED,),
        then=(*UNDER_WAY_THEN, restore_completes(INFERRED)),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "overwritten-and-restored-again",
        given=Given.BOTH_RESTORED,
        reading="The restore of what was put last is complete, and a clean ends it.",
        source=RESTORED_TWICE,
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
    Contract(
        "put-again",
        given=Given.PUT_AGAIN,
        reading="An object that is put where one was deleted takes over nothing of its restore.",
        source=NEW_OBJECT,
        expect=(STALE,),
        then=FROZEN_THEN,
    ),
)

COPIES = (
    Contract(
        "copied-onto",
        given=Given.COPIED_ONTO_RESTORED,
        reading="A copy onto a restored object replaces it; the copy was never restored.",
        source="by analogy with an object that is put over another",
        expect=(STALE,),
        then=FROZEN_THEN,
    ),
    Contract(
        "copied-onto-content",
        given=Given.COPIED_ONTO_RESTORED,
        reading="A clean loses nothing of what was copied there: a new restore shows it.",
        source="the page's purpose: a clean ends a restored state, and nothing else",
        then=(RESTORABLE_ANEW, CONTENT_RESTORED),
    ),
    Contract(
        "copy-of-restored",
        given=Given.COPY_OF_RESTORED,
        reading="A copy takes over the content of a restored object, and nothing of its restore.",
        source="the page's response 1, for the copy as an object of its own",
        expect=(STALE,),
        then=FROZEN_THEN,
    ),
)

CONTRACTS = (*AFTER_EXPIRY, *AFTER_CLEAN, *EXTENDED, *OVERWRITTEN, *COPIES, *storage_classes.CONTRACTS)
