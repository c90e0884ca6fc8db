"""The vendor's JavaScript SDK against the emulator; ali_oss/life.js makes the calls."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials

FOLDER = Path(__file__).with_name("ali_oss")
spec = importlib.util.spec_from_file_location("installing", FOLDER / "installing.py")
installing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(installing)

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
BUCKET = "oss-clean-emulator"
PUBLIC = "oss-cn-hangzhou.aliyuncs.com"
# Endpoint, settings, and the Host and root that the SDK then sends; {port} is the emulator's.
PLACES = {
    "IP address, with the Host of the public name": ("127.0.0.1", {}, f"{BUCKET}.{PUBLIC}", "/"),
    "localhost": ("localhost", {}, f"{BUCKET}.localhost:{{port}}", "/"),
    "localhost in path style": ("localhost", {"sldEnable": True}, "localhost:{port}", f"/{BUCKET}/"),
    "public name": (PUBLIC, {}, f"{BUCKET}.{PUBLIC}:{{port}}", "/"),
}
STALE = {"status": 409, "code": "ArchiveRestoreFileStale", "ec": "0016-00000718"}
NOT_READABLE = {"status": 403, "code": "InvalidObjectState", "ec": "0016-00000404"}
LIFE = {
    "put": {"status": 200},
    "getFrozen": NOT_READABLE,
    "cleanFrozen": STALE,
    "restore": {"status": 202},
    "restoreAgain": {"status": 409, "code": "RestoreAlreadyInProgress", "ec": "0016-00000701"},
    "headRestoring": 'ongoing-request="true"',
    "cleanRestoring": {"status": 409, "code": "ArchiveRestoreNotFinished", "ec": "0016-00000719"},
    "headRestored": 'ongoing-request="false"',
    "content": "hello",
    "clean": {"status": 200},
    "cleanAgain": STALE,
    "headCleaned": None,
    "getCleaned": NOT_READABLE,
    "remove": {"status": 204},
    "removed": {"status": 404, "code": "NoSuchKey"},
}


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    folder = installing.node_folder(tmp_path_factory)
    shutil.copy(FOLDER / "life.js", folder)
    return folder


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_whole_life_of_objects(node_folder, key, place):
    host, settings, sent_host, root = PLACES[place]
    seen = []
    with Emulator.start(credentials=key, bucket=BUCKET, observer=lambda got, _: seen.append(got)) as emulator:
        environment = {
            "PATH": os.environ["PATH"],
            "OSS_ENDPOINT": f"http://{host}:{emulator.endpoint.port}",
            "OSS_BUCKET": BUCKET,
            "OSS_REGION": emulator.region,
            "OSS_ACCESS_KEY_ID": key.key_id,
            "OSS_ACCESS_KEY_SECRET": key.secret.reveal(),
            "CONTROL_URL": emulator.control_url,
            **({"OSS_SESSION_TOKEN": key.token.reveal()} if key.token else {}),
        }
        wanted = json.dumps({"versions": ["V1", "V4"], "names": NAMES, "settings": settings})
        done = subprocess.run(
            ["node", "life.js", wanted],
            cwd=node_folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    lives = {(one["version"], one["name"]): one["said"] for one in json.loads(done.stdout)}
    assert lives == {(version, name): LIFE for version in ("V1", "V4") for name in NAMES}
    assert {got.header("host") for got in seen} == {sent_host.format(port=emulator.endpoint.port)}
    assert all(got.target.startswith(root) for got in seen)
    assert {got.header("authorization")[:4] for got in seen} == {"OSS ", "OSS4"}


def test_a_machine_without_node_says_so(monkeypatch, tmp_path_factory):
    monkeypatch.setattr(installing.shutil, "which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="no Node"):
        installing.node_folder(tmp_path_factory)
