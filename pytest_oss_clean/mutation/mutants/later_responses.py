"""Mutants of what later requests show of an object after a clean; they sit in front of any server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import formatdate

from pytest_oss_clean.mutation.faults.response_edits import (
    Change,
    body,
    both,
    element,
    error,
    header,
    no_header,
    status,
    with_body,
    with_header,
)
from pytest_oss_clean.mutation.faults.senders import (
    CLEANING,
    COPYING,
    LISTING,
    LISTING_V2,
    LOOKING,
    META,
    READING,
    RESTORING,
    WRITING,
    Life,
    Which,
    afterwards,
    asked,
    done,
    is_clean,
    not_finished,
    place_of,
    stale,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnSender, OssError, Reached
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS, Code
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
MISLED, READABLE, MONEY, LOST = Damage.MISLED, Damage.READABLE, Damage.MONEY, Damage.LOST
UNREADABLE, BREAKS, ACCESS = Damage.UNREADABLE, Damage.BREAKS, Damage.ACCESS

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
RUNNING, EXPIRED = 'ongoing-request="true"', 'ongoing-request="false", expiry-date="{}"'


def as_read(response: Response, life: Life) -> Response:
    """Give the content, as if the object were still restored."""
    headers = life.head.headers if life.head else response.headers
    return with_body(replace(response, status=200, reason="OK", headers=headers), life.content)


def with_content(response: Response, life: Life) -> Response:
    """Refuse, and give the content all the same."""
    return with_body(response, life.content)


def restore_kept(response: Response, life: Life) -> Response:
    """Tell of the restore that was there before the clean."""
    was = life.head.header(RESTORE_STATE) if life.head else None
    return response if was is None else with_header(response, RESTORE_STATE, was)


def restore_expired(response: Response) -> Response:
    """Tell of a restore that has just expired."""
    return with_header(response, RESTORE_STATE, EXPIRED.format(formatdate(response.at, usegmt=True)))


def modified_now(response: Response) -> Response:
    """Tell of a change in a minute that is to come."""
    return with_header(response, "Last-Modified", formatdate(response.at + 60, usegmt=True))


def simply(change: Change) -> Callable[[Response, Life], Response]:
    """Return a change that needs to know nothing of the object."""
    return lambda response, _: change(response)


def empty(number: int) -> Callable[[Response, Life], Response]:
    """Return the change to another status without a body."""
    return simply(both(status(number), body(b"")))


GONE = both(status(404), no_header(STORAGE_CLASS), no_header(RESTORE_STATE))

Shown = tuple[str, str, Callable[[Response, Life], Response], str, Damage]

READ: tuple[Shown, ...] = (
    ("readable", READING, as_read, "GET gives the content on, though HEAD says frozen", READABLE),
    ("refused-with-content", READING, with_content, "GET refuses, with the content for a body", READABLE),
    ("read-as-empty", READING, empty(200), "GET answers 200 without content", LOST),
    ("read-as-204", READING, empty(204), "GET answers 204", LOST),
    ("read-denied", READING, simply(error(403, "AccessDenied")), "GET answers 403 AccessDenied", MISLED),
    ("read-not-there", READING, simply(error(404, "NoSuchKey")), "GET answers 404 NoSuchKey", MISLED),
    ("read-conflict", READING, simply(error(409, "InvalidObjectState")), "GET answers 409", BREAKS),
    ("head-refused", LOOKING, empty(403), "HEAD of a frozen object answers 403", BREAKS),
    ("head-not-there", LOOKING, simply(GONE), "HEAD answers 404", MISLED),
    ("class-standard", LOOKING, simply(header(STORAGE_CLASS, "Standard")), "HEAD says Standard", MISLED),
    ("class-archive", LOOKING, simply(header(STORAGE_CLASS, "Archive")), "HEAD says Archive", MISLED),
    ("class-lost", LOOKING, simply(no_header(STORAGE_CLASS)), "HEAD says no class", BREAKS),
    ("again-done", CLEANING, empty(200), "another clean succeeds again", MISLED),
    ("again-not-finished", CLEANING, simply(error(409, NOT_FINISHED)), "another is not finished", MISLED),
    ("again-not-there", CLEANING, simply(error(404, "NoSuchKey")), "another finds no object", MISLED),
    ("again-broken", CLEANING, simply(error(500, "InternalError")), "another ends in an error", BREAKS),
)
"""After a clean that was answered 200: what is documented."""

BESIDE: tuple[Shown, ...] = (
    ("head-restored", LOOKING, restore_kept, "GET refuses, but HEAD still tells of the restore", MISLED),
    ("head-restoring", LOOKING, simply(header(RESTORE_STATE, RUNNING)), "HEAD tells of a restore", MISLED),
    ("head-expired", LOOKING, simply(restore_expired), "HEAD tells of an expired restore", MISLED),
    ("head-etag", LOOKING, simply(header("ETag", '"0"')), "HEAD shows another ETag", MISLED),
    ("head-size", LOOKING, simply(header("Content-Length", "0")), "HEAD shows a length of 0", LOST),
    ("head-modified", LOOKING, simply(modified_now), "HEAD shows another Last-Modified", MISLED),
    ("head-metadata", LOOKING, simply(no_header("x-oss-meta-origin")), "HEAD shows no metadata", LOST),
    (
        "head-type",
        LOOKING,
        simply(header("Content-Type", "binary/octet-stream")),
        "HEAD shows its default",
        LOST,
    ),
    ("head-crc", LOOKING, simply(no_header("x-oss-hash-crc64ecma")), "HEAD shows no checksum", BREAKS),
    ("head-md5", LOOKING, simply(no_header("Content-MD5")), "HEAD shows no Content-MD5", BREAKS),
    ("head-kind", LOOKING, simply(header("x-oss-object-type", "Symlink")), "HEAD shows another type", MISLED),
    ("meta-size", META, simply(header("Content-Length", "0")), "GetObjectMeta shows a length of 0", LOST),
    ("meta-etag", META, simply(header("ETag", '"0"')), "GetObjectMeta shows another ETag", MISLED),
    ("meta-not-there", META, empty(404), "GetObjectMeta finds no object", MISLED),
    ("tags-not-there", "GET tagging", simply(error(404, "NoSuchTagSet")), "the tags are not found", LOST),
    ("tag-value", "GET tagging", simply(element("Value", "<Value/>")), "the tag lost its value", LOST),
    (
        "acl-opened",
        "GET acl",
        simply(element("Grant", "<Grant>public-read</Grant>")),
        "the ACL lets everybody read",
        ACCESS,
    ),
    ("no-new-restore", RESTORING, simply(error(409, STALE)), "a new restore is refused", UNREADABLE),
    (
        "new-restore-running",
        RESTORING,
        simply(error(409, Code.RESTORE_ALREADY_IN_PROGRESS)),
        "a new restore is refused as in progress",
        UNREADABLE,
    ),
    ("new-restore-extends", RESTORING, empty(200), "a new restore is answered as an extension", MISLED),
)
"""After a clean that was answered 200: what is inferred."""

REFUSED: tuple[tuple[Shown, Which, Evidence], ...] = (
    (("stale-then-readable", READING, as_read, "a refused clean thaws", READABLE), stale, DOCUMENTED),
    (("stale-then-gone", READING, empty(404), "a refused clean removes", LOST), stale, DOCUMENTED),
    (
        ("stale-then-restoring", LOOKING, simply(header(RESTORE_STATE, RUNNING)), "it restores", MONEY),
        stale,
        INFERRED,
    ),
    (
        ("stale-then-class", LOOKING, simply(header(STORAGE_CLASS, "Standard")), "HEAD: Standard", MISLED),
        stale,
        INFERRED,
    ),
    (
        ("running-then-hidden", LOOKING, simply(no_header(RESTORE_STATE)), "the restore is hidden", MISLED),
        not_finished,
        DOCUMENTED,
    ),
    (
        ("running-then-expired", LOOKING, simply(restore_expired), "HEAD says it expired", MISLED),
        not_finished,
        INFERRED,
    ),
    (
        ("running-then-empty", READING, empty(200), "what was restoring is empty", LOST),
        not_finished,
        DOCUMENTED,
    ),
    (
        (
            "running-then-class",
            LOOKING,
            simply(header(STORAGE_CLASS, "Standard")),
            "HEAD: Standard",
            MISLED,
        ),
        not_finished,
        INFERRED,
    ),
)
"""After a clean that was refused."""


def cached(what: str) -> OnSender:
    """Answer a request as before the clean, until something is written or restored."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        kept: dict[tuple[str, str], Response] = {}
        cleaned: set[str] = set()

        def remembering(request: Request) -> Response:
            response, host = sender(request), place_of(request)[0]
            if is_clean(request) and done(response):
                cleaned.add(host)
            elif asked(request) in (WRITING, COPYING, RESTORING):
                cleaned.discard(host)
                kept.clear()
            elif asked(request) == what and host not in cleaned:
                kept[host, request.target] = response
            elif asked(request) == what and (host, request.target) in kept:
                old = kept[host, request.target]
                if (old.status, old.body, old.header(RESTORE_STATE)) != (
                    response.status,
                    response.body,
                    response.header(RESTORE_STATE),
                ):
                    reached()
                return replace(old, at=response.at)
            return response

        return remembering

    return OnSender(wrap)


def mutant(name: str, says: str, breaks: Evidence, damage: Damage, fault: OssError) -> Mutant:
    """Return a mutant of the family."""
    return Mutant(
        id=f"effect-{name}",
        family=Family.EFFECTS,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
    )


def mutants(rows: Iterable[Shown], after: Which, breaks: Evidence) -> tuple[Mutant, ...]:
    """Return the mutants of rows."""
    return tuple(
        mutant(name, says, breaks, damage, afterwards(what, change=change, after=after))
        for name, what, change, says, damage in rows
    )


MUTANTS: tuple[Mutant, ...] = (
    *mutants(READ, done, DOCUMENTED),
    *mutants(BESIDE, done, INFERRED),
    *(made for row, after, breaks in REFUSED for made in mutants((row,), after, breaks)),
    mutant("list-cached", "lists of objects lag behind", INFERRED, MISLED, cached(LISTING)),
    mutant("list-v2-cached", "ListObjectsV2 lags behind", INFERRED, MISLED, cached(LISTING_V2)),
)
