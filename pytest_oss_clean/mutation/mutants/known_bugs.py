"""Mutants from public trackers: bugs of storage servers, re-enacted on the clean, each with its report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import inf
from urllib.parse import quote, unquote

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import LifeCycle, State
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults import signature_scope
from pytest_oss_clean.mutation.faults.authenticator import comparing, signature_of, skipping
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.faults.requests import coded, refused
from pytest_oss_clean.mutation.faults.response_edits import body, text
from pytest_oss_clean.mutation.faults.routing import alike, renamed, routed
from pytest_oss_clean.mutation.faults.senders import on_responses
from pytest_oss_clean.mutation.faults.side_effects import also, although, changed, lasting, others
from pytest_oss_clean.mutation.faults.versions import finding, leaving, marker_cleaned, real
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants.authentication import anything, in_url, v1
from pytest_oss_clean.mutation.mutants.versions import brought_up
from pytest_oss_clean.oss.constants import CLEAN, Code, StorageClass
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.spec.evidence import CLAIMED, DOCUMENTED, INFERRED, SDK_TESTED


@service_fault("check_readable")
def reading(
    call: MethodCall, which: Callable[[StoredObject, State], bool], row: ErrorRow | None = None
) -> object:
    """Read some objects that cannot be read, or refuse them with another row."""
    thing = call.given[1]
    state = call.state(thing)
    if state is State.RESTORED or not which(thing, state):
        return call.right()
    call.reached()
    if row is not None:
        raise OssError(row)
    return None


@service_fault("needs_restore", "_begin", of=LifeCycle)
def archived(call: MethodCall, storage_class: StorageClass) -> object:
    """Take one more class for one that must be restored, as Archive is."""
    if call.given[0] is not storage_class:
        return call.right()
    call.reached()
    return call.name == "needs_restore" or call.right(StorageClass.ARCHIVE, *call.given[1:])


@service_fault("check_readable")
def copy_refused(call: MethodCall) -> None:
    """Refuse to copy what is restored, because its class is an archive's."""
    call.right()
    _, thing, *row = call.given
    if row == [errors.COPY_NOT_READABLE] and call.owner.life_cycle.needs_restore(thing.storage_class):
        call.refuse(errors.COPY_NOT_READABLE)


@service_fault("handle")
def names_refused(call: MethodCall, pattern: str) -> object:
    found = re.search(pattern, call.operation.name)
    return call.refuse(errors.NAME_LEADING_SLASH) if found else call.right()


def plain(operation: Operation) -> Operation:
    """Return what is left without the sub-resource."""
    return next(iter(signature_scope.plain(operation)))


def keeping_equals(operation: Operation) -> Operation:
    """Return what is signed where an empty value keeps its `=`."""
    query = tuple((f"{n}=", None) if n == CLEAN and v == "" else (n, v) for n, v in operation.query)
    return replace(operation, query=query)


def deepest(thing: StoredObject, _: State) -> bool:
    return thing.storage_class is StorageClass.DEEP_COLD_ARCHIVE


READABLE, LOST, OBJECT, ACCESS = Damage.READABLE, Damage.LOST, Damage.WRONG_OBJECT, Damage.ACCESS
LOCKED_OUT, BREAKS, MISLED, UNREADABLE = Damage.LOCKED_OUT, Damage.BREAKS, Damage.MISLED, Damage.UNREADABLE

GITHUB = "https://github.com/"

ROWS: Table = {
    (DOCUMENTED, READABLE): (
        ("frozen-readable", reading(lambda *_: True), "frozen objects can be read"),
        ("deepest-readable", reading(deepest), "objects of the deepest class can be read while frozen"),
    ),
    (INFERRED, BREAKS): (
        (
            "in-progress-on-read",
            reading(lambda _, state: state is State.RESTORING, errors.IN_PROGRESS),
            "a read while restoring is refused as a restore in progress",
        ),
    ),
    (INFERRED, LOCKED_OUT): (
        (
            "warm-archived",
            archived(StorageClass.IA),
            "a class that is readable at any time counts as an archive",
        ),
        ("doubled-slash", names_refused("//"), "names with a doubled slash cannot be"),
        ("equals-signed", signature_of(keeping_equals), "an empty value is signed with its `=`"),
    ),
    (DOCUMENTED, UNREADABLE): (
        (
            "stuck",
            although(errors.NOT_FINISHED, lasting(lambda r, _: replace(r, finishes_at=inf, expires_at=inf))),
            "a request that fails leaves the restore going on for ever",
        ),
    ),
    (INFERRED, UNREADABLE): (("copy-refused", copy_refused(), "a restored object cannot be copied"),),
    (INFERRED, LOST): (
        (
            "metadata-lost",
            also(changed(lambda thing: replace(thing, metadata=(), tags=()))),
            "metadata and tags are lost with a change of the restore",
        ),
        (
            "delete-deletes",
            routed("DELETE"),
            "the router looks at the method alone: DELETE with a sub-resource deletes",
        ),
        ("put-overwrites", routed("PUT"), "PUT with a sub-resource that is not known overwrites the object"),
    ),
    (INFERRED, MISLED): (
        (
            "etag-changed",
            also(changed(lambda thing: replace(thing, md5=thing.md5[::-1]))),
            "the ETag changes with the restore",
        ),
        (
            "time-changed",
            also(changed(lambda thing: replace(thing, modified_at=thing.modified_at + 60))),
            "the object counts as modified with a change of its restore",
        ),
        ("marker-taken", marker_cleaned(), "a delete marker passes for an object"),
    ),
    (INFERRED, OBJECT): (
        (
            "older-brought-up",
            leaving(brought_up),
            "an older version becomes the current one by a change of its restore",
        ),
        (
            "version-ignored",
            finding(lambda versions, _: real(versions)),
            "versionId is passed over, and the current version is meant",
        ),
        (
            "leading-slash",
            renamed(lambda name: re.sub("/+", "/", name).lstrip("/") if name.startswith("/") else name),
            "a name that begins with a slash is the one without it",
        ),
    ),
    (DOCUMENTED, OBJECT): (
        ("decoded-twice", renamed(unquote), "one operation of many decodes names once more"),
        ("lower-case", also(others(alike(str.lower))), "names are kept in lower case"),
    ),
    (DOCUMENTED, LOCKED_OUT): (
        (
            "encoded-lookup",
            renamed(lambda name: quote(name, safe="/-_.~")),
            "one operation of many looks names up encoded",
        ),
        ("unlisted", signature_of(plain, v1), "V1 signs no sub-resource, so that no client's signature fits"),
    ),
    (CLAIMED, ACCESS): (
        ("url-everlasting", skipping(errors.EXPIRED_V1, errors.EXPIRED_V4), "URLs do not expire"),
    ),
    (DOCUMENTED, ACCESS): (
        (
            "url-unverified",
            comparing(anything, in_url),
            "of a URL the time is looked at, and not the signature",
        ),
    ),
    (SDK_TESTED, MISLED): (
        (
            "key-denied",
            on_responses(text("Code", Code.ACCESS_DENIED), coded(Code.INVALID_ACCESS_KEY_ID)),
            "an unknown key is answered as one without rights",
        ),
    ),
    (DOCUMENTED, BREAKS): (("no-body", on_responses(body(b""), refused), "errors have no document"),),
}

LINKS = {
    "frozen-readable": GITHUB + "scality/cloudserver/issues/2977",
    "deepest-readable": GITHUB + "localstack/localstack/issues/2724",
    "in-progress-on-read": GITHUB + "scality/cloudserver/pull/4506",
    "warm-archived": GITHUB + "getmoto/moto/issues/8748",
    "stuck": GITHUB + "noobaa/noobaa-core/pull/9880",
    "copy-refused": GITHUB + "ceph/ceph/pull/63034",
    "metadata-lost": GITHUB + "scality/cloudserver/pull/5215",
    "etag-changed": GITHUB + "scality/cloudserver/pull/5683",
    "time-changed": GITHUB + "minio/minio/pull/12145",
    "older-brought-up": GITHUB + "ceph/ceph/pull/60491",
    "version-ignored": GITHUB + "getmoto/moto/issues/6294",
    "marker-taken": GITHUB + "localstack/localstack/issues/11180",
    "delete-deletes": GITHUB + "afreidah/s3-orchestrator/issues/1234",
    "put-overwrites": GITHUB + "adobe/S3Mock/issues/157",
    "decoded-twice": GITHUB + "localstack/localstack/issues/9428",
    "encoded-lookup": GITHUB + "adobe/S3Mock/issues/119",
    "lower-case": GITHUB + "minio/minio/pull/1699",
    "leading-slash": GITHUB + "rustfs/rustfs/pull/4228",
    "doubled-slash": GITHUB + "minio/minio/issues/15684",
    "unlisted": GITHUB + "chimera-nas/chimera/issues/1101",
    "equals-signed": GITHUB + "minio/minio-go/issues/600",
    "url-everlasting": GITHUB + "localstack/localstack/issues/2493",
    "url-unverified": GITHUB + "BlackbirdWorks/gopherstack/issues/1654",
    "key-denied": GITHUB + "versity/versitygw/issues/1498",
    "no-body": GITHUB + "s3gw-tech/s3gw/issues/689",
}
"""The report that each re-enacts."""

MUTANTS: tuple[Mutant, ...] = mutants("tracker", Family.TRACKERS, ROWS, links=LINKS)
