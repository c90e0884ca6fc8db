"""The strategies: what they make, what they never make, and what their examples shrink to."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from pytest_oss_clean.engine.properties.name_strategies import (
    CONFUSABLE,
    HARD,
    UNDECIDED,
    UNDECIDED_TWINS,
    climbs,
    confusable_names,
    is_decided,
    object_names,
    version_ids,
)
from pytest_oss_clean.oss.names import LONGEST_NAME, object_name_problem

OURS = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
ANY = {"phases": [Phase.generate], **OURS}
"""For what is looked for, and need not be made small."""


def made(strategy, many):
    """Return so many examples, without those that Hypothesis makes only to shrink."""
    found = []

    @settings(max_examples=many, **OURS)
    @given(strategy)
    def keep(value):
        found.append(value)

    keep()
    return found


SHARE = {
    "a percent sign": lambda n: "%" in n,
    "a plus": lambda n: "+" in n,
    "a blank at the end": lambda n: n != n.rstrip(),
    "a mark of queries": lambda n: bool(re.search("[?#&=]", n)),
    "a slash": lambda n: "/" in n,
    "an astral character": lambda n: any(ord(c) > 0xFFFF for c in n),
    "more than 255 bytes": lambda n: len(n.encode()) > 255,
    "another form by NFC": lambda n: unicodedata.normalize("NFC", n) != n,
    "what is not printed": lambda n: not n.isprintable(),
    "another letter case": lambda n: n.lower() != n,
}


@pytest.fixture(scope="module")
def many_names():
    return made(object_names(), 600)


@pytest.mark.parametrize("kind", SHARE)
def test_hard_names_come_often(kind, many_names):
    share = sum(map(SHARE[kind], many_names)) / len(many_names)
    assert share > 0.03, f"{kind}: {share:.1%}"


@pytest.mark.parametrize("kind", {**HARD, **UNDECIDED})
def test_every_kind_of_piece_comes(kind, many_names):
    pieces = {**HARD, **UNDECIDED}[kind]
    assert any(piece in name for piece in pieces for name in many_names)


@given(object_names())
@settings(max_examples=300, **OURS)
def test_every_name_is_allowed(name):
    assert object_name_problem(name) is None


@given(object_names(longest=40, undecided=False))
@settings(max_examples=300, **OURS)
def test_what_is_left_out_does_not_come(name):
    assert is_decided(name)
    assert len(name.encode()) <= 40


@pytest.mark.parametrize("size", [1, 255, 256, LONGEST_NAME])
def test_names_come_in_sizes_that_matter(size):
    find(object_names(), lambda n: len(n.encode()) == size, settings=settings(max_examples=3000, **ANY))


@pytest.mark.parametrize("character", ["a", "\x20", "~", "\x80", "\ud7ff", "\ue000", "\U0010ffff"])
def test_no_character_is_out_of_reach(character):
    low, high = ord(character) - 40, ord(character) + 40
    near = settings(max_examples=20_000, **ANY)
    find(object_names(longest=40), lambda n: any(low <= ord(c) <= high for c in n), settings=near)


def test_a_name_shrinks_to_the_simplest_one():
    assert find(object_names(), lambda _: True, settings=settings(**OURS)) == "a"
    assert find(object_names(), lambda n: "+" in n, settings=settings(max_examples=3000, **OURS)) == "+"


def test_there_are_as_many_steps_up_as_dots_can_make():
    assert climbs("a/b") == 0
    assert climbs("../..") == 2
    assert climbs("%2E%2E/%252e%252e/a") == 2
    assert climbs("..\\..%5C..") == 3


@given(st.booleans().flatmap(lambda undecided: confusable_names(undecided=undecided)))
@settings(max_examples=300, **OURS)
def test_names_alike_are_two_and_both_are_allowed(pair):
    one, other = pair
    assert one != other
    assert object_name_problem(one) is None
    assert object_name_problem(other) is None


def test_names_alike_are_decided_unless_asked_otherwise():
    assert all(is_decided(name) for pair in made(confusable_names(), 200) for name in pair)
    assert not any(all(map(is_decided, pair)) for pair in made(confusable_names(undecided=True), 100))


SAME = {
    "decoded once more": unquote,
    "plus and blank": lambda n: unquote(n.replace("+", " ")),
    "letter case": str.lower,
    "composed": lambda n: unicodedata.normalize("NFC", n),
    "trimmed": str.strip,
    "beyond 255 bytes": lambda n: n.encode()[:255],
    "astral": lambda n: re.sub("[\U00010000-\U0010ffff]|[?]$", "", n),
    "end of a folder": lambda n: n.rstrip("/"),
    "doubled slash": lambda n: re.sub("/+", "/", n),
    "backslash": lambda n: n.replace("\\", "/"),
}


@pytest.mark.parametrize("kind", SAME)
def test_each_kind_of_names_alike_is_one_name_to_a_server_of_that_kind(kind):
    twins = {**CONFUSABLE, **UNDECIDED_TWINS}[kind]
    pairs = [twins("b/", choice) for choice in range(6)]
    assert all(SAME[kind](one) == SAME[kind](other) for one, other in pairs), pairs


def test_every_kind_of_names_alike_comes():
    pairs = made(confusable_names(), 400)
    counted = Counter(
        kind for kind, fold in SAME.items() if kind in CONFUSABLE for a, b in pairs if fold(a) == fold(b)
    )
    assert set(counted) == SAME.keys() & CONFUSABLE.keys()


def test_version_ids_look_real_and_odd():
    ids = made(version_ids(), 100)
    assert any(re.fullmatch("CAEQ[A-Za-z0-9_-]{36,40}", i) for i in ids)
    assert "null" in ids
