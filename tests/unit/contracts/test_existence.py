"""Existence: servers that find what is not there, or read a name carelessly, and the row that notices."""

import pytest

from mutant_runs import noticed_by, run_on_mutant
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.oss.names import LONGEST_NAME, object_name_problem
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

WRONG = {
    "effect-makes-missing": {"missing-object", "deleted-while-restored", "deleted-while-restoring"},
    "name-any-bucket": {"missing-bucket", "missing-bucket-of-restored"},
    "name-leading-slash": {"name-leading-slash"},
    "name-leading-backslash": {"name-leading-backslash"},
    "name-trimmed-slash": {"name-ends-with-slash"},
    "name-too-long-cut": {"name-too-long"},
    "name-as-a-file": {"name-longest", "name-too-long"},
    "name-bytes-dropped": {"name-not-utf8"},
    "name-question-cut": {"name-like-subresource"},
}
"""Mutants, and the rows that see something else; none of them fails."""


@pytest.mark.parametrize("mutant_id", WRONG)
def test_the_rows_that_know_of_it_notice_a_wrong_server(mutant_id):
    assert noticed_by(mutant_id, AREAS["existence"]) == (set(), WRONG[mutant_id])


def test_what_a_clean_made_is_removed():
    for case_id in ("missing-object[ColdArchive-V4]", "deleted-while-restored[ColdArchive-V4]"):
        outcome, target = run_on_mutant("effect-makes-missing", case_id)
        assert {finding.id for finding in outcome.unlike} == {"answer", "nothing-there"}
        assert target.left_behind == []
        assert target.sender.inventory()["memory"] == {}


def test_a_bucket_whose_name_leads_nowhere_is_not_observed_and_blocks_nothing():
    def wrap(service):
        unreachable = Response(
            0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, "no such host")
        )
        return lambda request: unreachable if "oss-clean-absent" in request.target else service(request)

    target = memory_target(wrap)
    outcome = run(CASES["missing-bucket[ColdArchive-V4]"], target, Provisioner(target))
    assert outcome.verdict is Verdict.NOT_OBSERVED
    assert "cannot send a request for a non-existent bucket" in outcome.cause


@pytest.mark.parametrize(
    ("contract_id", "problem"),
    [
        ("name-longest", None),
        ("name-too-long", "an object name has 1 to 1023 bytes, not 1024"),
        ("name-not-utf8", "an object name is UTF-8"),
        ("name-leading-backslash", "an object name does not start with '/' or '\\'"),
        ("name-leading-slash", "an object name does not start with '/' or '\\'"),
    ],
)
def test_names_are_what_their_rows_say_and_forbidden_ones_are_never_put(contract_id, problem):
    target = memory_target(lambda service: service)
    outcome = run(CASES[f"{contract_id}[ColdArchive-V4]"], target, Provisioner(target))
    judged = outcome.judged.operation
    assert object_name_problem(judged.name) == problem
    assert contract_id != "name-longest" or len(judged.name.encode()) == LONGEST_NAME
    asked = [e.operation for e in outcome.transcript if hasattr(e, "operation") and e is not outcome.judged]
    assert {object_name_problem(operation.name) for operation in asked} == {None}
    assert target.sender.inventory()["memory"] == {}
