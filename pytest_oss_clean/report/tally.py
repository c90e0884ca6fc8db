"""Counting verdicts from pytest's reports, which also arrive from the workers of pytest-xdist."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import pytest

from pytest_oss_clean.verdict import Exit, Verdict, gate

CONTRACT, VERDICT, CAUSE, CHECKS, UNLIKE = (
    f"oss.{name}" for name in ("contract", "verdict", "cause", "checks", "unlike")
)
"""Names of the user properties that carry a contract's result, into JUnit and across workers."""


@dataclass
class Tally:
    """Verdicts by contract id, and what else the last lines tell."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    checks: int = 0
    unlike: dict[str, list[str]] = field(default_factory=dict)
    other_failures: int = 0

    def add(self, report: pytest.TestReport) -> None:
        """Take in one report; its phase says whether a failure is a verdict or an error."""
        properties = {name: str(value) for name, value in report.user_properties}
        case_id = properties.get(CONTRACT)
        if case_id is None:
            self.other_failures += report.failed
            return
        if report.when == "teardown":
            self._add_details(case_id, properties)
            if report.failed:
                self.other_failures += 1
            return
        verdict = self._verdict(report, properties)
        if verdict is not None:
            self.verdicts[case_id] = verdict
        if report.failed or report.skipped:
            self.causes[case_id] = properties.get(CAUSE) or str(report.longrepr).strip().splitlines()[-1]

    def _verdict(self, report: pytest.TestReport, properties: dict[str, str]) -> Verdict | None:
        if report.skipped:
            claimed = properties.get(VERDICT) != Verdict.NOT_CLAIMED
            # Anybody else's skip is no verdict of ours: the contract was not tested.
            return Verdict.ERROR if claimed else Verdict.NOT_CLAIMED
        if report.failed:
            return Verdict.FAILED if report.when == "call" else Verdict.ERROR
        return Verdict.PASSED if report.when == "call" else None

    def _add_details(self, case_id: str, properties: dict[str, str]) -> None:
        self.checks += len(json.loads(properties.get(CHECKS, "{}")))
        unlike = json.loads(properties.get(UNLIKE, "[]"))
        if unlike:
            self.unlike[case_id] = unlike

    def counts(self) -> Counter[Verdict]:
        """Return how many cases got each verdict."""
        return Counter(self.verdicts.values())

    def exit_code(self, pytest_exit: int) -> int:
        """Return the exit code that replaces pytest's, where contracts ran and nothing else failed."""
        ours = pytest_exit in (Exit.OK, Exit.FAILED) and self.verdicts and not self.other_failures
        return int(gate(list(self.verdicts.values()))) if ours else pytest_exit
