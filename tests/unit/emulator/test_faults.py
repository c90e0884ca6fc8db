"""Faults on demand: what a planned fault does to requests, and the account of it."""

from __future__ import annotations

import pytest

from calls import BUCKET, OssClient
from pytest_oss_clean.emulator.service import operation_names

PLANS = {
    "status": ({"answer": 503}, (503, "ServiceUnavailable")),
    "text": ({"answer": "500"}, (500, "InternalError")),
    "code": ({"answer": "TotalQpsLimitExceeded"}, (503, "TotalQpsLimitExceeded")),
    "of the life cycle": ({"answer": "RestoreAlreadyInProgress"}, (409, "RestoreAlreadyInProgress")),
}


@pytest.fixture
def oss():
    client = OssClient()
    client.put()
    return client


@pytest.mark.parametrize(("plan", "expected"), PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_so_many_requests_are_answered_with_an_error_and_the_next_as_ever(oss, plan, expected, method):
    oss.service.faults.add(**plan, times=2)
    for _ in range(2):
        response = oss(method, "k")
        assert (response.status, response.code) == expected
    assert oss("HEAD", "k").status == 200
    assert [d.effect for d in oss.service.faults.delivered] == [
        {"status": expected[0], "code": expected[1]}
    ] * 2
    assert oss.service.faults.planned == []


def test_a_refused_request_changes_nothing(oss):
    oss.service.faults.add(answer=500, operation="DeleteObject")
    assert oss("DELETE", "k").status == 500
    assert oss("HEAD", "k").status == 200


FILTERS = {
    "operation": ({"operation": "RestoreObject"}, ["POST"]),
    "name": ({"name": "other"}, []),
    "both": ({"operation": "HeadObject", "name": "k"}, ["HEAD"]),
    "none": ({}, ["HEAD"]),
}


@pytest.mark.parametrize(("filters", "refused"), FILTERS.values(), ids=FILTERS)
def test_a_fault_meets_what_it_is_for(oss, filters, refused):
    oss.service.faults.add(answer=503, **filters)
    calls = {"HEAD": (), "GET": (), "POST": ("restore",)}
    assert [m for m, query in calls.items() if oss(m, "k", *query).status == 503] == refused


def test_faults_are_met_in_the_order_of_their_planning(oss):
    for answer in (503, 500, 429):
        oss.service.faults.add(answer=answer)
    assert [oss("HEAD", "k").status for _ in range(4)] == [503, 500, 429, 200]


def test_the_account_says_which_request_met_what(oss):
    oss.service.faults.add(answer=503, operation="HeadObject")
    response = oss("HEAD", "k")
    (delivery,) = oss.service.faults.delivered
    assert (delivery.operation, delivery.name) == ("HeadObject", "k")
    assert delivery.request_id == response.header("x-oss-request-id")
    oss.service.reset()
    assert oss.service.faults.delivered == oss.service.faults.planned == []


NOTHING_MEETS = {
    "nothing": {},
    "two things": {"answer": 503, "reset": True},
    "operation": {"answer": 503, "operation": "HeadObjekt"},
    "times": {"answer": 503, "times": 0},
    "status": {"answer": 404},
    "code": {"answer": "NoSuchCode"},
    "wait": {"wait": -1.0},
    "endless": {"late": float("inf")},
}


@pytest.mark.parametrize("plan", NOTHING_MEETS.values(), ids=NOTHING_MEETS)
def test_what_no_request_can_meet_is_refused(oss, plan):
    with pytest.raises(ValueError, match=r"give|mean|seconds|times|ambiguous"):
        oss.service.faults.add(**plan)


def test_a_lost_answer_leaves_what_was_done(oss):
    oss.service.faults.add(reset=True)
    assert oss("DELETE", "k").transport_error is not None
    assert oss("HEAD", "k").status == 404


LATE = {
    "put": (("PUT", "new"), {"new": "readable", "k": "frozen"}, {"k": "frozen"}),
    "delete": (("DELETE", "k"), {}, {"k": "frozen"}),
    "restore": (("POST", "k", "restore"), {"k": "restoring"}, {"k": "frozen"}),
}


@pytest.mark.parametrize(("call", "after", "before"), LATE.values(), ids=LATE)
def test_a_change_shows_late(call, after, before):
    now = [1_800_000_000.0]
    oss = OssClient(clock=lambda: now[0])
    oss.put()
    oss.service.faults.add(late=10)
    assert oss(*call).status in (200, 202, 204)
    assert oss.service.inventory() == {BUCKET: before}
    now[0] += 9
    assert oss.service.inventory() == {BUCKET: before}
    now[0] += 1
    assert oss.service.inventory() == {BUCKET: after}


def test_a_late_change_does_not_undo_what_was_written_meanwhile():
    now = [1_800_000_000.0]
    oss = OssClient(clock=lambda: now[0])
    oss.put(storage_class="Standard")
    oss.service.faults.add(late=10)
    oss("DELETE", "k")
    oss.put(storage_class="Standard", body=b"newer")
    now[0] += 10
    assert oss("GET", "k").body == b"newer"


NAMES = {
    "HeadObject": ("HEAD", "k"),
    "GetBucketAcl": ("GET", "", "acl"),
    "CleanRestoredObject": ("POST", "k", "cleanRestoredObject"),
    "ListObjects": ("GET", ""),
    "ListObjectsV2": ("GET", "", ("list-type", "2")),
    "InitiateMultipartUpload": ("POST", "k", "uploads"),
}


@pytest.mark.parametrize("name", NAMES)
def test_operations_have_the_names_of_the_documentation(oss, name):
    oss.service.faults.add(answer=503, operation=name)
    assert oss(*NAMES[name]).status == 503


def test_copies_have_a_name_of_their_own(oss):
    assert {"CopyObject", "UploadPartCopy", "ListObjectsV2"} < operation_names()
    oss.service.faults.add(answer=503, operation="CopyObject")
    assert oss("PUT", "new", body=b"x").status == 200
    assert oss("PUT", "new", x_oss_copy_source=f"/{BUCKET}/k").status == 503


def test_the_clock_of_one_object_moves_alone(oss):
    oss.put("other")
    for name in ("k", "other"):
        oss("POST", name, "restore")
    oss.service.advance_object(BUCKET, "k", 5 * 3600)
    assert oss.service.inventory() == {BUCKET: {"k": "restored", "other": "restoring"}}
    for bad in ((BUCKET, "nobody", 1), ("nowhere", "k", 1), (BUCKET, "k", -1), (BUCKET, "k", float("nan"))):
        with pytest.raises(ValueError, match=r"there is no|seconds"):
            oss.service.advance_object(*bad)
