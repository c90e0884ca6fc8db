"""The guard of the proof: its sample is the same each time, and waiting for broken frames has an end."""

from pytest_oss_clean.mutation import cross_check as guarding
from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS
from pytest_oss_clean.mutation.cross_check import MUTANTS_BY_PYTEST, as_users, missed_by, through_pytest
from pytest_oss_clean.mutation.kill_matrix import Examined, Result
from pytest_oss_clean.mutation.mutant import OnWire
from pytest_oss_clean.spec.verdict import Exit

WAITED_FOR = "framing-length-too-long-waiting"


def test_the_sample_is_the_same_whichever_worker_ends_first():
    found = {i: Examined(i, Result.KILLED, 1, {"restored[ColdArchive-V4]": ()}) for i in MUTANTS}
    found |= {i: Examined(i, Result.HARMLESS, 1) for i in VARIANTS}
    chosen = list(as_users(found))
    assert chosen == list(as_users(dict(reversed(found.items()))))
    mutants = sum(name in MUTANTS for name, *_ in chosen)
    assert mutants in (MUTANTS_BY_PYTEST, MUTANTS_BY_PYTEST + 1), "a frame may be among them already"
    assert [name in MUTANTS for name, *_ in chosen] == [False] + [True] * mutants + [False] * 3
    assert any(isinstance(fault, OnWire) for _, fault, *_ in chosen)


def test_a_frame_that_is_waited_for_is_met_again_by_whoever_killed_and_by_no_other():
    fault = MUTANTS[WAITED_FOR].fault
    assert list(through_pytest(WAITED_FOR, fault, Exit.FAILED, ("restored[ColdArchive-V4]",))) == []
    (told,) = through_pytest(WAITED_FOR, fault, Exit.FAILED, ("never-restored[ColdArchive-V4]",))
    assert "pytest ended with 0, not 1" in told, told


def test_a_run_that_does_not_end_is_given_up_and_named(monkeypatch):
    monkeypatch.setattr(guarding, "LONGEST", 0.01)
    assert list(through_pytest("control", None, Exit.OK, ())) == ["control: pytest did not end in 0 s"]


def test_what_is_not_claimed_there_has_no_say():
    verdicts = {"a[x]": "failed", "b[x]": "not claimed", "c[x]": "passed", "d[x]": "not tested"}
    assert missed_by(["a[x]", "b[x]", "c[x]", "d[x]", "e[x]"], verdicts) == ["c[x]", "d[x]", "e[x]"]
