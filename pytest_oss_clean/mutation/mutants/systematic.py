"""Mutants that generated data is to find: the fault is in every operation, so that all of it fits together.

A server that reads each name wrongly in the same way shows nothing of it, until two names meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.operations import Level
from pytest_oss_clean.emulator.routing import level
from pytest_oss_clean.mutation.faults.authenticator import accepting
from pytest_oss_clean.mutation.faults.decorators import CLEAN as HANDLER
from pytest_oss_clean.mutation.faults.decorators import Interception, MethodCall, sender_fault, service_fault
from pytest_oss_clean.mutation.faults.response_edits import error
from pytest_oss_clean.mutation.faults.routing import renamed
from pytest_oss_clean.mutation.faults.side_effects import although, others
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants import names
from pytest_oss_clean.mutation.mutants.authentication import anything, v1, v4
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

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


def long(name: str) -> bool:
    return len(name.encode("utf-8", "surrogateescape")) > LONGEST_OF_A_FILE


def astral(name: str) -> bool:
    return re.search("[\U00010000-\U0010ffff]", name) is not None


read = partial(renamed, everywhere=True)
"""Takes every object for the one of another name, in every operation."""


@service_fault("handle")
def losing(call: MethodCall, lost: Callable[[str], bool], handlers: Callable[[str], bool]) -> object:
    """Find no object of some names, in some operations."""
    operation = call.operation
    if level(operation) is Level.OBJECT and handlers(call.given[0]) and lost(operation.name):
        call.refuse(errors.NO_SUCH_KEY)
    return call.right()


@sender_fault
def slash_refused(call: Interception) -> Response:
    """Find no object where a slash of its name is encoded."""
    right, path = call.right(), call.request.target.partition("?")[0]
    return call.changed(right, error(404, "NoSuchKey")(right)) if call.is_clean and "%2F" in path else right


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


OBJECT = Damage.WRONG_OBJECT
OF_NAMES: Table = {
    (DOCUMENTED, OBJECT): (
        ("decoded-twice", read(unquote), "all names are decoded twice"),
        ("plus", read(lambda name: name.replace("+", " ")), "`+` is a blank in all names"),
        ("case", read(str.lower), "all names are kept in lower case"),
        ("composed", read(names.composed), "all names are kept in NFC"),
        ("others-cleaned", although(errors.FILE_STALE, others(anything)), "a refusal ends other restores"),
    ),
    (INFERRED, OBJECT): (
        ("slashes", read(names.slashes), "doubled slashes are one in all names"),
        ("parent", read(parent), "`..` in all names leads up"),
    ),
    (DOCUMENTED, Damage.LOST): (
        ("trimmed", read(str.strip), "all names are kept without blanks"),
        ("long", losing(long, "put_object".__ne__), "objects with names of more than 255 bytes are lost"),
    ),
    (DOCUMENTED, Damage.LOCKED_OUT): (("slash-encoded", slash_refused(), "%2F in a target is no slash"),),
    (DOCUMENTED, Damage.MONEY): (
        ("astral", losing(astral, HANDLER.__eq__), "a clean does not find names with astral characters"),
    ),
}
OF_SIGNATURES: Table = {
    (INFERRED, Damage.ACCESS): (
        ("v1-sub-resource", accepting(no_sub_resource, v1), "V1 signs no sub-resource"),
    ),
    (DOCUMENTED, Damage.ACCESS): (("v4-query", accepting(any_query, v4), "V4 signs no query"),),
}

FIRST = {
    **dict.fromkeys(("decoded-twice", "plus", "case", "composed", "trimmed"), TWINS),
    **dict.fromkeys(("slashes", "parent"), UNDECIDED),
    **dict.fromkeys(("long", "astral"), FROZEN),
    "others-cleaned": TWINS[:1],
    "slash-encoded": ("generated-spellings",),
    "v1-sub-resource": TAMPERED_V1,
    "v4-query": TAMPERED,
}
"""The contracts of generated data that find each."""

MUTANTS: tuple[Mutant, ...] = (
    *mutants("everywhere", Family.NAMES, OF_NAMES, first=FIRST),
    *mutants("everywhere", Family.AUTHENTICATION, OF_SIGNATURES, first=FIRST),
)
