"""What a broken expectation leads to: one answer is changed in one thing, and that, and only that, shows.

What is required fails with words that name the difference; a check observes something else, fails
nothing, gates where the run is strict, and is a change beside an earlier run.
"""

from __future__ import annotations

from matcher_violations import quoted, violate
from perturbation import places, run_perturbed, unperturbed
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.baseline import Baseline
from pytest_oss_clean.report.gate.gate import Gate, GatedOutcome
from pytest_oss_clean.spec.matchers import ErrorField, Source
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

LEARNT = {Verdict.PASSED, Verdict.OBSERVED}


def shown(outcome):
    """Return what a reader gets to see, its lines unfolded."""
    target = memory_target(lambda service: service)
    return " ".join(render(GatedOutcome(outcome), target, "reproducer.json").split())


def joined(text):
    return " ".join(text.split())


def assert_required_expectations_fail(case_id):
    """Break each alone: the contract fails, and its text names the difference."""
    contract = CASES[case_id].contract
    for place in places(case_id):
        for expectation in place.required():
            for matcher in expectation.matchers:
                outcome = run_perturbed(case_id, place.number, lambda a, m=matcher: violate(m, a))
                where = f"{case_id} {expectation.id}: {matcher}"
                assert outcome.verdict is Verdict.FAILED, where
                text = " ".join(f.problem for f in outcome.problems if f.id == expectation.id)
                assert quoted(matcher) in text, where
                assert all(str(value) in text for value in wanted(matcher)), where
                rendered = shown(outcome)
                assert joined(text) in rendered, where
                assert (contract.says or contract.reading) in rendered, where
                assert expectation.says in rendered, where


def wanted(matcher):
    """Return the words that say what belonged there."""
    parts = vars(matcher) | {key: v for value in vars(matcher).values() for key, v in fields(value).items()}
    flat = (part for value in parts.values() for part in (value if isinstance(value, tuple) else [value]))
    return [part for part in flat if not isinstance(part, (bool, Source))]


def fields(value):
    """Return what a text says of a source; a Code is told without the word."""
    return vars(value) if isinstance(value, Source) and value != ErrorField("Code") else {}


def changed_since(case_id, outcome):
    """Hold an outcome against a baseline of the unperturbed run."""
    checks = {case_id: unperturbed(case_id).observations}
    before = Baseline(target="t", suite="s", edition="0.1", contract_set="c", checks=checks)
    return Gate(baseline=before)(outcome)


def assert_only_observed(case_id, name, outcome, strict):
    """See that a check shows another value, fails nothing unless it gates, and is told as a change."""
    right = unperturbed(case_id)
    assert outcome.verdict is right.verdict, (case_id, name, outcome)
    assert outcome.verdict in LEARNT
    assert name in [finding.id for finding in outcome.unlike]
    assert outcome.observations[name] != right.observations[name], (case_id, name)
    judged = changed_since(case_id, outcome)
    assert judged.outcome.verdict is Verdict.CHANGED
    change = (
        f"your server changed: {name} was {right.observations[name]!r}, is {outcome.observations[name]!r}"
    )
    assert change in judged.changes
    assert changed_since(case_id, right).outcome.verdict is right.verdict
    assert strict.verdict is Verdict.FAILED
    assert name in [finding.id for finding in strict.problems]


def assert_checks_are_observed(case_id):
    """Break each alone: nothing fails, it is seen, and it gates in a strict run.

    What it shares with a requirement on the same answer, such as the status, is not its own.
    """
    for place in places(case_id):
        shared = {matcher for expectation in place.required() for matcher in expectation.matchers}
        for expectation in place.checks():
            own = [matcher for matcher in expectation.matchers if matcher not in shared]
            assert own, f"{case_id} {expectation.id} says nothing of its own"
            for matcher in own:
                runs = [
                    run_perturbed(case_id, place.number, lambda a, m=matcher: violate(m, a), strict=strict)
                    for strict in (False, True)
                ]
                assert_only_observed(case_id, expectation.id, *runs)
