"""What a run costs before it is made: its requests, its objects, its hours, the permissions it needs.

Nothing of it is estimated from tables: the chosen contracts are run on the emulator's service in
memory, and what they sent is counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import LONGEST_PAUSE, Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import STORAGE_CLASS
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.oss.storage_classes import LONGEST_RESTORE
from pytest_oss_clean.recording.session import RecordingSession
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.request import Bucket, Key
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Elapsed, Exchange

ROUND_TRIP = 0.1
"""Seconds that a request is taken to last, in the plan's estimate of the time beside restores."""

PREFLIGHT = ("HEAD", "PUT", "HEAD", "DELETE", "HEAD")
"""The requests before the first contract, for one small Standard object."""

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
    """What the chosen contracts send: counted requests, objects and restores, by what they are."""

    contracts: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    restores: Counter[str] = field(default_factory=Counter)
    permissions: dict[Bucket, set[str]] = field(default_factory=dict)
    stored: int = 0
    waits: set[float] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """Return how long the longest restore may take; all of them run at once."""
        return max(self.waits, default=0.0)


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


def plan(cases: Iterable[Case]) -> Plan:
    """Run cases in memory and count."""
    made = Plan()
    for case in cases:
        why = RecordingSession.unrecordable(case)
        if why:
            made.left_out[why] += 1
            continue
        target = memory_target(lambda service: service)
        outcome = run(case, target, Provisioner(target))
        made.contracts.append(case.id)
        _count(made, outcome, target)
    made.requests.update(f"{method} (before the first contract)" for method in PREFLIGHT)
    made.objects["Standard"] += 1
    made.permissions.setdefault(Bucket.MAIN, set()).update(
        {"oss:PutObject", "oss:GetObject", "oss:DeleteObject"}
    )
    return made


def _count(made: Plan, outcome: Outcome, target: Target) -> None:
    kinds = {name: bucket for bucket, name in target.buckets.items() if name}
    for event in outcome.transcript:
        if isinstance(event, Elapsed):
            if not event.moved:
                made.waits.add(float(LONGEST_RESTORE[outcome.case.storage_class, event.tier]))
            continue
        made.requests[_kind(event)] += 1
        if event.operation.method == "PUT" and not event.operation.query and event.response.succeeded:
            made.objects[event.operation.header(STORAGE_CLASS) or "Standard"] += 1
            made.stored += len(event.operation.body)
        if event.label == "restore" and event.response.status == 202:  # noqa: PLR2004 - accepted: it is charged
            tier = "Expedited" if b"Expedited" in event.operation.body else "Standard"
            made.restores[f"{outcome.case.storage_class} {tier}"] += 1
        bucket = kinds.get(event.operation.bucket)
        if bucket not in (None, Bucket.ABSENT) and event.signing.key in (Key.OWN, Key.STS):
            made.permissions.setdefault(bucket, set()).update(permissions(event))


def _kind(event: Exchange) -> str:
    subresource = next((name for name, value in event.operation.query if value is None), "")
    return f"{event.operation.method} {'?' * bool(subresource)}{subresource}".strip()


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


def as_table(made: Plan) -> str:
    requests = made.requests.total()
    polls = int(made.seconds // LONGEST_PAUSE) + 2 * len(made.contracts) if made.waits else 0
    rows = [
        ("contracts", str(len(made.contracts))),
        *((f"not recorded: {why.partition(':')[0]}", str(many)) for why, many in made.left_out.items()),
        ("requests", str(requests)),
        *((f"requests, {kind}", str(many)) for kind, many in sorted(made.requests.items())),
        ("polls while restores run, at most about", str(polls)),
        *((f"objects put, {kind}", str(many)) for kind, many in sorted(made.objects.items())),
        ("bytes put", str(made.stored)),
        *((f"restores, {kind}", str(many)) for kind, many in sorted(made.restores.items())),
        ("objects left behind", "0"),
        (f"time beside restores, at {ROUND_TRIP:g} s a request", _time(requests * ROUND_TRIP)),
        ("time of the restores, which run at once, at most", _time(made.seconds)),
    ]
    return "\n".join(
        ["| what | how many |", "| --- | ---: |", *(f"| {name} | {many} |" for name, many in rows)]
    )


def _time(seconds: float) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"  # noqa: PLR2004 - an hour
