"""Targets of files on the command line: check, replay and reap in a subprocess."""

from __future__ import annotations

import json

import pytest

from ledgers import disown
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.target.ledger import Ledger

ONE = ("-k", "never-restored-ColdArchive-V4", "--oss-allow-incomplete")
ALL_RESTORED = ("-k", "test_page and restored-ColdArchive-V4", "--oss-allow-incomplete")


@pytest.fixture
def emulator():
    with Emulator.start() as running:
        yield running


@pytest.fixture
def table(emulator):
    """What a target file says of the emulator."""
    return {
        "endpoint": str(emulator.endpoint),
        "bucket": emulator.bucket,
        "region": emulator.region,
        "claims": ["ColdArchive", "V4"],
        "advance-url": f"{emulator.control_url}/advance?seconds={{seconds}}",
        "settle-seconds": 0,
    }


@pytest.fixture
def key(emulator):
    return {
        "OSS_ACCESS_KEY_ID": emulator.credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": emulator.credentials.secret.reveal(),
    }


def toml(table):
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())


def write(folder, table, *, name=""):
    """Write a target file, or a table of pyproject.toml where a name is given."""
    if name:
        (folder / "pyproject.toml").write_text(f"[tool.oss-clean.targets.{name}]\n{toml(table)}")
    else:
        (folder / "staging.toml").write_text(toml(table))


@pytest.mark.parametrize("name", ["", "staging"])
def test_check_takes_a_file_and_a_name(command_line, emulator, table, key, name):
    write(command_line.home, table, name=name)
    done = command_line("check", name or "staging.toml", *ALL_RESTORED, **key)
    assert done.code == 0, done.out + done.err
    assert f", none failed, accepted by --oss-allow-incomplete (exit 0) on {emulator.endpoint}" in done.out
    assert emulator.service.inventory() == {emulator.bucket: {}}


def test_a_pyproject_beside_a_target_is_no_configuration_of_the_run(command_line, table, key):
    write(command_line.home, table, name="staging")
    with (command_line.home / "pyproject.toml").open("a") as file:
        file.write('[tool.pytest.ini_options]\naddopts = "--no-such-option"\n')
    done = command_line("check", "staging", *ONE, **key)
    assert done.code == 0, done.out + done.err
    assert ", none failed" in done.out


def test_an_option_wins_over_the_file(command_line, table, key):
    write(command_line.home, table | {"bucket": "no-such-bucket"})
    alone = command_line("check", "staging.toml", *ONE, **key)
    assert alone.code == 6
    assert "NoSuchBucket" in alone.out
    given = ("--oss-bucket", table["bucket"])
    done = command_line("check", "staging.toml", *ONE, *given, **key)
    assert done.code == 0, done.out + done.err
    assert ", none failed" in done.out


def test_errors_of_a_file_are_usage_errors_before_any_request(command_line, table, key):
    write(command_line.home, table | {"bukcet": "b"})
    for command in (["check", "staging.toml"], ["reap", "--target", "staging.toml"]):
        done = command_line(*command, **key)
        assert done.code == 4
        assert "staging.toml: bukcet=(unknown key): did you mean bucket?" in done.err
        assert "Traceback" not in done.out + done.err
    done = command_line("check", "production", **key)
    assert done.code == 4
    assert "no target of this name in" in done.err
    assert "known are" not in done.err


def test_a_credential_in_a_file_is_refused_unseen(command_line, table, key):
    write(command_line.home, table | {"access-key-secret": "planted-4Hq8"})
    done = command_line("check", "staging.toml", **key)
    assert done.code == 4
    assert "staging.toml: access-key-secret=(hidden): credentials do not belong into a file" in done.err
    assert "planted-4Hq8" not in done.out + done.err


def test_replay_on_a_named_target_leaves_the_recorded_one_behind(
    command_line, emulator, table, key, monkeypatch
):
    write(command_line.home, table)
    cleaned = lambda _self, _operation, reply: reply.ok(200)  # noqa: E731
    with monkeypatch.context() as wrong:
        wrong.setattr(type(emulator.service), "clean_restored_object", cleaned)
        done = command_line("check", "staging.toml", *ONE, **key)
        assert done.code == 1, done.out + done.err
    path = command_line.home / ".oss-clean/failures/never-restored-ColdArchive-V4.json"
    data = json.loads(path.read_text())
    data["target"] |= {"endpoint": "http://127.0.0.1:9", "bucket": "elsewhere"}
    data["restore_seconds"] = 99
    path.write_text(json.dumps(data))
    again = command_line("replay", path, "--target", "staging.toml", **key)
    assert again.code == 0, again.out + again.err
    assert "got 409 ArchiveRestoreFileStale, recorded 200" in again.out


def test_reap_of_a_target_leaves_ledgers_of_others_alone(command_line, emulator, table, key):
    write(command_line.home, table)
    runs = command_line.home / ".oss-clean" / "runs"
    for run, endpoint in (("mine", table["endpoint"]), ("other", "http://127.0.0.1:9")):
        described = {name: table[name] for name in ("bucket", "region")}
        described |= {"endpoint": endpoint, "prefix": f"oss-clean-{run}/", "claims": "ColdArchive,STS,V4"}
        ledger = Ledger()
        ledger.open(runs.parent, run, {"addressing": "path", "signature": "V4", **described})
        ledger.add(table["bucket"], f"oss-clean-{run}/a")
        disown(ledger)
    done = command_line("reap", "--target", "staging.toml", **key)
    assert done.code == 0, done.out + done.err
    assert done.out == f"mine.ledger: 1 removed from {emulator.endpoint}, and HEAD finds none\n"
    assert [path.name for path in runs.iterdir()] == ["other.ledger"]
