"""Versions: each with its own restore state, delete markers, suspension, and the list of them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from lxml import etree

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.signing import Signer

BUCKET = "bucket-1"
ENDPOINT = Endpoint("http", "127.0.0.1", 8080)
NOW = 1_800_000_000.0
HOUR = 3600


class OssClient:
    """A bucket, and a client that signs."""

    def __init__(self, status=""):
        self.key = random_credentials()
        self.service = Service(credentials=[self.key], buckets=[BUCKET], clock=lambda: NOW)
        if status:
            self.turn(status)

    def __call__(self, method, name="", *query, body=b"", version=None, **headers):
        pairs = tuple(q if isinstance(q, tuple) else (q, None) for q in query)
        pairs += (("versionId", version),) if version is not None else ()
        fields = tuple((key.replace("_", "-"), value) for key, value in headers.items())
        operation = Operation(method, BUCKET, name, pairs, fields, body)
        signed = Signer(self.key, region=self.service.region).sign(
            operation, datetime.fromtimestamp(NOW, UTC)
        )
        return self.service(signed.render(ENDPOINT, Addressing.PATH))

    def turn(self, status):
        body = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
        assert self("PUT", "", "versioning", body=body.encode()).status == 200

    def put(self, name="k", body=b"hello", storage_class="ColdArchive"):
        response = self("PUT", name, body=body, x_oss_storage_class=storage_class)
        assert response.status == 200
        return response.header("x-oss-version-id")

    def delete(self, name="k", version=None):
        response = self("DELETE", name, version=version)
        assert response.status == 204
        return response.header("x-oss-delete-marker"), response.header("x-oss-version-id")

    def list(self, **query):
        pairs = [(key.replace("_", "-"), str(value)) for key, value in query.items()]
        return etree.fromstring(self("GET", "", "versions", *pairs).body)


@pytest.fixture
def oss():
    return OssClient("Enabled")


def error(response):
    root = etree.fromstring(response.body or base64.b64decode(response.header("x-oss-err")))
    return response.status, root.findtext("Code")


def ids(page):
    return [e.findtext("VersionId") for e in page if e.tag in ("Version", "DeleteMarker")]


@pytest.mark.parametrize("status", ["", "Enabled", "Suspended"])
def test_the_state_of_versioning_is_told(status):
    oss = OssClient(status)
    page = etree.fromstring(oss("GET", "", "versioning").body)
    assert (page.tag, page.findtext("Status", "")) == ("VersioningConfiguration", status)
    info = etree.fromstring(oss("GET", "", "bucketInfo").body)
    assert info.findtext("Bucket/Versioning", "") == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<VersioningConfiguration/>",
        b"<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>",
        b"<Other><Status>Enabled</Status></Other>",
    ],
)
def test_another_configuration_is_malformed_and_changes_nothing(oss, body):
    assert error(oss("PUT", "", "versioning", body=body)) == (400, "MalformedXML")
    assert etree.fromstring(oss("GET", "", "versioning").body).findtext("Status") == "Enabled"


def test_without_versioning_no_answer_names_a_version():
    oss = OssClient()
    assert oss.put() is None
    assert oss("HEAD", "k").header("x-oss-version-id") is None
    assert oss("POST", "k", "restore").header("x-oss-version-id") is None
    assert oss.delete() == (None, None)
    assert oss.service.inventory(versions=True) == {BUCKET: {}}


def test_each_version_keeps_its_body_its_class_and_its_restore_state(oss):
    old, new = oss.put(body=b"old"), oss.put(body=b"newer", storage_class="Standard")
    assert old != new
    assert error(oss("POST", "k", "restore")) == (400, "OperationNotSupported")
    accepted = oss("POST", "k", "restore", version=old)
    assert (accepted.status, accepted.header("x-oss-version-id")) == (202, old)
    oss.service.advance(5 * HOUR)
    read = oss("GET", "k", version=old)
    assert (read.body, read.header("x-oss-version-id")) == (b"old", old)
    assert oss("GET", "k").body == b"newer"
    assert oss("HEAD", "k").header("x-oss-version-id") == new
    assert oss("HEAD", "k", "objectMeta", version=old).header("content-length") == "3"
    cleaned = oss("POST", "k", "cleanRestoredObject", version=old)
    assert (cleaned.status, cleaned.header("x-oss-version-id")) == (200, None)
    assert error(oss("GET", "k", version=old)) == (403, "InvalidObjectState")
    assert error(oss("POST", "k", "cleanRestoredObject", version=old)) == (409, "ArchiveRestoreFileStale")


def test_two_cold_versions_are_restored_and_cleaned_apart(oss):
    first, second = oss.put(), oss.put()
    assert oss("POST", "k", "restore").header("x-oss-version-id") == second
    states = oss.service.inventory(versions=True)[BUCKET]["k"]
    assert states == {second: "restoring", first: "frozen"}
    assert error(oss("POST", "k", "cleanRestoredObject", version=first)) == (409, "ArchiveRestoreFileStale")
    assert error(oss("POST", "k", "cleanRestoredObject")) == (409, "ArchiveRestoreNotFinished")
    oss.put()
    assert oss.service.inventory() == {BUCKET: {"k": "frozen"}}
    assert error(oss("POST", "k", "restore", version=second)) == (409, "RestoreAlreadyInProgress")


@pytest.mark.parametrize(
    ("method", "query"),
    [("GET", ()), ("HEAD", ()), ("HEAD", ("objectMeta",)), ("POST", ("restore",)),
     ("POST", ("cleanRestoredObject",)), ("GET", ("tagging",)), ("GET", ("acl",))],
)  # fmt: skip
def test_a_delete_marker_hides_the_object_and_is_no_object_itself(oss, method, query):
    oss.put()
    marked, marker = oss.delete()
    assert marked == "true"
    hidden = oss(method, "k", *query)
    assert error(hidden) == (404, "NoSuchKey")
    assert (hidden.header("x-oss-delete-marker"), hidden.header("x-oss-version-id")) == ("true", marker)
    itself = oss(method, "k", *query, version=marker)
    assert (*error(itself), itself.header("allow")) == (405, "MethodNotAllowed", "DELETE")
    document = etree.fromstring(itself.body or base64.b64decode(itself.header("x-oss-err")))
    assert (document.findtext("Method"), document.findtext("ResourceType")) == (method, "DeleteMarker")
    missing = oss(method, "k", *query, version="CAEQ" + "0" * 60)
    assert error(missing) == (404, "NoSuchVersion")


def test_deleting_the_marker_brings_the_object_back_with_its_state(oss):
    version = oss.put()
    oss("POST", "k", "restore")
    _, marker = oss.delete()
    assert etree.fromstring(oss("GET", "").body).find("Contents") is None
    assert oss.service.inventory() == {BUCKET: {}}
    assert oss.delete(version=marker) == ("true", marker)
    assert oss("HEAD", "k").header("x-oss-restore") == 'ongoing-request="true"'
    assert oss.delete(version=version) == (None, version)
    assert oss.delete(version=version) == (None, version)
    assert error(oss("HEAD", "k", version=version)) == (404, "NoSuchVersion")
    assert oss("DELETE").status == 204


def test_a_bucket_with_versions_or_markers_is_not_empty(oss):
    oss.delete("never-there")
    assert error(oss("DELETE")) == (409, "BucketNotEmpty")


def test_suspended_writes_replace_the_null_version_only(oss):
    kept = oss.put(body=b"kept")
    oss.turn("Suspended")
    assert [oss.put(body=b"one"), oss.put(body=b"two", storage_class="Standard")] == ["null", "null"]
    assert oss("GET", "k", version="null").body == b"two"
    assert ids(oss.list()) == ["null", kept]
    assert oss.delete() == ("true", "null")
    assert ids(oss.list()) == ["null", kept]
    assert error(oss("GET", "k")) == (404, "NoSuchKey")
    oss.turn("Enabled")
    newest = oss.put()
    assert ids(oss.list()) == [newest, "null", kept]


def test_an_object_older_than_versioning_is_the_null_version():
    oss = OssClient()
    oss.put(body=b"old", storage_class="Standard")
    oss.turn("Enabled")
    newest = oss.put()
    assert oss("GET", "k", version="null").body == b"old"
    assert ids(oss.list()) == [newest, "null"]


def test_a_put_with_a_version_id_is_refused_and_overwrites_nothing(oss):
    version = oss.put()
    assert error(oss("PUT", "k", body=b"x", version=version)) == (501, "NotImplemented")
    assert ids(oss.list()) == [version]


def test_versioning_makes_forbidding_to_overwrite_pointless(oss):
    oss.put()
    assert oss("PUT", "k", x_oss_forbid_overwrite="true").status == 200


def test_the_list_of_versions_shows_what_each_is(oss):
    old, new = oss.put(), oss.put("k", b"1234567", "Standard")
    oss("POST", "k", "restore", version=old)
    _, marker = oss.delete()
    page = oss.list()
    shown = [
        (e.tag, e.findtext("VersionId"), e.findtext("IsLatest")) for e in page if e.find("Key") is not None
    ]
    assert shown == [
        ("DeleteMarker", marker, "true"),
        ("Version", new, "false"),
        ("Version", old, "false"),
    ]
    assert [e.text for e in page.findall("Version/Size")] == ["7", "5"]
    assert [e.findtext("RestoreInfo") for e in page.findall("Version")] == [None, 'ongoing-request="true"']
    assert [e.tag for e in page.findall("Version")[1]] == [
        "Key", "VersionId", "IsLatest", "LastModified", "ETag", "Type", "Size", "StorageClass",
        "RestoreInfo", "Owner",
    ]  # fmt: skip


def put_some(oss):
    for name in ("a", "b", "b", "b", "c/1", "c/2", "d&é"):
        oss.put(name)


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_the_list_of_versions_pages_through_versions_and_common_prefixes(oss, limit):
    put_some(oss)
    oss.delete("a")
    found, markers = [], {}
    for _ in range(20):
        page = oss.list(delimiter="/", max_keys=limit, encoding_type="url", **markers)
        entries = [e for e in page if e.tag in ("Version", "DeleteMarker", "CommonPrefixes")]
        assert len(entries) <= limit
        found += sorted((e.findtext("Key") or e.findtext("Prefix"), e.findtext("VersionId")) for e in entries)
        if page.findtext("IsTruncated") == "false":
            assert page.find("NextKeyMarker") is None
            break
        key = page.findtext("NextKeyMarker").replace("%2F", "/").replace("%26", "&").replace("%C3%A9", "é")
        markers = {"key_marker": key, "version_id_marker": page.findtext("NextVersionIdMarker")}
    assert [name for name, _ in found] == ["a", "a", "b", "b", "b", "c%2F", "d%26%C3%A9"]
    assert len(set(found)) == len(found)


def test_the_list_of_versions_goes_on_behind_its_markers(oss):
    put_some(oss)
    all_ids = ids(oss.list(prefix="b"))
    assert len(all_ids) == 3
    assert ids(oss.list(prefix="b", key_marker="b")) == []
    assert ids(oss.list(prefix="b", key_marker="b", version_id_marker=all_ids[0])) == all_ids[1:]
    oss.delete("b", all_ids[0])
    assert ids(oss.list(prefix="b", key_marker="b", version_id_marker=all_ids[0])) == all_ids[1:]
    assert len(ids(oss.list(key_marker="b", prefix="c/"))) == 2


@pytest.mark.parametrize("query", [{"version_id_marker": "x"}, {"max_keys": 0}, {"encoding_type": "x"}])
def test_bad_parameters_of_the_list_of_versions(oss, query):
    assert oss.list(**query).findtext("Code") == "InvalidArgument"
