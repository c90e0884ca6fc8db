"""`oss-clean compare` and `oss-clean contracts --check-page`: what changed since it was written down."""

import shutil

import pytest

from cassettes import alter, record
from pytest_oss_clean.report.page_check import kept_text

WHICH = ("-k", "ColdArchive-V4 and (test_page or version-older-named or presigned-expired or siblings-near)")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, command_lines):
    """Two recordings of the emulator, of runs and buckets of their own."""
    run = command_lines(tmp_path_factory.mktemp("compared"))
    assert record(run, "emulator", *WHICH, folder="first").code == 0
    assert (
        record(
            run, "emulator", *WHICH, "--oss-bucket", "another-bucket", "--oss-prefix", "x/", folder="second"
        ).code
        == 0
    )
    return run.home


@pytest.fixture
def copied(folders, command_line):
    for name in ("first", "second"):
        shutil.copytree(folders / name, command_line.home / name)
    return command_line.home


@pytest.mark.usefixtures("copied")
def test_two_recordings_of_one_server_do_not_differ(command_line):
    done = command_line("compare", "first", "cassettes:second")
    assert (done.code, done.out) == (0, "no difference\n")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("code: 409", "code: 400")], "?cleanRestoredObject: status was '409', is '400'"),
        ([("FileStale", "FileFresh")], "<Code>ArchiveRestoreFileFresh</Code>"),
        (
            [("server:\n      - AliyunOSS", "server:\n      - Other")],
            "header server was 'AliyunOSS', is 'Other'",
        ),
        ([("      x-oss-ec:", "      x-oss-ecc:")], "header x-oss-ec was '"),
        ([("?cleanRestoredObject", "?restore")], "asked anew: POST "),
    ],
    ids=["status", "code", "header", "a header gone", "request"],
)
def test_what_differs_is_listed_with_contract_and_request(command_line, copied, changes, said):
    alter(copied / "second" / "never-restored-ColdArchive-V4.yaml", *changes, sealed=True)
    done = command_line("compare", "first", "second")
    assert done.code == 1
    *lines, last = done.out.splitlines()
    assert last == f"{len(lines)} differences"
    assert all(line.startswith("never-restored[ColdArchive-V4]: ") for line in lines)
    assert any(said in line for line in lines), done.out


def test_an_id_that_is_another_within_one_recording_differs(command_line, copied):
    path = copied / "second" / "never-restored-ColdArchive-V4.yaml"
    text = path.read_text("utf-8")
    etag = text.split("etag:\n      - '", 1)[1].split("'", 1)[0]
    first = text.index(etag) + len(etag)
    path.write_text(
        text[:first] + text[first:].replace(etag, '"0123456789ABCDEF0123456789ABCDEF"', 1), "utf-8"
    )
    done = command_line("compare", "first", "second")
    assert done.code == 1
    assert "header etag was 'etag " in done.out


def test_files_on_one_side_only_and_broken_ones_are_told(command_line, copied):
    (copied / "first" / "restored-ColdArchive-V4.yaml").unlink()
    (copied / "second" / "restoring-ColdArchive-V4.yaml").unlink()
    (copied / "second" / "never-restored-ColdArchive-V4.yaml").write_text("broken", "utf-8")
    done = command_line("compare", "first", "second")
    assert done.code == 1
    assert "restored-ColdArchive-V4: only in second\n" in done.out
    assert "restoring-ColdArchive-V4: only in first\n" in done.out
    assert "never-restored-ColdArchive-V4: it begins with no provenance" in done.out
    assert command_line("compare", "nowhere", "first").code == 4


def check_page(command_line, text):
    path = command_line.home / "page.txt"
    path.write_text(text, "utf-8")
    return command_line("contracts", "--check-page", path)


@pytest.mark.parametrize("form", ["text", "other blanks", "HTML"])
def test_the_page_as_kept_has_not_changed(command_line, form):
    text = kept_text()
    if form == "other blanks":
        text = text.replace("    ", "\t").replace(". ", ".  ")
    elif form == "HTML":
        lines = (line.replace("&", "&amp;").replace("<", "&lt;") for line in text.splitlines())
        text = "<!DOCTYPE html><html><script>var x;</script><body>" + "".join(
            f"<p>{line}</p>" for line in lines
        )
    done = check_page(command_line, text)
    assert (done.code, done.out) == (0, "no difference\n")


def test_a_quoted_sentence_that_changed_or_vanished_is_listed_with_who_quotes_it(command_line):
    text = kept_text().replace("restoration is complete.", "restoration is completed.")
    text = text.replace("<Message>The archive file or restore info stale</Message>", "")
    text = text.replace("Last Updated:Jun 02, 2026", "Last Updated:Jul 03, 2027")
    done = check_page(command_line, text)
    assert done.code == 1
    (changed,) = [line for line in done.out.splitlines() if "changed to" in line and "is complete." in line]
    assert changed.startswith("quoted by ")
    assert changed.endswith('initiated for the object, and restoration is completed."')
    assert 'new on the page: "Last Updated:Jul 03, 2027"' in done.out
    assert "The archive file or restore info stale" in done.out


def test_what_nobody_quotes_may_change(command_line):
    done = check_page(
        command_line, kept_text().replace("Last Updated:Jun 02, 2026", "Last Updated:Jul 03, 2027")
    )
    assert done.code == 0
    assert done.out.count("\n") == 2


@pytest.mark.parametrize("text", ["", "another page altogether " * 20], ids=["empty", "another"])
def test_another_file_is_refused(command_line, text):
    done = check_page(command_line, text)
    assert done.code == 4
    assert "give the text of the CleanRestoredObject page" in done.err
    assert command_line("contracts", "--check-page", "nowhere.txt").code == 4
