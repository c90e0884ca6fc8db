"""Hunting faults with generated data alone: whether each is found from any seed, and how small it gets.

Explicit examples are left out: what is measured is what Hypothesis finds by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.properties.catalogue import PROPERTIES
from pytest_oss_clean.engine.properties.model import Kind, Move
from pytest_oss_clean.engine.properties.search import Found, Search
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.mutant import Mutant
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.target.config.budgets import BUDGETS, CI, Trying
from pytest_oss_clean.target.transcript import Exchange

ENOUGH = 0.9
"""So large a part of the seeds must find a fault."""
PATIENT = replace(BUDGETS[CI], shrink_seconds=120)
"""What is tried: as much as a nightly gate tries; how small it gets does not depend on the machine."""
MOST_STEPS = 8
"""The smallest example of a fault has no more requests."""


@dataclass(frozen=True, slots=True)
class Hunted:
    """What came of one fault from one seed: by which contract it was found, and its smallest example.

    `steps` counts the requests of the example, `minimal` says that it shows nothing without any of
    its parts.
    """

    mutant: str
    seed: int
    found: bool = False
    contract: str = ""
    example: str = ""
    steps: int = 0
    minimal: bool = False


def hunted() -> list[str]:
    """Return the ids of the mutants that generated data is to find."""
    return [i for i, mutant in MUTANTS.items() if _cases(mutant)]


def hunt(mutant_id: str, seed: int) -> Hunted:
    mutant = MUTANTS[mutant_id]
    for case in _cases(mutant):
        found = _search(mutant, case, Trying(PATIENT, seed, explicit=False))
        smallest = found.smallest
        if smallest is None or any(f.fails for f in found.findings) is not mutant.breaks.required:
            continue
        return Hunted(
            mutant_id,
            seed,
            found=True,
            contract=case.id,
            example="; ".join(smallest.drawn),
            steps=sum(isinstance(event, Exchange) for event in smallest.kept or ()),
            minimal=not any(_shows(mutant, case, values) for values in _parts_less(smallest.values)),
        )
    return Hunted(mutant_id, seed)


def hunt_all(ids: Iterable[str], seeds: int, jobs: int = 2) -> Iterator[Hunted]:
    """Look for faults from a number of seeds each, in their order."""
    pairs = [(i, seed) for i in ids for seed in range(seeds)]
    # Not forked: a worker must not inherit threads and sockets of whoever calls.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(hunt, *zip(*pairs, strict=True), chunksize=4)


def failures(found: Iterable[Hunted]) -> list[str]:
    """Say which faults were not found from enough seeds, or did not get small."""
    said = []
    for mutant_id, each in _by_mutant(found).items():
        hits = [one for one in each if one.found]
        if len(hits) < ENOUGH * len(each):
            said.append(f"{mutant_id}: found from {len(hits)} of {len(each)} seeds")
        steps = max((one.steps for one in hits), default=0)
        said += [f"{mutant_id}: {steps} requests in its smallest example"] if steps > MOST_STEPS else []
        if not all(one.minimal for one in hits):
            said.append(f"{mutant_id}: its smallest example could be smaller")
    return said


def as_table(found: Iterable[Hunted]) -> str:
    """Return a line for each fault: how often it was found, its requests at most, an example."""
    lines = []
    for mutant_id, each in _by_mutant(found).items():
        hits = [one for one in each if one.found]
        steps = max((one.steps for one in hits), default=0)
        example = min((one.example for one in hits), key=len, default="")
        lines.append(f"{mutant_id:<32} found {len(hits)} of {len(each)}, {steps} requests at most: {example}")
    return "\n".join(lines)


def _by_mutant(found: Iterable[Hunted]) -> dict[str, list[Hunted]]:
    gathered: dict[str, list[Hunted]] = {}
    for each in found:
        gathered.setdefault(each.mutant, []).append(each)
    return gathered


def _cases(mutant: Mutant) -> list[Case]:
    return [case for case in CASES.values() if case.contract.generated and case.contract.id in mutant.first]


def _search(mutant: Mutant, case: Case, trying: Trying, values: tuple[object, ...] = ()) -> Found:
    generated = case.contract.generated
    if generated is None:
        raise ValueError(f"{case.id} is tried with no generated data")
    tried = replace(PROPERTIES[generated.by], explicit=(values,) if values else ())
    with staged(mutant.fault, ExecutionCount()) as target:
        target.trying = trying
        return Search(case, target, Provisioner(target), tried).run()


def _shows(mutant: Mutant, case: Case, values: tuple[object, ...]) -> bool:
    nothing = replace(Trying().budget, examples=0, machines=0)
    shown = _search(mutant, case, Trying(budget=nothing), values).last
    return shown is not None and any(finding.problem for finding in shown.findings)


def _parts_less(values: list[object]) -> Iterator[tuple[object, ...]]:
    """Return the values with one element of one list left out, and with it the requests about it.

    A HEAD stays: whether days are over before it shows that depends on the hour at which the clock stands.
    """
    for n, value in enumerate(values):
        parts = value if isinstance(value, list) else []
        places = [
            k for k, part in enumerate(parts) if not (isinstance(part, Move) and part.kind is Kind.HEAD)
        ]
        shorter = [parts[:k] + parts[k + 1 :] for k in places]
        yield from ((*values[:n], other, *values[n + 1 :]) for other in shorter if other)
