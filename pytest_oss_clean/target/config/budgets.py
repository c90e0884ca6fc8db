"""Budgets of generated data, and what one run tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Budget:
    """Examples of each property, machines of a number of steps, seconds for shrinking a failure."""

    examples: int
    machines: int
    steps: int
    shrink_seconds: float


QUICK, CI, DEEP = "quick", "ci", "deep"

BUDGETS: Mapping[str, Budget] = MappingProxyType(
    {
        QUICK: Budget(examples=25, machines=20, steps=15, shrink_seconds=10),
        CI: Budget(examples=60, machines=150, steps=20, shrink_seconds=30),
        DEEP: Budget(examples=2_000, machines=1_000, steps=50, shrink_seconds=300),
    }
)
"""What `--oss-budget` chooses from."""

SAMPLE = Budget(examples=2, machines=2, steps=12, shrink_seconds=0)
"""The budget for servers that are expected to be right, or to fail other contracts."""

FIXED_SEED = 0
"""The seed of runs that must try the same data each time."""


@dataclass(frozen=True, slots=True)
class Trying:
    """What a run tries; `shrink` makes failures smaller, `explicit` tries the examples that are kept first.

    `known` are contracts whose failures are listed already: they are found, and not made smaller. `accepted`
    are rows with the wrong observation that is listed as a deviation: they fail no generated contract.
    """

    budget: Budget = BUDGETS[QUICK]
    seed: int = FIXED_SEED
    shrink: bool = True
    explicit: bool = True
    known: frozenset[str] = frozenset()
    accepted: frozenset[tuple[str, str]] = frozenset()
