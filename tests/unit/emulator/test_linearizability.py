"""The judge of races, judged: histories made by hand that have, or have not, an explanation."""

from __future__ import annotations

import pytest

import linearizability as model

HOUR, DAY = model.HOUR, model.DAY
GONE = (403, "InvalidObjectState")
COLD, RESTORE, CLEAN = ("put", "ColdArchive", 1), ("restore", 1, "Standard"), ("clean",)
TIME, HEAD, GET = ("advance", 5 * HOUR + 1), ("head",), ("get",)
FIRST = "C4CA4238A0B923820DCC509A6F75849B"
EXPIRY = 'ongoing-request="false", expiry-date="Tue, 22 Sep 2026 19:13:20 GMT"'
FROZEN = [(COLD, 0, (200,), 1)]
RESTORING = [*FROZEN, (RESTORE, 2, (202,), 3)]
RESTORED = [*RESTORING, (TIME, 4, (), 5)]
CLEANED = [*RESTORED, (CLEAN, 6, (200,), 7)]

POSSIBLE = {
    "of two cleans at once the first succeeds": [(CLEAN, 10, (200,), 13), (CLEAN, 11, model.STALE, 12)],
    "of two cleans at once the second succeeds": [(CLEAN, 10, model.STALE, 13), (CLEAN, 11, (200,), 12)],
    "a read at the time of a clean sees the object": [
        (CLEAN, 10, (200,), 13),
        (GET, 11, (200, b"1", EXPIRY), 12),
    ],
    "a read at the time of a clean is refused": [(CLEAN, 10, (200,), 13), (GET, 11, GONE, 12)],
    "an overwrite comes before a clean that was called earlier": [
        (CLEAN, 10, model.STALE, 13),
        (("put", "ColdArchive", 2), 11, (200,), 12),
    ],
    "a delete comes between two cleans": [
        (CLEAN, 10, (200,), 15),
        (("delete",), 11, (204,), 14),
        (CLEAN, 12, model.NO_KEY, 13),
    ],
    "a clean at the time of the expiry is too late": [
        (("advance", DAY), 10, (), 13),
        (CLEAN, 11, model.STALE, 12),
    ],
    "a restored object is cleaned, restored and cleaned": [
        (CLEAN, 10, (200,), 11),
        (RESTORE, 12, (202,), 13),
        (TIME, 14, (), 15),
        (CLEAN, 16, (200,), 17),
    ],
    "an extension prolongs": [
        (RESTORE, 10, (200,), 11),
        (("advance", DAY), 12, (), 13),
        (CLEAN, 14, (200,), 15),
    ],
    "a clean of a Standard object may be refused either way": [
        (("put", "Standard", 2), 10, (200,), 11),
        (CLEAN, 12, model.STALE, 13),
        (CLEAN, 14, model.UNSUPPORTED, 15),
        (GET, 16, (200, b"2", None), 17),
    ],
}
"""What follows a restored object."""

IMPOSSIBLE = {
    "two cleans of one restored state succeed": [*RESTORED, (CLEAN, 10, (200,), 13), (CLEAN, 11, (200,), 12)],
    "no clean of a restored object succeeds": [
        *RESTORED,
        (CLEAN, 10, model.STALE, 13),
        (CLEAN, 11, model.STALE, 12),
    ],
    "a clean is stale before another one is called": [
        *RESTORED,
        (CLEAN, 10, model.STALE, 11),
        (CLEAN, 12, (200,), 13),
    ],
    "a clean succeeds before time has gone by": [*RESTORING, (CLEAN, 10, (200,), 11), (TIME, 12, (), 13)],
    "a clean succeeds on what was never restored": [*FROZEN, (CLEAN, 10, (200,), 11)],
    "a cleaned object is read": [*CLEANED, (GET, 10, (200, b"1", EXPIRY), 11)],
    "a cleaned object shows its restore": [*CLEANED, (HEAD, 10, (200, "ColdArchive", FIRST, EXPIRY), 11)],
    "a restoring object shows none": [*RESTORING, (HEAD, 10, (200, "ColdArchive", FIRST, None), 11)],
    "an overwritten object is still restoring": [
        *RESTORING,
        (("put", "ColdArchive", 2), 10, (200,), 11),
        (CLEAN, 12, model.NOT_FINISHED, 13),
    ],
    "an overwritten object shows its old content": [
        *FROZEN,
        (("put", "ColdArchive", 2), 10, (200,), 11),
        (HEAD, 12, (200, "ColdArchive", FIRST, None), 13),
    ],
    "a deleted object is found": [*FROZEN, (("delete",), 10, (204,), 11), (CLEAN, 12, model.STALE, 13)],
    "two restores at once are both accepted": [*FROZEN, (RESTORE, 10, (202,), 13), (RESTORE, 11, (202,), 12)],
    "an expired object is cleaned": [*RESTORED, (("advance", DAY), 10, (), 11), (CLEAN, 12, (200,), 13)],
    "two looks see a clean and then see it not": [
        *RESTORED,
        (CLEAN, 10, (200,), 15),
        (GET, 11, GONE, 12),
        (GET, 13, (200, b"1", EXPIRY), 14),
    ],
}


def events(history):
    return [model.Event(*event) for event in history]


@pytest.mark.parametrize("history", POSSIBLE.values(), ids=POSSIBLE)
def test_possible_histories_are_explained(history):
    found = model.explain(events([*RESTORED, *history]))
    assert sorted(found) == sorted(events([*RESTORED, *history]))


@pytest.mark.parametrize("history", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_histories_are_not(history):
    assert model.explain(events(history)) is None


@pytest.mark.parametrize("history", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_history_is_impossible_by_its_last_answers_alone(history):
    assert model.explain(events(history[:-1])) is not None or model.explain(events(history[:-2])) is not None


def test_a_seed_always_makes_the_same_round():
    assert [model.plan(seed) for seed in range(50)] == [model.plan(seed) for seed in range(50)]
    assert len({str(model.plan(seed)) for seed in range(50)}) > 45
