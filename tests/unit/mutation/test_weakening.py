"""A matcher that accepts more than its requirement does not pass for a strict one."""

import pytest

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.mutation import weakening
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.kill_matrix import control, examine
from pytest_oss_clean.mutation.weakening import Weakened, idle, required, unneeded, weakenings
from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.matchers import Before, Header, RestoreIs, Same

GARBLED = "effect-running-then-garbled"
SOME = [i for i, case in CASES.items() if case.contract.id in ("restoring", "restored")]


@pytest.fixture(scope="module")
def sound():
    return control(CASES[i] for i in SOME)


@pytest.fixture
def restore_weakenings(monkeypatch):
    chosen = [w for w in weakenings() if isinstance(w.matcher, RestoreIs)]
    monkeypatch.setattr(weakening, "weakenings", lambda: chosen)
    return chosen


def test_every_required_matcher_is_weakened_to_accept_anything_and_most_to_accept_more():
    names = {}
    for each in weakenings():
        names.setdefault(each.matcher, []).append(each.name)
    every = {m for contract in CONTRACTS for e in required(contract) for m in e.matchers}
    assert set(names) == every
    assert all("anything" in given for given in names.values())
    assert sum(len(given) > 1 for given in names.values()) >= 20


def test_a_strict_matcher_is_needed_to_kill_a_mutant(sound, restore_weakenings):
    found = examine(MUTANTS[GARBLED], sound, full=True)
    assert unneeded([found]) == (len(restore_weakenings), [])


def test_a_matcher_of_a_restore_that_accepts_any_value_is_noticed(sound, restore_weakenings, monkeypatch):
    """The change that a proof by mutants and inversions alone passed over."""
    found = [examine(MUTANTS[i], sound, full=True) for i in (GARBLED, "effect-running-then-hidden")]
    strict = RestoreIs.problem
    monkeypatch.setattr(
        RestoreIs,
        "problem",
        lambda matcher, r, before: "" if r.header(RESTORE_STATE) else strict(matcher, r, before),
    )
    assert examine(MUTANTS[GARBLED], sound, full=True).killers == {}
    tried, unnoticed = unneeded([one for one in found if one.id != GARBLED])
    assert tried == len(restore_weakenings)
    assert [text.rpartition(" accepting ")[2] for text in unnoticed] == ["any value"]


def test_weakening_leaves_checks_and_other_matchers_alone():
    (any_value,) = [w for w in weakenings() if isinstance(w.matcher, RestoreIs) and w.name == "any value"]
    changed = 0
    for case in CASES.values():
        was, now = case.contract, any_value.of(case).contract
        for before, after in zip((*was.expect, *was.then), (*now.expect, *now.then), strict=True):
            weak = [m for m in after.matchers if isinstance(m, Weakened)]
            changed += len(weak)
            assert not weak or before.evidence.required
            assert [getattr(m, "inner", m) for m in after.matchers] == list(before.matchers)
    assert changed > 20


def test_an_expectation_that_fails_on_no_mutant_is_named(sound):
    found = [examine(MUTANTS[GARBLED], sound, full=True)]
    (failing,) = {finding.partition(":")[0] for finding in found[0].killers["restoring[ColdArchive-V4]"]}
    every = idle([])
    assert set(every) - set(idle(found)) == {f"restoring {failing}"}
    assert len(every) > 300


def test_nothing_before_and_nothing_after_is_told_from_the_same_value():
    """A list of versions that shows no restore at all differs from one that shows the same restore."""
    matcher, empty, tagged = Same(Header("ETag")), Response(200), Response(200, (("ETag", '"A"'),))
    assert matcher.observed(tagged, Before(tagged, b"")) == "ETag as before"
    assert matcher.observed(empty, Before(empty, b"")) == "ETag absent, as before"
