"""Mutants of what a clean does: not done, half done, done late, or done to something else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import chain

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, Retrieval
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.authenticator import passed_over
from pytest_oss_clean.mutation.faults.by_history import emptied
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.mutation.faults.requests import done
from pytest_oss_clean.mutation.faults.response_edits import error
from pytest_oss_clean.mutation.faults.senders import every, held_back, on_responses
from pytest_oss_clean.mutation.faults.side_effects import (
    Effect,
    also,
    although,
    beginning,
    changed,
    in_other_buckets,
    instead,
    lasting,
    longer,
    other_versions,
    others,
    removed,
    same_folder,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants import later_responses
from pytest_oss_clean.oss.constants import Code, StorageClass
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

MONEY, READABLE, UNREADABLE = Damage.MONEY, Damage.READABLE, Damage.UNREADABLE
LOST, WRONG, MISLED, ACCESS = Damage.LOST, Damage.WRONG_OBJECT, Damage.MISLED, Damage.ACCESS

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
WEEK = 7 * DAY


def to(**fields: object) -> Effect:
    return changed(lambda thing: replace(thing, **fields))  # type: ignore[arg-type]


def blanked(thing: StoredObject) -> StoredObject:
    """Keep the length and the digests, and lose the content."""
    return replace(thing, body=bytes(len(thing.body)))


def modified(thing: StoredObject) -> StoredObject:
    return replace(thing, modified_at=thing.modified_at + 60)


def later(seconds: float) -> Callable[[Retrieval, float], Retrieval]:
    return lambda r, _now: replace(r, expires_at=max(r.finishes_at, r.expires_at + seconds))


def anew(retrieval: Retrieval, now: float) -> Retrieval:
    return replace(retrieval, finishes_at=now + HOUR, expires_at=max(now + HOUR, retrieval.expires_at))


def an_hour(retrieval: Retrieval, now: float) -> Retrieval:
    return replace(retrieval, expires_at=now + HOUR)


def doubled(retrieval: Retrieval, now: float) -> Retrieval:
    """Let a running restore take as long again."""
    left = retrieval.finishes_at - now
    return replace(
        retrieval, finishes_at=retrieval.finishes_at + left, expires_at=retrieval.expires_at + left
    )


def finished(retrieval: Retrieval, now: float) -> Retrieval:
    return replace(retrieval, finishes_at=min(now, retrieval.finishes_at))


def expiring(retrieval: Retrieval, _now: float) -> Retrieval:
    """Let a running restore expire when it completes, as if the clean had only waited."""
    return replace(retrieval, expires_at=retrieval.finishes_at)


NOT_DONE: Table = {
    (DOCUMENTED, MONEY): (
        ("not-done", held_back(every), "a clean answers 200 and does nothing"),
        ("extends", instead(lasting(later(WEEK))), "a clean extends the restore by a week"),
        ("ends-tomorrow", instead(lasting(later(-DAY))), "a clean takes a day off the restore"),
        ("restarts", instead(lasting(anew)), "it restores anew"),
    ),
    (DOCUMENTED, READABLE): (
        ("late-by-one", held_back(every, 1), "a clean is carried out after one more request"),
        ("late-by-three", held_back(every, 3), "a clean is carried out after three more requests"),
        ("only-hour", instead(lasting(an_hour)), "a clean leaves an hour of the restore"),
    ),
    (DOCUMENTED, MISLED): (
        ("done-500", on_responses(error(500, "InternalError"), done), "done, and answered 500"),
        ("done-503", on_responses(error(503, "ServiceUnavailable"), done), "done, and answered 503"),
        ("done-stale", on_responses(error(409, STALE), done), "done, and answered as stale"),
        ("done-not-finished", on_responses(error(409, NOT_FINISHED), done), "done, and not finished"),
        ("done-not-there", on_responses(error(404, "NoSuchKey"), done), "done, and answered 404"),
        ("done-denied", on_responses(error(403, "AccessDenied"), done), "done, and answered 403"),
    ),
}

BESIDE: Table = {
    (DOCUMENTED, LOST): (("removes", removed, "a clean removes the object"),),
    (DOCUMENTED, READABLE): (
        ("to-standard", to(storage_class=StorageClass.STANDARD), "the object becomes Standard"),
        ("to-ia", to(storage_class=StorageClass.IA), "the object becomes IA"),
    ),
    (DOCUMENTED, MONEY): (
        ("to-archive", to(storage_class=StorageClass.ARCHIVE), "the object becomes Archive"),
    ),
    (DOCUMENTED, WRONG): (
        ("longer-names", others(longer), "longer names are cleaned too"),
        ("shorter-names", others(lambda n, own: own.startswith(n)), "shorter names too"),
        ("folder", others(same_folder), "the whole folder is cleaned"),
        (
            "other-case",
            others(lambda n, own: n.lower() == own.lower()),
            "names that differ in case are cleaned too",
        ),
        ("other-bucket", in_other_buckets, "the name is cleaned in every bucket"),
        ("instead-longer", instead(others(longer)), "a longer name instead"),
        ("instead-folder", instead(others(same_folder)), "the folder's others are cleaned instead"),
        ("instead-other-bucket", instead(in_other_buckets), "cleaned in other buckets instead"),
    ),
}
"""What a clean that is answered 200 does as well, or instead; documented."""

STORED: Table = {
    (INFERRED, LOST): (
        ("empties", changed(emptied), "the content is lost"),
        ("blanks", changed(blanked), "the content becomes as many zeros"),
        ("metadata-lost", to(metadata=()), "the metadata is lost"),
        ("tags-lost", to(tags=()), "the tags are lost"),
        ("type-lost", to(content_type="application/octet-stream"), "the type is lost"),
    ),
    (INFERRED, ACCESS): (
        ("acl-lost", to(acl="default"), "the ACL is lost"),
        ("acl-public", to(acl="public-read"), "everybody may read"),
    ),
    (INFERRED, MISLED): (
        ("digest-lost", to(md5=b"", crc64=0), "the digests are lost"),
        ("modified", changed(modified), "the object counts as modified"),
    ),
    (INFERRED, WRONG): (
        ("other-versions", other_versions, "the other versions are cleaned too"),
        ("instead-other-versions", instead(other_versions), "the other versions are cleaned instead"),
    ),
}
"""What a clean that is answered 200 does to what is stored; inferred."""

FROZEN, RUNNING = errors.FILE_STALE, errors.NOT_FINISHED

REFUSED: Table = {
    (DOCUMENTED, LOST): (
        ("stale-removes", FROZEN, removed, "the frozen object is removed"),
        ("running-removes", RUNNING, removed, "the restoring object is removed"),
        ("running-blanks", RUNNING, changed(blanked), "the content becomes zeros"),
    ),
    (DOCUMENTED, READABLE): (
        (
            "stale-to-standard",
            FROZEN,
            to(storage_class=StorageClass.STANDARD),
            "the frozen object becomes Standard",
        ),
    ),
    (DOCUMENTED, WRONG): (
        ("stale-longer-names", FROZEN, others(longer), "longer names are cleaned"),
        ("stale-folder", FROZEN, others(same_folder), "the rest of the folder is cleaned"),
        ("running-longer-names", RUNNING, others(longer), "also"),
    ),
    (INFERRED, MONEY): (
        ("stale-restores", FROZEN, beginning, "a restore begins"),
        ("running-extends", RUNNING, lasting(later(WEEK)), "the restore lasts longer"),
    ),
    (INFERRED, LOST): (
        ("stale-metadata", FROZEN, to(metadata=()), "the metadata is lost"),
        ("stale-tags", FROZEN, to(tags=()), "the tags are lost"),
        ("stale-empties", FROZEN, changed(emptied), "the content is lost"),
        ("stale-blanks", FROZEN, changed(blanked), "the content becomes as many zeros"),
        ("running-tags", RUNNING, to(tags=()), "the tags are lost"),
        ("running-metadata", RUNNING, to(metadata=()), "the metadata is lost"),
    ),
    (INFERRED, ACCESS): (
        ("stale-acl", FROZEN, to(acl="default"), "the ACL is lost"),
        ("running-acl", RUNNING, to(acl="default"), "the ACL is lost"),
    ),
    (INFERRED, MISLED): (("stale-modified", FROZEN, changed(modified), "it counts as modified"),),
    (INFERRED, WRONG): (
        ("stale-other-versions", FROZEN, other_versions, "other versions are cleaned"),
        ("running-other-versions", RUNNING, other_versions, "other versions are cleaned"),
    ),
    (DOCUMENTED, MISLED): (("running-expires", RUNNING, lasting(expiring), "it is done when it completes"),),
    (DOCUMENTED, UNREADABLE): (
        ("running-doubles", RUNNING, lasting(doubled), "the restore takes as long again"),
    ),
    (INFERRED, READABLE): (
        ("running-finishes", RUNNING, lasting(finished), "the restore completes at once"),
    ),
    (INFERRED, UNREADABLE): (
        ("running-shortens", RUNNING, lasting(later(-DAY)), "the restore lasts a day less"),
    ),
}
"""What a clean does although it is refused."""


@service_fault(CLEAN, "find_object")
def undone(call: MethodCall, seconds: float) -> object:
    """Let a clean wear off: the restore is back after a time of the restore clock."""
    if call.name == CLEAN:
        retrieval, response = call.thing.retrieval, call.right()
        if retrieval is not None:
            call.memory[call.place] = (call.owner.now() + seconds, retrieval)
        return response
    thing = call.right()
    at, retrieval = call.memory.get(call.place, (math.inf, None))
    if thing.retrieval is not None or call.owner.now() < at:
        return thing
    call.reached()
    return replace(thing, retrieval=retrieval)


@service_fault(CLEAN)
def making_missing(call: MethodCall) -> object:
    if call.bucket.newest(call.operation.name) is not None:
        return call.right()
    call.owner.put_object(replace(call.operation, query=(), headers=()), call.given[1])
    return call.answer(200)


@service_fault("check_readable")
def copying(call: MethodCall) -> None:
    """Let a frozen object be the source of a copy."""
    with passed_over((errors.COPY_NOT_READABLE,), call.reached):
        call.right()


ALONE: Table = {
    (DOCUMENTED, READABLE): (("wears-off", undone(HOUR), "a clean wears off after an hour"),),
    (INFERRED, READABLE): (("copies", copying(), "a frozen object can be copied"),),
    (INFERRED, MISLED): (("makes-missing", making_missing(), "a clean of a missing object makes one"),),
}

FIRST = {"done-500": ("generated-twins-restored",)}

MUTANTS: tuple[Mutant, ...] = (
    *chain.from_iterable(
        mutants("effect", Family.EFFECTS, table, of=also, first=FIRST)
        for table in (NOT_DONE, BESIDE, STORED, ALONE)
    ),
    *mutants("effect", Family.EFFECTS, REFUSED, of=although, says="although refused: {}"),
    *later_responses.MUTANTS,
)
