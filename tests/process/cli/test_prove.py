"""`oss-clean prove` as users call it: what it writes, what it says, and what it refuses."""

import json

import pytest
from click.testing import CliRunner

from live_proofs import prove_in_front
from pytest_oss_clean.cli.prove import prove


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
    ("--only=nonsense", "--seeds=1"): "--only nonsense: no fault that generated data is to find has this",
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


def test_the_command_puts_mutants_in_front_of_a_running_server(command_line):
    done, left = prove_in_front(command_line, "answer-done-", "ColdArchive,V4")
    assert done.code == 0, done.out + done.err
    assert "can detect mutants" in done.out
    assert "not covered" in done.out
    assert "PROVED on http://" in done.out
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


def test_the_command_hunts_and_prints_a_table(command_line):
    done = command_line("prove", "--seeds", "2", "--only", "everywhere-decoded")
    assert done.code == 0, done.out + done.err
    assert "everywhere-decoded-twice" in done.out
    assert "2 of 2" in done.out
