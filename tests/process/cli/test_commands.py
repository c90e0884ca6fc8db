"""The command line in a subprocess: check, serve and reap have files of their own beside this one."""

import json
import os
import subprocess
import sys

import pytest

import forked_commands
from ledgers import disown
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.target.ledger import Ledger

MAIN = [sys.executable, "-P", "-c", "from pytest_oss_clean.cli.main import main; main()"]


@pytest.fixture
def oss_clean(tmp_path):
    """Run `oss-clean` in an empty folder, with a clean environment and variables of the test's own."""

    def run(*args, **variables):
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("OSS_", "PYTEST_"))}
        return forked_commands.run("oss-clean", *args, cwd=tmp_path, env=kept | variables)

    return run


@pytest.fixture
def emulator():
    with Emulator.start() as running:
        yield running


def key_of(emulator):
    return {
        "OSS_ACCESS_KEY_ID": emulator.credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": emulator.credentials.secret.reveal(),
        "OSS_BUCKET": emulator.bucket,
        "OSS_REGION": emulator.region,
    }


def advance(emulator):
    return ["--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"]


def test_check_runs_the_contracts_from_an_empty_folder_and_leaves_it_empty(oss_clean, tmp_path):
    result = oss_clean("check", "-k", "test_page or generated-spellings")
    assert result.code == 0, result.out + result.err
    assert ", none failed (exit 0) on the embedded emulator" in result.out
    assert list(tmp_path.iterdir()) == []


def test_check_takes_a_url_and_pytests_options(oss_clean, emulator, tmp_path):
    result = oss_clean(
        "check",
        str(emulator.endpoint),
        *advance(emulator),
        "-k",
        "test_page and restored-ColdArchive-V4",
        "--oss-allow-incomplete",
        **key_of(emulator),
    )
    assert result.code == 0, result.out + result.err
    assert f", none failed, accepted by --oss-allow-incomplete (exit 0) on {emulator.endpoint}" in result.out
    assert emulator.service.inventory() == {emulator.bucket: {}}
    assert list(tmp_path.iterdir()) == []


def test_check_is_not_disturbed_by_the_folder_it_is_started_in(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('loaded')\n")
    (tmp_path / "pytest_oss_clean").mkdir()
    (tmp_path / "pytest_oss_clean" / "__init__.py").write_text("raise RuntimeError('loaded')\n")
    command = [*MAIN, "check", "-q", "-k", "never-restored-ColdArchive-V4"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_passes_usage_errors_on(oss_clean):
    result = oss_clean("check", "http://127.0.0.1:1")
    assert result.code == 4
    assert "OSS_ACCESS_KEY_ID=(not set)" in result.err
    assert oss_clean("check", "--no-such-option").code == 4


def test_help_and_version_need_no_target(oss_clean):
    assert "check" in oss_clean("--help").out
    assert "TARGET comes first" in oss_clean("check", "--help").out
    assert oss_clean("--version").out.startswith("oss-clean, version ")
    assert "--oss-connect-to HOST:PORT" in oss_clean("replay", "--help").out


def test_contracts_lists_every_expectation_with_its_evidence(oss_clean):
    listed = json.loads(oss_clean("contracts", "--json").out)
    page = {"never-restored", "already-cleaned", "restoring", "restored"}
    assert page < {line["contract"] for line in listed}
    of_the_page = {(line["kind"], line["evidence"]) for line in listed if line["contract"] in page}
    assert of_the_page == {("required", "documented"), ("check", "inferred")}
    assert not any(line["kind"] == "required" and line["evidence"] == "inferred" for line in listed)
    text = oss_clean("contracts").out
    assert (
        "required documented answer                       status 409, Code ArchiveRestoreNotFinished" in text
    )
    assert text.count("\n  required ") == sum(line["kind"] == "required" for line in listed)
    assert text.count("\n  check ") == sum(line["kind"] == "check" for line in listed)


@pytest.fixture
def reproducer(oss_clean, emulator, tmp_path, monkeypatch):
    """Fail one contract on a server made wrong, replay it there, and make the server right again."""
    path = tmp_path / ".oss-clean/failures/never-restored-ColdArchive-V4.json"
    with monkeypatch.context() as wrong:
        cleaned = lambda _self, _operation, reply: reply.ok(200)  # noqa: E731
        wrong.setattr(type(emulator.service), "clean_restored_object", cleaned)
        arguments = ["check", str(emulator.endpoint), *advance(emulator), "--oss-claims", "ColdArchive,V4"]
        result = oss_clean(*arguments, "-k", "never-restored", **key_of(emulator))
        assert result.code == 1, result.out + result.err
        again = oss_clean("replay", str(path), **key_of(emulator))
    return path, again


def test_replay_shows_the_failure_again_and_success_where_the_server_is_right(
    oss_clean, emulator, reproducer
):
    path, again = reproducer
    assert again.code == 1
    assert "clean                got 200; expected status 409, Code ArchiveRestoreFileStale" in again.out
    assert "- status is 200, not 409" in again.out
    assert again.out.endswith("differs from the contract\n")
    right = oss_clean("replay", str(path), **key_of(emulator))
    assert right.code == 0, right.out + right.err
    assert "got 409 ArchiveRestoreFileStale, recorded 200; expected status 409" in right.out
    elsewhere = oss_clean("replay", str(path), "--target", "emulator")
    assert elsewhere.code == 0, elsewhere.out + elsewhere.err
    assert emulator.service.inventory() == {emulator.bucket: {}}


def test_a_reproducer_holds_no_credentials_and_no_signature(emulator, reproducer):
    path, _ = reproducer
    text = path.read_text()
    assert emulator.credentials.secret.reveal() not in text
    assert "Authorization" not in text
    assert "Signature" not in text.replace('"signature"', "")
    data = json.loads(text)
    assert data["contract"] == "never-restored[ColdArchive-V4]"
    assert [step["send"] for step in data["steps"]][:3] == ["put", "head", "head"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "oss-clean-reproducer-1"}', "\x00"])
def test_replay_refuses_what_is_no_reproducer(oss_clean, tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    result = oss_clean("replay", "x.json")
    assert result.code == 4
    assert "oss-clean: FILE=x.json: not a reproducer" in result.err
    assert "Traceback" not in result.err


def test_replay_of_a_file_that_is_not_there_says_so(oss_clean):
    result = oss_clean("replay", "gone.json")
    assert result.code == 4
    assert "gone.json: cannot be read: No such file or directory" in result.err


def test_replay_on_a_target_that_is_gone_is_not_reproduced(oss_clean, emulator, reproducer):
    path, _ = reproducer
    result = oss_clean("replay", str(path), "--target", "http://127.0.0.1:9", **key_of(emulator))
    assert result.code == 6
    assert "connection refused" in result.err


def test_reap_deletes_what_a_ledger_names_and_nothing_else(oss_clean, emulator, tmp_path):
    caller_names = leave_behind(emulator, tmp_path)
    result = oss_clean("reap", **key_of(emulator))
    assert result.code == 0, result.out + result.err
    assert result.out == f"run.ledger: 2 removed from {emulator.endpoint}, and HEAD finds none\n"
    assert set(emulator.service.inventory()[emulator.bucket]) == {caller_names[-1]}
    assert list(tmp_path.iterdir()) == []


def test_reap_keeps_a_ledger_whose_target_is_gone(oss_clean, emulator, tmp_path):
    leave_behind(emulator, tmp_path)
    emulator.stop()
    result = oss_clean("reap", **key_of(emulator))
    assert result.code == 1
    assert "0 removed" in result.out
    assert "2 left: unreachable" in result.out
    assert (tmp_path / ".oss-clean/runs/run.ledger").exists()


def test_reap_leaves_the_ledger_of_a_live_run_alone_and_says_so(oss_clean, emulator, tmp_path):
    names = leave_behind(emulator, tmp_path, disowned=False)
    result = oss_clean("reap", **key_of(emulator))
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("run.ledger: left alone, its run is alive (process ")
    assert set(emulator.service.inventory()[emulator.bucket]) == set(names)


def test_reap_without_ledgers_does_nothing(oss_clean):
    result = oss_clean("reap")
    assert (result.code, result.out) == (0, "")


def leave_behind(emulator, folder, *, disowned=True):
    """Put three objects; write two of them into a ledger as an interrupted run would."""
    from pytest_oss_clean.target.config.settings import Settings
    from pytest_oss_clean.target.open import open_emulator

    target = {
        "endpoint": str(emulator.endpoint),
        "bucket": emulator.bucket,
        "region": emulator.region,
        "addressing": "path",
        "signature": "V4",
        "claims": "ColdArchive,V4",
        "prefix": "oss-clean-run/",
    }
    names = ["oss-clean-run/a", "oss-clean-run/b c", "oss-clean-run/never-written"]
    with open_emulator(Settings(), "run", emulator) as opened:
        for name in names:
            assert opened.client().put(name, b"x").status == 200
    ledger = Ledger()
    ledger.open(folder / ".oss-clean", "run", target)
    for name in names[:2]:
        ledger.add(emulator.bucket, name)
    if disowned:
        disown(ledger)
    return names
