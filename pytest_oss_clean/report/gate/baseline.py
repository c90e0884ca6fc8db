"""The baseline: what every check observed on a target, kept to notice when the target changes.

A difference does not say who is right; it says that the server answers otherwise than it did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.report.files import read_form, write_whole

OPTION = "--oss-baseline"
FORMAT = "oss-clean-baseline-1"

Checks = Mapping[str, Mapping[str, str]]
"""Observations by finding, by contract id."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The checks of one run: on which target, by which suite, with which set of contracts."""

    target: str
    suite: str
    edition: str
    contract_set: str
    checks: Checks

    def changes(self, case_id: str, observations: Mapping[str, str]) -> tuple[str, ...]:
        """Say what is observed otherwise than it was; a check that was not there is new, not changed."""
        before = self.checks.get(case_id, {})
        return tuple(
            f"your server changed: {name} was {before[name]!r}, is {now!r}"
            for name, now in observations.items()
            if name in before and before[name] != now
        )

    def new(self, checks: Checks) -> int:
        return sum(
            name not in self.checks.get(case_id, {}) for case_id, found in checks.items() for name in found
        )

    def origin(self, suite: str, contract_set: str) -> str:
        """Say where the baseline is from, and whether the contracts are still the same."""
        other = "" if self.contract_set == contract_set else ", with another set of contracts"
        versions = f"suite {self.suite}" + (f", now {suite}" if suite != self.suite else "")
        return f"of {self.target}, {versions}{other}"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, sorted, so that two of them can be compared as texts. Raises OSError."""
    data = {
        "format": FORMAT,
        "target": baseline.target,
        "suite": baseline.suite,
        "edition": baseline.edition,
        "contract_set": baseline.contract_set,
        "contracts": {case_id: dict(sorted(found.items())) for case_id, found in baseline.checks.items()},
    }
    write_whole(path, json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises ConfigurationError."""
    data = read_form(OPTION, path, FORMAT)
    names = ("target", "suite", "edition", "contract_set")
    whole = all(isinstance(data.get(name), str) for name in names) and _are_checks(data.get("contracts"))
    if not whole or not re.fullmatch(r"\d+(\.\d+)*", data["edition"]):
        raise ConfigurationError(OPTION, path, "damaged: write it anew with --oss-write-baseline")
    return Baseline(**{name: data[name] for name in names}, checks=data["contracts"])


def _are_checks(data: Any) -> bool:
    return isinstance(data, dict) and all(
        isinstance(found, dict) and all(isinstance(text, str) for text in found.values())
        for found in data.values()
    )
