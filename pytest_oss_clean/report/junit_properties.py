"""A contract's result as pytest's user properties: across workers, and into JUnit.

Names start with `oss.`; values are texts, or compact JSON where there are several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_oss_clean.engine.coverage import pack, visits_of
from pytest_oss_clean.oss.constants import REQUEST_ID
from pytest_oss_clean.oss.responses import server_words
from pytest_oss_clean.report.suspicions import suspicion
from pytest_oss_clean.spec.matchers import summary
from pytest_oss_clean.spec.verdict import Verdict

if TYPE_CHECKING:
    from pytest_oss_clean.report.gate.gate import GatedOutcome
    from pytest_oss_clean.spec.findings import Finding

CONTRACT, VERDICT, CAUSE, DEVIATION, CHANGES, FINDINGS, REQUEST, CELLS, ANSWER, SERVER, SUSPICION, RUNS = (
    f"oss.{name}"
    for name in (
        "contract", "verdict", "cause", "deviation", "changes", "findings", "request-id", "cells",
        "answer", "server", "suspicion", "runs",
    )
)  # fmt: skip

Scrub = Callable[[str], str]


@dataclass(frozen=True)
class Result:
    """What a run says of one contract; `verdict` is None where the suite itself gave none."""

    verdict: Verdict | None = None
    cause: str = ""
    deviation: str = ""
    changes: tuple[str, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    request_id: str = ""
    cells: str = ""
    """The cells visited, as `coverage_matrix.pack` writes them."""
    answer: str = ""
    """Status and Code that answered the judged request, `server` what the server says beside them."""
    server: str = ""
    suspicion: str = ""
    """The id of the row of suspicions that was borne out."""

    runs: int = 1
    """How often the test ran; a plugin may run it again."""

    @property
    def checks(self) -> dict[str, str]:
        return {f["id"]: f["observed"] for f in self.findings if f["check"]}

    @property
    def unlike(self) -> list[str]:
        """Return the differences that fail nothing."""
        return [f["problem"] for f in self.findings if f["problem"] and not f["required"]]

    @property
    def explained(self) -> str:
        """Return what the deviations say of a failure."""
        return self.cause if self.verdict is Verdict.FAILED else ""


def encode(judged: GatedOutcome, scrub: Scrub) -> list[tuple[str, str]]:
    """Return the properties of a result; each text is scrubbed by itself, so that JSON stays JSON."""
    outcome = judged.outcome
    suspected = suspicion(outcome)
    response = outcome.judged.response if outcome.judged else None
    values = {
        VERDICT: str(outcome.verdict),
        CAUSE: scrub(outcome.cause),
        DEVIATION: scrub(judged.deviation),
        CHANGES: _compact([scrub(text) for text in judged.changes]),
        FINDINGS: _compact([_finding(finding, scrub) for finding in outcome.findings]),
        REQUEST: scrub((response and response.header(REQUEST_ID)) or ""),
        CELLS: pack(visits_of(outcome)),
        ANSWER: scrub(summary(response)) if response else "",
        SERVER: scrub(server_words(response)) if response else "",
        SUSPICION: suspected.id if suspected else "",
    }
    return [(name, text) for name, text in values.items() if text]


def not_claimed(reason: str) -> list[tuple[str, str]]:
    """Return the properties of a contract that is skipped because of claims not made."""
    return [(VERDICT, str(Verdict.NOT_CLAIMED)), (CAUSE, reason)]


def decode(properties: Iterable[tuple[str, object]]) -> tuple[str | None, Result]:
    """Return contract id and result; the id is None where a report is of no contract."""
    found = {name: str(value) for name, value in properties}
    verdict = found.get(VERDICT)
    result = Result(
        verdict=Verdict(verdict) if verdict in set(Verdict) else None,
        cause=found.get(CAUSE, ""),
        deviation=found.get(DEVIATION, ""),
        changes=tuple(json.loads(found.get(CHANGES, "[]"))),
        findings=tuple(_whole(finding) for finding in json.loads(found.get(FINDINGS, "[]"))),
        request_id=found.get(REQUEST, ""),
        cells=found.get(CELLS, ""),
        answer=found.get(ANSWER, ""),
        server=found.get(SERVER, ""),
        suspicion=found.get(SUSPICION, ""),
        runs=int(found.get(RUNS, "1")),
    )
    return found.get(CONTRACT), result


def _finding(finding: Finding, scrub: Scrub) -> dict[str, Any]:
    """Return what is not empty of a finding."""
    data = {
        "id": finding.id,
        "evidence": str(finding.evidence),
        "required": finding.required,
        "check": not finding.evidence.required,
        "observed": scrub(finding.observed),
        "problem": scrub(finding.problem),
        "says": finding.says,
    }
    return {name: value for name, value in data.items() if value}


def _whole(data: Mapping[str, Any]) -> dict[str, Any]:
    empty = {"id": "", "evidence": "", "required": False, "check": False}
    return {**empty, "observed": "", "problem": "", "says": "", **data}


def _compact(data: list[Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True) if data else ""
