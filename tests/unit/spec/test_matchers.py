"""Matchers: what `x-oss-restore` may say for each state, and nothing else."""

import pytest

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.matchers import RESTORE_SHOWN, RestoreIs

IN_PROGRESS = 'ongoing-request="true"'
COMPLETE = 'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"'


def answer(value):
    return Response(200, () if value is None else (("x-oss-restore", value),))


@pytest.mark.parametrize("value", [IN_PROGRESS, COMPLETE])
def test_a_restore_is_shown_in_progress_or_complete(value):
    assert RESTORE_SHOWN.problem(answer(value), None) == ""


@pytest.mark.parametrize(
    "value",
    [None, "", "true", "ongoing-request", "ongoing-request=", 'ongoing-request="maybe"', 'ongoing="true"'],
)
def test_any_other_value_shows_no_restore(value):
    assert RESTORE_SHOWN.problem(answer(value), None)


@pytest.mark.parametrize(
    ("state", "value"), [("frozen", None), ("restoring", IN_PROGRESS), ("restored", COMPLETE)]
)
def test_each_state_has_its_own_value(state, value):
    for other in (None, IN_PROGRESS, COMPLETE):
        assert bool(RestoreIs((state,)).problem(answer(other), None)) is (other != value)
