"""The vendor's own SDK drives the emulator: an outside witness for signing, naming and XML."""

from __future__ import annotations

import contextlib
import http.client
import socket
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.models.object_basic import JobParameters

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials

HOUR = 3600
NAMES = [
    "k",
    "dir/sub/object.txt",
    "a b+c%2F?x#y&z=~*'()!",
    "目录/对象.txt",
    "x?cleanRestoredObject",
    "a//b",
    "dir/",
]
KEYS = {
    "permanent": Credentials("key-1", Secret("secret-1")),
    "temporary": Credentials("STS.key-2", Secret("secret-2"), Secret("token/of+key=2")),
}
PUBLIC = "oss-cn-hangzhou.aliyuncs.com"
# The host of the endpoint, further settings, and how the SDK then addresses a bucket.
PLACES = {
    "IP address": ("127.0.0.1", {}, "path"),
    "localhost": ("localhost", {}, "virtual"),
    "localhost in path style": ("localhost", {"use_path_style": True}, "path"),
    "public name": (PUBLIC, {}, "virtual"),
}
STALE = (409, "ArchiveRestoreFileStale", "0016-00000718")
NOT_FINISHED = (409, "ArchiveRestoreNotFinished", "0016-00000719")


@pytest.fixture(scope="module", params=KEYS)
def emulator(request):
    """An emulator with a permanent or a temporary key; `requests` are those it got."""
    requests = []
    with Emulator.start(
        credentials=KEYS[request.param], observer=lambda got, _: requests.append(got), control_port=None
    ) as running:
        running.service.requests = requests
        yield running


@pytest.fixture
def any_host(monkeypatch):
    """Let every host name lead to loopback, so that the SDK may put the bucket into it."""
    known = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *more, **named: known("127.0.0.1", *more, **named)
    )


def client_of(emulator, version, host="127.0.0.1", **settings):
    key = emulator.credentials
    token = key.token and key.token.reveal()
    return oss.Client(
        oss.config.Config(
            region=emulator.region,
            endpoint=f"http://{host}:{emulator.endpoint.port}",
            signature_version=version,
            credentials_provider=oss.credentials.StaticCredentialsProvider(
                key.key_id, key.secret.reveal(), token
            ),
            retry_max_attempts=1,
            **settings,
        )
    )


@pytest.fixture(params=["v1", "v4"])
def client(emulator, request):
    return client_of(emulator, request.param)


def port(emulator):
    return emulator.endpoint.port


def fetched(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    with contextlib.closing(connection):
        return connection.getresponse().status


def refusal(call, *arguments):
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call(*arguments)
    error = raised.value.unwrap()
    return error.status_code, error.code, error.ec


def put(client, bucket, name, body=b"hello", storage_class="ColdArchive"):
    request = oss.PutObjectRequest(bucket=bucket, key=name, body=body, storage_class=storage_class)
    assert client.put_object(request).status_code == 200


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("version", ["v1", "v4"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("any_host")
def test_the_whole_life_of_an_object(emulator, version, place, name):
    host, settings, style = PLACES[place]
    client = client_of(emulator, version, host, **settings)
    where = {"bucket": emulator.bucket, "key": name}
    clean = oss.CleanRestoredObjectRequest(**where)
    restore = oss.RestoreObjectRequest(
        **where, restore_request=oss.RestoreRequest(days=2, job_parameters=JobParameters(tier="Expedited"))
    )
    put(client, emulator.bucket, name)
    head = client.head_object(oss.HeadObjectRequest(**where))
    assert (head.storage_class, head.content_length, head.restore) == ("ColdArchive", 5, None)
    assert refusal(client.get_object, oss.GetObjectRequest(**where))[:2] == (403, "InvalidObjectState")
    assert refusal(client.clean_restored_object, clean) == STALE
    accepted = client.restore_object(restore)
    assert (accepted.status_code, accepted.restore_priority) == (202, "Expedited")
    assert refusal(client.restore_object, restore)[:2] == (409, "RestoreAlreadyInProgress")
    assert refusal(client.clean_restored_object, clean) == NOT_FINISHED
    emulator.advance(HOUR)
    assert client.head_object(oss.HeadObjectRequest(**where)).restore.startswith('ongoing-request="false"')
    assert client.get_object(oss.GetObjectRequest(**where)).body.read() == b"hello"
    assert client.clean_restored_object(clean).status_code == 200
    assert refusal(client.clean_restored_object, clean) == STALE
    assert refusal(client.get_object, oss.GetObjectRequest(**where))[:2] == (403, "InvalidObjectState")
    assert client.get_object_meta(oss.GetObjectMetaRequest(**where)).content_length == 5
    assert client.delete_object(oss.DeleteObjectRequest(**where)).status_code == 204
    last = emulator.service.requests[-1]
    assert (
        last.header("host") == f"{emulator.bucket + '.' if style == 'virtual' else ''}{host}:{port(emulator)}"
    )
    assert last.target.startswith(f"/{emulator.bucket}/") is (style == "path")


@pytest.mark.parametrize(
    ("storage_class", "tier", "days", "seconds"),
    [
        ("ColdArchive", "Expedited", 1, HOUR),
        ("ColdArchive", "Standard", 7, 5 * HOUR),
        ("ColdArchive", "Bulk", 365, 12 * HOUR),
        ("ColdArchive", None, None, 5 * HOUR),
        ("DeepColdArchive", "Expedited", 365, 12 * HOUR),
        ("DeepColdArchive", "Standard", 1, 48 * HOUR),
        ("DeepColdArchive", None, 3, 48 * HOUR),
        ("Archive", None, 7, 60),
    ],
)
def test_tiers_and_days_of_every_class(client, emulator, storage_class, tier, days, seconds):  # noqa: PLR0913, PLR0917
    where = {"bucket": emulator.bucket, "key": f"{storage_class}-{tier}-{days}"}
    put(client, emulator.bucket, where["key"], storage_class=storage_class)
    restore = oss.RestoreObjectRequest(**where, restore_request=wish(days, tier) if tier or days else None)
    accepted = client.restore_object(restore)
    priority = None if storage_class == "Archive" else tier or "Standard"
    assert (accepted.status_code, accepted.restore_priority) == (202, priority)
    emulator.advance(seconds - 10)
    head = oss.HeadObjectRequest(**where)
    assert client.head_object(head).restore == 'ongoing-request="true"'
    emulator.advance(11)
    assert client.head_object(head).restore.startswith('ongoing-request="false", expiry-date="')
    assert client.get_object(oss.GetObjectRequest(**where)).body.read() == b"hello"
    emulator.advance((days or 1) * 24 * HOUR)
    assert client.head_object(head).restore is None, "the days are over"
    assert refusal(client.get_object, oss.GetObjectRequest(**where))[:2] == (403, "InvalidObjectState")
    expected = (400, "OperationNotSupported", "0016-00000702") if storage_class == "Archive" else STALE
    assert refusal(client.clean_restored_object, oss.CleanRestoredObjectRequest(**where)) == expected


def wish(days, tier):
    return oss.RestoreRequest(days=days, job_parameters=tier and JobParameters(tier=tier))


@pytest.mark.parametrize(
    ("storage_class", "asked", "outcome"),
    [
        ("ColdArchive", (366, None), (400, "InvalidArgument", "0016-00000704")),
        ("ColdArchive", (0, None), (400, "InvalidArgument", "0016-00000704")),
        ("Archive", (8, None), (400, "InvalidArgument", "0016-00000704")),
        ("DeepColdArchive", (1, "Bulk"), (400, "InvalidArgument", "0016-00000703")),
        ("ColdArchive", (1, "Fast"), (400, "InvalidArgument", "0016-00000703")),
        ("Standard", (1, None), (400, "OperationNotSupported", "0016-00000702")),
        ("IA", (1, None), (400, "OperationNotSupported", "0016-00000702")),
    ],
)
def test_wishes_that_are_refused(client, emulator, storage_class, asked, outcome):
    put(client, emulator.bucket, "refused", storage_class=storage_class)
    where = {"bucket": emulator.bucket, "key": "refused"}
    restore = oss.RestoreObjectRequest(**where, restore_request=wish(*asked))
    assert refusal(client.restore_object, restore) == outcome


def test_a_presigned_url_reads_what_is_restored(client, emulator):
    where = {"bucket": emulator.bucket, "key": "presigned &"}
    put(client, emulator.bucket, where["key"])
    url = client.presign(oss.GetObjectRequest(**where)).url
    assert fetched(url) == 403
    client.restore_object(oss.RestoreObjectRequest(**where))
    emulator.advance(5 * HOUR)
    assert fetched(url) == 200
    assert fetched(url.replace("presigned", "another")) == 403


@pytest.mark.parametrize("query", [{"cleanRestoredObject": ""}, {"cleanRestoredObject": None}])
def test_both_spellings_of_the_subresource_verify_alike(client, emulator, query):
    put(client, emulator.bucket, "spelt")
    operation = oss.OperationInput(
        op_name="CleanRestoredObject",
        method="POST",
        bucket=emulator.bucket,
        key="spelt",
        parameters=query,
        op_metadata={"sub-resource": ["cleanRestoredObject"]},
    )
    assert refusal(client.invoke_operation, operation)[1] == "ArchiveRestoreFileStale"


def test_the_sdk_reads_our_lists(client, emulator):
    for name in ("list/a\x01", "list/b", "list/c/d"):
        put(client, emulator.bucket, name)
    first = oss.ListObjectsRequest(bucket=emulator.bucket, prefix="list/", delimiter="/", encoding_type="url")
    page = client.list_objects(first)
    assert [c.key for c in page.contents] == ["list/a\x01", "list/b"]
    assert [p.prefix for p in page.common_prefixes] == ["list/c/"]
    client.restore_object(oss.RestoreObjectRequest(bucket=emulator.bucket, key="list/b"))
    paginator = client.list_objects_v2_paginator(limit=1)
    found = [
        c
        for p in paginator.iter_page(oss.ListObjectsV2Request(bucket=emulator.bucket, prefix="list/"))
        for c in p.contents or []
    ]
    assert [c.key for c in found] == ["list/a\x01", "list/b", "list/c/d"]
    assert [c.restore_info for c in found] == [None, 'ongoing-request="true"', None]
    assert emulator.bucket in [b.name for b in client.list_buckets(oss.ListBucketsRequest()).buckets]


def test_the_sdk_reads_our_head_errors(client, emulator):
    missing = oss.HeadObjectRequest(bucket=emulator.bucket, key="missing")
    assert refusal(client.head_object, missing) == (404, "NoSuchKey", "0026-00000001")
    assert client.is_object_exist(emulator.bucket, "missing") is False
    assert client.is_bucket_exist(emulator.bucket) is True
    assert client.is_bucket_exist("no-such-bucket") is False


def test_a_wrong_secret_is_told_by_its_code(emulator):
    key = emulator.credentials
    wrong = oss.credentials.StaticCredentialsProvider(key.key_id, "wrong", key.token and key.token.reveal())
    settings = {"region": emulator.region, "endpoint": str(emulator.endpoint), "credentials_provider": wrong}
    client = oss.Client(oss.config.Config(**settings))
    missing = oss.CleanRestoredObjectRequest(bucket=emulator.bucket, key="missing")
    expected = (403, "SignatureDoesNotMatch", "0002-00000201")
    assert refusal(client.clean_restored_object, missing) == expected
