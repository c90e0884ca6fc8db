"""Running contracts against one mutant or variant, and what that says about the contracts.

The unmutated control comes first; a contract notices a mutant when its outcome is another one than
the control's. A mutant of a rule that is required must make a contract fail; one of an inferred rule
must be noticed, and fail nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutant import Mutant, OnWire, Variant
from pytest_oss_clean.mutation.ordering import cases_for, one_of_each, order
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.config.budgets import Trying
from pytest_oss_clean.target.target import Target


class Result(StrEnum):
    """What became of a mutant or a variant."""

    KILLED = "killed"
    NOTICED = "noticed"
    SURVIVED = "survived"
    NOT_EXERCISED = "not exercised"
    NOT_CLAIMED = "not claimed"
    UNDETECTABLE = "not detectable here"
    FALSE_ALARM = "false alarm"
    EQUIVALENT = "equivalent"
    HARMLESS = "harmless"

    @property
    def good(self) -> bool:
        return self in (Result.KILLED, Result.NOTICED, Result.EQUIVALENT, Result.HARMLESS)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a contract showed, in a form that can be compared and sent between processes."""

    verdict: Verdict
    failing: tuple[tuple[str, str], ...] = ()
    observed: tuple[tuple[str, str], ...] = ()
    cause: str = ""

    @classmethod
    def of(cls, outcome: Outcome) -> Observation:
        failing = tuple((f.id, f.observed) for f in outcome.problems)
        observed = tuple(sorted((f.id, f.observed) for f in outcome.findings))
        return cls(outcome.verdict, failing, observed, outcome.cause)


@dataclass(slots=True)
class Examined:
    """A mutant or variant and its run: who killed it, who noticed it, how often its rule was reached.

    `killers` and `noticers` hold a contract id with the findings that differ from the control's.
    """

    id: str
    result: Result = Result.NOT_EXERCISED
    reached: int = 0
    killers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noticers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    untested: dict[str, str] = field(default_factory=dict)
    ran: int = 0
    seconds: float = 0.0

    @property
    def signature(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what distinguishes this mutant: every finding that it changed."""
        return tuple(sorted((self.killers or self.noticers).items()))

    def compare(self, case_id: str, sound: Observation, seen: Observation) -> None:
        """Enter what one contract showed where it belongs."""
        self.ran += 1
        if seen.verdict is Verdict.FAILED:
            self.killers[case_id] = tuple(dict.fromkeys(f"{i}: {shown}" for i, shown in seen.failing))
        elif seen.verdict is Verdict.ERROR:
            self.untested[case_id] = seen.cause
        elif seen.verdict is Verdict.NOT_OBSERVED:
            self.noticers[case_id] = ("not observed",)
        elif seen.observed != sound.observed:
            changed = set(seen.observed) - set(sound.observed)
            self.noticers[case_id] = tuple(sorted(f"{i}: {o}" for i, o in changed)) or ("fewer findings",)


Sound = dict[str, Observation]
"""The control's observations, by case id."""


def control(cases: Iterable[Case], *, socket: bool = False) -> Sound:
    """Run the cases without a fault. Raises RuntimeError where one does not pass."""
    with staged(None, ExecutionCount(), socket=socket) as target:
        sound = dict(_observations(cases, target))
    wrong = {i: s for i, s in sound.items() if s.verdict not in (Verdict.PASSED, Verdict.OBSERVED)}
    if wrong:
        causes = "; ".join(f"{i}: {s.verdict} {s.cause or s.failing}" for i, s in wrong.items())
        raise RuntimeError(f"the control does not pass, so nothing can be proved: {causes}")
    return sound


def examine(
    mutant: Mutant, sound: Sound, *, full: bool = False, socket: bool = False, strict: bool = False
) -> Examined:
    """Run contracts against a mutant until one detects it, or all with `full`."""
    reached = ExecutionCount()
    broken = isinstance(mutant.fault, OnWire)
    with staged(mutant.fault, reached, socket=socket, broken=broken) as target:
        if any(CASES[i].contract.generated for i in sound if i.partition("[")[0] in mutant.first):
            target.trying = Trying()
        if strict:
            target.demand = replace(target.demand, strict=True)
        return examine_on(target, mutant, sound, reached, full=full)


def examine_on(
    target: Target, mutant: Mutant, sound: Sound, reached: ExecutionCount, *, full: bool = False
) -> Examined:
    """Do the same on a target that has the mutant's fault in it."""
    began, examined, cases = time.monotonic(), Examined(mutant.id), order(mutant, sound)
    contracts = len(one_of_each(case.id for case in cases))
    for case_id, seen in _observations(cases, target):
        examined.compare(case_id, sound[case_id], seen)
        noticed = examined.killers or (examined.noticers and not mutant.breaks.required)
        if reached.count and noticed and (not full or examined.ran >= contracts):
            break
    examined.reached, examined.seconds = reached.count, time.monotonic() - began
    examined.result = _result(mutant, examined)
    return examined


def examine_variant(variant: Variant, sound: Sound, *, full: bool = False) -> Examined:
    """Run contracts against a variant, with `full` all cases: none may fail or be left untested."""
    began, reached, examined = time.monotonic(), ExecutionCount(), Examined(variant.id)
    chosen, enough = cases_for(variant, sound)
    with staged(variant.fault, reached) as target:
        target.settle_seconds = variant.settle_seconds
        if variant.shared_clock and isinstance(target.time, Advancing):
            target.time = replace(target.time, exclusive=False)
        for case_id, seen in _observations(chosen, target):
            examined.compare(case_id, sound[case_id], seen)
            if not full and examined.ran >= enough and reached.count:
                break
    examined.reached, examined.seconds = reached.count, time.monotonic() - began
    excused = variant.excused or "no cause begins like this"
    alarms = [case_id for case_id, cause in examined.untested.items() if not cause.startswith(excused)]
    if examined.killers or alarms:
        examined.result = Result.FALSE_ALARM
    elif reached.count:
        examined.result = Result.HARMLESS
    return examined


def _observations(cases: Iterable[Case], target: Target) -> Iterator[tuple[str, Observation]]:
    provisioner = Provisioner(target)
    for case in cases:
        target.try_again()
        yield case.id, Observation.of(run(case, target, provisioner))


def _result(mutant: Mutant, examined: Examined) -> Result:
    if not examined.reached:
        return Result.NOT_EXERCISED
    if not mutant.breaks.required and examined.killers:
        return Result.FALSE_ALARM
    if examined.killers if mutant.breaks.required else examined.noticers:
        return Result.KILLED if mutant.breaks.required else Result.NOTICED
    return Result.EQUIVALENT if mutant.equivalent else Result.SURVIVED


def distinct(examined: Sequence[Examined]) -> int:
    return len({e.signature for e in examined if e.signature})


def redundant(examined: Sequence[Examined], contracts: Iterable[str]) -> list[str]:
    """Return the contracts without which each mutant would still be noticed, taken one at a time."""
    telling = [{case_id.partition("[")[0] for case_id in e.killers or e.noticers} for e in examined]
    alone = {next(iter(told)) for told in telling if len(told) == 1}
    return [contract for contract in contracts if contract not in alone]
