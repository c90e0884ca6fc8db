"""Deviations: read from the owner's file, held against outcomes, and shown by pytest."""

import json
import tomllib
from dataclasses import replace
from datetime import date

import pytest

from outcomes import CASE, CHECK, RIGHT, UNLIKE, WRONG, outcome
from plugin_runs import CONFUSED, CONTRACTS, UNRESTORABLE, break_emulator, run
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.report.gate.deviations import read_deviations, suggest
from pytest_oss_clean.spec.verdict import Verdict

pytest_plugins = ["pytester"]

TODAY = date(2027, 1, 15)
KNOWN = """
[[deviation]]
contract = "restored[ColdArchive-V4]"
seen = { answer = "500 InternalError" }
reason = "the storage box breaks down"
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "known.toml"
        path.write_text(text, encoding="utf-8")
        return read_deviations(path, CASES, TODAY)

    return read


def test_exactly_the_wrong_answer_listed_deviates(read):
    judged, reason = read(KNOWN).judge(outcome(WRONG, CHECK))
    assert (judged.verdict, reason) == (Verdict.DEVIATES, "the storage box breaks down")


@pytest.mark.parametrize(
    ("findings", "cause"),
    [
        (
            [replace(WRONG, observed="503")],
            "the deviation listed saw answer '500 InternalError'; now answer '503'",
        ),
        (
            [WRONG, replace(WRONG, id="unreadable", observed="200")],
            (
                "the deviation listed saw answer '500 InternalError'; "
                "now answer '500 InternalError', unreadable '200'"
            ),
        ),
        (
            [RIGHT, replace(WRONG, id="unreadable", observed="200")],
            "the deviation listed saw answer '500 InternalError'; now unreadable '200'",
        ),
        (
            [RIGHT, CHECK],
            "stale deviation: remove it, the contract passes (it saw answer '500 InternalError')",
        ),
    ],
    ids=["another answer", "one more difference", "another difference", "it passes"],
)
def test_another_answer_or_none_fails(read, findings, cause):
    judged, reason = read(KNOWN).judge(outcome(*findings))
    assert (judged.verdict, judged.cause, reason) == (Verdict.FAILED, cause, "")


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.NOT_OBSERVED])
def test_of_what_was_not_tested_a_deviation_says_nothing(read, verdict):
    found = outcome(verdict=verdict, cause="no restore")
    assert read(KNOWN).judge(found) == (found, "")


def test_a_contract_that_is_not_listed_is_left_alone(read):
    other = outcome(WRONG, case=CASES["restored[ColdArchive-V1]"])
    assert read(KNOWN).judge(other) == (other, "")


def test_a_slug_lists_all_its_parameters(read):
    known = read(KNOWN.replace("[ColdArchive-V4]", ""))
    assert set(known.by_case) == {i for i in CASES if i.startswith("restored[")}


def test_a_deviation_holds_until_its_last_day(read):
    on_the_day = read(KNOWN + f"ticket = 'BOX-7'\nuntil = {TODAY}")
    judged, reason = on_the_day.judge(outcome(WRONG))
    assert judged.verdict is Verdict.DEVIATES
    assert reason == "the storage box breaks down (BOX-7, until 2027-01-15)"
    after = read(KNOWN + "until = 2027-01-14")
    judged, reason = after.judge(outcome(WRONG))
    assert (judged.verdict, reason) == (Verdict.FAILED, "")
    assert judged.cause == "the deviation listed held until 2027-01-14: the storage box breaks down"
    assert after.judge(outcome(RIGHT)) == (outcome(RIGHT), "")
    assert after.notes({CASE.id: Verdict.FAILED}) == [
        f"deviation no longer holds since 2027-01-14: {CASE.id}"
    ]


def test_one_file_serves_strict_and_plain_runs(read):
    text = KNOWN.replace('"500 InternalError"', '"500 InternalError", restorable-anew = "200"')
    assert read(text).judge(outcome(WRONG, UNLIKE))[0].verdict is Verdict.DEVIATES
    strict = replace(UNLIKE, required=True)
    assert read(text).judge(outcome(WRONG, strict))[0].verdict is Verdict.DEVIATES
    assert read(KNOWN).judge(outcome(WRONG, strict))[0].verdict is Verdict.FAILED
    only_strict = read(KNOWN.replace('answer = "500 InternalError"', 'restorable-anew = "200"'))
    assert only_strict.judge(outcome(RIGHT, strict))[0].verdict is Verdict.DEVIATES
    assert only_strict.judge(outcome(RIGHT, UNLIKE)) == (outcome(RIGHT, UNLIKE), "")
    assert only_strict.judge(outcome(RIGHT))[0].verdict is Verdict.FAILED


def test_a_listed_contract_that_is_not_claimed_is_told(read):
    assert read(KNOWN).notes({CASE.id: Verdict.NOT_CLAIMED}) == [
        f"deviation of a contract that is not claimed: {CASE.id}"
    ]
    assert read(KNOWN).notes({CASE.id: Verdict.DEVIATES}) == []
    assert read(KNOWN).notes({}) == []


ENTRY = "entry 1, "


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x = [", ["not TOML"]),
        ("deviations = []", ["it holds deviations", "[[deviation]]"]),
        ("deviation = 3", ["[[deviation]]"]),
        ("deviation = [3]", ["[[deviation]]"]),
        (KNOWN.replace("restored[", "restord["), [f"{ENTRY}contract", "restord[", "no contract has this id"]),
        (KNOWN.replace("reason", "reson"), [f"{ENTRY}reson", "no such key: choose from contract, seen"]),
        (KNOWN.replace('"the storage box breaks down"', '" "'), [f"{ENTRY}reason", "' '", "known and acc"]),
        (KNOWN.replace('reason = "the storage box breaks down"', ""), [f"{ENTRY}reason=(missing)"]),
        (KNOWN.replace('{ answer = "500 InternalError" }', "{}"), [f"{ENTRY}seen", "wrong observations"]),
        (KNOWN.replace('{ answer = "500 InternalError" }', "'500'"), [f"{ENTRY}seen", "'500'"]),
        (KNOWN.replace('"500 InternalError"', "500"), [f"{ENTRY}seen.answer=500", "text observed"]),
        (KNOWN.replace("answer", "anwser"), [f"{ENTRY}seen.anwser", "no such finding", "unreadable-at-once"]),
        (KNOWN + "until = 'soon'", [f"{ENTRY}until='soon'", "a TOML date"]),
        (KNOWN + "until = 2027-01-31T08:00:00Z", [f"{ENTRY}until", "a TOML date"]),
        (KNOWN + "ticket = ''", [f"{ENTRY}ticket=''"]),
        (KNOWN + KNOWN, ["entry 2, contract", "restored[ColdArchive-V4] is listed twice"]),
        (KNOWN + KNOWN.replace("[ColdArchive-V4]", ""), ["entry 2, contract=restored", "listed twice"]),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_a_remedy(read, text, parts):
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("--oss-deviations")
    assert "known.toml" in message
    assert [part for part in parts if part not in message] == []


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_deviations(tmp_path / "none.toml", CASES, TODAY)
    (tmp_path / "binary.toml").write_bytes(b"\xff\x00")
    with pytest.raises(ConfigurationError, match="not TOML"):
        read_deviations(tmp_path / "binary.toml", CASES, TODAY)


@pytest.mark.parametrize(
    "odd", ['"quoted" \\ back', "tab\tand\x00nul\x7f", "\N{GRINNING FACE}", "a\nb", "\ud800"]
)
def test_a_suggestion_is_toml_of_what_was_seen_and_waits_for_its_reason(odd):
    findings = [
        {"id": "answer", "observed": odd, "problem": "p", "required": True},
        {"id": "odd id", "observed": "y", "problem": "p", "required": True},
        {"id": "check", "observed": "z", "problem": "p", "required": False},
        {"id": "right", "observed": "z", "problem": "", "required": True},
    ]
    contracts = [
        {"id": CASE.id, "verdict": "failed", "findings": findings},
        {"id": "passed[x]", "verdict": "passed", "findings": findings},
        {"id": "stale[x]", "verdict": "failed", "findings": []},
    ]
    (entry,) = tomllib.loads(suggest({"contracts": contracts}))["deviation"]
    seen = odd.encode("utf-8", "replace").decode()
    assert entry == {"contract": CASE.id, "reason": "", "seen": {"answer": seen, "odd id": "y"}}


CONFUSED_KNOWN = """
[[deviation]]
contract = "never-restored[ColdArchive-V4]"
seen = { answer = "409 ArchiveRestoreFileFresh" }
reason = "the box has Codes <of> its own"
ticket = "BOX-7"
"""
ONE = ["-k", "test_page and never-restored-ColdArchive-V4"]


def test_a_known_failure_deviates_and_the_gate_is_green(pytester):
    break_emulator(pytester, CONFUSED)
    pytester.makefile(".toml", known=CONFUSED_KNOWN)
    for workers in ([], ["-n", "2"]):
        result = run(pytester, *CONTRACTS, *ONE, "--oss-deviations", "known.toml", *workers, "-W", "error")
        result.assert_outcomes(xfailed=1)
        assert result.ret == 0
        result.stdout.fnmatch_lines(
            [
                "  deviates: the box has Codes <of> its own (BOX-7):*",
                "oss-clean: PARTIAL: * ran, none failed, or deviates as listed (1) (exit 0)*",
                "oss-clean: 0 passed, 0 failed, 0 not tested, 0 not claimed, 1 deviates;*",
            ]
        )


def test_another_wrong_answer_than_the_one_listed_fails_and_says_so(pytester):
    break_emulator(pytester, CONFUSED.replace("FileFresh", "FileOther"))
    pytester.makefile(".toml", known=CONFUSED_KNOWN)
    result = run(pytester, *CONTRACTS, *ONE, "--oss-deviations", "known.toml")
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    line = "the deviation listed saw answer '409 ArchiveRestoreFileFresh'; now answer"
    result.stdout.fnmatch_lines([f"  - {line}*", "  - Code is ArchiveRestoreFileOther*", f"  {line} '409*"])


def test_a_listed_contract_that_passes_fails_the_gate_until_it_is_removed(pytester):
    pytester.makefile(".toml", known=CONFUSED_KNOWN)
    for workers in ([], ["-n", "2"]):
        result = run(pytester, *CONTRACTS, *ONE, "--oss-deviations", "known.toml", *workers)
        result.assert_outcomes(failed=1)
        assert result.ret == 1
        result.stdout.fnmatch_lines(["  - stale deviation: remove it*", "*FAILED (exit 1)*"])


def test_a_deviation_excuses_no_failed_arrangement(pytester):
    break_emulator(pytester, UNRESTORABLE)
    pytester.makefile(".toml", known=KNOWN)
    restored = ["-k", "test_page and restored-ColdArchive-V4"]
    result = run(pytester, *CONTRACTS, *restored, "--oss-deviations", "known.toml")
    assert result.ret == 6


def test_a_wrong_file_is_a_usage_error_before_anything_is_sent(pytester):
    pytester.makefile(".toml", known=CONFUSED_KNOWN.replace("never", "nevr"))
    for workers in ([], ["-n", "2"]):
        result = run(pytester, *CONTRACTS, "--oss-deviations", "known.toml", *workers)
        assert result.ret == 4
        result.stderr.fnmatch_lines(
            ["ERROR: oss-clean: --oss-deviations known.toml, entry 1, contract=nevr-restored*: no contract*"]
        )


def test_the_command_line_turns_a_report_into_deviations_that_then_hold(pytester, command_line):
    break_emulator(pytester, CONFUSED)
    report, known = pytester.path / "report.json", pytester.path / "known.toml"
    assert run(pytester, *CONTRACTS, *ONE, "--oss-report", report).ret == 1
    printed = command_line("deviations", report)
    assert printed.code == 0, printed.err
    known.write_text(printed.out, encoding="utf-8")
    result = run(pytester, *CONTRACTS, *ONE, "--oss-deviations", known)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*entry 1, reason='': give why this is known and accepted"])
    known.write_text(printed.out.replace('reason = ""', 'reason = "known"'), encoding="utf-8")
    assert run(pytester, *CONTRACTS, *ONE, "--oss-deviations", known, "--oss-report", report).ret == 0
    (contract,) = json.loads(report.read_text(encoding="utf-8"))["contracts"]
    assert (contract["verdict"], contract["deviation"]) == ("deviates", "known")
    assert command_line("deviations", report).out == "# nothing failed\n"


@pytest.mark.parametrize("text", ["", "{}", '{"format": "oss-clean-report-1"}', "[]"])
def test_what_is_no_report_is_refused(command_line, text):
    (command_line.home / "x.json").write_text(text, encoding="utf-8")
    done = command_line("deviations", "x.json")
    assert done.code == 4
    assert done.err.startswith("oss-clean: REPORT=x.json: ")
    assert "Traceback" not in done.err


def test_a_known_failure_keeps_its_reproducer(pytester):
    break_emulator(pytester, CONFUSED)
    pytester.makefile(".toml", known=CONFUSED_KNOWN)
    assert run(pytester, *CONTRACTS, *ONE, "--oss-deviations", "known.toml").ret == 0
    (kept,) = (pytester.path / ".oss-clean/failures").iterdir()
    assert kept.name == "never-restored-ColdArchive-V4.json"
