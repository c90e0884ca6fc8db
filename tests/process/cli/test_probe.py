"""`oss-clean probe` in a subprocess, over HTTP."""

from __future__ import annotations

import tomllib

import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.target.config.claims import CLAIMS

FURTHER = ("--oss-second-bucket", "one-more", "--oss-versioned-bucket", "with-versions")
EMPTY = {"oss-clean-emulator": {}, "one-more": {}, "with-versions": {}}


@pytest.fixture(scope="module")
def running():
    with Emulator.start(second_bucket="one-more", versioned_bucket="with-versions") as emulator:
        yield emulator


@pytest.fixture
def emulator(running):
    running.service.reset()
    yield running
    assert running.service.inventory() == EMPTY


@pytest.fixture
def key(running):
    return {
        "OSS_ACCESS_KEY_ID": running.credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": running.credentials.secret.reveal(),
        "OSS_BUCKET": running.bucket,
        "OSS_REGION": running.region,
    }


def test_probe_proposes_what_a_run_then_takes(command_line, emulator, key):
    done = command_line("probe", emulator.endpoint, *FURTHER, **key)
    assert done.code == 0, done.out + done.err
    assert set(tomllib.loads(done.out)["claims"]) == set(CLAIMS) - {"instant-restore", "STS"}
    assert "# STS: not asked: OSS_SESSION_TOKEN is not set\n" in done.out
    asked = "POST ?cleanRestoredObject of a ColdArchive object answered 409 ArchiveRestoreNotFinished"
    assert f"# clean: {asked}\n" in done.out
    assert list(command_line.home.iterdir()) == []
    lines = [
        f'endpoint = "{emulator.endpoint}"',
        'second-bucket = "one-more"\nversioned-bucket = "with-versions"',
        f'advance-url = "{emulator.control_url}/advance?seconds={{seconds}}"',
        "settle-seconds = 0",
        done.out,
    ]
    (command_line.home / "staging.toml").write_text("\n".join(lines))
    checked = command_line(
        "check", "staging.toml", "-k", "never-restored-ColdArchive-V1", "--oss-allow-incomplete", **key
    )
    assert checked.code == 0, checked.out + checked.err
    assert ", none failed" in checked.out


def test_probe_with_temporary_credentials(command_line, emulator):
    sts = emulator.sts
    variables = {
        "OSS_ACCESS_KEY_ID": sts.key_id,
        "OSS_ACCESS_KEY_SECRET": sts.secret.reveal(),
        "OSS_SESSION_TOKEN": sts.token.reveal(),
        "OSS_BUCKET": emulator.bucket,
    }
    done = command_line("probe", emulator.endpoint, "--oss-region", emulator.region, **variables)
    assert done.code == 0, done.out + done.err
    assert "STS" in tomllib.loads(done.out)["claims"]
    assert "# versions: not asked: name a bucket with --oss-versioned-bucket\n" in done.out


def test_probe_needs_neither_clock_nor_right_claims_from_the_file(command_line, emulator, key):
    text = (
        f'endpoint = "{emulator.endpoint}"\nclaims = ["V1"]\nbaseline = "later.json"\ngate-changes = true\n'
    )
    (command_line.home / "pyproject.toml").write_text(f"[tool.oss-clean.targets.staging]\n{text}")
    done = command_line("probe", "staging", **key)
    assert done.code == 0, done.out + done.err
    assert "V4" in tomllib.loads(done.out)["claims"]


def test_probe_of_the_embedded_emulator_needs_no_key(command_line):
    done = command_line("probe", "emulator")
    assert done.code == 0, done.out + done.err
    assert set(tomllib.loads(done.out)["claims"]) == set(CLAIMS) - {"instant-restore"}


def test_probe_of_a_server_that_lacks_several(command_line, faults, emulator, key):
    def fault(exchange):
        signed = exchange.header("authorization") or ""
        lacks = (
            "?tagging" in exchange.target,
            "?acl" in exchange.target,
            signed.startswith("OSS "),
            exchange.header("x-oss-storage-class") in ("DeepColdArchive", "IA"),
        )
        return faults.error(501, "NotImplemented") if any(lacks) else exchange.forward()

    with faults.FaultServer(emulator.endpoint, fault) as server:
        done = command_line("probe", server.url, *FURTHER, **key)
    assert done.code == 0, done.out + done.err
    lost = {"tags", "acl", "V1", "DeepColdArchive", "IA", "STS", "instant-restore"}
    assert set(tomllib.loads(done.out)["claims"]) == set(CLAIMS) - lost
    assert "# tags: PUT ?tagging answered 501 NotImplemented\n" in done.out
    assert "# V1: HEAD signed with V1 answered 501\n" in done.out


@pytest.mark.parametrize("name", ["probe-copy", "probe-second", "probe-versions"])
def test_probe_says_what_it_could_not_remove_and_reap_does(command_line, faults, emulator, key, name):
    def fault(exchange):
        stays = exchange.method == "DELETE" and f"/{name}" in exchange.target
        return faults.error(500, "InternalError") if stays else exchange.forward()

    with faults.FaultServer(emulator.endpoint, fault) as server:
        done = command_line("probe", server.url, *FURTHER, **key)
        assert "oss-clean: 1 object may be left behind, remove with `oss-clean reap`" in done.err
        assert done.code == 0
        server.fault = faults.forward
        assert command_line("reap", **key).code == 0


def test_probe_of_a_target_out_of_reach(command_line, key):
    done = command_line("probe", "http://127.0.0.1:9", **key)
    assert (done.code, done.out) == (6, "")
    assert done.err.startswith("oss-clean: not probed: http://127.0.0.1:9 takes no small object (")
    assert "connection refused" in done.err
    assert list(command_line.home.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["probe"], "Missing argument 'TARGET'"),
        (["probe", "production"], "no target of this name"),
        (["probe", "http://127.0.0.1:9", "--oss-rate", "0"], "--oss-rate=0.0: give a number"),
    ],
)
def test_wrong_usage(command_line, key, arguments, said):
    done = command_line(*arguments, **key)
    assert done.code == 4
    assert said in done.err
