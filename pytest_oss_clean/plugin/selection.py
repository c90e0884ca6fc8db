"""Contracts by the names that a run prints: contract ids, ids of rows, slugs, and node ids."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import hold_of
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.target.clock import Hold


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


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Order items for several workers, each of which takes the next: generated contracts are long, and first.

    Contracts that move the clock alone go beside those that do not depend on it, as far as there are any.
    """
    from pytest_oss_clean.engine.properties.catalogue import PROPERTIES  # noqa: PLC0415 - loads Hypothesis

    alone, free, others = deque[pytest.Item](), deque[pytest.Item](), deque[pytest.Item]()
    rest = []
    for item in items:
        marker = item.get_closest_marker("oss_contract")
        if marker is None:
            rest.append(item)
            continue
        contract = CASES[marker.args[0]].contract
        generated = contract.generated
        hold = PROPERTIES[generated.by].hold if generated else hold_of(contract)
        kind = alone if hold is Hold.ALONE else free if hold is None else others
        is_long = generated and hold is not None
        (kind.appendleft if is_long else kind.append)(item)
    spread_out = []
    while alone or free or others:
        spread_out += [kind.popleft() for kind in (alone, free or others, others, others) if kind]
    return [*spread_out, *rest]
