"""Mutants of time: restores that complete or expire early, late or never, and cleans that mistake the clock.

How long a restore takes, and when its days end, no page of this operation says; what a clean is
answered in each state, the page does say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import NOT_READABLE, ErrorRow
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, LifeCycle, RestoreOptions, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.by_history import living
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnService, OssError, Reached
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
MONEY, MISLED = Damage.MONEY, Damage.MISLED
READABLE, UNREADABLE = Damage.READABLE, Damage.UNREADABLE
MINUTE, FOREVER = 60, 50 * 366 * DAY

Timing = Callable[[Retrieval, float], Retrieval]
"""What becomes of a restore, in the right or in the wrong way, at a moment."""


def begun(timing: Timing) -> OnService:
    """Give restores other times from their beginning."""

    def cycle(reached: Reached) -> type[LifeCycle]:
        class Other(LifeCycle):
            def _begin(self, storage_class: StorageClass, options: RestoreOptions, now: float) -> Retrieval:
                reached()
                return timing(super()._begin(storage_class, options, now), now)

        return Other

    return living(cycle)


def cleaned(timing: Timing) -> OnService:
    """Let a clean see other times of a restore than everything else does."""

    def cycle(reached: Reached) -> type[LifeCycle]:
        class Other(LifeCycle):
            def clean(
                self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
            ) -> tuple[Retrieval | None, Outcome]:
                seen = timing(retrieval, now) if retrieval else None
                if self.state(seen, now) is self.state(retrieval, now):
                    return super().clean(storage_class, retrieval, now)
                reached()
                after, outcome = super().clean(storage_class, seen, now)
                return (retrieval if after is seen else after), outcome

        return Other

    return living(cycle)


def read(timing: Timing) -> OnService:
    """Let reading see other times of a restore than HEAD and everything else do."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def check_readable(
                self, operation: Operation, thing: StoredObject, row: ErrorRow = NOT_READABLE
            ) -> None:
                seen = timing(thing.retrieval, self.now()) if thing.retrieval else None
                if self.life_cycle.state(seen, self.now()) is not self.life_cycle.state(
                    thing.retrieval, self.now()
                ):
                    reached()
                super().check_readable(operation, replace(thing, retrieval=seen), row)

            def keep(self, operation: Operation, thing: StoredObject, retrieval: Retrieval | None) -> None:
                expired = self.life_cycle.state(thing.retrieval, self.now()) is State.FROZEN
                if retrieval is not None or not expired:  # what expired is still known here
                    super().keep(operation, thing, retrieval)

        return Mutated

    return OnService(make)


def after_clean(outcome: Outcome, timing: Timing) -> OnService:
    """Let an object keep something of a restore after a clean with this outcome."""

    def cycle(reached: Reached) -> type[LifeCycle]:
        class Other(LifeCycle):
            def clean(
                self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
            ) -> tuple[Retrieval | None, Outcome]:
                after, came_to = super().clean(storage_class, retrieval, now)
                if came_to is not outcome or retrieval is None:
                    return after, came_to
                reached()
                return timing(retrieval, now), came_to

        return Other

    return living(cycle)


def shifted(*, finish: float = 0, expiry: float = 0) -> Timing:
    """Complete and expire so many seconds later."""
    return lambda retrieval, _: replace(
        retrieval, finishes_at=retrieval.finishes_at + finish, expires_at=retrieval.expires_at + expiry
    )


def at_once(retrieval: Retrieval, now: float) -> Retrieval:
    """Complete at once."""
    return replace(retrieval, finishes_at=now)


def from_the_request(retrieval: Retrieval, now: float) -> Retrieval:
    """Count the days from the request, not from the completion."""
    return replace(retrieval, expires_at=now + retrieval.expires_at - retrieval.finishes_at)


def ending_in(seconds: float) -> Timing:
    """Expire so many seconds from now."""
    return lambda retrieval, now: replace(retrieval, expires_at=now + seconds)


def begun_again(retrieval: Retrieval, now: float) -> Retrieval:
    """Take the whole time again from now on."""
    again = now + HOUR - retrieval.finishes_at
    return replace(retrieval, finishes_at=now + HOUR, expires_at=retrieval.expires_at + again)


class Undone(Retrieval):
    """A restore that was cleaned, and comes back when it `finishes`."""

    __slots__ = ()


def undone(reached: Reached) -> type[LifeCycle]:
    """Let what was cleaned be restored again half an hour later."""

    class Other(LifeCycle):
        def state(self, retrieval: Retrieval | None, now: float) -> State:
            if not isinstance(retrieval, Undone):
                return super().state(retrieval, now)
            if now < retrieval.finishes_at:
                return State.FROZEN
            reached()
            return super().state(retrieval, now)

        def clean(
            self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
        ) -> tuple[Retrieval | None, Outcome]:
            after, outcome = super().clean(storage_class, retrieval, now)
            if outcome is Outcome.CLEANED and retrieval:
                after = Undone(retrieval.tier, now + HOUR // 2, retrieval.expires_at)
            return after, outcome

    return Other


def only_when_read(reached: Reached) -> type[Service]:
    """Look at the clock only where an object is read or asked about: others find what was seen then."""

    class Mutated(Service):
        def reset(self) -> None:
            super().reset()
            self.seen: dict[tuple[str, str], State] = {}

        def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
            place, bucket = (operation.bucket, operation.name), self.store.buckets.get(operation.bucket)
            if handler in ("put_object", "delete_object"):
                self.seen.pop(place, None)
            thing = bucket.newest(operation.name) if bucket and operation.name else None
            if thing is not None and handler in ("head_object", "get_object", "restore_object"):
                self.seen[place] = self.life_cycle.state(thing.retrieval, self.now())
            return super().handle(handler, operation, reply)

        def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
            thing = self.find_object(operation)
            seen = self.seen.get((operation.bucket, operation.name), State.RESTORING)
            restored = self.life_cycle.state(thing.retrieval, self.now()) is State.RESTORED
            if restored and seen is State.RESTORING and len(operation.query) == 1:
                reached()
                return self.response("CleanRestoredObject", Outcome.NOT_FINISHED, reply)
            response = super().clean_restored_object(operation, reply)
            self.seen[operation.bucket, operation.name] = State.FROZEN
            return response

    return Mutated


EARLY_CLEAN = cleaned(shifted(finish=-HOUR // 2 - MINUTE))
ROWS: tuple[tuple[str, OssError, str, Damage, Evidence], ...] = (
    ("completes-at-once", begun(at_once), "a restore completes at once", MISLED, INFERRED),
    ("completes-late", begun(shifted(finish=HOUR)), "a restore takes an hour longer", UNREADABLE, INFERRED),
    (
        "completes-never",
        begun(shifted(finish=FOREVER, expiry=FOREVER)),
        "a restore never completes",
        UNREADABLE,
        INFERRED,
    ),
    ("expires-early", begun(shifted(expiry=-DAY)), "a restore expires a day early", UNREADABLE, INFERRED),
    ("expires-late", begun(shifted(expiry=DAY)), "a restore expires a day late", MONEY, INFERRED),
    ("expires-never", begun(shifted(expiry=FOREVER)), "a restore never expires", MONEY, INFERRED),
    (
        "expires-by-zone",
        begun(shifted(expiry=-8 * HOUR)),
        "restores expire by local time",
        UNREADABLE,
        INFERRED,
    ),
    (
        "days-from-request",
        begun(from_the_request),
        "days count from the request of the restore",
        UNREADABLE,
        INFERRED,
    ),
    ("expired-cleaned", cleaned(shifted(expiry=FOREVER)), "an expired restore is cleaned", MISLED, INFERRED),
    ("clean-late", cleaned(shifted(finish=HOUR)), "a clean learns of completion late", MONEY, DOCUMENTED),
    ("clean-early", EARLY_CLEAN, "a clean counts half of the time as all", UNREADABLE, INFERRED),
    ("clean-not-last", cleaned(shifted(expiry=-HOUR)), "no clean in the last hour", MONEY, INFERRED),
    ("clean-on-reads", OnService(only_when_read), "only reads look at the clock", MONEY, INFERRED),
    ("read-late", read(shifted(finish=HOUR)), "GET follows HEAD an hour late", UNREADABLE, DOCUMENTED),
    ("read-expired", read(shifted(expiry=FOREVER)), "GET does not follow an expiry", READABLE, INFERRED),
    (
        "effect-late",
        after_clean(Outcome.CLEANED, ending_in(MINUTE)),
        "a clean takes effect after a minute",
        READABLE,
        DOCUMENTED,
    ),
    (
        "effect-undone",
        living(undone),
        "what was cleaned is restored again half an hour later",
        READABLE,
        DOCUMENTED,
    ),
    (
        "refused-restarts",
        after_clean(Outcome.NOT_FINISHED, begun_again),
        "a refused clean makes the restore begin again",
        UNREADABLE,
        INFERRED,
    ),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"time-{name}",
        family=Family.TIME,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
        first=("life-cycle",) if name == "expired-cleaned" else (),
    )
    for name, fault, says, damage, breaks in ROWS
)
