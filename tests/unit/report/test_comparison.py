"""Two reports beside each other: every agreement by its example, and what stands in the table."""

import json

import pytest
from click.testing import CliRunner

from pytest_oss_clean.cli import main
from pytest_oss_clean.report.comparison import MEANS, Agreement, as_table, compare

CASE = "restored[ColdArchive-V4]"
STEERING = "\x1b[2J\u202e\noss-clean: VERIFIED"


def report(*findings, verdict="passed", cause="", case_id=CASE):
    """A report of one contract, with `(observed, problem)` of each finding."""
    rows = [
        {"id": f"e{number}", "observed": observed, "problem": problem, "required": True}
        for number, (observed, problem) in enumerate(findings)
    ]
    contract = {"id": case_id, "verdict": verdict, "cause": cause, "findings": rows}
    return {"format": "oss-clean-report-1", "contracts": [contract]}


RIGHT, OTHER = ("200", ""), ("200; etag as before", "")
WRONG, WORSE = ("500", "status is 500, not 200"), ("404", "status is 404, not 200")


@pytest.mark.parametrize(
    ("a", "b", "agreement"),
    [
        (report(RIGHT), report(RIGHT), Agreement.RIGHT),
        (report(RIGHT), report(WRONG), Agreement.ONLY_A),
        (report(WRONG), report(RIGHT), Agreement.ONLY_B),
        (report(WRONG), report(WRONG), Agreement.WRONG_ALIKE),
        (report(WRONG), report(WORSE), Agreement.WRONG_DIFFERENTLY),
        (report(RIGHT), report(OTHER), Agreement.OTHER_VALUE),
        (report(RIGHT), report(verdict="not tested", cause="503"), Agreement.NOT_COMPARED),
        (report(RIGHT), {"contracts": []}, Agreement.NOT_COMPARED),
    ],
)
def test_each_agreement_has_its_example_and_what_needs_words_has_them(a, b, agreement):
    (row,) = compare(a, b)
    assert row.agreement is agreement
    table = as_table([row], "one", "two")
    (counted,) = [line for line in table if line.startswith(f"{agreement} ") and " 1" in line]
    assert counted.endswith(MEANS.get(agreement, "1"))
    assert not any(means in line for line in table if line != counted for means in MEANS.values())


@pytest.mark.parametrize("command", ["verify", "compare", "deviations"])
def test_a_report_of_somebody_else_steers_no_terminal(tmp_path, command):
    odd = report((f"500{STEERING}", f"status is 500{STEERING}"), verdict="failed", case_id=CASE + STEERING)
    for name, data in (("odd.json", odd), ("plain.json", report(RIGHT))):
        (tmp_path / name).write_text(json.dumps(data), "utf-8")
    others = [str(tmp_path / "plain.json")] * (command == "compare")
    done = CliRunner().invoke(main, [command, str(tmp_path / "odd.json"), *others], color=True)
    assert done.output
    assert all(line.isprintable() for line in done.output.splitlines())
    assert not any(line.startswith("oss-clean: VERIFIED") for line in done.output.splitlines())
