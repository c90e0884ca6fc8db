"""Contracts that a fault cannot touch are not run: what would make that a lie is noticed."""

from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.authentication import Authenticator
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.control_replay import Asked, note
from pytest_oss_clean.mutation.cross_check import unlike_plainly
from pytest_oss_clean.mutation.faults.authenticator import on_authenticator
from pytest_oss_clean.mutation.faults.senders import is_clean
from pytest_oss_clean.mutation.kill_matrix import COUNTING, Result, control, examine
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnSender, OnService
from pytest_oss_clean.mutation.stage import Counter
from pytest_oss_clean.mutation.workers import examine_by_id
from pytest_oss_clean.oss.messages import Request
from pytest_oss_clean.spec.evidence import Evidence

ROWS = [i for i, c in CASES.items() if c.contract.id in ("restored", "restoring")]
FEW = [i for i in ROWS if i.endswith("[ColdArchive-V4]")]


@pytest.fixture(scope="module")
def notes():
    return note(CASES[i] for i in FEW)


@pytest.fixture(scope="module")
def sound():
    return control(CASES[i] for i in FEW)


def alike(notes, fault):
    return set(notes.rehearse(fault, Counter()))


def mutant(fault, **changes):
    base = Mutant(
        id="made-up",
        family=Family.EFFECTS,
        says="a rule of this test",
        breaks=Evidence.DOCUMENTED,
        damage=Damage.MISLED,
        fault=fault,
    )
    return replace(base, **changes)


def test_a_right_server_leaves_every_contract_as_it_is():
    notes = note(CASES.values())
    told_apart = {i for i, case in CASES.items() if case.contract.race or case.contract.generated}
    assert set(notes.runs) == set(CASES) - told_apart
    assert alike(notes, OnSender(lambda sender, _reached: sender)) == set(notes.runs)
    assert alike(notes, OnService(lambda _reached: Service)) == set(notes.runs)
    assert alike(notes, on_authenticator(lambda _reached: Authenticator)) == set(notes.runs)


def test_the_control_is_noted_with_every_request_and_every_move_of_the_clock(notes):
    parts = notes.runs["restored[ColdArchive-V4]"].parts
    assert [part.request.method for part in parts if isinstance(part, Asked)][:2] == ["PUT", "HEAD"]
    assert any(isinstance(part, float | int) for part in parts)
    assert notes.runs["restored[ColdArchive-V4]"].completed


def on_cleans(do):
    def wrap(sender, _reached):
        return lambda request: do(sender, request) if is_clean(request) else sender(request)

    return OnSender(wrap)


def twice(sender, request):
    sender(request)
    return sender(request)


def on_another(sender, request):
    return sender(replace(request, target=request.target.replace("?", "x?")))


@pytest.mark.parametrize("do", [twice, on_another], ids=lambda f: f.__name__)
def test_a_fault_that_asks_otherwise_touches_a_contract_whatever_it_answers(notes, do):
    assert alike(notes, on_cleans(do)) == set()


def test_a_fault_that_answers_by_itself_touches_a_contract_even_where_it_answers_right(notes):
    parts = [part for run in notes.runs.values() for part in run.parts if isinstance(part, Asked)]
    responses = {id(part.request): part.response for part in parts}
    assert alike(notes, on_cleans(lambda sender, request: sender(request))) == set(notes.runs)
    assert alike(notes, on_cleans(lambda _sender, request: responses[id(request)])) == set()


def test_one_byte_of_one_answer_counts(notes):
    def other_byte(sender, request):
        response = sender(request)
        return replace(response, reason=response.reason + " ")

    assert alike(notes, on_cleans(other_byte)) == set()


def test_a_fault_that_crashes_touches_a_contract(notes):
    def crash(_sender, _request):
        raise RuntimeError

    assert alike(notes, on_cleans(crash)) == set()


class StillReadable(Service):
    """Answers cleans of restored objects, and leaves them restored."""

    def keep(self, operation, thing, retrieval):
        if retrieval is not None:
            super().keep(operation, thing, retrieval)


def test_what_a_service_did_in_secret_shows_in_the_next_answer(notes):
    touched = set(notes.runs) - alike(notes, OnService(lambda _reached: StillReadable))
    assert "restored[ColdArchive-V4]" in touched
    assert "restoring[ColdArchive-V4]" not in touched


def test_what_lets_nobody_in_is_seen_though_signatures_are_not_read_again(notes):
    class Refusing(Authenticator):
        def check_time(self, presented, signed_at, now):
            super().check_time(presented, signed_at, now + 1_000)

    class Closed(Service):
        def admit(self, request):
            raise AssertionError(request)

    class Replaced(Service):
        def reset(self):
            super().reset()
            self.authenticator.region = "elsewhere"

    assert alike(notes, on_authenticator(lambda _reached: Refusing)) == set()
    assert alike(notes, OnService(lambda _reached: Replaced)) == set()
    with pytest.raises(AssertionError):
        notes.rehearse(OnService(lambda _reached: Closed), Counter())


def test_what_shows_in_no_rehearsal_is_found_where_every_contract_is_run(notes, sound):
    noted = {
        part.request.target for run in notes.runs.values() for part in run.parts if isinstance(part, Asked)
    }

    def wrap(sender, reached):
        def sly(request: Request):
            response = sender(request)
            if not is_clean(request) or request.target in noted:
                return response
            reached()
            return replace(response, status=418)

        return sly

    one = mutant(OnSender(wrap))
    assert alike(notes, one.fault) == set(notes.runs)
    found = examine(one, sound, full=True, notes=notes)
    assert found.result is Result.KILLED
    assert found.killers == examine(one, sound, full=True).killers


def test_mutants_that_count_are_never_rehearsed(notes, sound):
    fault = OnSender(lambda sender, _reached: sender)
    for family in (Family.INTERMITTENT, Family.CONCURRENCY):
        assert examine(mutant(fault, family=family), sound, full=True, notes=notes).rehearsed == 0


@pytest.mark.parametrize("kind", [OnSender, OnService])
def test_a_rehearsed_run_finds_what_a_run_of_every_contract_finds(kind):
    told = [m for m in MUTANTS.values() if isinstance(m.fault, kind) and m.family not in COUNTING]
    chosen = [m.id for m in told][7::150]
    for mutant_id in chosen:
        quick = examine_by_id(mutant_id, full=True)
        plain = examine_by_id(mutant_id, full=True, plain=True)
        assert plain.rehearsed == 0
        assert quick.ran == plain.ran
        assert quick.rehearsed > 0
        assert list(unlike_plainly(quick, plain)) == []


def test_the_guard_tells_where_a_rehearsal_hid_something():
    plain = examine_by_id("transition-restored-kept", full=True, plain=True)
    assert list(unlike_plainly(plain, plain)) == []
    hidden, *others = plain.killers
    less = replace(plain, killers={i: plain.killers[i] for i in others})
    (told,) = unlike_plainly(less, plain)
    assert hidden in told
    (told,) = unlike_plainly(replace(plain, result=Result.SURVIVED), plain)
    assert "survived, but killed" in told
