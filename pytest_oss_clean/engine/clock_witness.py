"""Witnesses of the restore clock: they show whether somebody else moved it.

A witness is an object whose restore outlasts every move that this run made since it was begun. As long as
HEAD shows it restoring, nobody moved the clock by as much as its restore takes. What a target answers after
somebody did says nothing about the target.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.target import Target

HOUR = 3_600
LASTING = {Tier.EXPEDITED: HOUR, Tier.BULK: 5 * HOUR}
"""Seconds by which the clock may be moved before a restore completes (restore user guide): a short one sees
small moves, a long one outlasts this run's own."""
LONGEST_WATCH = 30.0
"""Seconds of real time after which a witness is renewed."""
CONTENT = b"written by pytest-oss-clean to watch the restore clock\n"
MOVED = (
    "clock moved by another: restores completed that this run did not complete; "
    "run alone on this target, or give each run a server of its own"
)


class ClockMovedError(NotTestedError):
    def __init__(self) -> None:
        super().__init__(MOVED)


@dataclass(slots=True)
class Witness:
    """One object under restore: `left` is how far this run may still move the clock, 0 where it lies idle."""

    name: str
    tier: Tier
    left: float = 0.0
    since: float = 0.0


class ClockWatch:
    """Watches the restore clock of one target, where others can move it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client = target.client("clock-witness")
        watched = isinstance(target.time, Advancing) and target.time.watched
        watched = watched and "instant-restore" not in target.claims and "ColdArchive" in target.claims
        self._witnesses = [
            Witness(self._client.name(f"clock-witness-{tier}"), tier) for tier in LASTING if watched
        ]
        self._moved = self._worked = False
        self._refused = 0

    def begin(self) -> None:
        """Watch from now on, if it is not watched already."""
        client, now = self._client, self.target.pace.now()
        for witness in self._witnesses:
            fresh = witness.left and now - witness.since < LONGEST_WATCH
            in_vain = self._refused > 1 or self.target.given_up or self.target.mute("restore")
            if fresh or in_vain or self._moved:
                continue
            client.put(witness.name, CONTENT, StorageClass.COLD_ARCHIVE)
            taken = client.restore(witness.name, tier=witness.tier).succeeded
            restoring = taken and self._restoring(witness)
            # A restore that is over at once, where others took their time.
            self._moved |= taken and not restoring and self._worked
            self._worked |= restoring
            self._refused = 0 if restoring else self._refused + 1
            witness.left, witness.since = LASTING[witness.tier] * restoring, now
        client.transcript.clear()

    def move(self, seconds: float) -> None:
        """Take note that this run moves the clock: witnesses that do not outlast it are heard before."""
        ending = [witness for witness in self._witnesses if witness.left <= seconds]
        self._hear(ending)
        for witness in self._witnesses:
            witness.left = max(0.0, witness.left - seconds)

    def moved(self) -> bool:
        """Return whether somebody else was seen to move the clock in this run."""
        self._hear(self._witnesses)
        return self._moved

    def remove(self) -> None:
        for witness in self._witnesses:
            witness.left = 0.0
            self._client.remove(witness.name)

    def _hear(self, witnesses: list[Witness]) -> None:
        for witness in witnesses:
            if witness.left and not self._moved:
                self._moved = not self._restoring(witness) and self._client.last.response.succeeded
        self._client.transcript.clear()

    def _restoring(self, witness: Witness) -> bool:
        state = read_restore(self._client.head(witness.name))
        return state is not None and state.ongoing is True
