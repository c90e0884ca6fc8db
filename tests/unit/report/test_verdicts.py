"""Verdicts, the exit code they earn, and counting them from pytest's reports."""

import json
from dataclasses import replace

import pytest

from outcomes import CHECK, RIGHT, UNLIKE, WRONG, outcome
from pytest_oss_clean.report import junit_properties as properties
from pytest_oss_clean.report.gate.gate import Gate, GatedOutcome
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import exit_words
from pytest_oss_clean.spec.verdict import SEVERITY, Exit, Verdict, gate, worst

P, O, C, D = Verdict.PASSED, Verdict.OBSERVED, Verdict.CHANGED, Verdict.DEVIATES  # noqa: E741
N, U, E, F = Verdict.NOT_CLAIMED, Verdict.NOT_OBSERVED, Verdict.ERROR, Verdict.FAILED
ONE = "restored[ColdArchive-V4]"


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([P], Exit.OK),
        ([P, N], Exit.OK),
        ([P, O, C, D, N, U], Exit.OK),
        ([O], Exit.OK),
        ([C, D], Exit.OK),
        ([P, E, N], Exit.INCOMPLETE),
        ([E], Exit.INCOMPLETE),
        ([E, D, U], Exit.INCOMPLETE),
        ([P, E, F], Exit.FAILED),
        ([F, N], Exit.FAILED),
        ([D, F], Exit.FAILED),
        ([N, N], Exit.NO_CONTRACT),
        ([U, N], Exit.NO_CONTRACT),
        ([], Exit.NO_CONTRACT),
    ],
)
def test_the_gate_is_closed_unless_something_was_learnt_and_nothing_failed(verdicts, code):
    assert gate(verdicts) is code


def test_ran_is_what_came_to_a_verdict_of_its_own():
    verdicts = dict(enumerate(Verdict))
    tally = Tally(verdicts={str(i): verdict for i, verdict in verdicts.items()})
    tally.catalogue = frozenset({*tally.verdicts, "deselected"})
    assert tally.ran == len([P, O, C, D, F])
    tally.verdicts = {"a": P, "b": N, "c": U}
    tally.catalogue, tally.partial = frozenset("abcd"), True
    assert exit_words(tally, 0) == "PARTIAL: 1 of 4 ran, none failed"


@pytest.mark.parametrize(
    ("verdicts", "options", "code"),
    [
        ([P, C], {"gate_changes": True}, Exit.FAILED),
        ([E, C], {"gate_changes": True}, Exit.FAILED),
        ([P, D], {"gate_changes": True}, Exit.OK),
        ([P, E], {"allow_incomplete": True}, Exit.OK),
        ([O, E], {"allow_incomplete": True}, Exit.OK),
        ([E], {"allow_incomplete": True}, Exit.INCOMPLETE),
        ([E, N, U], {"allow_incomplete": True}, Exit.INCOMPLETE),
        ([N], {"allow_incomplete": True}, Exit.NO_CONTRACT),
        ([P, E, F], {"allow_incomplete": True}, Exit.FAILED),
    ],
)
def test_options_move_the_gate_and_no_further(verdicts, options, code):
    assert gate(verdicts, **options) is code


def test_the_worst_verdict_counts():
    assert set(SEVERITY) == set(Verdict)
    assert worst([N, P, E, F]) is F
    assert worst([N, D, E]) is E
    assert worst([P, C, D]) is D
    assert worst([P, O, C]) is C
    assert worst([N, U, P]) is P


def report(outcome, when="call", case_id=ONE, **named):
    values = [(properties.CONTRACT, case_id)] if case_id else []
    values += [(getattr(properties, name.upper()), value) for name, value in named.items()]
    return pytest.TestReport(
        "node", ("file", 1, "test"), {}, outcome, "line one\nlast line", when, user_properties=values
    )


def counted(*reports, **options):
    result = Tally(**options)
    for each in reports:
        result.add(each)
    return result


def test_phases_of_a_contract_become_verdicts():
    assert counted(report("passed", "setup"), report("passed")).verdicts == {ONE: P}
    assert counted(report("passed", "setup"), report("failed")).verdicts == {ONE: F}
    assert counted(report("failed", "setup")).verdicts == {ONE: E}
    assert counted(report("passed", "setup")).verdicts == {}


@pytest.mark.parametrize("verdict", [N, U, D])
def test_only_our_own_skip_has_a_verdict_of_ours(verdict):
    ours = counted(report("skipped", "setup", verdict=str(verdict), cause="because"))
    assert ours.verdicts == {ONE: verdict}
    assert ours.causes == {ONE: "because"}
    assert counted(report("skipped", "setup")).verdicts == {ONE: E}
    assert counted(report("skipped", "setup", verdict="passed")).verdicts == {ONE: E}


@pytest.mark.parametrize("verdict", [P, O, C])
def test_a_test_that_passes_has_the_verdict_of_its_contract(verdict):
    assert counted(report("passed", verdict=str(verdict))).verdicts == {ONE: verdict}


@pytest.mark.parametrize("verdict", [P, O, C, D, F])
def test_a_test_that_fails_fails_its_contract(verdict):
    assert counted(report("failed", verdict=str(verdict))).verdicts == {ONE: F}


def test_a_change_that_gates_is_still_called_a_change():
    gated = counted(report("failed", verdict=str(C)), gate_changes=True)
    assert gated.verdicts == {ONE: C}
    assert gated.exit_code(1) == 1


def test_a_contract_on_two_tests_has_the_worse_verdict():
    assert counted(report("failed"), report("passed")).verdicts == {ONE: F}
    assert counted(report("failed"), report("passed")).exit_code(1) == 1


@pytest.mark.parametrize("order", [(P, F), (F, P)])
def test_details_are_those_of_the_worst_run(order):
    runs = [
        report("failed" if v is F else "passed", "teardown", verdict=str(v), answer=str(v)) for v in order
    ]
    for one in runs:
        one.outcome = "passed"  # the teardown itself
    assert counted(*runs).details[ONE].answer == str(F)


def test_runs_of_one_contract_are_counted():
    assert counted(report("passed"), report("passed", case_id="other[x]")).repeated == 0
    assert counted(report("passed"), report("passed"), report("passed", case_id="other[x]")).repeated == 1


def test_the_cause_of_an_error_is_its_last_line():
    failed = report("failed", "setup")
    failed.longrepr = "Traceback\n  somewhere\nValueError: this is why\n"
    assert counted(failed).causes == {ONE: "ValueError: this is why"}


def test_a_verdict_that_nobody_knows_is_none():
    assert counted(report("passed", verdict="splendid")).verdicts == {ONE: P}


def test_details_are_taken_once_and_are_what_was_found():
    judged = GatedOutcome(outcome(RIGHT, CHECK, UNLIKE), "", ("it changed",))
    carried = properties.encode(judged, lambda text: text.replace("202", "***"))
    named = {name.removeprefix("oss."): value for name, value in carried}
    result = counted(*(report("passed", when, **named) for when in ("setup", "call", "teardown")))
    found = result.results()[ONE]
    assert found.checks == {"ETag-same": "as before", "restorable-anew": "200"}
    assert found.unlike == ["status is 200, not ***"]
    assert found.changes == ("it changed",)
    assert [finding["required"] for finding in found.findings] == [True, False, False]


def test_what_travels_is_compact_ascii_json_that_no_scrubbing_breaks():
    odd = outcome(WRONG, cause='a "quoted" \ud800 \x00 text')
    carried = dict(properties.encode(GatedOutcome(odd), lambda text: text.replace("500", '"')))
    assert carried[properties.FINDINGS].isascii()
    (finding,) = json.loads(carried[properties.FINDINGS])
    assert finding["observed"] == '" InternalError'
    assert "\\u" not in carried[properties.CAUSE]
    assert properties.CHANGES not in carried, "what is empty does not travel"


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


def test_a_run_cut_short_is_not_let_pass_incomplete():
    cut = counted(report("passed"), report("failed", "setup", "other[x]"), allow_incomplete=True)
    assert cut.exit_code(1) == 0
    assert cut.exit_code(1, whole=False) == 6


def test_what_gates_in_a_run_decides_between_passed_and_observed():
    strict, unpinned = replace(CHECK, required=True), replace(RIGHT, required=False)
    for findings, verdict in (([RIGHT, CHECK], P), ([CHECK], O), ([strict], P), ([unpinned, CHECK], O)):
        for before in (P, O):
            assert Gate()(outcome(*findings, verdict=before)).outcome.verdict is verdict
    assert Gate()(outcome(verdict=E)).outcome.verdict is E


@pytest.mark.parametrize(
    ("verdicts", "options", "code", "words"),
    [
        ([P, N], {}, 0, "PASSED: every claimed contract"),
        ([P, D, D], {}, 0, "PASSED: every claimed contract, or deviates as listed (2)"),
        ([O, N], {}, 0, "OBSERVED: nothing failed, but nothing that ran is required"),
        ([P, E], {"allow_incomplete": True}, 0, "PASSED INCOMPLETE: 1 not tested, let pass by --oss-allow"),
        ([P, E], {}, 6, "INCOMPLETE: nothing failed, but not everything could be tested"),
        ([P, F], {}, 1, "FAILED"),
        ([P, C], {"gate_changes": True}, 1, "FAILED: the server changed, and --oss-gate-changes is given"),
        ([P], {"other_failures": 1}, 1, "PASSED: every claimed contract"),
        ([P], {}, 2, "INTERRUPTED: no verdict"),
        ([P], {}, 3, "NO VERDICT: the run itself broke"),
        ([], {}, 0, "NO VERDICT: no contract ran"),
        ([], {}, 2, "INTERRUPTED: no verdict"),
        ([P], {}, 77, "NO VERDICT"),
    ],
)
def test_the_exit_code_has_words(verdicts, options, code, words):
    verdicts = {f"{number}[x]": verdict for number, verdict in enumerate(verdicts)}
    assert exit_words(Tally(verdicts=verdicts, **options), code).startswith(words)
