"""Mutants that are right most of the time: every n-th clean, after a refusal, beside another object."""

from __future__ import annotations

from typing import cast

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.mutation.faults.decorators import (
    CLEAN,
    Interception,
    MethodCall,
    sender_fault,
    service_fault,
)
from pytest_oss_clean.mutation.faults.requests import (
    HEADING,
    READING,
    Which,
    address_of,
    done,
    not_finished,
    refused,
    stale,
)
from pytest_oss_clean.mutation.faults.response_edits import (
    Change,
    body,
    both,
    error,
    no_header,
    status,
    swapped,
)
from pytest_oss_clean.mutation.faults.senders import ChangeByHistory, Chosen, held_back
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants.later_responses import as_read, cached, restore_kept
from pytest_oss_clean.oss.constants import REQUEST_ID, Code
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

MONEY, MISLED, BREAKS = Damage.MONEY, Damage.MISLED, Damage.BREAKS
READABLE, LOCKED = Damage.READABLE, Damage.LOCKED_OUT

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
SUCCESS = both(status(200), body(b""))


def nth(n: int) -> Chosen:
    return lambda call: call.count() % n == 0


def nth_alone(n: int) -> Chosen:
    return lambda call: call.count() == n


def every_second_object(call: Interception) -> bool:
    key = "chosen", address_of(call.request)
    if key not in call.memory:
        call.memory[key] = call.count() % 2 == 0
    return bool(call.memory[key])


def after_refusal(call: Interception) -> bool:
    return call.past.clean is not None and not call.past.clean.succeeded


def tried_before(call: Interception) -> bool:
    """Choose objects of which a clean was refused before a restore."""
    return call.past.tries > 0 and call.past.clean is None and not call.past.cleans


def cleaned_before(call: Interception) -> bool:
    return call.past.cleans > 0


@sender_fault
def answered(call: Interception, n: int, which: Which, change: Change) -> Response:
    """Answer every n-th clean of a kind otherwise."""
    right = call.right()
    chosen = call.is_clean and which(right) and call.count() % n == 0
    return call.changed(right, change(right)) if chosen else right


@sender_fault
def following(call: Interception, before: Which, which: Which, change: Change) -> Response:
    """Answer a clean otherwise where the clean before it, of whatever object, was answered so."""
    right = call.right()
    if not call.is_clean:
        return right
    last, call.memory["last"] = call.memory.get("last"), right
    return call.changed(right, change(right)) if last and before(last) and which(right) else right


@sender_fault
def flickering(call: Interception, n: int, what: str, change: ChangeByHistory) -> Response:
    """Show every n-th probe of a cleaned object what was before, as a replica that lags behind does."""
    right, past = call.right(), call.histories.of(call.request)
    if call.asked != what or not past.is_cleaned or call.count(address_of(call.request)) % n:
        return right
    call.reached()
    return change(right, past)


@sender_fault
def remembered(call: Interception, which: Which) -> Response:
    """Answer later cleans of an object as the first one that was refused so."""
    address = address_of(call.request)
    if not call.is_clean:
        if call.request.method in ("PUT", "DELETE"):
            call.memory.pop(address, None)
        return call.right()
    if address in call.memory:
        call.reached()
        return cast(Response, call.memory[address])
    response = call.right()
    if which(response):
        call.memory[address] = response
    return response


@sender_fault
def sent_twice(call: Interception, n: int) -> Response:
    """Pass every n-th clean on twice, as a proxy does that retries, and give the second response."""
    response = call.right()
    if not call.is_clean or not done(response) or call.count() % n:
        return response
    call.reached()
    return call.sender(call.request)


@service_fault(CLEAN)
def while_another(call: MethodCall, state: State, row: ErrorRow) -> object:
    """Refuse to clean a restored object while another one of the bucket is in a state."""
    own, cycle = call.thing, call.owner.life_cycle
    others = [versions[0] for name, versions in call.bucket.objects.items() if name != call.operation.name]
    states = [call.state(thing) for thing in others if cycle.needs_restore(thing.storage_class)]
    return call.answer(row) if call.state(own) is State.RESTORED and state in states else call.right()


REQUIRED: Table = {
    (DOCUMENTED, MONEY): (
        ("second", held_back(nth(2)), "every 2nd clean answers 200 and does nothing"),
        ("third", held_back(nth(3)), "every 3rd clean answers 200 and does nothing"),
        ("seventh", held_back(nth(7)), "every 7th clean answers 200 and does nothing"),
        ("twentieth", held_back(nth(20)), "every 20th clean answers 200 and does nothing"),
        ("first-alone", held_back(nth_alone(1)), "the first clean alone does nothing"),
        ("second-alone", held_back(nth_alone(2)), "the 2nd clean alone does nothing"),
        ("second-object", held_back(every_second_object), "every 2nd object is never cleaned"),
        ("refused-then-kept", held_back(after_refusal), "after a refusal, a clean does nothing"),
        ("stale-then-kept", held_back(tried_before), "refused as stale, it is never cleaned"),
    ),
    (DOCUMENTED, BREAKS): (
        ("stale-broken", answered(2, stale, error(500, "InternalError")), "every 2nd refusal is a 500"),
        ("no-content", answered(3, done, status(204)), "every 3rd success is 204"),
        ("no-id", answered(2, done, no_header(REQUEST_ID)), "every 2nd success has no request id"),
        ("no-document", answered(4, refused, body(b"")), "every 4th refusal has no document"),
    ),
    (DOCUMENTED, MISLED): (
        ("stale-done", answered(3, stale, SUCCESS), "every 3rd stale object is answered 200"),
        ("code", answered(3, refused, swapped(STALE, NOT_FINISHED)), "every 3rd Code is the other"),
        ("sent-twice", sent_twice(3), "every 3rd clean arrives twice, and is answered as the second"),
        ("after-stale", following(stale, done, error(409, STALE)), "after a stale one, it is stale"),
        ("after-done", following(done, refused, SUCCESS), "after a success, a refusal is one too"),
        (
            "after-not-finished",
            following(not_finished, stale, error(409, NOT_FINISHED)),
            "after one that is not finished, a stale one is not finished either",
        ),
    ),
    (DOCUMENTED, LOCKED): (
        ("refused-for-ever", remembered(not_finished), "not finished once, an object is it for ever"),
        ("stale-for-ever", remembered(stale), "stale once, an object is it for ever"),
        (
            "beside-restoring",
            while_another(State.RESTORING, errors.NOT_FINISHED),
            "nothing is cleaned while another object is restoring",
        ),
        (
            "beside-frozen",
            while_another(State.FROZEN, errors.FILE_STALE),
            "nothing is cleaned while another object is frozen",
        ),
    ),
    (DOCUMENTED, READABLE): (
        ("second-read", flickering(2, READING, as_read), "every 2nd GET comes from before the clean"),
        ("third-read", flickering(3, READING, as_read), "every 3rd GET comes from before the clean"),
        ("read-before", cached(READING), "what was read before the clean stays readable"),
    ),
}

INFERRED_ONES: Table = {
    (INFERRED, MONEY): (
        ("once-in-a-life", held_back(cleaned_before), "what was cleaned is never cleaned again"),
    ),
    (INFERRED, MISLED): (
        ("second-look", flickering(2, HEADING, restore_kept), "every 2nd HEAD is older than the clean"),
        ("looked-before", cached(HEADING), "HEAD shows on what it showed before the clean"),
    ),
}

MUTANTS: tuple[Mutant, ...] = (
    *mutants("intermittent", Family.INTERMITTENT, REQUIRED),
    *mutants("intermittent", Family.INTERMITTENT, INFERRED_ONES),
)
