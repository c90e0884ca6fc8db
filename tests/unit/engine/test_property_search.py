"""Looking for differences with generated data, on the emulator in memory."""

from dataclasses import replace

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from pytest_oss_clean.engine.properties import catalogue
from pytest_oss_clean.engine.properties.run import run_generated
from pytest_oss_clean.engine.properties.search import Property, Search
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.spec.contract import Contract, Generated
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.expectations import refused
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.budgets import BUDGETS, Budget, Trying
from pytest_oss_clean.target.open import memory_target

STALE = refused(409, "ArchiveRestoreFileStale", Evidence.DOCUMENTED)
MADE_UP = st.lists(st.sampled_from("abz%"), max_size=12).map("".join)


def put_and_clean(trial):
    name = trial.name(trial.draw(MADE_UP, "name"))
    trial.seen(trial.client.put(name, b"x", trial.case.storage_class), "PUT")
    trial.judge("answer", trial.client.clean(name))


def case(expect=(STALE,)):
    contract = Contract("made-up", given=Given.NEVER_PUT, generated=Generated("made up"), expect=expect)
    return contract.cases()[0]


def wrong_for(letter, response=None):
    """Answer cleans of names with a letter otherwise."""

    def wrap(service):
        def changing(request):
            if request.method == "POST" and letter in request.target.partition("made-up")[2]:
                return response or replace(service(request), status=200)
            return service(request)

        return changing

    return wrap


def search(tried, wrap=lambda service: service, *, expect=(STALE,), **trying):
    target = memory_target(wrap)
    target.trying = replace(target.trying, **trying)
    return Search(case(expect), target, Provisioner(target), tried).run(), target


@pytest.fixture
def made_up(monkeypatch):
    def use(tried):
        monkeypatch.setattr(catalogue, "PROPERTIES", {"made up": tried})
        monkeypatch.setattr("pytest_oss_clean.engine.properties.run.PROPERTIES", {"made up": tried})

    return use


def test_a_right_server_is_tried_with_as_many_examples_as_the_budget_has_and_nothing_is_left():
    found, target = search(Property(put_and_clean), budget=Budget(30, 1, 1, 1))
    assert found.smallest is None
    assert found.examples == 30
    assert [(f.id, f.observed, f.problem) for f in found.findings] == [("answer", "as expected", "")]
    assert not target.ledger.left


def test_a_difference_is_found_and_made_as_small_as_it_can_be():
    found, target = search(Property(put_and_clean), wrong_for("z"))
    assert found.smallest.drawn == ["name 'z'"]
    assert [f.problem for f in found.findings if f.fails] == ["status is 200, not 409"]
    assert not target.ledger.left


def test_nothing_is_made_smaller_where_that_is_off_or_the_failure_is_known():
    for trying in ({"shrink": False}, {"known": frozenset({case().id})}):
        found, _ = search(Property(put_and_clean), wrong_for("z"), **trying)
        assert found.smallest.drawn != ["name 'z'"]
        assert found.last.number <= found.smallest.number + 1, "Hypothesis looks once more, and that is all"


def test_making_smaller_ends_when_its_time_is_over():
    found, _ = search(Property(put_and_clean), wrong_for("z"), budget=Budget(25, 1, 1, 0.0))
    assert found.smallest is not None
    assert found.last.number <= found.examples + 1


def test_the_same_seed_makes_the_same_examples_and_another_seed_others():
    drawn = []

    def keeping(trial):
        put_and_clean(trial)
        drawn[-1].append(trial.drawn[0])

    for seed in (1, 1, 2):
        drawn.append([])
        search(Property(keeping), seed=seed)
    assert drawn[0] == drawn[1] != drawn[2]


def test_explicit_examples_come_first_and_can_be_left_out():
    explicit = Property(put_and_clean, explicit=(("a",), ("zz",)))
    found, _ = search(explicit, wrong_for("z"), budget=Budget(1, 1, 1, 1))
    assert found.smallest.drawn == ["name 'zz'"]
    found, _ = search(explicit, wrong_for("zz"), budget=Budget(1, 1, 1, 1), explicit=False)
    assert found.smallest is None


def test_a_check_that_differs_is_made_small_too_and_fails_nothing():
    check = replace(STALE, evidence=Evidence.INFERRED)
    found, _ = search(Property(put_and_clean), wrong_for("z"), expect=(check,))
    assert found.smallest.drawn == ["name 'z'"]
    [finding] = found.findings
    assert finding.problem == "status is 200, not 409"
    assert not finding.fails


def test_a_failure_is_not_hidden_by_a_check_that_differs_more_often():
    check = replace(refused(409, "ArchiveRestoreFileStale", Evidence.INFERRED), id="check")

    def twice(trial):
        put_and_clean(trial)
        trial.judge("check", trial.client.last.response)

    def wrap(service):
        def changing(request):
            response = service(request)
            if request.method != "POST":
                return response
            return replace(response, status=200 if "z" in request.target.partition("made-up")[2] else 409)

        return changing

    required_last = (check, STALE)
    found, _ = search(Property(twice), wrap, expect=required_last)
    assert [f.id for f in found.findings if f.fails] == ["answer"]


class Machine(RuleBasedStateMachine):
    def __init__(self, trial):
        super().__init__()
        self.trial = trial

    @rule(tail=MADE_UP)
    def clean(self, tail):
        name = self.trial.name(tail)
        self.trial.seen(self.trial.client.put(name, b"x", self.trial.case.storage_class), "PUT")
        self.trial.judge("answer", self.trial.client.clean(name))


def test_a_machine_is_run_with_its_own_budget_and_its_steps_are_made_few():
    found, _ = search(Property(machine=Machine), budget=Budget(1, 7, 5, 1))
    assert (found.examples, found.smallest) == (7, None)
    found, target = search(Property(machine=Machine), wrong_for("z"))
    assert [e.label for e in found.smallest.kept] == ["put", "clean"]
    assert not target.ledger.left


class Speller(RuleBasedStateMachine):
    """Spells names of six letters, a letter a step."""

    def __init__(self, trial):
        super().__init__()
        self.trial = trial
        trial.values.append([])

    @rule(letter=st.sampled_from("az"))
    def add(self, letter):
        self.trial.values[0].append(letter)
        if len(self.trial.values[0]) == 6:
            clean_spelt(self.trial)


def clean_spelt(trial):
    if trial.listed:
        trial.values.append(next(trial.listed))
    name = trial.name("".join(trial.values[0]))
    trial.seen(trial.client.put(name, b"x", trial.case.storage_class), "PUT")
    trial.judge("answer", trial.client.clean(name))


@pytest.mark.parametrize("seed", range(5))
def test_steps_that_can_only_go_together_are_left_out_together(seed):
    def wrap(service):
        def changing(request):
            odd = request.target.partition("made-up")[2].count("z") % 2
            return (
                replace(service(request), status=200)
                if request.method == "POST" and odd
                else service(request)
            )

        return changing

    found, target = search(Property(clean_spelt, Speller), wrap, seed=seed)
    assert found.smallest.values == [["z"]]
    assert not target.ledger.left


def test_a_target_that_falls_silent_ends_the_search_as_not_tested(made_up):
    made_up(Property(put_and_clean))
    silent = Response(0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, "connection refused"))
    target = memory_target(lambda _: lambda _: silent)
    outcome = run(case(), target, Provisioner(target))
    assert outcome.verdict is Verdict.ERROR
    assert "connection refused" in outcome.cause


def test_a_step_that_cannot_be_taken_is_not_tested_and_never_made_smaller(made_up):
    calls = []

    def stuck(trial):
        calls.append(trial.number)
        raise NotTestedError("the restore did not complete")

    made_up(Property(stuck))
    target = memory_target(lambda service: service)
    outcome = run_generated(case(), target, Provisioner(target))
    assert outcome.verdict is Verdict.ERROR
    assert outcome.cause == "the restore did not complete"
    assert calls == [1]


def test_an_expectation_that_no_example_comes_to_is_not_passed(made_up):
    made_up(Property(lambda trial: trial.draw(MADE_UP, "name")))
    target = memory_target(lambda service: service)
    outcome = run_generated(case(), target, Provisioner(target))
    assert outcome.verdict is Verdict.ERROR
    assert "no example judged answer" in outcome.cause


def test_whoever_runs_us_keeps_their_profile_and_their_folder(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    before = hypothesis_settings.default
    search(Property(put_and_clean), wrong_for("z"))
    search(Property(machine=Machine), wrong_for("z"))
    assert hypothesis_settings.default is before
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr() == ("", "")


def test_budgets_are_what_they_promise():
    quick = BUDGETS["quick"]
    assert (quick.examples, quick.machines, quick.steps) >= (25, 20, 15)
    assert Trying().budget is quick
