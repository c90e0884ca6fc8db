"""Every mutant and every variant, gathered from the tables."""

from __future__ import annotations

from itertools import chain

from pytest_oss_clean.mutation.mutant import Mutant, Variant
from pytest_oss_clean.mutation.mutants import (
    authentication,
    capabilities,
    concurrency,
    dimensions,
    effects,
    framing,
    intermittent,
    names,
    object_types,
    responses,
    time,
    transitions,
    versions,
)
from pytest_oss_clean.mutation.mutants import known_bugs as trackers
from pytest_oss_clean.mutation.mutants import misconceptions as developers
from pytest_oss_clean.mutation.mutants import systematic as everywhere
from pytest_oss_clean.mutation.variants import catalogue as variants

TABLES: tuple[tuple[Mutant, ...], ...] = (
    transitions.MUTANTS,
    effects.MUTANTS,
    object_types.MUTANTS,
    responses.MUTANTS,
    framing.MUTANTS,
    authentication.MUTANTS,
    names.MUTANTS,
    everywhere.MUTANTS,
    versions.MUTANTS,
    time.MUTANTS,
    concurrency.MUTANTS,
    intermittent.MUTANTS,
    dimensions.MUTANTS,
    developers.MUTANTS,
    trackers.MUTANTS,
    capabilities.MUTANTS,
)

MUTANTS: dict[str, Mutant] = {mutant.id: mutant for mutant in chain.from_iterable(TABLES)}

VARIANTS: dict[str, Variant] = {variant.id: variant for variant in variants.VARIANTS}
