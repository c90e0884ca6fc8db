"""Which cells of the matrix of histories and operations a run visited, and the matrix as text.

The history of an object at each moment is folded from what the target acknowledged, so a visit is what
really happened, not what a row meant to arrange.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_oss_clean.contracts.cells import CELLS, Cell, Mark, Operation
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import CLEAN, STORAGE_CLASS
from pytest_oss_clean.oss.operations import COPY_SOURCE
from pytest_oss_clean.oss.storage_classes import COLD
from pytest_oss_clean.spec.history import EXPIRED, RESTORE_ENDED, Given, fold
from pytest_oss_clean.spec.request import Key, Signing
from pytest_oss_clean.target.transcript import Elapsed, Exchange

Place = tuple[str, str]
"""Bucket and name of an object."""

Visits = Counter[tuple[Given, Operation]]

OPERATIONS: Mapping[str, Operation] = {
    "clean": Operation.CLEAN,
    "get": Operation.GET,
    "head": Operation.HEAD,
    "restore": Operation.RESTORE,
    "list": Operation.LIST,
    "list v2": Operation.LIST,
    "delete": Operation.DELETE,
}
"""Operations on the object that they name, by the labels of exchanges; a copy is one on its source."""

LETTERS = {Mark.DOCUMENTED: "D", Mark.SDK_TESTED: "S", Mark.INFERRED: "i", Mark.UNKNOWN: "?"}
WIDTH = 9
_OPERATIONS, _MARKS = list(Operation), list(Mark)


@dataclass(slots=True)
class _Followed:
    """The objects of one outcome: their histories so far, and those of classes without a cold restore."""

    histories: dict[Place, Given | None] = field(default_factory=dict)
    others: set[Place] = field(default_factory=set)
    visits: Visits = field(default_factory=Counter)

    def visit(self, place: Place, operation: Operation) -> None:
        """Count a visit of the object's present history, where that has a name and the object a cell."""
        given = self.histories.get(place, Given.NEVER_PUT)
        if given is not None and place not in self.others and not naming.object_name_problem(place[1]):
            self.visits[given, operation] += 1

    def happen(self, place: Place, label: str, status: int) -> None:
        """Fold one more event into an object's history."""
        self.histories[place] = fold([(label, status)], self.histories.get(place, Given.NEVER_PUT))

    def follow(self, exchange: Exchange) -> None:
        """Count what an exchange visits, then what it did."""
        asked, label = exchange.operation, exchange.label
        if not _is_plain(exchange):
            return
        place = (asked.bucket, asked.name or dict(asked.query).get("prefix") or "")
        if label == "copy":
            self._visit_source(asked.header(COPY_SOURCE) or "")
        if label in OPERATIONS:
            self.visit(place, OPERATIONS[label])
        if label in ("put", "copy"):
            cold = asked.header(STORAGE_CLASS) in COLD
            (self.others.discard if cold else self.others.add)(place)
        if asked.name:
            self.happen(place, label, exchange.response.status)

    def pass_time(self, passage: Elapsed) -> None:
        """Let a restore time pass for every object, and an expiry for the one that was waited for."""
        label = EXPIRED if passage.moved else RESTORE_ENDED
        for place in self.histories:
            if label == RESTORE_ENDED or place[1] == passage.name:
                self.happen(place, label, 0)

    def _visit_source(self, source: str) -> None:
        path, _, version = source.partition("?")
        bucket, _, name = path.removeprefix("/").partition("/")
        if not version:
            self.visit((bucket, naming.decode(name)), Operation.COPY)


def _is_plain(exchange: Exchange) -> bool:
    """Return whether an exchange is the operation that its label names, asked by who may, of no version."""
    asked, how = exchange.operation, exchange.signing
    query = dict(asked.query)
    spelt = exchange.label != "clean" or (asked.method == "POST" and CLEAN in query)
    honest = how == Signing(how.version, how.key, how.form) and how.key in (Key.OWN, Key.STS)
    return spelt and honest and "versionId" not in query


def visits_of(outcome: Outcome) -> Visits:
    """Count the cells that one outcome visited; what raced happened in no known order, and is left out."""
    if outcome.tried is not None and outcome.tried.cells:
        return unpack(outcome.tried.cells)
    followed = _Followed()
    if outcome.case.contract.race is None:
        for event in outcome.transcript:
            if isinstance(event, Exchange):
                followed.follow(event)
            else:
                followed.pass_time(event)
    return followed.visits


def visits(outcomes: Iterable[Outcome]) -> Visits:
    total: Visits = Counter()
    for outcome in outcomes:
        total.update(visits_of(outcome))
    return total


def pack(counted: Visits) -> str:
    """Return counts as one short string, for a property of a test: `RESTORED.CLEAN=1 CLEANED.GET=2`."""
    return " ".join(f"{g.name}.{o.name}={number}" for (g, o), number in sorted(counted.items()))


def unpack(text: str) -> Visits:
    """Read what `pack` wrote; raises KeyError or ValueError on anything else."""
    counted: Visits = Counter()
    for part in text.split():
        cell, _, number = part.partition("=")
        given, _, operation = cell.partition(".")
        counted[Given[given], Operation[operation]] += int(number)
    return counted


def render(counted: Visits | None = None, cells: Mapping[tuple[Given, Operation], Cell] = CELLS) -> str:
    """Return the matrix as text: a mark for each cell, and how often it was visited where that is given."""
    margin = max(len(given) for given in Given)
    head = " " * margin + "".join(f"{operation:>{WIDTH}}" for operation in Operation)
    rows = [
        f"{given:<{margin}}"
        + "".join(f"{_shown(cells[given, o], counted, (given, o)):>{WIDTH}}" for o in Operation)
        for given in Given
    ]
    legend = ", ".join(f"{letter} {mark}" for mark, letter in LETTERS.items())
    return "\n".join(
        [head, *rows, "", f"{legend}; marks count for each operation on its own", *_told(counted, cells)]
    )


def _shown(cell: Cell, counted: Visits | None, place: tuple[Given, Operation]) -> str:
    letter = LETTERS[cell.mark]
    return letter if counted is None else f"{letter} {counted[place] or '-':>4}"


def _told(counted: Visits | None, cells: Mapping[tuple[Given, Operation], Cell]) -> list[str]:
    """Say what the cells rest on, or how many of them were visited."""
    if counted is None:
        grouped = {(operation, cell) for (_, operation), cell in cells.items()}
        ordered = sorted(
            grouped, key=lambda p: (_OPERATIONS.index(p[0]), _MARKS.index(p[1].mark), p[1].source)
        )
        return ["", *(f"{o:<8} {LETTERS[cell.mark]}  {cell.source}" for o, cell in ordered)]
    return [told(counted, cells)]


def unvisited(counted: Visits, cells: Mapping[tuple[Given, Operation], Cell] = CELLS) -> list[str]:
    known = [place for place, cell in cells.items() if cell.mark is Mark.DOCUMENTED]
    return [f"{operation} of {given}" for given, operation in known if not counted[given, operation]]


def told(counted: Visits, cells: Mapping[tuple[Given, Operation], Cell] = CELLS) -> str:
    known = {place for place, cell in cells.items() if cell.mark in (Mark.DOCUMENTED, Mark.SDK_TESTED)}
    seen = {place for place in cells if counted[place]}
    total = f"{len(seen)} of {len(cells)} cells of histories and operations visited"
    return f"{total}, {len(seen & known)} of {len(known)} that are documented or sdk-tested"
