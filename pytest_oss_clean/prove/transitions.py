"""Mutants of the life cycle's table: each cell wrong in every plausible way."""

from __future__ import annotations

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import TRANSITIONS, Event, LifeCycle, Retrieval, State
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.evidence import Evidence
from pytest_oss_clean.prove.mutant import Damage, Family, Mutant, OnService, Reached
from pytest_oss_clean.vocabulary import StorageClass

DOCUMENTED = Evidence.DOCUMENTED


def cell(state: State, after: State, outcome: Outcome) -> OnService:
    """Answer a clean of an object in one state otherwise, or leave it in another state."""

    def make(reached: Reached) -> type[Service]:
        class Changed(LifeCycle):
            def clean(
                self, storage_class: StorageClass, retrieval: Retrieval | None, now: float
            ) -> tuple[Retrieval | None, Outcome]:
                if self.state(retrieval, now) is state:
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
CELLS = (
    (
        "never-restored-cleaned",
        State.FROZEN,
        State.FROZEN,
        Outcome.CLEANED,
        "a frozen object is cleaned",
        Damage.MISLED,
    ),
    (
        "never-restored-not-finished",
        State.FROZEN,
        State.FROZEN,
        Outcome.NOT_FINISHED,
        "a frozen object counts as restoring",
        Damage.MISLED,
    ),
    (
        "restoring-cleaned",
        State.RESTORING,
        State.FROZEN,
        Outcome.CLEANED,
        "a clean cancels the running restore",
        Damage.UNREADABLE,
    ),
    (
        "restoring-stale",
        State.RESTORING,
        State.RESTORING,
        Outcome.STALE,
        "a restoring object counts as frozen",
        Damage.MISLED,
    ),
    (
        "restoring-ended",
        State.RESTORING,
        State.FROZEN,
        Outcome.NOT_FINISHED,
        "a refused clean ends the restore",
        Damage.UNREADABLE,
    ),
    (
        "restored-stale",
        State.RESTORED,
        State.RESTORED,
        Outcome.STALE,
        "a restored object cannot be cleaned",
        Damage.MONEY,
    ),
    (
        "restored-not-finished",
        State.RESTORED,
        State.RESTORED,
        Outcome.NOT_FINISHED,
        "a restored object counts as restoring",
        Damage.MONEY,
    ),
    (
        "restored-kept",
        State.RESTORED,
        State.RESTORED,
        Outcome.CLEANED,
        "a clean answers 200 and does nothing",
        Damage.MONEY,
    ),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"transition-{name}",
        family=Family.TRANSITIONS,
        says=says,
        breaks=DOCUMENTED,
        damage=damage,
        fault=cell(state, after, outcome),
    )
    for name, state, after, outcome, says, damage in CELLS
)
