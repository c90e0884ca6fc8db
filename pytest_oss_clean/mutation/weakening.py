"""Which matchers are needed: each one, made to accept more everywhere, must let a killed mutant survive.

Inversion shows that an expectation is compared at all; it does not show that the comparison is strict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.inversion import AnyExpectation
from pytest_oss_clean.mutation.kill_matrix import Examined, Result
from pytest_oss_clean.mutation.mutant import Family, OnWire
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import read_error
from pytest_oss_clean.spec.contract import Case, Contract, Expectation
from pytest_oss_clean.spec.matchers import (
    Agrees,
    Before,
    ContentSame,
    ErrorDocumentValid,
    Fresh,
    Is,
    Matcher,
    Refusal,
    RestoreIs,
    Same,
    StatusIs,
)
from pytest_oss_clean.spec.verdict import Verdict

Accepts = Callable[[Any, Response, Before | None], bool]
"""Whether a response is accepted in place of what the matcher demands."""

BY_SEQUENCE = frozenset({Family.INTERMITTENT, Family.CONCURRENCY})
"""Mutants that go by what other contracts did, or by luck: a few contracts alone do not show them."""


def _any_value(matcher: Is | Same | Agrees | Fresh, response: Response, _: Before | None) -> bool:
    return matcher.source.read(response) is not None


def _same_length(_: ContentSame, response: Response, before: Before | None) -> bool:
    return before is not None and len(response.body) == len(before.content)


ANYTHING: tuple[str, Accepts] = ("anything", lambda *_: True)
LESS: Mapping[type[Matcher], tuple[str, Accepts]] = {
    StatusIs: ("any status of its class", lambda m, r, _: r.status // 100 == m.status // 100),
    Refusal: ("any error", lambda _m, r, _b: r.status >= 400),  # noqa: PLR2004
    RestoreIs: ("any value", lambda _m, r, _b: r.header(RESTORE_STATE) is not None),
    ContentSame: ("as many bytes", _same_length),
    ErrorDocumentValid: ("any document with a Code", lambda _m, r, _b: bool(read_error(r).code)),
    **dict.fromkeys((Is, Same, Agrees, Fresh), ("any value", _any_value)),
}
"""What a matcher of each kind accepts once it is weak, beside one that accepts anything."""


@dataclass(frozen=True)
class Weakened(Matcher):
    inner: Matcher
    accepts: Accepts

    def __str__(self) -> str:
        return str(self.inner)

    @property
    def brief(self) -> str:
        return self.inner.brief

    def problem(self, response: Response, before: Before | None) -> str:
        return "" if self.accepts(self.inner, response, before) else self.inner.problem(response, before)

    def observed(self, response: Response, before: Before | None) -> str:
        return self.inner.observed(response, before)


@dataclass(frozen=True)
class WeakenedComparison(Weakened):
    """A matcher that compares with what was before, and accepts more."""

    compares: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Weakening:
    """One way to weaken one matcher, wherever a required expectation uses it."""

    matcher: Matcher
    name: str
    accepts: Accepts

    def __str__(self) -> str:
        return f"{self.matcher!r} accepting {self.name}"

    def uses(self, contract: Contract) -> bool:
        return any(self.matcher in e.matchers for e in required(contract))

    def of(self, case: Case) -> Case:
        contract = case.contract
        expect = tuple(map(self._weak, contract.expect))
        return replace(
            case, contract=replace(contract, expect=expect, then=tuple(map(self._weak, contract.then)))
        )

    def _weak(self, expectation: AnyExpectation) -> AnyExpectation:
        if not expectation.evidence.required or self.matcher not in expectation.matchers:
            return expectation
        kind = WeakenedComparison if self.matcher.compares else Weakened
        weak = kind(self.matcher, self.accepts)
        matchers = tuple(weak if m == self.matcher else m for m in expectation.matchers)
        return replace(expectation, matchers=matchers)

    def survives(self, examined: Examined) -> bool:
        """Return whether none of the contracts that kill a mutant does so any more."""
        with staged(MUTANTS[examined.id].fault, ExecutionCount()) as target:
            provisioner = Provisioner(target)
            for case_id in examined.killers:
                target.try_again()
                if run(self.of(CASES[case_id]), target, provisioner).verdict is Verdict.FAILED:
                    return False
        return True


def required(contract: Contract) -> list[Expectation]:
    return [e for e in (*contract.expect, *contract.then) if e.evidence.required]


def weakenings() -> Iterator[Weakening]:
    """Return each way to weaken each matcher that a required expectation uses."""
    used = dict.fromkeys(m for contract in CONTRACTS for e in required(contract) for m in e.matchers)
    for matcher in used:
        for name, accepts in dict(
            [ANYTHING, *([LESS[type(matcher)]] if type(matcher) in LESS else [])]
        ).items():
            yield Weakening(matcher, name, accepts)


def unneeded(found: Iterable[Examined]) -> tuple[int, list[str]]:
    """Weaken each matcher; return how many ways there are, and those that let no killed mutant survive."""
    killed = [e for e in found if e.result is Result.KILLED and _certain(e.id)]
    killed.sort(key=lambda examined: len(examined.killers))
    tried, strict = 0, []
    for weakening in weakenings():
        using = {contract.id for contract in CONTRACTS if weakening.uses(contract)}
        candidates = [e for e in killed if {i.partition("[")[0] for i in e.killers} <= using]
        tried += 1
        if not any(map(weakening.survives, candidates)):
            strict.append(str(weakening))
    return tried, strict


def _certain(mutant_id: str) -> bool:
    mutant = MUTANTS[mutant_id]
    return mutant.family not in BY_SEQUENCE and not isinstance(mutant.fault, OnWire)


def idle(found: Iterable[Examined]) -> list[str]:
    """Return the required expectations that fail on no mutant, by contract."""
    failing = {
        (case_id.partition("[")[0], finding.partition(":")[0])
        for examined in found
        for case_id, findings in examined.killers.items()
        for finding in findings
    }
    every = dict.fromkeys((c.id, e.id) for c in CONTRACTS for e in required(c))
    return [
        f"{contract} {expectation}"
        for contract, expectation in every
        if (contract, expectation) not in failing
    ]
