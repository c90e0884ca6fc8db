"""Uploads in parts, and appends: what each request answers, and the object that comes of them."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from lxml import etree

from calls import BUCKET, ENABLED, HOUR, OssClient, error
from pytest_oss_clean.emulator import store
from pytest_oss_clean.emulator.content import crc64, md5_of

SMALLEST = 100 * 1024
OTHER_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
ETAG_OF_1 = '"C4CA4238A0B923820DCC509A6F75849B"'
A, B, C = (letter * SMALLEST for letter in (b"a", b"b", b"c"))


@pytest.fixture
def oss():
    return OssClient()


def begin(oss, name="k", **headers):
    response = oss("POST", name, "uploads", **headers)
    assert response.status == 200
    return etree.fromstring(response.body).findtext("UploadId")


def upload(oss, upload_id, number, body, name="k"):
    response = oss("PUT", name, ("partNumber", str(number)), ("uploadId", upload_id), body=body)
    assert response.status == 200
    return response.header("etag")


def document(parts):
    listed = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in parts
    )
    return f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()


def complete(oss, upload_id, parts, name="k", **headers):
    body = document(parts) if parts is not None else b""
    return oss("POST", name, ("uploadId", upload_id), body=body, **headers)


def test_parts_in_whatever_order_make_one_object(oss):
    upload_id = begin(oss, x_oss_meta_colour="blue", Content_Type="text/x", x_oss_tagging="a=b")
    assert error(oss("GET", "k"))[1] == "NoSuchKey"
    last = upload(oss, upload_id, 7, b"end")
    upload(oss, upload_id, 2, B)
    second = upload(oss, upload_id, 2, C)
    first = upload(oss, upload_id, 1, A)
    response = complete(oss, upload_id, [(1, first), (2, second), (7, last)])
    whole = A + C + b"end"
    md5s = b"".join(hashlib.md5(part).digest() for part in (A, C, b"end"))
    etag = f'"{hashlib.md5(md5s).hexdigest().upper()}-3"'
    assert (response.status, response.header("x-oss-hash-crc64ecma")) == (200, str(crc64(whole)))
    found = etree.fromstring(response.body)
    assert [found.findtext(tag) for tag in ("Bucket", "Key", "ETag")] == [BUCKET, "k", etag]
    got = oss("GET", "k")
    shown = {
        "ETag": etag,
        "x-oss-object-type": "Multipart",
        "x-oss-hash-crc64ecma": str(crc64(whole)),
        "Content-MD5": None,
        "Content-Type": "text/x",
        "x-oss-meta-colour": "blue",
        "x-oss-tagging-count": "1",
    }
    assert got.body == whole
    assert {name: got.header(name) for name in shown} == shown
    entry = etree.fromstring(oss("GET", "").body).find("Contents")
    assert [entry.findtext(tag) for tag in ("Type", "ETag", "Size")] == ["Multipart", etag, str(len(whole))]
    assert error(oss("GET", "k", ("uploadId", upload_id)))[1] == "NoSuchUpload"


def test_all_parts_can_be_taken_without_naming_them(oss):
    upload_id = begin(oss)
    etag = upload(oss, upload_id, 2, b"2")
    upload(oss, upload_id, 1, A)
    both = complete(oss, upload_id, [(2, etag)], x_oss_complete_all="yes")
    assert error(both) == (400, "InvalidArgument", "0042-00000216")
    assert complete(oss, upload_id, None, x_oss_complete_all="yes").status == 200
    assert oss("GET", "k").body == A + b"2"


REFUSED = {
    "order": (lambda a, b: [(2, b), (1, a)], "InvalidPartOrder", "0042-00000209"),
    "twice": (lambda a, _: [(1, a), (1, a)], "InvalidPartOrder", "0042-00000209"),
    "etag": (lambda a, b: [(1, b), (2, a)], "InvalidPart", None),
    "missing": (lambda a, b: [(1, a), (2, b), (3, a)], "InvalidPart", None),
    "small": (lambda a, b: [(1, a), (2, b), (4, ETAG_OF_1)], "EntityTooSmall", "0042-00000213"),
    "none": (lambda _a, _b: [], "MalformedXML", None),
    "no number": (lambda a, _: [("x", a)], "MalformedXML", None),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_completed_makes_no_object_and_can_be_mended(oss, case):
    parts, code, ec = case
    upload_id = begin(oss)
    first, second = upload(oss, upload_id, 1, A), upload(oss, upload_id, 2, b"small")
    upload(oss, upload_id, 4, b"1")
    found = error(complete(oss, upload_id, parts(first, second)))
    assert found[:2] == (400, code)
    assert ec in (None, found[2])
    assert oss.service.inventory() == {BUCKET: {}}
    assert complete(oss, upload_id, [(1, first), (2, second)]).status == 200
    assert oss("GET", "k").body == A + b"small"


@pytest.mark.parametrize(
    ("number", "ec"),
    [("0", "0017-00000220"), ("10001", "0017-00000220"), ("x", "0017-00000220"), ("", "0017-00000219")],
)
def test_part_numbers(oss, number, ec):
    upload_id = begin(oss)
    response = oss("PUT", "k", ("partNumber", number), ("uploadId", upload_id), body=b"x")
    assert error(response) == (400, "InvalidArgument", ec)


UNKNOWN = {
    "part": ("PUT", (("partNumber", "1"),), {}, "0042-00000104"),
    "copy": ("PUT", (("partNumber", "1"),), {"x_oss_copy_source": f"/{BUCKET}/k"}, "0042-00000311"),
    "complete": ("POST", (), {}, "0042-00000002"),
    "abort": ("DELETE", (), {}, "0042-00000002"),
    "list": ("GET", (), {}, "0042-00000002"),
}


@pytest.mark.parametrize("case", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("of", ["nobody", "another name", "an aborted one"])
def test_an_unknown_upload(oss, case, of):
    method, query, headers, ec = case
    upload_id = begin(oss, "other" if of == "another name" else "k")
    if of == "nobody":
        upload_id = "0" * 32
    if of == "an aborted one":
        assert oss("DELETE", "k", ("uploadId", upload_id)).status == 204
    response = oss(method, "k", *query, ("uploadId", upload_id), body=document([(1, '"x"')]), **headers)
    assert error(response) == (404, "NoSuchUpload", ec)


def test_a_part_with_another_content_md5_is_not_kept(oss):
    upload_id = begin(oss)
    query = (("partNumber", "1"), ("uploadId", upload_id))
    assert (
        error(oss("PUT", "k", *query, body=A, Content_MD5="AAAAAAAAAAAAAAAAAAAAAA=="))[1] == "InvalidDigest"
    )
    listed = etree.fromstring(oss("GET", "k", ("uploadId", upload_id)).body)
    assert listed.find("Part") is None


def test_parts_are_listed_page_by_page(oss):
    upload_id = begin(oss, x_oss_storage_class="ColdArchive")
    etags = {number: upload(oss, upload_id, number, bytes([number])) for number in (3, 1, 9)}
    found, marker = [], "0"
    while True:
        query = (("uploadId", upload_id), ("max-parts", "2"), ("part-number-marker", marker))
        page = etree.fromstring(oss("GET", "k", *query).body)
        assert page.findtext("StorageClass") == "ColdArchive"
        found += [
            (int(part.findtext("PartNumber")), part.findtext("ETag"), part.findtext("HashCrc64ecma"))
            for part in page.findall("Part")
        ]
        marker = page.findtext("NextPartNumberMarker")
        if page.findtext("IsTruncated") == "false":
            break
    assert found == [(number, etags[number], str(crc64(bytes([number])))) for number in (1, 3, 9)]


def test_uploads_are_listed_page_by_page_and_by_folder(oss):
    ids = [(name, begin(oss, name)) for name in ("b/1", "a", "b/2", "a", "é")]
    wanted = sorted(ids)
    found, marker = [], ("", "")
    while True:
        query = (("max-uploads", "2"), ("key-marker", marker[0]), ("upload-id-marker", marker[1]))
        page = etree.fromstring(oss("GET", "", "uploads", *query).body)
        found += [(u.findtext("Key"), u.findtext("UploadId")) for u in page.findall("Upload")]
        marker = page.findtext("NextKeyMarker"), page.findtext("NextUploadIdMarker")
        if page.findtext("IsTruncated") == "false":
            break
    assert found == wanted
    folders = etree.fromstring(oss("GET", "", "uploads", ("delimiter", "/")).body)
    assert [p.text for p in folders.findall("CommonPrefixes/Prefix")] == ["b/"]
    assert [u.findtext("Key") for u in folders.findall("Upload")] == ["a", "a", "é"]
    below = etree.fromstring(oss("GET", "", "uploads", ("prefix", "b/"), ("encoding-type", "url")).body)
    assert [u.findtext("Key") for u in below.findall("Upload")] == ["b%2F1", "b%2F2"]


def test_a_bucket_with_an_upload_is_not_empty_and_an_abort_frees_what_it_took(oss):
    before = oss.service.store.used
    upload_id = begin(oss)
    upload(oss, upload_id, 1, A)
    assert oss.service.store.used - before > len(A)
    assert error(oss("DELETE"))[1] == "BucketNotEmpty"
    assert oss("DELETE", "k", ("uploadId", upload_id)).status == 204
    assert oss.service.store.used == before
    assert oss("DELETE").status == 204


def test_a_complete_upload_counts_what_its_object_has():
    oss = OssClient(max_storage=3 * SMALLEST)
    upload_id = begin(oss)
    etags = [(number, upload(oss, upload_id, number, A)) for number in (1, 2)]
    assert error(oss("PUT", "k", ("partNumber", "3"), ("uploadId", upload_id), body=A))[1] == "QuotaExceeded"
    assert complete(oss, upload_id, etags).status == 200
    assert oss("DELETE", "k").status == 204
    assert oss("PUT", "k", body=A + A).status == 200


def test_overwriting_can_be_forbidden_at_both_ends(oss):
    oss.put(storage_class="Standard")
    assert error(oss("POST", "k", "uploads", x_oss_forbid_overwrite="true"))[1] == "FileAlreadyExists"
    upload_id = begin(oss)
    etag = upload(oss, upload_id, 1, A)
    response = complete(oss, upload_id, [(1, etag)], x_oss_forbid_overwrite="true")
    assert error(response)[1] == "FileAlreadyExists"
    assert oss("GET", "k").body == b"hello"
    assert complete(oss, upload_id, [(1, etag)]).status == 200


@pytest.mark.parametrize(("span", "copied"), [(None, A + b"rest"), ("bytes=1-3", b"aaa"), ("x", A + b"rest")])
def test_parts_are_copied(oss, span, copied):
    oss.put("source", "Standard", A + b"rest")
    upload_id = begin(oss)
    headers = {"x_oss_copy_source": f"/{BUCKET}/source"}
    if span:
        headers["x_oss_copy_source_range"] = span
    response = oss("PUT", "k", ("partNumber", "1"), ("uploadId", upload_id), **headers)
    etag = etree.fromstring(response.body).findtext("ETag")
    assert complete(oss, upload_id, [(1, etag)]).status == 200
    got = oss("GET", "k")
    assert (got.body, got.header("x-oss-hash-crc64ecma")) == (copied, str(crc64(copied)))


def test_a_frozen_object_is_no_source_of_a_part(oss):
    oss.put("source")
    upload_id = begin(oss)
    query = (("partNumber", "1"), ("uploadId", upload_id))
    response = oss("PUT", "k", *query, x_oss_copy_source=f"/{BUCKET}/source")
    assert error(response)[:2] == (403, "InvalidObjectState")


@pytest.mark.parametrize(("storage_class", "hours"), [("ColdArchive", 5), ("DeepColdArchive", 48)])
def test_an_object_of_parts_is_restored_and_cleaned_as_any(oss, storage_class, hours):
    upload_id = begin(oss, x_oss_storage_class=storage_class)
    assert complete(oss, upload_id, [(1, upload(oss, upload_id, 1, A))]).status == 200
    assert error(oss("GET", "k"))[1] == "InvalidObjectState"
    assert oss("POST", "k", "restore").status == 202
    assert error(oss("POST", "k", "cleanRestoredObject"))[1] == "ArchiveRestoreNotFinished"
    oss.service.advance(hours * HOUR)
    assert oss("GET", "k").body == A
    etag = oss("HEAD", "k").header("etag")
    assert oss("POST", "k", "cleanRestoredObject").status == 200
    head = oss("HEAD", "k")
    assert (head.header("etag"), head.header("x-oss-object-type")) == (etag, "Multipart")
    assert error(oss("GET", "k"))[1] == "InvalidObjectState"
    assert error(oss("POST", "k", "cleanRestoredObject"))[1] == "ArchiveRestoreFileStale"


def test_a_copy_of_an_object_of_parts_is_normal_and_keeps_its_etag(oss):
    upload_id = begin(oss)
    complete(oss, upload_id, [(1, upload(oss, upload_id, 1, A))])
    assert oss("PUT", "copy", x_oss_copy_source=f"/{BUCKET}/k").status == 200
    source, copy = oss("HEAD", "k"), oss("HEAD", "copy")
    assert (copy.header("x-oss-object-type"), copy.header("content-md5")) == ("Normal", None)
    assert copy.header("etag") == source.header("etag")


def test_an_upload_in_a_bucket_with_versions_makes_one(oss):
    assert oss("PUT", "", "versioning", body=ENABLED).status == 200
    first = oss.put(storage_class="Standard").header("x-oss-version-id")
    upload_id = begin(oss)
    second = complete(oss, upload_id, [(1, upload(oss, upload_id, 1, A))]).header("x-oss-version-id")
    assert list(oss.service.inventory(versions=True)[BUCKET]["k"]) == [second, first]


def append(oss, position, body, name="k", **headers):
    return oss("POST", name, "append", ("position", str(position)), body=body, **headers)


def test_an_object_grows_at_its_end(oss):
    first = append(oss, 0, b"hello", x_oss_meta_colour="blue")
    assert (first.status, first.header("x-oss-next-append-position")) == (200, "5")
    second = append(oss, 5, b" world")
    assert second.header("x-oss-next-append-position") == "11"
    assert second.header("x-oss-hash-crc64ecma") == str(crc64(b"hello world"))
    assert first.header("etag") != second.header("etag")
    got = oss("GET", "k")
    shown = {
        "x-oss-object-type": "Appendable",
        "x-oss-next-append-position": "11",
        "Content-MD5": None,
        "ETag": second.header("etag"),
        "x-oss-meta-colour": "blue",
    }
    assert got.body == b"hello world"
    assert {name: got.header(name) for name in shown} == shown


COLD = {"x_oss_storage_class": "ColdArchive"}
APPENDS_REFUSED = {
    "no position": ("k", (), {}, (400, "MissingArgument", "0016-00000501")),
    "bad position": ("k", (("position", "-1"),), {}, (400, "InvalidArgument", "0000-00000000")),
    "behind the end": ("k", (("position", "6"),), {}, (409, "PositionNotEqualToLength", "0026-00000016")),
    "before the end": ("k", (("position", "0"),), {}, (409, "PositionNotEqualToLength", "0026-00000016")),
    "not there": ("new", (("position", "1"),), {}, (409, "PositionNotEqualToLength", "0026-00000016")),
    "normal": ("normal", (("position", "5"),), {}, (409, "ObjectNotAppendable", "0026-00000017")),
    "cold": ("new", (("position", "0"),), COLD, (400, "InvalidArgument", "0016-00000503")),
    "digest": (
        "k",
        (("position", "5"),),
        {"Content_MD5": OTHER_MD5},
        (400, "InvalidDigest", "0000-00000000"),
    ),
}


@pytest.mark.parametrize("case", APPENDS_REFUSED.values(), ids=APPENDS_REFUSED)
def test_appends_that_are_refused_change_nothing(oss, case):
    name, query, headers, expected = case
    append(oss, 0, b"hello")
    oss.put("normal", "Standard")
    assert error(oss("POST", name, "append", *query, body=b"x", **headers)) == expected
    assert oss("GET", "k").body == oss("GET", "normal").body == b"hello"
    assert oss.service.inventory() == {BUCKET: {"k": "readable", "normal": "readable"}}


def test_appends_make_no_versions_until_the_object_is_overwritten(oss):
    assert oss("PUT", "", "versioning", body=ENABLED).status == 200
    first = append(oss, 0, b"a").header("x-oss-version-id")
    assert append(oss, 1, b"b").header("x-oss-version-id") == first
    assert list(oss.service.inventory(versions=True)[BUCKET]["k"]) == [first]
    assert error(oss("PUT", "copy", x_oss_copy_source=f"/{BUCKET}/k"))[1] == "OperationNotSupported"
    assert oss("DELETE", "k").status == 204
    second = append(oss, 0, b"c").header("x-oss-version-id")
    assert second not in (None, first)
    assert oss("GET", "k", ("versionId", first)).body == b"ab"


def test_limits_of_the_emulator_say_so_and_name_the_option():
    oss = OssClient(max_object_size=SMALLEST + 10)
    upload_id = begin(oss)
    etags = [(number, upload(oss, upload_id, number, A)) for number in (1, 2)]
    append(oss, 0, A, "grown")
    for response, option in (
        (complete(oss, upload_id, etags), "--max-object-size"),
        (append(oss, SMALLEST, A, "grown"), "--max-object-size"),
    ):
        text = etree.fromstring(response.body).findtext("Message")
        assert re.search("this emulator", text)
        assert option in text


@pytest.mark.parametrize(
    ("order", "read"),
    [((1, 2, 3), 0), ((1, 2, 2, 3), 1), ((1, 1, 2, 3), 1), ((1, 2, 3, 1), 1)],
    ids=["once", "again in between", "the first again", "again at the end"],
)
def test_the_md5_of_a_sequential_upload_is_made_as_parts_come(oss, order, read, monkeypatch):
    begun = oss("POST", "k", "uploads", "sequential")
    upload_id = etree.fromstring(begun.body).findtext("UploadId")
    etags, bodies = {}, {}
    for round_, number in enumerate(order):
        bodies[number] = bytes([number, round_]) * SMALLEST
        etags[number] = upload(oss, upload_id, number, bodies[number])
    read_whole = []
    monkeypatch.setattr(store, "md5_of", lambda body: read_whole.append(body) or md5_of(body))
    assert complete(oss, upload_id, sorted(etags.items())).status == 200
    whole = b"".join(bodies[number] for number in sorted(bodies))
    assert oss("GET", "k").body == whole
    assert oss("HEAD", "k").header("content-md5") == base64.b64encode(hashlib.md5(whole).digest()).decode()
    assert len(read_whole) == read


def test_some_parts_of_a_sequential_upload(oss):
    begun = oss("POST", "k", "uploads", "sequential")
    upload_id = etree.fromstring(begun.body).findtext("UploadId")
    etag = upload(oss, upload_id, 1, A)
    upload(oss, upload_id, 2, B)
    assert complete(oss, upload_id, [(1, etag)]).status == 200
    assert oss("HEAD", "k").header("content-md5") == base64.b64encode(hashlib.md5(A).digest()).decode()


@pytest.mark.parametrize("headers", [{}, {"x_oss_complete_all": "yes"}], ids=["a list", "all"])
def test_an_upload_without_parts_makes_an_empty_object(oss, headers):
    """An uploader of an empty stream sends it (go2 TestUploaderUploadFromTeeReader)."""
    upload_id = begin(oss)
    assert complete(oss, upload_id, None if headers else [], **headers).status == 200
    head = oss("HEAD", "k")
    assert (head.header("content-length"), head.header("x-oss-object-type")) == ("0", "Multipart")
    assert oss("GET", "k").body == b""
