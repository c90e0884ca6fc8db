"""Every end that requests sent at the same time may have: they are answered in some order.

This is a reading of the life cycle of its own, beside the emulator's table and the histories: what a
request is answered in a state, and the state after it. Only whole requests follow one another; what
no order of them results in was torn, or lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.spec.contract import Explanation, Raced

CLEAN, RESTORE, HEAD, GET = Raced.CLEAN, Raced.RESTORE, Raced.HEAD, Raced.GET
COPY, OVERWRITE, DELETE = Raced.COPY, Raced.OVERWRITE, Raced.DELETE

FROZEN, RESTORING, RESTORED, GONE = "frozen", "restoring", "restored", "gone"

NO_KEY = f"404 {Code.NO_SUCH_KEY}"
NOT_READABLE = f"403 {Code.INVALID_OBJECT_STATE}"
STALE_FILE = "409 StaleFile"
"""What the page on EC 0026-00000004 has for a request whose object changed meanwhile."""

ANSWERS: Mapping[str, Mapping[Raced, tuple[str, str]]] = {
    # state: {request: (answer, state after)}
    FROZEN: {
        CLEAN: (f"409 {Code.ARCHIVE_RESTORE_FILE_STALE}", FROZEN),
        RESTORE: ("202", RESTORING),
        HEAD: ("200 frozen", FROZEN),
        GET: (NOT_READABLE, FROZEN),
        COPY: (NOT_READABLE, FROZEN),
        OVERWRITE: ("done", FROZEN),
        DELETE: ("done", GONE),
    },
    RESTORING: {
        CLEAN: (f"409 {Code.ARCHIVE_RESTORE_NOT_FINISHED}", RESTORING),
        RESTORE: (f"409 {Code.RESTORE_ALREADY_IN_PROGRESS}", RESTORING),
        HEAD: ("200 restoring", RESTORING),
        GET: (NOT_READABLE, RESTORING),
        COPY: (NOT_READABLE, RESTORING),
        OVERWRITE: ("done", FROZEN),
        DELETE: ("done", GONE),
    },
    RESTORED: {
        CLEAN: ("200", FROZEN),
        RESTORE: ("200", RESTORED),
        HEAD: ("200 restored", RESTORED),
        GET: ("200", RESTORED),
        COPY: ("done", RESTORED),
        OVERWRITE: ("done", FROZEN),
        DELETE: ("done", GONE),
    },
    GONE: {
        CLEAN: (NO_KEY, GONE),
        RESTORE: (NO_KEY, GONE),
        HEAD: (NO_KEY, GONE),
        GET: (NO_KEY, GONE),
        COPY: (NO_KEY, GONE),
        OVERWRITE: ("done", FROZEN),
        DELETE: ("done", GONE),
    },
}

End = tuple[tuple[str, ...], str]
"""The answers, sorted, and the state after."""


def explanations(start: str, *requests: Raced, conflicts: bool = False) -> tuple[Explanation, ...]:
    """Return every end of some requests on an object in a state.

    Where `conflicts` are accepted, a request that changes the object may, but for the first one, be
    refused as a StaleFile. Ends that take a restore to complete meanwhile say so.
    """
    left = tuple(sorted(requests))
    at_once = _ends(start, left, conflicts, waiting=False, first=True)
    in_time = _ends(start, left, conflicts, waiting=True, first=True) - at_once
    return (
        *(Explanation(*end) for end in sorted(at_once)),
        *(Explanation(*end, waited=True) for end in sorted(in_time)),
    )


@cache
def _ends(
    state: str, left: tuple[Raced, ...], conflicts: bool, *, waiting: bool, first: bool
) -> frozenset[End]:
    """Return the ends of what is left, in every order; `waiting` lets a restore complete at any time."""
    if not left:
        found: set[End] = {((), state)}
    else:
        found = set()
    for place, request in enumerate(left):
        response, after = ANSWERS[state][request]
        steps = [(response, after)]
        if conflicts and not first and request in (CLEAN, RESTORE):
            steps += [(STALE_FILE, state)]
        for told, then in steps:
            rest = _ends(then, left[:place] + left[place + 1 :], conflicts, waiting=waiting, first=False)
            found |= {(tuple(sorted((f"{request} {told}", *responses))), end) for responses, end in rest}
    if waiting and state == RESTORING:
        found |= _ends(RESTORED, left, conflicts, waiting=waiting, first=first)
    return frozenset(found)
