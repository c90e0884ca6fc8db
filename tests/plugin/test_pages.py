"""The HTML page and the summary of a job, as a run writes them."""

import json

from lxml import html

from plugin_runs import CONFUSED, CONTRACTS, break_emulator, run

pytest_plugins = ["pytester"]

PAGE = ["-k", "test_page and ColdArchive-V4 and not Deep"]


def page_of(pytester, *args):
    path = pytester.path / "page.html"
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-html", path, *args)
    return result, html.fromstring(path.read_text("utf-8"))


def test_a_failure_shows_its_verdict_cause_state_transcript_and_page(pytester):
    break_emulator(pytester, CONFUSED)
    result, page = page_of(pytester)
    assert result.ret == 1
    (verdict,) = page.xpath("//section[contains(@class, 'verdict')]")
    assert verdict.xpath("string(strong)") == "FAILED"
    assert "on the embedded emulator; 4 of " in verdict.text_content()
    assert "next, the first failure again: oss-clean replay .oss-clean/" in verdict.text_content()
    (details,) = page.xpath("//details[@id='never-restored[ColdArchive-V4]']")
    assert details.get("data-verdict") == "failed"
    assert "open" in details.attrib
    text = details.text_content()
    assert "Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale" in text
    (judged,) = details.xpath(".//div[contains(@class, 'judged')]")
    assert judged.xpath("string(.//mark)") == "409 Conflict"
    assert "authorization: oss4-hmac-sha256 ***" in judged.text_content().lower()
    assert details.xpath(".//a[contains(@href, 'cleanrestoredobject')]")
    wrong = page.xpath("//svg[@class='wide']//*[local-name()='path'][@class='wrong']")
    assert len(wrong) == 2  # clean of what is frozen, and of what is restored: its second clean
    assert page.xpath("//h3[contains(@class, 'bad')]")


def test_a_job_on_github_gets_a_summary_by_itself(pytester, monkeypatch):
    path = pytester.path / "summary.md"
    path.write_text("# of the job before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    break_emulator(pytester, CONFUSED)
    assert run(pytester, *CONTRACTS, *PAGE).ret == 1
    text = path.read_text("utf-8")
    assert text.startswith("# of the job before\n## ❌ FAILED\n")
    assert "| Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale |" in text
    assert "\n    never-restored[ColdArchive-V4] FAILED\n" in text


def test_a_page_that_cannot_be_written_is_no_green_run(pytester):
    (pytester.path / "page.html").mkdir()
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-html", pytester.path / "page.html")
    assert result.ret != 0


def test_the_report_and_the_terminal_group_by_the_same_causes(pytester):
    path = pytester.path / "report.json"
    break_emulator(pytester, CONFUSED)
    result = run(pytester, *CONTRACTS, *PAGE, "--oss-report", path)
    causes = json.loads(path.read_text("utf-8"))["causes"]
    assert causes[0]["words"] == "Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale"
    assert causes[0]["failed"] == ["never-restored[ColdArchive-V4]", "already-cleaned[ColdArchive-V4]"]
    said = " ".join(result.stdout.str().split())
    assert all(f"one cause: {cause['words']}" in said for cause in causes if len(cause["failed"]) > 1)


def test_a_failure_stays_laid_out_in_a_locale_without_its_characters(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    body = 'answer.body.replace(b"info stale", chr(0x2603).encode())'
    status = "410 if answer.status == 409 else answer.status"
    break_emulator(pytester, f"replace(answer, status={status}, body={body})")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *CONTRACTS, *PAGE)
    assert result.ret == 1
    lines = result.stdout.str().splitlines()
    assert "never-restored[ColdArchive-V4] FAILED" in lines
    assert any(line.startswith("  response  410") for line in lines)
    (said,) = [line for line in lines if line.startswith("  server")][:1]
    assert said == '  server    says "The archive file or restore \\u2603"'
    assert not any("\\n" in line for line in lines), "pytest would escape the layout, too"
