"""The recordings that are shipped: the page's own samples, and our emulator."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from cassettes import alter, replay
from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.recording.cassette import read_cassette
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.target.config.cassette_folder import Kind, read_head, read_text

HOME = Path(__file__).parents[3] / "cassettes"
FILES = sorted(HOME.glob("*/*.yaml"))
PAGE = (HOME / "documented" / "cleanrestoredobject.txt").read_text("utf-8")
SAMPLES = [textwrap.dedent(text) for text in re.findall(r"(?ms)^ +HTTP/1\.1 .*?(?=^ +•|\Z)", PAGE)]
MEGABYTES = 6


def test_no_shipped_recording_is_of_a_contract_that_is_gone():
    assert {read_head(read_text(path))[0].contract for path in FILES} <= CASES.keys(), "remove what is gone"


@pytest.mark.parametrize("folder", ["documented", "emulator"])
def test_every_shipped_recording_is_as_it_was_made(folder):
    for path in (HOME / folder).glob("*.yaml"):
        cassette = read_cassette(path)
        assert cassette.sealed, path.name
        assert cassette.provenance.kind == folder
        assert CASES[cassette.provenance.contract].slug == path.stem


def test_the_documented_answers_are_the_page_s_own():
    assert len(SAMPLES) == 3
    which = {"never-restored": 0, "already-cleaned": 0, "restoring": 1, "restored": 2}
    for slug, number in which.items():
        cassette = read_cassette(HOME / "documented" / f"{slug}-ColdArchive-V4.yaml")
        ((request, response),) = cassette.interactions
        assert (request.method, request.uri.partition(".com")[2]) == (
            "POST",
            "/ObjectName?cleanRestoredObject",
        )
        head, _, body = SAMPLES[number].partition("<?xml")
        status, *headers = head.split("\n")
        assert status == f"HTTP/1.1 {response['status']['code']} {response['status']['message']}"
        shown = [(name.lower(), value) for name, value in (h.split(": ") for h in headers if h)]
        assert sorted(shown) == sorted((n, v) for n, values in response["headers"].items() for v in values)
        assert response["body"]["string"].decode() == ("<?xml" + body.rstrip() if body else "")


def test_the_page_s_answers_are_as_demanded_and_never_pass_as_a_whole(command_line):
    done = replay(command_line, "documented", "-k", "test_page and ColdArchive-V4 and not Deep")
    assert (done.code, done.counts["not recorded"], done.counts["passed"]) == (6, 4, 0)
    told = "\n  not recorded: the page shows the answer, which is as demanded, and no effects"
    assert done.out.count(told) == 4
    assert "4 of CleanRestoredObject page (documented), 2026-06-02" in done.out


def test_another_answer_than_the_page_s_fails(command_line):
    folder = shutil.copytree(HOME / "documented", command_line.home / "documented")
    alter(folder / "restoring-ColdArchive-V4.yaml", ("NotFinished", "FileStale"), sealed=True)
    done = replay(command_line, "./documented", "-k", "test_page and ColdArchive-V4 and not Deep")
    assert (done.code, done.counts["failed"], done.counts["not recorded"]) == (1, 1, 3)
    assert "Code is ArchiveRestoreFileStale, not ArchiveRestoreNotFinished" in done.out


def test_what_is_called_recorded_rests_on_a_live_recording():
    live = {h.contract for h in (read_head(read_text(path))[0] for path in FILES) if h.kind is Kind.LIVE}
    for contract in CONTRACTS:
        if any(e.evidence is Evidence.RECORDED for e in contract.expectations):
            assert {case.id for case in contract.cases()} & live, contract.id


@pytest.mark.parametrize(
    "pattern", [r"LTAI[0-9A-Za-z]", r"Signature=(?!REDACTED)", r"STS\.[0-9A-Za-z]", r"Credential="]
)
def test_no_shipped_recording_holds_what_looks_like_a_credential(pattern):
    assert [path.name for path in FILES if re.search(pattern, path.read_text("utf-8"))] == []


def test_shipped_recordings_stay_small():
    assert sum(path.stat().st_size for path in FILES) < MEGABYTES * 1024 * 1024
