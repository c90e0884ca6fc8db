"""The service in memory: restoring and cleaning, what is refused, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from calls import BUCKET, ENDPOINT, HOUR, NOW, OssClient, error
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Operation, Request


@pytest.fixture
def oss():
    return OssClient()


def restore_body(days=None, tier=None):
    days = f"<Days>{days}</Days>" if days is not None else ""
    tier = f"<JobParameters><Tier>{tier}</Tier></JobParameters>" if tier else ""
    return f"<RestoreRequest>{days}{tier}</RestoreRequest>".encode()


def test_the_life_cycle_over_requests(oss):
    oss.put()
    assert error(oss("POST", "k", "cleanRestoredObject")) == (409, "ArchiveRestoreFileStale", "0016-00000718")
    assert error(oss("GET", "k")) == (403, "InvalidObjectState", "0016-00000404")
    accepted = oss("POST", "k", "restore")
    assert (accepted.status, accepted.header("x-oss-object-restore-priority")) == (202, "Standard")
    assert error(oss("POST", "k", "restore")) == (409, "RestoreAlreadyInProgress", "0016-00000701")
    assert error(oss("POST", "k", "cleanRestoredObject")) == (
        409, "ArchiveRestoreNotFinished", "0016-00000719",
    )  # fmt: skip
    assert oss("HEAD", "k").header("x-oss-restore") == 'ongoing-request="true"'
    assert error(oss("GET", "k")) == (403, "InvalidObjectState", "0016-00000404")
    oss.service.advance(5 * HOUR)
    assert oss("GET", "k").body == b"hello"
    assert oss("POST", "k", "restore").status == 200
    cleaned = oss("POST", "k", "cleanRestoredObject")
    assert (cleaned.status, cleaned.body, cleaned.header("content-length")) == (200, b"", "0")
    assert oss("HEAD", "k").header("x-oss-restore") is None
    assert oss("GET", "k").status == 403
    assert error(oss("POST", "k", "cleanRestoredObject"))[1] == "ArchiveRestoreFileStale"
    assert oss("POST", "k", "restore").status == 202


def test_the_expiry_date_is_the_form_of_the_document_and_the_object_freezes_then(oss):
    oss.put()
    oss("POST", "k", "restore", body=restore_body(1, "Expedited"))
    oss.service.advance(HOUR)
    expires = NOW + HOUR + 86_400
    text = datetime.fromtimestamp(expires, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    value = f'ongoing-request="false", expiry-date="{text}"'
    assert oss("HEAD", "k").header("x-oss-restore") == value
    assert oss("GET", "k").header("x-oss-restore") == value
    assert etree.fromstring(oss("GET", "").body).findtext("Contents/RestoreInfo") == value
    oss.service.advance(86_400)
    assert oss("HEAD", "k").header("x-oss-restore") is None
    assert oss("GET", "k").status == 403
    assert etree.fromstring(oss("GET", "").body).find("Contents/RestoreInfo") is None


@pytest.mark.parametrize(
    ("storage_class", "body", "expected"),
    [
        ("Archive", restore_body(7), 202),
        ("Archive", restore_body(8), (400, "InvalidArgument", "0016-00000704")),
        ("Archive", restore_body(1, "Standard"), (400, "MalformedXML", "0016-00000706")),
        ("ColdArchive", restore_body(365, "Bulk"), 202),
        ("ColdArchive", restore_body(366), (400, "InvalidArgument", "0016-00000704")),
        ("ColdArchive", restore_body(0), (400, "InvalidArgument", "0016-00000704")),
        ("ColdArchive", restore_body("1.5"), (400, "InvalidArgument", "0016-00000708")),
        ("ColdArchive", restore_body("9" * 5000), (400, "InvalidArgument", "0016-00000708")),
        ("ColdArchive", restore_body(1, "Fast"), (400, "InvalidArgument", "0016-00000703")),
        ("ColdArchive", b"<RestoreRequest/>", 202),
        ("ColdArchive", b"<RestoreRequest>", (400, "MalformedXML", "0016-00000706")),
        ("ColdArchive", b"<RestoreRequest><Type/></RestoreRequest>", (400, "MalformedXML", "0016-00000713")),
        ("ColdArchive", b"<RestoreRequest><X/></RestoreRequest>", (400, "MalformedXML", "0016-00000714")),
        ("DeepColdArchive", restore_body(1, "Expedited"), 202),
        ("DeepColdArchive", restore_body(1, "Bulk"), (400, "InvalidArgument", "0016-00000703")),
        ("Standard", b"", (400, "OperationNotSupported", "0016-00000702")),
        ("IA", b"", (400, "OperationNotSupported", "0016-00000702")),
    ],
)
def test_restore_requests(oss, storage_class, body, expected):
    oss.put(storage_class=storage_class)
    response = oss("POST", "k", "restore", body=body)
    assert (response.status if isinstance(expected, int) else error(response)) == expected
    assert (oss.service.inventory()[BUCKET]["k"] == "restoring") is (expected == 202)


def test_the_priority_header_is_for_cold_classes(oss):
    oss.put("a", "Archive")
    names = [name for name, _ in oss("POST", "a", "restore").headers]
    assert "x-oss-object-restore-priority" not in names


def test_the_body_is_judged_before_the_state(oss):
    oss.put("a", "Archive")
    oss("POST", "a", "restore")
    assert error(oss("POST", "a", "restore", body=restore_body(1, "Standard")))[1] == "MalformedXML"


@pytest.mark.parametrize("storage_class", ["Standard", "IA", "Archive"])
def test_a_clean_of_other_classes_is_not_supported(oss, storage_class):
    oss.put(storage_class=storage_class)
    response = oss("POST", "k", "cleanRestoredObject")
    assert error(response) == (400, "OperationNotSupported", "0016-00000702")
    assert b"CleanRestoredObject operation" in response.body


@pytest.mark.parametrize("query", ["cleanRestoredObject", ("cleanRestoredObject", "")])
@pytest.mark.parametrize("version", SignatureVersion)
def test_both_spellings_of_the_subresource_are_one_operation(oss, query, version):
    oss.put()
    assert error(oss("POST", "k", query, version=version))[1] == "ArchiveRestoreFileStale"


@pytest.mark.parametrize("name", ["k", "missing"])
def test_a_missing_bucket_is_named_before_the_object(oss, name):
    response = oss("POST", name, "cleanRestoredObject", bucket="no-such-bucket")
    assert error(response) == (404, "NoSuchBucket", "0015-00000101")
    assert etree.fromstring(response.body).findtext("BucketName") == "no-such-bucket"


@pytest.mark.parametrize(
    ("method", "query"),
    [("GET", ()), ("POST", ("restore",)), ("POST", ("cleanRestoredObject",))],
)
def test_a_missing_object(oss, method, query):
    response = oss(method, "missing", *query)
    assert error(response) == (404, "NoSuchKey", "0026-00000001")
    assert etree.fromstring(response.body).findtext("Key") == "missing"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET", "HEAD"])
def test_a_clean_with_a_wrong_method_is_refused_and_touches_nothing(oss, method):
    oss.put()
    assert oss(method, "k", "cleanRestoredObject", body=b"other").status == 405
    oss("POST", "k", "restore")
    oss.service.advance(5 * HOUR)
    assert oss("GET", "k").body == b"hello"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("query", ["lifecycle", "unheardOf", ("x-oss-process", "y"), "retention"])
def test_an_unknown_subresource_never_overwrites_or_deletes(oss, method, query):
    oss.put(storage_class="Standard")
    assert error(oss(method, "k", query, body=b"other"))[:2] == (501, "NotImplemented")
    assert oss("GET", "k").body == b"hello"


@pytest.mark.parametrize("query", ["cleanRestoredObject", "restore"])
def test_an_operation_on_an_object_without_its_name(oss, query):
    assert error(oss("POST", "", query)) == (400, "InvalidObjectName", "0016-00000001")


ANY_TEXT = st.text(st.characters())  # lone surrogates too


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.binary(max_size=20))
def test_no_request_raises(target, host, header, body):
    oss = OssClient()
    for method in ("GET", "POST", "HEAD"):
        headers = (("Host", host), ("Date", header), ("Authorization", header), ("x-oss-date", header))
        response = oss.service(Request(method, "/" + target, headers, body))
        assert 400 <= response.status < 500


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_signed_request_raises(name, parameter, value):
    oss = OssClient()
    name = name.encode("utf-8", "replace").decode()
    for method in ("PUT", "GET", "POST", "DELETE"):
        assert oss(method, name, (parameter.encode("utf-8", "replace").decode(), value)).status <= 501


def test_two_subresources_are_refused(oss):
    oss.put()
    assert error(oss("POST", "k", "cleanRestoredObject", "restore"))[1] == "InvalidArgument"
    assert oss.service.inventory() == {BUCKET: {"k": "frozen"}}


def test_a_post_without_subresource_is_not_allowed(oss):
    oss.put()
    response = oss("POST", "k")
    assert error(response)[:2] == (405, "MethodNotAllowed")
    assert "PUT" in response.header("allow")


def test_overwriting_a_restored_object_freezes_the_new_one(oss):
    oss.put()
    oss("POST", "k", "restore")
    oss.service.advance(5 * HOUR)
    oss.put(body=b"new")
    assert oss.service.inventory() == {BUCKET: {"k": "frozen"}}
    assert oss("POST", "k", "restore").status == 202


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("null", "ArchiveRestoreFileStale"),
        ("other", "NoSuchVersion"),
        ("", "InvalidArgument"),
        ("\n", "InvalidArgument"),
        ("x" * 1025, "InvalidArgument"),
    ],
)
def test_without_versioning_the_one_version_is_called_null(oss, version, code):
    oss.put()
    assert error(oss("POST", "k", "cleanRestoredObject", ("versionId", version)))[1] == code


def test_a_target_that_cannot_be_decoded(oss):
    request = Operation("GET", BUCKET, "k").render(ENDPOINT, Addressing.PATH)
    broken = type(request)("GET", f"/{BUCKET}/%zz", request.headers)
    assert error(oss.service(broken))[:2] == (400, "InvalidURI")


def test_the_restore_clock_moves_alone_and_only_forward(oss):
    oss.service.advance(10)
    assert oss.service.now() == NOW + 10
    for seconds in (-1, float("nan"), float("inf"), 1e15):
        with pytest.raises(ValueError, match="seconds"):
            oss.service.advance(seconds)
    assert oss.service.now() == NOW + 10
    assert oss("GET", "missing").header("date") == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_reset_forgets_objects_buckets_and_advances(oss):
    oss.put()
    oss("PUT", bucket="other-bucket")
    oss.service.advance(10)
    oss.service.reset()
    assert oss.service.inventory() == {BUCKET: {}}
    assert oss.service.now() == NOW


def test_a_bad_bucket_name_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="bucket"):
        Service(credentials=[], buckets=["Not_A_Bucket"])
