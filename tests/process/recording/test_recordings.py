"""Recordings as users meet them: taken with pytest-recording's option, replayed without a network."""

import json
import re
import shutil

import pytest

from cassettes import REWRITE, alter, record, replay
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.target.config.cassette_folder import read_head, read_text
from served_targets import MAIN, serving

PAGE = ("-k", "test_page")
PAGE_CASES = [
    c for c in CASES.values() if c.contract.id in "never-restored already-cleaned restoring restored".split()
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory, command_lines):
    """A folder with recordings of the page's own rows, taken once."""
    done = record(command_lines(tmp_path_factory.mktemp("pages")), "emulator", *PAGE)
    assert done.code == 0
    return done.folder


@pytest.fixture
def copied(pages, command_line):
    """The same recordings in a folder of the test's own."""
    return shutil.copytree(pages, command_line.home / "copied")


def told(done, case_id):
    """Return what a run said of a contract."""
    lines = re.split(r"(?m)^_+ .* _+$|^=+ .*", done.out)
    return "\n".join(part for part in lines if case_id in part)


def test_nothing_of_the_run_stands_in_a_recording(command_line):
    with serving(command_line) as server:
        server.run(server.arguments(REWRITE, "-k", "test_page or presigned or temporary or versions"))
        port = server.endpoint.port
        hidden = [
            server.credentials.key_id,
            server.credentials.secret.reveal(),
            MAIN,
            *{
                re.search(r"oss-clean-[0-9a-f]{8}", r.target)[0]
                for r, _ in server.requests
                if "oss-clean-" in r.target
            },
        ]
    files = list((command_line.home / "oss-cassettes").iterdir())
    assert len(files) > 50
    for file in files:
        text = file.read_text("utf-8")
        assert [word for word in hidden if word.lower() in text.lower()] == []
        # As a number of its own: random version ids and times hold any five digits now and then.
        assert not re.search(rf"(?<![0-9A-Za-z]){port}(?![0-9A-Za-z])", text)


def test_a_recording_says_where_it_comes_from(pages):
    head, sealed = read_head(read_text(pages / "restored-ColdArchive-V4.yaml"))
    assert sealed
    assert (head.contract, head.kind, head.target) == (
        "restored[ColdArchive-V4]",
        "emulator",
        "the embedded emulator",
    )
    assert head.age(head.recorded) == 0
    assert any("token" in text for text in head.scrubbed)
    assert "IA" in head.claims


@pytest.mark.usefixtures("copied")
def test_the_header_of_a_run_tells_what_is_replayed_and_how_old_it_is(command_line):
    done = replay(command_line, "copied", *PAGE)
    assert "oss-clean: recordings in copied\n" in done.out
    assert f"oss-clean: {len(PAGE_CASES)} of the embedded emulator (emulator), " in done.out
    assert "0 days old, of our own emulator: evidence of nothing but itself\n" in done.out
    assert done.out.splitlines()[-3].endswith("none failed (exit 6) on the recordings in copied")


BODY_OF_STALE = "<Code>ArchiveRestoreFileStale</Code>"
ALTERED = {
    # contract: texts replaced, what is then said
    "never-restored-ColdArchive-V4": ([("code: 409", "code: 408")], "status is 408, not 409"),
    "already-cleaned-ColdArchive-V4": (
        [(BODY_OF_STALE, BODY_OF_STALE.replace("Stale", "Fresh"))],
        "Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale",
    ),
    "restoring-ColdArchive-V4": (
        [('ongoing-request="true"', 'ongoing-request="maybe"')],
        "x-oss-restore",
    ),
    "restored-ColdArchive-V4": (
        [("?cleanRestoredObject", "?restore")],
        "?cleanRestoredObject is not in the recording",
    ),
    "restored-DeepColdArchive-V4": ([("x-oss-request-id", "x-oss-other-id")], "x-oss-request-id is absent"),
    "never-restored-DeepColdArchive-V4": (
        [("never-restored-DeepColdArchive-V4?clean", "never-restored-DeepColdArchive-V5?clean")],
        "is not in the recording",
    ),
    "already-cleaned-DeepColdArchive-V4": ([("method: GET", "method: PUT")], "is not in the recording"),
    "restoring-DeepColdArchive-V4": (
        [("host:\n      - e.invalid", "host:\n      - f.invalid")],
        "not in the recording",
    ),
    "never-restored-ColdArchive-V1": (
        [("restored-ColdArchive-V1\n\n", "restored-ColdArchive-V2\n\n")],
        "is not in the recording",
    ),
    "already-cleaned-ColdArchive-V1": ([("<Error>", "<Err>"), ("</Error>", "</Err>")], "the body is"),
    "restored-ColdArchive-V1": (
        [("authorization:\n      - OSS RED", "authorization:\n      - OSS4-HMAC-SHA256 RED")],
        "is not in the recording",
    ),
    "restoring-ColdArchive-V1": (
        [("?cleanRestoredObject", "?cleanRestoredObject=")],
        "is not in the recording",
    ),
}


@pytest.mark.parametrize("sealed", [True, False], ids=["with a new seal", "as an editor leaves it"])
def test_an_altered_recording_fails_and_the_message_names_the_contract(command_line, copied, sealed):
    for name, (changes, _) in ALTERED.items():
        alter(copied / f"{name}.yaml", *changes, sealed=sealed)
    done = replay(command_line, "copied", *PAGE)
    assert done.code == 1
    assert done.counts["passed"] == len(PAGE_CASES) - len(ALTERED)
    for name, (_, said) in ALTERED.items():
        case = next(c for c in PAGE_CASES if c.slug == name)
        text = re.sub(r"\s+", " ", told(done, case.id))
        assert said in text, (name, text)
        assert ("altered" in text) is not sealed


def test_any_other_alteration_breaks_the_seal(command_line, copied):
    alter(
        copied / "restored-ColdArchive-V4.yaml",
        ("server:\n      - AliyunOSS", "server:\n      - Other"),
        sealed=False,
    )
    done = replay(command_line, "copied", *PAGE)
    assert done.code == 6
    assert done.counts["not tested"] == 1
    assert "the recording was altered after it was made" in told(done, "restored[ColdArchive-V4]")


def test_a_missing_exchange_a_missing_file_and_a_broken_one_are_errors_of_their_own_kind(
    command_line, copied
):
    short = copied / "restored-ColdArchive-V4.yaml"
    text = short.read_text("utf-8")
    start = text.rindex("\n- request:")
    alter(short, (text[start:], "\n"), sealed=True)
    (copied / "restoring-ColdArchive-V4.yaml").unlink()
    half = copied / "never-restored-ColdArchive-V4.yaml"
    half.write_text(half.read_text("utf-8")[:900], "utf-8")
    cut = copied / "never-restored-ColdArchive-V1.yaml"
    cut.write_text(cut.read_text("utf-8")[:2500], "utf-8")
    (copied / "already-cleaned-ColdArchive-V4.yaml").write_text("\0\0 not a cassette", "utf-8")
    shutil.copy(copied / "restored-ColdArchive-V1.yaml", copied / "restored-DeepColdArchive-V1.yaml")
    done = replay(command_line, "copied", "--oss-report", "r.json", *PAGE)
    assert done.code == 6
    assert done.counts["not recorded"] == 6
    assert done.counts["failed"] == done.counts["not tested"] == 0
    report = json.loads((command_line.home / "r.json").read_text("utf-8"))
    assert report["counts"]["not recorded"] == 6
    causes = {c["id"]: c["cause"] for c in report["contracts"] if c["verdict"] == "not recorded"}
    assert "the recording ends there" in causes["restored[ColdArchive-V4]"]
    assert "has no recording of it" in causes["restoring[ColdArchive-V4]"]
    assert "cut short" in causes["never-restored[ColdArchive-V4]"]
    assert "V1.yaml is no cassette: " in causes["never-restored[ColdArchive-V1]"]
    assert "no cassette of this suite" in causes["already-cleaned[ColdArchive-V4]"]
    assert "a recording of restored[ColdArchive-V1]" in causes["restored[DeepColdArchive-V1]"]
    allowed = replay(command_line, "copied", "--oss-allow-incomplete", *PAGE)
    assert allowed.code == 0
    assert "PASSED INCOMPLETE: 6 not recorded, let pass" in allowed.out


def test_an_answer_is_never_played_at_a_later_moment_than_its_own(command_line, copied):
    """A read that a later suite leaves out is passed over; one that changes something is not."""
    path = copied / "restored-ColdArchive-V4.yaml"
    text = path.read_text("utf-8")
    body = text[text.index("\ninteractions:\n") + len("\ninteractions:\n") :]
    first, *rest = re.split(r"(?m)^(?=- request:)", body)[1:]
    get = next(part for part in rest if "method: HEAD" in part)
    alter(path, (first, first + get), sealed=True)
    chosen = ("-k", "test_page and restored-ColdArchive-V4 and not never")
    passed_over = replay(command_line, "copied", *chosen)
    assert (passed_over.code, passed_over.counts["passed"]) == (6, 1)
    assert ", none failed" in passed_over.out
    alter(path, (first + get, first + first), sealed=True)
    done = replay(command_line, "copied", *chosen)
    assert (done.code, done.counts["not recorded"]) == (6, 1)
    assert "exchange 2 of" in done.out


def test_old_recordings_fail_where_they_may_not_be_old(command_line, copied):
    head, _ = read_head(read_text(copied / "restored-ColdArchive-V4.yaml"))
    dates = {"restored-ColdArchive-V4": "2020-01-02", "restoring-ColdArchive-V4": "2999-01-02"}
    for name, day in dates.items():
        alter(
            copied / f"{name}.yaml", (f'"recorded": "{head.recorded}"', f'"recorded": "{day}"'), sealed=True
        )
    young = replay(command_line, "copied", *PAGE)
    assert (young.code, young.counts["failed"], young.counts["passed"]) == (6, 0, len(PAGE_CASES))
    done = replay(command_line, "copied", "--oss-max-cassette-age", "30", *PAGE)
    assert (done.code, done.counts["failed"]) == (1, 2)
    old = re.sub(r"\s+", " ", told(done, "restored[ColdArchive-V4]"))
    assert re.search(
        r"the recording of 2020-01-02 is \d{4} days old, more than --oss-max-cassette-age 30", old
    )
    assert "the recording of 2999-01-02 is of the future" in re.sub(r"\s+", " ", done.out)


def test_what_no_cassette_can_show_is_said_and_counted_and_nothing_is_sent_for_it(command_line):
    with serving(command_line) as server:
        which = "cleans-at-once or generated or already-cleaned-ColdArchive-V4"
        live = server.run(server.arguments(REWRITE, "-k", which))
        assert live.code == 6
        assert not [r for r, _ in server.requests if "at-once" in r.target or "generated" in r.target]
    for done in (live, replay(command_line, "oss-cassettes", "-k", which)):
        causes = re.findall(r"  not recorded: (.*?):", done.out)
        assert causes == ["requests at the same time", "generated requests"]
        assert "PASSED" not in done.out.splitlines()[-3]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_recording_by_workers_replays_alone_and_the_other_way_round(command_line, workers):
    assert record(command_line, "emulator", *PAGE, *workers).code == 0
    other = () if workers else ("-n", "2")
    done = replay(command_line, "taken", *PAGE, *other)
    assert (done.code, done.counts["passed"]) == (6, len(PAGE_CASES))
