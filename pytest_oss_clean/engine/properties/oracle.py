"""What the rows say of a history: looked up, never written a second time.

For a clean, the rows with that history and a plain request speak; for what is looked at after it, their
effects; for an object beside it, the effects on siblings. What other requests are answered in a state is
what the races' table has. Only where the state was seen is anything required.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.contracts.orders import ANSWERS
from pytest_oss_clean.engine.properties.model import Kind, Known, Life
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.storage_classes import COLD
from pytest_oss_clean.spec.contract import PLAIN, Contract, Effect, Expectation, Moment, ProbeKind, Raced
from pytest_oss_clean.spec.evidence import INFERRED, Demand
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.history import Given, State
from pytest_oss_clean.spec.matchers import (
    Absent,
    Before,
    ContentSame,
    Entry,
    Matcher,
    RestoreIs,
    StatusIs,
    check,
    code_is,
    summary,
)
from pytest_oss_clean.spec.request import Bucket

SOON = (Moment.AT_ONCE, Moment.SETTLED)
BROKEN = 500

RACED = {Kind.RESTORE: Raced.RESTORE, Kind.HEAD: Raced.HEAD, Kind.GET: Raced.GET, Kind.COPY: Raced.COPY}
PROBES = {Kind.HEAD: ProbeKind.HEAD, Kind.GET: ProbeKind.GET, Kind.LIST: ProbeKind.LIST}

Row = tuple[Contract, Expectation]


@cache
def _written() -> tuple[Contract, ...]:
    """Return the rows that speak of whole objects; forms of answers are looked at elsewhere."""
    areas = [table for area, table in AREAS.items() if area not in ("answers", "generated", "claims")]
    return tuple(
        c
        for table in areas
        for c in table
        if c.request == PLAIN and c.bucket is Bucket.MAIN and not (c.prepare or (c.tail and not c.siblings))
    )


def _strongest(rows: Iterable[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row[1].id not in found or row[1].evidence.required:
            found.setdefault(row[1].id, row)
            if row[1].evidence.required:
                found[row[1].id] = row
    return list(found.values())


def _speak(given: Given, storage_class: StorageClass) -> Iterator[Contract]:
    for contract in _written():
        if contract.given is given and not contract.siblings:
            fits = storage_class in contract.classes or {storage_class, *contract.classes} <= COLD
            if fits:
                yield contract


@cache
def of_clean(given: Given, storage_class: StorageClass) -> tuple[Row, ...]:
    rows = ((c, e) for c in _speak(given, storage_class) for e in c.expect if e.id == "answer")
    return tuple(_strongest(rows))


@cache
def after_clean(given: Given, storage_class: StorageClass, probe: ProbeKind) -> tuple[Row, ...]:
    """Return what a probe of the object must show after a clean that met a history."""
    rows = (
        (c, e)
        for c in _speak(given, storage_class)
        for e in c.then
        if e.kind is probe and e.moment in SOON and not e.of and not e.version
    )
    return tuple(_strongest(rows))


@cache
def beside(met: Given, given: Given, probe: ProbeKind) -> tuple[Row, ...]:
    """Return what a probe of another object must show after a clean that met a history."""
    rows: list[Row] = []
    for contract in _written():
        if contract.given is met:
            same = [s.id for s in contract.siblings if (s.given or met) is given and s.bucket is None]
            rows += [
                (contract, e)
                for e in contract.then
                if e.of in same and e.kind is probe and e.moment in SOON and not e.compares
            ]
    return tuple(row for row in rows if row[1].evidence.required)[:1]


@cache
def by_state(state: State, kind: Kind) -> tuple[Matcher, ...]:
    """Return what a request is answered in a state, beside a clean."""
    if kind is Kind.LIST:
        return (StatusIs(200), Absent(Entry("RestoreInfo"))) if state is State.FROZEN else ()
    said = ANSWERS[str(state)][RACED[kind]][0]
    status, _, rest = said.partition(" ")
    if said == "done":
        return (StatusIs(200),)
    if kind is Kind.HEAD:
        return (StatusIs(200), RestoreIs((rest,))) if status == "200" else (StatusIs(int(status)),)
    return (
        StatusIs(int(status)),
        *((code_is(rest),) if rest else ()),
        *((ContentSame(),) if kind is Kind.GET and status == "200" else ()),
    )


def slug(given: Given) -> str:
    """Return a history as a part of an id."""
    return given.name.lower().replace("_", "-")


class Oracle:
    """Compares answers with what the rows say, and says with which evidence."""

    def __init__(self, demand: Demand) -> None:
        self.demand = demand

    def clean(self, life: Life, response: Response) -> list[Finding]:
        if life.given is None or life.known is Known.OPEN:
            return []
        return [
            self._finding(life, f"{slug(life.given)}-clean", row, response, None)
            for row in of_clean(life.given, life.storage_class)
        ]

    def probe(self, life: Life, kind: Kind, response: Response) -> list[Finding]:
        """Compare what a request beside a clean is answered."""
        if life.given is None or life.state is None or life.known is Known.OPEN:
            return []
        found: list[Finding] = []
        if kind in PROBES and life.cleaned is not None:
            seen = life.before if kind is Kind.HEAD else None  # what is remembered is what HEAD showed
            before = Before(seen, life.content) if seen else None
            for row in after_clean(life.cleaned, life.storage_class, PROBES[kind]):
                if before or not row[1].compares:
                    name = f"{slug(life.cleaned)}-cleaned-{row[1].id}"
                    whole = before or Before(Response(0), life.content)
                    found.append(self._finding(life, name, row, response, whole))
        if any(f.problem for f in found):
            return found
        return [*found, *self._by_state(life, kind, response)]

    def _by_state(self, life: Life, kind: Kind, response: Response) -> list[Finding]:
        if life.given is None or life.state is None:
            return []
        matchers = by_state(life.state, kind)
        problems = check(matchers, response, Before(Response(0), life.content)) if matchers else []
        name = f"{slug(life.given)}-{kind}"
        if not problems:
            return [Finding(name, INFERRED, "as expected", required=False)] if matchers else []
        if kind in PROBES:
            for met in life.beside:
                for row in beside(met, life.given, PROBES[kind]):
                    found = self._finding(
                        life, f"{name}-beside", row, response, Before(Response(0), life.content)
                    )
                    if found.problem:
                        return [found]
        text = f"{kind} of an object {life.given}: {'; '.join(problems)} ({INFERRED})"
        required = self.demand.requires(INFERRED, "0.1")
        return [Finding(name, INFERRED, summary(response), text, required=required)]

    def _finding(self, life: Life, name: str, row: Row, response: Response, before: Before | None) -> Finding:
        contract, expectation = row
        sure = life.known is Known.SEEN and not life.version and life.storage_class in contract.classes
        sure = sure and response.status < BROKEN  # a server may be busy once in a while
        evidence = expectation.evidence if sure else INFERRED
        problems = check(expectation.matchers, response, before)
        what = (
            expectation.otherwise if isinstance(expectation, Effect) else f"clean of an object {life.given}"
        )
        text = f"{what}: {'; '.join(problems)} ({evidence}; {contract.id})" if problems else ""
        required = self.demand.requires(evidence, expectation.since or contract.since)
        observed = summary(response) if problems else "as expected"
        looked_up = f"{contract.id}/{expectation.id}"
        return Finding(name, evidence, observed, text, expectation.says or contract.says, required, looked_up)


def matchers_of(life: Life, kind: Kind) -> tuple[Matcher, ...]:
    """Return what was expected of a request, for the reproducer."""
    if life.given is None or life.state is None or life.known is Known.OPEN:
        return ()
    if kind is Kind.CLEAN:
        return tuple(m for _, e in of_clean(life.given, life.storage_class) for m in e.matchers)
    return by_state(life.state, kind)
