"""Faults in two values of the dimensions together: one for each row that was added to try such a pair.

A row's fault is wrong for the pair that no earlier row tries, in the history of that row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_oss_clean.contracts.combinations import CONTRACTS, ROWS_BY_ID
from pytest_oss_clean.contracts.dimensions import (
    BARE,
    HISTORIES,
    REQUEST_HEADERS,
    SIZES,
    TAILS,
    Pair,
    covered,
    pairs_in,
)
from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.lifecycle import DAY
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.by_history import Remembering
from pytest_oss_clean.mutation.faults.decorators import Interception, MethodCall, sender_fault, service_fault
from pytest_oss_clean.mutation.faults.requests import HEADING
from pytest_oss_clean.mutation.faults.response_edits import with_header
from pytest_oss_clean.mutation.mutant import Damage, Family, Fault, Mutant, Row, Table, mutants
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import INFERRED, Evidence
from pytest_oss_clean.spec.history import RESTORED_IN_THE_END, Given
from pytest_oss_clean.spec.matchers import restore_state

_INFO = re.compile(rb"<RestoreInfo>.*?</RestoreInfo>")
_RUNNING = 'ongoing-request="true"'
HOUR = 3_600


def values_of(service: Remembering, operation: Operation, memory: Mapping[Any, Any]) -> dict[str, str]:
    """Return the values of the dimensions that a clean meets, as far as the service can know them."""
    place = operation.bucket, operation.name
    thing: StoredObject = service.find_object(operation)
    given = service.past(operation)
    retrieval = thing.retrieval or service.retrievals.get(place)
    headers = {name.lower() for name, _ in operation.headers}
    sent = (n for n, wanted in REQUEST_HEADERS.items() if {h.lower() for h, _ in wanted} <= headers)
    tails = (n for n, tail in TAILS.items() if tail and operation.name.endswith(tail))
    values = {
        "class": str(thing.storage_class),
        "history": next((name for name, known in HISTORIES.items() if known is given), ""),
        "size": next((n for n, size in SIZES.items() if size == len(thing.body)), "small"),
        "upload": "parts" if thing.object_type == "Multipart" else "put",
        "name": next(tails, "plain"),
        "signature": "V4" if (operation.header("authorization") or "").startswith("OSS4") else "V1",
        "headers": next(reversed([*sent])),
        "bucket": "versioned" if thing.version_id != "null" else "plain",
        "time": "hour later" if _idle(service, thing, place, memory) >= HOUR else "at once",
        "tier": "Expedited",
        "days": "7",
    }
    if given is not Given.NEVER_RESTORED and retrieval is not None:
        values["tier"] = BARE if memory.get(("bare", place)) else str(retrieval.tier)
        values["days"] = str(round((retrieval.expires_at - retrieval.finishes_at) / DAY))
    return values


def _idle(
    service: Remembering, thing: StoredObject, place: tuple[str, str], memory: Mapping[Any, Any]
) -> float:
    """Return for how long nothing happened to an object: no request, and no end of its restore."""
    last = memory.get(("touched", place), thing.modified_at)
    ends = (thing.retrieval.finishes_at, thing.retrieval.expires_at) if thing.retrieval else ()
    now: float = service.now()
    since: float = max([last, *(end for end in ends if end <= now)])
    return now - since


@service_fault(
    "restore_object", "clean_restored_object", "check_readable", "head_object", "list_objects", of=Remembering
)
def combined(call: MethodCall, values: Mapping[str, str]) -> object:  # noqa: PLR0911 - a case for each method
    """Be wrong where these values come together: in the answer, or in what a reader is shown after it."""
    reader = values.get("read by", "")
    if call.name == "restore_object":
        response = call.right()
        call.memory["bare", call.place] = not call.operation.body
        call.memory["touched", call.place] = call.owner.now()
        return response
    if call.name == "clean_restored_object":
        return _clean(call, {name: v for name, v in values.items() if name != "read by"}, reader)
    if call.name == "check_readable":
        operation, *row = call.given[0], *call.given[2:]
        way = "range" if operation.header("range") else "GET"
        way = "copy" if row and row[0] is errors.COPY_NOT_READABLE else way
        if way != reader or ("wrong", call.place) not in call.memory:
            return call.right()
        _invert(call)
        return None
    if call.name == "head_object" and reader == "HEAD" and ("wrong", call.place) in call.memory:
        response = call.right()
        call.reached()
        kept = tuple((name, v) for name, v in response.headers if name.lower() != RESTORE_STATE)
        lost = len(kept) < len(response.headers)
        return replace(response, headers=kept if lost else (*kept, (RESTORE_STATE, _RUNNING)))
    if call.name == "list_objects" and reader == "list":
        return _listed(call)
    return call.right()


def _clean(call: MethodCall, values: Mapping[str, str], reader: str) -> object:
    met = values.items() <= values_of(call.owner, call.operation, call.memory).items()
    given = call.owner.past(call.operation)
    if met and not reader:
        call.reached()
        restored = given in (Given.RESTORED, Given.RESTORED_AGAIN)
        outcome = Outcome.STALE if restored else Outcome.CLEANED
        return call.owner.response("CleanRestoredObject", outcome, call.given[1])
    call.memory["touched", call.place] = call.owner.now()
    if met:
        call.memory["wrong", call.place] = True
    return call.right()


def _invert(call: MethodCall) -> None:
    call.reached()
    try:
        call.right()
    except OssError:
        return
    raise OssError(errors.NOT_READABLE)


def _listed(call: MethodCall) -> object:
    response = call.right()
    prefix = dict(call.operation.query).get("prefix")
    if not any(key == ("wrong", (call.operation.bucket, prefix)) for key in call.memory):
        return response
    call.reached()
    without = _INFO.sub(b"", response.body)
    info = f"<RestoreInfo>{_RUNNING}</RestoreInfo></Contents>".encode()
    lost = without != response.body
    return replace(response, body=without if lost else response.body.replace(b"</Contents>", info))


READER = "read by"


def _own_pairs() -> Iterator[tuple[Contract, Pair]]:
    """Return each row with the first pair that no row before it tries."""
    tried: set[Pair] = set()
    for contract in CONTRACTS:
        own = sorted(pairs_in(ROWS_BY_ID[contract.id]) - tried)
        tried |= covered([contract]).keys()
        if own:
            yield contract, own[0]


def _table() -> dict[tuple[Evidence, Damage], list[Row]]:
    table: dict[tuple[Evidence, Damage], list[Row]] = defaultdict(list)
    for contract, pair in _own_pairs():
        values = {**dict(pair), "history": ROWS_BY_ID[contract.id]["history"]}
        shown = contract.then[0] if READER in values else contract.expect[0]
        harm = Damage.READABLE if READER in values else Damage.MISLED
        damage = Damage.MONEY if READER not in values and contract.given in RESTORED_IN_THE_END else harm
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        table[shown.evidence, damage].append((contract.id, combined(values), f"wrong for {words}"))
    return table


@sender_fault
def on_heads(call: Interception, change: Callable[[Response], Response]) -> Response:
    right = call.right()
    return call.changed(right, change(right)) if call.asked == HEADING else right


def expiring(expiry: str) -> Fault:
    """Show another expiry, or none, of a restored object."""

    def change(response: Response) -> Response:
        if restore_state(response) != "restored":
            return response
        return with_header(response, RESTORE_STATE, f'ongoing-request="false"{expiry}')

    return on_heads(change)


def twice(response: Response) -> Response:
    """Send the class a second time, as another one."""
    return replace(response, headers=(*response.headers, (STORAGE_CLASS, "Standard")))


OF_HEADERS: Table = {
    (INFERRED, Damage.MONEY): (
        ("expiry-none", expiring(""), "a restored object shows no expiry"),
        ("expiry-empty", expiring(', expiry-date=""'), "the expiry is empty"),
        (
            "expiry-other-form",
            expiring(', expiry-date="2036-12-01T08:00:00Z"'),
            "the expiry is in ISO's form",
        ),
        (
            "expiry-past",
            expiring(', expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"'),
            "the expiry is in the past",
        ),
    ),
    (INFERRED, Damage.BREAKS): (("class-twice", on_heads(twice), "HEAD sends two storage classes"),),
}

MUTANTS: tuple[Mutant, ...] = (
    *mutants("dimension", Family.DIMENSIONS, _table(), first={c.id: (c.id,) for c in CONTRACTS}),
    *mutants(
        "dimension",
        Family.DIMENSIONS,
        OF_HEADERS,
        first={name: ("expiry-shown",) for rows in OF_HEADERS.values() for name, *_ in rows},
    ),
)
