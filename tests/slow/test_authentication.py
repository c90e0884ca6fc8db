"""Authentication: which rows notice each server that verifies too little or too much, one by one."""

from __future__ import annotations

import pytest

from authentication_faults import AREA, FAULTS, STRICTER
from mutant_runs import noticed_by


@pytest.mark.parametrize(("name", "noticed"), [*FAULTS.items(), *STRICTER.items()])
def test_a_server_is_noticed_by_these_rows_alone(name, noticed):
    assert noticed_by(f"auth-{name}", AREA) == noticed
