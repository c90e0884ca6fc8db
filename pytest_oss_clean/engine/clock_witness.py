"""Witnesses of the restore clock: they show whether somebody else moved it.

A witness is an object whose restore outlasts every move that was made since it was begun, by this process and
those that share the clock with it. As long as HEAD shows it restoring, nobody else moved the clock by as much
as its restore takes. What a target answers after somebody did says nothing about the target.

That restores of a tier outlast a move is the documentation's word; a target may complete all of them in an
hour, or in a minute. So each tier is tried over moves of our own until its restore outlasts one; what is
complete behind such a move says nothing before, and afterwards that somebody moved the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.operations import RESTORE_DAYS
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.spec.history import State
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Advancing, ClockShare, Hold
from pytest_oss_clean.target.target import Target

HOUR = 3_600
LASTING = {Tier.EXPEDITED: HOUR, Tier.BULK: 5 * HOUR}
"""Seconds by which the clock may be moved before a restore completes (restore user guide): a short one sees
small moves, a long one outlasts this run's own."""
DAY = 24 * HOUR
WITNESS_DAYS = 3
SHORTEST_LIFE = 12 * HOUR
"""Seconds by which processes that share the clock may move it while an object is arranged."""
LONGEST_LIFE = (RESTORE_DAYS - WITNESS_DAYS) * DAY
"""Seconds by which processes that share the clock may move it while a contract's object lasts."""
LONGEST_WATCH = 30.0
"""Seconds of real time after which a witness is renewed."""
CONTENT = b"written by pytest-oss-clean to watch the restore clock\n"
MOVED = (
    "clock moved by another: restores completed that this run did not complete; "
    "run alone on this target, or give each run a server of its own"
)

SPOILED = "processes that share the clock moved it beyond the life of an object"
TURNS = 3
"""Number of times that a contract whose object is gone runs again; the last time alone."""


class ClockMovedError(NotTestedError):
    def __init__(self) -> None:
        super().__init__(MOVED)


class SpoiledError(NotTestedError):
    """Processes that share the clock moved it beyond the life of an object."""

    def __init__(self) -> None:
        super().__init__(SPOILED)


@dataclass(slots=True)
class Witness:
    """One object under restore: it outlasts moves up to `until`, 0 where it lies idle.

    `outlasts` says that a restore of its tier was seen to outlast a move of ours, `short` how many did not.
    """

    name: str
    tier: Tier
    until: float = 0.0
    since: float = 0.0
    outlasts: bool = False
    short: int = 0


class ClockWatch:
    """Watches the restore clock of one target, where others can move it.

    Contracts whose objects are restoring have two witnesses that are restoring as well. Where restored
    objects last for days, one that does so for some days is enough, whoever moves the clock by hours. A
    server that cleans too much ends it too: there the contract has to run again alone.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client = target.client("clock-witness")
        self._share = target.time.share
        watched = isinstance(target.time, Advancing) and target.time.watched
        self.watches = watched and "instant-restore" not in target.claims and "ColdArchive" in target.claims
        self._witnesses = [Witness(self._client.name(f"clock-witness-{tier}"), tier) for tier in LASTING]
        self._lasting = Witness(self._client.name("clock-witness-days"), Tier.EXPEDITED)
        self._moved = self._worked = False
        self._refused = 0

    def begin(self) -> None:
        """Watch from now on, if it is not watched already."""
        self._share.still()
        if not self.watches or not self._share.is_still:
            return
        client, now = self._client, self.target.pace.now()
        for witness in self._witnesses:
            self._try(witness)
            fresh = self._outlasts(witness) and now - witness.since < LONGEST_WATCH
            if fresh or self._in_vain or self._moved:
                continue
            begun, taken = self._restored(witness)
            restoring = taken and self._state(witness) == State.RESTORING
            # A restore that is over at once, where others took their time.
            self._moved |= taken and not restoring and self._worked
            self._worked |= restoring
            self._refused = 0 if restoring else self._refused + 1
            witness.until, witness.since = (begun + LASTING[witness.tier]) * restoring, now
        client.transcript.clear()

    def last(self) -> None:
        """Have a witness that lasts for days, where that is what the contract depends on."""
        witness = self._lasting
        if not self.watches or self._share.hold is not Hold.LASTS or self._in_vain:
            return
        if not self._outlasts(witness, DAY):
            begun, taken = self._restored(witness)
            shown = taken and self._state(witness) in {State.RESTORING, State.RESTORED}
            witness.until = (begun + WITNESS_DAYS * DAY) * shown
            self._client.transcript.clear()

    def move(self, seconds: float) -> None:
        """Take note that this run moves the clock: witnesses that do not outlast it are heard before."""
        self._hear([witness for witness in self._witnesses if not self._outlasts(witness, seconds)])
        self.last()

    def moved(self) -> bool:
        """Return whether somebody else was seen to move the clock on which the contract depends.

        Raises SpoiledError where processes that share the clock moved it beyond the life of an object.
        """
        share = self._share
        if share.hold in {Hold.LASTS, Hold.STILL} and share.by_others > LONGEST_LIFE:
            raise SpoiledError
        if not self.watches or share.hold is None:
            return False
        if share.hold is Hold.LASTS:
            return self._moved or self._doubtful()
        share.still()
        self._hear(self._witnesses)
        return self._moved

    def _doubtful(self) -> bool:
        """Return whether restored objects may have expired; a server that cleans too much shows the same."""
        expired = self._outlasts(self._lasting) and self._state(self._lasting) == State.FROZEN
        self._client.transcript.clear()
        self._lasting.until *= not expired
        return expired

    @property
    def in_doubt(self) -> bool:
        """Return whether a restore was shorter than documented, once: somebody else may be the cause."""
        once = any(witness.short == 1 and not witness.outlasts for witness in self._witnesses)
        return once and self._share.hold is not None

    def remove(self) -> None:
        for witness in (*self._witnesses, self._lasting):
            witness.until = 0.0
            self._client.remove(witness.name)

    @property
    def _in_vain(self) -> bool:
        return bool(self._refused > 1 or self.target.given_up or self.target.mute("restore"))

    def _restored(self, witness: Witness) -> tuple[float, bool]:
        """Put and restore a witness; return what had been moved before, and whether that was taken."""
        client, begun = self._client, self._share.moved
        client.put(witness.name, CONTENT, StorageClass.COLD_ARCHIVE)
        return begun, client.restore(witness.name, tier=witness.tier, days=WITNESS_DAYS).succeeded

    def _hear(self, witnesses: list[Witness]) -> None:
        for witness in witnesses:
            certain = self._outlasts(witness) and self._is_certain(witness)
            if self.watches and certain and not self._moved:
                self._moved = self._state(witness) in {State.RESTORED, State.FROZEN}
        self._client.transcript.clear()

    def _is_certain(self, witness: Witness) -> bool:
        """Return whether its restore can only be complete because somebody else moved the clock."""
        return witness.outlasts or witness.until == self._share.moved + LASTING[witness.tier]

    def _try(self, witness: Witness) -> None:
        """See whether the restore of a witness outlasted a move of ours, as none of its tier did before."""
        if not self._outlasts(witness) or self._is_certain(witness):
            return
        state = self._state(witness)
        witness.outlasts = state == State.RESTORING
        if witness.outlasts:
            self._moved |= witness.short > 0
        elif state:
            witness.until, witness.short = 0.0, witness.short + 1

    def _outlasts(self, witness: Witness, seconds: float = 0.0) -> bool:
        return self._share.moved + seconds < witness.until

    def _state(self, witness: Witness) -> str:
        """Return what HEAD shows of a witness, nothing where it shows none."""
        response = self._client.head(witness.name)
        restore = read_restore(response)
        ongoing = restore.ongoing if restore else False
        if not response.succeeded or ongoing is None:
            return ""
        return State.FROZEN if restore is None else State.RESTORING if ongoing else State.RESTORED


def held(share: ClockShare, hold: Hold | None, attempt: Callable[[], Outcome]) -> Outcome:
    """Run a contract that depends on the clock; again where others that share it spoiled its object.

    Where it is in doubt who moved it, only a second run identifies a server that is wrong.
    """
    outcome = _held(share, hold, attempt)
    for turn in range(TURNS):
        if outcome.cause == SPOILED:
            outcome = _held(share, hold if turn < TURNS - 1 else Hold.ALONE, attempt)
    if hold is Hold.LASTS and outcome.cause == MOVED:
        alone = _held(share, Hold.ALONE, attempt)
        return alone if alone.verdict is Verdict.FAILED else outcome
    return outcome


def _held(share: ClockShare, hold: Hold | None, attempt: Callable[[], Outcome]) -> Outcome:
    with share.held(hold):
        return attempt()
