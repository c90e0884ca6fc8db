"""Existence: servers that find what is not there, or read a name carelessly, and the row that notices."""

import pytest

from history_faults import AnyBucket, MakesMissingObjects, careless, noticed_by, run_on
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.oss.names import LONGEST_NAME, object_name_problem
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

WRONG = {
    "missing objects are made": (
        MakesMissingObjects,
        {"missing-object", "deleted-while-restored", "deleted-while-restoring"},
        set(),
    ),
    "any bucket will do": (AnyBucket, {"missing-bucket", "missing-bucket-of-restored"}, set()),
    "leading slashes are lost": (
        careless(lambda name: name.lstrip("/\\")),
        {"name-leading-slash", "name-leading-backslash"},
        set(),
    ),
    "slashes at the end are lost": (
        careless(lambda name: name.rstrip("/")),
        {"name-ends-with-slash"},
        set(),
    ),
    "names are cut": (careless(lambda name: name[:LONGEST_NAME]), {"name-too-long"}, set()),
    "names are shorter": (careless(lambda name: name[:1000]), {"name-too-long"}, set()),
    "bytes that are no UTF-8 are lost": (
        careless(lambda name: name.encode("utf-8", "ignore").decode()),
        {"name-not-utf8"},
        set(),
    ),
    "a question mark ends a name": (
        careless(lambda name: name.partition("?")[0]),
        {"name-like-subresource"},
        set(),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_rows_that_know_of_it_notice_a_wrong_server(name):
    make, unlike, failed = WRONG[name]
    assert noticed_by(make) == (unlike, failed)


def test_what_a_clean_made_is_removed():
    for case_id in ("missing-object[ColdArchive-V4]", "deleted-while-restored[ColdArchive-V4]"):
        outcome, target = run_on(MakesMissingObjects, case_id)
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
    outcome, target = run_on(Service, f"{contract_id}[ColdArchive-V4]")
    judged = outcome.judged.operation
    assert object_name_problem(judged.name) == problem
    assert contract_id != "name-longest" or len(judged.name.encode()) == LONGEST_NAME
    asked = [e.operation for e in outcome.transcript if hasattr(e, "operation") and e is not outcome.judged]
    assert {object_name_problem(operation.name) for operation in asked} == {None}
    assert target.sender.inventory()["memory"] == {}
