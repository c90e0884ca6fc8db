"""When a target is given up: what gets no answer is waited for, and waiting adds up.

A target that answers nothing is left alone at once. One that answers everything but cleans, or restores,
can still be cleared of the objects that were made, so it is only asked for no more of those; where a
single one was answered, every contract has its turn. A clean is what is judged: silence of cleans ends a
run only after a contract failed, so that what is not tested then can hide nothing.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock

from pytest_oss_clean.oss.messages import Response, TransportErrorKind

REQUESTS = 2
"""So many requests in a row without a proper answer, and the target is given up."""
OF_A_KIND = 8
"""So many requests of one kind waited for in vain before one was answered, and no more of them are sent."""
WAITED_FOR = frozenset({TransportErrorKind.READ_TIMEOUT, TransportErrorKind.DEADLINE})


class CircuitBreaker:
    """Counts answers that did not come, from any thread.

    `dead` says, from some moment on, why the target is of no use, and `mute` the same of requests of a kind.
    `failed` is set by whoever judges, when a contract has failed for good.
    """

    def __init__(self) -> None:
        """Start with a target that is not known."""
        self.silences = 0
        self.dead = ""
        self.failed = False
        self.mute: dict[str, str] = {}
        self._in_vain: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._lock = Lock()

    def note(self, *responses: Response) -> None:
        """Count answers; those to requests that were sent together count as one."""
        silent = all(response.transport_error and not response.status for response in responses)
        with self._lock:
            self.silences = self.silences + 1 if silent else 0
            if self.silences >= REQUESTS and not self.dead:
                self.dead = f"gave no answer {self.silences} times in a row: {responses[0].transport_error}"

    def note_kind(self, kind: str, response: Response) -> None:
        """Count an answer among those to requests of its kind."""
        transport_error = response.transport_error
        with self._lock:
            if transport_error is None:
                self._answered.add(kind)
            elif transport_error.kind in WAITED_FOR:
                self._in_vain[kind] += 1
                if self._in_vain[kind] >= OF_A_KIND and kind not in self._answered:
                    each = f"left each of {self._in_vain[kind]} {kind}s without a whole answer"
                    self.mute.setdefault(kind, f"{each}: {transport_error}")
