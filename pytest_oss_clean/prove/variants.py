"""Variants: servers that differ harmlessly."""

from __future__ import annotations

from pytest_oss_clean.prove.mutant import Variant

VARIANTS: tuple[Variant, ...] = ()
