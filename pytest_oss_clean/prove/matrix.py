"""Running contracts against one mutant or variant, and what that says about the contracts.

The unmutated control comes first; a contract notices a mutant when its outcome is another one than
the control's. A mutant of a rule that is required must make a contract fail; one of an inferred rule
must be noticed, and fail nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain

from pytest_oss_clean.contract import Case
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.prove.mutant import Family, Mutant, OnWire, Variant
from pytest_oss_clean.prove.stage import Counter, staged
from pytest_oss_clean.provision import Provisioner
from pytest_oss_clean.runner import Outcome, run
from pytest_oss_clean.target import Target
from pytest_oss_clean.verdict import Verdict

AREAS_OF = {
    Family.TRANSITIONS: ("page", "histories"),
    Family.EFFECTS: ("page", "effects", "histories"),
    Family.ANSWERS: ("answers", "page"),
    Family.AUTHENTICATION: ("authentication",),
    Family.NAMES: ("effects", "existence", "syntax"),
    Family.VERSIONS: ("versions",),
    Family.TIME: ("histories", "page"),
    Family.CONCURRENCY: ("concurrency",),
    Family.INTERMITTENT: ("page", "histories"),
    Family.DEVELOPERS: ("page", "syntax"),
    Family.TRACKERS: ("page", "authentication", "syntax"),
}
"""Where a family's mutants are most likely noticed: these areas are tried first."""


class Result(StrEnum):
    """What became of a mutant or a variant."""

    KILLED = "killed"
    NOTICED = "noticed"
    SURVIVED = "survived"
    NOT_EXERCISED = "not exercised"
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

    `killers` and `noticers` hold a contract id with the findings that differ.
    """

    id: str
    result: Result
    reached: int
    killers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noticers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    untested: dict[str, str] = field(default_factory=dict)
    ran: int = 0
    seconds: float = 0.0

    @property
    def signature(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what tells this mutant from others: every finding that it changed."""
        return tuple(sorted((self.killers or self.noticers).items()))


def control(cases: Iterable[Case], *, socket: bool = False) -> dict[str, Seen]:
    """Run the cases without a fault. Raises RuntimeError where one does not pass."""
    with staged(None, Counter(), socket=socket) as target:
        seen = {case.id: Seen.of(outcome) for case, outcome in _outcomes(cases, target)}
    wrong = {i: s for i, s in seen.items() if s.verdict not in (Verdict.PASSED, Verdict.OBSERVED)}
    if wrong:
        told = "; ".join(f"{i}: {s.verdict} {s.cause or s.failing}" for i, s in wrong.items())
        raise RuntimeError(f"the control does not pass, so nothing can be proved: {told}")
    return seen


def examine(
    mutant: Mutant, sound: dict[str, Seen], *, full: bool = False, socket: bool = False, strict: bool = False
) -> Examined:
    """Run contracts against a mutant until one tells it, or all with `full`."""
    began, reached = time.monotonic(), Counter()
    killers: dict[str, tuple[str, ...]] = {}
    noticers: dict[str, tuple[str, ...]] = {}
    untested: dict[str, str] = {}
    ran = 0
    with staged(mutant.fault, reached, socket=socket) as target:
        if strict:
            target.demand = replace(target.demand, strict=True)
        for case, outcome in _outcomes(order(mutant, sound), target):
            ran += 1
            seen = Seen.of(outcome)
            _compare(case.id, sound[case.id], seen, killers, noticers, untested)
            told = killers or (noticers and not mutant.breaks.required)
            if told and not full and reached.count:
                break
    result = _result(mutant, reached.count, killers, noticers)
    seconds = time.monotonic() - began
    return Examined(mutant.id, result, reached.count, killers, noticers, untested, ran, seconds)


def examine_variant(variant: Variant, sound: dict[str, Seen]) -> Examined:
    """Run all contracts against a variant: none may fail, none may be left untested."""
    began, reached = time.monotonic(), Counter()
    killers: dict[str, tuple[str, ...]] = {}
    noticers: dict[str, tuple[str, ...]] = {}
    untested: dict[str, str] = {}
    with staged(variant.fault, reached) as target:
        for case, outcome in _outcomes((CASES[i] for i in sound), target):
            _compare(case.id, sound[case.id], Seen.of(outcome), killers, noticers, untested)
    alarm = bool(killers or untested)
    result = Result.FALSE_ALARM if alarm else Result.HARMLESS if reached.count else Result.NOT_EXERCISED
    seconds = time.monotonic() - began
    return Examined(variant.id, result, reached.count, killers, noticers, untested, len(sound), seconds)


def order(mutant: Mutant, sound: Iterable[str]) -> list[Case]:
    """Return the cases that are likely to tell a mutant first, then all others."""
    known = list(sound)
    areas = AREAS_OF[mutant.family]
    likely = [c.id for area in areas for contract in AREAS[area] for c in contract.cases()]
    first = [i for slug in mutant.first for i in known if i.partition("[")[0] == slug]
    slow = isinstance(mutant.fault, OnWire)  # DeepColdArchive and V1 show nothing more on the wire
    chosen = dict.fromkeys(chain(first, (i for i in likely if i in set(known)), known))
    return [CASES[i] for i in chosen if not slow or i.endswith("[ColdArchive-V4]")]


def _outcomes(cases: Iterable[Case], target: Target) -> Iterable[tuple[Case, Outcome]]:
    provisioner = Provisioner(target)
    for case in cases:
        target.unusable, target.troubles = "", 0
        yield case, run(case, target, provisioner)


def _compare(  # noqa: PLR0913, PLR0917 - three lists to enter a case into
    case_id: str,
    sound: Seen,
    seen: Seen,
    killers: dict[str, tuple[str, ...]],
    noticers: dict[str, tuple[str, ...]],
    untested: dict[str, str],
) -> None:
    if seen.verdict is Verdict.FAILED:
        killers[case_id] = tuple(dict.fromkeys(f"{i}: {shown}" for i, shown in seen.failing))
    elif seen.verdict is Verdict.ERROR:
        untested[case_id] = seen.cause
    elif seen.verdict is Verdict.NOT_OBSERVED:
        noticers[case_id] = ("not observed",)
    elif seen.observed != sound.observed:
        changed = set(seen.observed) - set(sound.observed)
        noticers[case_id] = tuple(sorted(f"{i}: {shown}" for i, shown in changed)) or ("fewer findings",)


def _result(
    mutant: Mutant, reached: int, killers: dict[str, tuple[str, ...]], noticers: dict[str, tuple[str, ...]]
) -> Result:
    if not reached:
        return Result.NOT_EXERCISED
    if mutant.breaks.required:
        found = Result.KILLED if killers else Result.SURVIVED
    elif killers:
        return Result.FALSE_ALARM
    else:
        found = Result.NOTICED if noticers else Result.SURVIVED
    return Result.EQUIVALENT if found is Result.SURVIVED and mutant.equivalent else found


def distinct(examined: Sequence[Examined]) -> int:
    """Return how many kill signatures are distinct."""
    return len({e.signature for e in examined if e.signature})


def redundant(examined: Sequence[Examined], cases: Iterable[str]) -> list[str]:
    """Return the contracts without which every mutant would still be told, one contract taken at a time."""
    alone = {next(iter(told)) for e in examined if len(told := e.killers or e.noticers) == 1}
    return [case_id for case_id in cases if case_id not in alone]
