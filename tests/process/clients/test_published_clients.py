"""Published clients, unmodified, against `oss-clean serve`: DVC, ossfs and OpenDAL.

They live in an environment of their own (requirements.txt); OSS_CLEAN_CLIENTS names its folder `bin`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CLIENTS = Path(os.environ.get("OSS_CLEAN_CLIENTS", "nowhere"))
SIZE = 20 * 1024 * 1024

pytestmark = pytest.mark.skipif(
    not (CLIENTS / "dvc").exists(), reason="OSS_CLEAN_CLIENTS names no folder with dvc, ossfs and opendal"
)

OSSFS = """
import os, sys
import ossfs
fs = ossfs.OSSFileSystem(
    endpoint=os.environ["OSS_ENDPOINT"],
    key=os.environ["OSS_ACCESS_KEY_ID"],
    secret=os.environ["OSS_ACCESS_KEY_SECRET"],
)
folder = os.environ["OSS_BUCKET"] + "/folder"
body = os.urandom(int(sys.argv[1]))
with fs.open(f"{folder}/file", "wb") as file:
    file.write(body)
with fs.open(f"{folder}/file", "ab") as file:
    file.write(b"more")
assert fs.cat(f"{folder}/file") == body + b"more"
with fs.open(f"{folder}/file", "rb") as file:
    file.seek(1000)
    assert file.read(5) == body[1000:1005]
assert [entry["size"] for entry in fs.ls(folder)] == [len(body) + 4]
fs.rm(f"{folder}/file")
assert not fs.exists(f"{folder}/file")
"""

OPENDAL = """
import os, sys
import opendal
# Virtual-hosted, at the public name: http_proxy leads to the emulator.
operator = opendal.Operator(
    "oss",
    bucket=os.environ["OSS_BUCKET"],
    endpoint="http://oss-cn-hangzhou.aliyuncs.com",
    access_key_id=os.environ["OSS_ACCESS_KEY_ID"],
    access_key_secret=os.environ["OSS_ACCESS_KEY_SECRET"],
)
body = os.urandom(int(sys.argv[1]))
operator.write("folder/file", body, chunk=5 << 20)  # multipart
assert bytes(operator.read("folder/file")) == body
assert operator.stat("folder/file").content_length == len(body)
operator.copy("folder/file", "folder/copy")
operator.delete("folder/file")
assert [entry.path for entry in operator.list("folder/")] == ["folder/copy"]
"""

DVC = """
set -e
head -c "$1" /dev/urandom >data
mkdir many; for i in 1 2 3; do echo "$i" >"many/$i"; done
cp data kept
dvc init --no-scm -q
dvc add -q data many
dvc remote add -q -d remote "oss://$OSS_BUCKET/cache"
dvc remote modify remote oss_endpoint "$OSS_ENDPOINT"
dvc push -q
rm -rf .dvc/cache data many
dvc pull -q
cmp data kept
cat many/*
"""


@pytest.fixture
def served(command_line, tmp_path):
    """Environment of a running `oss-clean serve`, and its log."""
    log = tmp_path / "log"
    with command_line.popen("serve", "--log", str(log)) as process:
        variables = {}
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                variables[name] = value.strip("'")
            if line == "# ready\n":
                break
        yield variables, log
        process.terminate()


def run(command, variables, folder, **more):
    environment = os.environ | variables | {"PATH": f"{CLIENTS}{os.pathsep}{os.environ['PATH']}"} | more
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def requests(log):
    return [line.split(" ", 1)[1] for line in log.read_text().splitlines()]


def test_ossfs_writes_appends_and_reads(served, tmp_path):
    variables, log = served
    run([CLIENTS / "python", "-W", "ignore", "-c", OSSFS, str(SIZE)], variables, tmp_path)
    assert any("append=&position=0 200" in line for line in requests(log))
    assert not [line for line in requests(log) if line[-3] == "5"]


def test_opendal_writes_in_parts_with_the_bucket_in_the_host(served, tmp_path):
    variables, log = served
    run(
        [CLIENTS / "python", "-c", OPENDAL, str(SIZE)],
        variables,
        tmp_path,
        http_proxy=variables["OSS_ENDPOINT"],
        no_proxy="",
    )
    parts = [line for line in requests(log) if "partNumber=" in line]
    assert len(parts) == 4
    assert all(f"http://{variables['OSS_BUCKET']}.oss-cn-hangzhou.aliyuncs.com/" in line for line in parts)


def test_dvc_pushes_and_pulls(served, tmp_path):
    variables, log = served
    folder = tmp_path / "work"
    folder.mkdir()
    shown = run(["bash", "-c", DVC, "dvc", str(SIZE)], variables, folder, DVC_NO_ANALYTICS="1")
    assert shown.endswith("1\n2\n3\n")
    assert len({line for line in requests(log) if line.startswith(("PUT ", "POST "))}) >= 5
