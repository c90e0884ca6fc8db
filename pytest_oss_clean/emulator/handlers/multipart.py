"""Multipart upload: an object that comes in parts, each of which may be sent again.

Rule: an upload is no object; nothing of it is seen before it is complete. Parts are checked when it is
completed, for only then it is known which is the last.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from itertools import pairwise

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.content import Received, combined_crc64, crc64_of, joined, received
from pytest_oss_clean.emulator.dates import iso_milliseconds
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import parameter, version_headers
from pytest_oss_clean.emulator.handlers.conditions import COPY_SOURCE, check_conditions
from pytest_oss_clean.emulator.handlers.copies import CopyHandlers, read_source
from pytest_oss_clean.emulator.handlers.lists import (
    MOST_KEYS,
    Fields,
    boolean,
    encoding_field,
    read_encoding,
    read_limit,
)
from pytest_oss_clean.emulator.handlers.objects import new_object
from pytest_oss_clean.emulator.handlers.paging import common_prefix
from pytest_oss_clean.emulator.handlers.properties import read_acl
from pytest_oss_clean.emulator.handlers.ranges import read_range
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import Bucket, Part, Upload
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.signing import utf8

SMALLEST_PART = 100 * 1024
"""Bytes that every part but the last has at least."""

CLIENT_ENCRYPTION = (
    ("key", "ClientEncryptionKey"),
    ("start", "ClientEncryptionStart"),
    ("cek-alg", "ClientEncryptionCekAlg"),
    ("wrap-alg", "ClientEncryptionWrapAlg"),
    ("data-size", "ClientEncryptionDataSize"),
    ("part-size", "ClientEncryptionPartSize"),
)
"""Metadata of client-side encryption, and its elements in ListParts."""

_PART_NUMBER = re.compile(r"[1-9]\d{0,3}|10000", re.ASCII)
_NUMBER = re.compile(r"\d{1,5}", re.ASCII)


class MultipartHandlers(CopyHandlers):
    def initiate_multipart_upload(self, operation: Operation, reply: Reply) -> Response:
        """Answer InitiateMultipartUpload; class, metadata and tags of the object come with it."""
        bucket = self.find_bucket(operation)
        encode = read_encoding(operation)
        self.check_overwriting(operation)
        model = new_object(operation, bucket, Received.of(b""), reply.now)
        sequential = any(name == "sequential" for name, _ in operation.query)
        upload = Upload(self.token(16).upper(), operation.name, reply.now, model, sequential)
        self.store.begin_upload(bucket, upload)
        content: Fields = [
            *encoding_field(encode),
            ("Bucket", bucket.name),
            ("Key", encode(operation.name)),
            ("UploadId", upload.id),
        ]
        return reply.xml(documents.document("InitiateMultipartUploadResult", content))

    def upload_part(self, operation: Operation, reply: Reply) -> Response:
        """Answer UploadPart, or UploadPartCopy where the request names a source."""
        if operation.header("x-oss-copy-source") is not None:
            return self.upload_part_copy(operation, reply)
        upload = self.find_upload(operation, errors.NO_SUCH_UPLOAD_OF_PART)
        number = _read_part_number(operation)
        if upload.sequential and number > len(upload.parts) + 1:
            raise OssError(errors.NOT_SEQUENTIAL, (("PartNumber", str(number)),))
        self.check_digest(operation)
        came = received(operation)
        self.store.put_part(upload, number, Part(came.body, came.md5, came.crc64, reply.now))
        part = upload.parts[number]
        headers = (
            ("ETag", part.etag),
            ("Content-MD5", came.content_md5),
            ("x-oss-hash-crc64ecma", str(part.crc64)),
        )
        return reply.ok(headers=headers)

    def upload_part_copy(self, operation: Operation, reply: Reply) -> Response:
        upload = self.find_upload(operation, errors.NO_SUCH_UPLOAD_OF_COPY)
        number = _read_part_number(operation)
        asked = read_source(operation.header("x-oss-copy-source") or "")
        source = self.find_source(asked)
        check_conditions(operation, source, COPY_SOURCE)
        source = self.follow(asked, source)
        self.check_readable(asked, source, errors.COPY_NOT_READABLE)
        size = len(source.body)
        start, end = read_range(operation, size, "x-oss-copy-source-range") or (0, size)
        body = source.body[start:end]
        etag = hashlib.md5(source.md5 + f"{start}-{end}".encode(), usedforsecurity=False).digest()
        self.store.put_part(upload, number, Part(body, etag, crc64_of(body), reply.now))
        part = upload.parts[number]
        content: Fields = [("LastModified", iso_milliseconds(part.modified_at)), ("ETag", part.etag)]
        headers = (("ETag", part.etag), *self.source_headers(asked, source))  # ali-oss reads the header
        return reply.xml(documents.document("CopyPartResult", content), headers)

    def complete_multipart_upload(self, operation: Operation, reply: Reply) -> Response:
        """Answer CompleteMultipartUpload: the parts named, or all of them, become the object."""
        bucket = self.find_bucket(operation)
        encode = read_encoding(operation)
        upload = self.find_upload(operation)
        parts = self.chosen_parts(operation, upload)
        self.check_overwriting(operation)
        body = joined(part.body for part in parts)
        self.check_size(len(body))
        made = replace(
            upload.model,
            body=body,
            md5=hashlib.md5(b"".join(part.etag_md5 for part in parts), usedforsecurity=False).digest(),
            crc64=combined_crc64((part.crc64, len(part.body)) for part in parts),
            modified_at=reply.now,
            object_type="Multipart",
            parts=len(parts),
            has_md5=False,
            sequential_md5=upload.content_md5(parts) if upload.sequential else b"",
            acl=read_acl(operation) or upload.model.acl,
        )
        self.store.end_upload(bucket, upload)
        made = self.store.put(bucket, operation.name, made)
        path = naming.percent(operation.name, keep="/")
        content: Fields = [
            *encoding_field(encode),
            ("Location", f"http://{reply.host}/{path}"),
            ("Bucket", bucket.name),
            ("Key", encode(operation.name)),
            ("ETag", made.etag),
        ]
        crc = ("x-oss-hash-crc64ecma", str(made.crc64))
        headers = (("ETag", made.etag), crc, *version_headers(bucket, made))  # oss2 reads the header
        return reply.xml(documents.document("CompleteMultipartUploadResult", content), headers)

    def chosen_parts(self, operation: Operation, upload: Upload) -> list[Part]:
        """Return the parts of the object, or raise what is wrong with them."""
        if (operation.header("x-oss-complete-all") or "").lower() == "yes":
            if operation.body:
                raise OssError(errors.PARTS_TWICE)
            wanted = [(number, "") for number in sorted(upload.parts)]
        else:
            wanted = documents.parse_parts(operation.body)
        if not wanted and upload.parts:
            raise OssError(errors.BAD_DOCUMENT)
        if any(second <= first for (first, _), (second, _) in pairwise(wanted)):
            raise OssError(errors.PART_ORDER)
        found = []
        for number, etag in wanted:
            part = upload.parts.get(number)
            if part is None or (etag and etag.upper() != part.etag.strip('"')):
                extras = (("UploadId", upload.id), ("PartNumber", str(number)), ("ETag", etag))
                raise OssError(errors.BAD_PART, extras)
            found.append(part)
        if any(len(part.body) < SMALLEST_PART for part in found[:-1]):
            raise OssError(errors.PART_SMALL)
        return found

    def abort_multipart_upload(self, operation: Operation, reply: Reply) -> Response:
        """Answer AbortMultipartUpload: the parts are gone."""
        self.store.end_upload(self.find_bucket(operation), self.find_upload(operation))
        return reply.ok(204)

    def list_parts(self, operation: Operation, reply: Reply) -> Response:
        encode = read_encoding(operation)
        upload = self.find_upload(operation)
        limit = read_limit(operation, "max-parts", MOST_KEYS)
        marker = parameter(operation, "part-number-marker") or "0"
        after = int(marker) if _NUMBER.fullmatch(marker) else 0
        behind = [number for number in sorted(upload.parts) if number > after]
        shown = behind[:limit]
        content: Fields = [
            *encoding_field(encode),
            ("Bucket", operation.bucket),
            ("Key", encode(upload.name)),
            ("UploadId", upload.id),
            ("StorageClass", upload.model.storage_class),
            *_client_encryption(upload),
            ("PartNumberMarker", str(after)),
            ("NextPartNumberMarker", str(shown[-1] if shown else after)),
            ("MaxParts", str(limit)),
            ("IsTruncated", boolean(len(behind) > limit)),
        ]
        content += [("Part", _describe(number, upload.parts[number])) for number in shown]
        return reply.xml(documents.document("ListPartsResult", content))

    def list_multipart_uploads(self, operation: Operation, reply: Reply) -> Response:
        """Answer ListMultipartUploads, by name and upload id."""
        bucket = self.find_bucket(operation)
        encode = read_encoding(operation)
        limit = read_limit(operation, "max-uploads", MOST_KEYS)
        delimiter, prefix = parameter(operation, "delimiter"), parameter(operation, "prefix")
        marker = (parameter(operation, "key-marker"), parameter(operation, "upload-id-marker"))
        entries = _behind(bucket, prefix, delimiter, marker)
        shown = entries[:limit]
        last = shown[-1] if shown else ("", "")
        content: Fields = [
            *encoding_field(encode),
            ("Bucket", bucket.name),
            ("KeyMarker", encode(marker[0])),
            ("UploadIdMarker", marker[1]),
            ("NextKeyMarker", encode(last[0])),
            ("NextUploadIdMarker", last[1]),
            ("Delimiter", encode(delimiter)),
            ("Prefix", encode(prefix)),
            ("MaxUploads", str(limit)),
            ("IsTruncated", boolean(len(entries) > limit)),
        ]
        for name, upload_id in shown:
            if upload_id:
                upload = bucket.uploads[upload_id]
                fields: Fields = [
                    ("Key", encode(name)),
                    ("UploadId", upload_id),
                    ("StorageClass", upload.model.storage_class),
                    ("Initiated", iso_milliseconds(upload.initiated_at)),
                ]
                content.append(("Upload", fields))
        content += [("CommonPrefixes", [("Prefix", encode(name))]) for name, id_ in shown if not id_]
        return reply.xml(documents.document("ListMultipartUploadsResult", content))

    def find_upload(self, operation: Operation, row: ErrorRow = errors.NO_SUCH_UPLOAD) -> Upload:
        """Return the upload that an operation names, or raise NoSuchUpload."""
        wanted = parameter(operation, "uploadId")
        upload = self.find_bucket(operation).uploads.get(wanted)
        if upload is None or upload.name != operation.name:
            raise OssError(row, (("UploadId", wanted),))
        return upload


def _read_part_number(operation: Operation) -> int:
    text = parameter(operation, "partNumber")
    if not text:
        raise OssError(
            errors.NO_PART_NUMBER, (("ArgumentName", "ResourceType"), ("ArgumentValue", "partNumber"))
        )
    if not _PART_NUMBER.fullmatch(text):
        raise OssError(errors.BAD_PART_NUMBER, (("ArgumentName", "PartNumber"), ("ArgumentValue", text)))
    return int(text)


def _client_encryption(upload: Upload) -> Fields:
    """Return what ListParts shows of an upload that its client encrypts (py2 test_encryption_client)."""
    metadata = {name.lower(): value for name, value in upload.model.metadata}
    wanted = {f"x-oss-meta-client-side-encryption-{name}": element for name, element in CLIENT_ENCRYPTION}
    return [(element, metadata[name]) for name, element in wanted.items() if name in metadata]


def _describe(number: int, part: Part) -> Fields:
    return [
        ("PartNumber", str(number)),
        ("LastModified", iso_milliseconds(part.modified_at)),
        ("ETag", part.etag),
        ("HashCrc64ecma", str(part.crc64)),
        ("Size", str(len(part.body))),
    ]


def _behind(bucket: Bucket, prefix: str, delimiter: str, marker: tuple[str, str]) -> list[tuple[str, str]]:
    """Return name and id of each upload behind the marker; a common prefix has no id."""
    key_marker, id_marker = marker
    found: dict[tuple[str, str], None] = {}
    for upload in sorted(bucket.uploads.values(), key=lambda one: (utf8(one.name), one.id)):
        name = upload.name
        if not name.startswith(prefix):
            continue
        group = common_prefix(name, prefix, delimiter)
        entry = (group, "") if group else (name, upload.id)
        is_behind = utf8(entry[0]) > utf8(key_marker) or (
            bool(id_marker) and entry[0] == key_marker and entry[1] > id_marker
        )
        if is_behind:
            found[entry] = None
    return list(found)
