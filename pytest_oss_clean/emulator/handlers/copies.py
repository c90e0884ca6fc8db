"""CopyObject: a PUT with x-oss-copy-source.

Rule: the source must be readable, so a frozen one is refused; the copy never takes over a restore.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from pytest_oss_clean.emulator import choices, errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.dates import iso_milliseconds
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import bad_argument, one_of, read_class, version_headers
from pytest_oss_clean.emulator.handlers.conditions import COPY_SOURCE, check_conditions
from pytest_oss_clean.emulator.handlers.objects import ObjectHandlers
from pytest_oss_clean.emulator.handlers.properties import kept_headers, with_properties
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import Bucket, StoredObject, Versioning
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import STORAGE_CLASS
from pytest_oss_clean.oss.messages import Headers, Operation, Response

CLIENT_ENCRYPTION = "x-oss-meta-client-side-encryption-"
"""Metadata without which nobody could read the content: a copy keeps it (py2 test_client.py:3810)."""


class Directive(StrEnum):
    """Whether the copy keeps what the source has, or takes what the request gives."""

    COPY = "COPY"
    REPLACE = "REPLACE"


class CopyHandlers(ObjectHandlers):
    def copy_object(self, operation: Operation, reply: Reply) -> Response:
        asked = read_source(operation.header("x-oss-copy-source") or "")
        source = self.find_source(asked)
        check_conditions(operation, source, COPY_SOURCE)
        if source.symlink_target is None:  # of a symlink, the link is copied
            self.check_readable(asked, source, errors.COPY_NOT_READABLE)
        self.check_overwriting(operation)
        bucket = self.find_bucket(operation)
        if source.kind == "Appendable" and bucket.versioning:
            raise OssError(errors.UNSUPPORTED)
        copied = self.store.put(
            bucket, operation.name, self.make_copy(operation, asked, source, bucket, reply.now)
        )
        content = [("LastModified", iso_milliseconds(copied.modified_at)), ("ETag", copied.etag)]
        headers = (
            ("x-oss-hash-crc64ecma", str(copied.crc64)),
            *version_headers(bucket, copied),
            *self.source_headers(asked, source),
        )
        return reply.xml(documents.document("CopyObjectResult", content), headers)

    def find_source(self, asked: Operation) -> StoredObject:
        """Return the source; a delete marker is no object, also by its id."""
        version_id = self.wanted_version(asked)
        thing = None if version_id is None else self.find_bucket(asked).find(asked.name, version_id)
        if thing is not None and thing.is_marker:
            raise OssError(errors.NO_SUCH_KEY, (("Key", asked.name),))
        return self.find_object(asked)

    def make_copy(
        self, operation: Operation, asked: Operation, source: StoredObject, bucket: Bucket, now: float
    ) -> StoredObject:
        wanted = operation.header(STORAGE_CLASS)
        tagging = _directive(operation, "x-oss-tagging-directive")
        made = with_properties(source, operation)
        made = replace(
            made,
            storage_class=bucket.storage_class if wanted is None else read_class(wanted),
            modified_at=now,
            retrieval=None,
            object_type="Normal",
            tags=source.tags if tagging is Directive.COPY else made.tags,
        )
        if not self.replaces_metadata(operation, asked):
            return made
        own = kept_headers(operation.headers)
        named = {name.lower() for name, _ in own}
        encryption = tuple(
            (name, value)
            for name, value in source.metadata
            if name.lower().startswith(CLIENT_ENCRYPTION) and name.lower() not in named
        )
        content_type = operation.header("content-type") or source.content_type
        return replace(made, content_type=content_type, metadata=own + encryption)

    def replaces_metadata(self, operation: Operation, asked: Operation) -> bool:
        """Return whether the request's metadata counts; of an object onto itself it always does."""
        directive = _directive(operation, "x-oss-metadata-directive")
        return _onto_itself(operation, asked) or directive is Directive.REPLACE

    def source_headers(self, asked: Operation, source: StoredObject) -> Headers:
        """Return the id of the version that was copied, where there are versions."""
        if self.find_bucket(asked).versioning is Versioning.OFF:
            return ()
        return (("x-oss-copy-source-version-id", source.version_id),)


def _onto_itself(operation: Operation, asked: Operation) -> bool:
    return (asked.bucket, asked.name, asked.query) == (operation.bucket, operation.name, ())


def _directive(operation: Operation, header: str) -> Directive:
    return one_of(Directive, header, (operation.header(header) or Directive.COPY).upper())


def read_source(text: str) -> Operation:
    """Read `/bucket/name?versionId=id`, percent-encoded, as the reading it is."""
    try:
        bucket, name, query = naming.read_target("/" + text.removeprefix("/"), plus=choices.RAW_PLUS.chosen)
    except naming.MalformedTargetError:
        raise bad_argument("x-oss-copy-source", text) from None
    if not bucket or not name or any(key != "versionId" for key, _ in query):
        raise bad_argument("x-oss-copy-source", text)
    return Operation("GET", bucket, name, query)
