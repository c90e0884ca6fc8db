"""Evidence: where an expectation comes from, and what of it gates a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """Where an expectation comes from.

    `claimed` is the target's owner's own word: a capability that was claimed must be there.
    """

    DOCUMENTED = "documented"
    SDK_TESTED = "sdk-tested"
    RECORDED = "recorded"
    CLAIMED = "claimed"
    INFERRED = "inferred"

    @property
    def required(self) -> bool:
        """Return whether a difference is a failure; what is inferred is only observed."""
        return self is not Evidence.INFERRED


DOCUMENTED, SDK_TESTED, CLAIMED, INFERRED = (
    Evidence.DOCUMENTED,
    Evidence.SDK_TESTED,
    Evidence.CLAIMED,
    Evidence.INFERRED,
)
"""Names for tables."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What gates in a run: `strict` adds the checks, `edition` leaves out what came later."""

    strict: bool = False
    edition: str = ""

    def requires(self, evidence: Evidence, since: str) -> bool:
        if self.edition and edition_key(since) > edition_key(self.edition):
            return False
        return self.strict or evidence.required


def edition_key(text: str) -> tuple[int, ...]:
    """Return what orders editions: 0.10 is newer than 0.9."""
    return tuple(int(part) for part in text.split("."))
