"""Every mutant and every variant, gathered from the tables."""

from __future__ import annotations

from itertools import chain

from pytest_oss_clean.prove import (
    answers,
    authentication,
    concurrency,
    developers,
    effects,
    everywhere,
    framing,
    intermittent,
    names,
    time,
    trackers,
    transitions,
    variants,
    versions,
)
from pytest_oss_clean.prove.mutant import Mutant, Variant

TABLES: tuple[tuple[Mutant, ...], ...] = (
    transitions.MUTANTS,
    effects.MUTANTS,
    answers.MUTANTS,
    framing.MUTANTS,
    authentication.MUTANTS,
    names.MUTANTS,
    everywhere.MUTANTS,
    versions.MUTANTS,
    time.MUTANTS,
    concurrency.MUTANTS,
    intermittent.MUTANTS,
    developers.MUTANTS,
    trackers.MUTANTS,
)

MUTANTS: dict[str, Mutant] = {mutant.id: mutant for mutant in chain.from_iterable(TABLES)}

VARIANTS: dict[str, Variant] = {variant.id: variant for variant in variants.VARIANTS}
