"""Mutants: effects."""

from __future__ import annotations

from pytest_oss_clean.prove.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()
