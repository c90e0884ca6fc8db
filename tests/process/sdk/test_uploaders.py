"""The vendor's own uploaders, downloaders and copiers, with 20 MB against the emulator."""

from __future__ import annotations

import os
from dataclasses import dataclass

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from pytest_oss_clean.emulator import Emulator

SIZE, PART = 20 * 1024 * 1024, 6 * 1024 * 1024


@dataclass
class Calls:
    """What a client did, by the names of SDKs and of the documentation."""

    client: oss.Client
    bucket: oss2.Bucket
    emulator: Emulator
    seen: list


@pytest.fixture
def calls():
    seen = []
    with Emulator.start(observer=lambda request, response: seen.append((request, response))) as emulator:
        key, secret = emulator.credentials.key_id, emulator.credentials.secret.reveal()
        provider = oss.credentials.StaticCredentialsProvider(key, secret)
        config = oss.Config(region=emulator.region, endpoint=emulator.endpoint, credentials_provider=provider)
        auth = oss2.AuthV4(key, secret)
        bucket = oss2.Bucket(auth, emulator.endpoint, emulator.bucket, region=emulator.region)
        yield Calls(oss.Client(config), bucket, emulator, seen)
        assert [response.status for _, response in seen if response.status >= 500] == []


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(SIZE))
    return path


def parts(calls):
    return sum("partNumber" in request.target for request, _ in calls.seen)


def test_the_second_sdk_uploads_downloads_and_copies_in_parts(calls, file):
    place = {"bucket": calls.emulator.bucket}
    uploader = calls.client.uploader(part_size=PART, parallel_num=3)
    assert uploader.upload_file(oss.PutObjectRequest(**place, key="k"), str(file)).status_code == 200
    assert parts(calls) == 4
    back = file.with_name("back")
    downloader = calls.client.downloader(part_size=PART, parallel_num=3)
    downloader.download_file(oss.GetObjectRequest(**place, key="k"), str(back))
    assert back.read_bytes() == file.read_bytes()
    copier = calls.client.copier(part_size=PART, parallel_num=3)
    request = oss.CopyObjectRequest(**place, key="copy", source_bucket=place["bucket"], source_key="k")
    copier.copy(request, multipart_copy_threshold=PART, disable_shallow_copy=True)
    assert parts(calls) == 8
    with calls.client.open_file(calls.emulator.bucket, "copy") as copy:
        assert copy.read() == file.read_bytes()


def test_the_second_sdk_appends_to_a_file(calls):
    with calls.client.append_file(calls.emulator.bucket, "log") as log:
        for line in (b"one\n", b"two\n"):
            log.write(line)
    got = calls.client.get_object(oss.GetObjectRequest(bucket=calls.emulator.bucket, key="log"))
    assert (got.body.read(), got.object_type) == (b"one\ntwo\n", "Appendable")


def test_the_first_sdk_uploads_and_downloads_in_parts(calls, file):
    options = {"part_size": PART, "num_threads": 3}
    oss2.resumable_upload(calls.bucket, "k", str(file), multipart_threshold=PART, **options)
    assert parts(calls) == 4
    back = file.with_name("back")
    oss2.resumable_download(calls.bucket, "k", str(back), multiget_threshold=PART, **options)
    assert back.read_bytes() == file.read_bytes()


def test_the_first_sdk_appends_and_compares_the_checksum(calls):
    first = calls.bucket.append_object("log", 0, b"one\n", init_crc=0)
    calls.bucket.append_object("log", first.next_position, b"two\n", init_crc=first.crc)
    assert calls.bucket.get_object("log").read() == b"one\ntwo\n"


def test_an_uploaded_archive_is_restored_and_cleaned(calls, file):
    place = {"bucket": calls.emulator.bucket, "key": "k"}
    request = oss.PutObjectRequest(**place, storage_class="ColdArchive")
    calls.client.uploader(part_size=PART).upload_file(request, str(file))
    calls.client.restore_object(oss.RestoreObjectRequest(**place))
    calls.emulator.advance(5 * 3600)
    assert calls.client.get_object(oss.GetObjectRequest(**place)).body.read() == file.read_bytes()
    assert calls.client.clean_restored_object(oss.CleanRestoredObjectRequest(**place)).status_code == 200
    assert calls.emulator.inventory()[calls.emulator.bucket] == {"k": "frozen"}
