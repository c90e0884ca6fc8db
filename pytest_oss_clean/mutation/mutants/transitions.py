"""Mutants of the life cycle's table: each cell wrong in every plausible way.

A cell is a history and a request. What a client may rely on is as well known as the cell of the clean
is; a row that names its evidence is wrong about something that only a check looks at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_oss_clean.contracts.cells import CLEAN
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import TRANSITIONS, Event, LifeCycle, Retrieval, State
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.mutation.faults.by_history import changing, emptied, inheriting, wrong
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnService, OssError, Reached
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.history import Given

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
CLEANED, STALE, NOT_FINISHED = Outcome.CLEANED, Outcome.STALE, Outcome.NOT_FINISHED
UNSUPPORTED, ACCEPTED, IN_PROGRESS = Outcome.UNSUPPORTED, Outcome.ACCEPTED, Outcome.IN_PROGRESS
FROZEN, RESTORING, RESTORED = State.FROZEN, State.RESTORING, State.RESTORED
MONEY, MISLED, LOST = Damage.MONEY, Damage.MISLED, Damage.LOST
READABLE, UNREADABLE = Damage.READABLE, Damage.UNREADABLE
ARCHIVE = frozenset({StorageClass.ARCHIVE})
PLAIN = frozenset({StorageClass.STANDARD, StorageClass.IA})


def cell(state: State, after: State, outcome: Outcome) -> OnService:
    """Answer a clean of every object in one state otherwise, or leave it in another state."""

    def make(reached: Reached) -> type[Service]:
        class Changed(LifeCycle):
            def clean(
                self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
            ) -> tuple[Retrieval | None, Outcome]:
                if self.state(retrieval, now) is state and storage_class not in self.clean_unrestorable:
                    reached()
                return super().clean(storage_class, retrieval, now)

        row = {**TRANSITIONS[state], Event.CLEAN: (after, outcome)}

        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.life_cycle = Changed(transitions={**TRANSITIONS, state: row})

        return Mutated

    return OnService(make)


# id, state, state after, outcome, says, damage
STATES = (
    ("never-restored-cleaned", FROZEN, FROZEN, CLEANED, "a frozen object is cleaned", MISLED),
    (
        "never-restored-not-finished",
        FROZEN,
        FROZEN,
        NOT_FINISHED,
        "what is frozen counts as restoring",
        MISLED,
    ),
    ("restoring-cleaned", RESTORING, FROZEN, CLEANED, "a clean cancels the running restore", UNREADABLE),
    ("restoring-stale", RESTORING, RESTORING, STALE, "a restoring object counts as frozen", MISLED),
    ("restoring-ended", RESTORING, FROZEN, NOT_FINISHED, "a refused clean ends the restore", UNREADABLE),
    ("restored-stale", RESTORED, RESTORED, STALE, "a restored object cannot be cleaned", MONEY),
    (
        "restored-not-finished",
        RESTORED,
        RESTORED,
        NOT_FINISHED,
        "what is restored counts as restoring",
        MONEY,
    ),
    ("restored-kept", RESTORED, RESTORED, CLEANED, "a clean answers 200 and does nothing", MONEY),
)
"""Wrong about every object in a state."""


@dataclass(frozen=True, slots=True)
class Row:
    """A request of an object with one history, what it comes to, and the state after, None for the same."""

    id: str
    given: Given
    outcome: Outcome
    state: State | None
    says: str
    damage: Damage
    evidence: Evidence | None = None
    label: str = "clean"

    @property
    def breaks(self) -> Evidence:
        """Return the row's own evidence, or that of its cell."""
        return self.evidence or Evidence(str(CLEAN[self.given].mark))

    @property
    def sentence(self) -> str:
        """Return what is wrong, with the history."""
        return f"{self.given}: {self.says}"


G = Given
ROWS = (
    Row(
        "never-restored-unsupported", G.NEVER_RESTORED, UNSUPPORTED, None, "not supported when frozen", MISLED
    ),
    Row("never-restored-thawed", G.NEVER_RESTORED, STALE, RESTORED, "a refused clean restores", READABLE),
    Row("never-restored-begun", G.NEVER_RESTORED, ACCEPTED, RESTORING, "a clean begins a restore", MONEY),
    Row("restoring-in-progress", G.RESTORING, IN_PROGRESS, None, "answered as a restore would be", MISLED),
    Row("restoring-unharmed", G.RESTORING, CLEANED, None, "a clean while restoring is 200, ignored", MISLED),
    Row(
        "restoring-completed",
        G.RESTORING,
        NOT_FINISHED,
        RESTORED,
        "a refused clean completes the restore",
        READABLE,
        INFERRED,
    ),
    Row("restored-secretly", G.RESTORED, STALE, FROZEN, "a clean is carried out and refused", MISLED),
    Row("restored-restoring", G.RESTORED, CLEANED, RESTORING, "what was cleaned is restoring", READABLE),
    Row("cleaned-cleaned", G.CLEANED, CLEANED, None, "a second clean is 200 again", MISLED),
    Row(
        "cleaned-not-finished", G.CLEANED, NOT_FINISHED, None, "what was cleaned counts as restoring", MISLED
    ),
    Row("cleaned-back", G.CLEANED, CLEANED, RESTORED, "a second clean takes the first one back", READABLE),
    Row("extended-stale", G.EXTENDED, STALE, None, "an extended restore cannot be cleaned", MONEY),
    Row("extended-not-finished", G.EXTENDED, NOT_FINISHED, None, "what is extended is restoring", MONEY),
    Row("extended-kept", G.EXTENDED, CLEANED, None, "a clean takes back the extension only", MONEY),
    Row("extended-twice", G.EXTENDED_CLEANED, CLEANED, None, "an extension is cleaned apart", MISLED),
    Row("overwritten-cleaned", G.OVERWRITTEN, CLEANED, None, "what is put twice is cleaned", MISLED),
    Row("overwritten-not-finished", G.OVERWRITTEN, NOT_FINISHED, None, "what is put twice restores", MISLED),
    Row("overwritten-after", G.OVERWRITTEN_CLEANED, CLEANED, None, "a put undoes a clean", MISLED),
    Row("expired-not-finished", G.EXPIRED, NOT_FINISHED, None, "what expired counts as restoring", MISLED),
    Row("again-stale", G.RESTORING_AGAIN, STALE, None, "a clean before a restore still counts", MISLED),
    Row("again-cancelled", G.RESTORING_AGAIN, CLEANED, FROZEN, "a second restore is cancelled", UNREADABLE),
    Row("again-restored-stale", G.RESTORED_AGAIN, STALE, None, "once cleaned, cleaned for ever", MONEY),
    Row(
        "again-restored-not-finished", G.RESTORED_AGAIN, NOT_FINISHED, None, "a second one never ends", MONEY
    ),
    Row("after-expiry-stale", G.RESTORING_AFTER_EXPIRY, STALE, None, "an expiry outlives a restore", MISLED),
    Row("after-expiry-kept", G.RESTORED_AFTER_EXPIRY, STALE, None, "once expired, stale for ever", MONEY),
    Row("raised-stale", G.TIER_RAISED, STALE, None, "a raised tier hides the restore", MISLED),
    Row("raised-cancelled", G.TIER_RAISED, CLEANED, FROZEN, "a raised restore is cancelled", UNREADABLE),
    Row("put-over-restoring", G.OVERWRITTEN_RESTORING, NOT_FINISHED, None, "the old restore counts", MISLED),
    Row("put-over-restored", G.OVERWRITTEN_RESTORED, CLEANED, None, "the old restore is cleaned", MISLED),
    Row(
        "put-then-restoring", G.OVERWRITTEN_THEN_RESTORING, STALE, None, "a put hides a later restore", MISLED
    ),
    Row("put-then-restored", G.OVERWRITTEN_THEN_RESTORED, STALE, None, "put twice, it stays restored", MONEY),
    Row("both-restoring", G.BOTH_RESTORING, CLEANED, FROZEN, "the first restore counts for both", UNREADABLE),
    Row("both-restored", G.BOTH_RESTORED, STALE, None, "only the first put can be cleaned", MONEY),
    Row("put-again-cleaned", G.PUT_AGAIN, CLEANED, None, "what was deleted is cleaned", MISLED),
    Row("copied-onto-cleaned", G.COPIED_ONTO_RESTORED, CLEANED, None, "what was copied over counts", MISLED),
    Row("copy-cleaned", G.COPY_OF_RESTORED, CLEANED, None, "a copy counts as restored", MISLED),
    Row(
        "restore-extends",
        G.CLEANED,
        Outcome.EXTENDED,
        RESTORED,
        "a restore after a clean extends the one that was cleaned",
        READABLE,
        INFERRED,
        "restore",
    ),
    Row(
        "restore-at-once",
        G.CLEANED,
        ACCEPTED,
        RESTORED,
        "a second restore after a clean finishes at once",
        READABLE,
        INFERRED,
        "restore",
    ),
    Row(
        "restore-cools-down",
        G.CLEANED,
        IN_PROGRESS,
        None,
        "a restore soon after a clean is refused",
        UNREADABLE,
        INFERRED,
        "restore",
    ),
    Row(
        "restore-forbidden",
        G.CLEANED,
        UNSUPPORTED,
        None,
        "what was cleaned cannot be restored any more",
        LOST,
        INFERRED,
        "restore",
    ),
)
"""Wrong about the cold objects with one history."""

# id, history, outcome, state after, classes, says, damage
CLASSES = (
    ("archive-cleaned", G.NEVER_RESTORED, CLEANED, None, ARCHIVE, "frozen Archive is cleaned", MISLED),
    (
        "archive-cancelled",
        G.RESTORING,
        CLEANED,
        FROZEN,
        ARCHIVE,
        "Archive's restore is cancelled",
        UNREADABLE,
    ),
    ("archive-completed", G.RESTORING, STALE, None, ARCHIVE, "restoring Archive counts as frozen", MISLED),
    ("archive-kept", G.RESTORED, CLEANED, None, ARCHIVE, "restored Archive is cleaned twice", MONEY),
    ("standard-cleaned", G.NEVER_RESTORED, CLEANED, None, PLAIN, "what needs no restore is cleaned", MISLED),
)
"""Wrong about the classes that the page does not name."""


def copy_inherits(reached: Reached) -> type[Service]:
    """Let a copy take over the restore of its source."""

    class Mutated(Service):
        def make_copy(
            self, operation: Operation, asked: Operation, source: StoredObject, bucket: Bucket, now: float
        ) -> StoredObject:
            made = super().make_copy(operation, asked, source, bucket, now)
            if source.retrieval is None:
                return made
            reached()
            return replace(made, retrieval=source.retrieval)

    return Mutated


def frozen(thing: StoredObject) -> StoredObject:
    """Return an object in a class that must be restored."""
    return replace(thing, storage_class=StorageClass.COLD_ARCHIVE)


def removed(_: StoredObject) -> None:
    """Return nothing in place of an object."""


# id, fault, says, damage
CONSEQUENCES: tuple[tuple[str, OssError, str, Damage], ...] = (
    ("put-keeps-restoring", inheriting(G.RESTORING), "a running restore passes to what is put", READABLE),
    ("put-keeps-restored", inheriting(G.RESTORED), "the state of an overwritten object survives", READABLE),
    ("put-again-inherits", inheriting(G.DELETED), "a restore outlives the object", READABLE),
    ("copy-inherits", OnService(copy_inherits), "a copy takes over the restore of its source", READABLE),
    ("archive-lost", changing(removed, *ARCHIVE), "a refused clean deletes an Archive object", LOST),
    ("archive-emptied", changing(emptied, *ARCHIVE), "a refused clean empties an Archive object", LOST),
    ("standard-lost", changing(removed, *PLAIN), "a refused clean deletes what needs no restore", LOST),
    ("standard-emptied", changing(emptied, *PLAIN), "a refused clean empties what needs no restore", LOST),
    ("standard-frozen", changing(frozen, *PLAIN), "a refused clean freezes what was readable", UNREADABLE),
)
"""Wrong about what later requests find. None of them is on the page."""


HUNTED = frozenset({"restore-extends", "restore-at-once", "put-keeps-restored"})
"""What the life-cycle machine must find by itself."""


def mutant(name: str, fault: OssError, says: str, damage: Damage, breaks: Evidence) -> Mutant:
    """Return the mutant of a row."""
    return Mutant(
        id=f"transition-{name}",
        family=Family.TRANSITIONS,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
        first=("life-cycle",) if name in HUNTED else (),
    )


MUTANTS: tuple[Mutant, ...] = (
    *(mutant(i, cell(s, t, o), says, damage, DOCUMENTED) for i, s, t, o, says, damage in STATES),
    *(
        mutant(r.id, wrong(r.label, r.given, r.outcome, r.state), r.sentence, r.damage, r.breaks)
        for r in ROWS
    ),
    *(
        mutant(i, wrong("clean", g, o, s, classes), says, damage, INFERRED)
        for i, g, o, s, classes, says, damage in CLASSES
    ),
    *(mutant(i, fault, says, damage, INFERRED) for i, fault, says, damage in CONSEQUENCES),
)
