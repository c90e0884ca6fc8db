"""The baseline: written, read, and compared with what a target shows later."""

import json
import re

import pytest

from outcomes import CASE, CHECK, RIGHT, UNLIKE, WRONG, outcome
from plugin_runs import CONTRACTS, INTERRUPTED, LOSES_CRC, UNRESTORABLE, break_emulator, run
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.report.gate.baseline import FORMAT, Baseline, read_baseline, write_baseline
from pytest_oss_clean.report.gate.deviations import Deviation, Deviations
from pytest_oss_clean.report.gate.gate import Gate
from pytest_oss_clean.spec.verdict import Verdict

pytest_plugins = ["pytester"]

TEXTS = {"target": "box", "suite": "0.1.0", "edition": "0.1", "contract_set": "ab"}
CHANGE = "your server changed: ETag-same was 'gone', is 'as before'"


def baseline(**checks):
    return Baseline(**TEXTS, checks={CASE.id: checks})


def test_a_baseline_is_read_as_it_was_written(tmp_path):
    kept = Baseline(**TEXTS, checks={"b[x]": {"two": "2", "one": "\N{SNOWMAN}"}, "a[x]": {}})
    write_baseline(tmp_path / "b.json", kept)
    assert read_baseline(tmp_path / "b.json") == kept
    text = (tmp_path / "b.json").read_text(encoding="utf-8")
    assert text.index('"a[x]"') < text.index('"b[x]"') < text.index('"one"') < text.index('"two"')
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]


@pytest.mark.parametrize(
    ("findings", "verdict", "changes"),
    [
        ([RIGHT, CHECK], Verdict.CHANGED, (CHANGE,)),
        ([RIGHT, CHECK, UNLIKE], Verdict.CHANGED, (CHANGE,)),
        ([WRONG, CHECK], Verdict.FAILED, (CHANGE,)),
        ([RIGHT, UNLIKE], Verdict.PASSED, ()),
        ([RIGHT], Verdict.PASSED, ()),
    ],
    ids=["changed", "a new check is new", "a failure stays one", "new only", "no check"],
)
def test_a_check_that_differs_is_a_change(findings, verdict, changes):
    judged = Gate(baseline=baseline(**{"ETag-same": "gone"}))(outcome(*findings))
    assert (judged.outcome.verdict, judged.changes) == (verdict, changes)


def test_without_a_difference_or_a_baseline_nothing_changed():
    for judge in (Gate(), Gate(baseline=baseline(**{"ETag-same": "as before"}))):
        judged = judge(outcome(RIGHT, CHECK))
        assert (judged.outcome.verdict, judged.changes) == (Verdict.PASSED, ())


def test_required_findings_are_no_part_of_a_baseline():
    judged = Gate(baseline=baseline(response="404"))(outcome(RIGHT, CHECK))
    assert judged.outcome.verdict is Verdict.PASSED


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.NOT_OBSERVED])
def test_what_was_not_tested_did_not_change(verdict):
    judged = Gate(baseline=baseline(**{"ETag-same": "gone"}))(outcome(CHECK, verdict=verdict))
    assert (judged.outcome.verdict, judged.changes) == (verdict, ())


def test_a_deviation_hides_no_change_where_changes_gate():
    known = Deviations({CASE.id: Deviation(contract=CASE.id, seen={"answer": WRONG.observed}, reason="r")})
    before = baseline(**{"ETag-same": "gone"})
    for gated, verdict in ((False, Verdict.DEVIATES), (True, Verdict.CHANGED)):
        judged = Gate(known, before, gate_changes=gated)(outcome(WRONG, CHECK))
        assert (judged.outcome.verdict, judged.changes) == (verdict, (CHANGE,))


def test_what_is_new_is_counted():
    assert baseline(old="1").new({CASE.id: {"old": "2", "one": "1"}, "other[x]": {"two": "2"}}) == 2


def test_the_origin_tells_other_suites_and_other_contracts():
    assert baseline().origin("0.1.0", "ab") == "of box, suite 0.1.0"
    assert baseline().origin("0.2.0", "cd") == "of box, suite 0.1.0, now 0.2.0, with another set of contracts"


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "its format is not oss-clean-baseline-1"),
        (json.dumps({"format": "oss-clean-report-1"}).encode(), "its format is not"),
        (json.dumps({"format": FORMAT, **TEXTS}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, **TEXTS, "contracts": {"a": {"x": 1}}}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, **TEXTS, "suite": 1, "contracts": {}}).encode(), "damaged"),
        (json.dumps({"format": FORMAT, **TEXTS, "edition": "new", "contracts": {}}).encode(), "damaged"),
        (b"[" * 100000, "not JSON"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path, data, remedy):
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=f"--oss-baseline=.*{remedy}"):
        read_baseline(path)


OLD_AND_NEW = ["--oss-contract", "never-restored[ColdArchive-V4],combined-01"]


def test_what_a_newer_edition_brought_is_new_to_an_older_baseline(pytester):
    path, report = pytester.path / "baseline.json", pytester.path / "report.json"
    assert run(pytester, *CONTRACTS, *OLD_AND_NEW, "--oss-write-baseline", path).ret == 0
    older = json.loads(path.read_text("utf-8")) | {"edition": "0.1", "contract_set": "of then"}
    older["contracts"] = {i: checks for i, checks in older["contracts"].items() if "combined" not in i}
    path.write_text(json.dumps(older), "utf-8")
    result = run(pytester, *CONTRACTS, *OLD_AND_NEW, "--oss-baseline", path, "--oss-report", report)
    assert result.ret == 0
    said = [line for line in result.outlines if line.startswith(("  baseline", "  new since"))]
    assert re.fullmatch(
        r"  baseline of emulator, .* another set of contracts: [1-9]\d* checks are new", said[0]
    )
    assert said[1:] == ["  new since edition 0.1: expectations of 1 contract"]
    new = json.loads(report.read_text("utf-8"))["new"]
    assert new == {"since": "0.1", "contracts": ["combined-01[DeepColdArchive-V1]"]}


def test_a_run_of_an_older_edition_says_what_it_lets_pass(pytester):
    report, one = pytester.path / "report.json", [*CONTRACTS, "-k", "expired-ColdArchive-V4"]
    break_emulator(pytester, "replace(answer, status=410) if answer.status == 409 else answer")
    assert run(pytester, *one).ret == 1
    older = run(pytester, *one, "--oss-edition", "0.1", "--oss-report", report)
    assert older.ret == 0
    older.stdout.fnmatch_lines(
        ["  new since edition 0.1: expectations of 1 contract, which fail nothing here"]
    )
    assert json.loads(report.read_text("utf-8"))["new"]["contracts"] == ["expired[ColdArchive-V4]"]
    newest = run(pytester, *one, "--oss-edition", "0.2", "--oss-report", report)
    assert newest.ret == 1
    assert "new since" not in newest.stdout.str()
    assert json.loads(report.read_text("utf-8"))["new"] == {"since": "0.2", "contracts": []}


PAGE = ["-k", "test_page and (restored-ColdArchive-V4 or already-cleaned-ColdArchive-V4)"]
LOST = "your server changed: x-oss-hash-crc64ecma-same was '200; x-oss-hash-crc64ecma as before', is "


def test_a_server_that_changed_is_told_and_fails_nothing_unless_asked_to(pytester):
    path = pytester.path / "baseline.json"
    written = run(pytester, *CONTRACTS, *PAGE, "--oss-write-baseline", path, "-n", "2")
    assert written.ret == 0
    written.stdout.fnmatch_lines([f"  baseline of * contracts, * checks, written to {path}"])
    kept = read_baseline(path)
    assert kept.checks["restored[ColdArchive-V4]"]["x-oss-hash-crc64ecma-same"].endswith("as before")
    assert "answer" not in kept.checks["restored[ColdArchive-V4]"]
    same = run(pytester, *CONTRACTS, *PAGE, "--oss-baseline", path)
    assert same.ret == 0
    assert "server changed" not in same.stdout.str()
    same.stdout.fnmatch_lines(["  baseline of emulator, suite *: 0 checks are new"])
    break_emulator(pytester, LOSES_CRC)
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-baseline", path, "-W", "error")
    assert result.ret == 0
    result.assert_outcomes(passed=len(kept.checks))
    result.stdout.fnmatch_lines(
        [
            "  your server changed: x-oss-hash-crc64ecma-same was *",
            "oss-clean: PARTIAL: 3 of * ran, none failed*(exit 0)*",
            "oss-clean: * changed;*",
        ]
    )
    gated = run(pytester, *CONTRACTS, *PAGE, "--oss-baseline", path, "--oss-gate-changes", "-n", "2")
    assert gated.ret == 1
    assert "failed" in gated.parseoutcomes()
    unfolded = re.sub(r"\n {4,}", " ", gated.stdout.str()).splitlines()
    pytest.LineMatcher(unfolded).fnmatch_lines(
        [
            "*restored?ColdArchive-V4? CHANGED",
            f"  - {LOST}*",
            "oss-clean: FAILED: the server changed, and --oss-gate-changes is given (exit 1)*",
        ]
    )


def test_a_run_without_a_verdict_writes_no_baseline(pytester):
    path = pytester.path / "baseline.json"
    pytester.makeconftest(INTERRUPTED)
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-write-baseline", path)
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"*no baseline written to {path}: the run has no verdict"])
    assert not path.exists()


def test_the_baseline_of_a_run_that_is_incomplete_holds_what_was_observed(pytester):
    path = pytester.path / "baseline.json"
    break_emulator(pytester, UNRESTORABLE)
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-write-baseline", path)
    assert result.ret == 6
    assert set(read_baseline(path).checks) == {"never-restored[ColdArchive-V4]"}


@pytest.mark.parametrize("option", ["--oss-write-baseline", "--oss-report"])
def test_a_foreign_file_is_not_overwritten(pytester, option):
    path = pytester.makefile(".json", mine='{"format": "mine"}')
    result = run(pytester, *CONTRACTS, *PAGE, option, path)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: oss-clean: {option}={path}: it exists and is no oss-clean-*"])
    assert path.read_text(encoding="utf-8") == '{"format": "mine"}'


def test_an_unreadable_baseline_is_a_usage_error(pytester):
    path = pytester.makefile(".json", mine="{}")
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-baseline", path)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: oss-clean: --oss-baseline={path}: its format is not *"])
