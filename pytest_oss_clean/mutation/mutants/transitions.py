"""Mutants of the life cycle's table: each cell wrong in every plausible way.

A cell is a history and a request. What a client may rely on is as well known as the cell of the clean
is; a row that names its evidence is wrong about something that only a check looks at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pytest_oss_clean.contracts.cells import CLEAN
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import LifeCycle, State
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.by_history import changing, emptied, inheriting, wrong
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Row, Table, mutants
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, Evidence
from pytest_oss_clean.spec.history import Given

CLEANED, STALE, NOT_FINISHED = Outcome.CLEANED, Outcome.STALE, Outcome.NOT_FINISHED
UNSUPPORTED, ACCEPTED, IN_PROGRESS = Outcome.UNSUPPORTED, Outcome.ACCEPTED, Outcome.IN_PROGRESS
EXTENDED = Outcome.EXTENDED
FROZEN, RESTORING, RESTORED = State.FROZEN, State.RESTORING, State.RESTORED
MONEY, MISLED, LOST = Damage.MONEY, Damage.MISLED, Damage.LOST
READABLE, UNREADABLE = Damage.READABLE, Damage.UNREADABLE
ARCHIVE = frozenset({StorageClass.ARCHIVE})
PLAIN = frozenset({StorageClass.STANDARD, StorageClass.IA})


@service_fault("clean", of=LifeCycle)
def cell(call: MethodCall, state: State, after: State, outcome: Outcome) -> object:
    """Answer a clean of every object in one state otherwise, or leave it in another state."""
    storage_class, retrieval, now = call.given
    if call.owner.state(retrieval, now) is not state or storage_class in call.owner.clean_unrestorable:
        return call.right()
    call.reached()
    return (None if after is FROZEN else retrieval), outcome


STATES: Table = {
    (DOCUMENTED, MISLED): (
        ("never-restored-cleaned", FROZEN, FROZEN, CLEANED, "a frozen object is cleaned"),
        ("never-restored-not-finished", FROZEN, FROZEN, NOT_FINISHED, "what is frozen counts as restoring"),
        ("restoring-stale", RESTORING, RESTORING, STALE, "a restoring object counts as frozen"),
    ),
    (DOCUMENTED, UNREADABLE): (
        ("restoring-cleaned", RESTORING, FROZEN, CLEANED, "a clean cancels the running restore"),
        ("restoring-ended", RESTORING, FROZEN, NOT_FINISHED, "a refused clean ends the restore"),
    ),
    (DOCUMENTED, MONEY): (
        ("restored-stale", RESTORED, RESTORED, STALE, "a restored object cannot be cleaned"),
        ("restored-not-finished", RESTORED, RESTORED, NOT_FINISHED, "what is restored counts as restoring"),
        ("restored-kept", RESTORED, RESTORED, CLEANED, "a clean answers 200 and does nothing"),
    ),
}
"""Wrong about every object in a state."""


G = Given
CELLS = {
    MISLED: (
        ("never-restored-unsupported", G.NEVER_RESTORED, UNSUPPORTED, None, "not supported when frozen"),
        ("restoring-in-progress", G.RESTORING, IN_PROGRESS, None, "answered as a restore would be"),
        ("restoring-unharmed", G.RESTORING, CLEANED, None, "a clean while restoring is 200, ignored"),
        ("restored-secretly", G.RESTORED, STALE, FROZEN, "a clean is carried out and refused"),
        ("cleaned-cleaned", G.CLEANED, CLEANED, None, "a second clean is 200 again"),
        ("cleaned-not-finished", G.CLEANED, NOT_FINISHED, None, "what was cleaned counts as restoring"),
        ("extended-twice", G.EXTENDED_CLEANED, CLEANED, None, "an extension is cleaned apart"),
        ("overwritten-cleaned", G.OVERWRITTEN, CLEANED, None, "what is put twice is cleaned"),
        ("overwritten-not-finished", G.OVERWRITTEN, NOT_FINISHED, None, "what is put twice restores"),
        ("overwritten-after", G.OVERWRITTEN_CLEANED, CLEANED, None, "a put undoes a clean"),
        ("expired-not-finished", G.EXPIRED, NOT_FINISHED, None, "what expired counts as restoring"),
        ("again-stale", G.RESTORING_AGAIN, STALE, None, "a clean before a restore still counts"),
        ("after-expiry-stale", G.RESTORING_AFTER_EXPIRY, STALE, None, "an expiry outlives a restore"),
        ("raised-stale", G.TIER_RAISED, STALE, None, "a raised tier hides the restore"),
        ("put-over-restoring", G.OVERWRITTEN_RESTORING, NOT_FINISHED, None, "the old restore counts"),
        ("put-over-restored", G.OVERWRITTEN_RESTORED, CLEANED, None, "the old restore is cleaned"),
        ("put-then-restoring", G.OVERWRITTEN_THEN_RESTORING, STALE, None, "a put hides a later restore"),
        ("put-again-cleaned", G.PUT_AGAIN, CLEANED, None, "what was deleted is cleaned"),
        ("copied-onto-cleaned", G.COPIED_ONTO_RESTORED, CLEANED, None, "what was copied over counts"),
        ("copy-cleaned", G.COPY_OF_RESTORED, CLEANED, None, "a copy counts as restored"),
    ),
    READABLE: (
        ("never-restored-thawed", G.NEVER_RESTORED, STALE, RESTORED, "a refused clean restores"),
        ("restored-restoring", G.RESTORED, CLEANED, RESTORING, "what was cleaned is restoring"),
        ("cleaned-back", G.CLEANED, CLEANED, RESTORED, "a second clean takes the first one back"),
    ),
    MONEY: (
        ("never-restored-begun", G.NEVER_RESTORED, ACCEPTED, RESTORING, "a clean begins a restore"),
        ("extended-stale", G.EXTENDED, STALE, None, "an extended restore cannot be cleaned"),
        ("extended-not-finished", G.EXTENDED, NOT_FINISHED, None, "what is extended is restoring"),
        ("extended-kept", G.EXTENDED, CLEANED, None, "a clean takes back the extension only"),
        ("again-restored-stale", G.RESTORED_AGAIN, STALE, None, "once cleaned, cleaned for ever"),
        ("again-restored-not-finished", G.RESTORED_AGAIN, NOT_FINISHED, None, "a second one never ends"),
        ("after-expiry-kept", G.RESTORED_AFTER_EXPIRY, STALE, None, "once expired, stale for ever"),
        ("put-then-restored", G.OVERWRITTEN_THEN_RESTORED, STALE, None, "put twice, it stays restored"),
        ("both-restored", G.BOTH_RESTORED, STALE, None, "only the first put can be cleaned"),
    ),
    UNREADABLE: (
        ("again-cancelled", G.RESTORING_AGAIN, CLEANED, FROZEN, "a second restore is cancelled"),
        ("raised-cancelled", G.TIER_RAISED, CLEANED, FROZEN, "a raised restore is cancelled"),
        ("both-restoring", G.BOTH_RESTORING, CLEANED, FROZEN, "the first restore counts for both"),
    ),
}
"""Wrong about the cold objects with one history: name, history, outcome, state after, what is wrong."""

CHECKED = {
    READABLE: (
        ("restoring-completed", "clean", G.RESTORING, NOT_FINISHED, RESTORED, "a refused clean completes it"),
        ("restore-extends", "restore", G.CLEANED, EXTENDED, RESTORED, "a restore extends the cleaned one"),
        ("restore-at-once", "restore", G.CLEANED, ACCEPTED, RESTORED, "a second restore finishes at once"),
    ),
    UNREADABLE: (
        ("restore-cools-down", "restore", G.CLEANED, IN_PROGRESS, None, "a restore soon after is refused"),
    ),
    LOST: (
        ("restore-forbidden", "restore", G.CLEANED, UNSUPPORTED, None, "no restore is accepted any more"),
    ),
}
"""Wrong about what only a check looks at: name, request, history, outcome, state after, what is wrong."""

CLASSES: Table = {
    (INFERRED, MISLED): (
        ("archive-cleaned", "clean", G.NEVER_RESTORED, CLEANED, None, ARCHIVE, "frozen Archive is cleaned"),
        (
            "archive-completed",
            "clean",
            G.RESTORING,
            STALE,
            None,
            ARCHIVE,
            "restoring Archive counts as frozen",
        ),
        (
            "standard-cleaned",
            "clean",
            G.NEVER_RESTORED,
            CLEANED,
            None,
            PLAIN,
            "what needs no restore is cleaned",
        ),
    ),
    (INFERRED, UNREADABLE): (
        (
            "archive-cancelled",
            "clean",
            G.RESTORING,
            CLEANED,
            FROZEN,
            ARCHIVE,
            "Archive's restore is cancelled",
        ),
    ),
    (INFERRED, MONEY): (
        ("archive-kept", "clean", G.RESTORED, CLEANED, None, ARCHIVE, "restored Archive is cleaned twice"),
    ),
}
"""Wrong about the classes that the page does not name."""


@service_fault("make_copy")
def copy_inherits(call: MethodCall) -> object:
    """Let a copy take over the restore of its source."""
    made, source = call.right(), call.given[2]
    if source.retrieval is None:
        return made
    call.reached()
    return replace(made, retrieval=source.retrieval)


def frozen(thing: StoredObject) -> StoredObject:
    return replace(thing, storage_class=StorageClass.COLD_ARCHIVE)


def removed(_: StoredObject) -> None:
    """Return nothing in place of an object."""


CONSEQUENCES: Table = {
    (INFERRED, READABLE): (
        ("put-keeps-restoring", inheriting(G.RESTORING), "a running restore passes to what is put"),
        ("put-keeps-restored", inheriting(G.RESTORED), "the state of an overwritten object survives"),
        ("put-again-inherits", inheriting(G.DELETED), "a restore outlives the object"),
        ("copy-inherits", copy_inherits(), "a copy takes over the restore of its source"),
    ),
    (INFERRED, LOST): (
        ("archive-lost", changing(removed, ARCHIVE), "a refused clean deletes an Archive object"),
        ("archive-emptied", changing(emptied, ARCHIVE), "a refused clean empties an Archive object"),
        ("standard-lost", changing(removed, PLAIN), "a refused clean deletes what needs no restore"),
        ("standard-emptied", changing(emptied, PLAIN), "a refused clean empties what needs no restore"),
    ),
    (INFERRED, UNREADABLE): (
        ("standard-frozen", changing(frozen, PLAIN), "a refused clean freezes what was readable"),
    ),
}
"""Wrong about what later requests find. None of them is on the page."""


HUNTED = frozenset({"restore-extends", "restore-at-once", "put-keeps-restored"})
"""What the life-cycle machine must find by itself."""


FIRST = {**dict.fromkeys(HUNTED, ("life-cycle",)), "restored-kept": ("generated-twins-restored",)}


def cells() -> Table:
    """Return rows by what a client may rely on: it is as well known as the cell of the clean is."""
    table: dict[tuple[Evidence, Damage], list[Row]] = defaultdict(list)
    for damage, rows in CELLS.items():
        for name, given, outcome, state, says in rows:
            row = (name, "clean", given, outcome, state, f"{given}: {says}")
            table[Evidence(str(CLEAN[given].mark)), damage].append(row)
    for damage, others in CHECKED.items():
        table[INFERRED, damage] += [(*row[:-1], f"{row[2]}: {row[-1]}") for row in others]
    return table


MUTANTS: tuple[Mutant, ...] = tuple(
    mutant
    for fault, tables in ((cell, (STATES,)), (wrong, (cells(), CLASSES, CONSEQUENCES)))
    for table in tables
    for mutant in mutants("transition", Family.TRANSITIONS, table, of=fault, first=FIRST)
)
