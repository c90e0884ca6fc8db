"""Faults in two values of the dimensions together: one for each row that was added to try such a pair.

A row's fault is wrong for the pair that no earlier row tries, in the history of that row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pytest_oss_clean.contracts.combinations import CONTRACTS, ROWS_BY_ID
from pytest_oss_clean.contracts.dimensions import Pair, covered, pairs_in
from pytest_oss_clean.mutation.faults.combinations import combined
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Row, mutants
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.history import RESTORED_IN_THE_END

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


MUTANTS: tuple[Mutant, ...] = mutants(
    "dimension", Family.DIMENSIONS, _table(), first={c.id: (c.id,) for c in CONTRACTS}
)
