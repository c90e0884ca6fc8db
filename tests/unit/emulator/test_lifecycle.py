"""The restore life cycle: the table, time, and the rules of classes, tiers and days."""

from __future__ import annotations

import pytest

from pytest_oss_clean.emulator import choices
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import (
    DAY,
    HOUR,
    RESTORE_SECONDS,
    TRANSITIONS,
    Event,
    LifeCycle,
    RestoreOptions,
    State,
)
from pytest_oss_clean.oss.constants import StorageClass, Tier

ARCHIVE, COLD, DEEP = StorageClass.ARCHIVE, StorageClass.COLD_ARCHIVE, StorageClass.DEEP_COLD_ARCHIVE
CYCLE = LifeCycle()
T0 = 1_000_000.0


def restored(storage_class=COLD, options=None, at=T0):
    retrieval, outcome = CYCLE.restore(storage_class, None, options or RestoreOptions(), at)
    assert outcome is Outcome.ACCEPTED
    return retrieval


@pytest.mark.parametrize(
    ("storage_class", "tier", "seconds"),
    [
        (ARCHIVE, None, 60),
        (COLD, Tier.EXPEDITED, HOUR),
        (COLD, Tier.STANDARD, 5 * HOUR),
        (COLD, None, 5 * HOUR),
        (COLD, Tier.BULK, 12 * HOUR),
        (DEEP, Tier.EXPEDITED, 12 * HOUR),
        (DEEP, Tier.STANDARD, 48 * HOUR),
        (DEEP, None, 48 * HOUR),
    ],
)
def test_a_restore_takes_the_documented_maximum_and_lasts_its_days(storage_class, tier, seconds):
    retrieval = restored(storage_class, RestoreOptions(2, tier))
    moments = {
        T0: State.RESTORING,
        T0 + seconds - 0.001: State.RESTORING,
        T0 + seconds: State.RESTORED,
        T0 + seconds + 2 * DAY - 0.001: State.RESTORED,
        T0 + seconds + 2 * DAY: State.FROZEN,
    }
    assert {at: CYCLE.state(retrieval, at) for at in moments} == moments


def test_without_a_restore_an_object_is_frozen():
    assert CYCLE.state(None, T0) is State.FROZEN


def test_days_default_to_one():
    retrieval = restored()
    assert retrieval.expires_at - retrieval.finishes_at == DAY


@pytest.mark.parametrize("tier", [Tier.STANDARD, None])
def test_a_restore_with_the_same_tier_or_none_changes_nothing_while_restoring(tier):
    retrieval = restored(options=RestoreOptions(1, Tier.STANDARD))
    again = CYCLE.restore(COLD, retrieval, RestoreOptions(9, tier), T0 + 60)
    assert again == (retrieval, Outcome.IN_PROGRESS)


def test_an_archive_restore_has_no_tier_to_raise():
    retrieval = restored(ARCHIVE)
    assert CYCLE.restore(ARCHIVE, retrieval, RestoreOptions(9), T0 + 1) == (retrieval, Outcome.IN_PROGRESS)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Tier.BULK, Tier.STANDARD), (Tier.BULK, Tier.EXPEDITED), (Tier.STANDARD, Tier.EXPEDITED)],
)
def test_a_tier_can_be_raised_while_restoring_and_not_lowered(before, after):
    retrieval = restored(options=RestoreOptions(3, before))
    raised, outcome = CYCLE.restore(COLD, retrieval, RestoreOptions(None, after), T0 + 60)
    assert outcome is Outcome.UPGRADED
    assert raised.tier is after
    assert raised.finishes_at == T0 + 60 + RESTORE_SECONDS[COLD][after]
    assert raised.expires_at == raised.finishes_at + 3 * DAY
    assert CYCLE.restore(COLD, raised, RestoreOptions(9, before), T0 + 90) == (raised, Outcome.LOWERED)


def test_a_raised_restore_takes_new_days_and_is_finished_no_later_than_before():
    retrieval = restored(options=RestoreOptions(3, Tier.STANDARD))
    late = T0 + 5 * HOUR - 60
    raised, outcome = CYCLE.restore(COLD, retrieval, RestoreOptions(7, Tier.EXPEDITED), late)
    assert outcome is Outcome.UPGRADED
    assert raised.finishes_at == retrieval.finishes_at
    assert raised.expires_at == retrieval.finishes_at + 7 * DAY


@pytest.mark.parametrize("tier", Tier)
def test_any_tier_extends_what_is_restored(tier):
    retrieval = restored(options=RestoreOptions(1, Tier.STANDARD))
    assert CYCLE.restore(COLD, retrieval, RestoreOptions(1, tier), T0 + 5 * HOUR)[1] is Outcome.EXTENDED


def test_an_explicit_time_counts_for_every_class_and_tier():
    quick = CYCLE.taking(10)
    for storage_class, tier in ((ARCHIVE, None), (COLD, Tier.BULK), (DEEP, Tier.STANDARD)):
        retrieval, _ = quick.restore(storage_class, None, RestoreOptions(1, tier), T0)
        assert (retrieval.tier, retrieval.finishes_at) == (tier, T0 + 10)
    assert quick.tiers(DEEP) == CYCLE.tiers(DEEP)


def test_a_restore_of_a_restored_object_extends_its_expiry_only():
    retrieval = restored(options=RestoreOptions(1, Tier.EXPEDITED))
    longer, outcome = CYCLE.restore(COLD, retrieval, RestoreOptions(3, Tier.BULK), T0 + HOUR)
    assert outcome is Outcome.EXTENDED
    assert longer.expires_at == retrieval.expires_at + 3 * DAY
    assert (longer.tier, longer.finishes_at) == (retrieval.tier, retrieval.finishes_at)


def test_an_extension_is_capped_by_the_class():
    now = T0 + 60
    longer, _ = CYCLE.restore(ARCHIVE, restored(ARCHIVE, RestoreOptions(7)), RestoreOptions(7), now)
    assert longer.expires_at == now + 7 * DAY


def test_a_clean_of_a_restored_object_freezes_it_and_a_second_is_stale():
    nothing, outcome = CYCLE.clean(COLD, restored(), T0 + 5 * HOUR)
    assert (nothing, outcome) == (None, Outcome.CLEANED)
    assert CYCLE.clean(COLD, None, T0 + 5 * HOUR) == (None, Outcome.STALE)


def test_a_clean_while_restoring_keeps_the_restore():
    retrieval = restored()
    assert CYCLE.clean(COLD, retrieval, T0 + 1) == (retrieval, Outcome.NOT_FINISHED)


def test_a_clean_after_expiry_is_stale():
    assert CYCLE.clean(COLD, restored(), T0 + 5 * HOUR + DAY) == (None, Outcome.STALE)


def test_after_a_clean_and_after_expiry_a_restore_starts_anew():
    for before in (None, restored()):
        later = T0 + 5 * HOUR + DAY
        retrieval, outcome = CYCLE.restore(COLD, before, RestoreOptions(), later)
        assert outcome is Outcome.ACCEPTED
        assert CYCLE.state(retrieval, later) is State.RESTORING


@pytest.mark.parametrize("storage_class", [StorageClass.STANDARD, StorageClass.IA])
def test_what_is_never_frozen_is_not_restored(storage_class):
    assert CYCLE.restore(storage_class, None, RestoreOptions(), T0) == (None, Outcome.UNSUPPORTED)


@pytest.mark.parametrize("storage_class", [StorageClass.STANDARD, StorageClass.IA, ARCHIVE])
def test_a_clean_of_a_class_without_source_answers_as_the_choice_says(storage_class):
    chosen = choices.CLEAN_BY_CLASS.chosen[storage_class]
    assert chosen is Outcome.UNSUPPORTED
    assert CYCLE.clean(storage_class, None, T0) == (None, chosen)


def test_another_table_makes_another_server():
    faulty = {
        **TRANSITIONS,
        State.RESTORING: {**TRANSITIONS[State.RESTORING], Event.CLEAN: (State.FROZEN, Outcome.CLEANED)},
    }
    assert LifeCycle(transitions=faulty).clean(COLD, restored(), T0) == (None, Outcome.CLEANED)


def test_every_state_answers_both_requests_and_time_moves_what_it_must():
    for state, row in TRANSITIONS.items():
        assert {Event.RESTORE, Event.CLEAN} <= set(row), state
    assert Event.FINISH in TRANSITIONS[State.RESTORING]
    assert Event.EXPIRE in TRANSITIONS[State.RESTORED]


def test_tiers_are_those_of_the_document():
    assert CYCLE.tiers(ARCHIVE) == ()
    assert set(CYCLE.tiers(COLD)) == {Tier.EXPEDITED, Tier.STANDARD, Tier.BULK}
    assert set(CYCLE.tiers(DEEP)) == {Tier.EXPEDITED, Tier.STANDARD}
