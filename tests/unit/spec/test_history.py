"""Histories: the steps that lead to each, and the fold that tells a history from what was acknowledged."""

import pytest

from grouped import grouped
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.spec.history import (
    DELETED,
    EXPIRED,
    HEAD_SHOWS,
    NEXT,
    RESTORE_ENDED,
    RESTORE_RUNS,
    STEPS,
    Given,
    Step,
    fold,
    restore_runs,
)
from pytest_oss_clean.spec.request import Version
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.transcript import Elapsed, Exchange

ACKNOWLEDGED = {
    Step.PUT: ("put", 200),
    Step.RESTORE: ("restore", 202),
    Step.RESTORE_SLOWLY: ("restore", 202),
    Step.RAISE_TIER: ("restore", 202),
    Step.WAIT_RESTORED: (RESTORE_ENDED, 0),
    Step.EXTEND: ("restore", 200),
    Step.CLEAN: ("clean", 200),
    Step.WAIT_EXPIRED: (EXPIRED, 0),
    Step.DELETE: ("delete", 204),
    Step.COPY_ONTO: ("copy", 200),
    Step.COPY_FROM: ("copy", 200),
}


@pytest.mark.parametrize("given", Given)
def test_the_steps_of_a_history_fold_into_it(given):
    assert fold(ACKNOWLEDGED[step] for step in STEPS[given]) is given


@pytest.mark.parametrize("given", Given)
def test_what_an_arranged_object_was_asked_folds_into_its_history(given):
    target = memory_target(lambda service: service)
    client = target.client("a-test")
    made = Provisioner(target).make(client, "thing", given, StorageClass.COLD_ARCHIVE)
    events = [event for e in client.transcript if (event := event_of(e, made.name))]
    assert fold(events) is given


def event_of(event, name):
    if isinstance(event, Elapsed):
        return (EXPIRED if event.moved else RESTORE_ENDED, 0) if event.name == name else None
    assert isinstance(event, Exchange)
    return (event.label, event.response.status) if event.operation.name == name else None


NOT_ACKNOWLEDGED = {
    label: {
        f"{given} {status}": (given, label, status)
        for given in Given
        for status in (0, 301, 403, 404, 409, 500)
    }
    for label in sorted(NEXT.keys() - {RESTORE_ENDED, EXPIRED})
}


@grouped(NOT_ACKNOWLEDGED)
def test_a_request_that_was_not_acknowledged_changes_nothing(given, label, status):
    assert fold([(label, status)], given) is given


@pytest.mark.parametrize("given", Given)
def test_reading_changes_nothing(given):
    assert fold([("head", 200), ("get", 200), ("list", 200), ("object meta", 200)], given) is given


@pytest.mark.parametrize("given", Given)
def test_time_without_a_restore_changes_nothing(given):
    assert (fold([(RESTORE_ENDED, 0)], given) is given) is (given not in RESTORE_RUNS)


def test_what_has_no_name_stays_without_one():
    assert fold([("clean", 200)], Given.NEVER_RESTORED) is None
    assert fold([("clean", 200), ("put", 200), (EXPIRED, 0)], Given.NEVER_RESTORED) is None


def test_a_further_clean_ends_each_restored_state():
    restored = [ACKNOWLEDGED[step] for step in STEPS[Given.RESTORED_AGAIN]]
    assert fold([*restored, ("clean", 200)]) is Given.CLEANED
    assert fold([*restored, ("clean", 200), ("clean", 409)]) is Given.CLEANED


def test_every_history_has_steps_and_a_name_of_its_own():
    assert set(STEPS) == set(Given)
    assert len(set(STEPS.values())) == len(Given)
    assert not DELETED & HEAD_SHOWS.keys()
    assert {
        Given.RESTORING,
        Given.RESTORING_AGAIN,
        Given.RESTORING_AFTER_EXPIRY,
        Given.TIER_RAISED,
        Given.OVERWRITTEN_THEN_RESTORING,
        Given.BOTH_RESTORING,
    } == RESTORE_RUNS


def test_a_restore_runs_for_the_version_that_is_named():
    assert restore_runs(Given.BOTH_RESTORING)
    assert restore_runs(Given.BOTH_RESTORING, Version.CURRENT)
    assert not restore_runs(Given.BOTH_RESTORING, Version.OLDER)
    assert not restore_runs(Given.OVERWRITTEN_RESTORING)
    assert restore_runs(Given.OVERWRITTEN_RESTORING, Version.OLDER)
    assert not restore_runs(Given.RESTORED, Version.ABSENT)
