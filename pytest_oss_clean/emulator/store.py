"""Buckets and objects in memory.

Rule: objects are immutable records; a change replaces the record. The store knows no life cycle and
no HTTP. It refuses, with MEMORY_FULL, what would take it over its limit.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import Fault
from pytest_oss_clean.emulator.lifecycle import Retrieval
from pytest_oss_clean.emulator.ordered import Ordered
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
        texts = len(self.content_type) + sum(len(n) + len(v) for n, v in self.metadata)
        return _RECORD + len(self.body) + texts


@dataclass(slots=True)
class Bucket:
    """A bucket and its objects by name."""

    name: str
    created_at: float
    storage_class: StorageClass = StorageClass.STANDARD
    objects: Ordered[StoredObject] = field(default_factory=Ordered)


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


def paginate(names: Sequence[str], *, prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """Return the page of sorted `names` behind `after`; a common prefix counts as one entry.

    What is not on the page is leapt over, so that it costs next to nothing.
    """
    found: list[str] = []
    groups: list[str] = []
    last = ""
    at = max(bisect_left(names, utf8(prefix), key=utf8), bisect_right(names, utf8(after), key=utf8))
    while at < len(names) and names[at].startswith(prefix):
        cut = names[at].find(delimiter, len(prefix)) if delimiter else -1
        group = names[at][: cut + len(delimiter)] if cut >= 0 else ""
        if not (group and utf8(group) <= utf8(after)):
            if len(found) + len(groups) == limit:
                return Page(tuple(found), tuple(groups), last)
            last = group or names[at]
            (groups if group else found).append(last)
        at = _behind(names, group, at) if group else at + 1
    return Page(tuple(found), tuple(groups), None)


def _behind(names: Sequence[str], group: str, at: int) -> int:
    """Return where the names that begin with `group` end."""
    return bisect_left(names, True, lo=at, key=lambda name: not name.startswith(group))
