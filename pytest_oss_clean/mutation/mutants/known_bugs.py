"""Mutants from public trackers: bugs of storage servers, re-enacted on the clean, each with its report."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf
from urllib.parse import quote, unquote

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.mutation.faults.authenticator import comparing, demanding, skipping
from pytest_oss_clean.mutation.faults.response_edits import body, text
from pytest_oss_clean.mutation.faults.routing import alike, renamed, routed
from pytest_oss_clean.mutation.faults.senders import on_answers, refused
from pytest_oss_clean.mutation.faults.side_effects import also, although, changed, lasting, others
from pytest_oss_clean.mutation.faults.storage import (
    archived,
    copy_refused,
    deepest,
    keeping_equals,
    names_refused,
    plain,
    reading,
)
from pytest_oss_clean.mutation.faults.versions import finding, leaving, marker_cleaned, real
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OssError
from pytest_oss_clean.mutation.mutants.authentication import anything, in_url, v1
from pytest_oss_clean.mutation.mutants.error_precedence import coded
from pytest_oss_clean.mutation.mutants.versions import brought_up
from pytest_oss_clean.oss.constants import Code, StorageClass
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, SDK_TESTED = Evidence.DOCUMENTED, Evidence.SDK_TESTED
CLAIMED, INFERRED = Evidence.CLAIMED, Evidence.INFERRED
READABLE, LOST, OBJECT, ACCESS = Damage.READABLE, Damage.LOST, Damage.WRONG_OBJECT, Damage.ACCESS
LOCKED_OUT, BREAKS, MISLED = Damage.LOCKED_OUT, Damage.BREAKS, Damage.MISLED

GITHUB = "https://github.com/"

Row = tuple[str, Evidence, OssError, str, Damage, str]


ROWS: tuple[Row, ...] = (
    (
        "frozen-readable",
        DOCUMENTED,
        reading(lambda *_: True, None),
        "frozen objects can be read",
        READABLE,
        "scality/cloudserver/issues/2977",
    ),
    (
        "deepest-readable",
        DOCUMENTED,
        reading(deepest, None),
        "objects of the deepest class can be read while frozen",
        READABLE,
        "localstack/localstack/issues/2724",
    ),
    (
        "in-progress-on-read",
        INFERRED,
        reading(lambda _, state: state is State.RESTORING, errors.IN_PROGRESS),
        "a read while restoring is told that a restore is in progress",
        BREAKS,
        "scality/cloudserver/pull/4506",
    ),
    (
        "warm-archived",
        INFERRED,
        archived(StorageClass.IA),
        "a class that is readable at any time counts as an archive",
        LOCKED_OUT,
        "getmoto/moto/issues/8748",
    ),
    (
        "stuck",
        DOCUMENTED,
        although(errors.NOT_FINISHED, lasting(lambda r, _: replace(r, finishes_at=inf, expires_at=inf))),
        "a request that fails leaves the restore going on for ever",
        Damage.UNREADABLE,
        "noobaa/noobaa-core/pull/9880",
    ),
    (
        "copy-refused",
        INFERRED,
        copy_refused(),
        "a restored object cannot be copied",
        Damage.UNREADABLE,
        "ceph/ceph/pull/63034",
    ),
    (
        "metadata-lost",
        INFERRED,
        also(changed(lambda thing: replace(thing, metadata=(), tags=()))),
        "metadata and tags are lost with a change of the restore",
        LOST,
        "scality/cloudserver/pull/5215",
    ),
    (
        "etag-changed",
        INFERRED,
        also(changed(lambda thing: replace(thing, md5=thing.md5[::-1]))),
        "the ETag changes with the restore",
        MISLED,
        "scality/cloudserver/pull/5683",
    ),
    (
        "time-changed",
        INFERRED,
        also(changed(lambda thing: replace(thing, modified_at=thing.modified_at + 60))),
        "the object counts as modified with a change of its restore",
        MISLED,
        "minio/minio/pull/12145",
    ),
    (
        "older-brought-up",
        INFERRED,
        leaving(brought_up),
        "an older version becomes the current one by a change of its restore",
        OBJECT,
        "ceph/ceph/pull/60491",
    ),
    (
        "version-ignored",
        INFERRED,
        finding(lambda versions, _: real(versions)),
        "versionId is passed over, and the current version is meant",
        OBJECT,
        "getmoto/moto/issues/6294",
    ),
    (
        "marker-taken",
        INFERRED,
        marker_cleaned(),
        "a delete marker passes for an object",
        MISLED,
        "localstack/localstack/issues/11180",
    ),
    (
        "delete-deletes",
        INFERRED,
        routed(("DELETE", "delete_object")),
        "the router looks at the method alone: DELETE with a sub-resource deletes",
        LOST,
        "afreidah/s3-orchestrator/issues/1234",
    ),
    (
        "put-overwrites",
        INFERRED,
        routed(("PUT", "put_object")),
        "PUT with a sub-resource that is not known overwrites the object",
        LOST,
        "adobe/S3Mock/issues/157",
    ),
    (
        "decoded-twice",
        DOCUMENTED,
        renamed(unquote),
        "one operation of many decodes names once more",
        OBJECT,
        "localstack/localstack/issues/9428",
    ),
    (
        "encoded-lookup",
        DOCUMENTED,
        renamed(lambda name: quote(name, safe="/-_.~")),
        "one operation of many looks names up encoded",
        LOCKED_OUT,
        "adobe/S3Mock/issues/119",
    ),
    (
        "lower-case",
        DOCUMENTED,
        also(others(alike(str.lower))),
        "names are kept in lower case",
        OBJECT,
        "minio/minio/pull/1699",
    ),
    (
        "leading-slash",
        INFERRED,
        renamed(lambda name: re.sub("/+", "/", name).lstrip("/") if name.startswith("/") else name),
        "a name that begins with a slash stands for the one without it",
        OBJECT,
        "rustfs/rustfs/pull/4228",
    ),
    (
        "doubled-slash",
        INFERRED,
        names_refused("//"),
        "names with a doubled slash cannot be",
        LOCKED_OUT,
        "minio/minio/issues/15684",
    ),
    (
        "unlisted",
        DOCUMENTED,
        demanding(plain, v1),
        "V1 signs no sub-resource, so that no client's signature fits",
        LOCKED_OUT,
        "chimera-nas/chimera/issues/1101",
    ),
    (
        "equals-signed",
        INFERRED,
        demanding(keeping_equals),
        "an empty value is signed with its `=`",
        LOCKED_OUT,
        "minio/minio-go/issues/600",
    ),
    (
        "url-everlasting",
        CLAIMED,
        skipping(errors.EXPIRED_V1, errors.EXPIRED_V4),
        "URLs do not expire",
        ACCESS,
        "localstack/localstack/issues/2493",
    ),
    (
        "url-unverified",
        DOCUMENTED,
        comparing(anything, in_url),
        "of a URL the time is looked at, and not the signature",
        ACCESS,
        "BlackbirdWorks/gopherstack/issues/1654",
    ),
    (
        "key-denied",
        SDK_TESTED,
        on_answers(text("Code", Code.ACCESS_DENIED), coded(Code.INVALID_ACCESS_KEY_ID)),
        "an unknown key is told the same as one without rights",
        MISLED,
        "versity/versitygw/issues/1498",
    ),
    (
        "no-body",
        DOCUMENTED,
        on_answers(body(b""), refused),
        "errors have no document",
        BREAKS,
        "s3gw-tech/s3gw/issues/689",
    ),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"tracker-{name}",
        family=Family.TRACKERS,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
        link=GITHUB + path,
    )
    for name, breaks, fault, says, damage, path in ROWS
)
