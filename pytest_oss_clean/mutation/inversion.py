"""Demanding the opposite: with one required expectation inverted, the control must turn red."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.contract import Case, Expectation
from pytest_oss_clean.spec.matchers import Before, Matcher

AnyExpectation = TypeVar("AnyExpectation", bound=Expectation)


@dataclass(frozen=True)
class Not(Matcher):
    inner: tuple[Matcher, ...]

    def problem(self, response: Response, before: Before | None) -> str:
        wrong = any(matcher.problem(response, before) for matcher in self.inner)
        return "" if wrong else "everything is as it must be, which is now demanded not to be"


@dataclass(frozen=True)
class NotAsBefore(Not):
    """The opposite of matchers that compare with what was before."""

    compares: ClassVar[bool] = True


def inverted(case: Case) -> list[tuple[str, Case]]:
    """Return the case once for each required expectation, that one inverted."""
    contract = case.contract
    found = []
    for number, expectation in enumerate(contract.expect):
        if expectation.evidence.required:
            changed = replace(contract, expect=_with(contract.expect, number, _opposite(expectation)))
            found.append((expectation.id, replace(case, contract=changed)))
    for number, effect in enumerate(contract.then):
        if effect.evidence.required:
            then = tuple(_opposite(e) if n == number else e for n, e in enumerate(contract.then))
            found.append((effect.id, replace(case, contract=replace(contract, then=then))))
    return found


def _with(row: tuple[Expectation, ...], number: int, other: Expectation) -> tuple[Expectation, ...]:
    return (*row[:number], other, *row[number + 1 :])


def _opposite(expectation: AnyExpectation) -> AnyExpectation:
    kind = NotAsBefore if any(m.compares for m in expectation.matchers) else Not
    return replace(expectation, matchers=(kind(expectation.matchers),))
