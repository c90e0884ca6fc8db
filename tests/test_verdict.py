"""Verdicts, the exit code they earn, and counting them from pytest's reports."""

import json

import pytest

from pytest_oss_clean.report import tally
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.verdict import Exit, Verdict, gate, worst

P, F, E, N = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.NOT_CLAIMED


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([P], Exit.OK),
        ([P, N], Exit.OK),
        ([P, E, N], Exit.INCOMPLETE),
        ([E], Exit.INCOMPLETE),
        ([P, E, F], Exit.FAILED),
        ([F, N], Exit.FAILED),
        ([N, N], Exit.NO_CONTRACT),
        ([], Exit.NO_CONTRACT),
    ],
)
def test_the_gate_is_closed_unless_something_passed_and_nothing_else_happened(verdicts, code):
    assert gate(verdicts) is code


def test_the_worst_verdict_counts():
    assert worst([N, P, E, F]) is F
    assert worst([N, P, E]) is E
    assert worst([N, P]) is P


def report(outcome, when="call", case_id="restored[ColdArchive-V4]", **properties):
    named = [(tally.CONTRACT, case_id)] if case_id else []
    named += [(getattr(tally, name.upper()), value) for name, value in properties.items()]
    return pytest.TestReport(
        "node", ("file", 1, "test"), {}, outcome, "line one\nlast line", when, user_properties=named
    )


def counted(*reports):
    result = Tally()
    for each in reports:
        result.add(each)
    return result


def test_phases_of_a_contract_become_verdicts():
    assert counted(report("passed", "setup"), report("passed")).verdicts == {"restored[ColdArchive-V4]": P}
    assert counted(report("passed", "setup"), report("failed")).verdicts == {"restored[ColdArchive-V4]": F}
    assert counted(report("failed", "setup")).verdicts == {"restored[ColdArchive-V4]": E}
    assert counted(report("passed", "setup")).verdicts == {}


def test_only_our_own_skip_is_not_claimed():
    ours = counted(report("skipped", "setup", verdict=str(N), cause="not claimed: V1"))
    assert ours.verdicts == {"restored[ColdArchive-V4]": N}
    assert ours.causes == {"restored[ColdArchive-V4]": "not claimed: V1"}
    assert counted(report("skipped", "setup")).verdicts == {"restored[ColdArchive-V4]": E}


def test_details_are_counted_once():
    details = {
        "checks": json.dumps({"x": "1", "y": "2"}),
        "unlike": json.dumps(["odd"]),
    }
    result = counted(*(report("passed", when, **details) for when in ("setup", "call", "teardown")))
    assert result.checks == 2
    assert result.unlike == {"restored[ColdArchive-V4]": ["odd"]}


@pytest.mark.parametrize(
    ("reports", "pytest_exit", "code"),
    [
        ([report("passed")], 0, 0),
        ([report("failed")], 1, 1),
        ([report("failed", "setup")], 1, 6),
        ([report("failed", "setup"), report("passed", case_id=None)], 1, 6),
        ([report("failed", "setup"), report("failed", case_id=None)], 1, 1),
        ([report("passed"), report("failed", case_id=None)], 1, 1),
        ([report("passed"), report("failed", "teardown")], 1, 1),
        ([report("skipped", "setup", verdict=str(N))], 0, 5),
        ([report("skipped", "setup")], 0, 6),
        ([report("failed", "setup")], 2, 2),
        ([report("failed", "setup")], 3, 3),
        ([report("failed", case_id=None)], 1, 1),
        ([], 5, 5),
    ],
)
def test_our_exit_code_replaces_only_pytests_verdict_on_contracts(reports, pytest_exit, code):
    assert counted(*reports).exit_code(pytest_exit) == code
