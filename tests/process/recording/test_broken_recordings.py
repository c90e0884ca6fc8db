"""Recordings that go wrong: interrupted, in the wrong place, with options that contradict each other."""

import signal
import time

import pytest

from cassettes import REWRITE, record
from pytest_oss_clean.target.config.cassette_folder import read_head, read_text
from served_targets import serving

PAGE = ("-k", "test_page")


def test_ctrl_c_leaves_whole_recordings_only(command_line):
    old = "an older recording"
    folder = command_line.home / "taken"
    folder.mkdir()
    (folder / "restored-ColdArchive-V4.yaml").write_text(old, "utf-8")

    def slow(service):
        def sender(request):
            if "/restored-ColdArchive-V4" in request.target and "cleanRestoredObject" in request.target:
                time.sleep(1.5)
            return service(request)

        return sender

    with serving(command_line, slow) as server:
        arguments = server.arguments(REWRITE, "--oss-cassettes", "taken", *PAGE)
        process = command_line.popen(*arguments, **server.variables)
        deadline = time.monotonic() + 120
        while not any("/restored-ColdArchive-V4" in r.target for r, _ in server.requests):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        command_line.signal(process, signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 2, out
        assert server.left() == {}
    assert (folder / "restored-ColdArchive-V4.yaml").read_text("utf-8") == old
    files = sorted(path for path in folder.iterdir() if path.name != "restored-ColdArchive-V4.yaml")
    assert all(read_head(read_text(path))[1] for path in files)
    assert 0 < len(files) < 15


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cassettes:nowhere"], "nowhere: No such file or directory; give a folder of recordings"),
        (["cassettes:."], "holds no recording"),
        (["cassettes", REWRITE], "recordings are replayed, name a target to record"),
        (["emulator", "--record-mode=once"], "contracts are recorded whole: use rewrite"),
        (["cassettes", "--oss-bucket", "mine"], "a recording has its own: leave it out"),
        (["cassettes", "--oss-max-cassette-age", "0"], "--oss-max-cassette-age"),
        (["cassettes", "-p", "no:recording"], "need pytest-recording"),
        (["cassettes", "--disable-recording"], "--disable-recording"),
        (["cassettes", "--oss-require-target"], "name a server with --oss-target URL"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_in_a_line(command_line, arguments, said):
    done = command_line("check", *arguments)
    assert done.code == 4
    assert said in done.out + done.err
    assert "Traceback" not in done.out + done.err


def test_a_folder_that_cannot_be_written_is_an_error_and_not_a_traceback(command_line):
    (command_line.home / "taken").write_text("a file stands here", "utf-8")
    done = record(command_line, "emulator", "-k", "test_page and restored-ColdArchive-V4 and not never")
    assert (done.code, done.counts["not recorded"]) == (6, 1)
    assert "cannot be written" in done.out
    assert (command_line.home / "taken").read_text("utf-8") == "a file stands here"
