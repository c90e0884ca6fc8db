"""Limits of a run on a target: how hard it may press, for how long, and when the target is given up.

What gets no answer is waited for, and waiting adds up. A target that answers nothing is left alone at
once. One that answers everything but cleans, or restores, can still be cleared of the objects that were
put, so only those are not sent any more; where a single one was answered, every contract has its turn. A
clean is what is judged: silence of cleans ends a run only after a contract failed, so that what is not
tested then can hide nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from pytest_oss_clean.errors import UnusableError
from pytest_oss_clean.oss.constants import THROTTLED
from pytest_oss_clean.oss.messages import Response, TransportErrorKind
from pytest_oss_clean.oss.responses import describe, read_error

PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Seconds between tries of a request that is answered with a throttling; then it is given up."""
REQUESTS = 2
"""Number of requests in a row without a proper answer after which the target is given up."""
OF_A_KIND = 8
"""Number of requests of one kind without a whole answer after which no more of them are sent."""
WAITED_FOR = frozenset({TransportErrorKind.READ_TIMEOUT, TransportErrorKind.DEADLINE})


@dataclass(kw_only=True)
class Throttle:
    """The rate and the time that a run is allowed; its clock starts when it is made.

    `throttled` holds `STATUS` or `STATUS Code` for each answer that asks for fewer requests.
    """

    rate: float | None = None
    max_wall: float | None = None
    throttled: tuple[str, ...] = THROTTLED
    now: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False, compare=False)
    _begun: float = field(init=False, repr=False, compare=False)
    _next: float = field(default=0.0, init=False, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._begun = self.now()

    def wait(self) -> None:
        """Sleep until one more request may start; whoever asks first starts first."""
        if self.rate is None:
            return
        with self._lock:
            start = max(self._next, self.now())
            self._next = start + 1 / self.rate
        while (left := start - self.now()) > 0:
            self.sleep(left)

    def patiently(self, ask: Callable[[], Response]) -> Response:
        """Return an answer, asked for again while it asks for fewer requests."""
        for pause in PAUSES:
            response = ask()
            if not self.is_throttled(response):
                return response
            self.sleep(pause)
        return ask()

    def is_throttled(self, response: Response) -> bool:
        """Return whether an answer is one of those that ask for fewer requests."""
        for entry in self.throttled:
            status, _, code = entry.partition(" ")
            if str(response.status) == status and code in ("", read_error(response).code):
                return True
        return False

    def refuse_throttled(self, response: Response) -> None:
        """Raise UnusableError for a response of a busy server: it says nothing of what was asked."""
        if self.is_throttled(response):
            raise UnusableError(f"throttled: the target answers {describe(response)}")

    def exhausted(self) -> str:
        """Return "" while there is time left, else why there is none."""
        if self.max_wall is None or self.now() - self._begun < self.max_wall:
            return ""
        return f"--oss-max-wall {self.max_wall:g} s are over"


class CircuitBreaker:
    """Counts answers that did not come, from any thread.

    `dead` says why the target cannot be used any more, and `mute` the same of requests of a kind.
    `failed` and `over` are set by whoever judges: when a contract has failed for good, and why no further
    contract would show more.
    """

    def __init__(self) -> None:
        """Start with a target that is not known."""
        self.silences = 0
        self.dead = ""
        self.failed = False
        self.over = ""
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
