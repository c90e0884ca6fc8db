"""The tables: what they quote stands on the page, and nothing inferred is required."""

import re
from pathlib import Path

import pytest

from grouped import grouped
from pytest_oss_clean.contracts.catalogue import AREAS, CASES, CONTRACTS
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, SDK_TESTED, Evidence
from pytest_oss_clean.spec.matchers import Matcher

PAGE = " ".join(
    (Path(__file__).parents[3] / "cassettes/documented/cleanrestoredobject.txt").read_text("utf-8").split()
)
QUOTES = sorted({says for c in CONTRACTS for says in (c.says, *(e.says for e in c.expectations)) if says})
EACH = {area: {contract.id: (contract,) for contract in contracts} for area, contracts in AREAS.items()}


@pytest.mark.parametrize("says", QUOTES)
def test_every_quoted_sentence_stands_on_the_page(says):
    assert says in PAGE


def test_the_three_sample_answers_of_the_page_are_demanded():
    samples = set(
        re.findall(
            r"HTTP/1.1 (\d+) \w+(?:(?!HTTP/1.1).)*?(?:<Code>(\w+)</Code>|5374A2880232A65C2300\*{4}$)", PAGE
        )
    )
    assert samples == {
        ("409", "ArchiveRestoreFileStale"),
        ("409", "ArchiveRestoreNotFinished"),
        ("200", ""),
    }
    demanded = {
        tuple(str(m).removeprefix("status ").removeprefix("Code ") for m in c.expect[0].matchers)
        for c in AREAS["page"]
    }
    assert demanded == {(s, code or "no body") for s, code in samples}


@grouped(EACH)
def test_what_is_documented_quotes_the_page(contract):
    for expectation in contract.expectations:
        if expectation.evidence is DOCUMENTED:
            assert expectation.says or contract.says or expectation.quote, expectation.id
        if expectation.evidence is SDK_TESTED:
            assert "test" in (expectation.source or contract.source), expectation.id


@grouped(EACH)
def test_a_contract_quotes_the_page_or_gives_its_own_reading_and_what_that_rests_on(contract):
    assert bool(contract.clause) == bool(contract.says)
    assert contract.says or contract.reading
    assert contract.source


def test_only_inferred_evidence_is_not_required():
    assert [e for e in Evidence if not e.required] == [INFERRED]


def test_contract_and_effect_ids_are_slugs_and_unique():
    ids = [contract.id for contract in CONTRACTS]
    assert len(set(ids)) == len(ids)
    for contract in CONTRACTS:
        effects = [effect.id for effect in contract.then]
        assert len(set(effects)) == len(effects)
        assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in (contract.id, *effects))


def test_a_case_is_named_by_its_parameters():
    case = CASES["restored[DeepColdArchive-V1]"]
    assert case.slug == "restored-DeepColdArchive-V1"
    assert case.missing(frozenset({"ColdArchive", "V4"})) == ("DeepColdArchive", "V1")


def test_a_target_that_restores_at_once_cannot_be_seen_restoring():
    claims = frozenset({"ColdArchive", "V4", "instant-restore"})
    assert CASES["restoring[ColdArchive-V4]"].missing(claims) == ("not instant-restore",)
    assert CASES["restored[ColdArchive-V4]"].missing(claims) == ()


def test_every_matcher_survives_json():
    matchers = {m for c in CONTRACTS for e in c.expectations for m in e.matchers}
    assert len(matchers) > 8
    for matcher in matchers:
        assert Matcher.from_json(matcher.to_json()) == matcher
