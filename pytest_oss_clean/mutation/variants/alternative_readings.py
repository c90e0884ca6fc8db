"""Other readings of what no source decides: servers that differ from the emulator, and are as right.

Most of them are the alternatives of `emulator/choices.py` and the members of accepted sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_oss_clean.emulator import choices, errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import DAY, Event, LifeCycle, RestoreOptions, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.mutation.faults.by_history import living
from pytest_oss_clean.mutation.faults.response_edits import Change, error, status, with_body, with_header
from pytest_oss_clean.mutation.faults.senders import is_clean
from pytest_oss_clean.mutation.mutant import OnSender, OnService, Reached
from pytest_oss_clean.mutation.mutant import OssError as AnyFault
from pytest_oss_clean.mutation.mutants.concurrency import CLEAN as CLEANING
from pytest_oss_clean.mutation.mutants.concurrency import RESTORE as RESTORING
from pytest_oss_clean.mutation.mutants.concurrency import Overlap, meeting
from pytest_oss_clean.mutation.mutants.time import begun
from pytest_oss_clean.mutation.variants.equivalent_responses import header
from pytest_oss_clean.oss.constants import CLEAN, STORAGE_CLASS, StorageClass
from pytest_oss_clean.oss.messages import Operation, Request, Response, Sender
from pytest_oss_clean.oss.responses import describe

UNRESTORABLE = choices.CLEAN_BY_CLASS.chosen
LIKE_COLD: Mapping[StorageClass, Outcome] = {
    c: o for c, o in UNRESTORABLE.items() if c is not StorageClass.ARCHIVE
}
OK, CONFLICT = 200, 409


def other_classes(rules: Mapping[StorageClass, Outcome]) -> OnService:
    """Decide otherwise on cleans of classes that the page does not name."""

    def cycle(reached: Reached) -> type[LifeCycle]:
        class Other(LifeCycle):
            def clean(
                self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
            ) -> tuple[Retrieval | None, Outcome]:
                right = super().clean(storage_class, retrieval, now)
                if storage_class not in self.clean_unrestorable:
                    return right
                other = replace(LifeCycle(), clean_unrestorable=rules).clean(storage_class, retrieval, now)
                if other != right:
                    reached()
                return other

        return Other

    return living(cycle)


def no_higher_tier(reached: Reached) -> type[LifeCycle]:
    """Take a restore with a higher tier for a repeat."""

    class Other(LifeCycle):
        def restore_event(self, state: State, retrieval: Retrieval | None, options: RestoreOptions) -> Event:
            event = super().restore_event(state, retrieval, options)
            if event is not Event.RAISE:
                return event
            reached()
            return Event.RESTORE

    return Other


def in_a_minute(retrieval: Retrieval, now: float) -> Retrieval:
    """Complete within a minute."""
    return replace(retrieval, finishes_at=now + 60, expires_at=retrieval.expires_at)


def counted_anew(reached: Reached) -> type[Service]:
    """Let an extension count from now on."""

    class Anew(LifeCycle):
        def _extend(
            self, storage_class: StorageClass, retrieval: Retrieval, options: RestoreOptions, now: float
        ) -> Retrieval:
            reached()
            days = min(options.days or 1, self.longest_days[storage_class])
            return replace(retrieval, expires_at=max(retrieval.expires_at, now + days * DAY))

    class Other(Service):
        def reset(self) -> None:
            super().reset()
            self.life_cycle = Anew()

    return Other


def at_midnight(retrieval: Retrieval, _: float) -> Retrieval:
    """Round the end of a restore up to a whole day."""
    return replace(retrieval, expires_at=retrieval.expires_at + DAY - retrieval.expires_at % DAY)


def refusing(when: Callable[[Operation], bool], row: ErrorRow) -> OnService:
    """Refuse some cleans that others take."""

    def make(reached: Reached) -> type[Service]:
        class Other(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                if when(operation):
                    reached()
                    raise OssError(row)
                return super().clean_restored_object(operation, reply)

        return Other

    return OnService(make)


def keeping_class(reached: Reached) -> type[Service]:
    """Let a copy have the class of its source."""

    class Other(Service):
        def make_copy(
            self, operation: Operation, asked: Operation, source: StoredObject, bucket: Bucket, now: float
        ) -> StoredObject:
            made = super().make_copy(operation, asked, source, bucket, now)
            if operation.header(STORAGE_CLASS) is not None:
                return made
            reached()
            return replace(made, storage_class=source.storage_class)

    return Other


def told(when: Callable[[Request, Response], bool], change: Change) -> OnSender:
    """Give some answers another form."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        def changing(request: Request) -> Response:
            response = sender(request)
            if not when(request, response):
                return response
            reached()
            return change(response)

        return changing

    return OnSender(wrap)


def instead(old: str, new: str) -> OnSender:
    """Refuse cleans with another status and Code than the emulator has chosen."""
    number, _, code = new.partition(" ")
    return told(lambda r, a: is_clean(r) and describe(a) == old, error(int(number), code))


def of(method: str, number: int, word: str = "") -> Callable[[Request, Response], bool]:
    """Tell requests with a method, and with a word in their target, that are answered with this status."""
    return lambda r, a: (r.method, a.status) == (method, number) and word in r.target


def shows_a_restore(_request: Request, response: Response) -> bool:
    """Tell an answer that says when a restore expires."""
    return ON_THE_MINUTE(response) != response


def overtaken(look: Overlap) -> Response:
    """Refuse a request that another one overtook, as the page on EC 0026-00000004 has it."""
    return error(CONFLICT, "StaleFile")(look.response)


def has_value(operation: Operation) -> bool:
    """Tell a sub-resource with a value."""
    return any(name == CLEAN and value for name, value in operation.query)


def names_null(operation: Operation) -> bool:
    """Tell a clean of the version null."""
    return ("versionId", "null") in operation.query


ON_THE_MINUTE = header("x-oss-restore", lambda v: re.sub(r":\d\d GMT", ":00 GMT", v))
VERSIONED = (("x-oss-version-id", "CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0"),)

READINGS: tuple[tuple[str, str, AnyFault], ...] = (
    (
        "classes-stale",
        "a clean of a class that is no cold one is stale",
        other_classes(dict.fromkeys(UNRESTORABLE, Outcome.STALE)),
    ),
    ("archive", "Archive is cleaned as ColdArchive is", other_classes(LIKE_COLD)),
    ("higher-tier", "a tier cannot be raised", living(no_higher_tier)),
    (
        "quick",
        "restores take a minute",
        begun(in_a_minute),
    ),
    ("extension", "an extension counts from now on", OnService(counted_anew)),
    ("midnight", "restores expire at midnight", begun(at_midnight)),
    ("minutely", "restores are told to expire on the minute", told(shows_a_restore, ON_THE_MINUTE)),
    ("value", "a sub-resource with a value is refused", refusing(has_value, errors.BAD_ARGUMENT)),
    ("body", "a clean with a body is refused", refusing(lambda o: bool(o.body), errors.BAD_XML)),
    ("body-argument", "a body is a bad argument", refusing(lambda o: bool(o.body), errors.BAD_ARGUMENT)),
    ("null-version", "without versioning there are no versions", refusing(names_null, errors.BAD_ARGUMENT)),
    ("copy-class", "a copy has the class of its source", OnService(keeping_class)),
    (
        "two-sub-resources",
        "two sub-resources are no operation",
        told(of("POST", 400, "objectMeta"), error(405, "MethodNotAllowed")),
    ),
    (
        "no-version-key",
        "an unknown version is an unknown object",
        instead("404 NoSuchVersion", "404 NoSuchKey"),
    ),
    (
        "no-version-argument",
        "a version is a bad argument",
        instead("404 NoSuchVersion", "400 InvalidArgument"),
    ),
    (
        "marker",
        "a delete marker has no class to clean",
        instead("405 MethodNotAllowed", "400 OperationNotSupported"),
    ),
    ("marker-key", "a delete marker is no object", instead("405 MethodNotAllowed", "404 NoSuchKey")),
    (
        "names-version",
        "a clean tells which version it cleaned",
        told(
            lambda r, a: is_clean(r) and a.status == OK,
            lambda a: replace(a, headers=(*a.headers, *VERSIONED)),
        ),
    ),
    ("deleted-200", "a deletion is 200", told(of("DELETE", 204), status(OK))),
    (
        "put-document",
        "a put is answered with a document",
        told(of("PUT", OK), lambda a: with_body(a, b"<PutObjectResult/>") if not a.body else a),
    ),
    (
        "not-found-bare",
        "HEAD of what is not there tells nothing else",
        told(
            of("HEAD", 404),
            lambda a: Response(404, with_header(a, "Server", "x").headers[:4], reason="", at=a.at),
        ),
    ),
    (
        "leading-slash",
        "a name with a slash in front is one that is not there",
        told(of("POST", 400, "/%2F"), error(404, "NoSuchKey")),
    ),
    (
        "token-signature",
        "an altered token is a wrong signature",
        instead("403 InvalidSecurityToken", "403 SignatureDoesNotMatch"),
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
"""The last ones refuse what another request overtook."""
