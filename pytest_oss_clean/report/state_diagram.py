"""The life of an object as a picture: three states, the requests between them, what a run saw of each.

It is drawn twice: side by side, and one below the other for a window that is too narrow for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.contracts.cells import Operation
from pytest_oss_clean.engine.coverage import Visits
from pytest_oss_clean.spec.contract import PLAIN
from pytest_oss_clean.spec.history import Given, State, state_of
from pytest_oss_clean.spec.verdict import UNTESTED, Verdict

UNSEEN, SEEN, WRONG, UNTESTED_MARK = "unseen", "seen", "wrong", "untested"


class Way(StrEnum):
    """What leads from one state to another, or to itself; its value stands beside the arrow."""

    RESTORE = "restore: 202"
    COMPLETE = "time passes"
    CLEAN = "clean: 200"
    EXPIRE = "expires"
    CLEAN_FROZEN = "clean: 409 …FileStale"
    CLEAN_RESTORING = "clean: 409 …NotFinished"
    EXTEND = "restore: 200"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow of a picture: its path and the place of its words; `mark` is what the run saw of it."""

    way: Way
    path: str
    x: int
    y: int
    mark: str = UNSEEN


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing: the places of the states and of the arrows between them."""

    name: str
    box: str
    anchor: str
    states: tuple[tuple[State, int, int], ...]
    arrows: tuple[Arrow, ...]


WIDE = Picture(
    "wide",
    "-30 0 720 280",
    "middle",
    ((State.FROZEN, 30, 75), (State.RESTORING, 270, 75), (State.RESTORED, 510, 75)),
    (
        Arrow(Way.RESTORE, "M150,105 H268", 209, 96),
        Arrow(Way.COMPLETE, "M392,105 H508", 450, 96),
        Arrow(Way.CLEAN, "M570,135 C560,230 110,230 95,137", 330, 198),
        Arrow(Way.EXPIRE, "M590,135 C590,290 70,290 75,137", 330, 268),
        Arrow(Way.CLEAN_FROZEN, "M60,75 C40,15 130,15 108,73", 90, 22),
        Arrow(Way.CLEAN_RESTORING, "M305,75 C285,15 375,15 353,73", 330, 22),
        Arrow(Way.EXTEND, "M545,75 C525,15 615,15 593,73", 570, 22),
    ),
)
TALL = Picture(
    "tall",
    "0 0 350 440",
    "start",
    ((State.FROZEN, 60, 10), (State.RESTORING, 60, 160), (State.RESTORED, 60, 310)),
    (
        Arrow(Way.RESTORE, "M160,70 V158", 168, 120),
        Arrow(Way.COMPLETE, "M160,220 V308", 168, 270),
        Arrow(Way.CLEAN, "M60,330 C25,320 25,65 58,55", 54, 120),
        Arrow(Way.EXPIRE, "M120,370 C120,440 8,440 8,340 V70 C8,30 25,25 58,25", 128, 405),
        Arrow(Way.CLEAN_FROZEN, "M180,25 C225,5 225,75 182,55", 222, 38),
        Arrow(Way.CLEAN_RESTORING, "M180,175 C225,155 225,225 182,205", 222, 188),
        Arrow(Way.EXTEND, "M180,325 C225,305 225,375 182,355", 222, 345),
    ),
)


def pictures(verdicts: Mapping[str, Verdict], visits: Visits) -> tuple[Picture, ...]:
    """Return both drawings with what a run saw of each arrow."""

    def visited(operation: Operation, state: State) -> str:
        return SEEN if any(visits[g, operation] for g in Given if state_of(g) is state) else UNSEEN

    def cleaned(state: State) -> str:
        found = [v for i, v in verdicts.items() if _is_clean_of(i, state)]
        if Verdict.FAILED in found:
            return WRONG
        return UNTESTED_MARK if UNTESTED.intersection(found) else visited(Operation.CLEAN, state)

    completes = any(visits[g, o] for g in Given if state_of(g) is State.RESTORED for o in Operation)
    expired = any(visits[Given.EXPIRED, o] for o in Operation)
    marks = {
        Way.RESTORE: visited(Operation.RESTORE, State.FROZEN),
        Way.COMPLETE: SEEN if completes else UNSEEN,
        Way.CLEAN: cleaned(State.RESTORED),
        Way.EXPIRE: SEEN if expired else UNSEEN,
        Way.CLEAN_FROZEN: cleaned(State.FROZEN),
        Way.CLEAN_RESTORING: cleaned(State.RESTORING),
        Way.EXTEND: visited(Operation.RESTORE, State.RESTORED),
    }
    return tuple(
        replace(picture, arrows=tuple(replace(arrow, mark=marks[arrow.way]) for arrow in picture.arrows))
        for picture in (WIDE, TALL)
    )


def _is_clean_of(case_id: str, state: State) -> bool:
    case = CASES.get(case_id)
    if case is None or case.contract.request != PLAIN or case.contract.generated is not None:
        return False
    return state_of(case.contract.given) is state
