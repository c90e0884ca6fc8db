"""Contracts by the names that a run prints: contract ids, ids of rows, slugs, and node ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.contract import Case


def chosen(names: Iterable[str], cases: Mapping[str, Case]) -> frozenset[str]:
    """Return the ids of the contracts that are named. Raises ConfigurationError for a name of none."""
    found: set[str] = set()
    for name in names:
        # A node id ends with the slug: test_page.py::test_contract[restored-ColdArchive-V4]
        slug = name.rpartition("::")[2].partition("[")[2].removesuffix("]") if "::" in name else name
        own = {case.id for case in cases.values() if slug in (case.id, case.contract.id, case.slug)}
        if not own:
            near = get_close_matches(slug, [*cases, *(case.contract.id for case in cases.values())], n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            remedy = f"no contract has this id: {guess}`oss-clean contracts` lists them"
            raise ConfigurationError("--oss-contract", name, remedy)
        found |= own
    return frozenset(found)
