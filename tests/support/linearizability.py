"""A model of the restore life cycle, whether some order of operations explains what clients saw, and
rounds of operations to try it on.

The model is written from the facts file; it imports no rule of the emulator. What the sources leave
open it accepts in each reading, or the rounds stay away from it; extensions alone are taken to add
their days to the expiry. The search is Wing's and Gong's, with a memory of dead ends.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from email.utils import formatdate
from typing import Any, NamedTuple

EPOCH = 1_790_000_000
HOUR, DAY = 3600, 86_400
HOURS = {
    "ColdArchive": {"Expedited": 1, "Standard": 5, "Bulk": 12},
    "DeepColdArchive": {"Expedited": 12, "Standard": 48},
}
LONGEST = 365 * DAY
NO_KEY, FROZEN = (404, "NoSuchKey"), (403, "InvalidObjectState")
IN_PROGRESS = (409, "RestoreAlreadyInProgress")
STALE, NOT_FINISHED = (409, "ArchiveRestoreFileStale"), (409, "ArchiveRestoreNotFinished")
UNSUPPORTED = (400, "OperationNotSupported")


class Event(NamedTuple):
    """What was done, such as `("restore", 2, "Bulk")`, when, what was seen of the answer, and when."""

    does: tuple[Any, ...]
    called: int
    seen: tuple[Any, ...]
    returned: int


class World(NamedTuple):
    """All the model knows: the time, the object's class and number, the end and expiry of its restore."""

    now: int = 0
    thing: tuple[str, int] | None = None
    finish: int | None = None
    expiry: int = 0

    @property
    def state(self):
        if self.thing is None:
            return "missing"
        if self.thing[0] not in HOURS:
            return "readable"
        if self.finish is None or self.now >= self.expiry:
            return "frozen"
        return "restoring" if self.now < self.finish else "restored"

    @property
    def header(self):
        if self.state == "restored":
            return f'ongoing-request="false", expiry-date="{formatdate(EPOCH + self.expiry, usegmt=True)}"'
        return 'ongoing-request="true"' if self.state == "restoring" else None


def body(number):
    return b"%d" % number


def step(world, verb, *values):
    """Return the world after an operation, and every answer that is right."""
    if verb == "advance":
        return world._replace(now=world.now + values[0]), [()]
    if verb == "put":
        return World(world.now, values), [(200,)]
    if verb == "delete":
        return World(world.now), [(204,)]
    if world.state == "missing":
        return world, [(404,) if verb == "head" else NO_KEY]
    return {"head": _head, "get": _get, "restore": _restore, "clean": _clean}[verb](world, *values)


def _head(world):
    etag = hashlib.md5(body(world.thing[1])).hexdigest().upper()
    return world, [(200, world.thing[0], etag, world.header)]


def _get(world):
    readable = world.state in ("readable", "restored")
    return world, [(200, body(world.thing[1]), world.header) if readable else FROZEN]


def _restore(world, days, tier):
    if world.state == "readable":
        return world, [UNSUPPORTED]
    if world.state == "restoring":
        return world, [IN_PROGRESS]
    if world.state == "restored":
        return world._replace(expiry=min(world.expiry + days * DAY, world.now + LONGEST)), [(200,)]
    finish = world.now + HOURS[world.thing[0]][tier] * HOUR
    return world._replace(finish=finish, expiry=finish + days * DAY), [(202,)]


def _clean(world):
    if world.state == "restored":
        return world._replace(finish=None), [(200,)]
    if world.state == "restoring":
        return world, [NOT_FINISHED]
    return world, [STALE] if world.state == "frozen" else [STALE, UNSUPPORTED]  # no source for Standard


def explain(history):
    """Return the operations in an order that explains all that was seen, or None.

    An operation may come next unless one that is still to come had returned before its call.
    """
    dead = set()

    def search(done, world):
        left = [i for i in range(len(history)) if not done >> i & 1]
        if not left:
            return []
        first = min(history[i].returned for i in left)
        for i in left:
            if history[i].called > first or (done, world) in dead:
                continue
            after, right = step(world, *history[i].does)
            rest = search(done | 1 << i, after) if history[i].seen in right else None
            if rest is not None:
                return [history[i], *rest]
        dead.add((done, world))
        return None

    return search(0, World())


def plan(seed):
    """Return what a round does: before the race, in each of its threads, and after it."""
    luck = random.Random(seed)
    kind = luck.choice(list(HOURS))
    tier = luck.choice(list(HOURS[kind]))
    ready = HOURS[kind][tier] * HOUR + 1  # each advance is a second over: none ends on the hour
    numbers = itertools.count(1)
    before = [("put", kind, next(numbers)), ("restore", 1, tier), ("advance", ready), ("clean",)]
    after = [("head",), ("get",)]
    if seed % 4 == 0:  # nothing but cleans and looks meets a restored object
        return before[:3], [[("clean",), luck.choice(after), ("clean",)] for _ in range(3)], after

    def choose():
        verb = luck.choice("clean clean clean clean restore restore advance put delete head get".split())
        values = {
            "put": (luck.choice([kind, kind, "Standard"]), next(numbers)),
            "restore": (luck.choice([1, 2]), tier),
            "advance": (luck.choice([HOUR // 2 + 1, ready, ready, 72 * HOUR + 1]),),
        }
        return verb, *values.get(verb, ())

    sizes = luck.choice([(2, 2), (3, 3), (2, 2, 2), (3, 2, 2), (4, 4), (2, 2, 2, 2), (3, 3, 2)])
    threads = [[choose() for _ in range(size)] for size in sizes]
    return before[: luck.choice([0, 1, 2, 3, 3, 4])], threads, after
