"""The restore life cycle as a transition table, and the state of an object derived from time.

Rule: a state is never stored. An object keeps what was requested and when; its state at any moment
follows from that and the table. Where the sources leave a choice open, `choices.py` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pytest_oss_clean.emulator import choices
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.oss.constants import StorageClass, Tier

DAY = 86_400
HOUR = 3_600


class State(StrEnum):
    """The document's states of an archived object."""

    FROZEN = "frozen"
    RESTORING = "restoring"
    RESTORED = "restored"


class Event(StrEnum):
    """What moves an object from state to state: two requests, and time twice.

    While restoring, a restore with another tier is an event of its own.
    """

    RESTORE = "restore"
    RAISE = "restore with a higher tier"
    LOWER = "restore with a lower tier"
    CLEAN = "clean"
    FINISH = "finish"
    EXPIRE = "expire"


Transitions = Mapping[State, Mapping[Event, tuple[State, Outcome]]]

TRANSITIONS: Transitions = {
    State.FROZEN: {
        Event.RESTORE: (State.RESTORING, Outcome.ACCEPTED),
        Event.CLEAN: (State.FROZEN, Outcome.STALE),
    },
    State.RESTORING: {
        Event.RESTORE: (State.RESTORING, Outcome.IN_PROGRESS),
        Event.RAISE: (State.RESTORING, choices.HIGHER_TIER_WHILE_RESTORING.chosen),
        Event.LOWER: (State.RESTORING, choices.LOWER_TIER_WHILE_RESTORING.chosen),
        Event.CLEAN: (State.RESTORING, Outcome.NOT_FINISHED),
        Event.FINISH: (State.RESTORED, Outcome.PASSED),
    },
    State.RESTORED: {
        Event.RESTORE: (State.RESTORED, Outcome.EXTENDED),
        Event.CLEAN: (State.FROZEN, Outcome.CLEANED),
        Event.EXPIRE: (State.FROZEN, Outcome.PASSED),
    },
}

Durations = Mapping[StorageClass, Mapping[Tier | None, int]]

RESTORE_SECONDS: Durations = {
    StorageClass.ARCHIVE: {None: 60},
    StorageClass.COLD_ARCHIVE: {Tier.EXPEDITED: HOUR, Tier.STANDARD: 5 * HOUR, Tier.BULK: 12 * HOUR},
    StorageClass.DEEP_COLD_ARCHIVE: {Tier.EXPEDITED: 12 * HOUR, Tier.STANDARD: 48 * HOUR},
}
"""The longest documented time of each class and tier (user guide, "Restore objects")."""

PRECEDENCE = (Tier.BULK, Tier.STANDARD, Tier.EXPEDITED)
"""Tiers from the lowest to the highest."""

LONGEST_DAYS: Mapping[StorageClass, int] = {
    StorageClass.ARCHIVE: 7,
    StorageClass.COLD_ARCHIVE: 365,
    StorageClass.DEEP_COLD_ARCHIVE: 365,
}


@dataclass(frozen=True, slots=True)
class Retrieval:
    """An accepted restore: its tier, when it is finished, and when its replica expires."""

    tier: Tier | None
    finishes_at: float
    expires_at: float

    def earlier(self, seconds: float) -> Retrieval:
        """Return the same restore, begun so much earlier."""
        return Retrieval(self.tier, self.finishes_at - seconds, self.expires_at - seconds)


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What a RestoreRequest asks for; None is left to the default."""

    days: int | None = None
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The rules; another table makes another server."""

    transitions: Transitions = field(default_factory=lambda: TRANSITIONS)
    restore_seconds: Durations = field(default_factory=lambda: RESTORE_SECONDS)
    longest_days: Mapping[StorageClass, int] = field(default_factory=lambda: LONGEST_DAYS)
    clean_unrestorable: Mapping[StorageClass, Outcome] = field(
        default_factory=lambda: choices.CLEAN_BY_CLASS.chosen
    )

    def needs_restore(self, storage_class: StorageClass) -> bool:
        return storage_class in self.restore_seconds

    def tiers(self, storage_class: StorageClass) -> tuple[Tier, ...]:
        """Return the tiers a class offers, none for Archive."""
        return tuple(t for t in self.restore_seconds.get(storage_class, {}) if t is not None)

    def state(self, retrieval: Retrieval | None, now: float) -> State:
        if retrieval is None:
            return State.FROZEN
        state = State.RESTORING
        for event, at in ((Event.FINISH, retrieval.finishes_at), (Event.EXPIRE, retrieval.expires_at)):
            if now >= at:
                state = self.transitions[state][event][0]
        return state

    def restore(
        self, storage_class: StorageClass, retrieval: Retrieval | None, options: RestoreOptions, now: float
    ) -> tuple[Retrieval | None, Outcome]:
        """Apply a RestoreObject; return what the object keeps, and the outcome."""
        if not self.needs_restore(storage_class):
            return retrieval, Outcome.UNSUPPORTED
        state = self.state(retrieval, now)
        after, outcome = self.transitions[state][self.restore_event(state, retrieval, options)]
        if outcome is Outcome.ACCEPTED:
            retrieval = self._begin(storage_class, options, now)
        elif outcome is Outcome.UPGRADED and retrieval is not None:
            retrieval = self._upgrade(storage_class, retrieval, options, now)
        elif outcome is Outcome.EXTENDED and retrieval is not None:
            retrieval = self._extend(storage_class, retrieval, options, now)
        return (None if after is State.FROZEN else retrieval), outcome

    def restore_event(self, state: State, retrieval: Retrieval | None, options: RestoreOptions) -> Event:
        """Return what a RestoreObject is: while restoring, its tier counts, if it names one."""
        running = retrieval.tier if retrieval is not None else None
        if state is not State.RESTORING or running is None or options.tier in (None, running):
            return Event.RESTORE
        return Event.RAISE if PRECEDENCE.index(options.tier) > PRECEDENCE.index(running) else Event.LOWER

    def clean(
        self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
    ) -> tuple[Retrieval | None, Outcome]:
        """Apply a CleanRestoredObject; return what the object keeps, and the outcome."""
        if storage_class in self.clean_unrestorable:
            return retrieval, self.clean_unrestorable[storage_class]
        after, outcome = self.transitions[self.state(retrieval, now)][Event.CLEAN]
        return (None if after is State.FROZEN else retrieval), outcome

    def _begin(self, storage_class: StorageClass, options: RestoreOptions, now: float) -> Retrieval:
        tier = self._tier(storage_class, options)
        finishes_at = now + self.restore_seconds[storage_class][tier]
        days = options.days or choices.DEFAULT_DAYS.chosen
        return Retrieval(tier, finishes_at, finishes_at + days * DAY)

    def _extend(
        self, storage_class: StorageClass, retrieval: Retrieval, options: RestoreOptions, now: float
    ) -> Retrieval:
        added = retrieval.expires_at + (options.days or choices.DEFAULT_DAYS.chosen) * DAY
        return replace(retrieval, expires_at=min(added, now + self.longest_days[storage_class] * DAY))

    def _upgrade(
        self, storage_class: StorageClass, retrieval: Retrieval, options: RestoreOptions, now: float
    ) -> Retrieval:
        """Return the retrieval with its new tier, finished no later than before, and its days."""
        new = self._begin(storage_class, options, now)
        finishes_at = min(retrieval.finishes_at, new.finishes_at)
        asked = new if options.days else retrieval
        return Retrieval(new.tier, finishes_at, finishes_at + asked.expires_at - asked.finishes_at)

    def _tier(self, storage_class: StorageClass, options: RestoreOptions) -> Tier | None:
        return options.tier or choices.DEFAULT_TIER.chosen if self.tiers(storage_class) else None

    def taking(self, seconds: int) -> LifeCycle:
        """Return the same rules with restores that all take so long, whatever the tier."""
        durations = {
            storage_class: dict.fromkeys(tiers, seconds)
            for storage_class, tiers in self.restore_seconds.items()
        }
        return replace(self, restore_seconds=durations)
