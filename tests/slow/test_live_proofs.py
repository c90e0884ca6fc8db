"""`oss-clean prove` in front of a running server that claims more or less: what it says, and how it ends."""

import pytest

from live_proofs import prove_in_front

NOT_CLAIMED = "not claimed: nothing that is claimed here reaches the changed rule:\n  effect-meta-size: "
IN_FRONT = {
    # what is said, and the exit code: --only, claims
    ("PROVED on http://", 0): ("answer-", "ColdArchive,V4"),
    (NOT_CLAIMED, 6): ("-size", "ColdArchive,V4"),
    ("0 of 1 of inferred rules noticed", 6): ("effect-meta-size", "ColdArchive,V4"),
    ("1 of 1 of inferred rules noticed", 0): ("effect-meta-size", "ColdArchive,V4,object-meta"),
}


@pytest.mark.parametrize("told", IN_FRONT, ids=lambda told: "--only={} with {}".format(*IN_FRONT[told]))
def test_the_command_puts_mutants_in_front_of_a_running_server(command_line, told):
    (said, code), (only, claims) = told, IN_FRONT[told]
    done, left = prove_in_front(command_line, only, claims)
    assert done.code == code, done.out + done.err
    assert "can detect mutants" in done.out
    assert "not covered" in done.out
    assert said in done.out
    assert not any(left.values())
