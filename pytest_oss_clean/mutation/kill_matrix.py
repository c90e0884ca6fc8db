"""Running contracts against one mutant or variant, and what that says about the contracts.

The unmutated control comes first; a contract notices a mutant when its outcome is another one than
the control's. A mutant of a rule that is required must make a contract fail; one of an inferred rule
must be noticed, and fail nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.control_replay import Alike, Notes
from pytest_oss_clean.mutation.mutant import Family, Mutant, OnWire, OssError, Variant
from pytest_oss_clean.mutation.ordering import cases_for, one_of_each, order
from pytest_oss_clean.mutation.stage import Counter, staged
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.budgets import Trying
from pytest_oss_clean.target.target import Target

COUNTING = frozenset({Family.INTERMITTENT})
"""Mutants that go by what other contracts did: nothing is told of them before."""

NOTHING_ALIKE: Mapping[str, Alike] = MappingProxyType({})


class Result(StrEnum):
    """What became of a mutant or a variant."""

    KILLED = "killed"
    NOTICED = "noticed"
    SURVIVED = "survived"
    NOT_EXERCISED = "not exercised"
    NOT_CLAIMED = "not claimed"
    FALSE_ALARM = "false alarm"
    EQUIVALENT = "equivalent"
    HARMLESS = "harmless"

    @property
    def good(self) -> bool:
        """Tell whether it is as it must be."""
        return self in (Result.KILLED, Result.NOTICED, Result.EQUIVALENT, Result.HARMLESS)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a contract showed, in a form that can be compared and sent between processes."""

    verdict: Verdict
    failing: tuple[tuple[str, str], ...] = ()
    observed: tuple[tuple[str, str], ...] = ()
    cause: str = ""

    @classmethod
    def of(cls, outcome: Outcome) -> Seen:
        """Keep what counts of an outcome."""
        failing = tuple((f.id, f.observed) for f in outcome.problems)
        observed = tuple(sorted((f.id, f.observed) for f in outcome.findings))
        return cls(outcome.verdict, failing, observed, outcome.cause)


@dataclass(frozen=True, slots=True)
class Examined:
    """A mutant or variant after its run: who killed it, who noticed it, and how often it was reached.

    `killers` and `noticers` hold a contract id with the findings that differ. Of the contracts that
    `ran`, so many were `rehearsed`: they cannot differ from the control.
    """

    id: str
    result: Result
    reached: int
    killers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noticers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    untested: dict[str, str] = field(default_factory=dict)
    ran: int = 0
    rehearsed: int = 0
    seconds: float = 0.0

    @property
    def signature(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what tells this mutant from others: every finding that it changed."""
        return tuple(sorted((self.killers or self.noticers).items()))


def control(cases: Iterable[Case], *, socket: bool = False) -> dict[str, Seen]:
    """Run the cases without a fault. Raises RuntimeError where one does not pass."""
    with staged(None, Counter(), socket=socket) as target:
        seen = {case.id: Seen.of(outcome) for case, outcome in _outcomes(cases, target) if outcome}
    wrong = {i: s for i, s in seen.items() if s.verdict not in (Verdict.PASSED, Verdict.OBSERVED)}
    if wrong:
        told = "; ".join(f"{i}: {s.verdict} {s.cause or s.failing}" for i, s in wrong.items())
        raise RuntimeError(f"the control does not pass, so nothing can be proved: {told}")
    return seen


def examine(  # noqa: PLR0913 - ways of running
    mutant: Mutant,
    sound: dict[str, Seen],
    *,
    full: bool = False,
    socket: bool = False,
    strict: bool = False,
    notes: Notes | None = None,
) -> Examined:
    """Run contracts against a mutant until one tells it, or all with `full`.

    With `notes` of the control's run, contracts that the mutant leaves as they are, are not run; where
    it then does not end as it must, they are all the same.
    """
    reached = Counter()
    alike = _alike(mutant.fault, notes if mutant.family not in COUNTING else None)
    with staged(mutant.fault, reached, socket=socket) as target:
        if any(CASES[i].contract.generated for i in sound if i.partition("[")[0] in mutant.first):
            target.trying = Trying()
        if strict:
            target.demand = replace(target.demand, strict=True)
        found = examine_on(target, mutant, sound, reached, full=full, alike=alike)
    if alike and not found.result.good:
        return examine(mutant, sound, full=full, socket=socket, strict=strict)
    return found


def examine_on(  # noqa: PLR0913 - where, what, and how much of it
    target: Target,
    mutant: Mutant,
    sound: dict[str, Seen],
    reached: Counter,
    *,
    full: bool = False,
    alike: Mapping[str, Alike] = NOTHING_ALIKE,
) -> Examined:
    """Do the same on a target that has the mutant's fault in it."""
    began = time.monotonic()
    told = Told()
    cases = order(mutant, sound)
    ran, contracts = 0, len(one_of_each(case.id for case in cases))
    for case, outcome in _outcomes(cases, target, alike):
        ran += 1
        told.enter(case.id, sound[case.id], outcome)
        times = reached.count + told.times(alike)
        enough = times and (told.killers or (told.noticers and not mutant.breaks.required))
        if enough and (not full or ran >= contracts):
            break
    times = reached.count + told.times(alike)
    result = _result(mutant, times, told)
    return told.examined(mutant.id, result, times, ran, time.monotonic() - began)


def examine_variant(
    variant: Variant, sound: dict[str, Seen], *, full: bool = False, notes: Notes | None = None
) -> Examined:
    """Run contracts against a variant, with `full` all cases: none may fail or be left untested."""
    began, reached, told = time.monotonic(), Counter(), Told()
    chosen, enough = cases_for(variant, sound)
    ran = 0
    alike = _alike(variant.fault, notes)
    with staged(variant.fault, reached) as target:
        for case, outcome in _outcomes(chosen, target, alike):
            ran += 1
            told.enter(case.id, sound[case.id], outcome)
            if not full and ran >= enough and reached.count:
                break
    alarm, times = bool(told.killers or told.untested), reached.count + told.times(alike)
    result = Result.FALSE_ALARM if alarm else Result.HARMLESS if times else Result.NOT_EXERCISED
    return told.examined(variant.id, result, times, ran, time.monotonic() - began)


def _alike(fault: OssError, notes: Notes | None) -> Mapping[str, Alike]:
    """Return the contracts that a fault leaves as they are, as far as that can be told without running."""
    return NOTHING_ALIKE if notes is None or isinstance(fault, OnWire) else notes.rehearse(fault, Counter())


def _outcomes(
    cases: Iterable[Case], target: Target, alike: Mapping[str, Alike] = NOTHING_ALIKE
) -> Iterable[tuple[Case, Outcome | None]]:
    """Run cases one after the other; None stands for one that ends as with the control."""
    provisioner = Provisioner(target)
    for case in cases:
        if case.id in alike:
            provisioner.steps.completed |= alike[case.id].completed
            yield case, None
            continue
        target.try_again()
        yield case, run(case, target, provisioner)


@dataclass(slots=True)
class Told:
    """Which contracts tell a server from a right one, with the findings that differ."""

    killers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noticers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    untested: dict[str, str] = field(default_factory=dict)
    alike: list[str] = field(default_factory=list)

    def enter(self, case_id: str, sound: Seen, outcome: Outcome | None) -> None:
        """Enter what was seen of one contract, None where it is the control's by right."""
        if outcome is None:
            self.alike.append(case_id)
        else:
            self.compare(case_id, sound, Seen.of(outcome))

    def times(self, alike: Mapping[str, Alike]) -> int:
        """Return how often a rule was reached in contracts that it changes nothing for."""
        return sum(alike[case_id].reached for case_id in self.alike)

    def compare(self, case_id: str, sound: Seen, seen: Seen) -> None:
        """Enter one contract where it belongs."""
        if seen.verdict is Verdict.FAILED:
            self.killers[case_id] = tuple(dict.fromkeys(f"{i}: {shown}" for i, shown in seen.failing))
        elif seen.verdict is Verdict.ERROR:
            self.untested[case_id] = seen.cause
        elif seen.verdict is Verdict.NOT_OBSERVED:
            self.noticers[case_id] = ("not observed",)
        elif seen.observed != sound.observed:
            changed = set(seen.observed) - set(sound.observed)
            self.noticers[case_id] = tuple(sorted(f"{i}: {o}" for i, o in changed)) or ("fewer findings",)

    def examined(self, thing_id: str, result: Result, reached: int, ran: int, seconds: float) -> Examined:
        """Return the whole, as it is kept."""
        told = self.killers, self.noticers, self.untested
        return Examined(thing_id, result, reached, *told, ran, len(self.alike), seconds)


def _result(mutant: Mutant, reached: int, told: Told) -> Result:
    if not reached:
        return Result.NOT_EXERCISED
    if not mutant.breaks.required and told.killers:
        return Result.FALSE_ALARM
    if told.killers if mutant.breaks.required else told.noticers:
        return Result.KILLED if mutant.breaks.required else Result.NOTICED
    return Result.EQUIVALENT if mutant.equivalent else Result.SURVIVED


def distinct(examined: Sequence[Examined]) -> int:
    """Return how many kill signatures are distinct."""
    return len({e.signature for e in examined if e.signature})


def redundant(examined: Sequence[Examined], contracts: Iterable[str]) -> list[str]:
    """Return the contracts without which every mutant would still be told, one contract taken at a time."""
    telling = [{case_id.partition("[")[0] for case_id in e.killers or e.noticers} for e in examined]
    alone = {next(iter(told)) for told in telling if len(told) == 1}
    return [contract for contract in contracts if contract not in alone]
