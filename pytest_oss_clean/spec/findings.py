"""Findings: one expectation compared with what a target showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_oss_clean.oss.messages import Answer
from pytest_oss_clean.oss.responses import describe
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
from pytest_oss_clean.spec.matchers.base import Before, check, summary

FEW_ENDS = 4
"""So many ends of a race are told where what was seen is none of them."""


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

    @property
    def fails(self) -> bool:
        """Tell whether this finding makes the contract fail."""
        return bool(self.problem) and self.required


def judge_answer(contract: Contract, answer: Answer, before: Before | None, demand: Demand) -> list[Finding]:
    """Compare the answer to the judged request: a finding for each difference, or one that it is right."""
    return [f for each in contract.expect for f in judge_expectation(contract, each, answer, before, demand)]


def judge_expectation(
    contract: Contract, expectation: Expectation, answer: Answer, before: Before | None, demand: Demand
) -> list[Finding]:
    """Compare one expectation: a finding for each difference, or one that it is right."""
    problems = check(expectation.matchers, answer, before) or [""]
    return [_finding(contract, expectation, answer, before, demand, problem) for problem in problems]


def judge_effect(
    contract: Contract, effect: Effect, answer: Answer, before: Before, demand: Demand
) -> Finding:
    """Compare the answer to a probe."""
    problems = check(effect.matchers, answer, before)
    text = f"{effect.otherwise}: {_difference(effect, answer, problems)}" if problems else ""
    return _finding(contract, effect, answer, before, demand, text)


def judge_race(  # noqa: PLR0913 - what was seen, and how it is judged
    contract: Contract,
    race: Race,
    answers: Sequence[str],
    state: str,
    demand: Demand,
    *,
    moving: bool = False,
) -> Finding:
    """Look for an order of the racing requests that explains their answers and the state after them.

    `moving` says that a restore may have completed meanwhile.
    """
    possible = [e for e in race.explanations if moving or not e.waited]
    explained = state in states_after(possible, answers)
    observed = end_of_race(answers, state)
    problem = "" if explained else f"no order of the requests one after the other explains: {observed}"
    if problem and len(possible) <= FEW_ENDS:
        problem += f" (some order explains: {' | '.join(map(str, possible))})"
    required = demand.requires(race.evidence, contract.since)
    # Which explained end a race comes to is chance: only the unexplained is told apart.
    told = "explained by an order" if explained else observed
    return Finding("race", race.evidence, told, problem, required=required)


def states_after(explanations: Iterable[Explanation], answers: Sequence[str]) -> set[str]:
    """Return the states that may be left behind by a race that was answered like this."""
    seen = tuple(sorted(answers))
    return {e.state for e in explanations if tuple(sorted(e.answers)) == seen}


def _finding(  # noqa: PLR0913, PLR0917 - the parts of a comparison
    contract: Contract,
    expectation: Expectation,
    answer: Answer,
    before: Before | None,
    demand: Demand,
    problem: str,
) -> Finding:
    if answer.trouble is not None:
        observed = summary(answer)
    else:
        observed = "; ".join(dict.fromkeys(m.observed(answer, before) for m in expectation.matchers))
    return Finding(
        expectation.id,
        expectation.evidence,
        observed,
        problem,
        expectation.says,
        demand.requires(expectation.evidence, expectation.since or contract.since),
    )


def _difference(effect: Effect, answer: Answer, problems: list[str]) -> str:
    """Say what the probe showed beside what it should have shown."""
    when = f" {effect.moment}" if effect.moment not in (Moment.AT_ONCE, Moment.SETTLED) else ""
    look = effect.look
    wanted = " ".join(str(m.status if hasattr(m, "status") else m.code) for m in effect.answer_matchers)
    if check(effect.answer_matchers, answer, before=None):
        return f"{look} answers {describe(answer)}{when}, not {wanted} ({effect.evidence})"
    return f"in {look}{when}, {'; '.join(problems)} ({effect.evidence})"
