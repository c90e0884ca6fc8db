"""The last line of a run names one command that helps with what stopped it, or with what comes next."""

from pathlib import Path

import pytest

from outcomes import CASE
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.report.causes import Cause
from pytest_oss_clean.report.next_step import REMEDIES, next_step
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import closing
from pytest_oss_clean.spec.verdict import Exit, Verdict
from pytest_oss_clean.target.config.settings import Settings

URL = "https://oss.example.test"
SERVER = Settings(name="staging", endpoint=Endpoint("https", "oss.example.test", 443), bucket="the-bucket")


def line(verdict, settings=SERVER, words="", code=Exit.OK, **tally):
    """Return the last line of a run of one contract with this verdict."""
    found = [Cause(words, (), (CASE.id,))] if words else []
    found = [Cause("status is 500", (CASE.id,))] if verdict is Verdict.FAILED else found
    return next_step(Tally(verdicts={CASE.id: verdict}, **tally), settings, found, code)


@pytest.mark.parametrize(
    ("cause", "command"),
    [
        ("https://x cannot be reached: connection refused", "check staging --oss-wait-ready 60"),
        ("PUT of a small object: 404 NoSuchBucket, not 200", "check staging --oss-bucket NAME"),
        ("400 InvalidArgument: Invalid signing region in", "check staging --oss-region REGION"),
        ("PUT: 403 SignatureDoesNotMatch; the server", "export OSS_ACCESS_KEY_ID=..."),
        ("PUT: 403 AccessDenied; the key may lack", "ram-policy --oss-bucket the-bucket"),
        ("throttled: 503 SlowDown", "check staging --oss-rate 5"),
        ("limit: --oss-max-requests 50 is reached", "plan staging"),
        ("--oss-max-wall 5 s are over", "check staging --oss-max-wall SECONDS"),
        ("the restore of an object did not complete", "check staging --oss-restore-seconds N"),
        ("restore of the frozen object: 503, not 202", "probe staging"),
    ],
)
def test_each_cause_that_stops_contracts_has_its_remedy(cause, command):
    assert command in line(Verdict.ERROR, words=cause, code=Exit.INCOMPLETE)
    assert len({why for _, why, _ in REMEDIES}) == len(REMEDIES)


def test_a_failure_is_sent_again_where_its_reproducer_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = Path(".oss-clean/failures", f"{CASE.slug}.json")
    file.parent.mkdir(parents=True)
    file.touch()
    assert line(Verdict.FAILED, code=Exit.FAILED).endswith(f": oss-clean replay {file}")
    file.unlink()
    stale = line(Verdict.FAILED, Settings(deviations=Path("known.toml")), code=Exit.FAILED)
    assert stale.endswith(f", an entry no longer fits, {CASE.id}: edit known.toml")


def test_a_green_run_leads_to_a_server_then_to_all_of_it_then_to_a_gate():
    assert "nothing of your server" in line(Verdict.PASSED, Settings())
    part = line(Verdict.PASSED, code=Exit.INCOMPLETE, catalogue=frozenset({CASE.id, "another"}))
    assert part.endswith("run all of it: oss-clean check staging")
    assert line(Verdict.PENDING, code=Exit.INCOMPLETE).endswith("oss-clean check staging --oss-pool")
    assert line(Verdict.NOT_CLAIMED, code=Exit.NO_CONTRACT).endswith("oss-clean probe staging")
    assert line(Verdict.PASSED).endswith("oss-clean check staging --oss-report report.json")
    kept = Settings(name=URL, endpoint=SERVER.endpoint, report=Path("a report.json"))
    assert line(Verdict.PASSED, kept).endswith(
        f"oss-clean verify 'a report.json' --target {URL} --max-age 24h"
    )


def test_what_ended_a_run_too_early_comes_before_what_it_saw():
    assert "oss-clean check emulator" in line(Verdict.PASSED, code=Exit.INTERNAL)
    assert "oss-clean reap" in line(Verdict.PASSED, code=Exit.INTERRUPTED)
    assert "--oss-write-baseline" in line(Verdict.CHANGED, code=Exit.FAILED, gate_changes=True)


def test_the_last_three_lines_are_verdict_counts_and_next_step():
    verdict, counts, following = closing(Tally(verdicts={CASE.id: Verdict.PASSED}), SERVER, 0, [])[-3:]
    assert verdict.startswith("oss-clean: PASSED")
    assert counts.startswith("oss-clean: 1 passed, 0 failed")
    assert following.startswith("oss-clean: next, ")


@pytest.mark.parametrize("cause", ["why " + "x" * 60 + " and", "a word " * 40])
def test_what_was_not_tested_is_folded_to_the_width_of_a_terminal(cause):
    tally = Tally(verdicts={CASE.id: Verdict.ERROR}, causes={CASE.id: cause})
    lines = closing(tally, SERVER, 6, [])[:-3]
    assert lines[0].startswith("  not tested: ")
    assert len(lines) > 1
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
