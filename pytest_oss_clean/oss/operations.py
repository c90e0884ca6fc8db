"""The requests that the suite makes, unsigned: one function for each operation of OSS it needs."""

from __future__ import annotations

from lxml import etree

from pytest_oss_clean.oss.constants import CLEAN, RESTORE, STORAGE_CLASS, StorageClass, Tier
from pytest_oss_clean.oss.messages import Headers, Operation
from pytest_oss_clean.oss.names import Query, percent

COPY_SOURCE = "x-oss-copy-source"

RESTORE_DAYS = 7
"""The longest time that every edition of the RestoreObject page allows for every class."""

METADATA: Headers = (("Content-Type", "text/plain"), ("x-oss-meta-origin", "pytest-oss-clean"))
"""What later requests look for."""

PERMISSIONS = {
    "put": "oss:PutObject",
    "copy": "oss:PutObject and oss:GetObject",
    "head": "oss:GetObject",
    "get": "oss:GetObject",
    "object meta": "oss:GetObject",
    "restore": "oss:RestoreObject",
    "clean": "oss:CleanRestoredObject",
    "delete": "oss:DeleteObject",
    "delete version": "oss:DeleteObjectVersion",
    "list": "oss:ListObjects",
    "list v2": "oss:ListObjects",
    "list versions": "oss:ListObjectVersions",
    "get tags": "oss:GetObjectTagging",
    "put tags": "oss:PutObjectTagging",
    "get acl": "oss:GetObjectAcl",
    "put acl": "oss:PutObjectAcl",
}
"""The permission that a request needs, by its label (RAM policy pages)."""


def put(bucket: str, name: str, content: bytes, storage_class: StorageClass | None = None) -> Operation:
    """PutObject, with a metadata entry that later requests look for."""
    return Operation("PUT", bucket, name, (), (*METADATA, *_class(storage_class)), content)


def copy(
    bucket: str, name: str, source: tuple[str, str], storage_class: StorageClass | None = None
) -> Operation:
    """CopyObject from bucket and name."""
    path = f"/{source[0]}/{percent(source[1], keep='/')}"
    return Operation("PUT", bucket, name, (), ((COPY_SOURCE, path), *_class(storage_class)))


def plain(method: str, bucket: str, name: str, subresource: str = "", version: str = "") -> Operation:
    """An operation that needs no more than its name, a sub-resource and a version."""
    query: Query = ((subresource, None),) if subresource else ()
    return Operation(method, bucket, name, (*query, *((("versionId", version),) if version else ())))


def clean(bucket: str, name: str, version: str = "") -> Operation:
    """CleanRestoredObject."""
    return plain("POST", bucket, name, CLEAN, version)


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
    operation = plain("POST", bucket, name, RESTORE, version)
    return Operation("POST", bucket, name, operation.query, (), etree.tostring(root))


def listing(bucket: str, prefix: str, kind: str = "") -> Operation:
    """ListObjects, `versions` for ListObjectVersions, `v2` for ListObjectsV2; names url-encoded."""
    first: Query = {"": (), "v2": (("list-type", "2"),), "versions": (("versions", None),)}[kind]
    return Operation("GET", bucket, "", (*first, ("encoding-type", "url"), ("prefix", prefix)))


def tag(bucket: str, name: str, key: str, value: str) -> Operation:
    """PutObjectTagging with one tag."""
    root = etree.Element("Tagging")
    pair = etree.SubElement(etree.SubElement(root, "TagSet"), "Tag")
    etree.SubElement(pair, "Key").text = key
    etree.SubElement(pair, "Value").text = value
    return Operation("PUT", bucket, name, (("tagging", None),), (), etree.tostring(root))


def acl(bucket: str, name: str, value: str) -> Operation:
    """PutObjectAcl."""
    return Operation("PUT", bucket, name, (("acl", None),), (("x-oss-object-acl", value),))


def _class(storage_class: StorageClass | None) -> Headers:
    return ((STORAGE_CLASS, str(storage_class)),) if storage_class else ()
