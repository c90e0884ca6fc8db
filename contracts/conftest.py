"""Each test file names its area; there is one test for each case of that area's table."""

from __future__ import annotations

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn the rows of an area into tests, named by their contract ids."""
    area = getattr(metafunc.module, "AREA", None)
    if area is None or "case_id" not in metafunc.fixturenames:
        return
    cases = [case for contract in AREAS[area] for case in contract.cases()]
    metafunc.parametrize(
        "case_id",
        [pytest.param(case.id, id=case.slug, marks=pytest.mark.oss_contract(case.id)) for case in cases],
    )
