"""Ways for a restore to come to its end: a clock that can be moved, or waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pytest_oss_clean.oss.messages import Endpoint, Request, Sender
from pytest_oss_clean.oss.responses import describe


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A target that restores by itself within `restore_seconds` of the request."""

    restore_seconds: float

    @property
    def description(self) -> str:
        """Say so."""
        return f"polling up to {self.restore_seconds:g} s for a restore"

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
