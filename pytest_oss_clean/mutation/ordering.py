"""The cases to run against a mutant or a variant, in order: the likeliest to detect it first."""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import chain
from zlib import crc32

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.mutation.mutant import Family, Mutant, OnWire, Variant
from pytest_oss_clean.spec.contract import Case

AREAS_OF = {
    Family.TRANSITIONS: ("page", "histories"),
    Family.EFFECTS: ("page", "effects", "histories"),
    Family.ANSWERS: ("answers", "page", "existence"),
    Family.AUTHENTICATION: ("authentication",),
    Family.NAMES: ("effects", "existence", "syntax"),
    Family.VERSIONS: ("versions",),
    Family.TIME: ("histories", "page"),
    Family.CONCURRENCY: ("concurrency",),
    Family.INTERMITTENT: ("page", "histories"),
    Family.DIMENSIONS: ("combinations",),
    Family.DEVELOPERS: ("page", "syntax"),
    Family.CAPABILITIES: ("claims",),
    Family.TRACKERS: ("page", "authentication", "syntax"),
}
"""Where a family's mutants are most likely noticed: these areas are tried first."""

PARTS = 3
"""A quick run tries a variant on a third of the contracts; which one follows from its id."""


def order(mutant: Mutant, sound: Iterable[str]) -> list[Case]:
    """Return the cases that are likely to detect a mutant first, then all others.

    Generated data is tried on the mutants that name it: table rows notice the others.
    """
    known = [i for i in sound if not CASES[i].contract.generated or i.partition("[")[0] in mutant.first]
    first = [i for slug in mutant.first for i in known if i.partition("[")[0] == slug]
    chosen = dict.fromkeys(chain(first, _of_areas(AREAS_OF[mutant.family], set(known))))
    if isinstance(mutant.fault, OnWire):  # a broken frame is waited for, and is the same for every row
        return [CASES[i] for i in one_of_each(chosen)]
    every = dict.fromkeys(chain(chosen, known))
    return [CASES[i] for i in dict.fromkeys(chain(one_of_each(every), every))]


def cases_for(variant: Variant, sound: Iterable[str]) -> tuple[list[Case], int]:
    """Return the cases that a variant must pass, and how many of them a quick run is content with."""
    each = one_of_each(sound)
    if isinstance(variant.fault, OnWire):  # frames are the same for every row
        framed = one_of_each(_of_areas(AREAS_OF[Family.ANSWERS], set(sound)))
        return [CASES[i] for i in dict.fromkeys(chain(framed, each))], len(framed)
    part = each[crc32(variant.id.encode()) % PARTS :: PARTS]
    return [CASES[i] for i in dict.fromkeys(chain(part, each, sound))], len(part)


def one_of_each(case_ids: Iterable[str]) -> list[str]:
    """Return the first case of each contract: its other classes and signatures run the same row."""
    first: dict[str, str] = {}
    for case_id in case_ids:
        first.setdefault(case_id.partition("[")[0], case_id)
    return list(first.values())


def _of_areas(areas: Iterable[str], known: Container[str]) -> list[str]:
    every = (case.id for area in areas for contract in AREAS[area] for case in contract.cases())
    return [i for i in every if i in known]
