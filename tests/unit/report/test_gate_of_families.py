"""Deviations, baseline, strictness and required cells reach races and generated contracts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mutant_runs import run_on_mutant
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.contracts.cells import CELLS
from pytest_oss_clean.engine.coverage import pack, unvisited
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.report.finish import Summary
from pytest_oss_clean.report.gate.baseline import Baseline
from pytest_oss_clean.report.gate.deviations import read_deviations, suggest
from pytest_oss_clean.report.gate.gate import Gate
from pytest_oss_clean.report.junit_properties import Result
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target

RACE = "cleans-at-once[ColdArchive-V4]"
GENERATED = "life-cycle[ColdArchive-V4]"


def raced(*, strict):
    """Return the outcome of a race on a server that lets two cleans win."""
    outcome, _ = run_on_mutant("concurrency-two-winners", RACE, strict=strict)
    return outcome


def generated(answer):
    """Return the outcome of generated histories on a server that answers second cleans otherwise."""

    def wrap(service):
        def sender(request):
            response = service(request)
            stale = is_clean(request) and b"ArchiveRestoreFileStale" in response.body
            body = response.body.replace(b"ArchiveRestoreFileStale", answer)
            return replace(response, body=body) if stale else response

        return sender

    target = memory_target(wrap)
    target.trying = replace(target.trying, shrink=False)
    return run(CASES[GENERATED], target, Provisioner(target))


def listed(tmp_path, outcome):
    """Return deviations as `oss-clean deviations` suggests them for an outcome, with a reason filled in."""
    findings = [
        {"id": f.id, "observed": f.observed, "problem": f.problem, "required": f.required}
        for f in outcome.findings
    ]
    report = {"contracts": [{"id": outcome.case.id, "verdict": "failed", "findings": findings}]}
    path = tmp_path / "known.toml"
    path.write_text(suggest(report).replace('reason = ""', 'reason = "known"'), "utf-8")
    return read_deviations(path, CASES, date(2027, 1, 1))


def test_a_race_that_fails_in_a_strict_run_can_be_a_known_deviation(tmp_path):
    strict = raced(strict=True)
    assert strict.verdict is Verdict.FAILED
    known = listed(tmp_path, strict)
    assert Gate(known)(strict).outcome.verdict is Verdict.DEVIATES
    plain = raced(strict=False)
    assert Gate(known)(plain).outcome.verdict is Verdict.OBSERVED, "one file serves both runs"
    right = replace(strict, verdict=Verdict.PASSED, findings=(replace(strict.findings[0], problem=""),))
    assert Gate(known)(right).outcome.verdict is Verdict.FAILED, "a race that passes is a stale deviation"


def test_a_race_changes_where_no_order_explains_it_any_more():
    def before(told):
        checks = {RACE: {"race": told}}
        return Baseline(target="t", suite="s", edition="0.1", contract_set="c", checks=checks)

    outcome = raced(strict=False)
    assert Gate(baseline=before("explained by no order"))(outcome).changes == ()
    judged = Gate(baseline=before("explained by an order"), gate_changes=True)(outcome)
    assert judged.outcome.verdict is Verdict.CHANGED
    assert judged.changes == (
        "your server changed: race was 'explained by an order', is 'explained by no order'",
    )


def test_generated_histories_that_fail_as_listed_deviate_and_any_other_way_fail(tmp_path):
    outcome = generated(b"BoxStale")
    assert outcome.verdict is Verdict.FAILED
    known = listed(tmp_path, outcome)
    judged = Gate(known)(outcome)
    assert (judged.outcome.verdict, judged.deviation) == (Verdict.DEVIATES, "known")
    other = generated(b"BoxOther")
    assert Gate(known)(other).outcome.verdict is Verdict.FAILED
    passed = replace(outcome, verdict=Verdict.PASSED, findings=())
    assert Gate(known)(passed).outcome.verdict is Verdict.PASSED, "other data need not find it again"


def test_generated_checks_gate_where_strict_is_asked_of_their_area():
    case = CASES["generated-names-undecided[ColdArchive-V4]"]

    def refusing(service):
        def sender(request):
            response = service(request)
            return replace(response, status=418) if is_clean(request) else response

        return sender

    verdicts = []
    for strict in (False, True):
        target = memory_target(refusing)
        target.demand, target.trying = Demand(strict=strict), replace(target.trying, shrink=False)
        verdicts.append(run(case, target, Provisioner(target)).verdict)
    assert verdicts == [Verdict.OBSERVED, Verdict.FAILED]


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_documented_cell_that_was_not_visited_keeps_the_gate_from_green_where_asked(required, whole):
    visited = Counter(dict.fromkeys(CELLS, 1)) if whole else Counter()
    missed = unvisited(visited)
    assert bool(missed) is not whole
    tally = Tally(verdicts={"restored[ColdArchive-V4]": Verdict.PASSED})
    tally.details = {"restored[ColdArchive-V4]": Result(verdict=Verdict.PASSED, cells=pack(visited))}
    settings, display = Settings(require_cells=required), Display(Scrubber(()))
    summary = Summary(settings, tally, display, CASES, Gate(), [], datetime.now(UTC), verbosity=-1)
    assert summary.finish(0, whole=True) == (6 if required and missed else 0)
    said = [note for note in summary.notes if "documented cells were not visited" in note]
    expected = f"{len(missed)} documented cells were not visited: {', '.join(missed)}"
    assert said == [expected] * (required and not whole)
