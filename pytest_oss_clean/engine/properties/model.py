"""Lives of objects: what was done to each, what time makes of it, and how sure that is.

Rule: nothing here says what a request is answered. Histories are folded by `history.py`; between the
earliest and the latest moment of a completion or an expiry a life is open, and nothing is judged of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pytest_oss_clean.engine.provisioning import DAY, MARGIN_SECONDS
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.storage_classes import LONGEST_RESTORE
from pytest_oss_clean.spec.history import EXPIRED, RESTORE_ENDED, RESTORE_RUNS, Given, State, fold, state_of


class Known(IntEnum):
    """How well the state of an object is known."""

    OPEN = 0
    DERIVED = 1
    SEEN = 2


class Kind(StrEnum):
    """What a machine does in one step."""

    PUT = "put"
    RESTORE = "restore"
    CLEAN = "clean"
    HEAD = "head"
    GET = "get"
    LIST = "list"
    COPY = "copy"
    DELETE = "delete"
    CLOCK = "clock"


class When(StrEnum):
    """A moment beside the next completion, or expiry, of an object."""

    BEFORE = "just before"
    AT = "at"
    AFTER = "just after"


@dataclass(frozen=True, slots=True)
class Move:
    """One step: of which object, of which of its versions (None for the current one), and how.

    A move is said of the model, not in absolute terms, so that it still fits where another is left out.
    """

    kind: Kind
    slot: int = 0
    version: int | None = None
    storage_class: StorageClass = StorageClass.COLD_ARCHIVE
    tier: Tier | None = Tier.EXPEDITED
    days: int = 1
    when: When = When.AFTER

    def __str__(self) -> str:
        of = f"object {self.slot + 1}" + (f", version {self.version + 1}" if self.version is not None else "")
        how = {
            Kind.PUT: f" ({self.storage_class})",
            Kind.RESTORE: f" ({self.tier or 'no tier'}, {self.days} d)",
            Kind.CLOCK: f" to {self.when} the end of what is under way",
        }
        return f"{self.kind} {of}{how.get(self.kind, '')}"


@dataclass
class Life:
    """One object, or one version of an object.

    `finish_by` is when its restore must be complete; `expires` the earliest and the latest end of its
    days; both in seconds of the machine's clock. `sight` is the HEAD answer of the state it has.
    `cleaned` is the history that a clean met last, if nothing followed; `beside` those of cleans of other
    objects since this one was seen.
    """

    name: str
    given: Given | None = Given.NEVER_PUT
    storage_class: StorageClass = StorageClass.COLD_ARCHIVE
    content: bytes = b""
    version: str = ""
    tier: Tier | None = None
    known: Known = Known.SEEN
    finish_by: float = 0.0
    expires: tuple[float, float] = (0.0, 0.0)
    sight: Response | None = None
    before: Response | None = None
    cleaned: Given | None = None
    beside: list[Given] = field(default_factory=list)

    @property
    def state(self) -> State | None:
        """Return the state in the end, None where the history is not known."""
        return state_of(self.given) if self.given is not None else None

    def forget(self) -> None:
        """Know nothing any more, until something is put anew."""
        self.given, self.sight, self.cleaned, self.before = None, None, None, None

    def happen(self, label: str, status: int) -> None:
        self.given = fold([(label, status)], self.given)
        self.sight = self.cleaned = self.before = None
        self.beside.clear()

    def begin(self, now: float, tier: Tier | None, days: int, known: Known) -> None:
        """Keep when a restore that was just accepted ends."""
        raised = self.given is Given.TIER_RAISED
        finish_by = now + LONGEST_RESTORE[self.storage_class, tier]
        earliest, latest = now + days * DAY, finish_by + (days + 1) * DAY  # some round up to midnight
        if raised:
            finish_by = max(finish_by, self.finish_by)
            earliest, latest = min(earliest, self.expires[0]), max(latest, self.expires[1])
        self.finish_by, self.expires, self.tier, self.known = finish_by, (earliest, latest), tier, known

    def extend(self, now: float, days: int) -> None:
        """Keep when a restore that was extended expires, whichever way the days are counted."""
        earliest, latest = self.expires
        self.expires = (max(earliest, now + days * DAY), latest + days * DAY)

    def pass_time(self, now: float) -> None:
        """Let time make of it what it must, or leave it open."""
        if self.state is State.RESTORING:
            self.known = Known.OPEN
            if now >= self.finish_by + MARGIN_SECONDS:
                self.happen(RESTORE_ENDED, 0)
                self.known = Known.DERIVED
            self.sight = self.cleaned = self.before = None
        if self.state is State.RESTORED:
            self.known = min(self.known, Known.DERIVED)
            self.cleaned = self.before = None
            if now >= self.expires[1] + MARGIN_SECONDS:
                self.happen(EXPIRED, 0)
                self.known = Known.DERIVED
            elif now >= self.expires[0] - MARGIN_SECONDS:
                self.known = Known.OPEN

    def see(self, shown: str, now: float) -> None:
        """Take over what HEAD shows of an open life; what is near an end stays open."""
        if self.given in RESTORE_RUNS and shown == State.RESTORED:
            self.happen(RESTORE_ENDED, 0)
        elif self.state is State.RESTORED and shown == State.FROZEN:
            self.happen(EXPIRED, 0)
        elif self.state != shown:
            self.forget()
            return
        near = (self.state is State.RESTORING and now >= self.finish_by - MARGIN_SECONDS) or (
            self.state is State.RESTORED and now >= self.expires[0] - MARGIN_SECONDS
        )
        self.known = Known.OPEN if near else Known.SEEN

    def moment(self, when: When, now: float) -> float:
        """Return the seconds until a moment beside the next end, 0 or less where there is none."""
        running = {State.RESTORING: (self.finish_by, self.finish_by), State.RESTORED: self.expires}
        if self.state not in running:
            return 0.0
        earliest, latest = running[self.state]
        ends = {
            When.BEFORE: earliest - 2 * MARGIN_SECONDS,
            When.AT: latest,
            When.AFTER: latest + 2 * MARGIN_SECONDS,
        }
        return ends[when] - now
