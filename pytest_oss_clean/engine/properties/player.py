"""Playing moves on a target: each is one request, or the clock; what it shows is judged by the oracle.

A move that does not fit (nothing there to copy, nothing under way) is passed over, so that a sequence
can be played again with any of its moves left out. After an answer that leaves it open what happened,
nothing is said of the object until another one is put.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from pytest_oss_clean.contracts.cells import Operation
from pytest_oss_clean.engine.probes import state_shown
from pytest_oss_clean.engine.properties.model import Kind, Known, Life, Move
from pytest_oss_clean.engine.properties.oracle import Oracle, matchers_of
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.engine.provisioning import content_of
from pytest_oss_clean.engine.settling import PAUSE
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import STORAGE_CLASS, VERSION_ID
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.storage_classes import COLD, LONGEST_RESTORE
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.history import Given, State
from pytest_oss_clean.spec.request import Bucket
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.target import OssClient

STEP = 0.05
"""Seconds between probes of a target that notices its clock late."""

OPERATIONS = {
    Kind.CLEAN: Operation.CLEAN,
    Kind.GET: Operation.GET,
    Kind.HEAD: Operation.HEAD,
    Kind.RESTORE: Operation.RESTORE,
    Kind.LIST: Operation.LIST,
    Kind.COPY: Operation.COPY,
    Kind.DELETE: Operation.DELETE,
}
"""The operations whose cells moves visit."""


def see_class(trial: Trial, client: OssClient, life: Life) -> None:
    """See once that the target takes the class of an object at all; else the search ends."""
    taken = trial.provisioner.steps.taken
    if life.storage_class in taken:
        return
    head = client.head(life.name)
    shown = head.header(STORAGE_CLASS)
    if not head.succeeded or shown != life.storage_class:
        trial.stop(NotTestedError(f"HEAD of a new object: {STORAGE_CLASS} is {shown or 'absent'}"))
    taken.add(life.storage_class)
    client.supersede()


def await_state(client: OssClient, life: Life, deadline: float) -> None:
    """Give a target the time that it may take to notice its clock."""
    while client.target.pace.now() < deadline:
        shown = state_shown(client.head(life.name, life.version))
        client.supersede()
        if shown == life.state:
            return
        client.target.pace.sleep(STEP)


BROKEN, MISSING = 500, 404
MOST_VERSIONS = 3


class Player:
    """Plays moves with the objects of one trial; `slots` hold the versions of each, the newest last."""

    def __init__(self, trial: Trial, slots: int, *, versioned: bool = False) -> None:
        self.trial, self.versioned = trial, versioned
        target = trial.target
        self.client = trial.beside(Bucket.VERSIONED if versioned else Bucket.MAIN)
        control = target.time
        self.still = isinstance(control, Advancing) and control.exclusive
        self.movable = self.still and "movable-clock" in target.claims
        self.instant = "instant-restore" in target.claims
        self.judge = Oracle(target.demand)
        self.slots = [[Life(trial.name(str(n)))] for n in range(slots)]
        self.pace, self.steps = target.pace, trial.provisioner.steps
        self.puts, self.moved, self.began = 0, 0, self.pace.now()
        self.steps.watch.begin()
        self.last = 0
        self.moves: list[object] = []
        trial.values.append(self.moves)

    @property
    def now(self) -> float:
        """Return the seconds of the restore clock since the beginning."""
        return self.moved + self.pace.now() - self.began

    def lives(self) -> list[Life]:
        return [life for versions in self.slots for life in versions]

    def life(self, move: Move) -> Life:
        versions = self.slots[move.slot]
        return versions[-1 if move.version is None else min(move.version, len(versions) - 1)]

    def play(self, move: Move) -> None:
        said = len(self.client.transcript)
        self.moves.append(move)
        self.trial.drawn.append(str(move))
        self.last = move.slot
        try:
            self._moves[move.kind](self, move)
        finally:
            if len(self.client.transcript) == said:
                self.moves.pop()
                self.trial.drawn.pop()

    def _put(self, move: Move) -> None:
        versions = self.slots[move.slot]
        life = versions[-1]
        self.puts += 1
        if self.versioned and life.given is not Given.NEVER_PUT:
            if len(versions) >= MOST_VERSIONS or life.given is None:
                return
            life = Life(life.name)
        elif life.given is None:
            life = versions[-1] = Life(self.trial.name(f"{move.slot}-{self.puts}"))
        content = content_of(f"{life.name} {self.puts}")
        response = self.client.put(life.name, content, move.storage_class)
        life.happen("put", response.status)
        if not self._done(life, response):
            return
        life.storage_class, life.content, life.known = move.storage_class, content, Known.SEEN
        life.version = response.header(VERSION_ID) or "" if self.versioned else ""
        if self.versioned and not life.version:
            life.forget()
        if life not in versions:
            versions.append(life)
        see_class(self.trial, self.client, life)

    def _restore(self, move: Move) -> None:
        life = self.life(move)
        if life.given is None or (life.storage_class, move.tier) not in LONGEST_RESTORE:
            return
        state, was_open = life.state, life.known is Known.OPEN
        self._visit(life, Kind.RESTORE)
        response = self.client.restore(life.name, self._id(move, life), days=move.days, tier=move.tier)
        raised = state is State.RESTORING and move.tier != life.tier
        if not self._told(life, response) or (not raised and not self._judge(life, Kind.RESTORE, response)):
            return
        if response.succeeded and was_open:
            life.forget()
        elif response.succeeded:
            life.happen("restore", response.status)
            self._begin(life, move, state)

    def _begin(self, life: Life, move: Move, state: State | None) -> None:
        if state is State.RESTORED:
            life.extend(self.now, move.days)
        elif life.given is not None:
            known = Known.DERIVED if self.still and not self.instant else Known.OPEN
            life.begin(self.now, move.tier, move.days, known)

    def _clean(self, move: Move) -> None:
        life = self.life(move)
        if life.given is None:
            return
        met, was, sight = life.given, life.known, life.sight
        self._visit(life, Kind.CLEAN)
        response = self.client.clean(life.name, self._id(move, life))
        findings = self.judge.clean(life, response)
        if not self._told(life, response, findings) or not self._keep(life, Kind.CLEAN, findings):
            return
        if response.succeeded and was is Known.OPEN:
            life.forget()
        elif response.succeeded:
            life.happen("clean", response.status)
        if response.succeeded:
            self._await_frozen(move, life)
        life.cleaned, life.before = (met, sight) if life.given is not None else (None, None)
        for other in self.lives():
            if other is not life and not self.versioned:
                other.beside.append(met)

    def _await_frozen(self, move: Move, life: Life) -> None:
        judged = self.trial.judged is self.client.last
        self.steps.settling.await_frozen(self.client, life.name, life.storage_class, self._id(move, life))
        if judged:
            self.trial.judged = self.client.last

    def _probe(self, move: Move, kind: Kind, ask: Callable[[str, str], Response]) -> None:
        life = self.life(move)
        if life.given is None:
            return
        self._visit(life, kind)
        settling = self.steps.settling
        deadline = self.pace.now() + (settling.allowance(kind) if life.cleaned else 0)
        while True:
            response = ask(life.name, self._id(move, life))
            findings = self.judge.probe(life, kind, response)
            shown = not any(f.problem for f in findings)
            if shown or self.pace.now() >= deadline:
                break
            self.client.supersede()
            self.pace.sleep(PAUSE)
        if life.cleaned:
            settling.note(kind, shown=shown)
        if response.transport_error or response.status >= BROKEN or self._throttled(response):
            return
        if self._keep(life, kind, findings) and kind is Kind.HEAD:
            self._see(life, response)

    def _see(self, life: Life, response: Response) -> None:
        shown = "gone" if response.status == MISSING else state_shown(response)
        if life.known is Known.OPEN:
            life.see(shown, self.now)
        elif life.state == shown:
            life.known = Known.SEEN if self.still or shown != State.RESTORING else Known.OPEN
        life.sight = response
        life.beside.clear()

    def _copy(self, move: Move) -> None:
        source, slot = self.life(move), (move.slot + 1) % len(self.slots)
        goal = self.slots[slot][-1]
        if self.versioned or source is goal or source.state in (None, State.GONE):
            return
        if goal.given not in (Given.NEVER_PUT, Given.RESTORED):
            return
        self._visit(source, Kind.COPY)
        response = self.client.copy(source.name, goal.name, source.storage_class)
        if not self._told(goal, response):
            return
        restored = source.state is State.RESTORED and source.known is not Known.OPEN
        if not self._judge(source, Kind.COPY, response) or (response.succeeded and not restored):
            goal.forget()
        elif response.succeeded:
            goal.happen("copy", response.status)
            goal.storage_class, goal.content, goal.known = source.storage_class, source.content, Known.SEEN

    def _delete(self, move: Move) -> None:
        life = self.life(move)
        if self.versioned or life.given is None or life.state is State.GONE:
            return
        self._visit(life, Kind.DELETE)
        response = self.client.delete(life.name)
        if self._done(life, response):
            was_open = life.known is Known.OPEN
            life.happen("delete", response.status)
            life.known = Known.SEEN
            if was_open:
                life.forget()

    def _clock(self, move: Move) -> None:
        life = self.life(move)
        seconds = math.ceil(life.moment(move.when, self.now)) if life.given is not None else 0
        if not self.movable or seconds <= 0:
            return
        grace = self.steps.move(self.client, life.name, seconds)
        self.moved += seconds
        deadline = self.pace.now() + grace
        before = [(each, each.state) for each in self.lives()]
        for each, _ in before:
            each.pass_time(self.now)
        for each, was in before:
            if each.state is not was and each.known is not Known.OPEN:
                await_state(self.client, each, deadline)
        self.steps.watch.begin()

    def _judge(self, life: Life, kind: Kind, response: Response) -> bool:
        return self._keep(life, kind, self.judge.probe(life, kind, response))

    def _keep(self, life: Life, kind: Kind, findings: list[Finding]) -> bool:
        """Keep findings; an object that shows a difference is not known any more."""
        expected = matchers_of(life, kind)
        last = self.client.transcript[-1]
        if expected and findings and last is self.client.last:
            exchange = replace(self.client.last, expected=expected)
            self.client.transcript[-1] = exchange
            if any(f.problem for f in findings) or self.trial.judged is None:
                self.trial.judged = exchange
        wrong = any(f.problem for f in findings)
        if wrong:
            life.forget()
        for finding in sorted(findings, key=lambda f: not f.fails):
            self.trial.find(finding)
        return not wrong

    def _throttled(self, response: Response) -> bool:
        return self.pace.is_throttled(response)

    def _told(self, life: Life, response: Response, findings: list[Finding] | None = None) -> bool:
        """Return whether an answer says what happened; else nothing is known any more."""
        if response.transport_error or self._throttled(response):
            life.forget()
            return False
        if response.status >= BROKEN:
            if findings:
                self._keep(life, Kind.CLEAN, findings)
            life.forget()
            return False
        return True

    def _done(self, life: Life, response: Response) -> bool:
        if response.succeeded and not self._throttled(response):
            return True
        life.forget()
        return False

    def _id(self, move: Move, life: Life) -> str:
        return life.version if move.version is not None else ""

    def _visit(self, life: Life, kind: Kind) -> None:
        cold = life.storage_class in COLD and not self.versioned
        if life.given is not None and life.known is not Known.OPEN and cold:
            self.trial.visits[life.given, OPERATIONS[kind]] += 1

    def _head(self, move: Move) -> None:
        self._probe(move, Kind.HEAD, self.client.head)

    def _get(self, move: Move) -> None:
        self._probe(move, Kind.GET, self.client.get)

    def _list(self, move: Move) -> None:
        if "list" in self.trial.target.claims and not self.versioned:
            self._probe(move, Kind.LIST, lambda name, _: self.client.list(name))

    _moves: ClassVar[Mapping[Kind, Callable[[Player, Move], None]]] = {
        Kind.PUT: _put,
        Kind.RESTORE: _restore,
        Kind.CLEAN: _clean,
        Kind.HEAD: _head,
        Kind.GET: _get,
        Kind.LIST: _list,
        Kind.COPY: _copy,
        Kind.DELETE: _delete,
        Kind.CLOCK: _clock,
    }
