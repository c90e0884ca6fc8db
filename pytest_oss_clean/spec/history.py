"""Histories of an object that contracts start from, and the steps that lead to each.

This is a reading of the rules of its own, beside the emulator's life cycle and the contract tables:
it says what was done, and what HEAD must show before anything is judged, never what a clean answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.oss.constants import Tier
from pytest_oss_clean.oss.operations import RESTORE_DAYS
from pytest_oss_clean.spec.request import Version


class Given(StrEnum):
    """What happened to an object before the judged request."""

    NEVER_PUT = "never put"
    NEVER_RESTORED = "never restored"
    RESTORING = "restoring"
    RESTORED = "restored"
    CLEANED = "cleaned"
    EXPIRED = "expired"
    RESTORING_AGAIN = "restoring again after a clean"
    RESTORED_AGAIN = "restored again after a clean"
    RESTORING_AFTER_EXPIRY = "restoring again after it expired"
    RESTORED_AFTER_EXPIRY = "restored again after it expired"
    EXTENDED = "restored and extended"
    EXTENDED_CLEANED = "extended and cleaned"
    TIER_RAISED = "restoring, its tier raised"
    OVERWRITTEN = "overwritten, never restored"
    OVERWRITTEN_RESTORING = "overwritten while restoring"
    OVERWRITTEN_RESTORED = "overwritten while restored"
    OVERWRITTEN_CLEANED = "overwritten after a clean"
    OVERWRITTEN_THEN_RESTORING = "overwritten, then restoring"
    OVERWRITTEN_THEN_RESTORED = "overwritten, then restored"
    BOTH_RESTORING = "restored, overwritten and restoring again"
    BOTH_RESTORED = "restored, overwritten and restored again"
    COPIED_ONTO_RESTORED = "restored, then copied onto"
    COPY_OF_RESTORED = "copied from a restored object"
    DELETED = "deleted while restored"
    DELETED_RESTORING = "deleted while restoring"
    PUT_AGAIN = "deleted while restored and put again"


class Upload(StrEnum):
    PUT = "put"
    MULTIPART = "in parts"
    APPEND = "by appending"
    LINKED = "put, and a symlink to it beside it"


@dataclass(frozen=True, slots=True)
class Provision:
    """How an object is uploaded and restored, where that is not as usual.

    `size` None is a content that names the object; `bare` restores without a body, so that tier and days
    are the service's defaults.
    """

    tier: Tier = Tier.EXPEDITED
    days: int = RESTORE_DAYS
    size: int | None = None
    upload: Upload = Upload.PUT
    bare: bool = False

    @property
    def awaited_tier(self) -> Tier:
        """Return the tier whose time a restore takes."""
        return Tier.STANDARD if self.bare else self.tier


USUAL = Provision()


class Step(StrEnum):
    PUT = "put"
    RESTORE = "restore"
    RESTORE_SLOWLY = "restore with tier Standard"
    RAISE_TIER = "restore with a higher tier"
    WAIT_RESTORED = "wait until restored"
    EXTEND = "extend"
    CLEAN = "clean"
    WAIT_EXPIRED = "wait until expired"
    DELETE = "delete"
    COPY_ONTO = "copy another object onto it"
    COPY_FROM = "restore another object and copy it here"
    PUT_TAGS = "put a tag"
    PUT_ACL = "put an ACL"
    READ = "read it"
    WAIT_HOUR = "wait an hour"
    WAIT_HALF = "wait half of the restore time"
    WAIT_REST = "wait for the rest of the restore time"
    WAIT_LAST_HALF_HOUR = "wait until half an hour before it expires"


_RESTORED = (Step.PUT, Step.RESTORE, Step.WAIT_RESTORED)
_AGAIN = (Step.RESTORE, Step.WAIT_RESTORED)

STEPS = MappingProxyType(
    {
        Given.NEVER_PUT: (),
        Given.NEVER_RESTORED: (Step.PUT,),
        Given.RESTORING: (Step.PUT, Step.RESTORE),
        Given.RESTORED: _RESTORED,
        Given.CLEANED: (*_RESTORED, Step.CLEAN),
        Given.EXPIRED: (*_RESTORED, Step.WAIT_EXPIRED),
        Given.RESTORING_AGAIN: (*_RESTORED, Step.CLEAN, Step.RESTORE),
        Given.RESTORED_AGAIN: (*_RESTORED, Step.CLEAN, *_AGAIN),
        Given.RESTORING_AFTER_EXPIRY: (*_RESTORED, Step.WAIT_EXPIRED, Step.RESTORE),
        Given.RESTORED_AFTER_EXPIRY: (*_RESTORED, Step.WAIT_EXPIRED, *_AGAIN),
        Given.EXTENDED: (*_RESTORED, Step.EXTEND),
        Given.EXTENDED_CLEANED: (*_RESTORED, Step.EXTEND, Step.CLEAN),
        Given.TIER_RAISED: (Step.PUT, Step.RESTORE_SLOWLY, Step.RAISE_TIER),
        Given.OVERWRITTEN: (Step.PUT, Step.PUT),
        Given.OVERWRITTEN_RESTORING: (Step.PUT, Step.RESTORE, Step.PUT),
        Given.OVERWRITTEN_RESTORED: (*_RESTORED, Step.PUT),
        Given.OVERWRITTEN_CLEANED: (*_RESTORED, Step.CLEAN, Step.PUT),
        Given.OVERWRITTEN_THEN_RESTORING: (Step.PUT, Step.PUT, Step.RESTORE),
        Given.OVERWRITTEN_THEN_RESTORED: (Step.PUT, Step.PUT, *_AGAIN),
        Given.BOTH_RESTORING: (*_RESTORED, Step.PUT, Step.RESTORE),
        Given.BOTH_RESTORED: (*_RESTORED, Step.PUT, *_AGAIN),
        Given.COPIED_ONTO_RESTORED: (*_RESTORED, Step.COPY_ONTO),
        Given.COPY_OF_RESTORED: (Step.COPY_FROM,),
        Given.DELETED: (*_RESTORED, Step.DELETE),
        Given.DELETED_RESTORING: (Step.PUT, Step.RESTORE, Step.DELETE),
        Given.PUT_AGAIN: (*_RESTORED, Step.DELETE, Step.PUT),
    }
)

NEEDS = MappingProxyType(
    {
        Step.WAIT_EXPIRED: "movable-clock",
        Step.WAIT_HOUR: "movable-clock",
        Step.WAIT_HALF: "movable-clock",
        Step.WAIT_LAST_HALF_HOUR: "movable-clock",
        Step.COPY_ONTO: "copy",
        Step.COPY_FROM: "copy",
        Step.PUT_TAGS: "tags",
        Step.PUT_ACL: "acl",
    }
)
"""Claims without which a step cannot be taken."""


def claims_of(given: Given, *, patient: bool = False) -> frozenset[str]:
    """Return the claims that a history needs; `patient` says that an expiry is waited for."""
    return frozenset(
        NEEDS[step] for step in STEPS[given] if step in NEEDS and not (patient and step is Step.WAIT_EXPIRED)
    )


HEAD_SHOWS = MappingProxyType(
    {
        Given.NEVER_RESTORED: "no x-oss-restore",
        Given.RESTORING: 'ongoing-request="true"',
        Given.RESTORED: 'ongoing-request="false"',
        Given.EXPIRED: "no x-oss-restore",
        Given.EXTENDED: 'ongoing-request="false"',
        Given.RESTORING_AGAIN: 'ongoing-request="true"',
        Given.RESTORING_AFTER_EXPIRY: 'ongoing-request="true"',
        Given.TIER_RAISED: 'ongoing-request="true"',
        Given.OVERWRITTEN_THEN_RESTORING: 'ongoing-request="true"',
        Given.BOTH_RESTORING: 'ongoing-request="true"',
    }
)
"""What HEAD must show before a contract is judged (HeadObject page).

Of the other histories no page says it, so nothing is demanded there.
"""

RESTORE_RUNS = frozenset(given for given, shown in HEAD_SHOWS.items() if "true" in shown)
"""Histories in which a restore is in progress, as far as it has not just ended."""

VERSIONS_SHOW = MappingProxyType(
    {
        Given.OVERWRITTEN_RESTORING: {Version.OLDER: "restoring", Version.CURRENT: "frozen"},
        Given.OVERWRITTEN_RESTORED: {Version.OLDER: "restored", Version.CURRENT: "frozen"},
        Given.OVERWRITTEN_CLEANED: {Version.OLDER: "frozen", Version.CURRENT: "frozen"},
        Given.OVERWRITTEN_THEN_RESTORED: {Version.OLDER: "frozen", Version.CURRENT: "restored"},
        Given.BOTH_RESTORING: {Version.OLDER: "restored", Version.CURRENT: "restoring"},
        Given.BOTH_RESTORED: {Version.OLDER: "restored", Version.CURRENT: "restored"},
        Given.DELETED: {Version.OLDER: "restored"},
        Given.DELETED_RESTORING: {Version.OLDER: "restoring"},
    }
)
"""What HEAD of each version must show in a bucket with versioning, before a contract is judged there."""


def restore_runs(given: Given, version: Version = Version.NONE) -> bool:
    """Return whether a restore is in progress, of one version where it is named, if it has not just ended."""
    shown = VERSIONS_SHOW.get(given, {}).get(version)
    return shown == "restoring" if shown else given in RESTORE_RUNS


DELETED = frozenset({Given.NEVER_PUT, Given.DELETED, Given.DELETED_RESTORING})
"""Histories after which HEAD finds nothing."""


class State(StrEnum):
    """What an object is in the end, in the document's words; `GONE` is none of them."""

    FROZEN = "frozen"
    RESTORING = "restoring"
    RESTORED = "restored"
    GONE = "gone"


RESTORED_IN_THE_END = frozenset({given for given, shown in HEAD_SHOWS.items() if "false" in shown}) | {
    Given.RESTORED_AGAIN,
    Given.RESTORED_AFTER_EXPIRY,
    Given.OVERWRITTEN_THEN_RESTORED,
    Given.BOTH_RESTORED,
}
"""Histories after which the last restore is complete; of the last four no page says what HEAD shows."""


def state_of(given: Given) -> State:
    """Return the state that a history leads to, where its last event is what counts."""
    if given in DELETED:
        return State.GONE
    if given in RESTORE_RUNS:
        return State.RESTORING
    return State.RESTORED if given in RESTORED_IN_THE_END else State.FROZEN


Event = tuple[str, int]
"""What was asked, by the label of its exchange, and the status of the answer; time is not answered."""

RESTORE_ENDED, EXPIRED = "the restore time passed", "the days of the restore passed"
"""Labels of time."""

NEXT: Mapping[str, Mapping[Given, Given]] = MappingProxyType(
    {
        "put": {
            Given.NEVER_PUT: Given.NEVER_RESTORED,
            Given.NEVER_RESTORED: Given.OVERWRITTEN,
            Given.OVERWRITTEN: Given.OVERWRITTEN,
            Given.RESTORING: Given.OVERWRITTEN_RESTORING,
            Given.TIER_RAISED: Given.OVERWRITTEN_RESTORING,
            Given.RESTORED: Given.OVERWRITTEN_RESTORED,
            Given.EXTENDED: Given.OVERWRITTEN_RESTORED,
            Given.CLEANED: Given.OVERWRITTEN_CLEANED,
            Given.EXTENDED_CLEANED: Given.OVERWRITTEN_CLEANED,
            Given.OVERWRITTEN_CLEANED: Given.OVERWRITTEN_CLEANED,
            Given.RESTORING_AGAIN: Given.OVERWRITTEN_RESTORING,
            Given.RESTORING_AFTER_EXPIRY: Given.OVERWRITTEN_RESTORING,
            Given.OVERWRITTEN_THEN_RESTORING: Given.OVERWRITTEN_RESTORING,
            Given.BOTH_RESTORING: Given.OVERWRITTEN_RESTORING,
            Given.RESTORED_AGAIN: Given.OVERWRITTEN_RESTORED,
            Given.RESTORED_AFTER_EXPIRY: Given.OVERWRITTEN_RESTORED,
            Given.OVERWRITTEN_THEN_RESTORED: Given.OVERWRITTEN_RESTORED,
            Given.BOTH_RESTORED: Given.OVERWRITTEN_RESTORED,
            Given.DELETED: Given.PUT_AGAIN,
        },
        "copy": {
            Given.NEVER_PUT: Given.COPY_OF_RESTORED,
            Given.RESTORED: Given.COPIED_ONTO_RESTORED,
        },
        "restore": {
            Given.NEVER_RESTORED: Given.RESTORING,
            Given.RESTORING: Given.TIER_RAISED,
            Given.RESTORED: Given.EXTENDED,
            Given.EXTENDED: Given.EXTENDED,
            Given.RESTORED_AGAIN: Given.RESTORED_AGAIN,
            Given.RESTORED_AFTER_EXPIRY: Given.RESTORED_AFTER_EXPIRY,
            Given.OVERWRITTEN_THEN_RESTORED: Given.OVERWRITTEN_THEN_RESTORED,
            Given.BOTH_RESTORED: Given.BOTH_RESTORED,
            Given.CLEANED: Given.RESTORING_AGAIN,
            Given.EXTENDED_CLEANED: Given.RESTORING_AGAIN,
            Given.EXPIRED: Given.RESTORING_AFTER_EXPIRY,
            Given.OVERWRITTEN: Given.OVERWRITTEN_THEN_RESTORING,
            Given.OVERWRITTEN_RESTORED: Given.BOTH_RESTORING,
        },
        "clean": {
            Given.RESTORED: Given.CLEANED,
            Given.RESTORED_AGAIN: Given.CLEANED,
            Given.RESTORED_AFTER_EXPIRY: Given.CLEANED,
            Given.OVERWRITTEN_THEN_RESTORED: Given.CLEANED,
            Given.BOTH_RESTORED: Given.CLEANED,
            Given.EXTENDED: Given.EXTENDED_CLEANED,
        },
        "delete": {
            **dict.fromkeys(RESTORED_IN_THE_END, Given.DELETED),
            **dict.fromkeys(RESTORE_RUNS, Given.DELETED_RESTORING),
        },
        RESTORE_ENDED: {
            Given.RESTORING: Given.RESTORED,
            Given.TIER_RAISED: Given.RESTORED,
            Given.RESTORING_AGAIN: Given.RESTORED_AGAIN,
            Given.RESTORING_AFTER_EXPIRY: Given.RESTORED_AFTER_EXPIRY,
            Given.OVERWRITTEN_THEN_RESTORING: Given.OVERWRITTEN_THEN_RESTORED,
            Given.BOTH_RESTORING: Given.BOTH_RESTORED,
        },
        EXPIRED: dict.fromkeys(RESTORED_IN_THE_END, Given.EXPIRED),
    }
)
"""What an acknowledged request, or time, makes of a history; what leads to none is not listed."""


def fold(events: Iterable[Event], given: Given | None = Given.NEVER_PUT) -> Given | None:
    """Return the history after some events; None is one that has no name here.

    A refused request changes nothing, nor does one that only reads, nor time that nothing waited for.
    """
    for label, status in events:
        if label in (RESTORE_ENDED, EXPIRED):
            given = NEXT[label].get(given, given) if given else None
        elif label in NEXT and status // 100 == 2:  # noqa: PLR2004 - the 2xx class
            given = NEXT[label].get(given) if given else None
    return given
