"""Mutants of what a clean does: not done, half done, done late, or done to something else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.errors import OssError as Refusal
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.response_edits import error
from pytest_oss_clean.mutation.faults.senders import done, every, held_back, on_answers
from pytest_oss_clean.mutation.faults.side_effects import (
    Also,
    also,
    although,
    beginning,
    changed,
    in_other_buckets,
    instead,
    lasting,
    other_versions,
    others,
    removed,
    siblings,
)
from pytest_oss_clean.mutation.mutant import Damage, Mutant, OnService, OssError, Reached
from pytest_oss_clean.mutation.mutants import later_responses as shown
from pytest_oss_clean.mutation.mutants.later_responses import mutant
from pytest_oss_clean.oss.constants import Code, StorageClass
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
MONEY, READABLE, UNREADABLE = Damage.MONEY, Damage.READABLE, Damage.UNREADABLE
LOST, WRONG, MISLED, ACCESS = Damage.LOST, Damage.WRONG_OBJECT, Damage.MISLED, Damage.ACCESS

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
WEEK = 7 * DAY

Row = tuple[str, OssError, str, Damage]


def to(**fields: object) -> Also:
    """Change fields of what is stored."""
    return changed(lambda thing: replace(thing, **fields))  # type: ignore[arg-type]


def blanked(thing: StoredObject) -> StoredObject:
    """Keep the length and the digests, and lose the content."""
    return replace(thing, body=bytes(len(thing.body)))


def emptied(thing: StoredObject) -> StoredObject:
    """Keep nothing of the content but its digests."""
    return replace(thing, body=b"")


def modified(thing: StoredObject) -> StoredObject:
    """Count as written a minute later."""
    return replace(thing, modified_at=thing.modified_at + 60)


def later(seconds: float) -> Callable[[Retrieval, float], Retrieval]:
    """Move the end of a restore."""
    return lambda r, _now: replace(r, expires_at=max(r.finishes_at, r.expires_at + seconds))


def anew(retrieval: Retrieval, now: float) -> Retrieval:
    """Let a complete restore run once more."""
    return replace(retrieval, finishes_at=now + HOUR, expires_at=max(now + HOUR, retrieval.expires_at))


def an_hour(retrieval: Retrieval, now: float) -> Retrieval:
    """Leave an hour of a complete restore."""
    return replace(retrieval, expires_at=now + HOUR)


def doubled(retrieval: Retrieval, now: float) -> Retrieval:
    """Let a running restore take as long again."""
    left = retrieval.finishes_at - now
    return replace(
        retrieval, finishes_at=retrieval.finishes_at + left, expires_at=retrieval.expires_at + left
    )


def finished(retrieval: Retrieval, now: float) -> Retrieval:
    """Complete a running restore at once."""
    return replace(retrieval, finishes_at=min(now, retrieval.finishes_at))


def expiring(retrieval: Retrieval, _now: float) -> Retrieval:
    """Let a running restore expire when it completes, as if the clean had only waited."""
    return replace(retrieval, expires_at=retrieval.finishes_at)


NOT_DONE: tuple[Row, ...] = (
    ("not-done", held_back(every), "a clean answers 200 and does nothing", MONEY),
    ("late-by-one", held_back(every, 1), "a clean is carried out after one more request", READABLE),
    ("late-by-three", held_back(every, 3), "a clean is carried out after three more requests", READABLE),
    ("done-500", on_answers(error(500, "InternalError"), done), "done, and answered 500", MISLED),
    ("done-503", on_answers(error(503, "ServiceUnavailable"), done), "done, and answered 503", MISLED),
    ("done-stale", on_answers(error(409, STALE), done), "done, and answered as stale", MISLED),
    ("done-not-finished", on_answers(error(409, NOT_FINISHED), done), "done, and not finished", MISLED),
    ("done-not-there", on_answers(error(404, "NoSuchKey"), done), "done, and answered 404", MISLED),
    ("done-denied", on_answers(error(403, "AccessDenied"), done), "done, and answered 403", MISLED),
    ("extends", instead(lasting(later(WEEK))), "a clean extends the restore by a week", MONEY),
    ("ends-tomorrow", instead(lasting(later(-DAY))), "a clean takes a day off the restore", MONEY),
    ("only-hour", instead(lasting(an_hour)), "a clean leaves an hour of the restore", READABLE),
    ("restarts", instead(lasting(anew)), "it restores anew", MONEY),
)

BESIDE: tuple[Row, ...] = (
    ("removes", also(removed), "a clean removes the object", LOST),
    ("to-standard", also(to(storage_class=StorageClass.STANDARD)), "the object becomes Standard", READABLE),
    ("to-ia", also(to(storage_class=StorageClass.IA)), "the object becomes IA", READABLE),
    ("to-archive", also(to(storage_class=StorageClass.ARCHIVE)), "the object becomes Archive", MONEY),
    ("longer-names", also(others(lambda n, own: n.startswith(own))), "longer names are cleaned too", WRONG),
    ("shorter-names", also(others(lambda n, own: own.startswith(n))), "shorter names too", WRONG),
    ("folder", also(others(siblings)), "the whole folder is cleaned", WRONG),
    (
        "other-case",
        also(others(lambda n, own: n.lower() == own.lower())),
        "names that differ in case are cleaned too",
        WRONG,
    ),
    ("other-bucket", also(in_other_buckets), "the name is cleaned in every bucket", WRONG),
    ("instead-longer", instead(others(lambda n, own: n.startswith(own))), "a longer name instead", WRONG),
    ("instead-folder", instead(others(siblings)), "the folder's others are cleaned instead", WRONG),
    ("instead-other-bucket", instead(in_other_buckets), "cleaned in other buckets instead", WRONG),
)
"""What a clean that is answered 200 does as well, or instead; documented."""

STORED: tuple[Row, ...] = (
    ("empties", also(changed(emptied)), "the content is lost", LOST),
    ("blanks", also(changed(blanked)), "the content becomes as many zeros", LOST),
    ("metadata-lost", also(to(metadata=())), "the metadata is lost", LOST),
    ("tags-lost", also(to(tags=())), "the tags are lost", LOST),
    ("acl-lost", also(to(acl="default")), "the ACL is lost", ACCESS),
    ("acl-public", also(to(acl="public-read")), "everybody may read", ACCESS),
    ("type-lost", also(to(content_type="application/octet-stream")), "the type is lost", LOST),
    ("digest-lost", also(to(md5=b"", crc64=0)), "the digests are lost", MISLED),
    ("modified", also(changed(modified)), "the object counts as modified", MISLED),
    ("other-versions", also(other_versions), "the other versions are cleaned too", WRONG),
    ("instead-other-versions", instead(other_versions), "the other versions are cleaned instead", WRONG),
)
"""What a clean that is answered 200 does to what is stored; inferred."""

FROZEN, RUNNING = errors.FILE_STALE, errors.NOT_FINISHED

REFUSED: tuple[tuple[str, ErrorRow, Also, str, Evidence, Damage], ...] = (
    ("stale-removes", FROZEN, removed, "the frozen object is removed", DOCUMENTED, LOST),
    (
        "stale-to-standard",
        FROZEN,
        to(storage_class=StorageClass.STANDARD),
        "the frozen object becomes Standard",
        DOCUMENTED,
        READABLE,
    ),
    (
        "stale-longer-names",
        FROZEN,
        others(lambda n, own: n.startswith(own)),
        "longer names are cleaned",
        DOCUMENTED,
        WRONG,
    ),
    ("stale-folder", FROZEN, others(siblings), "the rest of the folder is cleaned", DOCUMENTED, WRONG),
    ("stale-restores", FROZEN, beginning, "a restore begins", INFERRED, MONEY),
    ("stale-metadata", FROZEN, to(metadata=()), "the metadata is lost", INFERRED, LOST),
    ("stale-tags", FROZEN, to(tags=()), "the tags are lost", INFERRED, LOST),
    ("stale-acl", FROZEN, to(acl="default"), "the ACL is lost", INFERRED, ACCESS),
    ("stale-modified", FROZEN, changed(modified), "it counts as modified", INFERRED, MISLED),
    ("stale-empties", FROZEN, changed(emptied), "the content is lost", INFERRED, LOST),
    ("stale-blanks", FROZEN, changed(blanked), "the content becomes as many zeros", INFERRED, LOST),
    ("stale-other-versions", FROZEN, other_versions, "other versions are cleaned", INFERRED, WRONG),
    ("running-removes", RUNNING, removed, "the restoring object is removed", DOCUMENTED, LOST),
    ("running-blanks", RUNNING, changed(blanked), "the content becomes zeros", DOCUMENTED, LOST),
    (
        "running-expires",
        RUNNING,
        lasting(expiring),
        "it is done when it completes",
        DOCUMENTED,
        MISLED,
    ),
    ("running-doubles", RUNNING, lasting(doubled), "the restore takes as long again", DOCUMENTED, UNREADABLE),
    ("running-finishes", RUNNING, lasting(finished), "the restore completes at once", INFERRED, READABLE),
    ("running-extends", RUNNING, lasting(later(WEEK)), "the restore lasts longer", INFERRED, MONEY),
    ("running-shortens", RUNNING, lasting(later(-DAY)), "the restore lasts a day less", INFERRED, UNREADABLE),
    ("running-tags", RUNNING, to(tags=()), "the tags are lost", INFERRED, LOST),
    ("running-acl", RUNNING, to(acl="default"), "the ACL is lost", INFERRED, ACCESS),
    ("running-metadata", RUNNING, to(metadata=()), "the metadata is lost", INFERRED, LOST),
    ("running-longer-names", RUNNING, others(lambda n, own: n.startswith(own)), "also", DOCUMENTED, WRONG),
    ("running-other-versions", RUNNING, other_versions, "other versions are cleaned", INFERRED, WRONG),
)
"""What a clean does although it is refused."""


def undone(seconds: float) -> OnService:
    """Let a clean wear off: the restore is back after a time of the restore clock."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            ends: dict[tuple[str, str], tuple[float, Retrieval]]

            def reset(self) -> None:
                super().reset()
                self.ends = {}

            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                retrieval = self.find_object(operation).retrieval
                response = super().clean_restored_object(operation, reply)
                if retrieval is not None:
                    self.ends[operation.bucket, operation.name] = (self.now() + seconds, retrieval)
                return response

            def find_object(self, operation: Operation) -> StoredObject:
                thing = super().find_object(operation)
                at, retrieval = self.ends.get((operation.bucket, operation.name), (math.inf, None))
                if thing.retrieval is not None or self.now() < at:
                    return thing
                reached()
                return replace(thing, retrieval=retrieval)

        return Mutated

    return OnService(make)


def copying() -> OnService:
    """Let a frozen object be the source of a copy."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def check_readable(
                self, operation: Operation, thing: StoredObject, row: ErrorRow = errors.NOT_READABLE
            ) -> None:
                try:
                    super().check_readable(operation, thing, row)
                except Refusal:
                    if row is not errors.COPY_NOT_READABLE:
                        raise
                    reached()

        return Mutated

    return OnService(make)


def rows(table: tuple[Row, ...], breaks: Evidence) -> tuple[Mutant, ...]:
    """Return the mutants of a table."""
    return tuple(mutant(name, says, breaks, damage, fault) for name, fault, says, damage in table)


MUTANTS: tuple[Mutant, ...] = (
    *rows(NOT_DONE, DOCUMENTED),
    *rows(BESIDE, DOCUMENTED),
    *rows(STORED, INFERRED),
    *(
        mutant(name, f"although refused: {says}", breaks, damage, although(row, do))
        for name, row, do, says, breaks, damage in REFUSED
    ),
    mutant("wears-off", "a clean wears off after an hour", DOCUMENTED, READABLE, undone(HOUR)),
    mutant("copies", "a frozen object can be copied", INFERRED, READABLE, copying()),
    *shown.MUTANTS,
)
