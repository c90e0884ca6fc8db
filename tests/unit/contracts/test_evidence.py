"""Every documented expectation: the page that is quoted says this value, not something else."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from grouped import grouped
from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, SDK_TESTED
from pytest_oss_clean.spec.matchers import (
    Absent,
    Agrees,
    ContentSame,
    ErrorDocumentValid,
    ErrorField,
    Header,
    Is,
    NoBody,
    Present,
    Refusal,
    RestoreIs,
    Same,
    StatusIs,
    restore_state,
)
from pytest_oss_clean.spec.pages import Quote

ROOT = Path(__file__).parents[3]
OWN = (ROOT / "cassettes/documented/cleanrestoredobject.txt").read_text("utf-8")
KEPT = tomllib.loads((ROOT / "tests/data/pages.toml").read_text("utf-8"))
SAMPLES = re.findall(r"• (The RestoreObject request .*?)(HTTP/1\.1 .*?)(?=• |\Z)", OWN, re.DOTALL)
"""The sentences of the page about histories, each with its sample."""
REQUIRED = [
    (contract, expectation)
    for contract in CONTRACTS
    for expectation in contract.expectations
    if expectation.evidence is DOCUMENTED
]


def row_of(quote):
    rows = [row for row in KEPT[quote.page.name] if row["words"] == quote.words]
    assert len(rows) == 1, quote
    return rows[0]


def says_of(contract, expectation):
    own = "" if expectation in contract.then else contract.says
    return expectation.says or own


def sample_of(words):
    found = [sample for sentence, sample in SAMPLES if words in sentence or words in sample]
    return found[0] if found else ""


def fits_row(matcher, row):  # noqa: PLR0911 - a case for each matcher
    """Tell whether a row of a quoted page says what a matcher demands."""
    match matcher:
        case StatusIs(status):
            return row.get("status") == status
        case Is(ErrorField("Code"), code):
            return row.get("code") == code
        case Refusal():
            return row.get("status", 0) // 100 == 4
        case ContentSame():
            return row.get("content", False)
        case RestoreIs(states):
            shown = restore_state(Response(200, ((RESTORE_STATE, row["words"]),)))
            return row.get("header") == RESTORE_STATE and shown in states
        case Same(Header(name)) | Present(Header(name)):
            return row.get("header") == name
    return False


def fits_sample(matcher, words, sample):  # noqa: PLR0911
    """Tell whether a sample of the operation's own page shows what a matcher demands."""
    match matcher:
        case StatusIs(status):
            return f"HTTP/1.1 {status} " in sample
        case Is(ErrorField("Code"), code):
            return f"<Code>{code}</Code>" in sample
        case NoBody():
            return "Content-Length: 0" in sample and "<" not in sample
        case Present(Header(name)):
            return f"{name}:" in words
        case ErrorDocumentValid():
            return all(f"<{name}>" in sample for name in ("Error", "Code", "Message", "RequestId", "HostId"))
        case Agrees(ErrorField(inside), Header(outside)):
            value = re.search(rf"<{inside}>(.*?)</{inside}>", words)[1]
            return f"{outside}: {value}" in sample
    return False


def fits(contract, expectation):
    if expectation.quote:
        return all(fits_row(matcher, row_of(expectation.quote)) for matcher in expectation.matchers)
    words = says_of(contract, expectation)
    if not words:
        return False
    return all(fits_sample(matcher, words, sample_of(words)) for matcher in expectation.matchers)


def test_three_samples_of_the_page_are_read():
    assert len(SAMPLES) == 3


@grouped({"required": {f"{contract.id} {each.id}": (contract, each) for contract, each in REQUIRED}})
def test_the_quoted_page_says_the_value_that_is_required(contract, expectation):
    assert fits(contract, expectation), (expectation.matchers, expectation.quote, expectation.says)


def test_a_quote_about_something_else_does_not_fit():
    contract = CASES["restored[ColdArchive-V4]"].contract
    unreadable = next(e for e in contract.then if e.id == "unreadable")
    assert fits(contract, unreadable)
    assert not fits(contract, replace(unreadable, quote=None))
    for other in (pages.HEAD_RESTORED, pages.MISMATCH, pages.GET_RESTORED):
        assert not fits(contract, replace(unreadable, quote=other))
    answer = contract.expect[0]
    assert not fits(contract, replace(answer, says="The RestoreObject request has not been initiated"))
    restoring = CASES["restoring[ColdArchive-V4]"].contract
    goes_on = next(e for e in restoring.then if e.id == "restore-goes-on")
    assert not fits(restoring, replace(goes_on, matchers=(StatusIs(200), Absent(Header(RESTORE_STATE)))))


QUOTES = [value for value in vars(pages).values() if isinstance(value, Quote)]


@pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: quote.page.name)
def test_what_is_quoted_is_kept_with_address_and_date(quote):
    row = row_of(quote)
    assert (row["url"], row["date"]) == (quote.page.url, quote.page.date)
    assert any(e.quote == quote for _, e in REQUIRED), "nothing rests on it"


def test_only_what_is_documented_quotes_a_page():
    for contract in CONTRACTS:
        for expectation in contract.expectations:
            assert expectation.evidence in (DOCUMENTED, SDK_TESTED) or not expectation.quote


def test_a_clean_of_an_expired_object_must_be_refused():
    (answer,) = CASES["expired[ColdArchive-V4]"].contract.expect
    assert answer.evidence is DOCUMENTED
    assert [m.brief for m in answer.matchers] == ["409", "ArchiveRestoreFileStale"]
    assert "0016-00000718" in answer.quote.page.url


def test_when_effects_show_at_once_is_required_nowhere():
    late = [e.id for c in CONTRACTS for e in c.then if e.id == "unreadable-at-once"]
    assert late
    assert all(e.evidence is INFERRED for c in CONTRACTS for e in c.then if e.id == "unreadable-at-once")
