"""The set of contracts as a list: its columns, its digest, its counts, and two sets compared."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.report.catalogue import (
    COUNTS,
    as_counts,
    as_data,
    as_text,
    digest,
    lines,
    newest_edition,
    write_tables,
)
from pytest_oss_clean.report.catalogue_diff import WARNING, as_difference, read_set
from pytest_oss_clean.spec.contract import Contract, Explanation, Race
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.expectations import refused, unreadable
from pytest_oss_clean.spec.history import Given

README = Path(__file__).parents[3] / "contracts" / "README.md"
DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
STALE = refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED)
ROW = Contract(
    "frozen", Given.NEVER_RESTORED, (STALE,), (unreadable(INFERRED, says="quoted"),), "Clause 1", "the words"
)
GUESS = Contract(
    "guess",
    Given.RESTORED,
    (replace(STALE, evidence=INFERRED, source="an SDK", since="1.10"),),
    reading="we think so",
    source="analogy",
    race=Race(("a second clean",), (Explanation(("200", "409"), "frozen"),)),
)
SMALL = {"page": (ROW,), "guesses": (GUESS,)}


def test_a_line_for_each_expectation_with_its_own_words_source_and_edition():
    response, effect, guessed, race = lines(SMALL)
    assert (response.area, response.contract, response.expectation, response.kind) == (
        "page",
        "frozen",
        "answer",
        "required",
    )
    assert (response.says, response.source, response.since) == (
        "the words",
        "CleanRestoredObject page",
        "0.1",
    )
    assert (effect.says, effect.kind) == ("quoted", "check")
    assert (guessed.says, guessed.reading, guessed.source) == ("", "we think so", "an SDK")
    assert (guessed.since, race.since) == ("1.10", "0.1")
    assert (race.expectation, race.kind) == ("race", "check")
    assert race.expects == "explained by an order of the requests: 200, 409; then frozen"


def test_the_text_names_areas_contracts_and_every_expectation():
    text = as_text(lines(SMALL)).splitlines()
    assert text[0] == "# page"
    assert '  Clause 1: "the words"' in text
    assert "  reading: we think so (an SDK)" in text
    assert sum(line.startswith(("  required ", "  check ")) for line in text) == 4


def test_the_digest_tells_any_change_and_nothing_else():
    same = digest(lines(dict(SMALL)))
    assert same == digest(lines(SMALL))
    assert len(same) == 64
    other = {**SMALL, "page": (replace(ROW, expect=(replace(STALE, evidence=INFERRED),)),)}
    assert digest(lines(other)) != same


def test_the_newest_edition_is_found_by_number_not_by_letter():
    newer = {**SMALL, "page": (replace(ROW, since="1.9"),)}
    assert newest_edition(lines(newer)) == "1.10"


def test_counts_are_of_contracts_cases_and_expectations():
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in as_counts(SMALL).splitlines()]
    head, _, page, guesses, total = (dict(zip(rows[0], row, strict=True)) for row in rows)
    assert set(head) == {"area", "contracts", "cases", "required", "checks", *map(str, Evidence)}
    assert page == {**dict.fromkeys(map(str, Evidence), "0"), **page}
    assert (page["area"], page["required"], page["checks"], page["documented"]) == ("page", "1", "1", "1")
    assert (guesses["required"], guesses["checks"], guesses["inferred"]) == ("0", "2", "2")
    assert (total["contracts"], total["cases"], total["required"], total["checks"]) == ("2", "2", "1", "3")


def test_the_readme_counts_what_is_installed():
    text = README.read_text(encoding="utf-8")
    table = text.partition(f"{COUNTS[0]}\n")[2].partition(f"\n{COUNTS[1]}")[0]
    assert table == as_counts(AREAS), "run: oss-clean contracts --write contracts/README.md"


def test_counts_are_written_between_their_markers_alone(tmp_path):
    path = tmp_path / "x.md"
    path.write_text(f"before\n\n{COUNTS[0]}\nold\n{COUNTS[1]}\n\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_tables(path, SMALL)
        text = path.read_text(encoding="utf-8")
        assert text == f"before\n\n{COUNTS[0]}\n{as_counts(SMALL)}\n{COUNTS[1]}\n\nafter\n"


@pytest.mark.parametrize("text", ["", COUNTS[0], COUNTS[1], f"{COUNTS[1]}{COUNTS[0]}"])
def test_a_file_without_markers_is_left_alone(tmp_path, text):
    path = tmp_path / "x.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="it needs the lines"):
        write_tables(path, SMALL)
    assert path.read_text(encoding="utf-8") == text


def by_key(areas):
    data = json.loads(json.dumps(as_data(lines(areas))))
    return {(row["contract"], row["expectation"]): row for row in data}


def compared(*contracts):
    return as_difference(by_key({"page": (ROW,)}), by_key({"page": contracts})).splitlines()


def test_the_same_sets_do_not_differ():
    assert compared(ROW) == ["no difference"]


def test_what_is_added_and_removed_is_listed():
    text = compared(replace(ROW, id="thawed"))
    assert [line.split()[0] for line in text] == ["added", "added", "removed", "removed"]
    assert text[0].endswith(WARNING), "a required expectation"
    assert not text[1].endswith(WARNING), "a check"
    assert not any(line.endswith(WARNING) for line in text[2:])


def test_a_check_that_becomes_required_is_called_out():
    (effect,) = ROW.then
    text = compared(replace(ROW, then=(replace(effect, evidence=DOCUMENTED),)))
    assert text[0].startswith("changed  required frozen: unreadable")
    assert text[0].endswith(WARNING)
    assert "           kind: check -> required" in text
    assert "           evidence: inferred -> documented" in text


def test_a_requirement_that_becomes_a_check_is_not():
    text = compared(replace(ROW, expect=(replace(STALE, evidence=INFERRED),)))
    assert "           kind: required -> check" in text
    assert not any(line.endswith(WARNING) for line in text)


def test_another_answer_required_is_called_out_another_source_of_it_is_not():
    other = refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED)
    assert compared(replace(ROW, expect=(other,)))[0].endswith(WARNING)
    recorded = replace(STALE, evidence=Evidence.RECORDED)
    text = compared(replace(ROW, expect=(recorded,)))
    assert "           evidence: documented -> recorded" in text
    assert not any(line.endswith(WARNING) for line in text)


def test_a_set_that_is_not_there_is_refused():
    with pytest.raises(ConfigurationError, match="No such file"):
        read_set("none.json")
