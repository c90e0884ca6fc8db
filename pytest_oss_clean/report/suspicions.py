"""What may be wrong inside a server, said only where expectation and observation together bear it.

Of a request that is malformed on purpose, of a race and of generated data nothing is guessed: their answers
have many causes. Each row is tried on servers whose fault is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import read_error, read_restore
from pytest_oss_clean.spec.contract import PLAIN, Contract
from pytest_oss_clean.spec.history import State, state_of
from pytest_oss_clean.spec.matchers import StatusIs
from pytest_oss_clean.target.transcript import Exchange

ANY = ""
DONE, REFUSED = "2xx", "4xx or 5xx"
LEFT = {True: State.RESTORING, False: State.RESTORED}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A row: the state before, the answer expected, the answer seen, the state that GET and HEAD show after.

    `seen` is a class of statuses, or a Code. An empty field fits everything.
    """

    id: str
    sentence: str
    given: str = ANY
    expected: str = ANY
    seen: str = ANY
    after: str = ANY


SUSPICIONS = (
    Suspicion(
        "not-done",
        "effect: the clean is acknowledged and not carried out; GET and HEAD show the object as restored",
        given=State.RESTORED,
        expected=DONE,
        seen=DONE,
        after=State.RESTORED,
    ),
    Suspicion(
        "done-though-refused",
        "effect: the clean is carried out although it is refused; GET and HEAD show the object as frozen",
        given=State.RESTORED,
        expected=DONE,
        seen=REFUSED,
        after=State.FROZEN,
    ),
    Suspicion(
        "restore-cancelled",
        "state: the clean is accepted and ends the running restore",
        given=State.RESTORING,
        expected=REFUSED,
        seen=DONE,
        after=State.FROZEN,
    ),
    Suspicion(
        "restore-ignored",
        "state: the clean is accepted and has no effect; the restore goes on",
        given=State.RESTORING,
        expected=REFUSED,
        seen=DONE,
        after=State.RESTORING,
    ),
    Suspicion(
        "signing",
        "signing: the server verifies this request's signature in another way than those of other "
        "requests with the same key",
        seen=Code.SIGNATURE_DOES_NOT_MATCH,
    ),
    Suspicion("routing", "routing: the server does not implement the operation", seen="NotImplemented"),
    Suspicion(
        "method", "routing: the server does not know POST with this sub-resource", seen="MethodNotAllowed"
    ),
)


def suspicion(outcome: Outcome) -> Suspicion | None:
    """Return the row that what a contract showed bears out, None where there is none."""
    contract, judged = outcome.case.contract, outcome.judged
    plain = contract.request == PLAIN and contract.race is None and contract.generated is None
    if not plain or judged is None or judged.response.transport_error is not None or not outcome.problems:
        return None
    response = judged.response
    after = _state_after(outcome, judged)
    facts = {
        "given": {ANY, state_of(contract.given)},
        "expected": {ANY, *_expected(contract)},
        "seen": {ANY, *_seen(response)},
        "after": {ANY, after},
    }
    return next(
        (s for s in SUSPICIONS if all(getattr(s, name) in known for name, known in facts.items())), None
    )


def _expected(contract: Contract) -> Iterable[str]:
    statuses = [m.status for e in contract.expect for m in e.matchers if isinstance(m, StatusIs)]
    return {_class(status) for status in statuses}


def _seen(response: Response) -> Iterable[str]:
    code = read_error(response).code if response.status >= 400 else ""  # noqa: PLR2004 - a refusal
    return {_class(response.status), code}


def _class(status: int) -> str:
    return DONE if 200 <= status < 300 else REFUSED if status >= 400 else str(status)  # noqa: PLR2004


def _state_after(outcome: Outcome, judged: Exchange) -> str:
    """Return the state that GET and HEAD of the object agree on after the judged request; else "unknown"."""
    events = list(outcome.transcript)
    if judged not in events:
        return "unknown"
    shown: dict[str, str] = {}
    for event in events[events.index(judged) + 1 :]:
        if not isinstance(event, Exchange) or event.label in ("restore", "clean", "put"):
            break  # time passed, or another request changed the object
        response, same = event.response, event.operation.name == judged.operation.name
        if not same or response.transport_error or event.label in shown:
            continue
        if event.label == "head" and response.succeeded:
            state = read_restore(response)
            shown["head"] = State.FROZEN if state is None else LEFT.get(state.ongoing or False, "unknown")
        if event.label == "get":
            refused = read_error(response).code == Code.INVALID_OBJECT_STATE
            readable = State.RESTORED if response.succeeded else "unknown"
            shown["get"] = "unreadable" if refused else readable
    if shown.get("get") == State.RESTORED:
        return State.RESTORED if shown.get("head") == State.RESTORED else "unknown"
    if shown.get("get") == "unreadable":
        return shown.get("head", "unknown") if shown.get("head") != State.RESTORED else "unknown"
    return str(shown.get("head", "unknown")) if "get" not in shown else "unknown"
