"""The ledger: what it holds, when it goes, and what is read back."""

import json

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.target.ledger import Entry, Ledger, read_ledger

TARGET = {"endpoint": "http://127.0.0.1:1", "bucket": "bucket"}


def opened(folder):
    ledger = Ledger()
    ledger.open(folder / "state", "run", TARGET)
    return ledger


def test_a_name_is_on_disk_as_soon_as_it_is_added(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "prefix/a")
    ledger.add("bucket", "prefix/b")
    ledger.add("bucket", "prefix/b", "version-1")
    ledger.remove("bucket", "prefix/a")
    assert read_ledger(ledger.path) == (TARGET, {Entry("bucket", "prefix/b"): {"version-1"}})
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


def test_a_line_cut_short_by_a_kill_is_ignored(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "prefix/a")
    ledger.close()
    with ledger.path.open("a") as file:
        file.write('{"object": "prefix/b", "ver')
    assert read_ledger(ledger.path)[1] == {Entry("bucket", "prefix/a"): set()}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "another"}', "\x00", '"text"'])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="not a ledger"):
        read_ledger(path)


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_put(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigurationError, match="--oss-state-dir"):
        opened(tmp_path)


def test_every_line_is_one_json_object(tmp_path):
    ledger = opened(tmp_path)
    ledger.add("bucket", "name with\nline end")
    ledger.close()
    entries = [json.loads(line) for line in ledger.path.read_text().splitlines()]
    assert entries[1] == {"object": "name with\nline end", "bucket": "bucket", "version": ""}
