"""The catalogue as a list that people can argue with: one line for each expectation."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import Evidence, edition_key
from pytest_oss_clean.target.config import claims

COUNTS = "<!-- counts of contracts -->", "<!-- end of counts -->"
CLAIMS = "<!-- claims -->", "<!-- end of claims -->"
"""Lines between which a file holds the tables of counts and of claims."""

Areas = Mapping[str, tuple[Contract, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation of one contract: `kind` is required or check.

    `says` quotes the document; where it has no words, `reading` is our sentence. `source` names what
    it rests on, `since` the edition that brought it.
    """

    area: str
    contract: str
    given: str
    expectation: str
    expects: str
    kind: str
    evidence: str
    clause: str
    says: str
    reading: str
    source: str
    quote: str
    page: str
    since: str
    classes: tuple[str, ...]
    signatures: tuple[str, ...]


def lines(areas: Areas) -> list[Line]:
    """Return a line for each expectation of every contract, in their order."""
    return [line for area, contracts in areas.items() for c in contracts for line in _lines_of(area, c)]


def _lines_of(area: str, contract: Contract) -> list[Line]:
    found = [_line(area, contract, expectation) for expectation in contract.expectations]
    if contract.race is not None:
        race = contract.race
        ends = " | ".join(f"{', '.join(e.responses)}; then {e.state}" for e in race.explanations)
        evidence = race.evidence
        expected = Expectation(id="race", matchers=(), evidence=evidence)
        found.append(_line(area, contract, expected, f"explained by an order of the requests: {ends}"))
    if contract.generated is not None and not contract.expectations:
        expected = Expectation(id="rows", matchers=(), evidence=contract.generated.evidence)
        found.append(_line(area, contract, expected, "what the other contracts say of each history"))
    return found


def _line(area: str, contract: Contract, expected: Expectation, expects: str = "") -> Line:
    # The sentence of a contract is about its answer; an effect quotes its own, or nothing.
    of_contract = expected in contract.expect or expected.id in ("race", "rows")
    return Line(
        area=area,
        contract=contract.id,
        given=str(contract.given),
        expectation=expected.id,
        expects=expects or ", ".join(map(str, expected.matchers)),
        kind=_kind(expected.evidence),
        evidence=str(expected.evidence),
        clause=contract.clause,
        says=expected.says or (contract.says if of_contract else ""),
        reading=contract.reading,
        source=expected.source or contract.source,
        quote=str(expected.quote or ""),
        page=expected.quote.page.url if expected.quote else "",
        since=expected.since or contract.since,
        classes=tuple(map(str, contract.classes)),
        signatures=tuple(map(str, contract.signatures)),
    )


def _kind(evidence: Evidence) -> str:
    return "required" if evidence.required else "check"


def as_data(listed: Iterable[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in listed]


def digest(listed: Iterable[Line]) -> str:
    """Return what identifies a set of contracts: SHA-256 over its canonical JSON."""
    canonical = json.dumps(as_data(listed), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def newest_edition(listed: Iterable[Line]) -> str:
    return max((line.since for line in listed), key=edition_key)


def newer(listed: Iterable[Line], edition: str) -> list[Line]:
    """Return the expectations that later editions brought."""
    return [line for line in listed if edition_key(line.since) > edition_key(edition)]


def as_text(listed: Iterable[Line]) -> str:
    """Return lines as a table for a terminal, each contract under its own sentence."""
    text: list[str] = []
    before = area = ""
    for line in listed:
        if line.area != area:
            area = line.area
            text += ["", f"# {area}"]
        if line.contract != before:
            before = line.contract
            cases = f"{', '.join(line.classes)}; {', '.join(line.signatures)}; since {line.since}"
            text += ["", f"{line.contract}: given {line.given} ({cases})", f"  {_sentence(line)}"]
        text.append(f"  {line.kind:<8} {line.evidence:<10} {line.expectation:<28} {line.expects}")
    return "\n".join(text[1:])


def _sentence(line: Line) -> str:
    return f'{line.clause}: "{line.says}"' if line.says else f"reading: {line.reading} ({line.source})"


def as_counts(areas: Areas) -> str:
    """Return a table in Markdown: contracts, cases and expectations of each area by kind and evidence."""
    head = ["area", "contracts", "cases", "required", "checks", *map(str, Evidence)]
    rows = [_counts(area, {area: contracts}) for area, contracts in areas.items()]
    rows.append(_counts("**all**", areas))
    table = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def _counts(name: str, areas: Areas) -> list[str]:
    listed = lines(areas)
    contracts = [contract for group in areas.values() for contract in group]
    kinds = Counter(line.kind for line in listed)
    evidence = Counter(line.evidence for line in listed)
    numbers = [len(contracts), sum(len(c.cases()) for c in contracts), kinds["required"], kinds["check"]]
    return [name, *map(str, numbers), *(str(evidence[each]) for each in map(str, Evidence))]


def write_tables(path: Path, areas: Areas) -> None:
    """Put the tables of counts and of claims between their markers in a file. Raises ConfigurationError."""
    try:
        text = path.read_text("utf-8")
        written = 0
        for (begin, end), table in ((COUNTS, as_counts(areas)), (CLAIMS, claims.as_table())):
            head, found, rest = text.partition(begin)
            _, ended, tail = rest.partition(end)
            if found and ended:
                text, written = f"{head}{begin}\n{table}\n{end}{tail}", written + 1
        if not written:
            raise ConfigurationError("--write", path, f"it needs the lines {' and '.join(COUNTS)}")
        path.write_text(text, "utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError("--write", path, f"cannot be read and written: {error}") from None


def page_sentences() -> dict[str, Any]:
    """Return the sentences and sample lines of the page, in its order, each with what covers it."""
    text = files("pytest_oss_clean.contracts").joinpath("page_sentences.toml").read_text("utf-8")
    return tomllib.loads(text)


def as_sentences() -> str:
    """Return each sentence of the page with the expectations that cover it, or why none does."""
    text, counts = [], Counter[str]()
    for entry in page_sentences()["sentence"]:
        covered = entry.get("covered_by", [])
        kind = "covered" if covered else "not testable" if "not_testable" in entry else "no rule"
        counts[kind] += 1
        shown = f"  {', '.join(covered) or kind}"
        text += [entry["says"], shown]
        text += [f"  not testable: {entry['not_testable']}"] if "not_testable" in entry else []
    listed = ", ".join(f"{counts[kind]} {kind}" for kind in ("covered", "not testable", "no rule"))
    return "\n".join([*text, f"{counts.total()} sentences: {listed}"])
