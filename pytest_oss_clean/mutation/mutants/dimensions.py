"""Faults in two values of the dimensions together: one for each row that was added to try such a pair.

A row's fault is wrong for the pair that no earlier row tries, in the history of that row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_oss_clean.contracts.combinations import CONTRACTS, ROWS_BY_ID
from pytest_oss_clean.contracts.dimensions import Pair, covered, pairs_in
from pytest_oss_clean.mutation.faults.combinations import combined
from pytest_oss_clean.mutation.faults.decorators import Interception, sender_fault
from pytest_oss_clean.mutation.faults.requests import HEADING
from pytest_oss_clean.mutation.faults.response_edits import with_header
from pytest_oss_clean.mutation.mutant import Damage, Family, Fault, Mutant, Row, Table, mutants
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import INFERRED, Evidence
from pytest_oss_clean.spec.history import RESTORED_IN_THE_END
from pytest_oss_clean.spec.matchers import restore_state

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
    """Change what HEAD shows, in every state."""
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
