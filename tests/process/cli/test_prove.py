"""`oss-clean prove` as users call it: what it writes, what it says, and what it refuses."""

import json

import pytest
from click.testing import CliRunner

from pytest_oss_clean.cli.prove import prove
from pytest_oss_clean.emulator import Emulator


def test_the_command_proves_a_few_and_writes_files(command_line):
    done = command_line("prove", "--only", "transition-restored-", "--json", "p.json", "--page", "p.html")
    assert done.code == 0, done.out + done.err
    assert "PROVED on the embedded emulator" in done.out
    data = json.loads((command_line.home / "p.json").read_text())
    assert {m["result"] for m in data["mutants"]} <= {"killed", "noticed"}
    assert "<title>oss-clean prove" in (command_line.home / "p.html").read_text()


WRONG = {
    # what is given, and what is said of it
    ("--only=nonsense",): "--only nonsense: no mutant or variant has this in its id",
    ("--only=nonsense", "--seeds=1"): "--only nonsense: no fault that made-up data is to find has this",
    ("--only=form-", "--target=http://127.0.0.1:9"): "--only form-: no mutant of answers has this in its id",
    ("--only=form-", "--write=x.md"): "--write and --only cannot go together: figures are",
    ("--check=x.md", "--target=http://127.0.0.1:9"): "--check and --target cannot go together",
    ("--full", "--target=http://127.0.0.1:9"): "--full and --target cannot go together",
    ("--guard", "--seeds=2"): "--guard and --seeds cannot go together",
    ("--page=x.html", "--seeds=2"): "--page and --seeds cannot go together: a hunt prints its table",
    ("--seeds=2", "--target=http://127.0.0.1:9"): "--seeds and --target cannot go together",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_options_that_cannot_be_heeded_are_refused(monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(prove, arguments)
    assert done.exit_code == 2
    assert WRONG[arguments] in done.output
    assert list(tmp_path.iterdir()) == []


NOT_CLAIMED = "not claimed: nothing that is claimed here reaches the changed rule:\n  effect-meta-size: "
IN_FRONT = {
    # what is said, and the exit code: --only, claims
    ("PROVED on http://", 0): ("answer-", "ColdArchive,V4"),
    (NOT_CLAIMED, 6): ("-size", "ColdArchive,V4"),
    ("0 of 1 of inferred rules noticed", 6): ("effect-meta-size", "ColdArchive,V4"),
    ("1 of 1 of inferred rules noticed", 0): ("effect-meta-size", "ColdArchive,V4,object-meta"),
}


@pytest.mark.parametrize("told", IN_FRONT, ids=lambda told: "--only={} with {}".format(*IN_FRONT[told]))
def test_the_command_puts_mutants_in_front_of_a_running_server(command_line, told):
    (said, code), (only, claims) = told, IN_FRONT[told]
    with Emulator.start() as emulator:
        key = emulator.credentials
        done = command_line(
            "prove",
            "--target",
            emulator.endpoint,
            f"--only={only}",
            f"--oss-bucket={emulator.bucket}",
            "--oss-region=cn-hangzhou",
            f"--oss-claims={claims}",
            f"--oss-advance-url={emulator.control_url}/advance?seconds={{seconds}}",
            "--oss-settle-seconds=0",
            OSS_ACCESS_KEY_ID=key.key_id,
            OSS_ACCESS_KEY_SECRET=key.secret.reveal(),
        )
        left = emulator.inventory()
    assert done.code == code, done.out + done.err
    assert "can tell mutants" in done.out
    assert "not covered" in done.out
    assert said in done.out
    assert not any(left.values())


def test_the_command_says_that_a_target_is_out_of_reach(command_line):
    done = command_line(
        "prove",
        "--target=http://127.0.0.1:9",
        "--oss-bucket=bucket",
        "--oss-region=cn-hangzhou",
        "--oss-restore-seconds=1",
        OSS_ACCESS_KEY_ID="id",
        OSS_ACCESS_KEY_SECRET="secret",
    )
    assert done.code == 6
    assert "cannot be reached" in done.err
