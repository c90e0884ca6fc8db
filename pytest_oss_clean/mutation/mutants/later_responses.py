"""Mutants of what later requests show of an object after a clean; they sit in front of any server."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from itertools import chain

from pytest_oss_clean.mutation.faults.decorators import Interception, sender_fault
from pytest_oss_clean.mutation.faults.requests import (
    CLEANING,
    COPYING,
    HEADING,
    LISTING,
    LISTING_V2,
    META,
    READING,
    RESTORING,
    WRITING,
    ObjectHistory,
    Which,
    address_of,
    done,
    not_finished,
    stale,
)
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
from pytest_oss_clean.mutation.faults.senders import afterwards
from pytest_oss_clean.mutation.mutant import Damage, Family, Fault, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS, Code
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

MISLED, READABLE, MONEY, LOST = Damage.MISLED, Damage.READABLE, Damage.MONEY, Damage.LOST
UNREADABLE, BREAKS, ACCESS = Damage.UNREADABLE, Damage.BREAKS, Damage.ACCESS

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
RUNNING, EXPIRED = 'ongoing-request="true"', 'ongoing-request="false", expiry-date="{}"'


def as_read(response: Response, past: ObjectHistory) -> Response:
    """Give the content, as if the object were still restored."""
    headers = past.head.headers if past.head else response.headers
    return with_body(replace(response, status=200, reason="OK", headers=headers), past.content)


def with_content(response: Response, past: ObjectHistory) -> Response:
    return with_body(response, past.content)


def restore_kept(response: Response, past: ObjectHistory) -> Response:
    """Show the restore that was there before the clean."""
    was = past.head.header(RESTORE_STATE) if past.head else None
    return response if was is None else with_header(response, RESTORE_STATE, was)


def restore_expired(response: Response) -> Response:
    return with_header(response, RESTORE_STATE, EXPIRED.format(formatdate(response.at, usegmt=True)))


def modified_now(response: Response) -> Response:
    """Show a change one minute ahead."""
    return with_header(response, "Last-Modified", formatdate(response.at + 60, usegmt=True))


def simply(what: str, change: Change, after: Which = done) -> Fault:
    """Change later responses without regard to the object."""
    return afterwards(what, lambda response, _: change(response), after)


def empty(number: int) -> Change:
    """Return the change to another status without a body."""
    return both(status(number), body(b""))


GONE = both(status(404), no_header(STORAGE_CLASS), no_header(RESTORE_STATE))

READ: Table = {
    (DOCUMENTED, READABLE): (
        ("readable", afterwards(READING, as_read), "GET gives the content on, though HEAD says frozen"),
        (
            "refused-with-content",
            afterwards(READING, with_content),
            "GET refuses, with the content for a body",
        ),
    ),
    (DOCUMENTED, LOST): (
        ("read-as-empty", READING, empty(200), "GET answers 200 without content"),
        ("read-as-204", READING, empty(204), "GET answers 204"),
    ),
    (DOCUMENTED, MISLED): (
        ("read-denied", READING, error(403, "AccessDenied"), "GET answers 403 AccessDenied"),
        ("read-not-there", READING, error(404, "NoSuchKey"), "GET answers 404 NoSuchKey"),
        ("head-not-there", HEADING, GONE, "HEAD answers 404"),
        ("class-standard", HEADING, header(STORAGE_CLASS, "Standard"), "HEAD says Standard"),
        ("class-archive", HEADING, header(STORAGE_CLASS, "Archive"), "HEAD says Archive"),
        ("again-done", CLEANING, empty(200), "another clean succeeds again"),
        ("again-not-finished", CLEANING, error(409, NOT_FINISHED), "another is not finished"),
        ("again-not-there", CLEANING, error(404, "NoSuchKey"), "another finds no object"),
    ),
    (DOCUMENTED, BREAKS): (
        ("read-conflict", READING, error(409, "InvalidObjectState"), "GET answers 409"),
        ("head-refused", HEADING, empty(403), "HEAD of a frozen object answers 403"),
        ("class-lost", HEADING, no_header(STORAGE_CLASS), "HEAD says no class"),
        ("again-broken", CLEANING, error(500, "InternalError"), "another ends in an error"),
    ),
}
"""After a clean that was answered 200: what is documented."""

BESIDE: Table = {
    (INFERRED, MISLED): (
        ("head-restored", afterwards(HEADING, restore_kept), "GET refuses, but HEAD still shows the restore"),
        ("head-restoring", HEADING, header(RESTORE_STATE, RUNNING), "HEAD shows a restore"),
        ("head-expired", HEADING, restore_expired, "HEAD shows an expired restore"),
        ("head-etag", HEADING, header("ETag", '"0"'), "HEAD shows another ETag"),
        ("head-modified", HEADING, modified_now, "HEAD shows another Last-Modified"),
        ("head-kind", HEADING, header("x-oss-object-type", "Symlink"), "HEAD shows another type"),
        ("meta-etag", META, header("ETag", '"0"'), "GetObjectMeta shows another ETag"),
        ("meta-not-there", META, empty(404), "GetObjectMeta finds no object"),
        ("new-restore-extends", RESTORING, empty(200), "a new restore is answered as an extension"),
    ),
    (INFERRED, LOST): (
        ("head-size", HEADING, header("Content-Length", "0"), "HEAD shows a length of 0"),
        ("head-metadata", HEADING, no_header("x-oss-meta-origin"), "HEAD shows no metadata"),
        ("head-type", HEADING, header("Content-Type", "binary/octet-stream"), "HEAD shows its default"),
        ("meta-size", META, header("Content-Length", "0"), "GetObjectMeta shows a length of 0"),
        ("tags-not-there", "GET tagging", error(404, "NoSuchTagSet"), "the tags are not found"),
        ("tag-value", "GET tagging", element("Value", "<Value/>"), "the tag lost its value"),
    ),
    (INFERRED, BREAKS): (
        ("head-crc", HEADING, no_header("x-oss-hash-crc64ecma"), "HEAD shows no checksum"),
        ("head-md5", HEADING, no_header("Content-MD5"), "HEAD shows no Content-MD5"),
    ),
    (INFERRED, ACCESS): (
        (
            "acl-opened",
            "GET acl",
            element("Grant", "<Grant>public-read</Grant>"),
            "the ACL lets everybody read",
        ),
    ),
    (INFERRED, UNREADABLE): (
        ("no-new-restore", RESTORING, error(409, STALE), "a new restore is refused"),
        (
            "new-restore-running",
            RESTORING,
            error(409, Code.RESTORE_ALREADY_IN_PROGRESS),
            "a new restore is refused as in progress",
        ),
    ),
}
"""After a clean that was answered 200: what is inferred."""

STALE_REFUSED: Table = {
    (DOCUMENTED, READABLE): (
        ("stale-then-readable", afterwards(READING, as_read, stale), "a refused clean thaws"),
    ),
    (DOCUMENTED, LOST): (("stale-then-gone", READING, empty(404), stale, "a refused clean removes"),),
    (INFERRED, MONEY): (
        ("stale-then-restoring", HEADING, header(RESTORE_STATE, RUNNING), stale, "it restores"),
    ),
    (INFERRED, MISLED): (
        ("stale-then-class", HEADING, header(STORAGE_CLASS, "Standard"), stale, "HEAD: Standard"),
    ),
}
RUNNING_REFUSED: Table = {
    (DOCUMENTED, BREAKS): (
        (
            "running-then-garbled",
            HEADING,
            header(RESTORE_STATE, "in progress"),
            not_finished,
            "HEAD shows the restore in words of its own",
        ),
    ),
    (DOCUMENTED, MISLED): (
        ("running-then-hidden", HEADING, no_header(RESTORE_STATE), not_finished, "the restore is hidden"),
    ),
    (INFERRED, MISLED): (
        ("running-then-expired", HEADING, restore_expired, not_finished, "HEAD says it expired"),
        ("running-then-class", HEADING, header(STORAGE_CLASS, "Standard"), not_finished, "HEAD: Standard"),
    ),
    (DOCUMENTED, LOST): (
        ("running-then-empty", READING, empty(200), not_finished, "what was restoring is empty"),
    ),
}
"""After a clean that was refused."""


def shown(response: Response) -> tuple[int, bytes, str | None]:
    return response.status, response.body, response.header(RESTORE_STATE)


@sender_fault
def cached(call: Interception, what: str) -> Response:
    """Answer a request as before the clean, until something is written or restored."""
    response, host = call.right(), address_of(call.request)[0]
    cleaned: set[str] = call.memory.setdefault("cleaned", set())
    kept: dict[tuple[str, str], Response] = call.memory.setdefault("kept", {})
    key = host, call.request.target
    if call.is_clean and done(response):
        cleaned.add(host)
    elif call.asked in (WRITING, COPYING, RESTORING):
        cleaned.discard(host)
        kept.clear()
    elif call.asked == what and host not in cleaned:
        kept[key] = response
    elif call.asked == what and key in kept:
        if shown(kept[key]) != shown(response):
            call.reached()
        return replace(kept[key], at=response.at)
    return response


LAGGING: Table = {
    (INFERRED, MISLED): (
        ("list-cached", cached(LISTING), "lists of objects lag behind"),
        ("list-v2-cached", cached(LISTING_V2), "ListObjectsV2 lags behind"),
    )
}

MUTANTS: tuple[Mutant, ...] = tuple(
    chain.from_iterable(
        mutants("effect", Family.EFFECTS, table, of=simply)
        for table in (READ, BESIDE, STALE_REFUSED, RUNNING_REFUSED, LAGGING)
    )
)
