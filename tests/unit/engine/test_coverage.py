"""Visits of cells: counted from what was acknowledged, packed into a string, shown as a matrix."""

from collections import Counter

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.contracts.cells import CELLS, Mark, Operation
from pytest_oss_clean.engine.coverage import pack, render, unpack, visits, visits_of
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.target.open import memory_target

EXPLICIT = {case_id: case for case_id, case in CASES.items() if not case.contract.generated}


def outcome_of(contract_id, wrap=lambda service: service, parameters="ColdArchive-V4"):
    target = memory_target(wrap)
    return run(CASES[f"{contract_id}[{parameters}]"], target, Provisioner(target))


def named(counted):
    return {f"{given.name}.{operation.name}": number for (given, operation), number in counted.items()}


def test_a_run_visits_what_it_arranges_judges_and_probes():
    visited = named(visits_of(outcome_of("restored")))
    assert visited == {
        "NEVER_RESTORED.HEAD": 1,
        "NEVER_RESTORED.RESTORE": 1,
        "RESTORING.HEAD": 1,
        "RESTORED.HEAD": 1,
        "RESTORED.CLEAN": 1,
        "CLEANED.GET": 2,
        "CLEANED.HEAD": 1,
        "CLEANED.CLEAN": 1,
        "CLEANED.RESTORE": 1,
        "RESTORING_AGAIN.DELETE": 1,
    }


PLAIN_CLEANS = {
    "missing-object": Given.NEVER_PUT,
    "deleted-while-restored": Given.DELETED,
    "deleted-while-restoring": Given.DELETED_RESTORING,
    "expired": Given.EXPIRED,
    "extended": Given.EXTENDED,
    "tier-raised": Given.TIER_RAISED,
    "restored-again": Given.RESTORED_AGAIN,
    "overwritten-and-restored-again": Given.BOTH_RESTORED,
    "copied-onto": Given.COPIED_ONTO_RESTORED,
    "copy-of-restored": Given.COPY_OF_RESTORED,
    "put-again": Given.PUT_AGAIN,
}


@pytest.mark.parametrize(("contract_id", "given"), PLAIN_CLEANS.items())
def test_the_clean_of_a_history_visits_its_cell(contract_id, given):
    outcome = outcome_of(contract_id)
    assert visits_of(outcome)[given, Operation.CLEAN] == 1


def test_the_source_of_a_copy_is_what_a_copy_visits():
    assert visits_of(outcome_of("copy-of-restored"))[Given.RESTORED, Operation.COPY] == 1
    assert not any(o is Operation.COPY for _, o in visits_of(outcome_of("copied-onto")))


@pytest.mark.parametrize("parameters", ["Standard-V4", "IA-V4"])
def test_classes_without_a_cold_restore_have_no_cells(parameters):
    visited = visits_of(outcome_of("class-without-restore", parameters=parameters))
    assert {given for given, _ in visited} <= {Given.NEVER_PUT}


def test_a_name_that_cannot_be_visits_nothing():
    assert not visits_of(outcome_of("name-leading-slash"))[Given.NEVER_PUT, Operation.CLEAN]


def test_what_is_refused_leaves_the_history_as_it_was():
    def wrap(service):
        return lambda r: Response(503) if r.target.endswith("?cleanRestoredObject") else service(r)

    visited = visits_of(outcome_of("restored", wrap))
    assert visited[Given.RESTORED, Operation.CLEAN] == 2
    assert not any(given is Given.CLEANED for given, _ in visited)


def test_races_are_left_out():
    races = [case_id for case_id, case in CASES.items() if case.contract.race]
    for case_id in races[:3]:
        target = memory_target(lambda service: service)
        assert not visits_of(run(CASES[case_id], target, Provisioner(target)))


def test_counts_add_up_and_survive_as_a_string():
    outcomes = [outcome_of("restored"), outcome_of("already-cleaned")]
    total = visits(outcomes)
    assert total == visits_of(outcomes[0]) + visits_of(outcomes[1])
    assert unpack(pack(total)) == total
    assert unpack("") == Counter()
    assert pack(Counter()) == ""


@pytest.mark.parametrize("text", ["RESTORED", "RESTORED.CLEAN", "NOBODY.CLEAN=1", "RESTORED.CLEAN=x"])
def test_foreign_text_is_no_count(text):
    with pytest.raises((KeyError, ValueError)):
        unpack(text)


def test_the_matrix_has_a_row_for_each_history_with_mark_and_count():
    text = render(unpack("RESTORED.CLEAN=17"))
    row = next(line for line in text.splitlines() if line.startswith("restored  "))
    assert row.split()[1:4] == ["D", "17", "D"]
    assert all(any(line.startswith(given) for line in text.splitlines()) for given in Given)
    known = sum(cell.mark in (Mark.DOCUMENTED, Mark.SDK_TESTED) for cell in CELLS.values())
    assert (
        f"1 of {len(CELLS)} cells of histories and operations visited, 1 of {known} that are documented"
        in text
    )


def test_the_bare_matrix_says_what_each_mark_rests_on():
    text = render()
    assert "clean    D  page, response 3\n" in text
    assert "visited" not in text
    for (_, operation), cell in CELLS.items():
        assert any(
            line.startswith(operation) and line.endswith(f"  {cell.source}") for line in text.splitlines()
        )


def test_the_contracts_visit_every_documented_cell_of_the_clean():
    outcomes = []
    for case_id, case in EXPLICIT.items():
        if case.contract.id in PLAIN_CLEANS or case_id.endswith("[ColdArchive-V4]"):
            target = memory_target(lambda service: service)
            outcomes.append(run(case, target, Provisioner(target)))
    visited = visits(outcomes)
    assert [given for given in Given if not visited[given, Operation.CLEAN]] == []


KNOWN = [place for place, cell in CELLS.items() if cell.mark in (Mark.DOCUMENTED, Mark.SDK_TESTED)]


def test_the_contracts_visit_every_cell_that_is_documented_or_sdk_tested():
    outcomes = []
    for case in EXPLICIT.values():
        target = memory_target(lambda service: service)
        outcomes.append(run(case, target, Provisioner(target)))
    visited = visits(outcomes)
    assert [
        f"{given.name}.{operation.name}" for given, operation in KNOWN if not visited[given, operation]
    ] == []
