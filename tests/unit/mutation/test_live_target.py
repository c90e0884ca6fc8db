"""In front of a target, a mutant is detected, survives, or is not detectable: what the target is decides."""

from dataclasses import replace

import pytest

from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.faults.response_edits import request_id, text
from pytest_oss_clean.mutation.kill_matrix import Result
from pytest_oss_clean.mutation.live_target import examine_live, sound_on
from pytest_oss_clean.mutation.mutant import OnSender
from pytest_oss_clean.mutation.proof_report import as_text
from pytest_oss_clean.mutation.results import Proof
from pytest_oss_clean.spec.verdict import Exit
from pytest_oss_clean.target.open import memory_target

MESSAGES, STALE_204 = "answer-messages-alike", "answer-stale-204"
LOWER_CASE = "answer-request-id-lower-case"


def proof_on(change, *mutant_ids):
    target = target_that(change)
    return Proof(mutants=tuple(examine_live(target, sound_on(target), mutant_ids)))


def target_that(change):
    return memory_target(lambda service: lambda request: change(service(request)))


@pytest.fixture(scope="module")
def like_oss():
    """A target like OSS, and what passes there."""
    target = target_that(lambda response: response)
    return target, sound_on(target)


def results(proof):
    return {mutant.id: examined.result for mutant, examined in proof.mutants}


def test_a_target_with_messages_of_its_own_cannot_tell_another_message():
    own = text("Message", "Nothing doing.")
    proof = proof_on(own, MESSAGES, STALE_204)
    assert results(proof) == {MESSAGES: Result.UNDETECTABLE, STALE_204: Result.KILLED}
    assert proof.exit is Exit.INCOMPLETE
    assert "not detectable here" in as_text(proof)


def test_a_target_that_is_already_as_a_mutant_makes_it_cannot_tell_it_either():
    proof = proof_on(request_id(str.lower), LOWER_CASE)
    assert results(proof) == {LOWER_CASE: Result.UNDETECTABLE}


def test_a_target_like_oss_tells_both(like_oss):
    proof = Proof(mutants=tuple(examine_live(*like_oss, (MESSAGES, STALE_204))))
    assert results(proof) == {MESSAGES: Result.NOTICED, STALE_204: Result.KILLED}
    assert proof.exit is Exit.OK


def test_a_mutant_that_no_contract_tells_anywhere_survives(monkeypatch, like_oss):
    def wrap(sender, reached):
        return lambda request: reached() or sender(request)

    unseen = replace(MUTANTS[STALE_204], id="unseen", fault=OnSender(wrap))
    monkeypatch.setitem(MUTANTS, "unseen", unseen)
    proof = Proof(mutants=tuple(examine_live(*like_oss, ("unseen",))))
    assert results(proof) == {"unseen": Result.SURVIVED}
