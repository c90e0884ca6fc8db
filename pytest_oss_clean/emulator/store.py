"""Buckets, the versions of their objects, and uploads in parts.

Rule: versions are immutable records; a change replaces the record. The store knows no life cycle and
no HTTP. It refuses, with STORAGE_FULL, what would take it over its limit.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.content import Body, Received, blocks_of, joined, md5_of
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.lifecycle import Retrieval
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Headers
from pytest_oss_clean.oss.signing import utf8

STORAGE = 4 * 1024 * 1024 * 1024
"""Bytes that all objects and parts may take together, in memory and in temporary files."""
NULL = "null"
"""The id of the version that is written while versioning is off or suspended."""

_RECORD = 1024
"""What a bucket or a version counts beside its name, body and metadata."""

Tags = tuple[tuple[str, str], ...]
V = TypeVar("V")


class Versioning(StrEnum):
    """What a bucket does with what is overwritten or deleted."""

    OFF = ""
    ENABLED = "Enabled"
    SUSPENDED = "Suspended"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of an object; `retrieval` is its accepted restore, if any.

    `md5` is that of the body where it `has_md5`; else it was made of those of `parts` or appends.
    """

    body: Body = field(repr=False)
    storage_class: StorageClass
    content_type: str
    modified_at: float
    metadata: Headers = ()
    retrieval: Retrieval | None = None
    md5: bytes = b""
    crc64: int = 0
    version_id: str = NULL
    tags: Tags = ()
    acl: str = "default"
    symlink_target: str | None = None
    is_marker: bool = False
    object_type: str = "Normal"
    parts: int = 0
    has_md5: bool = True
    sequential_md5: bytes = b""

    @classmethod
    def make(
        cls,
        received: Received,
        storage_class: StorageClass,
        content_type: str,
        modified_at: float,
        metadata: Headers,
    ) -> StoredObject:
        return cls(
            received.body,
            storage_class,
            content_type,
            modified_at,
            metadata,
            md5=received.md5,
            crc64=received.crc64,
        )

    @classmethod
    def marker(cls, modified_at: float) -> StoredObject:
        return cls(b"", StorageClass.STANDARD, "", modified_at, is_marker=True)

    @property
    def etag(self) -> str:
        """Return the quoted, upper-case MD5, and behind it the number of parts."""
        return _etag(self.md5, self.parts)

    @property
    def content_md5(self) -> str | None:
        """Return Content-MD5; None where the MD5 of the body is not known."""
        md5 = self.sequential_md5 or (self.md5 if self.has_md5 else b"")
        return _content_md5(md5) if md5 else None

    @property
    def kind(self) -> str:
        """Return x-oss-object-type."""
        return self.object_type if self.symlink_target is None else "Symlink"

    @property
    def size(self) -> int:
        """Return what the version counts against the limit, without its name."""
        texts = (*self.metadata, *self.tags, (self.content_type, self.symlink_target or ""))
        return _RECORD + len(self.body) + sum(len(n) + len(v) for n, v in texts)


@lru_cache(maxsize=1024)
def _etag(md5: bytes, parts: int) -> str:
    return f'"{md5.hex().upper()}{f"-{parts}" if parts else ""}"'


@lru_cache(maxsize=1024)
def _content_md5(md5: bytes) -> str:
    return base64.b64encode(md5).decode()


class Ordered(MutableMapping[str, V]):
    """Values by name; `names` are in the order of their UTF-8 bytes.

    Names are sorted when they are first listed and kept in order from then on, so that filling a bucket
    that nobody lists costs nothing and a page of a list costs what it returns.
    """

    __slots__ = ("_names", "_values")

    def __init__(self) -> None:
        self._values: dict[str, V] = {}
        self._names: list[str] | None = None

    @property
    def names(self) -> Sequence[str]:
        """Return all names in order; the list changes with the mapping."""
        if self._names is None:
            self._names = sorted(self._values, key=utf8)
        return self._names

    def __getitem__(self, name: str) -> V:
        return self._values[name]

    def __setitem__(self, name: str, value: V) -> None:
        """Set a value; a new name takes its place."""
        if self._names is not None and name not in self._values:
            insort(self._names, name, key=utf8)
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        del self._values[name]
        if self._names is not None:
            del self._names[bisect_left(self._names, utf8(name), key=utf8)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Part:
    """An uploaded part; `etag_md5` is its MD5, or what its ETag shows where it was copied."""

    body: Body = field(repr=False)
    etag_md5: bytes
    crc64: int
    modified_at: float

    @property
    def etag(self) -> str:
        return f'"{self.etag_md5.hex().upper()}"'


@dataclass(slots=True)
class Upload:
    """A multipart upload; `model` is the object it will make, without a body.

    A `sequential` one makes an object whose Content-MD5 is known: `md5` is that of the first `hashed`
    parts, as long as none of them is sent again.
    """

    id: str
    name: str
    initiated_at: float
    model: StoredObject
    sequential: bool = False
    parts: dict[int, Part] = field(default_factory=dict)
    md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    hashed: int = 0

    def __deepcopy__(self, _: object) -> Upload:
        return replace(self, parts=dict(self.parts), md5=self.md5.copy())

    def hash_part(self, number: int, part: Part) -> None:
        """Hash a part behind those before it; one that replaces another makes that worthless."""
        if number != self.hashed + 1:
            self.hashed = -1
            return
        self.hashed = number
        for block in blocks_of(part.body):
            self.md5.update(block)

    def content_md5(self, parts: Sequence[Part]) -> bytes:
        """Return the MD5 of these parts in a row."""
        if self.hashed != len(self.parts) or len(parts) != len(self.parts):
            return md5_of(joined(part.body for part in parts))
        return bytes(self.md5.digest())

    @property
    def size(self) -> int:
        """Return what the upload counts against the limit."""
        return _RECORD + len(self.name) + sum(len(part.body) for part in self.parts.values())


@dataclass(slots=True)
class Bucket:
    """A bucket; `objects` holds the versions of each name, newest first."""

    name: str
    created_at: float
    storage_class: StorageClass = StorageClass.STANDARD
    acl: str = "private"
    versioning: Versioning = Versioning.OFF
    redundancy: str = "LRS"
    tags: Tags = ()
    configurations: dict[str, bytes] = field(default_factory=dict)
    objects: Ordered[tuple[StoredObject, ...]] = field(default_factory=Ordered)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def newest(self, name: str) -> StoredObject | None:
        """Return the newest version, which may be a delete marker."""
        versions = self.objects.get(name)
        return versions[0] if versions else None

    def current(self, name: str) -> StoredObject | None:
        """Return the newest version, or None where it is a delete marker."""
        newest = self.newest(name)
        return None if newest is None or newest.is_marker else newest

    def find(self, name: str, version_id: str) -> StoredObject | None:
        """Return a version by its id."""
        return next((v for v in self.objects.get(name, ()) if v.version_id == version_id), None)

    def is_shown(self, name: str) -> bool:
        return self.current(name) is not None

    def next_version_id(self, token: Callable[[int], str] = secrets.token_hex) -> str:
        return f"CAEQ{token(30)}" if self.versioning is Versioning.ENABLED else NULL


class Store:
    """All buckets, within one limit of storage."""

    def __init__(self, limit: int = STORAGE, token: Callable[[int], str] = secrets.token_hex) -> None:
        """Start empty; `token` makes version ids of a number of bytes."""
        self.limit = limit
        self._token = token
        self.used = 0
        self.buckets: dict[str, Bucket] = {}

    def create_bucket(self, name: str, now: float, storage_class: StorageClass) -> Bucket:
        self.count(_RECORD)
        return self.buckets.setdefault(name, Bucket(name, now, storage_class))

    def remove_bucket(self, name: str) -> None:
        bucket = self.buckets.pop(name)
        self.used -= _RECORD + sum(_sizes(n, versions) for n, versions in bucket.objects.items())
        self.used -= sum(upload.size for upload in bucket.uploads.values())
        self.used -= sum(map(len, bucket.configurations.values()))

    def configure(self, bucket: Bucket, name: str, document: bytes) -> None:
        """Keep a configuration of a bucket, in place of an earlier one; an empty one is none."""
        self.count(len(document) - len(bucket.configurations.get(name, b"")))
        bucket.configurations[name] = document
        if not document:
            del bucket.configurations[name]

    def put(self, bucket: Bucket, name: str, thing: StoredObject) -> StoredObject:
        """Store the newest version, under an id of its own or in place of the one called "null"."""
        thing = replace(thing, version_id=bucket.next_version_id(self._token))
        gone = bucket.find(name, NULL) if thing.version_id == NULL else None
        kept = bucket.objects.get(name, ())
        if gone is not None:
            kept = tuple(v for v in kept if v is not gone)
        self._keep(bucket, name, (thing, *kept), thing, gone)
        return thing

    def replace(self, bucket: Bucket, name: str, thing: StoredObject) -> None:
        """Replace the record of a version by another of the same id."""
        gone = bucket.find(name, thing.version_id)
        self._keep(bucket, name, tuple(thing if v is gone else v for v in bucket.objects[name]), thing, gone)

    def remove(self, bucket: Bucket, name: str, version_id: str = NULL) -> StoredObject | None:
        """Remove a version and return it; one that is not there is no error."""
        gone = bucket.find(name, version_id)
        if gone is not None:
            self._keep(bucket, name, tuple(v for v in bucket.objects[name] if v is not gone), None, gone)
        return gone

    def exchange(self, bucket: Bucket, name: str, versions: tuple[StoredObject, ...]) -> None:
        self.count(_sizes(name, versions) - _sizes(name, bucket.objects.get(name, ())))
        if versions:
            bucket.objects[name] = versions
        elif name in bucket.objects:
            del bucket.objects[name]

    def _keep(
        self,
        bucket: Bucket,
        name: str,
        versions: tuple[StoredObject, ...],
        came: StoredObject | None,
        gone: StoredObject | None,
    ) -> None:
        """Make these the versions of a name, the only place where that changes; count what changed."""
        self.count((len(name) + came.size if came else 0) - (len(name) + gone.size if gone else 0))
        if versions:
            bucket.objects[name] = versions
        else:
            del bucket.objects[name]

    def begin_upload(self, bucket: Bucket, upload: Upload) -> None:
        self.count(upload.size)
        bucket.uploads[upload.id] = upload

    def put_part(self, upload: Upload, number: int, part: Part) -> None:
        before = upload.parts.get(number)
        self.count(len(part.body) - (len(before.body) if before else 0))
        upload.parts[number] = part
        if upload.sequential:
            upload.hash_part(number, part)

    def end_upload(self, bucket: Bucket, upload: Upload) -> None:
        del bucket.uploads[upload.id]
        self.used -= upload.size

    def count(self, added: int) -> None:
        """Count bytes that come or go. Raises OssError STORAGE_FULL where they are too many."""
        if added > 0 and self.used + added > self.limit:
            raise OssError(errors.STORAGE_FULL)
        self.used += added


def _sizes(name: str, versions: tuple[StoredObject, ...]) -> int:
    return sum(len(name) + version.size for version in versions)
