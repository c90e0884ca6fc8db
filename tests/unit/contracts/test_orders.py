"""The table of races beside the model that judges the emulator: two readings, one life cycle."""

from __future__ import annotations

import pytest

import linearizability as model
from pytest_oss_clean.contracts.orders import (
    ANSWERS,
    CLEAN,
    DELETE,
    FROZEN,
    GET,
    GONE,
    HEAD,
    OVERWRITE,
    RESTORE,
    RESTORED,
    RESTORING,
    explanations,
)
from pytest_oss_clean.spec.contract import Explanation, Raced

STALE, NOT_FINISHED = "clean 409 ArchiveRestoreFileStale", "clean 409 ArchiveRestoreNotFinished"

COLD = ("ColdArchive", 1)
WORLDS = {
    GONE: model.World(),
    FROZEN: model.World(0, COLD),
    RESTORING: model.World(0, COLD, 3600, 90_000),
    RESTORED: model.World(7200, COLD, 3600, 90_000),
}
OPERATIONS = {
    CLEAN: ("clean",),
    RESTORE: ("restore", 1, "Expedited"),
    HEAD: ("head",),
    GET: ("get",),
    OVERWRITE: ("put", "ColdArchive", 2),
    DELETE: ("delete",),
}
STATES = {"missing": GONE}


def test_every_request_has_an_answer_in_every_state():
    assert {state: set(table) for state, table in ANSWERS.items()} == {state: set(Raced) for state in WORLDS}


@pytest.mark.parametrize("state", WORLDS)
@pytest.mark.parametrize("request_", OPERATIONS, ids=str)
def test_the_table_says_what_the_model_says(state, request_):
    response, after = ANSWERS[state][request_]
    world, right = model.step(WORLDS[state], *OPERATIONS[request_])
    assert STATES.get(world.state, world.state) == after
    status, *more = right[0]
    assert len(right) == 1
    assert response.split()[0] == ("done" if request_ in (OVERWRITE, DELETE) else str(status))
    if status >= 400 and more:
        assert response.split()[1] == more[0]


def test_of_two_cleans_of_a_restored_object_one_succeeds():
    assert explanations(RESTORED, CLEAN, CLEAN) == (Explanation(("clean 200", STALE), FROZEN),)


def test_a_restore_that_may_complete_meanwhile_is_told_apart():
    assert explanations(RESTORING, CLEAN) == (
        Explanation((NOT_FINISHED,), RESTORING),
        Explanation(("clean 200",), FROZEN, waited=True),
        Explanation((NOT_FINISHED,), RESTORED, waited=True),
    )


def test_conflicts_are_accepted_of_any_request_but_the_first():
    ends = explanations(RESTORED, CLEAN, DELETE, conflicts=True)
    assert [(e.responses, e.state) for e in ends] == [
        (("clean 200", "delete done"), GONE),
        (("clean 404 NoSuchKey", "delete done"), GONE),
        (("clean 409 StaleFile", "delete done"), GONE),
    ]
    assert all("StaleFile" not in str(e) for e in explanations(RESTORED, CLEAN, conflicts=True))


def test_an_end_is_told_in_a_line():
    end = Explanation((STALE, "clean 200", STALE), FROZEN)
    assert str(end) == f"1 x clean 200, 2 x {STALE}; then frozen"
