"""Buckets, objects and names that are not there, or cannot be."""

from __future__ import annotations

from pytest_oss_clean.contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
