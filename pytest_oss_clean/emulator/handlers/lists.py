"""Lists of a bucket: objects in both versions of the API, and versions.

Rule: lists page by the UTF-8 order of names, and show RestoreInfo with the very string HEAD shows.
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import islice

from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.dates import iso_milliseconds
from pytest_oss_clean.emulator.handlers.base import OWNER, Handlers, bad_argument, parameter
from pytest_oss_clean.emulator.handlers.paging import Page, behind, common_prefix, paginate
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.names import percent
from pytest_oss_clean.oss.signing import utf8

DEFAULT_KEYS = 100
MOST_KEYS = 1000
LONGEST_PARAMETER = 1024
LIMITED = ("prefix", "delimiter", "marker", "start-after", "key-marker", "version-id-marker")
"""Parameters of lists, in bytes (oss2 test_bucket_versioning.py:98)."""

_LONGEST_NUMBER = 9

Encode = Callable[[str], str]
Fields = list[tuple[str, Tree]]
Entry = tuple[str, StoredObject | None]
"""A name with one of its versions, or a common prefix with None."""


class ListHandlers(Handlers):
    def list_objects(self, operation: Operation, reply: Reply) -> Response:
        """Response ListObjects, V2 where `list-type=2` asks for it."""
        bucket = self.find_bucket(operation)
        second = parameter(operation, "list-type") == "2"
        encode = read_encoding(operation)
        token = parameter(operation, "continuation-token")
        if second:
            after = _read_token(token) if token else parameter(operation, "start-after")
        else:
            after = parameter(operation, "marker")
        prefix, delimiter, limit = read_filter(operation)
        page = paginate(
            bucket.objects.names,
            prefix=prefix,
            delimiter=delimiter,
            after=after,
            limit=limit,
            shown=bucket.is_shown,
        )
        own = _v2_fields(page, operation, encode) if second else _v1_fields(page, after, encode)
        content: Fields = [
            ("Name", bucket.name),
            ("Prefix", encode(prefix)),
            *own,
            ("MaxKeys", str(limit)),
            ("Delimiter", encode(delimiter)),
            ("IsTruncated", boolean(page.next_after is not None)),
            *encoding_field(encode),
        ]
        owner = not second or parameter(operation, "fetch-owner") == "true"
        for name in page.names:
            entry = self.describe(bucket.objects[name][0], owner=owner)
            content.append(("Contents", [("Key", encode(name)), *entry]))
        content += [("CommonPrefixes", [("Prefix", encode(group))]) for group in page.prefixes]
        return reply.xml(documents.document("ListBucketResult", content))

    def describe(self, thing: StoredObject, *, owner: bool) -> Fields:
        """Return what lists show of an object, behind its name."""
        restore = self.restore_info(thing)
        return [
            ("LastModified", iso_milliseconds(thing.modified_at)),
            ("ETag", thing.etag),
            ("Type", thing.kind),
            ("Size", str(len(thing.body))),
            ("StorageClass", thing.storage_class),
            *([("RestoreInfo", restore)] if restore else []),
            *([("Owner", OWNER)] if owner else []),
        ]

    def list_object_versions(self, operation: Operation, reply: Reply) -> Response:
        """Answer ListObjectVersions: versions and delete markers, newest first within a name."""
        bucket = self.find_bucket(operation)
        encode = read_encoding(operation)
        key_marker = parameter(operation, "key-marker")
        version_marker = parameter(operation, "version-id-marker")
        if version_marker and not key_marker:
            raise bad_argument("version-id-marker", version_marker)
        prefix, delimiter, limit = read_filter(operation)
        found = walk_versions(bucket, prefix, delimiter, key_marker, version_marker)
        entries = list(islice(found, limit))
        content: Fields = [
            ("Name", bucket.name),
            ("Prefix", encode(prefix)),
            ("KeyMarker", encode(key_marker)),
            ("VersionIdMarker", version_marker),
            ("MaxKeys", str(limit)),
            ("Delimiter", encode(delimiter)),
            *_next_markers(entries, encode, more=next(found, None) is not None),
            *encoding_field(encode),
        ]
        content += [self.describe_version(bucket, name, v, encode) for name, v in entries if v is not None]
        content += [("CommonPrefixes", [("Prefix", encode(group))]) for group, v in entries if v is None]
        return reply.xml(documents.document("ListVersionsResult", content))

    def describe_version(
        self, bucket: Bucket, name: str, thing: StoredObject, encode: Encode
    ) -> tuple[str, Tree]:
        head: Fields = [
            ("Key", encode(name)),
            ("VersionId", thing.version_id),
            ("IsLatest", boolean(bucket.newest(name) is thing)),
        ]
        if thing.is_marker:
            modified = ("LastModified", iso_milliseconds(thing.modified_at))
            return "DeleteMarker", [*head, modified, ("Owner", OWNER)]
        return "Version", [*head, *self.describe(thing, owner=True)]


def walk_versions(
    bucket: Bucket, prefix: str, delimiter: str, key_marker: str, version_marker: str
) -> Iterator[Entry]:
    """Yield versions and common prefixes behind the markers.

    A version marker that is gone meanwhile leaves out nothing: whoever deletes page by page needs that.
    """
    names = bucket.objects.names
    at = bisect_left(names, max(prefix, key_marker))
    while at < len(names) and names[at].startswith(prefix):
        name = names[at]
        group = common_prefix(name, prefix, delimiter)
        if group:
            if group > key_marker:
                yield group, None
            at = bisect_right(names, behind(group), at)
            continue
        if name > key_marker or version_marker:
            yield from ((name, v) for v in _behind(bucket, name, name == key_marker, version_marker))
        at += 1


def _behind(bucket: Bucket, name: str, is_marked: bool, version_marker: str) -> tuple[StoredObject, ...]:
    versions = bucket.objects[name]
    ids = [version.version_id for version in versions]
    return versions[ids.index(version_marker) + 1 :] if is_marked and version_marker in ids else versions


def _next_markers(entries: list[Entry], encode: Encode, *, more: bool) -> Fields:
    if not more:
        return [("IsTruncated", boolean(False))]
    name, version = entries[-1]
    last = version.version_id if version else ""
    return [
        ("IsTruncated", boolean(True)),
        ("NextKeyMarker", encode(name)),
        ("NextVersionIdMarker", last),
    ]


def _v1_fields(page: Page, after: str, encode: Encode) -> Fields:
    following: Fields = [("NextMarker", encode(page.next_after))] if page.next_after is not None else []
    return [("Marker", encode(after)), *following]


def _v2_fields(page: Page, operation: Operation, encode: Encode) -> Fields:
    fields: Fields = [
        ("StartAfter", encode(parameter(operation, "start-after"))),
        ("KeyCount", str(len(page.names) + len(page.prefixes))),
    ]
    token = parameter(operation, "continuation-token")
    if token:
        fields.append(("ContinuationToken", token))
    if page.next_after is not None:
        following = base64.urlsafe_b64encode(utf8(page.next_after)).decode()
        fields.append(("NextContinuationToken", following))
    return fields


def _read_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode("ascii")).decode("utf-8", "surrogateescape")
    except ValueError:
        raise bad_argument("continuation-token", token) from None


def read_encoding(operation: Operation) -> Encode:
    """Return how names are written: percent-encoded where `encoding-type=url` asks for it."""
    kind = parameter(operation, "encoding-type")
    if kind == "url":
        return percent
    if kind:
        raise bad_argument("encoding-type", kind)
    return str


def encoding_field(encode: Encode) -> Fields:
    return [("EncodingType", "url")] if encode is percent else []


def read_filter(operation: Operation) -> tuple[str, str, int]:
    """Return prefix, delimiter and max-keys, or raise InvalidArgument; a marker is checked too."""
    for name in LIMITED:
        if len(utf8(parameter(operation, name))) > LONGEST_PARAMETER:
            raise bad_argument(name, parameter(operation, name))
    prefix, delimiter = parameter(operation, "prefix"), parameter(operation, "delimiter")
    return prefix, delimiter, read_limit(operation, "max-keys", DEFAULT_KEYS)


def read_limit(operation: Operation, name: str, default: int) -> int:
    """Return a number from 1 to 1000, or raise InvalidArgument."""
    text = parameter(operation, name, str(default))
    digits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    if not digits or not 1 <= int(text) <= MOST_KEYS:
        raise bad_argument(name, text)
    return int(text)


def boolean(value: bool) -> str:
    """Return a truth value as documents write it."""
    return "true" if value else "false"
