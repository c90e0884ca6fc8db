"""DeleteObject and DeleteMultipleObjects.

Rule: what is not there is removed already. Without a versionId nothing is lost in a bucket with
versioning: a delete marker becomes the newest version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import bad_argument, parameter, version_headers
from pytest_oss_clean.emulator.handlers.lists import read_encoding
from pytest_oss_clean.emulator.handlers.objects import ObjectHandlers
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import NULL, Bucket, StoredObject, Versioning
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.oss.constants import VERSION_ID
from pytest_oss_clean.oss.messages import Operation, Response

MOST_DELETED = 1000
_VERSION_ID = re.compile("null|CAEQ[0-9A-Za-z]{1,1020}")
"""Oss2 test_object_versioning.py:1024: `234` is refused."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of one deletion: the version removed, or the delete marker made."""

    removed: StoredObject | None = None
    marker: StoredObject | None = None


class DeleteHandlers(ObjectHandlers):
    """Answers for the two operations that remove objects."""

    def delete_object(self, operation: Operation, reply: Reply) -> Response:
        """Remove an object in whatever state; one that is not there is removed already."""
        bucket = self.find_bucket(operation)
        version_id = self.wanted_version(operation)
        done = self.delete(bucket, operation.name, version_id, reply.now)
        headers = version_headers(bucket, done.marker or done.removed)
        if not headers and version_id is not None and bucket.versioning is not Versioning.OFF:
            headers = ((VERSION_ID, version_id),)
        return reply.ok(204, headers)

    def delete(self, bucket: Bucket, name: str, version_id: str | None, now: float) -> Deletion:
        """Remove a version, or hide the object behind a delete marker."""
        if version_id is None and bucket.versioning is not Versioning.OFF:
            return Deletion(marker=self.store.put(bucket, name, StoredObject.marker(now)))
        return Deletion(removed=self.store.remove(bucket, name, version_id or NULL))

    def delete_multiple_objects(self, operation: Operation, reply: Reply) -> Response:
        """Remove up to a thousand objects or versions; a quiet request is answered by nothing."""
        bucket = self.find_bucket(operation)
        encode = read_encoding(operation)
        self.check_digest(operation)
        quiet, wanted = documents.parse_delete(operation.body)
        if not 1 <= len(wanted) <= MOST_DELETED:
            raise OssError(errors.BAD_DOCUMENT)
        for _, version_id in wanted:
            if version_id is not None and not _VERSION_ID.fullmatch(version_id):
                raise bad_argument("VersionId", version_id)
        deleted: list[tuple[str, Tree]] = []
        for name, version_id in wanted:
            done = self.delete(bucket, name, version_id, reply.now)
            deleted.append(("Deleted", _describe(encode(name), version_id, done)))
        if quiet:
            return reply.ok()
        encoding = parameter(operation, "encoding-type")
        content: list[tuple[str, Tree]] = [("EncodingType", encoding)] if encoding else []
        return reply.xml(documents.document("DeleteResult", content + deleted))


def _describe(name: str, version_id: str | None, done: Deletion) -> Tree:
    content: list[tuple[str, Tree]] = [("Key", name)]
    if version_id is not None:
        content.append(("VersionId", version_id))
    marker = done.marker or (done.removed if done.removed and done.removed.is_marker else None)
    if marker is not None:
        content += [("DeleteMarker", "true"), ("DeleteMarkerVersionId", marker.version_id)]
    return content
