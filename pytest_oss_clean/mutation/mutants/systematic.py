"""Mutants that made-up data is to find: the fault is in every operation, so that all of it fits together.

A server that reads each name wrongly in the same way shows nothing of it, until two names meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import OssError as Refused
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import Level, level
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults.authenticator import accepting
from pytest_oss_clean.mutation.faults.routing import HANDLER, renamed
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnService, OssError, Reached
from pytest_oss_clean.mutation.mutants import names
from pytest_oss_clean.mutation.mutants.authentication import v1, v4
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
LONGEST_OF_A_FILE = 255

TWINS = ("generated-twins-frozen", "generated-twins-restored")
FROZEN = ("generated-names-frozen",)
UNDECIDED = ("generated-twins-undecided",)
TAMPERED, TAMPERED_V1 = ("generated-tampered",), ("generated-tampered-v1",)


def parent(name: str) -> str:
    """Follow `..` upwards, and leave all else as it is."""
    kept: list[str] = []
    for segment in name.split("/"):
        if segment == ".." and kept:
            kept.pop()
        else:
            kept.append(segment)
    return "/".join(kept)


read = partial(renamed, everywhere=True)
"""Takes every object for the one of another name, in every operation."""


def losing(lost: Callable[[str], bool], handlers: Callable[[str], bool]) -> OnService:
    """Find no object of some names, in some operations."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
                if level(operation) is Level.OBJECT and handlers(handler) and lost(operation.name):
                    reached()
                    raise Refused(errors.NO_SUCH_KEY, (("Key", operation.name),))
                return super().handle(handler, operation, reply)

        return Mutated

    return OnService(make)


def any_query(operation: Operation) -> Iterator[Operation]:
    """Return what a signature was made of that covers no query: this request with another one."""
    for query in ((), ((CLEAN, None),), *(operation.query[:n] + operation.query[n + 1 :] for n in range(4))):
        yield replace(operation, query=query)
    for name in ("restore", "acl", "versions", "tagging"):
        yield replace(operation, query=((name, None),))
    for parameter in ("note", "a", "x-oss-process", "\u00e9"):
        for value in ("1", "", "a b"):
            yield replace(operation, query=((CLEAN, None), (parameter, value)))


def no_sub_resource(operation: Operation) -> Iterator[Operation]:
    """Return what a signature was made of that leaves sub-resources out."""
    yield replace(operation, query=())


Row = tuple[str, Evidence, OssError, str, Damage, tuple[str, ...]]

ROWS: tuple[Row, ...] = (
    ("decoded-twice", DOCUMENTED, read(unquote), "all names are decoded twice", Damage.WRONG_OBJECT, TWINS),
    (
        "plus",
        DOCUMENTED,
        read(lambda name: name.replace("+", " ")),
        "`+` is a blank in all names",
        Damage.WRONG_OBJECT,
        TWINS,
    ),
    (
        "slashes",
        INFERRED,
        read(names.slashes),
        "doubled slashes are one in all names",
        Damage.WRONG_OBJECT,
        UNDECIDED,
    ),
    ("case", DOCUMENTED, read(str.lower), "all names are kept in lower case", Damage.WRONG_OBJECT, TWINS),
    ("composed", DOCUMENTED, read(names.composed), "all names are kept in NFC", Damage.WRONG_OBJECT, TWINS),
    ("trimmed", DOCUMENTED, read(str.strip), "all names are kept without blanks", Damage.LOST, TWINS),
    (
        "long",
        DOCUMENTED,
        losing(
            lambda name: len(name.encode("utf-8", "surrogateescape")) > LONGEST_OF_A_FILE,
            lambda handler: handler != "put_object",
        ),
        "objects whose names have more than 255 bytes are lost",
        Damage.LOST,
        FROZEN,
    ),
    (
        "astral",
        DOCUMENTED,
        losing(lambda name: re.search("[\U00010000-\U0010ffff]", name) is not None, HANDLER.__eq__),
        "a clean does not find names with astral characters",
        Damage.MONEY,
        FROZEN,
    ),
    ("parent", INFERRED, read(parent), "`..` in all names leads up", Damage.WRONG_OBJECT, UNDECIDED),
    (
        "v1-sub-resource",
        INFERRED,
        accepting(no_sub_resource, v1),
        "V1 signs no sub-resource",
        Damage.ACCESS,
        TAMPERED_V1,
    ),
    ("v4-query", DOCUMENTED, accepting(any_query, v4), "V4 signs no query", Damage.ACCESS, TAMPERED),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"everywhere-{name}",
        family=Family.AUTHENTICATION if name.startswith("v") else Family.NAMES,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
        first=first,
    )
    for name, breaks, fault, says, damage, first in ROWS
)
