"""The catalogue as a list that people can argue with: one line for each expectation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pytest_oss_clean.contract import Contract, Evidence
from pytest_oss_clean.matcher import Matcher


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation of one contract: `kind` is required or check."""

    contract: str
    given: str
    expectation: str
    expects: str
    kind: str
    evidence: str
    clause: str
    says: str
    since: str
    classes: tuple[str, ...]
    signatures: tuple[str, ...]


def lines(contracts: Iterable[Contract]) -> list[Line]:
    """Return a line for the answer and for each effect of every contract, in their order."""
    found = []
    for contract in contracts:
        expectations = [("answer", contract.expect.matchers, contract.expect.evidence, contract.says)]
        expectations += [(e.id, e.matchers, e.evidence, e.says) for e in contract.then]
        found += [_line(contract, *expectation) for expectation in expectations]
    return found


def _line(
    contract: Contract, expectation: str, matchers: Iterable[Matcher], evidence: Evidence, says: str
) -> Line:
    return Line(
        contract=contract.id,
        given=str(contract.given),
        expectation=expectation,
        expects=", ".join(map(str, matchers)),
        kind="required" if evidence.required else "check",
        evidence=str(evidence),
        clause=contract.clause,
        says=says,
        since=contract.since,
        classes=tuple(map(str, contract.classes)),
        signatures=tuple(map(str, contract.signatures)),
    )


def as_data(listed: Iterable[Line]) -> list[dict[str, object]]:
    """Return lines as JSON data."""
    return [asdict(line) for line in listed]


def as_text(listed: Iterable[Line]) -> str:
    """Return lines as a table for a terminal, each contract under its own sentence."""
    text: list[str] = []
    before = ""
    for line in listed:
        if line.contract != before:
            before = line.contract
            cases = f"{', '.join(line.classes)}; {', '.join(line.signatures)}; since {line.since}"
            text += ["", f"{line.contract}: given {line.given} ({cases})", f'  {line.clause}: "{line.says}"']
        text.append(f"  {line.kind:<8} {line.evidence:<10} {line.expectation:<28} {line.expects}")
    return "\n".join(text[1:])
