"""Runs of contracts on a server in memory, without pytest, and the reports that they come to."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.report import json_report
from pytest_oss_clean.report import junit_properties as properties
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.report.html_report import PageData, as_html
from pytest_oss_clean.report.markdown_summary import as_markdown
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import closing
from pytest_oss_clean.report.wire_record import wire_record
from pytest_oss_clean.spec.verdict import UNTESTED, Verdict
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target


class MemoryRun:
    """Contracts on a server that answers as `fault(service, request)` does."""

    def __init__(self, fault, cases):
        target = memory_target(lambda service: lambda request: fault(service, request))
        target.settle_seconds = 0.0
        self.display, self.tally = Display(target.scrubber), Tally()
        self.texts, self.wire, self.properties = {}, {}, {}
        provisioner = Provisioner(target)
        for case in cases:
            self._add(case, target, provisioner)

    def _add(self, case, target, provisioner):
        try:
            outcome = run(case, target, provisioner)
        except NotTestedError as error:
            outcome = Outcome(case, Verdict.ERROR, cause=str(error))
        judged = GatedOutcome(outcome)
        carried = self.properties[case.id] = properties.encode(judged, self.display)
        self.tally.verdicts[case.id] = outcome.verdict
        self.tally.details[case.id] = properties.decode(carried)[1]
        self.wire[case.id] = wire_record(outcome, self.display)
        if outcome.verdict in UNTESTED:
            self.tally.causes[case.id] = self.tally.details[case.id].cause
        if outcome.problems:
            self.texts[case.id] = render(judged, target, f".oss-clean/failures/{case.slug}.json")

    @property
    def closing(self):
        """Return the last lines, as they are printed."""
        return [self.display(line) for line in closing(self.tally, Settings(), int(self.tally.gate()), [])]

    @property
    def html(self):
        """Return the page."""
        code = int(self.tally.gate())
        return as_html(self.tally, PageData(code, "here", "now", "0.1", self.texts, self.wire))

    @property
    def markdown(self):
        """Return the summary of a job."""
        return as_markdown(self.tally, int(self.tally.gate()), "here", self.texts)

    @property
    def json(self):
        """Return the report for machines."""
        how = json_report.Run(
            began=datetime.now(UTC),
            edition="0.1",
            contract_set="0" * 64,
            exit_code=int(self.tally.gate()),
        )
        return self.display.data(json_report.report(self.tally, Settings(), how))
