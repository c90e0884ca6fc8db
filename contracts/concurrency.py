"""Requests at the same time: whatever clients are answered, some order one by one explains it.

The page says nothing of requests that race. That each is answered as if it were alone, before or
after any other, is what every reader of the page expects, so all of it is inferred.
"""

from __future__ import annotations

from pytest_oss_clean.contracts.orders import (
    CLEAN,
    COPY,
    DELETE,
    FROZEN,
    GET,
    HEAD,
    OVERWRITE,
    RESTORE,
    RESTORED,
    RESTORING,
    explanations,
)
from pytest_oss_clean.spec.contract import Contract, Race, Raced
from pytest_oss_clean.spec.history import Given

SAMPLES = "page, the three sample answers: a clean ends one restore, and only once"
READING = (
    "page, GetObject and HeadObject pages: an object is restored until it is cleaned, and frozen after it"
)
RESTORES = "page and RestoreObject page: what either answers in each state of an object"
WRITES = "page, PutObject and DeleteObject pages; EC 0026-00000004 for a request that another one overtook"
COPIES = "page and CopyObject page: a source is copied whole while it is restored, or refused"


def race(start: str, *requests: Raced, conflicts: bool = False) -> Race:
    return Race(requests, explanations(start, *requests, conflicts=conflicts))


CONTRACTS = (
    Contract(
        "cleans-at-once",
        reading="Of cleans of one restored object at the same time exactly one succeeds.",
        source=SAMPLES,
        given=Given.RESTORED,
        race=race(RESTORED, *[CLEAN] * 8),
    ),
    Contract(
        "cleans-at-once-never-restored",
        reading="Cleans at the same time of an object that was never restored are all refused as stale.",
        source=SAMPLES,
        given=Given.NEVER_RESTORED,
        race=race(FROZEN, *[CLEAN] * 8),
    ),
    Contract(
        "cleans-at-once-restoring",
        reading="Cleans at the same time of a restoring object are all refused, and its restore goes on.",
        source=SAMPLES,
        given=Given.RESTORING,
        race=race(RESTORING, *[CLEAN] * 8),
        rules_out=frozenset({"instant-restore"}),
    ),
    Contract(
        "cleans-at-once-cleaned",
        reading="Cleans at the same time of an object that was cleaned before are all refused as stale.",
        source=SAMPLES,
        given=Given.CLEANED,
        race=race(FROZEN, *[CLEAN] * 4),
    ),
    Contract(
        "clean-and-gets-at-once",
        reading="A read at the time of a clean gets the whole object, or is refused.",
        source=READING,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, GET, GET, GET),
    ),
    Contract(
        "clean-and-heads-at-once",
        reading="HEAD at the time of a clean shows the restore, or none.",
        source=READING,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, HEAD, HEAD, HEAD),
    ),
    Contract(
        "clean-and-copy-at-once",
        reading="A copy at the time of a clean is whole, or is refused.",
        source=COPIES,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, COPY),
        needs=frozenset({"copy"}),
    ),
    Contract(
        "clean-and-restore-at-once",
        reading="A restore at the time of a clean extends what is then cleaned, or begins anew.",
        source=RESTORES,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, RESTORE, conflicts=True),
    ),
    Contract(
        "cleans-and-restore-at-once",
        reading="Of two cleans at the time of one restore only one succeeds.",
        source=RESTORES,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, CLEAN, RESTORE, conflicts=True),
    ),
    Contract(
        "clean-and-first-restore-at-once",
        reading="A clean at the time of a first restore is refused, and the restore goes on.",
        source=RESTORES,
        given=Given.NEVER_RESTORED,
        race=race(FROZEN, CLEAN, RESTORE, conflicts=True),
    ),
    Contract(
        "clean-and-overwrite-at-once",
        reading="An overwrite at the time of a clean leaves the new object, frozen.",
        source=WRITES,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, OVERWRITE, conflicts=True),
    ),
    Contract(
        "clean-and-delete-at-once",
        reading="A delete at the time of a clean leaves no object.",
        source=WRITES,
        given=Given.RESTORED,
        race=race(RESTORED, CLEAN, DELETE, conflicts=True),
    ),
)
