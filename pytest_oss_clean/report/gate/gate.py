"""From what a contract showed to what is said of it: deviations and the baseline have their word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.report.gate.baseline import Baseline, read_baseline
from pytest_oss_clean.report.gate.deviations import Deviations, read_deviations
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings

COMPARED = frozenset({Verdict.PASSED, Verdict.OBSERVED, Verdict.DEVIATES, Verdict.FAILED})
"""Verdicts whose observations can be held against a baseline."""


@dataclass(frozen=True)
class GatedOutcome:
    """An outcome with its final verdict; `deviation` is the owner's reason, `changes` are sentences."""

    outcome: Outcome
    deviation: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """What the target's owner brought to a run: known deviations, an earlier run's observations."""

    deviations: Deviations = field(default_factory=Deviations)
    baseline: Baseline | None = None
    gate_changes: bool = False

    def __call__(self, outcome: Outcome) -> GatedOutcome:
        """Return the final verdict; a failure stays one, a change shows on what did not fail."""
        judged, deviation = self.deviations.judge(_gating(outcome))
        changes: tuple[str, ...] = ()
        if self.baseline is not None and judged.verdict in COMPARED:
            changes = self.baseline.changes(judged.case.id, judged.observations)
        hidden = judged.verdict is Verdict.DEVIATES and not self.gate_changes
        if changes and judged.verdict is not Verdict.FAILED and not hidden:
            judged = replace(judged, verdict=Verdict.CHANGED)
        return GatedOutcome(judged, deviation, changes)


def _gating(outcome: Outcome) -> Outcome:
    """Return a success as passed or observed, by what gates in this run: strictness and edition count."""
    if outcome.verdict not in (Verdict.PASSED, Verdict.OBSERVED) or not outcome.findings:
        return outcome
    required = any(finding.required for finding in outcome.findings)
    return replace(outcome, verdict=Verdict.PASSED if required else Verdict.OBSERVED)


def read_gate(settings: Settings, cases: Mapping[str, Case], today: date) -> Gate:
    """Read the files of the target's owner. Raises ConfigurationError."""
    known, earlier = settings.deviations, settings.baseline
    return Gate(
        read_deviations(known, cases, today) if known else Deviations(),
        read_baseline(earlier) if earlier else None,
        settings.gate_changes,
    )
