"""Verdicts on contracts, and the exit code that a run of them earns."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What a run says about one contract; `OBSERVED` is a contract that required nothing.

    `NOT_RECORDED` is an error like `ERROR`, of a recording that does not show what is asked. `PENDING` waits
    for a restore, for a later run.
    """

    PASSED = "passed"
    OBSERVED = "observed"
    CHANGED = "changed"
    DEVIATES = "deviates"
    NOT_CLAIMED = "not claimed"
    NOT_OBSERVED = "not observed"
    NOT_RECORDED = "not recorded"
    ERROR = "not tested"
    PENDING = "pending"
    FAILED = "failed"


class Exit(IntEnum):
    """Exit codes: pytest's own, and `INCOMPLETE` of ours."""

    OK = 0
    FAILED = 1
    INTERRUPTED = 2
    INTERNAL = 3
    USAGE = 4
    NO_CONTRACT = 5
    INCOMPLETE = 6


SEVERITY = (
    Verdict.NOT_CLAIMED,
    Verdict.NOT_OBSERVED,
    Verdict.OBSERVED,
    Verdict.PASSED,
    Verdict.CHANGED,
    Verdict.DEVIATES,
    Verdict.PENDING,
    Verdict.NOT_RECORDED,
    Verdict.ERROR,
    Verdict.FAILED,
)
"""From the least to the worst; the verdict of a slug is the worst of its parameters."""

UNTESTED = frozenset({Verdict.ERROR, Verdict.NOT_RECORDED, Verdict.PENDING})
"""A run that holds one of these is incomplete."""

NOTHING_LEARNT = frozenset({Verdict.NOT_CLAIMED, Verdict.NOT_OBSERVED, *UNTESTED})
"""A run in which nothing else is left is never green."""


def worst(verdicts: Collection[Verdict]) -> Verdict:
    return max(verdicts, key=SEVERITY.index)


def gate(
    verdicts: Collection[Verdict], *, gate_changes: bool = False, allow_incomplete: bool = False
) -> Exit:
    """Return the exit code of a run with these verdicts.

    `gate_changes` makes a change fail; `allow_incomplete` lets a run pass in which something, but
    not everything, was tested.
    """
    found = set(verdicts)
    if Verdict.FAILED in found or (gate_changes and Verdict.CHANGED in found):
        return Exit.FAILED
    learnt = found - NOTHING_LEARNT
    if UNTESTED & found:
        return Exit.OK if allow_incomplete and learnt else Exit.INCOMPLETE
    return Exit.OK if learnt else Exit.NO_CONTRACT
