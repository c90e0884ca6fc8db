"""Verdicts on contracts, and the exit code that a run of them earns."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What a run says about one contract."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "not tested"
    NOT_CLAIMED = "not claimed"


class Exit(IntEnum):
    """Exit codes: pytest's own, and `INCOMPLETE` of ours."""

    OK = 0
    FAILED = 1
    INTERRUPTED = 2
    INTERNAL = 3
    USAGE = 4
    NO_CONTRACT = 5
    INCOMPLETE = 6


SEVERITY = (Verdict.NOT_CLAIMED, Verdict.PASSED, Verdict.ERROR, Verdict.FAILED)
"""From the least to the worst; the verdict of a slug is the worst of its parameters."""


def worst(verdicts: Collection[Verdict]) -> Verdict:
    """Return the worst of at least one verdict."""
    return max(verdicts, key=SEVERITY.index)


def gate(verdicts: Collection[Verdict]) -> Exit:
    """Return the exit code of a run with these verdicts.

    What is not claimed does not block, but a run in which nothing else is left tested nothing.
    """
    judged = [v for v in verdicts if v is not Verdict.NOT_CLAIMED]
    if not judged:
        return Exit.NO_CONTRACT
    return {Verdict.FAILED: Exit.FAILED, Verdict.ERROR: Exit.INCOMPLETE}.get(worst(judged), Exit.OK)
