"""Requests that vendor SDKs and their tests send, and what OSS answers to each."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from calls import BUCKET, ENABLED, ENDPOINT, HOUR, NOW, OssClient, error, tags
from grouped import grouped
from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.content import StreamedRequest
from pytest_oss_clean.emulator.handlers.configurations import CONFIGURATION_ROUTES, KEPT
from pytest_oss_clean.emulator.operations import OPERATIONS, Level, handler_name
from pytest_oss_clean.emulator.service import ROUTES, Service
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Operation, Request
from pytest_oss_clean.oss.signing import V1_SUBRESOURCES, Signer, compute_v1

V1, V4 = SignatureVersion.V1, SignatureVersion.V4
ENCRYPTION = "x_oss_meta_client_side_encryption_key"
CONTENT = bytes(range(250)) * 4
UNKNOWN_KEY = (403, "InvalidAccessKeyId", "0002-00000902")


@pytest.fixture
def oss():
    return OssClient()


def text(response, path):
    return etree.fromstring(response.body).findtext(path)


# Ranges (page "segmenting HTTP range requests")


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-999", (0, 1000)),
        ("bytes=500-999", (500, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-1000", (0, 1000)),
        ("bytes=0-1,5-6", (0, 2)),
    ],
)
@pytest.mark.parametrize("behavior", [{}, {"x_oss_range_behavior": "standard"}])
def test_a_range_within_the_object(oss, asked, wanted, behavior):
    oss.put(body=CONTENT, storage_class="Standard")
    response = oss("GET", "k", Range=asked, **behavior)
    start, end = wanted
    assert (response.status, response.body) == (206, CONTENT[start:end])
    assert response.header("content-range") == f"bytes {start}-{end - 1}/1000"


BEYOND = {
    "bytes=0-1000": (0, 1000),
    "bytes=500-2000": (500, 1000),
    "bytes=-2000": (0, 1000),
    "bytes=1000-2000": None,
    "bytes=1000-": None,
    "bytes=-0": None,
}


@pytest.mark.parametrize("asked", [*BEYOND, "bytes=5-2", "byte=0-1", "bytes=a-b", "bytes=-"])
def test_a_range_beyond_the_object_is_ignored(oss, asked):
    oss.put(body=CONTENT, storage_class="Standard")
    response = oss("GET", "k", Range=asked)
    assert (response.status, response.body) == (200, CONTENT)
    assert response.header("content-range") is None


@pytest.mark.parametrize(("asked", "wanted"), BEYOND.items())
def test_a_range_beyond_the_object_by_the_standard(oss, asked, wanted):
    oss.put(body=CONTENT, storage_class="Standard")
    response = oss("GET", "k", Range=asked, x_oss_range_behavior="standard")
    if wanted is None:
        assert error(response)[:2] == (416, "InvalidRange")
    else:
        assert (response.status, response.body) == (206, CONTENT[wanted[0] : wanted[1]])


# What the emulator does not have

TABLE = [(level, method, *sub.partition("&")[::2], name) for (level, method, sub), name in OPERATIONS.items()]
MODELLED = {OPERATIONS[found] for found in ROUTES}


NOT_MODELLED = {
    version: {" ".join(row): (row, version) for row in TABLE if row[4] not in MODELLED}
    for version in SignatureVersion
}


@grouped(NOT_MODELLED)
def test_what_is_not_modelled_is_refused_by_its_name(oss, row, version):
    level, method, subresource, more, name = row
    oss.put(storage_class="Standard")
    query = [(subresource, None)] if subresource else []
    query += [tuple(more.split("="))] if more else []
    bucket = "" if level is Level.SERVICE else BUCKET
    target = "k" if level is Level.OBJECT else ""
    response = oss(method, target, *query, body=b"other", bucket=bucket, version=version)
    assert error(response)[:2] == (501, "NotImplemented")
    assert text(response, "Message") == f"This emulator has no {name}."
    assert oss("GET", "k").body == b"hello"


@pytest.mark.parametrize("subresource", ["lifecycle", "cname", "uploads", "versions"])
def test_a_subresource_of_buckets_is_none_of_an_object(oss, subresource):
    oss.put(storage_class="Standard")
    response = oss("GET", "k", subresource)
    assert error(response)[0] in (405, 501)
    assert b"hello" not in response.body


def test_the_name_of_a_method_is_that_of_its_operation():
    handlers = set(ROUTES.values()) - set(CONFIGURATION_ROUTES.values())
    assert handlers == {handler_name(name) for name in MODELLED if hasattr(Service, handler_name(name))}
    assert handler_name("ListObjectVersions") == "list_object_versions"


@pytest.mark.parametrize(
    "headers",
    [
        {"x_oss_callback": "e30="},
        {"x_oss_server_side_encryption": "KMS"},
        {"x_oss_server_side_encryption": "AES256"},
        {"x_oss_object_worm_mode": "GOVERNANCE"},
    ],
)
def test_what_a_header_asks_for_is_not_dropped_in_silence(oss, headers):
    response = oss("PUT", "k", body=b"x", **headers)
    assert error(response)[:2] == (501, "NotImplemented")
    assert next(iter(headers)).replace("_", "-") in text(response, "Message")
    assert oss.service.inventory() == {BUCKET: {}}


@pytest.mark.parametrize(("method", "name"), [("POST", "PostObject"), ("OPTIONS", "OptionObject")])
def test_requests_of_browsers_need_no_signature_to_be_told(oss, method, name):
    response = oss.service(Request(method, f"/{BUCKET}/", (("Host", "127.0.0.1"),), b""))
    assert error(response)[:2] == (501, "NotImplemented")
    assert text(response, "Message") == f"This emulator has no {name}."


@pytest.mark.parametrize(
    ("target", "authorization", "kind"),
    [
        ("", "AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4_request, Signature=0", "AWS4 signatures"),
        ("", "AWS key:signature", "AWS V2 signatures"),
        ("", "OSS2 AccessKeyId:key,Signature:signature", "OSS2 signatures"),
        ("?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", None, "AWS signatures"),
        ("?AWSAccessKeyId=key&Signature=x&Expires=1", None, "AWS signatures"),
        ("?x-oss-signature-version=OSS2&x-oss-signature=0", None, "OSS2 signatures"),
    ],
)
def test_other_kinds_of_signatures(oss, target, authorization, kind):
    headers = (("Host", "127.0.0.1"),) + ((("Authorization", authorization),) if authorization else ())
    response = oss.service(Request("GET", f"/{BUCKET}/k{target}", headers, b""))
    assert error(response)[:2] == (501, "NotImplemented")
    assert text(response, "Message") == f"This emulator has no {kind}."


def test_the_key_of_what_is_not_modelled_is_checked(oss):
    operation = Operation("PUT", BUCKET, "", (("encryption", None),))
    for key, wanted in (("nobody", UNKNOWN_KEY), (oss.credentials.key_id, None)):
        signer = Signer(replace(oss.credentials, key_id=key), V1)
        signed = signer.sign(operation, datetime.fromtimestamp(NOW, UTC))
        response = oss.service(signed.render(ENDPOINT, Addressing.PATH))
        assert error(response) == (wanted or (501, "NotImplemented", errors.NO_EC))


# What clients read at start-up


@pytest.mark.parametrize(
    ("subresource", "code"), [(name, row.code) for name, row in errors.NOT_CONFIGURED.items()]
)
def test_nothing_is_configured(oss, subresource, code):
    assert error(oss("GET", "", subresource))[:2] == (404, code)


@pytest.mark.parametrize(
    ("subresource", "path", "value"),
    [
        ("accessmonitor", "Status", "Disabled"),
        ("bucketArchiveDirectRead", "Enabled", "false"),
        ("httpsConfig", "TLS/Enable", "false"),
        ("live", "IsTruncated", "false"),
        ("live", "MaxKeys", "100"),
        ("logging", "LoggingEnabled", None),
        ("policyStatus", "IsPublic", "false"),
        ("publicAccessBlock", "BlockPublicAccess", "true"),
        ("referer", "AllowEmptyReferer", "true"),
        ("requestPayment", "Payer", "BucketOwner"),
        ("resourceGroup", "ResourceGroupId", "rg-emulator"),
    ],
)
def test_documents_of_what_is_not_configured(oss, subresource, path, value):
    response = oss("GET", "", subresource)
    assert (response.status, text(response, path)) == (200, value)


DOCUMENTS = {
    "cors": b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"
    b"<ResponseVary>true</ResponseVary></CORSConfiguration>",
    "lifecycle": b"<LifecycleConfiguration><Rule><ID>a</ID><Prefix>b/</Prefix><Status>Enabled</Status>"
    b"<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>",
    "logging": b"<BucketLoggingStatus><LoggingEnabled><TargetBucket>t</TargetBucket></LoggingEnabled>"
    b"</BucketLoggingStatus>",
    "transferAcceleration": b"<TransferAccelerationConfiguration><Enabled>true</Enabled>"
    b"</TransferAccelerationConfiguration>",
}


@pytest.mark.parametrize("subresource", KEPT)
def test_a_configuration_is_kept_given_back_and_deleted(oss, subresource):
    unset, used = oss("GET", "", subresource), oss.service.store.used
    assert oss("PUT", "", subresource, body=DOCUMENTS[subresource]).status == 200
    assert oss("GET", "", subresource).body.endswith(DOCUMENTS[subresource])
    assert oss.service.store.used > used
    for document in (b"<Other/>", b"<a", b"", DOCUMENTS[subresource].replace(b"<", b"<!DOCTYPE x><", 1)):
        assert error(oss("PUT", "", subresource, body=document))[:2] == (400, "MalformedXML")
    assert oss("GET", "", subresource).body.endswith(DOCUMENTS[subresource])
    if (Level.BUCKET, "DELETE", subresource) in OPERATIONS:
        assert [oss("DELETE", "", subresource).status for _ in range(2)] == [204, 204]
        assert without_request_id(oss("GET", "", subresource)) == without_request_id(unset)
        assert oss.service.store.used == used


def without_request_id(response):
    return response.status, re.sub(rb"<RequestId>.*?</RequestId>", b"", response.body)


def test_configurations_go_with_their_bucket(oss):
    oss("PUT", "", bucket="another")
    oss("PUT", "", "cors", body=DOCUMENTS["cors"], bucket="another")
    oss("DELETE", "", bucket="another")
    oss("PUT", "", bucket="another")
    assert error(oss("GET", "", "cors", bucket="another"))[:2] == (404, "NoSuchCORSConfiguration")


def test_bucket_info_knows_transfer_acceleration(oss):
    oss("PUT", "", "transferAcceleration", body=DOCUMENTS["transferAcceleration"])
    assert text(oss("GET", "", "bucketInfo"), "Bucket/TransferAcceleration") == "Enabled"


def rule(content, prefix="a/", status="Enabled"):
    return f"<Rule><Prefix>{prefix}</Prefix><Status>{status}</Status>{content}</Rule>"


def expiration(days):
    return f"<Expiration><Days>{days}</Days></Expiration>"


def transition(days, storage_class="IA", step="Transition", unit="Days"):
    return f"<{step}><{unit}>{days}</{unit}><StorageClass>{storage_class}</StorageClass></{step}>"


def lifecycle(oss, *rules, **headers):
    body = f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>".encode()
    return oss("PUT", "", "lifecycle", body=body, **headers)


OLD = ("NoncurrentVersionTransition", "NoncurrentDays")
DATED = "<Expiration><CreatedBeforeDate>2026-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (transition(4) + expiration(3), "InvalidArgument"),
        (transition(5) + transition(2, "Archive") + expiration(6), "InvalidArgument"),
        (transition(5, "Standard"), "InvalidArgument"),
        (transition(5, "Tape"), "InvalidArgument"),
        (transition("x"), "InvalidArgument"),
        (transition(0), "InvalidArgument"),
        (transition(7, "IA", *OLD) + transition(6, "ColdArchive", *OLD), "InvalidArgument"),
        (transition(3) + DATED, "InvalidRequest"),
        ("<Tag><Key>%&amp;</Key><Value>v</Value></Tag>" + expiration(3), "InvalidTag"),
        ("<Tag><Key>k</Key><Value>)%</Value></Tag>" + expiration(3), "InvalidTag"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(oss, content, code):
    assert error(lifecycle(oss, rule(content)))[:2] == (400, code)
    assert error(oss("GET", "", "lifecycle"))[1] == "NoSuchLifecycle"


@pytest.mark.parametrize(
    "content",
    [
        transition(30) + transition(60, "Archive") + transition(90, "ColdArchive") + expiration(91),
        transition(60, "Archive") + transition(30),
        transition(30, "IA", *OLD) + transition(60, "DeepColdArchive", *OLD),
        DATED + "<AbortMultipartUpload><Days>3</Days></AbortMultipartUpload>",
        "<Tag><Key>k+-=._:/</Key><Value/></Tag>" + expiration(1),
        "<ID/>" + expiration(1),
    ],
)
def test_a_rule_is_kept_with_an_id(oss, content):
    assert lifecycle(oss, rule(content)).status == 200
    assert text(oss("GET", "", "lifecycle"), "Rule/ID") == "rule-1"


def test_a_flag_is_given_back_in_lower_case(oss):
    flag = "ExpiredObjectDeleteMarker"
    assert lifecycle(oss, rule(f"<Expiration><{flag}>True</{flag}></Expiration>")).status == 200
    assert text(oss("GET", "", "lifecycle"), f"Rule/Expiration/{flag}") == "true"


def test_overlapping_expirations(oss):
    both = rule(expiration(3)), rule(expiration(4), "a/b")
    response = lifecycle(oss, *both)
    assert error(response) == (400, "InvalidArgument", "0014-00000082")
    assert text(response, "Message") == "Overlap for same action type Expiration"
    assert lifecycle(oss, *both, x_oss_allow_same_action_overlap="true").status == 200
    assert lifecycle(oss, both[0], rule(expiration(4), "a/b", "Disabled")).status == 200
    assert lifecycle(oss, both[0], rule(expiration(4), "b/")).status == 200
    assert lifecycle(oss, both[0], rule(transition(4), "a/b")).status == 200


@pytest.mark.parametrize("count", [0, 1001])
def test_the_number_of_lifecycle_rules(oss, count):
    assert error(lifecycle(oss, *[rule(expiration(3), f"{n}/") for n in range(count)]))[1] == "MalformedXML"


def test_a_cors_document_is_completed(oss):
    given = b"<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedHeader>X-Test</AllowedHeader></CORSRule>"
    oss("PUT", "", "cors", body=b"<CORSConfiguration>" + given + b"</CORSConfiguration>")
    assert text(oss("GET", "", "cors"), "ResponseVary") == "false"
    assert text(oss("GET", "", "cors"), "CORSRule/AllowedHeader") == "x-test"


@pytest.mark.parametrize("age", ["-1", "x", "1000000000", "9" * 5000, "\u0664"])
def test_the_lifetime_of_a_preflight(oss, age):
    body = DOCUMENTS["cors"].replace(
        b"</CORSRule>", f"<MaxAgeSeconds>{age}</MaxAgeSeconds></CORSRule>".encode()
    )
    response = oss("PUT", "", "cors", body=body)
    assert error(response)[:2] == (400, "InvalidArgument")
    assert (text(response, "ArgumentName"), text(response, "ArgumentValue")) == ("MaxAgeSeconds", age)


@pytest.mark.parametrize(
    "subresource", ["encryption", "policy", "publicAccessBlock", "referer", "requestPayment"]
)
def test_what_guards_data_is_never_kept_without_effect(oss, subresource):
    assert error(oss("PUT", "", subresource, body=b"<x/>"))[:2] == (501, "NotImplemented")


def send_v1(oss, query, signed):
    """Send a GET of the bucket in V1, with the signature of these parameters."""
    headers = (("Host", "127.0.0.1"), ("Date", "Fri, 15 Jan 2027 08:00:00 GMT"))
    operation = Operation("GET", BUCKET, "", query, headers)
    computed = compute_v1(operation, oss.credentials.secret, headers[1][1], signed=signed)
    value = f"OSS {oss.credentials.key_id}:{computed.signature}"
    return oss.service(
        operation.adding(headers=(("Authorization", value),)).render(ENDPOINT, Addressing.PATH)
    )


@pytest.mark.parametrize("subresource", ["cors", "lifecycle", "policy", "encryption", "logging", "website"])
def test_each_sdk_signs_the_subresource_of_its_operation(oss, subresource):
    query = ((subresource, None),)
    right = send_v1(oss, query, V1_SUBRESOURCES | {subresource})
    assert right.status in (200, 404)
    assert right.status == 200 or error(right)[1].startswith("NoSuch")
    assert error(send_v1(oss, query, V1_SUBRESOURCES))[:2] == (403, "SignatureDoesNotMatch")


def test_no_sdk_signs_accessmonitor(oss):
    assert send_v1(oss, (("accessmonitor", None),), V1_SUBRESOURCES).status == 200


def test_figures_of_a_bucket(oss):
    assert text(oss("GET", "", "stat"), "LastModifiedTime") == "0"
    oss.put("a", "ColdArchive", b"12345")
    oss.put("b", "Standard", b"123")
    response = oss("GET", "", "stat")
    found = {e.tag: e.text for e in etree.fromstring(response.body)}
    assert (found["Storage"], found["ObjectCount"]) == ("8", "2")
    assert (found["ColdArchiveStorage"], found["ColdArchiveObjectCount"]) == ("5", "1")
    assert (found["StandardStorage"], found["ArchiveObjectCount"]) == ("3", "0")


def test_bucket_info_is_whole(oss):
    response = oss("GET", "", "bucketInfo")
    for path in (
        "AccessMonitor BlockPublicAccess CrossRegionReplication DataRedundancyType ResourceGroupId "
        "ServerSideEncryptionRule/SSEAlgorithm TransferAcceleration Owner/ID AccessControlList/Grant"
    ).split():
        assert text(response, f"Bucket/{path}"), path


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        (f"{BUCKET}.localhost:8080", "http://localhost:8080"),
        (f"{BUCKET}.oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com"),
    ],
)
def test_a_bucket_has_the_endpoint_it_was_asked_at(oss, host, endpoint):
    oss.addressing = Addressing.PATH if host.startswith("127") else Addressing.VIRTUAL
    assert text(oss("GET", "", "bucketInfo", host=host), "Bucket/ExtranetEndpoint") == endpoint


# Raw `+` (choices.RAW_PLUS)


def send_target(oss, target, operation, version=V4):
    """Send an operation with its target spelt in another way."""
    signed = Signer(oss.credentials, version, oss.service.region).sign(
        operation, datetime.fromtimestamp(NOW, UTC)
    )
    return oss.service(replace(signed.render(ENDPOINT, Addressing.PATH), target=target))


@pytest.mark.parametrize("version", SignatureVersion)
def test_a_raw_plus_in_a_query_is_a_blank(oss, version):
    oss.put("my report")
    oss.put("my+report")
    target = f"/{BUCKET}/?prefix=my+report"
    response = send_target(oss, target, Operation("GET", BUCKET, "", (("prefix", "my report"),)), version)
    assert text(response, "Contents/Key") == "my report"
    assert text(response, "Prefix") == "my report"


@pytest.mark.parametrize("version", SignatureVersion)
def test_a_raw_plus_in_a_path_is_a_blank(oss, version):
    assert send_target(oss, f"/{BUCKET}/a+b", Operation("PUT", BUCKET, "a b"), version).status == 200
    assert list(oss.service.inventory()[BUCKET]) == ["a b"]
    response = send_target(oss, f"/{BUCKET}/a+b", Operation("PUT", BUCKET, "a+b"), version)
    assert error(response)[1] == "SignatureDoesNotMatch"


def test_an_encoded_plus_is_a_plus(oss):
    oss.put("a+b")
    assert list(oss.service.inventory()[BUCKET]) == ["a+b"]
    assert oss("PUT", "copy", x_oss_copy_source=f"/{BUCKET}/a%2Bb").status == 403


def test_a_raw_plus_in_a_copy_source_is_a_blank(oss):
    oss.put("a b", "Standard")
    assert oss("PUT", "copy", x_oss_copy_source=f"/{BUCKET}/a+b").status == 200


# Copies, symlinks, tags, buckets


def test_a_copy_answers_the_crc_of_its_content(oss):
    crc = oss.put("k", "Standard").header("x-oss-hash-crc64ecma")
    assert oss("PUT", "copy", x_oss_copy_source=f"/{BUCKET}/k").header("x-oss-hash-crc64ecma") == crc


@pytest.mark.parametrize("name", ["k", "copy"])
def test_a_copy_without_content_type_keeps_that_of_its_source(oss, name):
    oss.put("k", "Standard", Content_Type="text/plain")
    source = f"/{BUCKET}/k"
    assert oss("PUT", name, x_oss_copy_source=source, x_oss_metadata_directive="REPLACE").status == 200
    assert oss("HEAD", name).header("content-type") == "text/plain"


@pytest.mark.parametrize(("own", "kept"), [({}, "old"), ({ENCRYPTION: "new"}, "new")])
def test_a_replaced_copy_keeps_the_metadata_of_client_side_encryption(oss, own, kept):
    oss.put("k", "Standard", x_oss_meta_uid="1", **{ENCRYPTION: "old"})
    own = {"x_oss_copy_source": f"/{BUCKET}/k", "x_oss_metadata_directive": "REPLACE", **own}
    assert oss("PUT", "copy", **own).status == 200
    head = oss("HEAD", "copy")
    assert head.header("x-oss-meta-client-side-encryption-key") == kept
    assert head.header("x-oss-meta-uid") is None


def test_an_upload_that_its_client_encrypts(oss):
    begun = oss("POST", "k", "uploads", x_oss_storage_class="Standard", **{ENCRYPTION: "key"})
    upload = ("uploadId", text(begun, "UploadId"))
    assert text(oss("GET", "k", upload), "ClientEncryptionKey") == "key"
    assert text(oss("GET", "", "uploads"), "NextKeyMarker") == "k"
    etag = oss("PUT", "k", upload, ("partNumber", "1"), body=b"part").header("etag")
    parts = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    body = f"{parts}</CompleteMultipartUpload>".encode()
    done = oss("POST", "k", upload, body=body, x_oss_object_acl="private")
    assert done.header("etag") == text(done, "ETag")
    assert text(oss("GET", "k", "acl"), "AccessControlList/Grant") == "private"


@pytest.mark.parametrize("sequential", [True, False])
def test_a_sequential_upload_has_the_md5_of_its_content(oss, sequential):
    query = ("uploads", "sequential") if sequential else ("uploads",)
    upload = ("uploadId", text(oss("POST", "k", *query), "UploadId"))
    early = oss("PUT", "k", upload, ("partNumber", "2"), body=b"hello")
    if sequential:
        assert error(early)[:2] == (400, "PartNotSequential")
        oss("PUT", "k", upload, ("partNumber", "1"), body=b"hello")
    assert oss("POST", "k", upload, x_oss_complete_all="yes").status == 200
    wanted = base64.b64encode(hashlib.md5(b"hello").digest()).decode() if sequential else None
    assert oss("HEAD", "k").header("content-md5") == wanted


def test_the_redundancy_of_a_bucket(oss):
    body = (
        "<CreateBucketConfiguration><DataRedundancyType>{}</DataRedundancyType></CreateBucketConfiguration>"
    )
    assert oss("PUT", "", bucket="zrs", body=body.format("ZRS").encode()).status == 200
    for bucket, wanted in (("zrs", "ZRS"), (BUCKET, "LRS")):
        assert text(oss("GET", "", "bucketInfo", bucket=bucket), "Bucket/DataRedundancyType") == wanted
    assert error(oss("PUT", "", bucket="other", body=body.format("X").encode()))[1] == "InvalidArgument"


@pytest.mark.parametrize(
    ("acl", "status"), [("public-read-write", 200), ("public-read", 403), ("private", 403)]
)
def test_anybody_puts_where_the_bucket_is_public_read_write(oss, acl, status):
    oss("PUT", "", "acl", x_oss_acl=acl)
    response = oss.service(Request("PUT", f"/{BUCKET}/k", (("Host", "127.0.0.1"),), b"x"))
    assert response.status == status
    assert bool(oss.service.inventory()[BUCKET]) is (status == 200)


def test_tags_of_a_bucket(oss):
    tagging = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
    assert tags(oss("GET", "", "tagging")) == []
    assert oss("PUT", "", "tagging", body=tagging).status == 200
    assert tags(oss("GET", "", "tagging")) == [("a", "1")]
    oss("PUT", "", bucket="another-bucket")
    everything = ["another-bucket", BUCKET]
    for query, names in (
        ((), everything),
        ((("tag-key", "a"),), [BUCKET]),
        ((("tag-key", "a"), ("tag-value", "2")), []),
        ((("tagging", '"a":"1"'),), [BUCKET]),
        ((("tagging", '"a":"1","b"'),), []),
    ):
        listed = etree.fromstring(oss("GET", "", *query, bucket="").body)
        assert [e.text for e in listed.iter("Name")] == names
        shown = [("a", "1")] if names and "tagging" in dict(query) else []
        assert tags(oss("GET", "", *query, bucket="")) == shown
    oss("DELETE", "", ("tagging", "b"))
    assert tags(oss("GET", "", "tagging")) == [("a", "1")]
    twice = tagging.replace(b"<Tag>", b"<Tag><Key>a</Key></Tag><Tag>")
    assert error(oss("PUT", "", "tagging", body=twice))[1] == "InvalidTag"
    assert oss("DELETE", "", "tagging").status == 204
    assert tags(oss("GET", "", "tagging")) == []


def test_a_symlink_keeps_metadata_and_tags(oss):
    oss.put("target", "Standard")
    own = {"x_oss_symlink_target": "target", "x_oss_meta_uid": "1", "x_oss_tagging": "a=1"}
    assert oss("PUT", "link", "symlink", **own).status == 200
    head = oss("HEAD", "link")
    assert (head.header("x-oss-meta-uid"), head.header("x-oss-object-type")) == ("1", "Symlink")
    assert tags(oss("GET", "link", "tagging")) == [("a", "1")]


def test_a_symlink_is_deleted_with_its_subresource(oss):
    oss("PUT", "link", "symlink", x_oss_symlink_target="target")
    assert oss("DELETE", "link", "symlink").status == 204
    assert oss.service.inventory() == {BUCKET: {}}


def test_a_symlink_without_its_target(oss):
    oss("PUT", "link", "symlink", x_oss_symlink_target="nothing")
    response = oss("HEAD", "link")
    told = base64.b64decode(response.header("x-oss-err"))
    assert response.status == 404
    assert etree.fromstring(told).findtext("Message") == "The symlink target object does not exist"


@pytest.mark.parametrize(
    ("tag", "good"),
    [
        (("a+-=._:/ 1", "b"), True),
        (("键", "值"), True),
        (("%@abc", "abc"), False),
        (("test", "%abc"), False),
    ],
)
def test_characters_of_tags(oss, tag, good):
    oss.put(storage_class="Standard")
    document = "<Tagging><TagSet><Tag><Key>{}</Key><Value>{}</Value></Tag></TagSet></Tagging>".format(*tag)
    response = oss("PUT", "k", "tagging", body=document.encode())
    assert response.status == 200 if good else error(response)[:2] == (400, "InvalidTag")


def test_a_bucket_acl_creates_the_bucket(oss):
    response = oss("PUT", "", "acl", bucket="new-bucket", x_oss_acl="public-read")
    assert (response.status, response.header("location")) == (200, "/new-bucket")
    assert text(oss("GET", "", "acl", bucket="new-bucket"), "AccessControlList/Grant") == "public-read"


@pytest.mark.parametrize("parameter", ["prefix", "delimiter", "key-marker"])
def test_a_parameter_of_a_list_of_versions_is_no_longer_than_a_name(oss, parameter):
    assert oss("GET", "", "versions", (parameter, "a" * 1024)).status == 200
    assert error(oss("GET", "", "versions", (parameter, "a" * 1025)))[1] == "InvalidArgument"


@pytest.mark.parametrize("parameter", ["prefix", "delimiter", "marker"])
def test_a_parameter_of_a_list_is_no_longer_than_a_name(oss, parameter):
    assert error(oss("GET", "", (parameter, "a" * 1025)))[1] == "InvalidArgument"


# Traffic limits


@pytest.mark.parametrize(("limit", "seconds"), [("819200", 10.0), ("8192000", 1.0)])
@pytest.mark.parametrize("place", ["header", "parameter"])
def test_a_traffic_limit_delays_the_answer(oss, limit, seconds, place):
    oss.put("k", "Standard", bytes(1024 * 1000))
    query = (("x-oss-traffic-limit", limit),) if place == "parameter" else ()
    headers = (("x-oss-traffic-limit", limit),) if place == "header" else ()
    operation = Operation("GET", BUCKET, "k", query, headers)
    signed = Signer(oss.credentials, V4, oss.service.region).sign(operation, datetime.fromtimestamp(NOW, UTC))
    request = signed.render(ENDPOINT, Addressing.PATH)
    response = oss.service(StreamedRequest(request.method, request.target, request.headers, b""))
    assert (response.status, response.delay) == (200, seconds)
    assert response.header("x-oss-qos-delay-time") == f"{seconds * 1000:.0f}"


@pytest.mark.parametrize("limit", ["819199", "838860801", "fast"])
def test_a_traffic_limit_out_of_range(oss, limit):
    oss.put("k", "Standard")
    assert error(oss("GET", "k", x_oss_traffic_limit=limit))[1] == "InvalidArgument"


# Documents with characters that XML forbids

DELETE = "<Delete><Object><Key>{}</Key></Object></Delete>"
ODD = "\x01\n\x0c\x07Pc"


@pytest.mark.parametrize("spell", [str, lambda name: "".join(f"&#{ord(c)};" for c in name)])
def test_a_name_with_control_characters_is_deleted(oss, spell):
    oss.put(ODD)
    response = oss("POST", "", "delete", ("encoding-type", "url"), body=DELETE.format(spell(ODD)).encode())
    assert text(response, "Deleted/Key") == "%01%0A%0C%07Pc"
    assert oss.service.inventory() == {BUCKET: {}}


def test_a_name_with_control_characters_stands_in_a_list_as_itself(oss):
    oss.put(ODD)
    found = re.search(b"<Key>(.*)</Key>", oss("GET", "").body, re.DOTALL)[1].decode()
    assert re.sub("&#([0-9]+);", lambda m: chr(int(m[1])), found) == ODD


def test_a_version_id_of_no_version_is_refused_in_a_batch(oss):
    oss("PUT", "", "versioning", body=ENABLED)
    document = "<Delete><Object><Key>k</Key><VersionId>{}</VersionId></Object></Delete>"
    assert error(oss("POST", "", "delete", body=document.format("234").encode()))[1] == "InvalidArgument"
    for version in ("null", oss.put().header("x-oss-version-id")):
        assert oss("POST", "", "delete", body=document.format(version).encode()).status == 200


# Restores


def test_a_lower_tier_while_restoring_is_a_conflict(oss):
    oss.put()
    tier = b"<RestoreRequest><JobParameters><Tier>%s</Tier></JobParameters></RestoreRequest>"
    assert oss("POST", "k", "restore", body=tier % b"Standard").status == 202
    refused = error(oss("POST", "k", "restore", body=tier % b"Bulk"))
    assert refused == (409, "RestoreAlreadyInProgress", "0016-00000715")
    oss.service.advance(5 * HOUR)
    assert oss("GET", "k").status == 200


def test_days_stand_once(oss):
    oss.put()
    body = b"<RestoreRequest><Days>1</Days><Days>2</Days></RestoreRequest>"
    assert error(oss("POST", "k", "restore", body=body)) == (400, "MalformedXML", "0016-00000707")


def test_a_url_signed_for_another_region(oss):
    signer = Signer(oss.credentials, V4, "cn-beijing")
    signed = signer.presign(Operation("GET", BUCKET, "k"), datetime.fromtimestamp(NOW, UTC), 60)
    response = oss.service(signed.render(ENDPOINT, Addressing.PATH))
    assert text(response, "Message") == "The signing region in credential is invalid."
