"""What a long wait is for, how many wait, and until when: one line that changes, or a line a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SHORT = 5.0
"""Seconds of a wait that are not worth a line."""
ON_A_TERMINAL, IN_A_LOG = 1.0, 60.0
"""Seconds between two lines."""


@dataclass
class Progress:
    """Says how a wait goes on; `write` is given a line, which a terminal has in place of the last one."""

    write: Callable[[str], None] | None = None
    is_terminal: bool = False
    now: Callable[[], float] = time.monotonic
    _began: float | None = field(default=None, init=False)
    _said: float | None = field(default=None, init=False)

    def waits(self, what: str, many: int, until: str, seconds: float) -> None:
        """Say what is waited for, unless it was said just now; `seconds` are left at most."""
        now = self.now()
        self._began = now if self._began is None else self._began
        often = ON_A_TERMINAL if self.is_terminal else IN_A_LOG
        due = self._said is None or now - self._said >= often
        if self.write is None or not due or (self._said is None and now - self._began + seconds < SHORT):
            return
        self._said = now
        others = f" and {many - 1} more" if many > 1 else ""
        waited, left = (f"{value // 60:.0f} min {value % 60:.0f} s" for value in (now - self._began, seconds))
        self.write(f"waiting for {waited}, at most {left} left, until {until}: {what}{others}")

    def is_over(self) -> None:
        """Take the line from a terminal."""
        if self.write is not None and self.is_terminal and self._said is not None:
            self.write("")
        self._began = self._said = None
