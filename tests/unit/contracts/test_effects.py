"""A clean that reaches too far, or changes what it should keep, is noticed where it shows."""

from __future__ import annotations

import posixpath
import unicodedata
from dataclasses import replace
from urllib.parse import unquote

import pytest

from perturbation import run_case
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.contracts.effects import OF_OTHERS
from pytest_oss_clean.spec.history import Step
from pytest_oss_clean.spec.verdict import Verdict

SUFFIX = "[ColdArchive-V4]"


def changing(change):
    """Return a wrapper after which every clean, answered as it should be, changes the store as well."""

    def wrap(service):
        own = service.clean_restored_object

        def clean(operation, reply):
            try:
                return own(operation, reply)
            finally:
                change(service, operation)

        service.clean_restored_object = clean
        return service

    return wrap


def reaching(reaches):
    """Return a wrapper whose cleans end other restores too."""

    def change(service, operation):
        for bucket in service.store.buckets.values():
            for name in list(bucket.objects.names):
                other = (bucket.name, name) != (operation.bucket, operation.name)
                if other and reaches(operation, bucket.name, name):
                    frozen = replace(bucket.current(name), retrieval=None)
                    service.store.replace(bucket, name, frozen)

    return changing(change)


def folding(fold):
    return reaching(lambda o, bucket, name: bucket == o.bucket and fold(name) == fold(o.name))


def below(o, bucket, name):
    return bucket == o.bucket and name.startswith(o.name)


def above(o, bucket, name):
    return bucket == o.bucket and o.name.startswith(name)


MARKS = {"siblings-with-a-mark"}
FAR_REACHING = {
    "letter case": (folding(str.casefold), {"siblings-case", "siblings-encoded-slash"}),
    "Unicode composition": (
        folding(lambda n: unicodedata.normalize("NFC", n)),
        {"siblings-composed", "siblings-decomposed"},
    ),
    "decoded once more": (
        folding(unquote),
        {"siblings-encoded", "siblings-decoded", "siblings-encoded-slash", "siblings-slash"}
        | {"siblings-plus", "siblings-blank", "siblings-hash"},
    ),
    "plus for a blank": (folding(lambda n: n.replace("+", " ")), {"siblings-plus", "siblings-blank"}),
    "a slash at the end": (folding(lambda n: n.rstrip("/")), {"siblings-below"}),
    "blank and dot at the end": (folding(lambda n: n.rstrip(" .")), MARKS),
    "an object without accents": (
        folding(lambda n: unicodedata.normalize("NFD", n).encode("ascii", "ignore")),
        {"siblings-composed", "siblings-decomposed", "siblings-astral"},
    ),
    "whatever is longer": (
        reaching(below),
        MARKS | {"siblings-near", "siblings-below", "siblings-of-a-frozen-one", "siblings-restoring"},
    ),
    "whatever is shorter": (
        reaching(above),
        {"siblings-near", "siblings-of-a-frozen-one", "siblings-decomposed"}
        | {"siblings-astral", "siblings-hash"},
    ),
    "every bucket": (
        reaching(lambda o, bucket, name: bucket != o.bucket and name == o.name),
        {"siblings-in-another-bucket"},
    ),
}


@pytest.mark.parametrize("fault", FAR_REACHING)
def test_a_clean_that_reaches_other_objects_fails_where_they_are(fault):
    wrap, expected = FAR_REACHING[fault]
    outcomes = {contract.id: run_case(contract.id + SUFFIX, wrap) for contract in OF_OTHERS}
    failed = {name for name, outcome in outcomes.items() if outcome.verdict is Verdict.FAILED}
    assert failed == expected
    assert {o.verdict for o in outcomes.values()} <= {Verdict.PASSED, Verdict.FAILED, Verdict.OBSERVED}
    for name in failed:
        assert all("the clean reached another object" in f.problem for f in outcomes[name].problems)


UNDECIDED = {
    "slashes in a row": (folding(lambda n: n.replace("//", "/")), "siblings-doubled-slash"),
    "dot segments": (folding(posixpath.normpath), "siblings-dot-segments"),
    "a backslash": (folding(lambda n: n.replace("\\", "/")), "siblings-backslash"),
    "a NUL": (folding(lambda n: n.partition("\0")[0]), "siblings-nul"),
}


@pytest.mark.parametrize("fault", UNDECIDED)
def test_what_no_source_decides_of_names_is_observed(fault):
    wrap, slug = UNDECIDED[fault]
    outcome = run_case(slug + SUFFIX, wrap)
    assert outcome.verdict is Verdict.OBSERVED
    assert outcome.unlike


def losing(**values):
    def change(service, operation):
        bucket = service.store.buckets[operation.bucket]
        thing = bucket.current(operation.name)
        service.store.replace(bucket, operation.name, replace(thing, **values))

    return changing(change)


LOSSES = {
    "tags": (losing(tags=()), {"tags-Key-same", "tags-Value-same"}),
    "ACL": (losing(acl="default"), {"acl-Grant-same"}),
    "content": (losing(body=b"lost"), {"content-survives"}),
    "time": (losing(modified_at=0.0), {"Last-Modified-same", "list-LastModified-same"}),
    "class": (losing(storage_class="Archive"), {"list-StorageClass-same", "list-v2-StorageClass-same"}),
    "type": (losing(content_type="text/html"), {"Content-Type-same"}),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_a_clean_loses_is_observed_and_fails_only_what_is_documented(loss):
    wrap, expected = LOSSES[loss]
    seen = set()
    for contract in AREAS["effects"]:
        outcome = run_case(contract.id + SUFFIX, wrap)
        seen |= {finding.id for finding in outcome.unlike}
        if loss != "class" or not any(c.id == "x-oss-storage-class-same" for c in contract.then):
            assert all(f.id.endswith(("readable", "content-survives")) for f in outcome.problems), contract.id
    assert expected <= seen


def test_tags_and_acl_are_put_before_the_clean_and_need_their_claims():
    contracts = {c.id: c for c in AREAS["effects"]}
    assert contracts["tags-after-clean"].prepare == (Step.PUT_TAGS,)
    (case,) = contracts["tags-after-clean"].cases()
    assert "tags" in case.claims
    (case,) = contracts["acl-after-clean"].cases()
    assert "acl" in case.claims
    outcome = run_case(case.id)
    labels = [getattr(event, "label", "") for event in outcome.transcript]
    assert labels.index("put acl") < labels.index("get acl") < labels.index("clean")


@pytest.mark.parametrize(("case_id", "label"), [("tags-restoring", "tag"), ("acl-restoring", "ACL")])
def test_a_target_that_takes_no_tags_or_acl_is_not_tested(case_id, label):
    def wrap(service):
        def refuse(_operation, reply):
            return reply.ok(501)

        service.put_object_tagging = service.put_object_acl = refuse
        return service

    outcome = run_case(case_id + SUFFIX, wrap)
    assert outcome.verdict is Verdict.ERROR
    assert label in outcome.cause


def test_each_claim_has_rows_of_its_own():
    """A target without a claim loses the rows about that, and no other."""
    plain = {"ColdArchive", "V4", "movable-clock"}
    for contract in AREAS["effects"]:
        (case,) = contract.cases()
        assert len(case.claims - plain) <= 1, case.claims
