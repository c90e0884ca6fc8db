"""Who may ask."""

from __future__ import annotations

from pytest_oss_clean.contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
