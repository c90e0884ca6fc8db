"""How a verdict shows in pytest: the outcome of the test, and our own text instead of a traceback.

The verdict counts, not the body of the test: a contract that fails on a stale deviation, or on a
change, has a body that passes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_oss_clean.engine.replay import write_reproducer
from pytest_oss_clean.oss.display import Display, Scrub, encodable
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.progress import Progress
from pytest_oss_clean.target.target import Target


@dataclass(frozen=True, slots=True)
class Shown:
    """What a report must say: `outcome` is pytest's word, empty to leave it; `reason` is of an xfail."""

    outcome: str = ""
    text: str = ""
    reason: str = ""


SHOWN = pytest.StashKey[Shown]()
RECORDED = pytest.StashKey[list[dict[str, Any]]]()
WIRE = "oss_clean_wire"
"""The attribute of a report that holds what crossed the wire, where a page is to be written."""
OURS = "oss_clean"
"""The attribute of a report whose text is ours; it travels from the workers of pytest-xdist."""

COLOURS = {"FAILED": "red", "PASSED": "green", "INCOMPLETE": "yellow", "OBSERVED": "green"}
"""Colours of lines by the word that they begin with."""


def colour(line: str) -> dict[str, bool]:
    """Return pytest's markup for a line of ours: verdicts have one, all else has none."""
    word = line.removeprefix("oss-clean: ").partition(" ")[0].rstrip(":")
    return {COLOURS[word]: True, "bold": True} if word in COLOURS else {}


def fitting(line: str, reporter: pytest.TerminalReporter) -> str:
    """Return a line in characters that the terminal's encoding has: pytest would escape its layout, too."""
    stream = getattr(reporter.config.get_terminal_writer(), "_file", None)
    return encodable(line, getattr(stream, "encoding", None))


def progress_on(config: pytest.Config, display: Callable[[str], str]) -> Progress:
    """Return what shows long waits on pytest's terminal, or in its log; workers of pytest-xdist show none."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if reporter is None or hasattr(config, "workerinput"):
        return Progress()
    width = config.get_terminal_writer().fullwidth - 1

    def write(line: str) -> None:
        text = fitting(display(line), reporter)
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            reporter.ensure_newline()
            if reporter.isatty:
                reporter.rewrite(text[:width], erase=True)
                reporter.write("" if text else "\r")
            else:
                reporter.write_line(text)

    return Progress(write, reporter.isatty)


def outcome_of(judged: GatedOutcome, *, gate_changes: bool) -> str:
    """Return what pytest is to call a verdict; empty where the test decides."""
    verdict = judged.outcome.verdict
    if verdict is Verdict.FAILED or (verdict is Verdict.CHANGED and gate_changes):
        return "failed"
    return "skipped" if verdict is Verdict.DEVIATES else ""


def shown(judged: GatedOutcome, target: Target, settings: Settings) -> Shown:
    """Return how a verdict shows; a failure leaves a reproducer behind."""
    how = outcome_of(judged, gate_changes=settings.gate_changes)
    if not how:
        return Shown()
    path = write_reproducer(judged.outcome, target, settings) if judged.outcome.problems else None
    reproducer = str(path) if path else ""
    if path and settings.recordings is not None:
        reproducer += " --target URL"  # a recording answers no other requests
    return Shown(how, render(judged, target, reproducer), Display(target.scrubber)(judged.deviation))


def show(item: pytest.Item, report: pytest.TestReport) -> None:
    """Give a report the outcome and the text of its contract's verdict."""
    shown = item.stash.get(SHOWN, None)
    if shown is None or report.when != "call" or not shown.outcome:
        return
    report.outcome = "failed" if shown.outcome == "failed" else "skipped"
    report.longrepr = shown.text
    setattr(report, OURS, True)
    if shown.outcome == "skipped":
        report.wasxfail = shown.reason


def point_at(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let a skip of ours point at the test, not into the plugin."""
    if report.skipped and isinstance(report.longrepr, tuple) and not hasattr(report, "wasxfail"):
        path, _, reason = report.longrepr
        if Path(path).is_relative_to(Path(__file__).parents[1]):
            report.longrepr = (str(item.path), (item.location[1] or 0) + 1, reason)


def scrub(report: pytest.TestReport, scrub: Scrub) -> None:
    text = str(report.longrepr) if report.failed or isinstance(report.longrepr, str) else ""
    if (without := scrub(text)) != text:
        report.longrepr = without
    report.sections = [(name, scrub(content)) for name, content in report.sections]
