"""Signatures in URLs: expiry, and each fault with its own answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from presented_requests import (
    BAD_DATE,
    CALL,
    KEY,
    NO_DATE,
    NOT_MATCHING,
    PASSED,
    SKEWED,
    STS,
    V1,
    V4,
    WHEN,
    extras,
    outcome,
    presigned,
    send,
    signed,
)
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import SignatureVersion


@pytest.fixture
def service():
    return Service(credentials=[KEY, STS], buckets=["bucket-1"], clock=WHEN.timestamp)


@pytest.mark.parametrize(("version", "ec"), [(V1, "0002-00000069"), (V4, "0002-00000236")])
def test_expired_urls(service, version, ec):
    call = presigned(version, when=WHEN - timedelta(seconds=61))
    assert outcome(service, call) == (403, "AccessDenied", ec)
    found = extras(service, call)
    assert found["Message"] == "Request has expired."
    assert found["Expires"] == "2027-01-15T07:59:59.000Z"
    assert found["ServerTime"] == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize("version", SignatureVersion)
def test_a_url_outlives_the_skew(service, version):
    assert outcome(service, presigned(version, when=WHEN - timedelta(hours=5), seconds=6 * 3600)) == PASSED


def test_a_v4_url_from_the_future(service):
    assert outcome(service, presigned(when=WHEN + timedelta(minutes=16))) == SKEWED


@pytest.mark.parametrize("seconds", [0, 604_801])
def test_a_v4_url_is_valid_for_a_week_at_most(service, seconds):
    assert outcome(service, presigned(seconds=seconds)) == (400, "InvalidArgument", "0002-00000232")


def test_a_v4_url_for_another_region(service):
    assert outcome(service, presigned(region="cn-beijing")) == (400, "InvalidArgument", "0002-00000228")


@pytest.mark.parametrize(
    ("version", "name", "value", "expected"),
    [
        (V1, "Expires", None, (403, "AccessDenied", "0002-00000067")),
        (V1, "Expires", "soon", (403, "AccessDenied", "0002-00000070")),
        (V1, "Signature", "", (403, "AccessDenied", "0002-00000067")),
        (V4, "x-oss-expires", None, (400, "InvalidArgument", "0002-00000215")),
        (V4, "x-oss-expires", "soon", (400, "InvalidArgument", "0002-00000232")),
        (V4, "x-oss-signature", None, (400, "InvalidArgument", "0002-00000219")),
        (V4, "x-oss-date", None, NO_DATE),
        (V4, "x-oss-date", "soon", BAD_DATE),
        (V4, "x-oss-credential", "x", (400, "InvalidArgument", "0002-00000205")),
        (V4, "cleanRestoredObject", None, NOT_MATCHING[V4]),
        (V1, "cleanRestoredObject", "x", NOT_MATCHING[V1]),
    ],
)
def test_urls_with_one_thing_wrong(service, version, name, value, expected):
    call = presigned(version)
    kept = tuple((n, v) for n, v in call.query if n != name)
    query = kept if value is None else (*kept, (name, value))
    assert outcome(service, replace(call, query=query)) == expected


def test_header_and_url_together(service):
    both = presigned().adding(headers=signed().headers)
    assert outcome(service, both)[:2] == (400, "InvalidArgument")


@pytest.mark.parametrize("seconds", ["9" * 12, "1" * 400])
def test_absurd_expiry_times_do_not_crash(service, seconds):
    call = replace(CALL, query=(("Expires", seconds), ("OSSAccessKeyId", "key-1"), ("Signature", "x")))
    assert send(service, call).status == 403
