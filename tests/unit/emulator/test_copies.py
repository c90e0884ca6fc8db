"""CopyObject, and the conditions that reads and copies can carry."""

from __future__ import annotations

import pytest
from lxml import etree

from calls import BUCKET, ENABLED, HOUR, TimedCaller, error, tags


@pytest.fixture
def oss():
    return TimedCaller()


def test_a_copy_has_content_metadata_and_tags_of_its_source(oss):
    oss.put(
        "a b&é",
        Content_Type="text/x",
        x_oss_meta_colour="blue",
        x_oss_tagging="t=1",
        x_oss_object_acl="private",
    )
    oss.time += 60
    response = oss.copy(f"/{BUCKET}/a%20b%26%C3%A9")
    document = etree.fromstring(response.body)
    assert (document.tag, document.findtext("LastModified")) == (
        "CopyObjectResult",
        "2027-01-15T08:01:00.000Z",
    )
    head = oss("GET", "copy")
    assert (head.body, head.header("etag")) == (b"hello", document.findtext("ETag"))
    assert (head.header("content-type"), head.header("x-oss-meta-colour")) == ("text/x", "blue")
    assert tags(oss("GET", "copy", "tagging")) == [("t", "1")]
    assert etree.fromstring(oss("GET", "copy", "acl").body).findtext(".//Grant") == "default"


def test_directives_replace_what_the_request_brings(oss):
    oss.put("a", Content_Type="text/x", x_oss_meta_colour="blue", x_oss_tagging="t=1")
    oss.copy(
        f"/{BUCKET}/a",
        x_oss_metadata_directive="REPLACE",
        x_oss_meta_size="big",
        x_oss_tagging_directive="Replace",
        x_oss_tagging="u=2",
    )
    head = oss("HEAD", "copy")
    assert (head.header("x-oss-meta-size"), head.header("x-oss-meta-colour")) == ("big", None)
    assert head.header("content-type") == "text/x"
    assert tags(oss("GET", "copy", "tagging")) == [("u", "2")]


@pytest.mark.parametrize("header", ["x_oss_metadata_directive", "x_oss_tagging_directive"])
def test_other_directives_are_refused(oss, header):
    oss.put("a")
    assert error(oss.copy(f"/{BUCKET}/a", **{header: "MOVE"}))[:2] == (400, "InvalidArgument")
    assert oss("HEAD", "copy").status == 404


@pytest.mark.parametrize("state", ["frozen", "restoring"])
def test_a_source_that_cannot_be_read_is_not_copied(oss, state):
    oss.put("a", "ColdArchive")
    if state == "restoring":
        oss("POST", "a", "restore")
    response = oss.copy(f"/{BUCKET}/a", x_oss_storage_class="Standard")
    assert error(response) == (403, "InvalidObjectState", "0016-00000330")
    assert oss.service.inventory() == {BUCKET: {"a": state}}


def test_a_copy_of_a_restored_object_takes_over_no_restore(oss):
    oss.put("a", "ColdArchive")
    oss("POST", "a", "restore")
    oss.service.advance(5 * HOUR)
    assert oss.copy(f"/{BUCKET}/a", x_oss_storage_class="ColdArchive").status == 200
    assert oss.copy(f"/{BUCKET}/a", "warm").status == 200
    assert oss.service.inventory() == {BUCKET: {"a": "restored", "copy": "frozen", "warm": "readable"}}


def test_a_copy_onto_a_restored_object_freezes_it(oss):
    oss.put("a")
    oss.put("b", "ColdArchive")
    oss("POST", "b", "restore")
    oss.service.advance(5 * HOUR)
    oss.copy(f"/{BUCKET}/a", "b", x_oss_storage_class="ColdArchive")
    assert oss.service.inventory() == {BUCKET: {"a": "readable", "b": "frozen"}}


def test_an_object_copied_onto_itself_changes_class_and_metadata(oss):
    oss.put("a", x_oss_meta_colour="blue")
    oss.copy(f"{BUCKET}/a", "a", x_oss_storage_class="ColdArchive", x_oss_meta_size="big")
    head = oss("HEAD", "a")
    assert (head.header("x-oss-storage-class"), head.header("content-length")) == ("ColdArchive", "5")
    assert (head.header("x-oss-meta-colour"), head.header("x-oss-meta-size")) == (None, "big")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"/{BUCKET}/missing", (404, "NoSuchKey", "0026-00000001")),
        ("/no-such-bucket/a", (404, "NoSuchBucket", "0015-00000101")),
        (f"/{BUCKET}/a?versionId=other", (404, "NoSuchVersion", "0000-00000000")),
        (f"/{BUCKET}/a?versionId=", (400, "InvalidArgument", "0000-00000000")),
        (f"/{BUCKET}/a?x=y", (400, "InvalidArgument", "0000-00000000")),
        (f"/{BUCKET}/%zz", (400, "InvalidArgument", "0000-00000000")),
        (f"/{BUCKET}", (400, "InvalidArgument", "0000-00000000")),
        ("", (400, "InvalidArgument", "0000-00000000")),
    ],
)
def test_sources_that_are_none(oss, source, expected):
    oss.put("a")
    assert error(oss.copy(source)) == expected
    assert oss.service.inventory() == {BUCKET: {"a": "readable"}}


def test_a_copy_can_be_forbidden_to_overwrite(oss):
    oss.put("a")
    oss.put("copy", body=b"kept")
    assert error(oss.copy(f"/{BUCKET}/a", x_oss_forbid_overwrite="true"))[1] == "FileAlreadyExists"
    assert oss("GET", "copy").body == b"kept"


def test_versions_are_copied_by_their_id_and_markers_are_not(oss):
    oss("PUT", "", "versioning", body=ENABLED)
    old = oss.put("a", body=b"old", x_oss_meta_colour="blue")
    oss.put("a", body=b"new")
    marker = oss("DELETE", "a").header("x-oss-version-id")
    assert error(oss.copy(f"/{BUCKET}/a"))[:2] == (404, "NoSuchKey")
    assert error(oss.copy(f"/{BUCKET}/a?versionId={marker}"))[:2] == (404, "NoSuchKey")
    response = oss.copy(f"/{BUCKET}/a?versionId={old}", "a")
    assert response.header("x-oss-copy-source-version-id") == old
    head = oss("GET", "a")
    assert (head.body, head.header("x-oss-meta-colour")) == (b"old", "blue")
    assert head.header("x-oss-version-id") == response.header("x-oss-version-id") != old


MATCH = '"5D41402ABC4B2A76B9719D911017C592"'  # MD5 of "hello"
BEFORE, SAME = "Fri, 15 Jan 2027 07:59:59 GMT", "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_Match": MATCH}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Match": f'"x", {MATCH}'}, 200),
        ({"If_Match": '"x"'}, 412),
        ({"If_None_Match": MATCH}, 304),
        ({"If_None_Match": "x"}, 200),
        ({"If_Unmodified_Since": BEFORE}, 412),
        ({"If_Unmodified_Since": SAME}, 200),
        ({"If_Unmodified_Since": "yesterday"}, 200),
        ({"If_Modified_Since": BEFORE}, 200),
        ({"If_Modified_Since": SAME}, 304),
        ({"If_Match": MATCH, "If_Unmodified_Since": BEFORE}, 200),
        ({"If_None_Match": "x", "If_Modified_Since": SAME}, 200),
    ],
)
def test_conditions_of_reads_and_copies(oss, headers, status):
    oss.put()
    response = oss("GET", "k", **headers)
    assert (response.status, response.body if status == 304 else b"") == (status, b"")
    assert oss("HEAD", "k", **headers).status == status
    prefixed = {f"x_oss_copy_source_{name.lower()}": value for name, value in headers.items()}
    assert oss.copy(f"/{BUCKET}/k", **prefixed).status == status
    if status == 412:
        assert error(response)[1] == "PreconditionFailed"


def test_a_condition_is_judged_before_the_restore_state(oss):
    oss.put(storage_class="ColdArchive")
    assert oss("GET", "k", If_Match="x").status == 412
    assert oss("GET", "k", If_Match=MATCH).status == 403


def test_parameters_override_headers_of_the_answer(oss):
    oss.put(Content_Type="text/x")
    query = (("response-content-type", "a/b"), ("response-cache-control", "no-store"))
    response = oss("GET", "k", *query)
    assert [v for n, v in response.headers if n == "Content-Type"] == ["a/b"]
    assert response.header("cache-control") == "no-store"
