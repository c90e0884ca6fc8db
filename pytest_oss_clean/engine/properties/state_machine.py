"""The life-cycle machine: moves of several objects, drawn by weights that depend on what each is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from pytest_oss_clean.engine.properties.model import Kind, Known, Life, Move, When
from pytest_oss_clean.engine.properties.player import Player
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.storage_classes import LONGEST_RESTORE
from pytest_oss_clean.spec.history import State

OBJECTS, VERSIONED_OBJECTS = 2, 1
LOOK = {Kind.HEAD: 2, Kind.GET: 2, Kind.LIST: 1}
WEIGHTS = {
    None: {Kind.PUT: 4},
    State.GONE: {Kind.PUT: 16, Kind.CLEAN: 1, Kind.RESTORE: 1, Kind.HEAD: 1, Kind.GET: 1},
    State.FROZEN: {Kind.RESTORE: 7, Kind.CLEAN: 6, Kind.PUT: 1, Kind.COPY: 1, Kind.DELETE: 1, **LOOK},
    State.RESTORING: {
        Kind.CLOCK: 8,
        Kind.CLEAN: 3,
        Kind.PUT: 1,
        Kind.RESTORE: 1,
        Kind.COPY: 1,
        Kind.DELETE: 1,
        **LOOK,
    },
    State.RESTORED: {
        Kind.CLEAN: 7,
        Kind.CLOCK: 8,
        Kind.PUT: 4,
        Kind.RESTORE: 2,
        Kind.COPY: 1,
        Kind.DELETE: 1,
        **LOOK,
    },
}
"""How often what is done to an object in a state, beside each other."""

STICKY, OPEN_HEADS, BESIDE_HEADS, ALONE_PUTS = 8, 4, 8, 5
"""How much more often the same object is taken again, what is open is looked at, and a version beside one
that was just cleaned; and how much more often a version is put beside a single one."""

MOMENTS = (When.AFTER, When.AFTER, When.AFTER, When.AFTER, When.BEFORE, When.AT)
DAYS = (1, 7)


@dataclass(frozen=True, slots=True)
class Choice:
    """What may come next: done to which object or version, and what there is to choose from for it."""

    kind: Kind
    slot: int
    version: int | None
    classes: tuple[StorageClass, ...] = ()
    tiers: tuple[Tier | None, ...] = ()


def moves(player: Player) -> st.SearchStrategy[Move]:
    """Return the moves that fit, the likely ones often."""
    weighed: list[tuple[Choice, int]] = []
    for slot, versions in enumerate(player.slots):
        times = STICKY if slot == player.last else 1
        for number, life in enumerate(versions):
            named = number if player.versioned and life.version else None
            beside = any(other.cleaned is not None for other in versions if other is not life)
            more = {
                Kind.HEAD: BESIDE_HEADS if beside else OPEN_HEADS if life.known is not Known.SEEN else 1,
                Kind.PUT: ALONE_PUTS if player.versioned and len(versions) == 1 else 1,
            }
            for kind, weight in WEIGHTS[life.state].items():
                choice = _choice(player, kind, slot, named)
                weighed.append((choice, weight * times * more.get(kind, 1)))
    return _chosen(tuple(weighed))


def _choice(player: Player, kind: Kind, slot: int, version: int | None) -> Choice:
    if kind is Kind.PUT:
        return Choice(kind, slot, version, classes=_classes(player))
    if kind is Kind.RESTORE:
        return Choice(
            kind, slot, version, tiers=_tiers(player.slots[slot][-1 if version is None else version])
        )
    return Choice(kind, slot, version)


@lru_cache(maxsize=1024)
def _chosen(weighed: tuple[tuple[Choice, int], ...]) -> st.SearchStrategy[Move]:
    """Return what draws one of these; it is made once, since making it costs more than drawing."""
    return st.sampled_from([choice for choice, weight in weighed for _ in range(weight)]).flatmap(_how)


@lru_cache(maxsize=1024)
def _how(choice: Choice) -> st.SearchStrategy[Move]:
    move = partial(Move, choice.kind, choice.slot)
    if choice.kind is Kind.PUT:
        return st.sampled_from(choice.classes).map(lambda each: move(storage_class=each))
    if choice.kind is Kind.RESTORE:
        asked = st.tuples(st.sampled_from(choice.tiers), st.sampled_from(DAYS))
        return asked.map(lambda each: move(choice.version, tier=each[0], days=each[1]))
    if choice.kind is Kind.CLOCK:
        return st.sampled_from(MOMENTS).map(lambda when: move(choice.version, when=when))
    return st.just(move(choice.version))


def _classes(player: Player) -> tuple[StorageClass, ...]:
    """Return the class of the contract, and now and then another one that is claimed."""
    own = player.trial.case.storage_class
    others = (StorageClass.DEEP_COLD_ARCHIVE, StorageClass.ARCHIVE)
    return (own, own, own, *(each for each in others if str(each) in player.trial.target.claims))


def _tiers(life: Life) -> tuple[Tier | None, ...]:
    return tuple(tier for storage_class, tier in LONGEST_RESTORE if storage_class is life.storage_class)


class Machine(RuleBasedStateMachine):
    def __init__(self, trial: Trial, objects: int, *, versioned: bool) -> None:
        super().__init__()
        self.player = Player(trial, objects, versioned=versioned)

    @rule(move=st.runner().flatmap(lambda self: moves(self.player)))
    def act(self, move: Move) -> None:
        self.player.play(move)


def objects(trial: Trial) -> Machine:
    return Machine(trial, OBJECTS, versioned=False)


def versions(trial: Trial) -> Machine:
    return Machine(trial, VERSIONED_OBJECTS, versioned=True)


def play_objects(trial: Trial) -> None:
    _play(trial, Player(trial, OBJECTS))


def play_versions(trial: Trial) -> None:
    _play(trial, Player(trial, VERSIONED_OBJECTS, versioned=True))


def _play(trial: Trial, player: Player) -> None:
    listed: Any = next(trial.listed or iter([()]))
    for move in listed:
        player.play(move)
