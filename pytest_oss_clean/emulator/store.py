"""Buckets and objects in memory.

Rule: objects are immutable records; a change replaces the record. The store knows no life cycle and
no HTTP. It refuses, with MEMORY_FULL, what would take it over its limit.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import Fault
from pytest_oss_clean.emulator.lifecycle import Retrieval
from pytest_oss_clean.message import Headers
from pytest_oss_clean.signing import utf8
from pytest_oss_clean.vocabulary import StorageClass

MEMORY = 256 * 1024 * 1024
_RECORD = 1024
"""What a bucket or an object counts beside its name, body and metadata."""


def _crc64_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xC96C5795D7870F42 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC64 = _crc64_table()


def crc64ecma(data: bytes) -> int:
    """Return CRC-64/XZ (ECMA-182, reflected), as in x-oss-hash-crc64ecma."""
    value = 0xFFFFFFFFFFFFFFFF
    table = _CRC64
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object; `retrieval` is its accepted restore, if any."""

    body: bytes = field(repr=False)
    storage_class: StorageClass
    content_type: str
    modified_at: float
    metadata: Headers = ()
    retrieval: Retrieval | None = None
    md5: bytes = b""
    crc64: int = 0

    @classmethod
    def make(
        cls,
        body: bytes,
        storage_class: StorageClass,
        content_type: str,
        modified_at: float,
        metadata: Headers,
    ) -> StoredObject:
        """Return a new object with its digests."""
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        return cls(body, storage_class, content_type, modified_at, metadata, None, md5, crc64ecma(body))

    @property
    def etag(self) -> str:
        """Return the quoted, upper-case MD5."""
        return f'"{self.md5.hex().upper()}"'

    @property
    def content_md5(self) -> str:
        """Return the MD5 as Content-MD5 has it."""
        return base64.b64encode(self.md5).decode()

    @property
    def size(self) -> int:
        """Return what the object counts against the memory limit, without its name."""
        return _RECORD + len(self.body) + sum(len(n) + len(v) for n, v in self.metadata)


@dataclass(slots=True)
class Bucket:
    """A bucket and its objects by name."""

    name: str
    created_at: float
    storage_class: StorageClass = StorageClass.STANDARD
    objects: dict[str, StoredObject] = field(default_factory=dict)

    def sorted_names(self) -> list[str]:
        """Return the names in the order of their UTF-8 bytes."""
        return sorted(self.objects, key=utf8)


class Store:
    """All buckets, within one memory limit."""

    def __init__(self, limit: int = MEMORY) -> None:
        """Start empty."""
        self.limit = limit
        self.used = 0
        self.buckets: dict[str, Bucket] = {}

    def create_bucket(self, name: str, now: float, storage_class: StorageClass) -> Bucket:
        """Add an empty bucket."""
        self._count(_RECORD)
        return self.buckets.setdefault(name, Bucket(name, now, storage_class))

    def remove_bucket(self, name: str) -> None:
        """Remove a bucket with whatever is in it."""
        bucket = self.buckets.pop(name)
        self.used -= _RECORD + sum(len(n) + o.size for n, o in bucket.objects.items())

    def put(self, bucket: Bucket, name: str, thing: StoredObject) -> None:
        """Store an object, in place of one of that name."""
        old = bucket.objects.get(name)
        self._count(thing.size - old.size if old else len(name) + thing.size)
        bucket.objects[name] = thing

    def remove(self, bucket: Bucket, name: str) -> None:
        """Remove an object; a name that is not there is no error."""
        old = bucket.objects.pop(name, None)
        if old:
            self.used -= len(name) + old.size

    def set_retrieval(self, bucket: Bucket, name: str, retrieval: Retrieval | None) -> None:
        """Replace what the object keeps of its restore."""
        bucket.objects[name] = replace(bucket.objects[name], retrieval=retrieval)

    def _count(self, added: int) -> None:
        if self.used + added > self.limit:
            raise Fault(errors.MEMORY_FULL)
        self.used += added


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: names, common prefixes, and where the next page starts."""

    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    next_after: str | None


def paginate(names: Iterable[str], *, prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """Return the page of sorted `names` behind `after`; a common prefix counts as one entry."""
    found: list[str] = []
    groups: list[str] = []
    last = ""
    for name in names:
        if not name.startswith(prefix) or utf8(name) <= utf8(after):
            continue
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        group = name[: cut + len(delimiter)] if cut >= 0 else ""
        if group and (utf8(group) <= utf8(after) or (groups and groups[-1] == group)):
            continue
        if len(found) + len(groups) == limit:
            return Page(tuple(found), tuple(groups), last)
        last = group or name
        (groups if group else found).append(last)
    return Page(tuple(found), tuple(groups), None)
