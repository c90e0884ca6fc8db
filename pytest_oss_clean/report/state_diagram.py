"""The life of an object as a picture: three states, the requests between them, what a run saw of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.contracts.cells import Operation
from pytest_oss_clean.engine.coverage import Visits
from pytest_oss_clean.spec.contract import PLAIN
from pytest_oss_clean.spec.history import Given, State, state_of
from pytest_oss_clean.spec.verdict import UNTESTED, Verdict

UNSEEN, SEEN, WRONG, UNTESTED_MARK = "unseen", "seen", "wrong", "untested"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow of the picture: its path and the place of its words; `mark` is what the run saw of it."""

    words: str
    path: str
    x: int
    y: int
    mark: str = UNSEEN


def arrows(verdicts: Mapping[str, Verdict], visits: Visits) -> list[Arrow]:
    """Return the arrows with what a run saw of each."""

    def visited(operation: Operation, state: State) -> str:
        return SEEN if any(visits[g, operation] for g in Given if state_of(g) is state) else UNSEEN

    def cleaned(state: State) -> str:
        found = [v for i, v in verdicts.items() if _is_clean_of(i, state)]
        if Verdict.FAILED in found:
            return WRONG
        return UNTESTED_MARK if UNTESTED.intersection(found) else visited(Operation.CLEAN, state)

    completes = any(visits[g, o] for g in Given if state_of(g) is State.RESTORED for o in Operation)
    expired = any(visits[Given.EXPIRED, o] for o in Operation)
    return [
        Arrow("restore: 202", "M150,105 H268", 209, 96, visited(Operation.RESTORE, State.FROZEN)),
        Arrow("time passes", "M392,105 H508", 450, 96, SEEN if completes else UNSEEN),
        Arrow("clean: 200", "M570,135 C560,230 110,230 95,137", 330, 198, cleaned(State.RESTORED)),
        Arrow("expires", "M590,135 C590,290 70,290 75,137", 330, 268, SEEN if expired else UNSEEN),
        Arrow("clean: 409 …FileStale", "M60,75 C40,15 130,15 108,73", 90, 22, cleaned(State.FROZEN)),
        Arrow("clean: 409 …NotFinished", "M305,75 C285,15 375,15 353,73", 330, 22, cleaned(State.RESTORING)),
        Arrow(
            "restore: 200",
            "M545,75 C525,15 615,15 593,73",
            570,
            22,
            visited(Operation.RESTORE, State.RESTORED),
        ),
    ]


def _is_clean_of(case_id: str, state: State) -> bool:
    case = CASES.get(case_id)
    if case is None or case.contract.request != PLAIN or case.contract.generated is not None:
        return False
    return state_of(case.contract.given) is state
