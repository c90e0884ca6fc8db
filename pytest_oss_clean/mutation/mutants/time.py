"""Mutants of time: restores that complete or expire early, late or never, and cleans that mistake the clock.

How long a restore takes, and when its days end, no page of this operation says; what a clean is
answered in each state, the page does say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import DAY, HOUR, LifeCycle, Retrieval, State
from pytest_oss_clean.mutation.faults.decorators import CLEAN, MethodCall, service_fault
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

MONEY, MISLED = Damage.MONEY, Damage.MISLED
READABLE, UNREADABLE = Damage.READABLE, Damage.UNREADABLE
MINUTE, FOREVER = 60, 50 * 366 * DAY

Timing = Callable[[Retrieval, float], Retrieval]
"""What becomes of a restore, in the right or in the wrong way, at a moment."""


@service_fault("_begin", of=LifeCycle)
def begun(call: MethodCall, timing: Timing) -> object:
    """Give restores other times from their beginning."""
    call.reached()
    return timing(call.right(), call.given[2])


@service_fault("clean", of=LifeCycle)
def cleaned(call: MethodCall, timing: Timing) -> object:
    """Let a clean see other times of a restore than everything else does."""
    storage_class, retrieval, now = call.given
    seen = timing(retrieval, now) if retrieval else None
    if call.owner.state(seen, now) is call.owner.state(retrieval, now):
        return call.right()
    call.reached()
    after, outcome = call.right(storage_class, seen, now)
    return (retrieval if after is seen else after), outcome


@service_fault("check_readable", "keep")
def read(call: MethodCall, timing: Timing) -> None:
    """Let reading see other times of a restore than HEAD and everything else do."""
    operation, thing, *rest = call.given
    if call.name == "keep":  # what expired is still known here
        if rest != [None] or call.state(thing) is not State.FROZEN:
            call.right()
        return
    other = replace(thing, retrieval=timing(thing.retrieval, call.owner.now()) if thing.retrieval else None)
    if call.state(other) is not call.state(thing):
        call.reached()
    call.right(operation, other, *rest)


@service_fault("clean", of=LifeCycle)
def after_clean(call: MethodCall, outcome: Outcome, timing: Timing) -> object:
    """Let an object keep something of a restore after a clean with this outcome."""
    (after, actual), (_, retrieval, now) = call.right(), call.given
    if actual is not outcome or retrieval is None:
        return after, actual
    call.reached()
    return timing(retrieval, now), actual


def shifted(*, finish: float = 0, expiry: float = 0) -> Timing:
    """Complete and expire a number of seconds later."""
    return lambda retrieval, _: replace(
        retrieval, finishes_at=retrieval.finishes_at + finish, expires_at=retrieval.expires_at + expiry
    )


def at_once(retrieval: Retrieval, now: float) -> Retrieval:
    return replace(retrieval, finishes_at=now)


def from_the_request(retrieval: Retrieval, now: float) -> Retrieval:
    """Count the days from the request, not from the completion."""
    return replace(retrieval, expires_at=now + retrieval.expires_at - retrieval.finishes_at)


def ending_in(seconds: float) -> Timing:
    return lambda retrieval, now: replace(retrieval, expires_at=now + seconds)


def begun_again(retrieval: Retrieval, now: float) -> Retrieval:
    again = now + HOUR - retrieval.finishes_at
    return replace(retrieval, finishes_at=now + HOUR, expires_at=retrieval.expires_at + again)


class Undone(Retrieval):
    """A restore that was cleaned, and comes back when it `finishes`."""

    __slots__ = ()


@service_fault("state", "clean", of=LifeCycle)
def undone(call: MethodCall) -> object:
    """Let what was cleaned be restored again half an hour later."""
    if call.name == "clean":
        (after, outcome), (_, retrieval, now) = call.right(), call.given
        if outcome is Outcome.CLEANED and retrieval:
            after = Undone(retrieval.tier, now + HOUR // 2, retrieval.expires_at)
        return after, outcome
    retrieval, now = call.given
    if not isinstance(retrieval, Undone):
        return call.right()
    if now < retrieval.finishes_at:
        return State.FROZEN
    call.reached()
    return call.right()


@service_fault("handle", CLEAN)
def only_when_read(call: MethodCall) -> object:
    """Look at the clock only where an object is read or asked about: others find what was seen then."""
    operation, seen = call.operation, call.memory
    if call.name == CLEAN:
        restored = call.state(call.thing) is State.RESTORED
        unseen = seen.get(call.place, State.RESTORING) is State.RESTORING
        if restored and unseen and len(operation.query) == 1:
            call.reached()
            return call.owner.response("CleanRestoredObject", Outcome.NOT_FINISHED, call.given[1])
        response = call.right()
        seen[call.place] = State.FROZEN
        return response
    handler, bucket = call.given[0], call.owner.store.buckets.get(operation.bucket)
    if handler in ("put_object", "delete_object"):
        seen.pop(call.place, None)
    thing = bucket.newest(operation.name) if bucket and operation.name else None
    if thing is not None and handler in ("head_object", "get_object", "restore_object"):
        seen[call.place] = call.state(thing)
    return call.right()


EARLY_CLEAN = cleaned(shifted(finish=-HOUR // 2 - MINUTE))
ROWS: Table = {
    (DOCUMENTED, MISLED): (
        ("expired-cleaned", cleaned(shifted(expiry=FOREVER)), "an expired restore is cleaned"),
    ),
    (INFERRED, MISLED): (("completes-at-once", begun(at_once), "a restore completes at once"),),
    (INFERRED, UNREADABLE): (
        ("completes-late", begun(shifted(finish=HOUR)), "a restore takes an hour longer"),
        ("completes-never", begun(shifted(finish=FOREVER, expiry=FOREVER)), "a restore never completes"),
        ("expires-early", begun(shifted(expiry=-DAY)), "a restore expires a day early"),
        ("expires-by-zone", begun(shifted(expiry=-8 * HOUR)), "restores expire by local time"),
        ("days-from-request", begun(from_the_request), "days count from the request of the restore"),
        ("clean-early", EARLY_CLEAN, "a clean counts half of the time as all"),
        (
            "refused-restarts",
            after_clean(Outcome.NOT_FINISHED, begun_again),
            "a refused clean makes the restore begin again",
        ),
    ),
    (INFERRED, MONEY): (
        ("expires-late", begun(shifted(expiry=DAY)), "a restore expires a day late"),
        ("expires-never", begun(shifted(expiry=FOREVER)), "a restore never expires"),
        ("clean-not-last", cleaned(shifted(expiry=-HOUR)), "no clean in the last hour"),
        ("clean-on-reads", only_when_read(), "only reads look at the clock"),
    ),
    (DOCUMENTED, MONEY): (
        ("clean-late", cleaned(shifted(finish=HOUR)), "a clean learns of completion late"),
    ),
    (DOCUMENTED, UNREADABLE): (("read-late", read(shifted(finish=HOUR)), "GET follows HEAD an hour late"),),
    (DOCUMENTED, READABLE): (
        ("read-expired", read(shifted(expiry=FOREVER)), "GET does not follow an expiry"),
        (
            "effect-late",
            after_clean(Outcome.CLEANED, ending_in(MINUTE)),
            "a clean takes effect after a minute",
        ),
        ("effect-undone", undone(), "what was cleaned is restored again half an hour later"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("time", Family.TIME, ROWS, first={"expired-cleaned": ("life-cycle",)})
