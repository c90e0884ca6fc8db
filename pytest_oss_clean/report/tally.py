"""The one place that counts: which contracts there are, which ran, how often, and to which verdict.

It counts pytest's reports, which also arrive from the workers of pytest-xdist. What was deselected, not
collected, or not reached has no report: it is what is missing of the catalogue.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_oss_clean.engine.coverage import Visits, unpack
from pytest_oss_clean.report.junit_properties import Result, decode
from pytest_oss_clean.spec.verdict import NOTHING_LEARNT, Exit, Verdict, gate, worst

if TYPE_CHECKING:
    import pytest

SKIPPED_BY_US = frozenset({Verdict.NOT_CLAIMED, Verdict.NOT_OBSERVED, Verdict.DEVIATES, Verdict.PENDING})
"""Anybody else's skip is no verdict of ours: the contract was not tested."""

MACHINES = ("life-cycle[", "life-cycle-of-versions[")
"""How the ids of contracts begin whose histories are generated."""


@dataclass
class Tally:
    """Results by contract id, and what else decides the exit code.

    `catalogue` holds the ids of all contracts; `partial` accepts a run of some of them, on the emulator.
    """

    gate_changes: bool = False
    allow_incomplete: bool = False
    catalogue: frozenset[str] = frozenset()
    partial: bool = False
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    details: dict[str, Result] = field(default_factory=dict)
    runs: Counter[str] = field(default_factory=Counter)
    other_failures: int = 0

    def add(self, report: pytest.TestReport) -> None:
        """Take in one report; its phase says whether a failure is a verdict or an error."""
        case_id, result = decode(report.user_properties)
        if case_id is None:
            self.other_failures += report.failed
            return
        if report.when == "teardown":
            known = self.details.get(case_id)
            if (
                known is None
                or worst([r.verdict or Verdict.PASSED for r in (result, known)]) is result.verdict
            ):
                self.details[case_id] = result
            self.other_failures += report.failed
            return
        verdict = self._verdict(report, result)
        if verdict is None:
            return
        self.runs[case_id] += result.runs
        # Another test of the contract, or another run of a test, does not make good one that failed.
        verdict = worst([verdict, self.verdicts.get(case_id, verdict)])
        self.verdicts[case_id] = verdict
        if verdict not in (Verdict.PASSED, Verdict.OBSERVED):
            self.causes[case_id] = result.cause or _last_line(report)

    def _verdict(self, report: pytest.TestReport, result: Result) -> Verdict | None:
        if report.skipped:
            ours = result.verdict
            return ours if ours is not None and ours in SKIPPED_BY_US else Verdict.ERROR
        if report.failed and report.when != "call":
            return Verdict.NOT_RECORDED if result.verdict is Verdict.NOT_RECORDED else Verdict.ERROR
        if report.when != "call" or not (report.failed or report.passed):
            return None
        if report.failed:
            gated = self.gate_changes and result.verdict is Verdict.CHANGED
            return Verdict.CHANGED if gated else Verdict.FAILED
        return result.verdict or Verdict.PASSED

    def results(self) -> dict[str, Result]:
        """Return the result of every contract that has a verdict, by contract id."""
        return {
            case_id: replace(self.details.get(case_id, Result()), verdict=verdict)
            for case_id, verdict in sorted(self.verdicts.items())
        }

    def visits(self, *, by_machine: bool | None = None) -> Visits:
        """Return how often each cell of the matrix was visited; by the life-cycle machine, or but by it."""
        chosen = (
            result.cells
            for case_id, result in self.details.items()
            if by_machine is None or case_id.startswith(MACHINES) is by_machine
        )
        return unpack(" ".join(chosen))

    def counts(self) -> Counter[Verdict]:
        return Counter(self.verdicts.values())

    @property
    def ran(self) -> int:
        """Return how many contracts have a verdict of their own: passed, failed, observed, deviates."""
        return sum(verdict not in NOTHING_LEARNT for verdict in self.verdicts.values())

    @property
    def missing(self) -> frozenset[str]:
        return self.catalogue - self.verdicts.keys()

    @property
    def repeated(self) -> int:
        """Return how many contracts ran more than once."""
        return sum(number > 1 for number in self.runs.values())

    def gate(self, *, whole: bool = True) -> Exit:
        """Return the exit code that the contracts earn; a run cut short does not pass incomplete."""
        allow = self.allow_incomplete and whole
        code = gate(list(self.verdicts.values()), gate_changes=self.gate_changes, allow_incomplete=allow)
        accepted = self.partial or allow or not self.missing
        return Exit.INCOMPLETE if code is Exit.OK and not accepted else code

    def exit_code(self, pytest_exit: int, *, whole: bool = True) -> int:
        """Return the exit code that replaces pytest's, where contracts ran and nothing else failed."""
        ours = pytest_exit in (Exit.OK, Exit.FAILED) and self.verdicts and not self.other_failures
        return int(self.gate(whole=whole)) if ours else pytest_exit


def _last_line(report: pytest.TestReport) -> str:
    return (str(report.longrepr or "").strip().splitlines() or [""])[-1]
