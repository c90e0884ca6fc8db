"""A clean does the same every time: after a refusal, after a read, beside others; and it lasts."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.contracts.page import ALREADY_CLEANED, FROZEN, KEPT, NEVER_RESTORED, RESTORED, RESTORING
from pytest_oss_clean.contracts.states import NO_INSTANT
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code
from pytest_oss_clean.spec.contract import Contract, Effect, Sibling
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    RESTORABLE_ANEW,
    cleaned_when_restored,
    done,
    header_gone,
    header_same,
    refused,
    restore_shown,
    second_clean_stale,
    unreadable,
)
from pytest_oss_clean.spec.history import Given, Step

DONE = (done(200, DOCUMENTED),)
STALE = (refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),)
NOT_FINISHED = (refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED),)
FOR_GOOD = (unreadable(DOCUMENTED, says=FROZEN), header_gone(RESTORE_STATE, INFERRED))
LOOKS = 4


def time_after_time(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Look at the same effects again and again, in turn."""
    return tuple(replace(e, id=f"{e.id}-{number}") for number in range(1, LOOKS + 1) for e in effects)


def cleaned_beside_one(slug: str, given: Given, reading: str, *then: Effect) -> Contract:
    """Return the row of a clean while another object of the bucket has another history."""
    return Contract(
        slug,
        clause="Examples, response 3",
        says=RESTORED,
        reading=reading,
        given=Given.RESTORED,
        tail="/ab",
        siblings=(Sibling("other", "/abc", given=given),),
        expect=DONE,
        then=(unreadable(DOCUMENTED, says=FROZEN), *then),
        rules_out=NO_INSTANT if given is Given.RESTORING_AGAIN else frozenset(),
    )


CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "refused-then-restored",
        clause="Examples, response 2",
        says=RESTORING,
        reading="A clean that came too early is not held against a later one.",
        given=Given.RESTORING,
        expect=NOT_FINISHED,
        then=(
            restore_shown(DOCUMENTED, says=RESTORING),
            *(header_same(name, INFERRED) for name in KEPT),
            cleaned_when_restored(DOCUMENTED, says=RESTORED),
            second_clean_stale(DOCUMENTED, says=ALREADY_CLEANED),
        ),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "stale-then-restored",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        reading="A clean that had nothing to do is not held against a later one.",
        given=Given.NEVER_RESTORED,
        expect=STALE,
        then=(
            RESTORABLE_ANEW,
            cleaned_when_restored(DOCUMENTED, says=RESTORED),
            second_clean_stale(DOCUMENTED, says=ALREADY_CLEANED),
        ),
    ),
    Contract(
        "read-before-clean",
        clause="Examples, response 3",
        says=RESTORED,
        reading="What was read while it was restored is not readable from a copy that somebody kept.",
        given=Given.RESTORED,
        prepare=(Step.READ,),
        expect=DONE,
        then=FOR_GOOD,
    ),
    Contract(
        "frozen-at-every-look",
        clause="Examples, response 3",
        says=RESTORED,
        reading="Once it is seen frozen, it is frozen at every later look.",
        given=Given.RESTORED,
        expect=DONE,
        then=time_after_time(FOR_GOOD),
    ),
    Contract(
        "cleaned-an-hour-ago",
        clause="Examples, response 1",
        says=ALREADY_CLEANED,
        reading="A clean does not wear off.",
        given=Given.CLEANED,
        prepare=(Step.WAIT_HOUR,),
        expect=STALE,
        then=FOR_GOOD,
    ),
    cleaned_beside_one(
        "beside-a-restoring-one",
        Given.RESTORING_AGAIN,
        "It does not count that another object is restoring.",
        header_same(RESTORE_STATE, INFERRED, of="other", otherwise="the clean reached another object"),
    ),
    cleaned_beside_one(
        "beside-a-frozen-one",
        Given.NEVER_RESTORED,
        "It does not count that another object is frozen.",
        unreadable(INFERRED, of="other"),
    ),
)
