"""When a target is given up: what gets no answer is waited for, and waiting adds up.

A target that answers nothing is left alone at once. One that answers everything but cleans can still be
cleared of the objects that were made, so it is only asked for no further contract; where a single clean
was answered, every contract has its turn.
"""

from __future__ import annotations

from threading import Lock

from pytest_oss_clean.message import Answer, TroubleKind

REQUESTS = 2
"""So many requests in a row without a proper answer, and the target is given up."""
CLEANS = 8
"""So many cleans waited for in vain before one was answered, and no further contract is tried."""
WAITED_FOR = frozenset({TroubleKind.READ_TIMEOUT, TroubleKind.DEADLINE})


class Breaker:
    """Counts answers that did not come, from any thread.

    `dead` says, from some moment on, why the target is of no use, and `mute` why it tells nothing of cleans.
    """

    def __init__(self) -> None:
        """Start with a target that is not known."""
        self.silences = 0
        self.dead = self.mute = ""
        self._in_vain = 0
        self._answers_cleans = False
        self._lock = Lock()

    def note(self, *answers: Answer) -> None:
        """Count answers; those to requests that were sent together count as one."""
        silent = all(answer.trouble and not answer.status for answer in answers)
        with self._lock:
            self.silences = self.silences + 1 if silent else 0
            if self.silences >= REQUESTS and not self.dead:
                self.dead = f"gave no answer {self.silences} times in a row: {answers[0].trouble}"

    def note_clean(self, answer: Answer) -> None:
        """Count the answer to a clean beside."""
        trouble = answer.trouble
        with self._lock:
            self._answers_cleans |= trouble is None
            self._in_vain += trouble is not None and trouble.kind in WAITED_FOR
            if self._in_vain >= CLEANS and not (self.mute or self._answers_cleans):
                self.mute = f"left each of {self._in_vain} cleans without a whole answer: {trouble}"
