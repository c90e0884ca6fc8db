"""The vendor's own SDK drives the emulator: an outside witness for signing, naming and XML."""

from __future__ import annotations

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.models.object_basic import JobParameters

from pytest_oss_clean.emulator import Emulator

HOUR = 3600
NAMES = [
    "k",
    "dir/sub/object.txt",
    "a b+c%2F?x#y&z=~*'",
    "目录/对象.txt",
    "x?cleanRestoredObject",
    "a//b",
    "dir/",
]


@pytest.fixture(scope="module")
def emulator():
    with Emulator.start() as running:
        yield running


@pytest.fixture(params=["v1", "v4"])
def client(emulator, request):
    key = emulator.credentials
    return oss.Client(
        oss.config.Config(
            region=emulator.region,
            endpoint=str(emulator.endpoint),
            signature_version=request.param,
            credentials_provider=oss.credentials.StaticCredentialsProvider(key.key_id, key.secret.reveal()),
            retry_max_attempts=1,
        )
    )


def refusal(call, *arguments):
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call(*arguments)
    error = raised.value.unwrap()
    return error.status_code, error.code, error.ec


def put(client, bucket, name, body=b"hello", storage_class="ColdArchive"):
    request = oss.PutObjectRequest(bucket=bucket, key=name, body=body, storage_class=storage_class)
    assert client.put_object(request).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_life_of_an_object(client, emulator, name):
    where = {"bucket": emulator.bucket, "key": name}
    clean = oss.CleanRestoredObjectRequest(**where)
    restore = oss.RestoreObjectRequest(
        **where, restore_request=oss.RestoreRequest(days=2, job_parameters=JobParameters(tier="Expedited"))
    )
    put(client, emulator.bucket, name)
    head = client.head_object(oss.HeadObjectRequest(**where))
    assert (head.storage_class, head.content_length, head.restore) == ("ColdArchive", 5, None)
    assert refusal(client.get_object, oss.GetObjectRequest(**where))[:2] == (403, "InvalidObjectState")
    stale = (409, "ArchiveRestoreFileStale", "0016-00000718")
    assert refusal(client.clean_restored_object, clean) == stale
    accepted = client.restore_object(restore)
    assert (accepted.status_code, accepted.restore_priority) == (202, "Expedited")
    assert refusal(client.restore_object, restore)[:2] == (409, "RestoreAlreadyInProgress")
    unfinished = (409, "ArchiveRestoreNotFinished", "0016-00000719")
    assert refusal(client.clean_restored_object, clean) == unfinished
    emulator.advance(HOUR)
    assert client.head_object(oss.HeadObjectRequest(**where)).restore.startswith('ongoing-request="false"')
    assert client.get_object(oss.GetObjectRequest(**where)).body.read() == b"hello"
    assert client.clean_restored_object(clean).status_code == 200
    assert refusal(client.clean_restored_object, clean) == stale
    assert refusal(client.get_object, oss.GetObjectRequest(**where))[:2] == (403, "InvalidObjectState")
    assert client.delete_object(oss.DeleteObjectRequest(**where)).status_code == 204


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
    client = oss.Client(
        oss.config.Config(
            region=emulator.region,
            endpoint=str(emulator.endpoint),
            credentials_provider=oss.credentials.StaticCredentialsProvider(key.key_id, "wrong"),
        )
    )
    missing = oss.CleanRestoredObjectRequest(bucket=emulator.bucket, key="missing")
    expected = (403, "SignatureDoesNotMatch", "0002-00000201")
    assert refusal(client.clean_restored_object, missing) == expected
