"""Comparison of two runs of the same contracts: of an old and a new release, say, or emulator and service.

The findings of a report hold no volatile value, so that equal servers have equal findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pytest_oss_clean.spec.verdict import NOTHING_LEARNT, Verdict


class Agreement(StrEnum):
    """How the two runs stand to each other in one finding."""

    RIGHT = "right on both"
    ONLY_A = "right on A only"
    ONLY_B = "right on B only"
    WRONG_ALIKE = "wrong alike"
    WRONG_DIFFERENTLY = "wrong differently"
    OTHER_VALUE = "right on both, with other values"
    NOT_COMPARED = "not compared"


EQUAL = frozenset({Agreement.RIGHT, Agreement.WRONG_ALIKE, Agreement.NOT_COMPARED})
"""Agreements that are no difference."""


MEANS = {
    Agreement.WRONG_ALIKE: "both differ from the contract, by the same value",
    Agreement.WRONG_DIFFERENTLY: "both differ from the contract, and from each other",
    Agreement.OTHER_VALUE: "both as the contract has it, which leaves the value open",
    Agreement.NOT_COMPARED: "not run, not tested or not claimed on one of them",
}
"""What an agreement means, where its name does not say it; it stands beside its number."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding of a contract on both; `a` and `b` are what was observed, or why nothing was."""

    contract: str
    finding: str
    agreement: Agreement
    a: str
    b: str


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Row]:
    """Yield a row for each finding of two reports, in the order of contract ids."""
    left, right = ({contract["id"]: contract for contract in report["contracts"]} for report in (a, b))
    for case_id in sorted(left.keys() | right.keys()):
        one, other = left.get(case_id), right.get(case_id)
        silent = [_silence(contract) for contract in (one, other)]
        if one is None or other is None or any(silent):
            yield Row(case_id, "", Agreement.NOT_COMPARED, *(text or "observed" for text in silent))
            continue
        yield from _findings(case_id, one, other)


def _silence(contract: Mapping[str, Any] | None) -> str:
    """Return why a contract shows nothing of its target; empty where it does."""
    if contract is None:
        return "did not run"
    verdict = Verdict(contract["verdict"])
    return f"{verdict}: {contract['cause']}".removesuffix(": ") if verdict in NOTHING_LEARNT else ""


def _findings(case_id: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Row]:
    left, right = ({finding["id"]: finding for finding in contract["findings"]} for contract in (one, other))
    if not left and not right:
        same = one["verdict"] == other["verdict"]
        agreement = Agreement.RIGHT if same else Agreement.WRONG_DIFFERENTLY
        yield Row(case_id, "", agreement, one["verdict"], other["verdict"])
    for name in dict.fromkeys((*left, *right)):
        a, b = left.get(name), right.get(name)
        yield Row(case_id, name, _agreement(a, b), _shown(a), _shown(b))


def _agreement(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Agreement:
    if a is None or b is None:
        # An expectation that is not reached after another one failed.
        known = a or b or {}
        right = not known["problem"]
        return (
            Agreement.WRONG_DIFFERENTLY if not right else Agreement.ONLY_A if b is None else Agreement.ONLY_B
        )
    same = a["observed"] == b["observed"]
    match not a["problem"], not b["problem"]:
        case True, True:
            return Agreement.RIGHT if same else Agreement.OTHER_VALUE
        case True, False:
            return Agreement.ONLY_A
        case False, True:
            return Agreement.ONLY_B
    same = same and a["problem"] == b["problem"]
    return Agreement.WRONG_ALIKE if same else Agreement.WRONG_DIFFERENTLY


def _shown(finding: Mapping[str, Any] | None) -> str:
    return "nothing" if finding is None else finding["observed"]


def as_table(rows: list[Row], a: str, b: str) -> list[str]:
    """Return lines for a terminal: each difference, then how often each agreement was found."""
    text = []
    for row in rows:
        if row.agreement not in EQUAL:
            text += [f"{row.contract} {row.finding}".rstrip(), f"  A {row.a}", f"  B {row.b}"]
    counts = Counter(row.agreement for row in rows)
    width = max(map(len, Agreement))
    text += ["", f"A {a}", f"B {b}"]
    for kind in Agreement:
        means = f"  {MEANS[kind]}" if kind in MEANS and counts[kind] else ""
        text.append(f"{kind:{width}} {counts[kind]:6}{means}")
    return text


def as_json(rows: list[Row], a: str, b: str) -> dict[str, Any]:
    counts = Counter(str(row.agreement) for row in rows)
    return {
        "format": "oss-clean-comparison-1",
        "a": a,
        "b": b,
        "counts": {str(kind): counts[kind] for kind in Agreement},
        "rows": [asdict(row) for row in rows if row.agreement is not Agreement.RIGHT],
    }
