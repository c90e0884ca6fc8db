"""The vendor's asynchronous client drives the emulator; it shares no transport with the other one."""

from __future__ import annotations

import asyncio
import socket

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as oss_aio
import pytest
from alibabacloud_oss_v2.models.object_basic import JobParameters

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials

HOUR = 3600
NAMES = ["k", "a b+c%2F?x#y&z=~*'()!", "目录/对象.txt", "a//b"]
KEYS = {
    "permanent": Credentials("key-1", Secret("secret-1")),
    "temporary": Credentials("STS.key-2", Secret("secret-2"), Secret("token/of+key=2")),
}
HOSTS = {"path-style": "127.0.0.1", "virtual-hosted": "oss-cn-hangzhou.aliyuncs.com"}
STALE = (409, "ArchiveRestoreFileStale", "0016-00000718")
NOT_FINISHED = (409, "ArchiveRestoreNotFinished", "0016-00000719")
CLEANED = (200, None, None)


@pytest.fixture(scope="module", params=KEYS)
def emulator(request):
    with Emulator.start(credentials=KEYS[request.param], control_port=None) as running:
        yield running


@pytest.fixture
def any_host(monkeypatch):
    """Let every host name lead to loopback, so that the SDK may put the bucket into it."""
    known = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *more, **named: known("127.0.0.1", *more, **named)
    )


def client_of(emulator, version, host):
    key = emulator.credentials
    token = key.token and key.token.reveal()
    return oss_aio.AsyncClient(
        oss.config.Config(
            region=emulator.region,
            endpoint=f"http://{host}:{emulator.endpoint.port}",
            signature_version=version,
            credentials_provider=oss.credentials.StaticCredentialsProvider(
                key.key_id, key.secret.reveal(), token
            ),
            retry_max_attempts=1,
        )
    )


async def outcome(waiting):
    try:
        response = await waiting
    except oss.exceptions.OperationError as raised:
        error = raised.unwrap()
        return error.status_code, error.code, error.ec
    return response.status_code, None, None


def clean(client, bucket, name):
    """CleanRestoredObject, which this client offers by its generic request only."""
    return outcome(
        client.invoke_operation(
            oss.OperationInput(
                op_name="CleanRestoredObject",
                method="POST",
                bucket=bucket,
                key=name,
                parameters={"cleanRestoredObject": ""},
                op_metadata={"sub-resource": ["cleanRestoredObject"]},
            )
        )
    )


async def life(emulator, client, name):
    where = {"bucket": emulator.bucket, "key": name}
    put = oss.PutObjectRequest(**where, body=b"hello", storage_class="DeepColdArchive")
    assert await outcome(client.put_object(put)) == CLEANED
    head = await client.head_object(oss.HeadObjectRequest(**where))
    assert (head.storage_class, head.content_length, head.restore) == ("DeepColdArchive", 5, None)
    get = oss.GetObjectRequest(**where)
    assert (await outcome(client.get_object(get)))[:2] == (403, "InvalidObjectState")
    assert await clean(client, emulator.bucket, name) == STALE
    tier = oss.RestoreRequest(days=2, job_parameters=JobParameters(tier="Expedited"))
    restore = oss.RestoreObjectRequest(**where, restore_request=tier)
    assert (await outcome(client.restore_object(restore)))[0] == 202
    assert (await outcome(client.restore_object(restore)))[1] == "RestoreAlreadyInProgress"
    assert await clean(client, emulator.bucket, name) == NOT_FINISHED
    page = await client.list_objects_v2(oss.ListObjectsV2Request(bucket=emulator.bucket, encoding_type="url"))
    assert {c.key: c.restore_info for c in page.contents}[name] == 'ongoing-request="true"'
    emulator.advance(12 * HOUR)
    got = await client.get_object(get)
    assert await got.body.read() == b"hello"
    await got.body.close()
    # Of simultaneous cleans one finds the object restored.
    responses = await asyncio.gather(*(clean(client, emulator.bucket, name) for _ in range(8)))
    assert sorted(responses, key=str) == [CLEANED, *[STALE] * 7]
    assert (await outcome(client.get_object(get)))[:2] == (403, "InvalidObjectState")
    assert (await outcome(client.delete_object(oss.DeleteObjectRequest(**where))))[0] == 204
    assert await client.is_object_exist(emulator.bucket, name) is False


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("version", ["v1", "v4"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("any_host")
def test_the_whole_life_of_an_object(emulator, version, host, name):
    async def run():
        async with client_of(emulator, version, host) as client:
            await life(emulator, client, name)

    asyncio.run(run())
