"""Ways for a restore to end: a clock that can be moved, or waiting."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from pytest_oss_clean.oss.messages import Endpoint, Request, Sender
from pytest_oss_clean.oss.responses import describe

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]


DAY = 86_400


class TimeControlError(Exception):
    """The clock could not be moved; the text says why."""


class Hold(Enum):
    """How a contract depends on the restore clock."""

    LASTS = "its objects wait for time to pass, and what is restored then lasts for days"
    STILL = "its objects are to be seen restoring, in the end"
    ALONE = "its objects live through moves to the minute"


PAUSE = 0.02
"""Seconds between two looks at whether others moved the clock."""
UNLOCKED, SHARED, EXCLUSIVE = range(3)


class FairLock:
    """A lock of several processes, shared or exclusive; whoever waits for it exclusively comes next.

    One that has no file is nobody else's.
    """

    def __init__(self, stem: str = "") -> None:
        self.files: list[int] = []
        self._mode = UNLOCKED
        if stem and fcntl is not None:
            with suppress(OSError):
                for name in (f"{stem}.gate", f"{stem}.lock"):
                    place = Path(tempfile.gettempdir(), name)
                    self.files.append(os.open(place, os.O_RDWR | os.O_CREAT, 0o666))

    def lock(self) -> None:
        """Share the lock, after those that wait for it exclusively; whoever has it exclusively shares it."""
        if self.files and self._mode != SHARED:
            gate, lock = self.files
            if self._mode == UNLOCKED:
                fcntl.flock(gate, fcntl.LOCK_SH)
            fcntl.flock(lock, fcntl.LOCK_SH)
            fcntl.flock(gate, fcntl.LOCK_UN)
        self._mode = SHARED

    def try_lock(self) -> bool:
        """Share the lock, unless somebody has it exclusively, or waits for it so."""
        for file in self.files:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.unlock()
                return False
        for gate in self.files[:1]:
            fcntl.flock(gate, fcntl.LOCK_UN)
        self._mode = SHARED
        return True

    def lock_exclusively(self) -> None:
        """Have the lock alone; must not be called by one that shares it."""
        for file in self.files:
            fcntl.flock(file, fcntl.LOCK_EX)
        for gate in self.files[:1]:
            fcntl.flock(gate, fcntl.LOCK_UN)
        self._mode = EXCLUSIVE

    @property
    def is_held(self) -> bool:
        """Return whether this process has it."""
        return self._mode != UNLOCKED

    def unlock(self) -> None:
        """Leave it to others."""
        for file in self.files:
            fcntl.flock(file, fcntl.LOCK_UN)
        self._mode = UNLOCKED

    def close(self) -> None:
        """Close the files, which unlocks them."""
        while self.files:
            os.close(self.files.pop())


class ClockShare:
    """The part of one process in a restore clock that several processes of this machine move.

    What any of them moved is summed up in `moved`, so that one move serves all that wait for it. Nobody moves
    the clock while another process is still, or moves it alone, nor by days while another keeps what is
    restored.

    `clock` names the clock. One without a name, or where files cannot be locked, is moved by one process.
    """

    def __init__(self, clock: str = "") -> None:
        stem = f"oss-clean-{sha256(clock.encode()).hexdigest()[:16]}" if clock else ""
        names = ("moves", "restored", "clock")  # in the order in which they are locked
        self._moves, self._restored, self._clock = (FairLock(stem and f"{stem}.{name}") for name in names)
        self._moved = 0.0
        self.hold: Hold | None = None
        self._began = self._own = 0.0
        self.is_still = False

    @property
    def moved(self) -> float:
        """Return the seconds by which all processes moved the clock; a move counts from when it is sent."""
        for file in self._clock.files[1:]:
            with suppress(OSError, ValueError):
                return float(os.pread(file, 64, 0))
        return self._moved

    @contextmanager
    def held(self, hold: Hold | None) -> Iterator[None]:
        """Take part in the clock for one contract, if it depends on it."""
        self.hold = hold
        self._enter()
        try:
            yield
        finally:
            self._leave()
            self.hold = None

    def close(self) -> None:
        """Leave the clock to others."""
        for lock in (self._moves, self._restored, self._clock):
            lock.close()

    def give_way(self) -> None:
        """Let others have their turn between two examples of one contract."""
        self._leave()
        if self._moves.files:
            time.sleep(2 * PAUSE)
        self._enter()

    def _enter(self) -> None:
        if self.hold is Hold.ALONE:
            self._moves.lock_exclusively()
        self._began, self._own = self.moved, 0.0

    def _leave(self) -> None:
        for lock in (self._clock, self._restored, self._moves):
            lock.unlock()
        self.is_still = False

    @property
    def by_others(self) -> float:
        """Return the seconds by which others moved the clock since the contract, or its example, began."""
        return self.moved - self._began - self._own

    def keep(self) -> None:
        """Keep what is restored: nobody else moves the clock by days, or at all where that is needed."""
        if self.hold is not None and not self._restored.is_held:
            self._clock.unlock()  # in order
            self.is_still = False
            self._restored.lock()
        self.still()

    def still(self) -> None:
        """Keep others from moving the clock, where a contract depends on that."""
        if self.hold not in (None, Hold.LASTS) and not self.is_still:
            self._clock.lock()
            self.is_still = True

    @contextmanager
    def moving(self, seconds: float, since: float | None = None) -> Iterator[bool]:
        """Move the clock within, while nobody depends on it; what is restored is kept afterwards.

        Yields whether it is to be moved: others may have done so after it had been moved by `since`.
        """
        if self._is_moved(seconds, since):
            self.keep()
            yield False
            return
        self._clock.unlock()
        self._restored.unlock()
        self.is_still = False
        while self.hold is not Hold.ALONE and not self._moves.try_lock():
            if self._is_moved(seconds, since):
                self.keep()
                yield False
                return
            time.sleep(PAUSE)
        if seconds >= DAY:
            self._restored.lock_exclusively()
        else:
            self._restored.lock()
        self._clock.lock_exclusively()
        try:
            yield not self._is_moved(seconds, since)
        finally:
            self._restored.lock()
            self._clock.lock()
            self.is_still = self.hold not in (None, Hold.LASTS)
            if not self.is_still:
                self._clock.unlock()
            if self.hold is None:
                self._restored.unlock()
            if self.hold is not Hold.ALONE:
                self._moves.unlock()

    def _is_moved(self, seconds: float, since: float | None) -> bool:
        return since is not None and self.moved - since >= seconds

    def count(self, seconds: float) -> None:
        """Add seconds to what was moved, before they are; what cannot be moved is taken back."""
        self._moved, self._own = self.moved + seconds, self._own + seconds
        for file in self._clock.files[1:]:
            os.pwrite(file, f"{self._moved:<32}".encode(), 0)


@dataclass(frozen=True, slots=True)
class Advancing:
    """A restore clock that `move(seconds)` puts forward.

    `exclusive` says that nobody else moves it: what was seen restoring is restoring until we move.
    """

    move: Callable[[float], None]
    exclusive: bool = True
    grace: float = 5.0
    """Seconds that a target may take to notice that its clock was moved."""
    move_object: Callable[[str, float], None] | None = None
    """Puts the clock of one object forward, where the target has such clocks."""
    watched: bool = False
    """Others can reach the clock: a witness shows whether they moved it."""
    share: ClockShare = field(default_factory=ClockShare, compare=False)
    """What this process has of the clock, where others of this machine move it too."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A target that restores by itself within `restore_seconds` of the request."""

    restore_seconds: float
    share: ClockShare = field(default_factory=ClockShare, compare=False)

    @property
    def exclusive(self) -> bool:
        """Time passes for everybody: what was seen restoring may just have been restored."""
        return False


TimeControl = Advancing | Waiting


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
