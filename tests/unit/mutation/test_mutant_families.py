"""Families of mutants: what they share changes nothing by itself, and what must be certain is."""

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.by_history import Remembering
from pytest_oss_clean.mutation.kill_matrix import Observation, Result, control, examine
from pytest_oss_clean.mutation.mutants import concurrency
from pytest_oss_clean.mutation.variants.catalogue import VARIANTS
from pytest_oss_clean.mutation.variants.equivalent_responses import (
    asctime,
    prefixed,
    reversed_elements,
    rfc850,
)
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.target.open import memory_target

HISTORIES = [case.id for contract in AREAS["histories"] for case in contract.cases()]
RACES = [case for contract in AREAS["concurrency"] for case in contract.cases()]


def seen_on(case_id, make):
    target = memory_target(lambda service: service, make)
    return Observation.of(run(CASES[case_id], target, Provisioner(target)))


@pytest.mark.parametrize("case_id", HISTORIES)
def test_a_service_that_remembers_answers_like_one_that_does_not(case_id):
    assert seen_on(case_id, Remembering) == seen_on(case_id, Service)


@pytest.mark.parametrize("given", Given)
def test_a_service_that_remembers_knows_every_history(given):
    services = []

    def make(**options):
        services.append(Remembering(**options))
        return services[0]

    target = memory_target(lambda service: service, make)
    made = Provisioner(target).make(target.client("a-test"), "thing", given, StorageClass.COLD_ARCHIVE)
    assert services[0].past(made.client.last.operation) is given


@pytest.fixture(scope="module")
def sound():
    return control(RACES)


@pytest.mark.parametrize("mutant", concurrency.MUTANTS, ids=lambda m: m.id)
def test_requests_that_meet_are_noticed_in_every_run(mutant, sound):
    found = [examine(mutant, sound) for _ in range(3)]
    assert [one.result for one in found] == [Result.NOTICED] * 3


def test_there_are_variants_of_form_reading_and_frame():
    kinds = {variant.id.partition("-")[0] for variant in VARIANTS}
    assert kinds == {"form", "reading", "wire", "condition"}
    assert len(VARIANTS) >= 40


def test_old_forms_of_dates():
    assert rfc850("Sun, 06 Nov 1994 08:49:37 GMT") == "Sunday, 06-Nov-94 08:49:37 GMT"
    assert asctime("Sun, 06 Nov 1994 08:49:37 GMT") == "Sun Nov  6 08:49:37 1994"


def test_other_forms_of_documents_say_the_same():
    from pytest_oss_clean.oss.responses import read_error

    inside = b"\n  <Code>A</Code>\n  <Message>b</Message>\n"
    plain = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error>' + inside + b"</Error>\n"
    wanted = read_error(Response(409, body=plain))
    assert wanted.code == "A"
    for form in (prefixed, reversed_elements):
        assert form(plain) != plain
        assert read_error(Response(409, body=form(plain))) == wanted
