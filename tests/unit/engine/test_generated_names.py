"""Made-up names do no harm: however they are read, what is reached lies under the run's prefix."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from misreading_services import (
    READINGS,
    SERVERS,
    assert_nothing_foreign_is_touched,
    foreign_to,
    misreading,
    plant,
)
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.properties.name_strategies import (
    climbs,
    confusable_names,
    grounded,
    object_names,
)
from pytest_oss_clean.target.open import memory_target

OURS = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
RUN = "team/oss-clean-0a1b2c3d/"
DEEP = 4

# All that steps up can be put together from, also after something else is decoded, folded or dropped.
CLIMBING = st.lists(
    st.one_of(
        st.sampled_from(
            [".", "..", "/", "\\", "%", "2E", "2e", "5", "%2", "%252E", "%E2%80%A5", "%45", "%5C"]
        ),
        st.sampled_from(["\u2025", "\u2024", "\uff0e", "\ufe30", "\uff05", "\uff0f", "\uff3c"]),
        st.sampled_from(["\u200b", "\x01", "\U0001f600", " ", "+", "a"]),
    ),
    min_size=1,
    max_size=14,
).map("".join)


def all_readings(name):
    """Return whatever up to DEEP readings make of a name, in any order."""
    seen, new = {name}, {name}
    for _ in range(DEEP):
        new = {read(name) for name in new for read in READINGS.values()} - seen
        seen |= new
    return seen


def outside(names):
    """Return those that are not below the run's prefix; the prefix alone is the run's too."""
    return [name for name in names if not f"{name}/".startswith(RUN)]


@given(st.one_of(CLIMBING, CLIMBING, object_names(longest=800)))
@settings(max_examples=150, **OURS)
def test_no_readings_of_a_name_lead_above_the_prefix_in_any_order(tail):
    assert outside(all_readings(RUN + grounded(tail))) == []


@given(st.booleans().flatmap(lambda undecided: confusable_names(longest=800, undecided=undecided)))
@settings(max_examples=80, **OURS)
def test_neither_do_those_of_names_alike(pair):
    assert [outside(all_readings(RUN + name)) for name in pair] == [[], []]


@pytest.mark.parametrize(
    "tail",
    ["../x", "%2E%2E/x", "%252E%252e/x", "..\\x", "\u2025/x", ".\u200b./x", ".\U0001f600./x", "%2%45%2%45/x"],
)
def test_a_name_without_ground_would(tail):
    assert outside(all_readings(RUN + tail))
    assert not outside(all_readings(RUN + grounded(tail)))


def test_no_character_holds_more_dots_than_the_bound_counts():
    """A character's own dots are counted; encoded it has a percent sign for each of its bytes."""
    for character in map(chr, (*range(0xD800), *range(0xE000, 0x110000))):
        plain = unicodedata.normalize("NFKC", character)
        dots = plain.count(".") + plain.count("%")
        assert dots <= len(character.encode()), ascii(character)
        for folded in (character.lower(), character.upper(), character.casefold()):
            plain = unicodedata.normalize("NFKC", folded)
            assert plain.count(".") + plain.count("%") <= dots, ascii(character)


@given(CLIMBING, CLIMBING)
@settings(max_examples=200, **OURS)
def test_what_is_put_together_climbs_as_far_as_its_parts(one, other):
    assert climbs(one) + climbs(other) <= climbs(f"{one}/{other}") <= climbs(one) + climbs(other) + 1


@pytest.mark.parametrize("contract", AREAS["generated"], ids=lambda contract: contract.id)
def test_no_object_of_others_is_touched_by_made_up_data(contract):
    """tests/slow/ has it for each of SERVERS."""
    assert_nothing_foreign_is_touched(contract, SERVERS["all of it"])


def test_a_name_without_ground_is_seen_to_reach_an_object_of_others():
    seen = set()
    target = memory_target(lambda service: service, misreading(SERVERS["all of it"], seen))
    plant(target)
    response = target.client("a contract").get(f"{target.prefix}%2E%2E/..\\precious")
    assert response.body == b"precious"
    assert foreign_to(target, seen) == ["precious"]
