"""Operations that write, read and remove objects.

Rule: reading a frozen object is refused here; whether it is frozen, the life cycle says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.answers import Reply
from pytest_oss_clean.emulator.errors import Fault
from pytest_oss_clean.emulator.handling import Handlers, parameter, read_class
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.message import Answer, Headers, Operation
from pytest_oss_clean.naming import LONGEST_NAME
from pytest_oss_clean.signing import http_date
from pytest_oss_clean.vocabulary import RESTORE_STATE, STORAGE_CLASS

KEPT_HEADERS = frozenset(
    {"cache-control", "content-disposition", "content-encoding", "content-language", "expires"}
)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class ObjectHandlers(Handlers):
    """Answers for PutObject, HeadObject, GetObject, GetObjectMeta and DeleteObject."""

    def check_object_name(self, name: str) -> None:
        """Refuse what the naming page forbids, each fault with its own EC."""
        try:
            size = len(name.encode())
        except UnicodeEncodeError:
            raise Fault(errors.NAME_NOT_UTF8, (("ObjectName", name),)) from None
        if size > LONGEST_NAME:
            raise Fault(errors.NAME_LONG, (("ObjectName", name),))
        if name[0] in "/\\":
            raise Fault(errors.NAME_LEADING_SLASH, (("ObjectName", name),))

    def find_object(self, operation: Operation) -> StoredObject:
        """Return the object of an operation, or raise NoSuchKey; there is one version, "null"."""
        thing = self.find_bucket(operation).objects.get(operation.name)
        if thing is None:
            raise Fault(errors.NO_SUCH_KEY, (("Key", operation.name),))
        version = parameter(operation, "versionId", "null")
        if version != "null":
            raise Fault(errors.NO_SUCH_VERSION, (("Key", operation.name), ("VersionId", version)))
        return thing

    def put_object(self, operation: Operation, reply: Reply) -> Answer:
        """Store an object; whatever was restored under that name is gone."""
        bucket = self.find_bucket(operation)
        if operation.header("x-oss-copy-source") is not None:
            raise Fault(errors.NOT_IMPLEMENTED, (("Header", "x-oss-copy-source"),))
        forbidden = (operation.header("x-oss-forbid-overwrite") or "").lower() == "true"
        if forbidden and operation.name in bucket.objects:
            raise Fault(errors.FILE_EXISTS, (("ObjectName", operation.name),))
        self.check_digest(operation)
        wanted = operation.header(STORAGE_CLASS)
        thing = StoredObject.make(
            operation.body,
            read_class(wanted) if wanted is not None else bucket.storage_class,
            operation.header("content-type") or "application/octet-stream",
            reply.now,
            _kept(operation.headers),
        )
        self.store.put(bucket, operation.name, thing)
        return reply.ok(
            headers=(
                ("ETag", thing.etag),
                ("Content-MD5", thing.content_md5),
                ("x-oss-hash-crc64ecma", str(thing.crc64)),
            )
        )

    def check_digest(self, operation: Operation) -> None:
        """Compare Content-MD5 with the body, where it is given."""
        given = operation.header("content-md5")
        if given is None:
            return
        try:
            digest = base64.b64decode(given.strip(), validate=True)
        except (binascii.Error, ValueError):
            digest = b""
        if digest != hashlib.md5(operation.body, usedforsecurity=False).digest():
            raise Fault(errors.BAD_DIGEST, (("Content-MD5", given),))

    def check_readable(self, operation: Operation, thing: StoredObject) -> None:
        """Refuse to read what is frozen or restoring."""
        if not self.life_cycle.needs_restore(thing.storage_class):
            return
        if self.life_cycle.state(thing.retrieval, self.now()) is not State.RESTORED:
            raise Fault(errors.NOT_READABLE, (("ObjectName", operation.name),))

    def get_object(self, operation: Operation, reply: Reply) -> Answer:
        """Answer with the body, or the one range asked for."""
        thing = self.find_object(operation)
        self.check_readable(operation, thing)
        headers = self._headers(thing)
        span = _range(operation.header("range"), len(thing.body))
        if span is None:
            return reply.ok(headers=headers, body=thing.body)
        start, end = span
        content_range = ("Content-Range", f"bytes {start}-{end - 1}/{len(thing.body)}")
        return reply.ok(206, (*headers, content_range), thing.body[start:end])

    def head_object(self, operation: Operation, reply: Reply) -> Answer:
        """Answer with the headers of GetObject, in every state."""
        thing = self.find_object(operation)
        return reply.ok(headers=(("Content-Length", str(len(thing.body))), *self._headers(thing)))

    def get_object_meta(self, operation: Operation, reply: Reply) -> Answer:
        """Answer with the few headers of GetObjectMeta; x-oss-restore is not among them."""
        thing = self.find_object(operation)
        return reply.ok(
            headers=(
                ("Content-Length", str(len(thing.body))),
                ("ETag", thing.etag),
                ("Last-Modified", _http_time(thing.modified_at)),
                ("x-oss-hash-crc64ecma", str(thing.crc64)),
            )
        )

    def delete_object(self, operation: Operation, reply: Reply) -> Answer:
        """Remove an object in whatever state; one that is not there is removed already."""
        bucket = self.find_bucket(operation)
        self.store.remove(bucket, operation.name)
        return reply.ok(204)

    def _headers(self, thing: StoredObject) -> Headers:
        restore = self.restore_info(thing)
        return (
            ("Content-Type", thing.content_type),
            ("Accept-Ranges", "bytes"),
            ("ETag", thing.etag),
            ("Last-Modified", _http_time(thing.modified_at)),
            ("x-oss-object-type", "Normal"),
            ("x-oss-hash-crc64ecma", str(thing.crc64)),
            (STORAGE_CLASS, thing.storage_class),
            ("Content-MD5", thing.content_md5),
            *(((RESTORE_STATE, restore),) if restore else ()),
            *thing.metadata,
        )


def _kept(headers: Headers) -> Headers:
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower().startswith("x-oss-meta-") or name.lower() in KEPT_HEADERS
    )


def _http_time(moment: float) -> str:
    return http_date(datetime.fromtimestamp(moment, UTC))


def _range(text: str | None, size: int) -> tuple[int, int] | None:
    """Return start and end of a Range, or None for all: OSS ignores what it cannot satisfy."""
    match = _RANGE.fullmatch(text or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return (start, end) if start < end else None
