"""Histories by storage classes, one mark a cell: the worst verdict of the contracts that start there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.oss.display import folded
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.verdict import Verdict, worst

MARKS = {
    Verdict.PASSED: ".",
    Verdict.OBSERVED: "o",
    Verdict.CHANGED: "c",
    Verdict.DEVIATES: "d",
    Verdict.FAILED: "F",
    Verdict.ERROR: "E",
    Verdict.NOT_RECORDED: "E",
    Verdict.PENDING: "p",
    Verdict.NOT_OBSERVED: "-",
    Verdict.NOT_CLAIMED: "-",
}
SHORT = {"ColdArchive": "Cold", "DeepColdArchive": "Deep", "Archive": "Arch", "IA": "IA", "Standard": "Std"}
"""Headings with which the table fits into 80 columns."""

LEGEND = ". passed, F failed, E not tested, p pending, d deviates, c changed, o observed, - not claimed"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table: `cells` holds the worst verdict and the contracts of each history and class that ran."""

    classes: tuple[str, ...]
    cells: Mapping[tuple[Given, str], tuple[Verdict, tuple[str, ...]]]

    @property
    def histories(self) -> tuple[Given, ...]:
        """Return the histories that have a cell, in the order of the language of contracts."""
        present = {given for given, _ in self.cells}
        return tuple(given for given in Given if given in present)


def matrix(verdicts: Mapping[str, Verdict]) -> Matrix:
    """Return the table of a run; generated contracts have histories of their own and are left out."""
    found: dict[tuple[Given, str], list[str]] = {}
    for case_id in verdicts:
        case = CASES.get(case_id)
        if case is not None and case.contract.generated is None:
            found.setdefault((case.contract.given, str(case.storage_class)), []).append(case_id)
    present = {of for _, of in found}
    classes = [of for of in (*SHORT, *sorted(present - SHORT.keys())) if of in present]
    cells = {place: (worst([verdicts[i] for i in ids]), tuple(ids)) for place, ids in found.items()}
    return Matrix(tuple(classes), cells)


def as_text(table: Matrix) -> list[str]:
    margin = max(map(len, table.histories), default=0)
    heads = [SHORT.get(of, of) for of in table.classes]
    lines = [f"  {'':<{margin}}  {'  '.join(heads)}"]
    for given in table.histories:
        marks = (
            f"{MARKS[table.cells[given, of][0]] if (given, of) in table.cells else ' ':^{len(head)}}"
            for of, head in zip(table.classes, heads, strict=True)
        )
        lines.append(f"  {given:<{margin}}  {'  '.join(marks)}".rstrip())
    return [*lines, *folded(LEGEND, "  ", "  ")]
