"""Nothing of the page is passed over: each sentence and each sample line is covered, or told why not."""

import re
from pathlib import Path

import pytest

from pytest_oss_clean.contracts.catalogue import CONTRACTS
from pytest_oss_clean.report.catalogue import as_sentences, page_sentences
from pytest_oss_clean.spec.evidence import Evidence

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "cassettes" / "documented" / "cleanrestoredobject.txt"
TABLE = page_sentences()
LINES = [line.strip() for line in PAGE.read_text("utf-8").splitlines()]
PROSE = [line.removeprefix("• ") for line in LINES if line.endswith(".")]
SENTENCES = [sentence for line in PROSE for sentence in re.split(r"(?<=\.) (?=[A-Z])", line)]
HEADINGS = {
    "All Products",
    "Search",
    "Document Center",
    "Object Storage Service:CleanRestoredObject",
    "Last Updated:Jun 02, 2026",
    "Syntax",
    "Request headers",
    "Response headers",
    "Examples",
    "• Sample request",
    "• Sample response",
}
EXPECTATIONS = {c.id: {e.id: e for e in c.expectations} for c in CONTRACTS}
ENTRIES = [*TABLE["sentence"], *TABLE["line"]]


def test_every_sentence_of_the_page_is_in_the_table_and_the_other_way_round():
    assert [entry["says"] for entry in TABLE["sentence"]] == SENTENCES


def test_every_line_of_the_syntax_and_the_samples_is_in_the_table_and_the_other_way_round():
    shown = [line for line in LINES if line and line not in HEADINGS and not line.endswith(".")]
    assert {entry["is"] for entry in TABLE["line"]} == set(shown)
    assert len(TABLE["line"]) == len(set(shown))


def test_headings_are_the_page_s_own():
    assert set(LINES) >= HEADINGS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.get("says", e.get("is"))[:40])
def test_what_covers_a_sentence_exists_and_what_covers_nothing_says_why(entry):
    assert set(entry) <= {"says", "is", "covered_by", "not_testable", "no_rule"}
    assert bool(entry.get("no_rule")) != bool(entry.get("covered_by") or entry.get("not_testable"))
    for name in entry.get("covered_by", []):
        contract, _, expectation = name.partition("/")
        assert expectation in EXPECTATIONS[contract]


@pytest.mark.parametrize(
    "entry", [e for e in TABLE["sentence"] if e.get("covered_by")], ids=lambda e: e["says"][:40]
)
def test_a_sentence_of_the_page_is_covered_by_what_gates(entry):
    found = [EXPECTATIONS[name.split("/")[0]][name.split("/")[1]] for name in entry["covered_by"]]
    assert any(expectation.evidence is Evidence.DOCUMENTED for expectation in found)


def test_whatever_a_row_quotes_stands_in_a_sentence_or_a_line_that_something_covers():
    quoted = {e.says for c in CONTRACTS for e in c.expectations} | {c.says for c in CONTRACTS}
    for words in quoted - {""}:
        holding = [entry for entry in ENTRIES if words in entry.get("says", entry.get("is"))]
        assert holding, words
        assert all(entry.get("covered_by") for entry in holding), words


def test_the_command_lists_each_sentence_with_what_covers_it():
    lines = as_sentences().splitlines()
    assert [line for line in lines if line and line[0] != " "][:-1] == SENTENCES
    answer = SENTENCES.index(next(text for text in SENTENCES if "restoration is in progress" in text))
    assert "  restoring/answer" in lines[lines.index(SENTENCES[answer]) + 1]
    covered = sum(bool(entry.get("covered_by")) for entry in TABLE["sentence"])
    assert lines[-1].startswith(f"{len(SENTENCES)} sentences: {covered} covered")
