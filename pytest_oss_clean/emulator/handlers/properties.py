"""What an object has beside its content: tags, an ACL, and a target if it is a symlink.

Rule: changing a property replaces the record of one version, and leaves its restore state alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.content import Received
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import (
    OWNER,
    Handlers,
    bad_argument,
    one_of,
    required_header,
    version_headers,
)
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import StoredObject, Tags
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import STORAGE_CLASS, StorageClass
from pytest_oss_clean.oss.messages import Headers, Operation, Response

MOST_TAGS = 10
LONGEST_TAG_KEY = 128
LONGEST_TAG_VALUE = 256
TAG_CHARACTERS = frozenset(" +-=._:/")
"""Beside letters and digits (page of status 404, NoSuchBucketObjectTagging)."""
DEFAULT_TYPE = "application/octet-stream"
SYMLINK_TARGET = "x-oss-symlink-target"
KEPT_HEADERS = frozenset(
    {"cache-control", "content-disposition", "content-encoding", "content-language", "expires"}
)


class BucketAcl(StrEnum):
    """Who may use a bucket without a signature."""

    PRIVATE = "private"
    PUBLIC_READ = "public-read"
    PUBLIC_READ_WRITE = "public-read-write"


class ObjectAcl(StrEnum):
    """Who may use an object without a signature; the default is what the bucket says."""

    DEFAULT = "default"
    PRIVATE = "private"
    PUBLIC_READ = "public-read"
    PUBLIC_READ_WRITE = "public-read-write"


class PropertyHandlers(Handlers):
    """Answers for tagging, ACL and symlinks of objects."""

    def check_public(self, operation: Operation) -> None:
        """Refuse what neither the object's ACL nor the bucket's makes public; a PUT needs the bucket's."""
        bucket = self.find_bucket(operation)
        if operation.method == "PUT":
            if bucket.acl != BucketAcl.PUBLIC_READ_WRITE:
                raise OssError(errors.ANONYMOUS)
            return
        thing = bucket.current(operation.name)
        acl = bucket.acl if thing is None or thing.acl == ObjectAcl.DEFAULT else thing.acl
        if acl == ObjectAcl.PRIVATE:
            raise OssError(errors.NOT_PUBLIC)

    def get_object_tagging(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        return reply.xml(tagging_document(thing.tags), version_headers(self.find_bucket(operation), thing))

    def put_object_tagging(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        tags = checked_tags(documents.parse_tagging(operation.body))
        return self.change(operation, reply, replace(thing, tags=tags))

    def delete_object_tagging(self, operation: Operation, reply: Reply) -> Response:
        return self.change(operation, reply, replace(self.find_object(operation), tags=()), 204)

    def get_object_acl(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        document = acl_document(thing.acl)
        return reply.xml(document, version_headers(self.find_bucket(operation), thing))

    def put_object_acl(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        acl = one_of(ObjectAcl, "x-oss-object-acl", required_header(operation, "x-oss-object-acl"))
        return self.change(operation, reply, replace(thing, acl=acl))

    def change(self, operation: Operation, reply: Reply, thing: StoredObject, status: int = 200) -> Response:
        """Keep the changed record of a version."""
        bucket = self.find_bucket(operation)
        self.store.replace(bucket, operation.name, thing)
        return reply.ok(status, version_headers(bucket, thing))

    def put_symlink(self, operation: Operation, reply: Reply) -> Response:
        """Answer PutSymlink; the target need not be there."""
        bucket = self.find_bucket(operation)
        self.check_overwriting(operation)
        wanted = one_of(StorageClass, STORAGE_CLASS, operation.header(STORAGE_CLASS) or StorageClass.STANDARD)
        if self.life_cycle.needs_restore(wanted):
            raise bad_argument(STORAGE_CLASS, wanted)
        content_type = operation.header("content-type") or DEFAULT_TYPE
        metadata = kept_headers(operation.headers)
        link = StoredObject.make(Received.of(b""), wanted, content_type, reply.now, metadata)
        link = with_properties(link, operation)
        link = replace(link, symlink_target=_read_target(required_header(operation, SYMLINK_TARGET)))
        return reply.ok(headers=version_headers(bucket, self.store.put(bucket, operation.name, link)))

    def get_symlink(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        if thing.symlink_target is None:
            raise OssError(errors.NOT_SYMLINK)
        headers = (("ETag", thing.etag), (SYMLINK_TARGET, naming.percent(thing.symlink_target, keep="/")))
        return reply.ok(headers=(*headers, *version_headers(self.find_bucket(operation), thing)))


def kept_headers(headers: Headers) -> Headers:
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower().startswith("x-oss-meta-") or name.lower() in KEPT_HEADERS
    )


def with_properties(thing: StoredObject, operation: Operation) -> StoredObject:
    """Return an object with the tags and the ACL that the request gives it."""
    tags = read_tagging_header(operation.header("x-oss-tagging"))
    return replace(thing, tags=tags, acl=read_acl(operation) or ObjectAcl.DEFAULT)


def read_acl(operation: Operation) -> ObjectAcl | None:
    """Return the ACL that a request gives an object, or raise InvalidArgument."""
    acl = operation.header("x-oss-object-acl")
    return None if acl is None else one_of(ObjectAcl, "x-oss-object-acl", acl)


def tagging_document(tags: Tags) -> bytes:
    return documents.document("Tagging", tagging_tree(tags))


def tagging_tree(tags: Tags) -> Tree:
    return [("TagSet", [("Tag", [("Key", key), ("Value", value)]) for key, value in tags])]


def acl_document(grant: str) -> bytes:
    return documents.document(
        "AccessControlPolicy", [("Owner", OWNER), ("AccessControlList", [("Grant", grant)])]
    )


def read_tagging_header(text: str | None) -> Tags:
    """Read x-oss-tagging, `k=v&k=v` percent-encoded, or raise InvalidArgument."""
    try:
        pairs = naming.decode_query(text or "")
    except naming.MalformedTargetError:
        raise bad_argument("x-oss-tagging", text or "") from None
    return checked_tags((key, value or "") for key, value in pairs)


def checked_tags(tags: Iterable[tuple[str, str]]) -> Tags:
    """Return tags, or raise InvalidTag: ten at most, of limited length and characters, each key once."""
    tags = tuple(tags)
    lengths = all(1 <= len(key) <= LONGEST_TAG_KEY and len(value) <= LONGEST_TAG_VALUE for key, value in tags)
    if len(tags) > MOST_TAGS or len(dict(tags)) < len(tags) or not lengths or not all(map(is_plain, tags)):
        raise OssError(errors.BAD_TAG)
    return tags


def is_plain(tag: tuple[str, str]) -> bool:
    """Return whether key and value have no other characters than OSS allows."""
    return all(character.isalnum() or character in TAG_CHARACTERS for text in tag for character in text)


def _read_target(text: str) -> str:
    """Read x-oss-symlink-target, percent-encoded, or raise InvalidArgument."""
    try:
        target = naming.decode(text)
    except naming.MalformedTargetError:
        target = ""
    if naming.object_name_problem(target):
        raise bad_argument(SYMLINK_TARGET, text)
    return target
