"""Sender mutants in front of a live endpoint: whether the suite would notice there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.preflight import preflight
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.kill_matrix import (
    Examined,
    Observation,
    Result,
    Sound,
    control,
    examine,
    examine_on,
)
from pytest_oss_clean.mutation.mutant import Family, Mutant, OnSender
from pytest_oss_clean.mutation.stage import ExecutionCount, around
from pytest_oss_clean.oss.messages import Sender
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.target import Target


def sound_on(target: Target) -> dict[str, Observation]:
    """Run what the target claims; return the contracts that pass there, which alone can detect a mutant.

    Generated data is left out: no mutant of answers needs it. Raises NotTestedError where the target is out
    of reach.
    """
    preflight(target)
    provisioner = Provisioner(target)
    try:
        found = {case.id: Observation.of(run(case, target, provisioner)) for case in _claimed(target)}
    finally:
        provisioner.steps.watch.remove()
    sound = {i: seen for i, seen in found.items() if seen.verdict in (Verdict.PASSED, Verdict.OBSERVED)}
    if not sound:
        raise NotTestedError("no contract passes on this target, so none can detect a mutant")
    return sound


def on_senders() -> list[str]:
    """Return the ids of the mutants that can be put in front of any server."""
    return [i for i, mutant in MUTANTS.items() if isinstance(mutant.fault, OnSender)]


def examine_live(
    target: Target, sound: dict[str, Observation], chosen: Iterable[str]
) -> Iterator[tuple[Mutant, Examined]]:
    """Put Sender mutants, by id, in front of the target, one after the other.

    A rule that was never reached needs what the target does not claim, if it passes all that it claims.
    """
    sender: Sender = target.sender
    less_claimed = len(sound) == len(_claimed(target)) < len(_explicit())
    for mutant in map(MUTANTS.__getitem__, chosen):
        reached = ExecutionCount()
        target.sender = around(mutant.fault, sender, reached)
        try:
            examined = examine_on(target, mutant, sound, reached)
            if less_claimed and examined.result is Result.NOT_EXERCISED:
                examined.result = Result.NOT_CLAIMED
            elif examined.result in (Result.SURVIVED, Result.NOT_EXERCISED) and _hidden(mutant, sound):
                examined.result = Result.UNDETECTABLE
            yield mutant, examined
        finally:
            target.sender = sender
            for bucket, name in list(target.ledger.left):
                target.client("removal").remove(name, bucket)


@cache
def _reference() -> Sound:
    return control(_explicit())


def _hidden(mutant: Mutant, sound: Sound) -> bool:
    """Return whether the target shows something of its own wherever the mutant changes what OSS shows.

    What a mutant changes is seen on the embedded emulator: it cannot be detected by an expectation for which
    the unchanged target shows something else already.
    """
    reference = _reference()
    examined = examine(mutant, reference, full=True)
    if not examined.result.good:
        return False
    for case_id, findings in (examined.killers or examined.noticers).items():
        changed = {finding.partition(":")[0] for finding in findings}
        if case_id in sound and any(
            _of(sound[case_id], each) == _of(reference[case_id], each) for each in changed
        ):
            return False
    return True


def _of(seen: Observation, finding_id: str) -> list[str]:
    return [observed for name, observed in seen.observed if name == finding_id]


def not_covered() -> list[Family]:
    """Return the families of which no mutant can sit in front of a server."""
    covered = {MUTANTS[i].family for i in on_senders()}
    return [family for family in Family if family not in covered]


def _claimed(target: Target) -> list[Case]:
    return [case for case in _explicit() if not case.missing(target.claims)]


def _explicit() -> list[Case]:
    return [case for case in CASES.values() if not case.contract.generated]
