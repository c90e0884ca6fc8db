"""Long-lived workers that examine mutants and variants: no pytest, no pause, sockets for frames only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.inversion import inverted
from pytest_oss_clean.mutation.kill_matrix import Examined, Sound, control, examine, examine_variant
from pytest_oss_clean.mutation.mutant import Family, Mutant, OnWire, Variant
from pytest_oss_clean.mutation.stage import ExecutionCount, staged
from pytest_oss_clean.spec.verdict import Verdict


@cache
def _sound(*, socket: bool) -> Sound:
    return control(CASES.values(), socket=socket)


def examine_by_id(thing_id: str, *, full: bool, socket: bool = False) -> Examined:
    """Examine one mutant or variant, in whatever process this is."""
    thing = MUTANTS.get(thing_id) or VARIANTS[thing_id]
    over_socket = socket or isinstance(thing.fault, OnWire)
    if isinstance(thing, Variant):
        return examine_variant(thing, _sound(socket=over_socket), full=full)
    return examine(thing, _sound(socket=over_socket), full=full, socket=over_socket)


def examine_all(
    ids: Iterable[str], *, full: bool = False, jobs: int = 2, socket: bool = False
) -> Iterator[Examined]:
    """Examine mutants and variants by id, in the order in which they end."""
    # Not forked: a worker must not inherit threads and sockets of whoever calls.
    context = get_context("spawn")
    with (
        ProcessPoolExecutor(jobs, mp_context=context) as pool,
        ProcessPoolExecutor(1, mp_context=context) as waiting,
    ):
        begun = [
            (waiting if _waits(MUTANTS.get(i) or VARIANTS[i]) else pool).submit(
                examine_by_id, i, full=full, socket=socket
            )
            for i in ids
        ]
        try:
            yield from (future.result() for future in as_completed(begun))
        finally:
            for future in begun:
                future.cancel()


def _waits(thing: Mutant | Variant) -> bool:
    """Return whether examining it is waiting, mostly: for a broken frame, or for requests to meet."""
    meets = isinstance(thing, Mutant) and thing.family is Family.CONCURRENCY
    return meets or isinstance(thing.fault, OnWire)


def invert_all() -> tuple[int, list[str]]:
    """Invert every required expectation alone; return how many, and those that leave the control green."""
    tried, deaf = 0, []
    for case in CASES.values():
        for name, changed in inverted(case):
            tried += 1
            with staged(None, ExecutionCount()) as target:
                if run(changed, target, Provisioner(target)).verdict is not Verdict.FAILED:
                    deaf.append(f"{case.id} {name}")
    return tried, deaf
