"""Ways for a restore to end: a clock that can be moved, or waiting."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from pytest_oss_clean.oss.messages import Endpoint, Request, Sender
from pytest_oss_clean.oss.responses import describe

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]


class TimeControlError(Exception):
    """The clock could not be moved; the text says why."""


@dataclass(frozen=True, slots=True)
class Advancing:
    """A restore clock that `move(seconds)` puts forward.

    `exclusive` says that nobody else moves it: what was seen restoring is restoring until we move.
    """

    move: Callable[[float], None]
    description: str
    exclusive: bool = True
    grace: float = 5.0
    """Seconds that a target may take to notice that its clock was moved."""
    move_object: Callable[[str, float], None] | None = None
    """Puts the clock of one object forward, where the target has such clocks."""
    watched: bool = False
    """Others can reach the clock: a witness shows whether they moved it."""
    lock: AbstractContextManager[None] = field(default_factory=nullcontext, compare=False)
    """Held while a contract depends on the clock."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A target that restores by itself within `restore_seconds` of the request."""

    restore_seconds: float

    @property
    def description(self) -> str:
        return f"polling up to {self.restore_seconds:g} s for a restore"

    @property
    def exclusive(self) -> bool:
        """Time passes for everybody: what was seen restoring may just have been restored."""
        return False


TimeControl = Advancing | Waiting


class ClockLock(AbstractContextManager[None]):
    """Lets one process of this machine at a time depend on a clock: another one would move it meanwhile.

    `clock` names the clock. Where files cannot be locked, nothing is.
    """

    def __init__(self, clock: str) -> None:
        self._path = Path(tempfile.gettempdir(), f"oss-clean-{sha256(clock.encode()).hexdigest()[:16]}.lock")
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        if fcntl is None:
            return
        try:
            self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666), "r+")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:
            self.__exit__()

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def advance_by_url(url: str, sender: Sender) -> Callable[[float], None]:
    """Return a function that POSTs to `url`, `{seconds}` filled in with a whole number."""

    def move(seconds: float) -> None:
        parts = urlsplit(url.replace("{seconds}", str(int(seconds))))
        default = {"http": 80, "https": 443}[parts.scheme]
        endpoint = Endpoint(parts.scheme, parts.hostname or "", parts.port or default)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        response = sender(Request("POST", target, (("Host", endpoint.authority),), b"", endpoint))
        if not response.succeeded:
            raise TimeControlError(f"--oss-advance-url: POST {target} answered {describe(response)}")

    return move
