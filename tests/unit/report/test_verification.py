"""`oss-clean verify`: which reports it refuses, and why."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from pytest_oss_clean.cli import main
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.report.catalogue import digest, lines
from pytest_oss_clean.spec.contract import Expectation
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.verdict import Verdict

SERVER = "https://oss.example.test"
FIRST = "restored[ColdArchive-V4]"


RACE = Expectation(id="race", matchers=(), evidence=Evidence.INFERRED)


def contract(case):
    findings = [
        {
            "id": expectation.id,
            "evidence": str(expectation.evidence),
            "required": expectation.evidence is not Evidence.INFERRED,
            "observed": "as expected",
            "problem": "",
            "says": "",
        }
        for expectation in (case.contract.expectations or (case.contract.race and RACE,))
        if expectation
    ]
    verdict = Verdict.OBSERVED if case.checks_only else Verdict.PASSED
    return {"id": case.id, "verdict": str(verdict), "deviation": "", "findings": findings}


def sound():
    """A green report of every contract, as a run against a server writes it."""
    contracts = [contract(case) for case in CASES.values()]
    counts = Counter(entry["verdict"] for entry in contracts)
    now = datetime.now(UTC)
    began, ended = (
        (now - age).strftime("%Y-%m-%dT%H:%M:%SZ") for age in (timedelta(hours=2), timedelta(hours=1))
    )
    return {
        "format": "oss-clean-report-1",
        "suite": version("pytest-oss-clean"),
        "contract_set": digest(lines(AREAS)),
        "target": {"name": "staging", "endpoint": SERVER},
        "began": began,
        "ended": ended,
        "exit": {"code": 0, "reason": "PASSED: every claimed contract"},
        "counts": {str(verdict): counts[verdict] for verdict in Verdict},
        "contracts": contracts,
    }


def verify(folder, report, *options):
    path = folder / "report.json"
    path.write_text(report if isinstance(report, str) else json.dumps(report), "utf-8")
    done = CliRunner().invoke(main, ["verify", str(path), *options])
    return done.exit_code, done.output


def of(report, case_id):
    return next(entry for entry in report["contracts"] if entry["id"] == case_id)


def recount(report):
    counts = Counter(entry["verdict"] for entry in report["contracts"])
    report["counts"] = {str(verdict): counts[verdict] for verdict in Verdict}


def test_a_sound_report_is_verified(tmp_path):
    code, text = verify(tmp_path, sound(), "--max-age", "24h", "--target", SERVER, "--min-passed", "100")
    assert (code, text.strip().endswith("VERIFIED: every claimed contract passed")) == (0, True), text


@pytest.mark.parametrize(
    "text", ["", "{", json.dumps(sound())[:-1000], "[]", '{"format": "oss-clean-report-1"}', "null"]
)
def test_a_file_that_is_cut_short_or_no_report_is_wrong_usage(tmp_path, text):
    code, output = verify(tmp_path, text)
    assert code == 4
    assert "Traceback" not in output


def hide_a_problem(report):
    of(report, FIRST)["findings"][0]["problem"] = "status is 500, not 200"


def fail(report):
    of(report, FIRST)["verdict"] = "failed"
    recount(report)


def miscount(report):
    report["counts"]["passed"] += 1


def leave_one_out(report):
    report["contracts"].remove(of(report, FIRST))
    recount(report)


def leave_all_out(report):
    report["contracts"].clear()
    recount(report)


def repeat(report):
    report["contracts"].append(of(report, FIRST))
    recount(report)


def rename(report):
    of(report, FIRST)["id"] = "renamed[ColdArchive-V4]"


def take_findings(report):
    of(report, FIRST)["findings"] = []


def require_nothing(report):
    for finding in of(report, FIRST)["findings"]:
        finding["required"] = False


def deviate_without_reason(report):
    of(report, FIRST)["verdict"] = "deviates"
    recount(report)


def not_test(report):
    of(report, FIRST)["verdict"] = "not tested"
    recount(report)


def claim_nothing(report):
    for entry in report["contracts"]:
        entry.update(verdict="not claimed", findings=[])
    recount(report)


def damage(report):
    del report["exit"]


def from_another_version(report):
    report["suite"] = "0.0.9"


def from_another_set(report):
    report["contract_set"] = "0" * 64


def on_the_emulator(report):
    report["target"] = {"name": "emulator", "endpoint": "emulator"}


def tomorrow(report):
    report["ended"] = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def backwards(report):
    report["began"], report["ended"] = report["ended"], report["began"]


def interrupted(report):
    report["exit"] = {"code": 2, "reason": "INTERRUPTED: no verdict"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (hide_a_problem, f"{FIRST}: is passed, but answer is required and has a problem"),
        (fail, "its contracts earn exit code 1, a contract failed"),
        (miscount, "counts "),
        (leave_one_out, f"PARTIAL: {len(CASES) - 1} of {len(CASES)} ran, {FIRST} for one did not"),
        (leave_all_out, "no contract ran"),
        (repeat, f"{FIRST}: stands 2 times"),
        (rename, "renamed[ColdArchive-V4]: the installed catalogue has no such contract"),
        (take_findings, f"{FIRST}: is passed without a finding"),
        (require_nothing, f"{FIRST}: passed, but nothing in it is required"),
        (deviate_without_reason, f"{FIRST}: deviates without a reason"),
        (not_test, "its contracts earn exit code 6, a contract was not tested"),
        (claim_nothing, "its contracts earn exit code 5, nothing was tested"),
        (damage, "the report is damaged: KeyError"),
        (from_another_version, "written by version 0.0.9"),
        (from_another_set, "another set of contracts"),
        (on_the_emulator, "about the emulator, which says nothing of a server"),
        (tomorrow, "which is in the future"),
        (backwards, "before it began"),
        (interrupted, "exit code 2: INTERRUPTED: no verdict"),
    ],
)
def test_a_report_that_does_not_bear_a_green_verdict_is_refused(tmp_path, change, said):
    report = sound()
    change(report)
    code, output = verify(tmp_path, report)
    assert code == 1
    assert said in output, output
    assert output.rstrip().endswith("REFUSED")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-age", "30m"], "longer ago than 0:30:00"),
        (["--target", "https://other.example.test"], f"about {SERVER}, not about https://other.example.test"),
        (["--min-contracts", "100000"], "fewer than 100000"),
        (["--min-passed", "100000"], "fewer than 100000"),
    ],
)
def test_a_demand_that_is_not_met_is_a_refusal(tmp_path, options, said):
    code, output = verify(tmp_path, sound(), *options)
    assert (code, said in output) == (1, True), output


def test_what_is_named_is_accepted(tmp_path):
    report = sound()
    on_the_emulator(report)
    assert verify(tmp_path, report, "--target", "emulator")[0] == 0
    report = sound()
    not_test(report)
    report["exit"]["code"] = 6
    assert verify(tmp_path, report, "--allow-incomplete")[0] == 0
    assert verify(tmp_path, sound(), "--target", "staging")[0] == 0


def test_an_age_that_is_none_is_wrong_usage(tmp_path):
    code, output = verify(tmp_path, sound(), "--max-age", "soon")
    assert (code, "give minutes, hours or days" in output) == (4, True)


def test_many_problems_are_counted_not_listed(tmp_path):
    report = sound()
    for entry in report["contracts"]:
        entry["id"] = f"x-{entry['id']}"
    assert len(verify(tmp_path, report)[1].splitlines()) == 12
