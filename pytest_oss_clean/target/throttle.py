"""How hard and how long a run may press on a target, and what it is told to slow down by."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import read_error

PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds between tries of a request that is answered with a throttling; then it is given up."""


@dataclass(kw_only=True)
class Throttle:
    """The rate and the time that a run is allowed; its clock starts when it is made.

    `throttled` holds `STATUS` or `STATUS Code` for each answer that asks for fewer requests.
    """

    rate: float | None = None
    max_wall: float | None = None
    throttled: tuple[str, ...] = ("429",)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False, compare=False)
    _begun: float = field(init=False, repr=False, compare=False)
    _next: float = field(default=0.0, init=False, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._begun = time.monotonic()

    def wait(self) -> None:
        """Sleep until one more request may start; whoever asks first starts first."""
        if self.rate is None:
            return
        with self._lock:
            start = max(self._next, time.monotonic())
            self._next = start + 1 / self.rate
        while (left := start - time.monotonic()) > 0:
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
        """Tell whether an answer is one of those that ask for fewer requests."""
        for entry in self.throttled:
            status, _, code = entry.partition(" ")
            if str(response.status) == status and code in ("", read_error(response).code):
                return True
        return False

    def exhausted(self) -> str:
        """Return "" while there is time left, else why there is none."""
        if self.max_wall is None or time.monotonic() - self._begun < self.max_wall:
            return ""
        return f"--oss-max-wall {self.max_wall:g} s are over"
