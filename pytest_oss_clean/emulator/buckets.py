"""Operations on the service and on buckets, the lists among them.

Rule: lists page by the UTF-8 order of names, and show RestoreInfo with the very string HEAD shows.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from pytest_oss_clean.emulator import documents, errors
from pytest_oss_clean.emulator.answers import Reply
from pytest_oss_clean.emulator.authentication import iso_milliseconds
from pytest_oss_clean.emulator.errors import Fault
from pytest_oss_clean.emulator.handling import Handlers, bad_argument, parameter
from pytest_oss_clean.emulator.store import Bucket, Page, StoredObject, paginate
from pytest_oss_clean.message import Answer, Operation
from pytest_oss_clean.naming import bucket_name_problem, percent
from pytest_oss_clean.signing import utf8
from pytest_oss_clean.vocabulary import StorageClass

DEFAULT_KEYS = 100
MOST_KEYS = 1000
_OWNER = (("ID", "1000000000000000"), ("DisplayName", "1000000000000000"))
_LONGEST_NUMBER = 9


class BucketHandlers(Handlers):
    """Answers for the service and for buckets."""

    def list_buckets(self, operation: Operation, reply: Reply) -> Answer:
        """Answer GetService."""
        after = parameter(operation, "marker")
        limit = _max_keys(operation)
        page = paginate(
            sorted(self.store.buckets),
            prefix=parameter(operation, "prefix"),
            delimiter="",
            after=after,
            limit=limit,
        )
        buckets = [("Bucket", self._describe(self.store.buckets[name])) for name in page.names]
        paging = [
            ("Prefix", parameter(operation, "prefix")),
            ("Marker", after),
            ("MaxKeys", str(limit)),
            ("IsTruncated", _boolean(page.next_after is not None)),
            *([("NextMarker", page.next_after)] if page.next_after else []),
        ]
        content: list[tuple[str, documents.Tree]] = [*paging, ("Owner", _OWNER), ("Buckets", buckets)]
        return reply.xml(documents.document("ListAllMyBucketsResult", content))

    def put_bucket(self, operation: Operation, reply: Reply) -> Answer:
        """Create a bucket, or confirm one that is there."""
        if bucket_name_problem(operation.bucket):
            raise Fault(errors.BAD_BUCKET_NAME, (("BucketName", operation.bucket),))
        wanted = documents.parse_bucket_class(operation.body) or operation.header("x-oss-storage-class")
        if wanted is not None and wanted not in list(StorageClass):
            raise Fault(errors.NO_SUCH_BUCKET_CLASS)
        storage_class = StorageClass(wanted or StorageClass.STANDARD)
        bucket = self.store.buckets.get(operation.bucket)
        if bucket is None:
            self.store.create_bucket(operation.bucket, reply.now, storage_class)
        elif bucket.storage_class is not storage_class:
            raise Fault(errors.BUCKET_EXISTS, (("BucketName", bucket.name),))
        return reply.ok(headers=(("Location", f"/{operation.bucket}"),))

    def head_bucket(self, operation: Operation, reply: Reply) -> Answer:
        """Confirm that a bucket is there."""
        self.find_bucket(operation)
        return reply.ok(headers=(("x-oss-bucket-region", self.region),))

    def delete_bucket(self, operation: Operation, reply: Reply) -> Answer:
        """Remove an empty bucket."""
        bucket = self.find_bucket(operation)
        if bucket.objects:
            raise Fault(errors.BUCKET_NOT_EMPTY, (("BucketName", bucket.name),))
        self.store.remove_bucket(bucket.name)
        return reply.ok(204)

    def get_bucket_info(self, operation: Operation, reply: Reply) -> Answer:
        """Answer GetBucketInfo."""
        bucket = self.find_bucket(operation)
        more: list[tuple[str, documents.Tree]] = [
            ("Owner", _OWNER),
            ("AccessControlList", [("Grant", "private")]),
            ("DataRedundancyType", "LRS"),
        ]
        content: list[tuple[str, documents.Tree]] = [("Bucket", [*self._describe(bucket), *more])]
        return reply.xml(documents.document("BucketInfo", content))

    def get_bucket_location(self, operation: Operation, reply: Reply) -> Answer:
        """Answer GetBucketLocation; the text stands in the root."""
        self.find_bucket(operation)
        return reply.xml(documents.document("LocationConstraint", f"oss-{self.region}"))

    def get_bucket_acl(self, operation: Operation, reply: Reply) -> Answer:
        """Answer GetBucketAcl; SDKs ask it to learn whether a bucket exists."""
        self.find_bucket(operation)
        content: list[tuple[str, documents.Tree]] = [
            ("Owner", _OWNER),
            ("AccessControlList", [("Grant", "private")]),
        ]
        return reply.xml(documents.document("AccessControlPolicy", content))

    def _describe(self, bucket: Bucket) -> list[tuple[str, documents.Tree]]:
        return [
            ("CreationDate", iso_milliseconds(bucket.created_at)),
            ("ExtranetEndpoint", f"oss-{self.region}.aliyuncs.com"),
            ("IntranetEndpoint", f"oss-{self.region}-internal.aliyuncs.com"),
            ("Location", f"oss-{self.region}"),
            ("Name", bucket.name),
            ("Region", self.region),
            ("StorageClass", bucket.storage_class),
        ]

    def list_objects(self, operation: Operation, reply: Reply) -> Answer:
        """Answer ListObjects, V2 where `list-type=2` asks for it."""
        bucket = self.find_bucket(operation)
        second = parameter(operation, "list-type") == "2"
        encode = _encoder(operation)
        token = parameter(operation, "continuation-token")
        if second:
            after = _read_token(token) if token else parameter(operation, "start-after")
        else:
            after = parameter(operation, "marker")
        prefix, delimiter = parameter(operation, "prefix"), parameter(operation, "delimiter")
        limit = _max_keys(operation)
        page = paginate(bucket.objects.names, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        own = _v2_fields(page, operation, encode) if second else _v1_fields(page, after, encode)
        content: list[tuple[str, documents.Tree]] = [
            ("Name", bucket.name),
            ("Prefix", encode(prefix)),
            *own,
            ("MaxKeys", str(limit)),
            ("Delimiter", encode(delimiter)),
            ("IsTruncated", _boolean(page.next_after is not None)),
            *([("EncodingType", "url")] if encode is percent else []),
        ]
        owner = not second or parameter(operation, "fetch-owner") == "true"
        content += [
            ("Contents", self._entry(name, bucket.objects[name], encode, owner=owner)) for name in page.names
        ]
        content += [("CommonPrefixes", [("Prefix", encode(group))]) for group in page.prefixes]
        return reply.xml(documents.document("ListBucketResult", content))

    def _entry(
        self, name: str, thing: StoredObject, encode: Callable[[str], str], *, owner: bool
    ) -> list[tuple[str, documents.Tree]]:
        restore = self.restore_info(thing)
        return [
            ("Key", encode(name)),
            ("LastModified", iso_milliseconds(thing.modified_at)),
            ("ETag", thing.etag),
            ("Type", "Normal"),
            ("Size", str(len(thing.body))),
            ("StorageClass", thing.storage_class),
            *([("RestoreInfo", restore)] if restore else []),
            *([("Owner", _OWNER)] if owner else []),
        ]


def _v1_fields(page: Page, after: str, encode: Callable[[str], str]) -> list[tuple[str, str]]:
    following = [("NextMarker", encode(page.next_after))] if page.next_after is not None else []
    return [("Marker", encode(after)), *following]


def _v2_fields(page: Page, operation: Operation, encode: Callable[[str], str]) -> list[tuple[str, str]]:
    fields = [
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


def _encoder(operation: Operation) -> Callable[[str], str]:
    kind = parameter(operation, "encoding-type")
    if kind == "url":
        return percent
    if kind:
        raise bad_argument("encoding-type", kind)
    return str


def _max_keys(operation: Operation) -> int:
    text = parameter(operation, "max-keys", str(DEFAULT_KEYS))
    digits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    if not digits or not 1 <= int(text) <= MOST_KEYS:
        raise bad_argument("max-keys", text)
    return int(text)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
