"""Faults in front of a server: responses to cleans, what later requests show, what is not passed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.mutation.faults.decorators import Interception, sender_fault
from pytest_oss_clean.mutation.faults.requests import ObjectHistory, Which, address_of, done
from pytest_oss_clean.mutation.faults.response_edits import Change
from pytest_oss_clean.oss.constants import REQUEST_ID
from pytest_oss_clean.oss.messages import Response

ChangeByHistory = Callable[[Response, ObjectHistory], Response]


@sender_fault
def on_responses(call: Interception, change: Change, which: Which) -> Response:
    right = call.right()
    return call.changed(right, change(right)) if call.is_clean and which(right) else right


@sender_fault
def afterwards(call: Interception, what: str, change: ChangeByHistory, after: Which = done) -> Response:
    """Change what later requests show of an object after a clean that was answered so."""
    right, clean = call.right(), call.past.clean
    if call.asked != what or clean is None or not after(clean):
        return right
    return call.changed(right, change(right, call.histories.of(call.request)))


def success(head: Response) -> Response:
    """Return the response to a clean that was not passed on: 200, with the id and the date of a HEAD."""
    common = ("server", "date", "connection", REQUEST_ID)
    headers = tuple((n, v) for n, v in head.headers if n.lower() in common)
    return replace(head, headers=(*headers, ("Content-Length", "0")))


Chosen = Callable[[Interception], bool]
"""Whether a clean of a restored object is one of those that go wrong."""


def every(_: Interception) -> bool:
    return True


@sender_fault
def held_back(call: Interception, chosen: Chosen, requests: int | None = None) -> Response:
    """Answer a clean 200, and pass it on after some more requests for the object, or never."""
    address = address_of(call.request)
    if ("held", address) in call.memory:
        held, left = call.memory.pop(("held", address))
        if left:
            call.memory["held", address] = (held, left - 1)
        else:
            call.sender(held)
    head = call.past.head
    if not call.is_clean or head is None or not call.past.is_restored or not chosen(call):
        return call.right()
    call.reached()
    response = success(head)
    if requests is not None:
        call.memory["held", address] = (call.request, requests)
        call.histories.remember(call.request, response)
    return response
