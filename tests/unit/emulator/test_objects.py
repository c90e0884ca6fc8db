"""Objects, buckets, names and lists of the service in memory."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from lxml import etree

from calls import BUCKET, NOW, OssClient, error
from pytest_oss_clean.oss.constants import Addressing


@pytest.fixture
def oss():
    return OssClient()


def test_head_shows_what_was_put(oss):
    oss.put(body=b"123456789", x_oss_meta_colour="blue", Content_Type="text/x", Cache_Control="no-store")
    head = oss("HEAD", "k")
    digest = hashlib.md5(b"123456789").digest()
    expected = {
        "ETag": f'"{digest.hex().upper()}"',
        "Content-MD5": base64.b64encode(digest).decode(),
        "x-oss-hash-crc64ecma": str(0x995DC9BBDF1939FA),  # the check value of CRC-64/XZ
        "Content-Length": "9",
        "Content-Type": "text/x",
        "Cache-Control": "no-store",
        "x-oss-meta-colour": "blue",
        "x-oss-storage-class": "ColdArchive",
        "x-oss-object-type": "Normal",
        "Last-Modified": "Fri, 15 Jan 2027 08:00:00 GMT",
    }
    assert {name: head.header(name) for name in expected} == expected
    assert head.body == b""
    meta = oss("HEAD", "k", "objectMeta")
    assert (meta.status, meta.header("content-length"), meta.header("x-oss-restore")) == (200, "9", None)


def test_a_head_error_is_in_its_headers(oss):
    response = oss("HEAD", "missing")
    document = etree.fromstring(base64.b64decode(response.header("x-oss-err")))
    assert (response.status, response.body, document.findtext("Code")) == (404, b"", "NoSuchKey")
    assert response.header("x-oss-ec") == document.findtext("EC") == "0026-00000001"


def test_common_headers_and_request_ids(oss):
    responses = [oss("GET", "missing") for _ in range(100)]
    ids = {response.header("x-oss-request-id") for response in responses}
    assert len(ids) == 100
    for response in responses:
        assert re.fullmatch("[0-9A-F]{24}", response.header("x-oss-request-id"))
        assert int(response.header("x-oss-request-id")[:8], 16) == NOW
        assert etree.fromstring(response.body).findtext("RequestId") == response.header("x-oss-request-id")
    head = {name: responses[0].header(name) for name in ("Server", "Date", "Connection", "Content-Type")}
    assert head == {
        "Server": "AliyunOSS",
        "Date": "Fri, 15 Jan 2027 08:00:00 GMT",
        "Connection": "keep-alive",
        "Content-Type": "application/xml",
    }
    assert responses[0].header("x-oss-server-time").isdigit()


def test_delete_is_204_also_for_what_is_not_there_and_in_every_state(oss):
    oss.put()
    oss("POST", "k", "restore")
    responses = [oss("DELETE", "k") for _ in range(2)]
    assert [(a.status, a.header("content-length")) for a in responses] == [(204, None)] * 2
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize("md5", ["AAAAAAAAAAAAAAAAAAAAAA==", "not base64!"])
def test_a_wrong_content_md5_stores_nothing(oss, md5):
    assert error(oss("PUT", "k", body=b"x", Content_MD5=md5))[1] == "InvalidDigest"
    assert oss.service.inventory() == {BUCKET: {}}


def test_a_right_content_md5_is_accepted(oss):
    oss.put(Content_MD5=base64.b64encode(hashlib.md5(b"hello").digest()).decode())


@pytest.mark.parametrize(
    ("name", "ec"),
    [
        ("/lead", "0016-00000005"),
        ("\\lead", "0016-00000005"),
        ("é" * 512, "0016-00000003"),
    ],
)
def test_bad_object_names(oss, name, ec):
    assert error(oss("PUT", name, body=b"x")) == (400, "InvalidObjectName", ec)
    assert oss.service.inventory() == {BUCKET: {}}


def test_a_name_that_is_not_utf8_is_an_invalid_argument(oss):
    assert error(oss("PUT", "\udcff", body=b"x")) == (400, "InvalidArgument", "0016-00000004")
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize(
    "name",
    [
        "é" * 511 + "a",
        "a//b",
        "a/../b",
        ".",
        "..",
        "a\x01\x1fb\n",
        "a?cleanRestoredObject",
        "100%",
        "%2F",
        "😀",
        " ",
        "0",
    ],
)
def test_names_survive_unchanged_on_every_path(oss, name):
    oss.put(name)
    assert oss("HEAD", name).status == 200
    listed = etree.fromstring(oss("GET", "", ("encoding-type", "url")).body)
    assert len(listed.findall("Contents")) == 1
    assert oss("POST", name, "restore").status == 202
    assert oss.service.inventory() == {BUCKET: {name: "restoring"}}
    assert oss("GET", "").status == 200
    assert error(oss("GET", name + "x"))[1] == ("InvalidObjectName" if len(name) > 500 else "NoSuchKey")


def test_names_that_differ_in_spelling_only_are_different_objects(oss):
    for name in ("a", "A", "é", "e\u0301", "a/b", "a%2Fb"):
        oss.put(name)
    assert len(oss.service.inventory()[BUCKET]) == 6


@pytest.mark.parametrize(
    "host",
    [
        "bucket-1.oss-cn-hangzhou.aliyuncs.com",
        "bucket-1.localhost:99",
        "bucket-1.127.0.0.1:99",
        "Bucket-1.Example.ORG",
    ],
)
def test_a_bucket_in_the_host(host):
    oss = OssClient(domains=["example.org"])
    oss.put("k")
    oss.addressing = Addressing.VIRTUAL
    assert oss("HEAD", "k", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["oss-cn-hangzhou.aliyuncs.com", "127.0.0.1:80", "localhost", "a.b.localhost", "[::1]:80"]
)
def test_a_bucket_in_the_path(oss, host):
    oss.put("k")
    assert oss("HEAD", "k", host=host).status == 200


def test_buckets_come_and_go(oss):
    assert oss("PUT", bucket="other-bucket").status == 200
    assert oss("HEAD", bucket="other-bucket").status == 200
    names = etree.fromstring(oss("GET", bucket="").body).findall("Buckets/Bucket/Name")
    assert [n.text for n in names] == ["bucket-1", "other-bucket"]
    info = etree.fromstring(oss("GET", "", "bucketInfo").body)
    assert info.findtext("Bucket/Name") == BUCKET
    assert oss("DELETE", bucket="other-bucket").status == 204
    assert oss("HEAD", bucket="other-bucket").status == 404
    oss.put()
    assert error(oss("DELETE"))[:2] == (409, "BucketNotEmpty")
    assert oss.service.inventory() == {BUCKET: {"k": "frozen"}}


@pytest.mark.parametrize("name", ["ab", "Upper", "-a-", "a_b", "a" * 64])
def test_bad_bucket_names(oss, name):
    assert error(oss("PUT", bucket=name))[:2] == (400, "InvalidBucketName")


def test_a_bucket_class_is_the_default_of_its_objects(oss):
    body = b"<CreateBucketConfiguration><StorageClass>ColdArchive</StorageClass></CreateBucketConfiguration>"
    oss("PUT", bucket="cold-bucket", body=body)
    oss("PUT", "k", bucket="cold-bucket", body=b"x")
    assert oss.service.inventory()["cold-bucket"] == {"k": "frozen"}


@pytest.mark.parametrize("second", [False, True])
def test_lists_page_through_names_and_common_prefixes(oss, second):
    for name in ("a", "b/1", "b/2", "c", "d/1", "é", "z"):
        oss.put(name)
    whole = etree.fromstring(oss("GET", "", ("delimiter", "/")).body)
    assert [e.text for e in whole.findall("CommonPrefixes/Prefix")] == ["b/", "d/"]
    assert [e.text for e in whole.findall("Contents/Key")] == ["a", "c", "z", "é"]
    found, query = [], (("delimiter", "/"), ("max-keys", "2"), *((("list-type", "2"),) if second else ()))
    extra = ()
    for _ in range(10):
        page = etree.fromstring(oss("GET", "", *query, *extra).body)
        found += [e.text for e in page.findall("Contents/Key")] + [
            e.text for e in page.findall("CommonPrefixes/Prefix")
        ]
        if page.findtext("IsTruncated") == "false":
            break
        token = page.findtext("NextContinuationToken" if second else "NextMarker")
        extra = (("continuation-token" if second else "marker", token),)
    assert sorted(found) == ["a", "b/", "c", "d/", "z", "é"]
    assert len(found) == 6


def test_lists_filter_by_prefix_and_start(oss):
    for name in ("a1", "a2", "b"):
        oss.put(name)
    page = etree.fromstring(oss("GET", "", ("list-type", "2"), ("prefix", "a"), ("start-after", "a1")).body)
    assert [e.text for e in page.findall("Contents/Key")] == ["a2"]
    assert page.findtext("KeyCount") == "1"


@pytest.mark.parametrize(
    "query",
    [("max-keys", "0"), ("max-keys", "1001"), ("max-keys", "x"), ("max-keys", "²"), ("encoding-type", "x")],
)
def test_bad_list_parameters(oss, query):
    assert error(oss("GET", "", query))[:2] == (400, "InvalidArgument")


@pytest.mark.parametrize(
    ("given", "status", "body"),
    [
        ("bytes=1-2", 206, b"el"),
        ("bytes=-2", 206, b"lo"),
        ("bytes=3-", 206, b"lo"),
        ("bytes=9-", 200, b"hello"),
        ("x", 200, b"hello"),
    ],
)
def test_ranges(oss, given, status, body):
    oss.put(storage_class="Standard")
    response = oss("GET", "k", Range=given)
    assert (response.status, response.body, response.header("content-length")) == (
        status,
        body,
        str(len(body)),
    )


def test_the_memory_limit_is_answered():
    oss = OssClient(max_storage=10_000)
    assert error(oss("PUT", "b", body=b"x" * 10_000))[1] == "QuotaExceeded"


def test_overwriting_can_be_forbidden(oss):
    oss.put(storage_class="Standard")
    assert error(oss("PUT", "k", body=b"new", x_oss_forbid_overwrite="true"))[1] == "FileAlreadyExists"
    assert oss("GET", "k").body == b"hello"


def test_an_unknown_storage_class_stores_nothing(oss):
    assert error(oss("PUT", "k", x_oss_storage_class="Glacier"))[1] == "InvalidArgument"
    assert oss.service.inventory() == {BUCKET: {}}
