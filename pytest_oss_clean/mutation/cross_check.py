"""A guard against our own shortcut: what was found in memory must be found as users find it.

The control, some mutants, a broken frame and some variants also run through pytest, each in a process, and
every tenth mutant over a real socket; whoever killed before must kill there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.http.control import Control
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.kill_matrix import Examined, Result
from pytest_oss_clean.mutation.mutant import Family, Fault, Mutant, OnService, OnWire
from pytest_oss_clean.mutation.ordering import order
from pytest_oss_clean.mutation.stage import BROKEN_FRAMES, ExecutionCount, around, writer_of
from pytest_oss_clean.mutation.workers import examine_all
from pytest_oss_clean.spec.verdict import Exit, Verdict

BUCKET = "oss-clean-proof"
CLAIMS = "ColdArchive,DeepColdArchive,Archive,IA,V4,V1,presigned,region,list,copy,tags,acl,object-meta"
MUTANTS_BY_PYTEST, VARIANTS_BY_PYTEST, EVERY = 5, 3, 10
LONGEST = 300.0
"""Seconds after which a run of pytest is given up: each takes a few."""

AsUsers = tuple[str, Fault | None, Exit, tuple[str, ...]]
"""A name, the fault, how pytest must end, and who must fail."""


def guard(found: Mapping[str, Examined], jobs: int = 2) -> Iterator[str]:
    """Say what another way of running finds otherwise."""
    with ThreadPoolExecutor(jobs) as pool:
        for unlike in pool.map(lambda run: list(through_pytest(*run)), as_users(found)):
            yield from unlike
    served = [i for i, mutant in MUTANTS.items() if i in found and _can_be_served(mutant)][::EVERY]
    for again in examine_all(served, jobs=jobs, socket=True):
        before, mutant = found[again.id], MUTANTS[again.id]
        tried = {case.id for case in order(mutant, CASES)[: again.ran]}
        if set(again.killers) != before.killers.keys() & tried or again.result is not before.result:
            yield f"{again.id}: {before.result} in memory, {again.result} over a socket"


def as_users(found: Mapping[str, Examined]) -> Iterator[AsUsers]:
    """Choose what is run as users run it: the same sample, whichever worker ended first."""
    yield "control", None, Exit.OK, ()
    killed = [i for i in MUTANTS if i in found and found[i].result is Result.KILLED]
    sample = killed[:: max(1, len(killed) // MUTANTS_BY_PYTEST)][:MUTANTS_BY_PYTEST]
    frames = [i for i in killed if isinstance(MUTANTS[i].fault, OnWire) and i not in sample]
    for mutant_id in (*sample, *frames[:1]):
        killers = tuple(found[mutant_id].killers)
        yield mutant_id, MUTANTS[mutant_id].fault, Exit.FAILED, killers
    step = max(1, len(VARIANTS) // VARIANTS_BY_PYTEST)
    for variant in list(VARIANTS.values())[::step][:VARIANTS_BY_PYTEST]:
        yield variant.id, variant.fault, Exit.OK, ()


def _can_be_served(mutant: Mutant) -> bool:
    """Return whether a mutant shows over a socket too, where one request is answered at a time."""
    return not isinstance(mutant.fault, OnWire) and mutant.family is not Family.CONCURRENCY


def through_pytest(name: str, fault: Fault | None, code: Exit, killers: tuple[str, ...]) -> Iterator[str]:
    """Run the shipped suite as users do, against a server with the fault."""
    with tempfile.TemporaryDirectory() as folder, served(fault) as place:
        report = Path(folder) / "report.json"
        try:
            done = _pytest(place, report, folder, _choice(fault, killers), framed=isinstance(fault, OnWire))
        except subprocess.TimeoutExpired:
            yield f"{name}: pytest did not end in {LONGEST:.0f} s"
            return
        if done.returncode != code:
            yield f"{name}: pytest ended with {done.returncode}, not {int(code)}: {done.stdout[-400:]}"
            return
        contracts = json.loads(report.read_text("utf-8"))["contracts"]
    verdicts = {c["id"]: c["verdict"] for c in contracts}
    missed = missed_by(killers, verdicts)
    if missed:
        yield f"{name}: killed in memory, but not through pytest, by {', '.join(missed)}"


def _choice(fault: Fault | None, killers: Iterable[str]) -> str:
    """Return what to choose for pytest: all that is written down, and generated data where it kills.

    A broken frame is waited for, and is the same for every row: whoever killed has to meet it again.
    """
    if fault is None:
        return ""
    if isinstance(fault, OnWire) and killers:
        return " or ".join(CASES[i].slug for i in killers)
    slugs = dict.fromkeys(i.partition("[")[0] for i in killers if CASES[i].contract.generated)
    return " or ".join(["not test_generated", *slugs])


def missed_by(killers: Iterable[str], verdicts: Mapping[str, str]) -> list[str]:
    """Return who killed before and does not now; who needs what is not claimed there has no say there."""
    return [i for i in killers if verdicts.get(i) not in (Verdict.FAILED, Verdict.NOT_CLAIMED)]


@dataclass(frozen=True, slots=True)
class FaultyServer:
    """Where a server with a fault listens, and with which key."""

    url: str
    control: str
    environment: Mapping[str, str]


@contextmanager
def served(fault: Fault | None) -> Iterator[FaultyServer]:
    reached, credentials = ExecutionCount(), random_credentials()
    make = fault.make(reached) if isinstance(fault, OnService) else Service
    service = make(credentials=[credentials], buckets=[BUCKET])
    handler = around(fault, service, reached)
    with Server(handler, writer=writer_of(fault, reached)) as server, Server(Control(service)) as control:
        environment = {
            "OSS_ACCESS_KEY_ID": credentials.key_id,
            "OSS_ACCESS_KEY_SECRET": credentials.secret.reveal(),
        }
        yield FaultyServer(str(server.endpoint), str(control.endpoint), environment)


def _pytest(
    place: FaultyServer, report: Path, folder: str, choice: str, *, framed: bool
) -> subprocess.CompletedProcess[str]:
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("OSS_", "PYTEST_"))}
    options = {
        "target": place.url,
        "bucket": BUCKET,
        "region": "cn-hangzhou",
        "claims": CLAIMS,
        "advance-url": f"{place.control}/advance?seconds={{seconds}}",
        "settle-seconds": "0",
        "report": str(report),
    } | ({"timeout": str(BROKEN_FRAMES.read_timeout)} if framed else {})
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs"]
    # Without an error a part of the catalogue is enough here, as for --oss-allow-incomplete.
    command += ["pytest_oss_clean.contracts", "-k", choice, "--oss-allow-incomplete"]
    command += [f"--oss-{name}={value}" for name, value in options.items()]
    environment = clean | dict(place.environment)
    return subprocess.run(  # noqa: S603 - our own interpreter
        command, cwd=folder, env=environment, timeout=LONGEST, capture_output=True, text=True, check=False
    )
