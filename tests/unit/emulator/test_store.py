"""The store alone: its memory limit, its digests, its pages."""

from __future__ import annotations

import pytest

from pytest_oss_clean.emulator.content import Received, crc64
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.paging import paginate
from pytest_oss_clean.emulator.store import Store, StoredObject
from pytest_oss_clean.oss.constants import StorageClass


def thing(size):
    return StoredObject.make(Received.of(b"x" * size), StorageClass.STANDARD, "text/plain", 0.0, ())


def test_the_memory_limit_counts_what_is_freed():
    store = Store(limit=10_000)
    bucket = store.create_bucket("bucket-1", 0.0, StorageClass.STANDARD)
    empty = store.used
    for _ in range(5):
        store.put(bucket, "a", thing(6000))
        with pytest.raises(OssError):
            store.put(bucket, "b", thing(6000))
        assert list(bucket.objects) == ["a"]
        store.remove(bucket, "a")
        assert store.used == empty
    store.put(bucket, "a", thing(6000))
    store.remove_bucket("bucket-1")
    assert store.used == 0


def test_crc64_has_the_check_value_of_its_standard():
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA
    assert crc64(b"") == 0


def test_a_page_after_a_common_prefix_leaves_its_names_out():
    names = ["a/1", "a/2", "b"]
    page = paginate(names, prefix="", delimiter="/", after="a/", limit=10)
    assert (page.names, page.prefixes, page.next_after) == (("b",), (), None)


def test_a_full_last_page_is_not_truncated():
    assert paginate(["a", "b"], prefix="", delimiter="", after="", limit=2).next_after is None
    assert paginate(["a", "b"], prefix="", delimiter="", after="", limit=1).next_after == "a"
