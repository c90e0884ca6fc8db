"""AppendObject: an object that grows at its end.

Rule: an append changes the current version in place; it makes no other version of it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.content import Received, combined_crc64, joined, received
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import bad_argument, parameter, version_headers
from pytest_oss_clean.emulator.handlers.objects import APPEND_POSITION, ObjectHandlers, new_object
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Response

_POSITION = re.compile(r"\d{1,18}", re.ASCII)
_COLD = frozenset({StorageClass.COLD_ARCHIVE, StorageClass.DEEP_COLD_ARCHIVE})


class AppendHandlers(ObjectHandlers):
    def append_object(self, operation: Operation, reply: Reply) -> Response:
        """Answer AppendObject; at position 0 it makes the object, where there is none."""
        position = _read_position(operation)
        self.check_digest(operation)
        bucket = self.find_bucket(operation)
        before = bucket.current(operation.name)
        if before is not None and before.kind != "Appendable":
            raise OssError(errors.NOT_APPENDABLE, (("ObjectName", operation.name),))
        size = 0 if before is None else len(before.body)
        if position != size:
            raise OssError(
                errors.WRONG_POSITION, (("ObjectName", operation.name),), ((APPEND_POSITION, str(size)),)
            )
        came = received(operation)
        self.check_size(size + len(came.body))
        if before is None:
            made = self.store.put(bucket, operation.name, self.make_appendable(operation, came, reply))
        else:
            made = _longer(before, came, reply.now)
            self.store.replace(bucket, operation.name, made)
        headers = (
            (APPEND_POSITION, str(len(made.body))),
            ("ETag", made.etag),
            ("x-oss-hash-crc64ecma", str(made.crc64)),
        )
        return reply.ok(headers=(*headers, *version_headers(bucket, made)))

    def make_appendable(self, operation: Operation, came: Received, reply: Reply) -> StoredObject:
        """Return a new appendable object; the cold classes cannot have one."""
        made = new_object(operation, self.find_bucket(operation), came, reply.now)
        if made.storage_class in _COLD:
            extras = (("ArgumentName", "x-oss-storage-class"), ("ArgumentValue", made.storage_class))
            raise OssError(errors.COLD_APPENDABLE, extras)
        return replace(made, object_type="Appendable", has_md5=False)


def _read_position(operation: Operation) -> int:
    text = parameter(operation, "position")
    if not text:
        raise OssError(errors.NO_POSITION, (("ArgumentName", "position"),))
    if not _POSITION.fullmatch(text):
        raise bad_argument("position", text)
    return int(text)


def _longer(before: StoredObject, came: Received, now: float) -> StoredObject:
    return replace(
        before,
        body=joined((before.body, came.body)),
        md5=hashlib.md5(before.md5 + came.md5, usedforsecurity=False).digest(),
        crc64=combined_crc64(((before.crc64, len(before.body)), (came.crc64, len(came.body)))),
        modified_at=now,
    )
