"""Findings: one expectation compared with what a target showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe, read_error
from pytest_oss_clean.spec.contract import (
    Contract,
    Effect,
    Expectation,
    Explanation,
    Moment,
    Race,
    end_of_race,
)
from pytest_oss_clean.spec.evidence import Demand, Evidence
from pytest_oss_clean.spec.matchers import Before, StatusIs, check, summary

FEW_ENDS = 4
"""Number of ends of a race that are named where what was seen is none of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation compared: `problem` is empty where the answer is as expected.

    `observed` is stable from run to run: it names no object, date or id. `required` says whether it
    gates in this run.
    """

    id: str
    evidence: Evidence
    observed: str
    problem: str = ""
    says: str = ""
    required: bool = True
    row: str = ""
    """The row that generated data looked up: contract/expectation."""

    @property
    def fails(self) -> bool:
        return bool(self.problem) and self.required


def judge_answer(
    contract: Contract, response: Response, before: Before | None, demand: Demand
) -> list[Finding]:
    """Compare the answer to the judged request: a finding for each difference, or one that it is right."""
    return [
        f for each in contract.expect for f in judge_expectation(contract, each, response, before, demand)
    ]


def judge_expectation(
    contract: Contract, expectation: Expectation, response: Response, before: Before | None, demand: Demand
) -> list[Finding]:
    """Compare one expectation: a finding for each difference, or one that it is right."""
    problems = check(expectation.matchers, response, before) or [""]
    return [_finding(contract, expectation, response, before, demand, problem) for problem in problems]


def judge_effect(
    contract: Contract, effect: Effect, response: Response, before: Before, demand: Demand
) -> Finding:
    problems = check(effect.matchers, response, before)
    text = _difference(effect, response, problems) if problems else ""
    return _finding(contract, effect, response, before, demand, text)


def judge_race(  # noqa: PLR0913 - what was seen, and how it is judged
    contract: Contract,
    race: Race,
    responses: Sequence[str],
    state: str,
    demand: Demand,
    *,
    moving: bool = False,
) -> Finding:
    """Probe for an order of the racing requests that explains their answers and the state after them.

    `moving` says that a restore may have completed meanwhile.
    """
    possible = [e for e in race.explanations if moving or not e.waited]
    explained = state in states_after(possible, responses)
    observed = end_of_race(responses, state)
    problem = "" if explained else f"no order of the requests one after the other explains: {observed}"
    if problem and len(possible) <= FEW_ENDS:
        problem += f" (some order explains: {' | '.join(map(str, possible))})"
    required = demand.requires(race.evidence, contract.since)
    # The end of a race is chance: observed is only whether some order explains it.
    told = "explained by an order" if explained else "explained by no order"
    return Finding("race", race.evidence, told, problem, required=required)


def states_after(explanations: Iterable[Explanation], responses: Sequence[str]) -> set[str]:
    """Return the states that may be left behind by a race that was answered like this."""
    seen = tuple(sorted(responses))
    return {e.state for e in explanations if tuple(sorted(e.responses)) == seen}


def _finding(  # noqa: PLR0913, PLR0917 - the parts of a comparison
    contract: Contract,
    expectation: Expectation,
    response: Response,
    before: Before | None,
    demand: Demand,
    problem: str,
) -> Finding:
    if response.transport_error is not None:
        observed = summary(response)
    else:
        observed = "; ".join(dict.fromkeys(m.observed(response, before) for m in expectation.matchers))
    return Finding(
        expectation.id,
        expectation.evidence,
        observed,
        problem,
        expectation.says,
        demand.requires(expectation.evidence, expectation.since or contract.since),
    )


def _difference(effect: Effect, response: Response, problems: list[str]) -> str:
    """Say what the probe showed beside what it should have shown, and what that means.

    A refusal with the right status whose document cannot be read means nothing for the object.
    """
    when = f" {effect.moment}" if effect.moment not in (Moment.AT_ONCE, Moment.SETTLED) else ""
    probe = effect.probe
    wanted = " ".join(m.brief for m in effect.response_matchers)
    status_fits = response.status in {m.status for m in effect.response_matchers if isinstance(m, StatusIs)}
    if status_fits and response.status >= 400 and read_error(response).problem:  # noqa: PLR2004 - a refusal
        return f"{probe} answers {response.status}{when}: {'; '.join(problems)} ({effect.evidence})"
    if check(effect.response_matchers, response, before=None):
        shown = f"{probe} answers {describe(response)}{when}, not {wanted}"
    else:
        shown = f"in {probe}{when}, {'; '.join(problems)}"
    return f"{effect.otherwise}: {shown} ({effect.evidence})"
