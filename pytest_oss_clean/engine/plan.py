"""What a run costs before it is made: its requests, its objects, its hours, the permissions it needs.

Nothing of it is estimated from tables: the chosen contracts are run on the emulator's service in memory, with
the settings of the target, and what is sent is counted. A right server is sent as much, but for polls.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.preflight import preflight
from pytest_oss_clean.engine.provisioning import LONGEST_PAUSE, MARGIN_SECONDS, Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.request import Bucket, Key
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.meter import Meter, Prices
from pytest_oss_clean.target.open import memory_target, trying
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Exchange

ROUND_TRIP = 0.1
"""Seconds that a request is taken to last, in the plan's estimate of the time beside restores."""

VERSIONED: Mapping[str, str] = {
    "oss:GetObject": "oss:GetObjectVersion",
    "oss:DeleteObject": "oss:DeleteObjectVersion",
    "oss:RestoreObject": "oss:RestoreObjectVersion",
    "oss:CleanRestoredObject": "oss:CleanRestoredObjectVersion",
    "oss:GetObjectTagging": "oss:GetObjectVersionTagging",
    "oss:GetObjectAcl": "oss:GetObjectVersionAcl",
}
"""Permissions that a request needs beside the plain ones where it names a version (RAM policy pages)."""

LISTS = frozenset({"oss:ListObjects", "oss:ListObjectVersions"})
"""Permissions on the bucket, not on its objects."""

_JUDGED = {
    "GET": "oss:GetObject",
    "HEAD": "oss:GetObject",
    "PUT": "oss:PutObject",
    "DELETE": "oss:DeleteObject",
}
_SUBRESOURCES = {"acl": "ObjectAcl", "tagging": "ObjectTagging"}


@dataclass
class Plan:
    """What the chosen contracts send; `stages` holds what each wait of a contract adds, in seconds."""

    meter: Meter = field(default_factory=Meter)
    contracts: list[str] = field(default_factory=list)
    generated: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    permissions: dict[Bucket, set[str]] = field(default_factory=dict)
    waits: list[list[float]] = field(default_factory=list)
    apart: float = 0.0
    """Seconds that generated contracts wait, one example after the other."""
    moves: bool = False
    """Whether the target's clock is moved: nothing is waited for then."""

    @property
    def requests(self) -> int:
        """Return the number of requests, without those that look whether a restore is complete."""
        return self.meter.requests.total()

    @property
    def stages(self) -> list[tuple[int, float]]:
        """Return for each wait the number of contracts that have it, and when it is over for all of them."""
        ends = [[*accumulate(waits)] for waits in self.waits if waits]
        numbers = range(max(map(len, ends), default=0))
        reached = [[end[number] for end in ends if number < len(end)] for number in numbers]
        return [(len(times), max(times)) for times in reached]

    @property
    def seconds(self) -> float:
        """Return how long restores take at most; those of a stage run at once."""
        return 0.0 if self.moves else max((end for _, end in self.stages), default=0.0) + self.apart


def choose(
    slugs: Collection[str], cases: Mapping[str, Case], claims: frozenset[str], *, patient: bool = False
) -> list[Case]:
    """Return the cases of these contracts and areas, or all, that the claims allow.

    Raises ConfigurationError.
    """
    wanted = {row.id for name in slugs for row in AREAS.get(name, ())} | {n for n in slugs if n not in AREAS}
    unknown = wanted - {name for case in cases.values() for name in (case.id, case.contract.id)}
    if unknown:
        remedy = "no contract has this id: `oss-clean contracts` lists them"
        raise ConfigurationError("CONTRACT", min(unknown), remedy)
    named = [c for c in cases.values() if not wanted or {c.id, c.contract.id} & wanted]
    return [case for case in named if not case.missing(claims, patient=patient)]


def plan(
    cases: Iterable[Case],
    settings: Settings | None = None,
    leave_out: Callable[[Case], str] = lambda _: "",
) -> Plan:
    """Run cases in memory, as on the target of these settings, and count.

    `leave_out` says why a case is not run, or nothing.
    """
    made, waits = Plan(), list[float]()
    target = _like(settings, waits)
    made.meter = target.meter = Meter()
    made.moves = settings is not None and settings.restore_seconds is None
    preflight(target)
    provisioner = Provisioner(target)
    for case in cases:
        why = leave_out(case)
        if why:
            made.left_out[why] += 1
            continue
        waits.clear()
        outcome = run(case, target, provisioner)
        made.contracts.append(case.id)
        made.generated += case.contract.generated is not None
        if case.contract.generated:
            made.apart += sum(waits)
        else:
            made.waits.append([*waits])
        _add_permissions(made, outcome, target)
    provisioner.steps.watch.remove()
    made.permissions.setdefault(Bucket.MAIN, set()).update(
        {"oss:PutObject", "oss:GetObject", "oss:DeleteObject"}
    )
    return made


def _like(settings: Settings | None, waits: list[float]) -> Target:
    """Return the service in memory, spoken to as the target of these settings."""
    target = memory_target(lambda service: service)
    time, longest = target.time, None
    if settings is not None:
        target.claims, target.signature = settings.claims, settings.signature
        target.prefix = settings.prefix + target.prefix
        target.settle_seconds = settings.settle_seconds
        target.trying = trying(settings, target.run_id)
        longest = settings.restore_seconds
    if not isinstance(time, Advancing):
        raise TypeError("the service in memory has a clock that moves")

    def move(seconds: float) -> None:
        wait = seconds - MARGIN_SECONDS
        waits.append(wait if longest is None else min(wait, longest))
        time.move(seconds)

    watched = settings is not None and settings.endpoint is not None and settings.restore_seconds is None
    target.time = replace(time, move=move, watched=watched)
    return target


def _add_permissions(made: Plan, outcome: Outcome, target: Target) -> None:
    kinds = {name: bucket for bucket, name in target.buckets.items() if name}
    for event in outcome.transcript:
        if not isinstance(event, Exchange):
            continue
        bucket = kinds.get(event.operation.bucket)
        if bucket not in (None, Bucket.ABSENT) and event.signing.key in (Key.OWN, Key.STS):
            made.permissions.setdefault(bucket, set()).update(permissions(event))


def permissions(event: Exchange) -> set[str]:
    operation = event.operation
    subresource = next((name for name, _ in operation.query if name in _SUBRESOURCES), "")
    if event.label in PERMISSIONS:
        found = set(PERMISSIONS[event.label].split(" and "))
    elif subresource:
        found = {f"oss:{operation.method.title()}{_SUBRESOURCES[subresource]}"}
    elif not operation.name:
        found = {"oss:ListObjects"}
    else:
        found = {_JUDGED.get(operation.method, "oss:CleanRestoredObject")}
    if any(name == "versionId" for name, _ in operation.query):
        found |= {VERSIONED[name] for name in found & VERSIONED.keys()}
    return found


def policy(made: Plan, buckets: Mapping[Bucket, str], prefix: str) -> str:
    """Return the least RAM policy that a plan needs, as JSON."""
    statements: list[dict[str, Any]] = []
    for which, needed in made.permissions.items():
        bucket = buckets.get(which) or f"THE-{which.name}-BUCKET"
        objects, lists = sorted(needed - LISTS), sorted(needed & LISTS)
        if objects:
            where = f"acs:oss:*:*:{bucket}/{prefix}oss-clean-*"
            statements.append({"Effect": "Allow", "Action": objects, "Resource": [where]})
        if lists:
            below = {"StringLike": {"oss:Prefix": [f"{prefix}oss-clean-*"]}}
            where = f"acs:oss:*:*:{bucket}"
            statements.append({"Effect": "Allow", "Action": lists, "Resource": [where], "Condition": below})
    return json.dumps({"Version": "1", "Statement": statements}, indent=2)


def rows(made: Plan, prices: Prices | None = None) -> list[tuple[str, str]]:
    """Return what a plan counts, with its name."""
    meter = made.meter
    polls = int(made.seconds // LONGEST_PAUSE) + 2 * len(made.contracts) if made.seconds else 0
    return [
        ("contracts", str(len(made.contracts))),
        *((f"not recorded: {why.partition(':')[0]}", str(many)) for why, many in made.left_out.items()),
        ("requests", f"{'at most ' * bool(made.generated)}{made.requests}"),
        *((f"requests, {kind}", str(many)) for kind, many in sorted(meter.requests.items())),
        ("polls while restores run, at most about", str(polls)),
        *((f"objects put, {kind}", str(many)) for kind, many in sorted(meter.objects.items())),
        ("bytes put", str(meter.stored)),
        *((f"restores, {kind}", str(many)) for kind, many in sorted(meter.restores.items())),
        *(
            (f"stage {number}, {many} contracts, over at the latest after", time_of(end))
            for number, (many, end) in enumerate([] if made.moves else made.stages, 1)
        ),
        ("objects left behind", "0"),
        (f"time beside restores, at {ROUND_TRIP:g} s a request", time_of(made.requests * ROUND_TRIP)),
        ("time of the restores, which run at once, at most", time_of(made.seconds)),
        *(costs(made, prices) if prices else []),
    ]


def costs(made: Plan, prices: Prices) -> list[tuple[str, str]]:
    """Return what a plan costs at most, part by part."""
    parts = made.meter.costs(prices) | {"all, at most": made.meter.cost(prices)}
    return [(f"cost of {name}", f"{cost:.4f} {prices.currency}".strip()) for name, cost in parts.items()]


def as_table(made: Plan, prices: Prices | None = None) -> str:
    """Return a plan as a table of Markdown."""
    lines = [f"| {name} | {many} |" for name, many in rows(made, prices)]
    return "\n".join(["| what | how many |", "| --- | ---: |", *lines])


def exceeded(made: Plan, settings: Settings) -> ConfigurationError | None:
    """Return which limit of a run its plan exceeds, and the remedy."""
    prices = settings.prices
    cost = made.meter.cost(prices) if prices else 0.0
    limits = (
        ("max-requests", settings.max_requests, made.requests, f"{made.requests} requests"),
        ("max-cost", settings.max_cost, cost, f"{cost:.4f} {prices.currency if prices else ''}"),
        ("max-wall", settings.max_wall, made.seconds, f"{made.seconds:g} s of restores"),
    )
    for name, limit, planned, words in limits:
        if limit is not None and planned > limit:
            remedy = f"the plan is {words.strip()}: raise it, or choose fewer contracts (`oss-clean plan`)"
            return ConfigurationError(f"--oss-{name}", f"{limit:g}", remedy)
    return None


def time_of(seconds: float) -> str:
    """Return a time in whole minutes, or in hours."""
    minutes = -(-seconds // 60)
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"  # noqa: PLR2004 - an hour
