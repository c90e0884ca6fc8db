"""Mutants and variants as data: a server with one changed rule, and one that differs harmlessly.

Rule: a fault calls `reached` when, and only when, the changed rule is really executed; a mutant that
was never reached was not exercised, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.spec.evidence import Evidence

Reached = Callable[[], None]
"""Counts one execution of a changed rule."""


class Family(StrEnum):
    """What kind of rule a mutant changes."""

    TRANSITIONS = "transitions"
    EFFECTS = "effects"
    ANSWERS = "answers"
    AUTHENTICATION = "authentication"
    NAMES = "names and encoding"
    VERSIONS = "versions"
    TIME = "time"
    CONCURRENCY = "concurrency"
    INTERMITTENT = "intermittent"
    DIMENSIONS = "values together"
    DEVELOPERS = "plausible developers"
    TRACKERS = "bugs from public trackers"
    CAPABILITIES = "claimed capabilities"


class Damage(StrEnum):
    """What a client of such a server suffers."""

    MONEY = "money keeps running"
    READABLE = "data thought frozen is readable"
    UNREADABLE = "data paid for is not readable"
    LOST = "data lost"
    WRONG_OBJECT = "wrong object touched"
    ACCESS = "access without permission"
    LOCKED_OUT = "access refused without reason"
    BREAKS = "client library breaks"
    MISLED = "client learns something wrong"


@dataclass(frozen=True, slots=True)
class OnSender:
    """A fault around any server: responses and effects, also in front of a user's own."""

    wrap: Callable[[Sender, Reached], Sender]


@dataclass(frozen=True, slots=True)
class OnService:
    """A fault inside the emulator's service: a subclass with one changed rule."""

    make: Callable[[Reached], type[Service]]


@dataclass(frozen=True, slots=True)
class OnWire:
    """A fault in how responses become bytes."""

    write: Callable[[Response, Request, bool, Reached], bytes]


Fault = OnSender | OnService | OnWire


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A server that breaks one rule. `breaks` is the evidence of that rule.

    `first` names contracts (slugs) that are tried before the family's others. `link` leads to the
    report that the fault re-enacts. `equivalent` is the reason why nobody can notice it, and leaves it
    listed as a justified survivor.
    """

    id: str
    family: Family
    says: str
    breaks: Evidence
    damage: Damage
    fault: Fault
    first: tuple[str, ...] = ()
    link: str = ""
    equivalent: str = ""


Row = tuple[Any, ...]
"""The name of a mutant, its fault or what the table's fault is made of, and what is wrong."""

Table = Mapping[tuple[Evidence, Damage], Iterable[Row]]


def mutants(  # noqa: PLR0913 - what holds for all rows of a table
    prefix: str,
    family: Family,
    table: Table,
    *,
    of: Callable[..., Fault] | None = None,
    says: str = "{}",
    first: Mapping[str, tuple[str, ...]] | None = None,
    links: Mapping[str, str] | None = None,
) -> tuple[Mutant, ...]:
    """Return the mutants of a table; `first` and `links` go by their names.

    `of` makes the faults of rows that hold none, and `says` completes what is wrong.
    """
    return tuple(
        Mutant(
            id=f"{prefix}-{name}",
            family=family,
            says=says.format(wrong),
            breaks=breaks,
            damage=damage,
            fault=given[0] if of is None or isinstance(given[0], Fault) else of(*given),
            first=(first or {}).get(name, ()),
            link=(links or {}).get(name, ""),
        )
        for (breaks, damage), rows in table.items()
        for name, *given, wrong in rows
    )


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A server that differs and is right: no contract may fail on it.

    `excused` begins the cause of contracts that may be left untested. The target may take
    `settle_seconds` to show an effect, and has a `shared_clock` where others move it, too.
    """

    id: str
    says: str
    fault: Fault
    excused: str = ""
    settle_seconds: float = 0.0
    shared_clock: bool = False
