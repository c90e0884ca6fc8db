"""The older Python SDK, oss2, against the emulator: no clean of its own, so a generic request."""

from __future__ import annotations

import logging
import socket

import oss2
import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials

HOUR = 3600
PUBLIC = "oss-cn-hangzhou.aliyuncs.com"
NAMES = ["k", "dir/sub/object.txt", "a b+c%2F?x#y&z=~*'()!", "目录/对象.txt", "a//b", "a/../b", "dir/"]
COLD = {"x-oss-storage-class": "ColdArchive"}
STALE = (409, "ArchiveRestoreFileStale", "0016-00000718")
NOT_FINISHED = (409, "ArchiveRestoreNotFinished", "0016-00000719")
NOT_READABLE = (403, "InvalidObjectState", "0016-00000404")
KEYS = {
    "permanent": Credentials("key-1", Secret("secret-1")),
    "temporary": Credentials("STS.key-2", Secret("secret-2"), Secret("token/of+key=2")),
}


@pytest.fixture(scope="module", params=KEYS)
def running(request):
    """An emulator with a permanent or a temporary key, and the requests that it got."""
    seen = []
    with Emulator.start(
        credentials=KEYS[request.param], observer=lambda got, _: seen.append(got), control_port=None
    ) as emulator:
        yield emulator, seen
        assert seen


@pytest.fixture
def any_host(monkeypatch):
    """Let every host name lead to loopback, so that SDKs may put the bucket into it."""
    known = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *more, **named: known("127.0.0.1", *more, **named)
    )


AUTHS = {"V1": oss2.Auth, "V4": oss2.AuthV4}
HOSTS = {"an IP address": "127.0.0.1", "a name": "localhost", "the public name": PUBLIC}


def bucket_of(emulator, version, host="127.0.0.1"):
    key = emulator.credentials
    where = f"http://{host}:{emulator.endpoint.port}"
    if key.token:
        version = {"V1": oss2.AUTH_VERSION_1, "V4": oss2.AUTH_VERSION_4}[version]
        auth = oss2.StsAuth(key.key_id, key.secret.reveal(), key.token.reveal(), version)
    else:
        auth = AUTHS[version](key.key_id, key.secret.reveal())
    return oss2.Bucket(auth, where, emulator.bucket, region=emulator.region, enable_crc=True)


def clean(bucket, name, spelt=""):
    """The SDK's generic request; there is no method for this operation."""
    return bucket._do("POST", bucket.bucket_name, name, params={"cleanRestoredObject": spelt})


def refusal(call, *arguments):
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        call(*arguments)
    return raised.value.status, raised.value.code, raised.value.ec


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("any_host")
def test_the_whole_life_of_an_object_with_v4(running, name, host):
    emulator, seen = running
    bucket = bucket_of(emulator, "V4", host)
    assert bucket.put_object(name, b"hello", headers=COLD).status == 200
    head = bucket.head_object(name)
    assert (head.headers["x-oss-storage-class"], head.headers.get("x-oss-restore")) == ("ColdArchive", None)
    assert refusal(bucket.get_object, name) == NOT_READABLE
    assert refusal(clean, bucket, name) == STALE
    assert bucket.restore_object(name).status == 202
    assert refusal(bucket.restore_object, name)[:2] == (409, "RestoreAlreadyInProgress")
    assert bucket.head_object(name).headers["x-oss-restore"] == 'ongoing-request="true"'
    assert refusal(clean, bucket, name) == NOT_FINISHED
    emulator.advance(12 * HOUR)
    assert bucket.get_object(name).read() == b"hello"
    assert clean(bucket, name).status == 200
    assert refusal(clean, bucket, name) == STALE
    assert refusal(bucket.get_object, name) == NOT_READABLE
    assert bucket.get_object_meta(name).content_length == 5
    assert bucket.delete_object(name).status == 204
    assert not bucket.object_exists(name)
    path_style = host != PUBLIC
    port = emulator.endpoint.port
    assert seen[-1].header("host") == f"{'' if path_style else emulator.bucket + '.'}{host}:{port}"
    assert seen[-1].target.startswith(f"/{emulator.bucket}/") is path_style


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("any_host")
def test_v1_does_all_but_the_clean_because_it_leaves_the_subresource_unsigned(running, name, host):
    emulator, _ = running
    bucket = bucket_of(emulator, "V1", host)
    assert bucket.put_object(name, b"hello", headers=COLD).status == 200
    assert refusal(bucket.get_object, name) == NOT_READABLE
    unsigned = (403, "SignatureDoesNotMatch", "0002-00000040")
    assert refusal(clean, bucket, name) == unsigned
    assert bucket.restore_object(name).status == 202
    emulator.advance(12 * HOUR)
    assert refusal(clean, bucket, name) == unsigned
    assert bucket.get_object(name).read() == b"hello", "the refused clean did nothing"
    assert bucket.head_object(name).headers["x-oss-restore"].startswith('ongoing-request="false"')
    assert bucket.delete_object(name).status == 204


def test_v1_cleans_once_the_subresource_is_in_its_list(running, monkeypatch):
    emulator, _ = running
    bucket = bucket_of(emulator, "V1")
    bucket.put_object("patched", b"hello", headers=COLD)
    signer = bucket.auth
    while hasattr(signer, "_StsAuth__auth"):
        signer = signer._StsAuth__auth
    monkeypatch.setattr(
        type(signer), "_subresource_key_set", signer._subresource_key_set | {"cleanRestoredObject"}
    )
    assert refusal(clean, bucket, "patched") == STALE


@pytest.mark.parametrize(
    ("storage_class", "tier", "hours"),
    [
        ("ColdArchive", oss2.models.RESTORE_TIER_EXPEDITED, 1),
        ("ColdArchive", oss2.models.RESTORE_TIER_STANDARD, 5),
        ("ColdArchive", oss2.models.RESTORE_TIER_BULK, 12),
        ("DeepColdArchive", oss2.models.RESTORE_TIER_EXPEDITED, 12),
        ("DeepColdArchive", oss2.models.RESTORE_TIER_STANDARD, 48),
    ],
)
def test_tiers_and_days(running, storage_class, tier, hours):
    emulator, _ = running
    bucket, name = bucket_of(emulator, "V4"), f"{storage_class}-{tier}"
    bucket.put_object(name, b"hello", headers={"x-oss-storage-class": storage_class})
    wish = oss2.models.RestoreConfiguration(days=3, job_parameters=oss2.models.RestoreJobParameters(tier))
    accepted = bucket.restore_object(name, input=wish)
    assert (accepted.status, accepted.headers["x-oss-object-restore-priority"]) == (202, tier)
    emulator.advance(hours * HOUR - 60)
    assert refusal(clean, bucket, name) == NOT_FINISHED
    emulator.advance(120)
    assert clean(bucket, name).status == 200


@pytest.mark.parametrize("version", AUTHS)
def test_lists_and_presigned_urls(running, version):
    emulator, _ = running
    bucket = bucket_of(emulator, version)
    bucket.put_object(f"{version}/listed &", b"hello")
    assert [o.key for o in oss2.ObjectIterator(bucket, prefix=f"{version}/")] == [f"{version}/listed &"]
    assert [o.key for o in oss2.ObjectIteratorV2(bucket, prefix=f"{version}/")] == [f"{version}/listed &"]
    for slash_safe in (True, False):
        url = bucket.sign_url("GET", f"{version}/listed &", 60, slash_safe=slash_safe)
        assert bucket.get_object_with_url(url).read() == b"hello"
    assert refusal(bucket.get_object_with_url, url + "x")[:2] == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("version", AUTHS)
def test_a_wrong_secret_is_told_by_its_code(running, version, caplog):
    emulator, _ = running
    caplog.set_level(logging.CRITICAL, "oss2")
    bucket = oss2.Bucket(
        AUTHS[version]("nobody", "wrong"), str(emulator.endpoint), emulator.bucket, region=emulator.region
    )
    assert refusal(bucket.get_object, "k") == (403, "InvalidAccessKeyId", "0002-00000902")
