"""What a run of one contract showed, for the reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_oss_clean.errors import NotTestedError, UnusableError
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Elapsed, Exchange

LATE = "effect-late"
"""The finding on effects that showed after the first probe."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Which generated data was tried: the number of examples, the seed, the smallest that failed in words.

    `cells` are those that a machine visited, as `coverage_matrix.pack` writes them.
    """

    examples: int
    seed: int
    smallest: str = ""
    cells: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of one contract showed.

    `cause` says why it was not tested. `judged` is the exchange that the contract is about, None
    where it was never sent; `tried` is known of generated contracts only. Texts may quote the target:
    scrub them before they are shown.
    """

    case: Case
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    cause: str = ""
    judged: Exchange | None = None
    before: Response | None = None
    transcript: tuple[Exchange | Elapsed, ...] = ()
    tried: Tried | None = None

    @property
    def problems(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.fails]

    @property
    def unlike(self) -> list[Finding]:
        """Return the checks that observed something else than we expect; they fail nothing."""
        return [f for f in self.findings if f.problem and not f.required]

    @property
    def observations(self) -> dict[str, str]:
        return {f.id: f.observed for f in self.findings if not f.evidence.required and f.id != LATE}


def late(transcript: Iterable[Exchange | Elapsed]) -> list[Finding]:
    """Return a finding where the effect of a clean showed late; it fails nothing, in no baseline."""
    settled = max((e.settled or 0.0 for e in transcript if isinstance(e, Exchange)), default=0.0)
    text = f"the effect of a clean showed {settled:.1f} s after it was answered"
    return [Finding(LATE, Evidence.INFERRED, "late", text, required=False)] if settled else []


def untested(case: Case, target: Target, why: NotTestedError) -> Verdict:
    """Checks that could not be made demand nothing, unless they gate or nothing can be tested at all."""
    gates = not case.checks_only or target.demand.strict
    return Verdict.ERROR if gates or isinstance(why, UnusableError) else Verdict.NOT_OBSERVED
