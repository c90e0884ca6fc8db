"""The ledger: what it holds, who owns it, when it is deleted, and what is read back."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.target import ledger as module
from pytest_oss_clean.target.ledger import Entry, Ledger, Owner, ledgers, read_ledger, taking_over

TARGET = {"endpoint": "http://127.0.0.1:1", "bucket": "bucket"}
ABANDONED = """
import os, sys
from pathlib import Path
from pytest_oss_clean.target.ledger import Ledger

ledger = Ledger()
ledger.open(Path(sys.argv[1]) / "state", "run", {"endpoint": "http://127.0.0.1:1", "bucket": "bucket"})
ledger.add("bucket", "prefix/a")
os.kill(os.getpid(), 9)
"""


def opened(folder, run_id="run"):
    ledger = Ledger()
    ledger.open(folder / "state", run_id, TARGET)
    return ledger


def abandoned(folder):
    """Return a ledger whose process was killed right after it wrote a name down."""
    subprocess.run([sys.executable, "-c", ABANDONED, str(folder)], check=False)
    (path,) = ledgers(folder / "state")
    return path


def test_a_name_is_on_disk_as_soon_as_it_is_added(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "prefix/a")
    ledger.add("bucket", "prefix/b")
    ledger.add("bucket", "prefix/b", "version-1")
    ledger.remove("bucket", "prefix/a")
    content = read_ledger(ledger.path)
    assert content[:2] == (TARGET, {Entry("bucket", "prefix/b"): {"version-1"}})
    ledger.close()
    assert ledger.path.exists()


def test_the_file_goes_with_its_folders_when_nothing_is_left(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "prefix/a")
    ledger.remove("bucket", "prefix/a")
    ledger.close()
    assert list(tmp_path.iterdir()) == []


def test_folders_with_other_files_stay(tmp_path):
    (tmp_path / "state" / "failures").mkdir(parents=True)
    ledger = opened(tmp_path)
    ledger.close()
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["failures"]


def test_what_a_killed_process_wrote_is_read_and_its_ledger_can_be_taken_over_once(tmp_path):
    path = abandoned(tmp_path)
    content = read_ledger(path)
    assert content.left == {Entry("bucket", "prefix/a"): set()}
    assert not content.owner.lives
    with taking_over(path) as first, taking_over(path) as second:
        assert (first, second) == (True, False)
    with taking_over(path) as again:
        assert again, "whoever took it over is done"


def test_a_ledger_of_a_live_process_is_not_taken_over(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "prefix/a")
    owner = read_ledger(ledger.path).owner
    assert owner.pid == os.getpid()
    assert owner.lives
    with taking_over(ledger.path) as taken:
        assert not taken
    ledger.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells start times of processes by /proc")
def test_another_process_with_the_same_id_is_not_the_owner(tmp_path):
    owner = read_ledger(opened(tmp_path).path).owner
    assert not Owner(owner.host, owner.pid, "1", owner.beat).lives


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells start times of processes by /proc")
def test_a_process_has_its_start_until_it_is_dead():
    running = module._start_of(os.getpid())
    assert running.isdecimal()
    assert module._start_of(os.getpid()) == running
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.DEVNULL) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still listed
        assert module._start_of(process.pid) == ""


@pytest.mark.parametrize(("silent", "lives"), [(0, True), (module.SILENT_SECONDS + 1, False)])
def test_an_owner_on_another_host_lives_as_long_as_it_was_heard_of(silent, lives):
    assert Owner("elsewhere.test", 1, "", time.time() - silent).lives is lives


def test_the_owner_is_heard_of_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)
    ledger = opened(tmp_path)
    first = read_ledger(ledger.path).owner.beat
    deadline = time.monotonic() + 120
    while read_ledger(ledger.path).owner.beat == first:
        assert time.monotonic() < deadline
    ledger.close()


def test_ledgers_of_two_runs_lie_in_one_folder(tmp_path):
    mine, other = opened(tmp_path, "mine"), opened(tmp_path, "other")
    mine.add("bucket", "a")
    assert [path.stem for path in ledgers(tmp_path / "state")] == ["mine", "other"]
    assert [path.stem for path in ledgers(tmp_path / "state", "mi")] == ["mine"]
    other.close()
    assert [path.stem for path in ledgers(tmp_path / "state")] == ["mine"]
    mine.close()


@pytest.mark.parametrize("content", [b"", b"[]", b"\x00", b"text" * 100, "another format"])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content):
    path = tmp_path / "x.ledger"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as file:
            file.executescript(module.SCHEMA)
            file.execute("INSERT INTO ledger VALUES (?, '{}', 'host', 1, '', 0)", (content,))
        file.close()
    with pytest.raises(ConfigurationError, match="not a ledger"):
        read_ledger(path)


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_put(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigurationError, match="--oss-state-dir"):
        opened(tmp_path)


@pytest.mark.parametrize("name", ["with\nline end", "bytes \udcff that are not UTF-8", "quote'; --", "\0"])
def test_every_name_is_read_as_it_was_written(tmp_path, name):
    ledger = opened(tmp_path)
    ledger.add("bucket", name)
    assert list(read_ledger(ledger.path).left) == [("bucket", name)]
    ledger.remove("bucket", name)
    assert read_ledger(ledger.path).left == {}
    ledger.close()
