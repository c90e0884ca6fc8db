"""Operations that write, find and read objects and their versions.

Rule: reading a frozen object is refused here; whether it is frozen, the life cycle says.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.content import Compressed, Received, pieces_of, received
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import (
    Handlers,
    bad_argument,
    flag,
    parameter,
    read_class,
    version_headers,
)
from pytest_oss_clean.emulator.handlers.conditions import check_conditions
from pytest_oss_clean.emulator.handlers.properties import DEFAULT_TYPE, kept_headers, with_properties
from pytest_oss_clean.emulator.handlers.ranges import read_range
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import NotModelledError
from pytest_oss_clean.emulator.store import Bucket, StoredObject, Versioning
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS
from pytest_oss_clean.oss.messages import Headers, Operation, Response
from pytest_oss_clean.oss.names import LONGEST_NAME
from pytest_oss_clean.oss.signing import http_time

OVERRIDES: Mapping[str, str] = {
    f"response-{name.lower()}": name
    for name in (
        "Content-Type",
        "Content-Language",
        "Expires",
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
    )
}
"""Parameters of GetObject, and the headers they replace."""

APPEND_POSITION = "x-oss-next-append-position"

COMPRESSIBLE = frozenset(
    f"application/{name}" for name in ("javascript", "x-javascript", "rss+xml", "json")
) | frozenset(f"text/{name}" for name in ("cache-manifest", "xml", "css", "html", "plain", "json"))
"""Types of objects, of a size, that are compressed for whoever accepts gzip (page "GZIP format")."""
SMALLEST_COMPRESSED = 1024

_VERSION_ID = re.compile(r"[\x20-\x7e]{1,1024}")


class ObjectHandlers(Handlers):
    """Answers for PutObject, HeadObject, GetObject and GetObjectMeta."""

    def check_object_name(self, name: str) -> None:
        """Refuse what the naming page forbids, each fault with its own EC."""
        try:
            size = len(name.encode())
        except UnicodeEncodeError:
            raise OssError(errors.NAME_NOT_UTF8, (("ObjectName", name),)) from None
        if size > LONGEST_NAME:
            raise OssError(errors.NAME_LONG, (("ObjectName", name),))
        if name[0] in "/\\":
            raise OssError(errors.NAME_LEADING_SLASH, (("ObjectName", name),))

    def wanted_version(self, operation: Operation) -> str | None:
        """Return the versionId of a request, None where it has none, or raise InvalidArgument."""
        if not any(name == "versionId" for name, _ in operation.query):
            return None
        version_id = parameter(operation, "versionId")
        if not _VERSION_ID.fullmatch(version_id):
            raise bad_argument("versionId", version_id)
        return version_id

    def find_object(self, operation: Operation) -> StoredObject:
        """Return the version an operation addresses, or raise what is wrong with it."""
        bucket = self.find_bucket(operation)
        version_id = self.wanted_version(operation)
        if version_id is None:
            return self.find_current(bucket, operation.name)
        thing = bucket.find(operation.name, version_id)
        if thing is None:
            raise OssError(errors.NO_SUCH_VERSION, (("Key", operation.name), ("VersionId", version_id)))
        if thing.is_marker:
            extras = (("Method", operation.method), ("ResourceType", "DeleteMarker"))
            raise OssError(errors.NOT_ALLOWED, extras, (("Allow", "DELETE"),))
        return thing

    def find_current(self, bucket: Bucket, name: str) -> StoredObject:
        """Return the current version of an object, or raise NoSuchKey; a delete marker is named."""
        thing = bucket.newest(name)
        if thing is None or thing.is_marker:
            raise OssError(errors.NO_SUCH_KEY, (("Key", name),), version_headers(bucket, thing))
        return thing

    def put_object(self, operation: Operation, reply: Reply) -> Response:
        """Store an object, or a copy of one; whatever was restored under that name is gone."""
        if any(name == "versionId" for name, _ in operation.query):
            raise NotModelledError("PutObject with the parameter versionId")
        if operation.header("x-oss-copy-source") is not None:
            return self.copy_object(operation, reply)
        bucket = self.find_bucket(operation)
        self.check_overwriting(operation)
        self.check_digest(operation)
        thing = new_object(operation, bucket, received(operation), reply.now)
        thing = self.store.put(bucket, operation.name, thing)
        digests = (
            ("ETag", thing.etag),
            ("Content-MD5", thing.content_md5 or ""),
            ("x-oss-hash-crc64ecma", str(thing.crc64)),
        )
        return reply.ok(headers=(*digests, *version_headers(bucket, thing)))

    def copy_object(self, operation: Operation, reply: Reply) -> Response:
        raise NotImplementedError

    def check_overwriting(self, operation: Operation) -> None:
        """Refuse to overwrite where the request forbids it; versioning makes that pointless."""
        bucket = self.find_bucket(operation)
        if (
            bucket.versioning is Versioning.OFF
            and operation.name in bucket.objects
            and flag(operation, "x-oss-forbid-overwrite")
        ):
            raise OssError(errors.FILE_EXISTS, (("ObjectName", operation.name),))

    def check_size(self, size: int) -> None:
        """Refuse an object that is larger than this emulator takes."""
        if size > self.max_object_size:
            raise OssError(errors.BODY_LARGE, (("MaxSizeAllowed", str(self.max_object_size)),))

    def check_digest(self, operation: Operation) -> None:
        """Compare Content-MD5 with the body, where it is given."""
        given = operation.header("content-md5")
        if given is None:
            return
        try:
            digest = base64.b64decode(given.strip(), validate=True)
        except (binascii.Error, ValueError):
            digest = b""
        if digest != received(operation).md5:
            raise OssError(errors.BAD_DIGEST, (("Content-MD5", given),))

    def check_readable(
        self, operation: Operation, thing: StoredObject, row: ErrorRow = errors.NOT_READABLE
    ) -> None:
        """Refuse to read what is frozen or restoring."""
        if not self.life_cycle.needs_restore(thing.storage_class):
            return
        if self.life_cycle.state(thing.retrieval, self.now()) is not State.RESTORED:
            raise OssError(row, (("ObjectName", operation.name),))

    def follow(self, operation: Operation, thing: StoredObject) -> StoredObject:
        """Return an object with the content of what it links to, where it is a symlink."""
        if thing.symlink_target is None:
            return thing
        target = self.find_bucket(operation).current(thing.symlink_target)
        if target is None:
            raise OssError(errors.NO_SYMLINK_TARGET, (("Key", thing.symlink_target),))
        if target.symlink_target is not None:
            raise OssError(errors.BAD_SYMLINK_TARGET, (("Key", thing.symlink_target),))
        return replace(
            thing,
            body=target.body,
            md5=target.md5,
            crc64=target.crc64,
            parts=target.parts,
            has_md5=target.has_md5,
            sequential_md5=target.sequential_md5,
            storage_class=target.storage_class,
            retrieval=target.retrieval,
            modified_at=max(thing.modified_at, target.modified_at),
        )

    def get_object(self, operation: Operation, reply: Reply) -> Response:
        """Answer with the body, or the one range asked for."""
        thing = self.follow(operation, self.find_object(operation))
        check_conditions(operation, thing)
        self.check_readable(operation, thing)
        headers = _overridden(self._headers(operation, thing), operation)
        span = read_range(operation, len(thing.body))
        if span is None and is_compressed(operation, thing):
            return compressed(reply, headers, thing)
        if span is None:
            return reply.ok(headers=headers, body=thing.body)
        start, end = span
        content_range = ("Content-Range", f"bytes {start}-{end - 1}/{len(thing.body)}")
        return reply.ok(206, (*headers, content_range), thing.body[start:end])

    def head_object(self, operation: Operation, reply: Reply) -> Response:
        """Answer with the headers of GetObject, in every state."""
        thing = self.follow(operation, self.find_object(operation))
        check_conditions(operation, thing)
        if is_compressed(operation, thing):
            return compressed(reply, self._headers(operation, thing), thing)
        size = ("Content-Length", str(len(thing.body)))
        return reply.ok(headers=(size, *self._headers(operation, thing)))

    def get_object_meta(self, operation: Operation, reply: Reply) -> Response:
        """Answer with the few headers of GetObjectMeta; x-oss-restore is not among them."""
        thing = self.find_object(operation)
        headers = (
            ("Content-Length", str(len(thing.body))),
            ("ETag", thing.etag),
            ("Last-Modified", http_time(thing.modified_at)),
            ("x-oss-hash-crc64ecma", str(thing.crc64)),
        )
        return reply.ok(headers=(*headers, *version_headers(self.find_bucket(operation), thing)))

    def _headers(self, operation: Operation, thing: StoredObject) -> Headers:
        restore = self.restore_info(thing)
        return (
            ("Content-Type", thing.content_type),
            ("Accept-Ranges", "bytes"),
            ("ETag", thing.etag),
            ("Last-Modified", http_time(thing.modified_at)),
            ("x-oss-object-type", thing.kind),
            ("x-oss-hash-crc64ecma", str(thing.crc64)),
            (STORAGE_CLASS, thing.storage_class),
            *((("Content-MD5", thing.content_md5),) if thing.content_md5 else ()),
            *(((APPEND_POSITION, str(len(thing.body))),) if thing.kind == "Appendable" else ()),
            *(((RESTORE_STATE, restore),) if restore else ()),
            *((("x-oss-tagging-count", str(len(thing.tags))),) if thing.tags else ()),
            *version_headers(self.find_bucket(operation), thing),
            *thing.metadata,
        )


def new_object(operation: Operation, bucket: Bucket, came: Received, now: float) -> StoredObject:
    wanted = operation.header(STORAGE_CLASS)
    thing = StoredObject.make(
        came,
        read_class(wanted) if wanted is not None else bucket.storage_class,
        operation.header("content-type") or DEFAULT_TYPE,
        now,
        kept_headers(operation.headers),
    )
    return with_properties(thing, operation)


def is_compressed(operation: Operation, thing: StoredObject) -> bool:
    accepted = (operation.header("accept-encoding") or "").lower()
    return (
        "gzip" in accepted
        and "gzip" in accepted.replace(" ", "").split(",")
        and len(thing.body) >= SMALLEST_COMPRESSED
        and thing.content_type.partition(";")[0].strip().lower() in COMPRESSIBLE
        and not any(name.lower() == "content-encoding" for name, _ in thing.metadata)
    )


def compressed(reply: Reply, headers: Headers, thing: StoredObject) -> Response:
    """Answer with an object in gzip format, which has neither an ETag nor ranges."""
    kept = (field for field in headers if field[0] not in ("ETag", "Accept-Ranges"))
    told = (*kept, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return reply.ok(headers=told, body=Compressed(pieces_of(thing.body)))


def _overridden(headers: Headers, operation: Operation) -> Headers:
    """Return headers with those that response-* parameters replace, or add."""
    wanted = {OVERRIDES[name]: value or "" for name, value in operation.query if name in OVERRIDES}
    return (*(field for field in headers if field[0].title() not in wanted), *wanted.items())
