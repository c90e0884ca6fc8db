"""Deleting many, and what objects have beside their content: tags, ACLs, symlinks; empty lists of uploads."""

from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from calls import BUCKET, ENABLED, TimedCaller, error, tags


@pytest.fixture
def oss():
    return TimedCaller()


def delete_body(*names, quiet=None):
    objects = "".join(
        f"<Object><Key>{n}</Key></Object>"
        if isinstance(n, str)
        else f"<Object><Key>{n[0]}</Key><VersionId>{n[1]}</VersionId></Object>"
        for n in names
    )
    text = "" if quiet is None else f"<Quiet>{quiet}</Quiet>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Delete>{text}{objects}</Delete>'.encode()


def test_many_are_deleted_whether_they_are_there_or_not(oss):
    oss.put("a&b")
    oss.put("kept")
    oss.put("cold", "ColdArchive")
    body = delete_body("a&amp;b", "missing", "cold")
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    response = oss("POST", "", "delete", body=body, Content_MD5=md5)
    document = etree.fromstring(response.body)
    assert document.tag == "DeleteResult"
    assert [e.text for e in document.findall("Deleted/Key")] == ["a&b", "missing", "cold"]
    assert oss.service.inventory() == {BUCKET: {"kept": "readable"}}


@pytest.mark.parametrize(
    ("quiet", "silent"), [("true", True), ("True", True), ("false", False), (None, False)]
)
def test_a_quiet_deletion_is_answered_by_nothing(oss, quiet, silent):
    oss.put("a")
    response = oss("POST", "", "delete", body=delete_body("a", quiet=quiet))
    assert (response.status, response.body == b"") == (200, silent)
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize("written", ["a&#1;&#x1f;b", "a&#01;&#x001F;b"])
def test_names_with_control_characters_are_deleted_and_echoed(oss, written):
    oss.put("a\x01\x1fb")
    response = oss("POST", "", "delete", ("encoding-type", "url"), body=delete_body(written))
    document = etree.fromstring(response.body)
    assert document.findtext("EncodingType") == "url"
    assert document.findtext("Deleted/Key") == "a%01%1Fb"
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize("name", ["a&#10;b&#x41;", "a\ufdefb", "a&#x00FDEF;b", "a&#65007;b"])
def test_a_name_is_never_taken_for_another(oss, name):
    oss.put("a\nbA")
    oss.put("a\x1fb")
    response = oss("POST", "", "delete", body=delete_body(name))
    assert response.status == (200 if name.startswith("a&#10;") else 400)
    assert len(oss.service.inventory()[BUCKET]) == (1 if response.status == 200 else 2)
    assert "a\x1fb" in oss.service.inventory()[BUCKET]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<Delete/>", delete_body(""), delete_body(*["a"] * 1001), b"<Delete><Object/></Delete>",
        b"<Other><Object><Key>a</Key></Object></Other>",
        b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
    ],
    ids=range(7),
)  # fmt: skip
def test_a_malformed_deletion_deletes_nothing(oss, body):
    oss.put("a")
    assert error(oss("POST", "", "delete", body=body))[:2] == (400, "MalformedXML")
    assert oss.service.inventory() == {BUCKET: {"a": "readable"}}


def test_a_deletion_whose_digest_is_wrong_deletes_nothing(oss):
    oss.put("a")
    assert error(oss("POST", "", "delete", body=delete_body("a"), Content_MD5="AAAA"))[1] == "InvalidDigest"
    assert oss.service.inventory() == {BUCKET: {"a": "readable"}}


def test_a_thousand_long_names_fit(oss):
    names = [f"{i:04}" + "é" * 500 for i in range(1000)]
    assert oss("POST", "", "delete", body=delete_body(*names)).status == 200


def test_versions_and_markers_are_deleted_by_id_and_hidden_without(oss):
    oss("PUT", "", "versioning", body=ENABLED)
    version = oss.put("a")
    first = etree.fromstring(oss("POST", "", "delete", body=delete_body("a")).body).find("Deleted")
    marker = first.findtext("DeleteMarkerVersionId")
    assert (first.findtext("DeleteMarker"), first.find("VersionId")) == ("true", None)
    assert oss.service.inventory(versions=True) == {
        BUCKET: {"a": {marker: "delete marker", version: "readable"}}
    }
    body = delete_body(("a", marker), ("a", version))
    done = etree.fromstring(oss("POST", "", "delete", body=body).body).findall("Deleted")
    assert [(e.findtext("VersionId"), e.findtext("DeleteMarker")) for e in done] == [
        (marker, "true"),
        (version, None),
    ]
    assert oss.service.inventory(versions=True) == {BUCKET: {}}


TAGGING = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1 + 2</Value></Tag></TagSet></Tagging>"


def test_tags_come_and_go_and_leave_the_restore_alone(oss):
    oss.put(storage_class="ColdArchive")
    oss("POST", "k", "restore")
    assert tags(oss("GET", "k", "tagging")) == []
    assert oss("PUT", "k", "tagging", body=TAGGING).status == 200
    assert tags(oss("GET", "k", "tagging")) == [("a", "1 + 2")]
    head = oss("HEAD", "k")
    assert (head.header("x-oss-tagging-count"), head.header("x-oss-restore")) == (
        "1",
        'ongoing-request="true"',
    )
    assert oss("DELETE", "k", "tagging").status == 204
    assert oss("HEAD", "k").header("x-oss-tagging-count") is None


def test_an_upload_brings_its_tags(oss):
    oss.put(x_oss_tagging="a=1%202&b")
    assert tags(oss("GET", "k", "tagging")) == [("a", "1 2"), ("b", "")]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("&".join(f"k{i}=v" for i in range(11)), "InvalidTag"),
        ("a=1&a=2", "InvalidTag"),
        ("=1", "InvalidTag"),
        ("k" * 129, "InvalidTag"),
        ("k=" + "v" * 257, "InvalidTag"),
        ("k=%zz", "InvalidArgument"),
    ],
)
def test_bad_tags_store_nothing(oss, header, code):
    assert error(oss("PUT", "k", x_oss_tagging=header))[:2] == (400, code)
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize(
    "body", [b"", b"<Tagging/>", b"<X><TagSet/></X>", TAGGING.replace(b"1 + 2", b"<x/>")]
)
def test_malformed_tags_change_nothing(oss, body):
    oss.put(x_oss_tagging="a=1")
    assert error(oss("PUT", "k", "tagging", body=body))[:2] == (400, "MalformedXML")
    assert tags(oss("GET", "k", "tagging")) == [("a", "1")]


def grant(response):
    return etree.fromstring(response.body).findtext("AccessControlList/Grant")


def test_acls_of_buckets_and_objects(oss):
    oss.put()
    assert (grant(oss("GET", "", "acl")), grant(oss("GET", "k", "acl"))) == ("private", "default")
    assert oss("PUT", "", "acl", x_oss_acl="public-read").status == 200
    assert oss("PUT", "k", "acl", x_oss_object_acl="private").status == 200
    assert (grant(oss("GET", "", "acl")), grant(oss("GET", "k", "acl"))) == ("public-read", "private")
    assert error(oss("PUT", "", "acl", x_oss_acl="default"))[1] == "InvalidArgument"
    assert error(oss("PUT", "k", "acl", x_oss_object_acl="x"))[1] == "InvalidArgument"
    assert error(oss("PUT", "k", "acl")) == (400, "MissingArgument", "0016-00000502")
    assert error(oss("PUT", "", "acl"))[1] == "MissingArgument"
    assert (grant(oss("GET", "", "acl")), grant(oss("GET", "k", "acl"))) == ("public-read", "private")


@pytest.mark.parametrize("name", ["target", "dir/a b"])
def test_a_symlink_is_read_through(oss, name):
    oss.put(name, body=b"content", Content_Type="text/x")
    quoted = name.replace(" ", "%20")
    assert oss("PUT", "link", "symlink", x_oss_symlink_target=quoted).status == 200
    assert oss("GET", "link", "symlink").header("x-oss-symlink-target") == quoted
    assert oss("GET", "link").body == b"content"
    head, target = oss("HEAD", "link"), oss("HEAD", name)
    for header in ("content-length", "etag", "content-md5", "x-oss-hash-crc64ecma", "x-oss-storage-class"):
        assert head.header(header) == target.header(header)
    assert head.header("x-oss-object-type") == "Symlink"
    kinds = [e.text for e in etree.fromstring(oss("GET", "").body).findall("Contents/Type")]
    assert sorted(kinds) == ["Normal", "Symlink"]


def test_a_symlink_to_a_frozen_object_is_frozen_and_is_not_restored_itself(oss):
    oss.put("target", "ColdArchive")
    oss("PUT", "link", "symlink", x_oss_symlink_target="target")
    assert error(oss("GET", "link"))[:2] == (403, "InvalidObjectState")
    for operation in ("restore", "cleanRestoredObject"):
        assert error(oss("POST", "link", operation))[:2] == (400, "OperationNotSupported")
    oss("POST", "target", "restore")
    assert oss("HEAD", "link").header("x-oss-restore") == 'ongoing-request="true"'


def test_symlinks_that_lead_nowhere(oss):
    oss("PUT", "link", "symlink", x_oss_symlink_target="missing")
    oss("PUT", "second", "symlink", x_oss_symlink_target="link")
    assert error(oss("GET", "link"))[:2] == (404, "SymlinkTargetNotExist")
    assert error(oss("GET", "second")) == (400, "InvalidTargetType", "0026-00000011")
    oss.put("k")
    assert error(oss("GET", "k", "symlink"))[1] == "NotSymlink"
    assert error(oss("PUT", "x", "symlink"))[1] == "MissingArgument"
    for bad in ("", "/x", "%zz"):
        assert error(oss("PUT", "x", "symlink", x_oss_symlink_target=bad))[1] == "InvalidArgument"
    cold = {"x_oss_symlink_target": "k", "x_oss_storage_class": "ColdArchive"}
    assert error(oss("PUT", "x", "symlink", **cold))[1] == "InvalidArgument"


def test_a_copied_symlink_is_a_symlink(oss):
    oss.put("target", "ColdArchive")
    oss("PUT", "link", "symlink", x_oss_symlink_target="target")
    assert oss.copy(f"/{BUCKET}/link").status == 200
    assert oss("GET", "copy", "symlink").header("x-oss-symlink-target") == "target"
