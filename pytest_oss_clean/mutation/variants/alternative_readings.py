"""Other readings of what no source decides: servers that differ from the emulator, and are as right.

Most of them are the alternatives of `emulator/choices.py` and the members of accepted sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_oss_clean.emulator import choices, errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import DAY, Event, LifeCycle, Retrieval
from pytest_oss_clean.mutation.faults.decorators import Interception, MethodCall, sender_fault, service_fault
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.mutation.faults.response_edits import Change, error, status, with_body, with_header
from pytest_oss_clean.mutation.faults.side_effects import refusing
from pytest_oss_clean.mutation.mutant import OnSender
from pytest_oss_clean.mutation.mutants.concurrency import CLEAN as CLEANING
from pytest_oss_clean.mutation.mutants.concurrency import RESTORE as RESTORING
from pytest_oss_clean.mutation.mutants.concurrency import Overlap, meeting
from pytest_oss_clean.mutation.mutants.time import begun
from pytest_oss_clean.mutation.variants.equivalent_responses import header
from pytest_oss_clean.oss.constants import CLEAN, STORAGE_CLASS, StorageClass
from pytest_oss_clean.oss.messages import Operation, Request, Response
from pytest_oss_clean.oss.responses import describe

UNRESTORABLE = choices.CLEAN_BY_CLASS.chosen
LIKE_COLD: Mapping[StorageClass, Outcome] = {
    c: o for c, o in UNRESTORABLE.items() if c is not StorageClass.ARCHIVE
}
OK, CONFLICT = 200, 409


@service_fault("clean", of=LifeCycle)
def other_classes(call: MethodCall, rules: Mapping[StorageClass, Outcome]) -> object:
    """Decide otherwise on cleans of classes that the page does not name."""
    right = call.right()
    if call.given[0] not in call.owner.clean_unrestorable:
        return right
    other = LifeCycle(clean_unrestorable=rules).clean(*call.given)
    if other != right:
        call.reached()
    return other


@service_fault("restore_event", of=LifeCycle)
def no_higher_tier(call: MethodCall) -> object:
    """Take a restore with a higher tier for a repeat."""
    event = call.right()
    if event is not Event.RAISE:
        return event
    call.reached()
    return Event.RESTORE


@service_fault("_extend", of=LifeCycle)
def counted_anew(call: MethodCall) -> object:
    """Let an extension count from now on."""
    storage_class, retrieval, wish, now = call.given
    call.reached()
    days = min(wish.days or 1, call.owner.longest_days[storage_class])
    return replace(retrieval, expires_at=max(retrieval.expires_at, now + days * DAY))


def in_a_minute(retrieval: Retrieval, now: float) -> Retrieval:
    return replace(retrieval, finishes_at=now + 60)


def at_midnight(retrieval: Retrieval, _: float) -> Retrieval:
    """Round the end of a restore up to a whole day."""
    return replace(retrieval, expires_at=retrieval.expires_at + DAY - retrieval.expires_at % DAY)


@service_fault("make_copy")
def keeping_class(call: MethodCall) -> object:
    made, (operation, _, source, *_) = call.right(), call.given
    if operation.header(STORAGE_CLASS) is not None:
        return made
    call.reached()
    return replace(made, storage_class=source.storage_class)


@sender_fault
def answered(call: Interception, when: Callable[[Request, Response], bool], change: Change) -> Response:
    response = call.right()
    return call.changed(response, change(response)) if when(call.request, response) else response


def instead(old: str, new: str) -> OnSender:
    """Refuse cleans with another status and Code than the emulator has chosen."""
    number, _, code = new.partition(" ")
    return answered(lambda r, a: is_clean(r) and describe(a) == old, error(int(number), code))


def of(method: str, number: int, word: str = "") -> Callable[[Request, Response], bool]:
    """Choose requests by method, by a word in their target and by the status of the answer."""
    return lambda r, a: (r.method, a.status) == (method, number) and word in r.target


def shows_a_restore(_request: Request, response: Response) -> bool:
    return ON_THE_MINUTE(response) != response


def overtaken(overlap: Overlap) -> Response:
    """Refuse a request that another one overtook, as the page on EC 0026-00000004 has it."""
    return error(CONFLICT, "StaleFile")(overlap.response)


def has_value(operation: Operation) -> bool:
    return any(name == CLEAN and value for name, value in operation.query)


def has_body(operation: Operation) -> bool:
    return bool(operation.body)


def names_null(operation: Operation) -> bool:
    return ("versionId", "null") in operation.query


ON_THE_MINUTE = header("x-oss-restore", lambda v: re.sub(r":\d\d GMT", ":00 GMT", v))
VERSIONED = (("x-oss-version-id", "CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0"),)

READINGS: tuple[tuple[Any, ...], ...] = (
    (
        "classes-stale",
        "a clean of a class that is no cold one is stale",
        other_classes(dict.fromkeys(UNRESTORABLE, Outcome.STALE)),
    ),
    ("archive", "Archive is cleaned as ColdArchive is", other_classes(LIKE_COLD)),
    ("higher-tier", "a tier cannot be raised", no_higher_tier()),
    ("quick", "restores take a minute", begun(in_a_minute)),
    ("extension", "an extension counts from now on", counted_anew()),
    ("midnight", "restores expire at midnight", begun(at_midnight)),
    ("minutely", "restores are shown to expire on the minute", answered(shows_a_restore, ON_THE_MINUTE)),
    ("value", "a sub-resource with a value is refused", refusing(errors.BAD_ARGUMENT, has_value)),
    ("body", "a clean with a body is refused", refusing(errors.BAD_XML, has_body)),
    ("body-argument", "a body is a bad argument", refusing(errors.BAD_ARGUMENT, has_body)),
    ("null-version", "without versioning there are no versions", refusing(errors.BAD_ARGUMENT, names_null)),
    ("copy-class", "a copy has the class of its source", keeping_class()),
    (
        "two-sub-resources",
        "two sub-resources are no operation",
        answered(of("POST", 400, "objectMeta"), error(405, "MethodNotAllowed")),
    ),
    ("no-version-key", "an unknown version is an unknown object", "404 NoSuchVersion", "404 NoSuchKey"),
    ("no-version-argument", "a version is a bad argument", "404 NoSuchVersion", "400 InvalidArgument"),
    ("marker", "a delete marker has no class to clean", "405 MethodNotAllowed", "400 OperationNotSupported"),
    ("marker-key", "a delete marker is no object", "405 MethodNotAllowed", "404 NoSuchKey"),
    (
        "names-version",
        "a clean names the version that it cleaned",
        answered(
            lambda r, a: is_clean(r) and a.status == OK,
            lambda a: replace(a, headers=(*a.headers, *VERSIONED)),
        ),
    ),
    ("deleted-200", "a deletion is 200", answered(of("DELETE", 204), status(OK))),
    (
        "put-document",
        "a put is answered with a document",
        answered(of("PUT", OK), lambda a: with_body(a, b"<PutObjectResult/>") if not a.body else a),
    ),
    (
        "not-found-bare",
        "HEAD of a missing object has no other headers",
        answered(
            of("HEAD", 404),
            lambda a: Response(404, with_header(a, "Server", "x").headers[:4], reason="", at=a.at),
        ),
    ),
    (
        "leading-slash",
        "a name with a slash in front is one that is not there",
        answered(of("POST", 400, "/%2F"), error(404, "NoSuchKey")),
    ),
    (
        "token-signature",
        "an altered token is a wrong signature",
        "403 InvalidSecurityToken",
        "403 SignatureDoesNotMatch",
    ),
    (
        "overtaken",
        "a clean that a restore overtakes is refused as a stale file",
        meeting(CLEANING, RESTORING, overtaken),
    ),
    (
        "restore-overtaken",
        "a restore that a clean overtakes is refused as a stale file",
        meeting(RESTORING, CLEANING, overtaken),
    ),
)
"""Name, description, and a fault or what `instead` makes it of; the last two refuse what is overtaken."""
