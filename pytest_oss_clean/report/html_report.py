"""The report of a run as one HTML page that needs nothing else: no network, no other file.

`PARTS` are the style and macros that the page of `oss-clean prove` uses as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.report.causes import Cause, causes
from pytest_oss_clean.report.failure import PAGE
from pytest_oss_clean.report.junit_properties import Result
from pytest_oss_clean.report.matrix import matrix
from pytest_oss_clean.report.state_diagram import pictures
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import exit_words, scope
from pytest_oss_clean.spec.verdict import UNTESTED, Exit, Verdict

TONES = {
    Verdict.PASSED: "good",
    Verdict.OBSERVED: "plain",
    Verdict.CHANGED: "warn",
    Verdict.DEVIATES: "warn",
    Verdict.FAILED: "bad",
    Verdict.ERROR: "warn",
    Verdict.NOT_RECORDED: "warn",
    Verdict.PENDING: "warn",
    Verdict.NOT_OBSERVED: "plain",
    Verdict.NOT_CLAIMED: "plain",
}
"""Colours of verdicts; each verdict stands beside it as a word, too."""


@dataclass(frozen=True)
class PageData:
    """What a page shows beside the verdicts."""

    exit_code: int
    place: str
    began: str
    suite: str
    texts: Mapping[str, str] = field(default_factory=dict)
    wire: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: Iterable[str] = ()
    following: str = ""


def environment() -> Environment:
    """Return jinja2 with every text escaped, and no name that is unknown."""
    made = Environment(
        loader=PackageLoader("pytest_oss_clean.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["page_url"] = PAGE
    return made


def as_html(tally: Tally, data: PageData) -> str:
    results, table = tally.results(), matrix(tally.verdicts)
    found: list[Cause] = causes(results, tally.causes)
    verdict = exit_words(tally, data.exit_code)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            verdict=verdict,
            scope=scope(tally, verdict),
            tone={int(Exit.OK): "good", int(Exit.FAILED): "bad"}.get(data.exit_code, "warn"),
            data=data,
            counts=[(str(v), n, TONES[v]) for v in Verdict if (n := tally.counts()[v])],
            causes=found,
            pictures=pictures(tally.verdicts, tally.visits()),
            table=table,
            tones=TONES,
            contracts=[_contract(i, results[i], tally.causes.get(i, ""), data) for i in _ordered(results)],
        )
    )


def _ordered(results: Mapping[str, Any]) -> list[str]:
    """Return ids with failures first, then in the catalogue's order."""
    order = {case_id: number for number, case_id in enumerate(CASES)}
    worst = {Verdict.FAILED: 0, Verdict.CHANGED: 1} | dict.fromkeys(UNTESTED, 2)
    return sorted(results, key=lambda i: (worst.get(results[i].verdict, 3), order.get(i, len(order))))


AREA_OF = {contract.id: area for area, contracts in AREAS.items() for contract in contracts}


def _contract(case_id: str, result: Result, cause: str, data: PageData) -> dict[str, Any]:
    contract = CASES[case_id].contract
    return {
        "id": case_id,
        "area": AREA_OF.get(contract.id, ""),
        "given": str(contract.given),
        "verdict": str(result.verdict),
        "tone": TONES[result.verdict or Verdict.ERROR],
        "clause": contract.clause,
        "says": contract.says,
        "reading": contract.reading,
        "source": contract.source,
        "cause": cause,
        "deviation": result.deviation,
        "findings": result.findings,
        "expectations": [
            (e.id, ", ".join(map(str, e.matchers)), str(e.evidence), e.evidence.required)
            for e in contract.expectations
        ],
        "text": data.texts.get(case_id, ""),
        "wire": data.wire.get(case_id, ()),
        "request_id": result.request_id,
    }
