"""The vendor's SDK on versions, copies, tags and all else of the emulator that meets a restored object."""

from __future__ import annotations

from urllib.parse import unquote

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.models.object_basic import JobParameters

from pytest_oss_clean.emulator import Emulator

HOUR = 3600
STALE = (409, "ArchiveRestoreFileStale")
NOT_FINISHED = (409, "ArchiveRestoreNotFinished")
NOT_READABLE = (403, "InvalidObjectState")
COLD = {"storage_class": "ColdArchive"}


@pytest.fixture(params=["v1", "v4"])
def client(emulator, request):
    key = emulator.credentials
    provider = oss.credentials.StaticCredentialsProvider(key.key_id, key.secret.reveal())
    return oss.Client(
        oss.config.Config(
            region=emulator.region,
            endpoint=str(emulator.endpoint),
            signature_version=request.param,
            credentials_provider=provider,
            retry_max_attempts=1,
        )
    )


@pytest.fixture
def emulator():
    with Emulator.start(control_port=None) as running:
        yield running


@pytest.fixture
def where(emulator):
    return {"bucket": emulator.bucket, "key": "目录/k &"}


@pytest.fixture
def versioned(client, emulator):
    """The bucket keeps versions."""
    wanted = oss.VersioningConfiguration(status="Enabled")
    request = oss.PutBucketVersioningRequest(bucket=emulator.bucket, versioning_configuration=wanted)
    assert client.put_bucket_versioning(request).status_code == 200
    told = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=emulator.bucket))
    assert told.version_status == "Enabled"


def refusal(call, *arguments):
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call(*arguments)
    error = raised.value.unwrap()
    return error.status_code, error.code


def clean(client, where, version_id):
    """Clean one version: the request model of this SDK has no version id."""
    return client.invoke_operation(
        oss.OperationInput(
            op_name="CleanRestoredObject",
            method="POST",
            bucket=where["bucket"],
            key=where["key"],
            parameters={"cleanRestoredObject": "", "versionId": version_id},
            op_metadata={"sub-resource": ["cleanRestoredObject", "versionId"]},
        )
    )


@pytest.mark.usefixtures("versioned")
def test_versions_are_restored_and_cleaned_each_for_itself(client, emulator, where):
    old = client.put_object(oss.PutObjectRequest(**where, body=b"old", **COLD)).version_id
    new = client.put_object(oss.PutObjectRequest(**where, body=b"new", **COLD)).version_id
    assert old != new
    restore = oss.RestoreObjectRequest(**where, version_id=old)
    accepted = client.restore_object(restore)
    assert (accepted.status_code, accepted.version_id) == (202, old)
    assert refusal(clean, client, where, old) == NOT_FINISHED
    assert refusal(clean, client, where, new) == STALE
    emulator.advance(5 * HOUR)
    assert client.get_object(oss.GetObjectRequest(**where, version_id=old)).body.read() == b"old"
    assert refusal(client.get_object, oss.GetObjectRequest(**where)) == NOT_READABLE
    request = oss.ListObjectVersionsRequest(bucket=emulator.bucket, encoding_type="url")
    listed = client.list_object_versions(request).version
    assert [(v.key, v.version_id, v.is_latest, v.restore_info) for v in listed] == [
        (where["key"], new, True, None),
        (
            where["key"],
            old,
            False,
            client.head_object(oss.HeadObjectRequest(**where, version_id=old)).restore,
        ),
    ]
    assert refusal(client.clean_restored_object, oss.CleanRestoredObjectRequest(**where)) == STALE
    assert clean(client, where, old).status_code == 200
    assert refusal(client.get_object, oss.GetObjectRequest(**where, version_id=old)) == NOT_READABLE


@pytest.mark.usefixtures("versioned")
def test_a_delete_marker_hides_and_its_removal_brings_back(client, emulator, where):
    kept = client.put_object(oss.PutObjectRequest(**where, body=b"kept", **COLD)).version_id
    client.restore_object(oss.RestoreObjectRequest(**where))
    emulator.advance(5 * HOUR)
    marker = client.delete_object(oss.DeleteObjectRequest(**where))
    assert (marker.status_code, marker.delete_marker) == (204, True)
    assert refusal(client.get_object, oss.GetObjectRequest(**where)) == (404, "NoSuchKey")
    assert refusal(client.clean_restored_object, oss.CleanRestoredObjectRequest(**where))[0] == 404
    (found,) = client.list_object_versions(
        oss.ListObjectVersionsRequest(bucket=emulator.bucket, encoding_type="url")
    ).delete_marker
    assert (found.key, found.version_id, found.is_latest) == (where["key"], marker.version_id, True)
    client.delete_object(oss.DeleteObjectRequest(**where, version_id=marker.version_id))
    got = client.get_object(oss.GetObjectRequest(**where))
    assert (got.body.read(), got.version_id) == (b"kept", kept)
    assert client.clean_restored_object(oss.CleanRestoredObjectRequest(**where)).status_code == 200


def test_a_copy_needs_a_restored_source_and_starts_anew(client, emulator, where):
    client.put_object(oss.PutObjectRequest(**where, body=b"hello", metadata={"a": "b"}, **COLD))
    copy = oss.CopyObjectRequest(
        bucket=emulator.bucket, key="copy", source_bucket=emulator.bucket, source_key=where["key"], **COLD
    )
    assert refusal(client.copy_object, copy) == NOT_READABLE
    client.restore_object(oss.RestoreObjectRequest(**where))
    emulator.advance(5 * HOUR)
    etag = client.copy_object(copy).etag
    head = client.head_object(oss.HeadObjectRequest(bucket=emulator.bucket, key="copy"))
    assert (head.etag, head.restore, head.metadata) == (etag, None, {"a": "b"})
    client.copy_object(
        oss.CopyObjectRequest(**where, source_key=where["key"], source_bucket=emulator.bucket, **COLD)
    )
    assert refusal(client.clean_restored_object, oss.CleanRestoredObjectRequest(**where)) == STALE


def test_a_higher_tier_hastens_and_a_second_restore_extends(client, emulator, where):
    client.put_object(oss.PutObjectRequest(**where, body=b"hello", **COLD))

    def restore(tier, days=1):
        wish = oss.RestoreRequest(days=days, job_parameters=JobParameters(tier=tier))
        return client.restore_object(oss.RestoreObjectRequest(**where, restore_request=wish))

    assert restore("Bulk").restore_priority == "Bulk"
    assert restore("Expedited").restore_priority == "Expedited"
    assert refusal(restore, "Standard") == (409, "RestoreAlreadyInProgress"), "a lower tier"
    assert refusal(restore, "Expedited") == (409, "RestoreAlreadyInProgress")
    emulator.advance(HOUR + 1)
    head = oss.HeadObjectRequest(**where)
    before = client.head_object(head).restore
    assert before.startswith('ongoing-request="false"')
    assert restore("Expedited", days=5).status_code == 200
    assert client.head_object(head).restore != before


def test_many_are_deleted_at_once_in_whatever_state(client, emulator):
    names = [f"many/{i} &<\n" for i in range(5)]
    for name in names:
        client.put_object(oss.PutObjectRequest(bucket=emulator.bucket, key=name, body=b"x", **COLD))
    client.restore_object(oss.RestoreObjectRequest(bucket=emulator.bucket, key=names[0]))
    objects = [oss.DeleteObject(key=name) for name in names]
    request = oss.DeleteMultipleObjectsRequest(bucket=emulator.bucket, objects=objects, encoding_type="url")
    assert [d.key for d in client.delete_multiple_objects(request).deleted_objects] == names
    assert client.list_objects_v2(oss.ListObjectsV2Request(bucket=emulator.bucket)).key_count == 0


def test_tags_and_acl_of_a_frozen_object(client, where):
    client.put_object(oss.PutObjectRequest(**where, body=b"hello", **COLD))
    tags = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="a +", value="b")]))
    client.put_object_tagging(oss.PutObjectTaggingRequest(**where, tagging=tags))
    (tag,) = client.get_object_tagging(oss.GetObjectTaggingRequest(**where)).tag_set.tags
    assert (tag.key, tag.value) == ("a +", "b")
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(**where))
    assert not client.get_object_tagging(oss.GetObjectTaggingRequest(**where)).tag_set.tags
    client.put_object_acl(oss.PutObjectAclRequest(**where, acl="public-read"))
    assert client.get_object_acl(oss.GetObjectAclRequest(**where)).acl == "public-read"
    assert refusal(client.get_object, oss.GetObjectRequest(**where)) == NOT_READABLE


def test_a_symlink_is_read_as_the_object_it_names(client, emulator):
    cold, link = ({"bucket": emulator.bucket, "key": key} for key in ("a/cold.txt", "link"))
    client.put_object(oss.PutObjectRequest(**cold, body=b"hello", **COLD))
    client.put_symlink(oss.PutSymlinkRequest(**link, symlink_target=cold["key"]))
    assert unquote(client.get_symlink(oss.GetSymlinkRequest(**link)).target) == cold["key"], "as it was sent"
    assert refusal(client.get_object, oss.GetObjectRequest(**link)) == NOT_READABLE
    client.restore_object(oss.RestoreObjectRequest(**cold))
    emulator.advance(5 * HOUR)
    assert client.get_object(oss.GetObjectRequest(**link)).body.read() == b"hello"


def test_buckets_are_told_and_nothing_is_uploading(client, emulator):
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=emulator.bucket)).bucket_info
    assert (info.name, info.storage_class, info.acl) == (emulator.bucket, "Standard", "private")
    where = client.get_bucket_location(oss.GetBucketLocationRequest(bucket=emulator.bucket))
    assert where.location == f"oss-{emulator.region}"
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=emulator.bucket))
    assert (uploads.uploads, uploads.is_truncated) == (None, False)
    assert (
        refusal(client.get_bucket_replication, oss.GetBucketReplicationRequest(bucket=emulator.bucket))[1]
        == "NotImplemented"
    )
