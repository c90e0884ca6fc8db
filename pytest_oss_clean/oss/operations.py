"""The requests that the suite makes, unsigned: one function for each operation of OSS it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from pytest_oss_clean.oss.constants import CLEAN, RESTORE, STORAGE_CLASS, StorageClass, Tier
from pytest_oss_clean.oss.messages import Headers, Operation
from pytest_oss_clean.oss.names import Query, percent

COPY_SOURCE = "x-oss-copy-source"
SYMLINK_TARGET = "x-oss-symlink-target"

RESTORE_DAYS = 7
"""The longest time that every edition of the RestoreObject page allows for every class."""

METADATA: Headers = (("Content-Type", "text/plain"), ("x-oss-meta-origin", "pytest-oss-clean"))
"""What later requests look for."""


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation of OSS: its name, how it is asked for, and the permission that it needs.

    `label` is what transcripts and messages call it.
    """

    name: str
    label: str
    method: str
    permission: str
    query: Query = ()

    def of(self, bucket: str, name: str, version: str = "") -> Operation:
        """Return the request for an object that needs no more than its name and a version."""
        version_id: Query = (("versionId", version),) if version else ()
        return Operation(self.method, bucket, name, (*self.query, *version_id))


def _sub(name: str) -> Query:
    return ((name, None),)


CLEAN_RESTORED_OBJECT = ApiOperation(
    "CleanRestoredObject", "clean", "POST", "oss:CleanRestoredObject", _sub(CLEAN)
)
RESTORE_OBJECT = ApiOperation("RestoreObject", "restore", "POST", "oss:RestoreObject", _sub(RESTORE))
GET_OBJECT_META = ApiOperation("GetObjectMeta", "object meta", "HEAD", "oss:GetObject", _sub("objectMeta"))

HEAD_OBJECT = ApiOperation("HeadObject", "head", "HEAD", "oss:GetObject")
INITIATE_UPLOAD = ApiOperation(
    "InitiateMultipartUpload", "initiate upload", "POST", "oss:PutObject", _sub("uploads")
)

OPERATIONS = (
    ApiOperation("PutObject", "put", "PUT", "oss:PutObject"),
    ApiOperation("CopyObject", "copy", "PUT", "oss:PutObject and oss:GetObject"),
    HEAD_OBJECT,
    ApiOperation("GetObject", "get", "GET", "oss:GetObject"),
    GET_OBJECT_META,
    RESTORE_OBJECT,
    CLEAN_RESTORED_OBJECT,
    ApiOperation("GetObject", "get range", "GET", "oss:GetObject"),
    INITIATE_UPLOAD,
    ApiOperation("UploadPart", "upload part", "PUT", "oss:PutObject"),
    ApiOperation("CompleteMultipartUpload", "complete upload", "POST", "oss:PutObject"),
    ApiOperation("AbortMultipartUpload", "abort upload", "DELETE", "oss:AbortMultipartUpload"),
    ApiOperation("AppendObject", "append", "POST", "oss:PutObject", _sub("append")),
    ApiOperation("PutSymlink", "put symlink", "PUT", "oss:PutObject", _sub("symlink")),
    ApiOperation("DeleteObject", "delete", "DELETE", "oss:DeleteObject"),
    ApiOperation("DeleteObject", "delete version", "DELETE", "oss:DeleteObjectVersion"),
    ApiOperation("ListObjects", "list", "GET", "oss:ListObjects"),
    ApiOperation("ListObjectsV2", "list v2", "GET", "oss:ListObjects", (("list-type", "2"),)),
    ApiOperation("ListObjectVersions", "list versions", "GET", "oss:ListObjectVersions", _sub("versions")),
    ApiOperation("GetObjectTagging", "get tags", "GET", "oss:GetObjectTagging", _sub("tagging")),
    ApiOperation("PutObjectTagging", "put tags", "PUT", "oss:PutObjectTagging", _sub("tagging")),
    ApiOperation("GetObjectAcl", "get acl", "GET", "oss:GetObjectAcl", _sub("acl")),
    ApiOperation("PutObjectAcl", "put acl", "PUT", "oss:PutObjectAcl", _sub("acl")),
)
"""Every operation that the suite makes, by the permission pages; a new one is a row here."""

PERMISSIONS = {row.label: row.permission for row in OPERATIONS}
"""The permission that a request needs, by its label."""

_QUERIES = {row.label: row.query for row in OPERATIONS}


def put(bucket: str, name: str, content: bytes, storage_class: StorageClass | None = None) -> Operation:
    """PutObject, with a metadata entry that later requests look for."""
    return Operation("PUT", bucket, name, (), (*METADATA, *_class(storage_class)), content)


def copy(
    bucket: str, name: str, source: tuple[str, str], storage_class: StorageClass | None = None
) -> Operation:
    path = f"/{source[0]}/{percent(source[1], keep='/')}"
    return Operation("PUT", bucket, name, (), ((COPY_SOURCE, path), *_class(storage_class)))


def plain(method: str, bucket: str, name: str, subresource: str = "", version: str = "") -> Operation:
    """An operation that needs no more than its name, a sub-resource and a version."""
    query: Query = ((subresource, None),) if subresource else ()
    return Operation(method, bucket, name, (*query, *((("versionId", version),) if version else ())))


def clean(bucket: str, name: str, version: str = "") -> Operation:
    return CLEAN_RESTORED_OBJECT.of(bucket, name, version)


def restore_bare(bucket: str, name: str) -> Operation:
    """RestoreObject without a body: days and tier are the service's defaults."""
    return RESTORE_OBJECT.of(bucket, name)


def restore(
    bucket: str,
    name: str,
    version: str = "",
    *,
    days: int = RESTORE_DAYS,
    tier: Tier | None = Tier.EXPEDITED,
) -> Operation:
    """RestoreObject; `tier` None leaves JobParameters out, as class Archive demands."""
    root = etree.Element("RestoreRequest")
    etree.SubElement(root, "Days").text = str(days)
    if tier:
        parameters = etree.SubElement(root, "JobParameters")
        etree.SubElement(parameters, "Tier").text = str(tier)
    return replace(RESTORE_OBJECT.of(bucket, name, version), body=etree.tostring(root))


def initiate_upload(bucket: str, name: str, storage_class: StorageClass | None = None) -> Operation:
    """InitiateMultipartUpload, with the metadata that `put` gives an object."""
    return Operation("POST", bucket, name, _QUERIES["initiate upload"], (*METADATA, *_class(storage_class)))


def upload_part(bucket: str, name: str, upload: str, number: int, content: bytes) -> Operation:
    return Operation("PUT", bucket, name, (("partNumber", str(number)), ("uploadId", upload)), (), content)


def complete_upload(bucket: str, name: str, upload: str, etags: tuple[str, ...]) -> Operation:
    root = etree.Element("CompleteMultipartUpload")
    for number, etag in enumerate(etags, 1):
        part = etree.SubElement(root, "Part")
        etree.SubElement(part, "PartNumber").text = str(number)
        etree.SubElement(part, "ETag").text = etag
    return Operation("POST", bucket, name, (("uploadId", upload),), (), etree.tostring(root))


def abort_upload(bucket: str, name: str, upload: str) -> Operation:
    return Operation("DELETE", bucket, name, (("uploadId", upload),))


def append(bucket: str, name: str, content: bytes, storage_class: StorageClass | None = None) -> Operation:
    """AppendObject that makes the object, with the metadata that `put` gives one."""
    query = (*_QUERIES["append"], ("position", "0"))
    return Operation("POST", bucket, name, query, (*METADATA, *_class(storage_class)), content)


def symlink(bucket: str, name: str, target: str) -> Operation:
    headers = ((SYMLINK_TARGET, percent(target, keep="/")),)
    return Operation("PUT", bucket, name, _QUERIES["put symlink"], headers)


def listing(bucket: str, prefix: str, kind: str = "") -> Operation:
    """ListObjects, `versions` for ListObjectVersions, `v2` for ListObjectsV2; names url-encoded."""
    first = _QUERIES[f"list {kind}".strip()]
    return Operation("GET", bucket, "", (*first, ("encoding-type", "url"), ("prefix", prefix)))


def tag(bucket: str, name: str, key: str, value: str) -> Operation:
    root = etree.Element("Tagging")
    pair = etree.SubElement(etree.SubElement(root, "TagSet"), "Tag")
    etree.SubElement(pair, "Key").text = key
    etree.SubElement(pair, "Value").text = value
    return Operation("PUT", bucket, name, _QUERIES["put tags"], (), etree.tostring(root))


def acl(bucket: str, name: str, value: str) -> Operation:
    return Operation("PUT", bucket, name, _QUERIES["put acl"], (("x-oss-object-acl", value),))


def _class(storage_class: StorageClass | None) -> Headers:
    return ((STORAGE_CLASS, str(storage_class)),) if storage_class else ()
