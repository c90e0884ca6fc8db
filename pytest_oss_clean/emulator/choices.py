"""Where the sources are silent or disagree, and the emulator's choice is a value that the code reads.

Rule: every contested behaviour has a row, so that nobody mistakes it for the real service's: here, or in
CHOICES.md where a sentence describes what the code does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pytest_oss_clean.oss.constants import Code, StorageClass, Tier

T = TypeVar("T")


class Outcome(StrEnum):
    """The result of a request to the life cycle; the service answers each in one way."""

    ACCEPTED = "accepted"
    UPGRADED = "upgraded"
    EXTENDED = "extended"
    IN_PROGRESS = "in progress"
    LOWERED = "lowered"
    CLEANED = "cleaned"
    STALE = "stale"
    NOT_FINISHED = "not finished"
    UNSUPPORTED = "unsupported"
    PASSED = "passed"
    """Time went by; nobody asked, nobody is answered."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One contested point: the question, our answer, the other readings, the sources."""

    question: str
    chosen: T
    others: str
    source: str


CLEAN_BY_CLASS: Choice[Mapping[StorageClass, Outcome]] = Choice(
    "CleanRestoredObject on an object that is not ColdArchive or DeepColdArchive",
    {
        StorageClass.STANDARD: Outcome.UNSUPPORTED,
        StorageClass.IA: Outcome.UNSUPPORTED,
        StorageClass.ARCHIVE: Outcome.UNSUPPORTED,
    },
    f"409 {Code.ARCHIVE_RESTORE_FILE_STALE}; Archive treated like ColdArchive",
    "no source gives an answer; the page names cold classes only, a Go V2 guide says Archive is not "
    "supported, the unrestore page says it is. 400 OperationNotSupported is RestoreObject's answer.",
)
HIGHER_TIER_WHILE_RESTORING: Choice[Outcome] = Choice(
    "RestoreObject while restoring, with a higher tier",
    Outcome.UPGRADED,
    "409 RestoreAlreadyInProgress, as the EN API page has it for every repeat",
    "newer user guide, zh RestoreObject page and the page of EC 0016-00000715 (28 Apr 2024): a running "
    "restore can be raised. No source has the status: 202, as of a restore that is begun. It ends no "
    "later than it would have; without Days the validity stays.",
)
LOWER_TIER_WHILE_RESTORING: Choice[Outcome] = Choice(
    "RestoreObject while restoring, with a lower tier",
    Outcome.LOWERED,
    "400 InvalidArgument; another Code",
    "zh RestoreObject page: only a higher tier is taken, otherwise 409; the page of EC 0016-00000715 has no "
    "Code: that of every other 409 while restoring, with this EC.",
)
RAW_PLUS: Choice[str] = Choice(
    "A raw `+` in the path of a request or of x-oss-copy-source",
    " ",
    "a plus",
    "ruby writes blanks so, and its test test_space passes; ali-oss issue 193, cloudreve issue 220, java-sdk "
    "issue 377. SDKs that send names with a plus write %2B.",
)
DEFAULT_TIER: Choice[Tier] = Choice(
    "Tier absent on a cold class", Tier.STANDARD, "none", "RestoreObject page; C# V2 test reads the header"
)
DEFAULT_DAYS: Choice[int] = Choice(
    "Days absent, also inside a RestoreRequest",
    1,
    "MalformedXML where the body is present",
    "2020 page: default 1; the newer table calls Days required, yet tests without a body get 202",
)
