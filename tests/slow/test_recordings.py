"""Recordings of the whole catalogue: taken and replayed, and those that are shipped."""

import json
from pathlib import Path

from cassettes import REWRITE, replay, verdicts
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.recording.session import RecordingSession
from pytest_oss_clean.target.config.cassette_folder import read_head, read_text
from served_targets import serving

HOME = Path(__file__).parents[2] / "cassettes"
SOME = (
    "not concurrency and not generated and "
    "(version-older or presigned or siblings or temporary or form-of or test_page)"
)
ANEW = (
    "oss-clean check emulator --record-mode=rewrite --oss-cassettes cassettes/emulator --oss-allow-incomplete"
)


def test_a_recording_comes_to_the_same_verdicts_and_values_as_the_live_run(command_line):
    with serving(command_line) as server:
        arguments = server.arguments(
            REWRITE, "--oss-cassettes", "taken", "--oss-report", "live.json", "-k", SOME
        )
        live = server.run(arguments)
        assert (live.code, live.counts["failed"]) == (6, 0)
    again = replay(command_line, "taken", "--oss-report", "again.json", "-k", SOME)
    assert (again.code, again.counts["failed"]) == (6, 0), again.out
    home = command_line.home
    assert verdicts(home / "again.json") == verdicts(home / "live.json")
    claimed = [
        case_id for case_id, (verdict, _) in verdicts(home / "live.json").items() if verdict != "not claimed"
    ]
    assert len(claimed) == len(list((home / "taken").iterdir())) > 60
    report = json.loads((home / "again.json").read_text("utf-8"))
    assert report["target"]["endpoint"] == "cassettes"


def test_the_emulator_s_recordings_replay_with_the_network_blocked(command_line):
    """Where rows or the emulator changed, they are taken anew by ANEW."""
    arguments = ["--block-network", "--oss-allow-incomplete", "--oss-report", "report.json"]
    done = command_line("check", "cassettes", *arguments)
    assert done.code == 0, f"record anew: {ANEW}\n{done.out}"
    report = json.loads((command_line.home / "report.json").read_text("utf-8"))
    found = {c["id"]: c for c in report["contracts"]}
    recorded = {read_head(read_text(path))[0].contract for path in (HOME / "emulator").glob("*.yaml")}
    assert {i for i in recorded & found.keys() if found[i]["verdict"] not in ("passed", "observed")} == set()
    assert len(recorded) > 200
    missing = {c.id for c in CASES.values() if not RecordingSession.unrecordable(c)} - recorded
    assert missing == set(), f"record anew: {ANEW}"
