"""The end of a run, on the controller: the exit code, the last lines, the files that were asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine import self_check
from pytest_oss_clean.engine.coverage import unvisited
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.report import json_report
from pytest_oss_clean.report.catalogue import Line, digest, lines, newer, newest_edition
from pytest_oss_clean.report.causes import causes
from pytest_oss_clean.report.files import may_write, write_whole
from pytest_oss_clean.report.gate import baseline
from pytest_oss_clean.report.gate.baseline import Baseline, Checks, write_baseline
from pytest_oss_clean.report.gate.gate import Gate
from pytest_oss_clean.report.html_report import PageData, as_html
from pytest_oss_clean.report.markdown_summary import as_markdown
from pytest_oss_clean.report.matrix import as_text, matrix
from pytest_oss_clean.report.next_step import next_step
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import closing, left_behind, no_contract, shows_matrix, stories
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Exit, Verdict
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.ledger import ledgers, read_ledger

COMPLETE = (Exit.OK, Exit.FAILED, Exit.INCOMPLETE)
"""Exit codes of complete runs, so that what they observed may become a baseline."""


def prepare(settings: Settings) -> None:
    """See that the files can be written; a report of an earlier run would be taken for this one's.

    Raises ConfigurationError.
    """
    if not (settings.report or settings.write_baseline):
        return
    if settings.write_baseline is not None:
        may_write("--oss-write-baseline", settings.write_baseline, baseline.FORMAT)
    if settings.report is not None:
        may_write(json_report.OPTION, settings.report, json_report.FORMAT)
        settings.report.unlink(missing_ok=True)


def names_left(settings: Settings, run_id: str) -> list[str]:
    """Return the names that the ledgers of a run, of its workers too, still hold."""
    return [name for path in ledgers(settings.state_dir, run_id) for _, name in read_ledger(path).left]


@dataclass
class Summary:
    """What a run needs for its verdict."""

    settings: Settings
    tally: Tally
    display: Display
    cases: Mapping[str, Case]
    judge: Gate
    left_behind: list[str]
    began: datetime
    verbosity: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    wire: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def finish(self, pytest_exit: int, *, whole: bool) -> int:
        """Fill `lines`, write the files, and return the exit code.

        `whole` says that no option cut the run short. The rules hold where contracts were collected.
        """
        settings, code, broken = self.settings, pytest_exit, []
        if self.tally.verdicts:
            code = self._require_cells(self.tally.exit_code(pytest_exit, whole=whole))
            broken = self_check.canary(self.cases)
            self.notes += self._notes()
        if broken and code == Exit.OK:
            code = int(Exit.INTERNAL)
        if settings.write_baseline is not None:
            code = self._write_baseline(settings.write_baseline, self._checks(), code)
        if settings.report is not None:
            code = self._write_report(settings.report, code, broken)
        if self.tally.verdicts:
            code = self._write_pages(code)
        self.lines += self._stories()
        self.lines += left_behind(self.left_behind)
        if self.tally.verdicts:
            self.lines += closing(self.tally, settings, code, broken, self.notes, verbose=self.verbosity > 0)
        else:
            self.lines += [f"oss-clean: {note}" for note in self.notes]
            self.lines += no_contract(settings, code)
        return code

    def _write_pages(self, code: int) -> int:
        """Write the HTML page, and the summary of a job where GitHub names a file for it."""
        settings, summary = self.settings, os.environ.get("GITHUB_STEP_SUMMARY", "")
        if settings.html is not None:
            began = self.began.strftime("%Y-%m-%dT%H:%M:%SZ")
            suite = version("pytest-oss-clean")
            notes = [self.display(note) for note in self.notes]
            found = causes(self.tally.results(), self.tally.causes)
            following = self.display(next_step(self.tally, settings, found, code))
            data = PageData(code, settings.place, began, suite, self.texts, self.wire, notes, following)
            try:
                write_whole(settings.html, as_html(self.tally, data))
            except OSError as error:
                code = self._not_written(settings.html, error, code)
        if summary:
            try:
                with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
                    file.write(as_markdown(self.tally, code, settings.place, self.texts))
            except OSError as error:
                code = self._not_written(Path(summary), error, code)
        return code

    def _stories(self) -> list[str]:
        """Return the failures by cause, and the matrix where it says more."""
        if not self.tally.verdicts:
            return []
        changed = {Verdict.CHANGED} if self.settings.gate_changes else set()
        found = causes(self.tally.results(), self.tally.causes, {Verdict.FAILED} | changed)
        lines = stories(found, self.texts, verbose=self.verbosity > 0)
        table = matrix(self.tally.verdicts)
        if self.verbosity >= 0 and shows_matrix(found, table):
            lines += ["", *as_text(table)]
        return [*lines, ""] if lines else []

    def _require_cells(self, code: int) -> int:
        """Return the exit code, where every documented cell must have been visited."""
        missed = unvisited(self.tally.visits(by_machine=False)) if self.settings.require_cells else []
        if not missed or code != Exit.OK:
            return code
        self.notes.append(f"{len(missed)} documented cells were not visited: {', '.join(missed)}")
        return int(Exit.INCOMPLETE)

    def _notes(self) -> list[str]:
        notes = self.judge.deviations.notes(self.tally.verdicts)
        earlier = self.judge.baseline
        if earlier is not None:
            origin = earlier.origin(version("pytest-oss-clean"), self._contract_set)
            notes.append(f"baseline {origin}: {earlier.new(self._checks())} checks are new")
        since, contracts = self._new
        if contracts:
            pinned = ", which fail nothing here" if since == self.settings.edition else ""
            many = f"{len(contracts)} contract{'s' * (len(contracts) > 1)}"
            notes.append(f"new since edition {since}: expectations of {many}{pinned}")
        return notes

    @cached_property
    def _new(self) -> tuple[str, list[str]]:
        """Return the edition that is given, or the baseline's, and the contracts that ran with newer rows."""
        earlier = self.judge.baseline
        since = self.settings.edition or (earlier.edition if earlier else "") or newest_edition(self._listed)
        rows = {line.contract for line in newer(self._listed, since)}
        return since, sorted(i for i in self.tally.verdicts if i.partition("[")[0] in rows)

    def _checks(self) -> Checks:
        return {case_id: result.checks for case_id, result in self.tally.results().items() if result.checks}

    @cached_property
    def _listed(self) -> list[Line]:
        return lines(AREAS)

    @property
    def _contract_set(self) -> str:
        return digest(self._listed)

    @property
    def _edition(self) -> str:
        return self.settings.edition or newest_edition(self._listed)

    def _write_baseline(self, path: Path, checks: Checks, code: int) -> int:
        """Write the baseline of a whole run; return the exit code."""
        if code not in COMPLETE or not checks:
            self.notes.append(f"no baseline written to {path}: the run has no verdict")
            return code
        written = Baseline(
            target=self.settings.name,
            suite=version("pytest-oss-clean"),
            edition=self._edition,
            contract_set=self._contract_set,
            checks=checks,
        )
        try:
            write_baseline(path, written)
        except OSError as error:
            return self._not_written(path, error, code)
        many = sum(map(len, checks.values()))
        self.notes.append(f"baseline of {len(checks)} contracts, {many} checks, written to {path}")
        return code

    def _write_report(self, path: Path, code: int, broken: list[str]) -> int:
        """Write the report, whatever the verdict; return the exit code."""
        run = json_report.Run(
            began=self.began,
            edition=self._edition,
            contract_set=self._contract_set,
            exit_code=code,
            left_behind=tuple(self.left_behind),
            notes=(*self.notes, *broken),
            new=self._new,
        )
        data = self.display.data(json_report.report(self.tally, self.settings, run))
        try:
            write_whole(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            return self._not_written(path, error, code)
        return code

    def _not_written(self, path: Path, error: OSError, code: int) -> int:
        """A run that was asked for a file and has none is not green."""
        self.notes.append(f"{path} could not be written: {error.strerror}")
        return int(Exit.INTERNAL) if code == Exit.OK else code
