"""How `oss-clean check` looks: a line for each area instead of pytest's own progress, and no paths.

`oss-clean check` loads this module with `-p`; failures, causes and the verdict come from the session, for
every user of the plugin.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Generator

import pytest
from _pytest.terminal import TerminalReporter  # pytest's own reporter has no public name

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.report.causes import shows_no_more
from pytest_oss_clean.report.junit_properties import decode
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.spec.verdict import NOTHING_LEARNT, UNTESTED, Verdict

AREA_OF = {contract.id: area for area, contracts in AREAS.items() for contract in contracts}
COLOURS = {Verdict.FAILED: "red"} | dict.fromkeys((*UNTESTED, Verdict.CHANGED), "yellow")
WIDTH, LINE = max(map(len, AREAS)), 80


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the place of pytest's reporter."""
    plugins = config.pluginmanager
    standard = plugins.get_plugin("terminalreporter")
    if standard is not None and not hasattr(config, "workerinput") and not config.option.collectonly:
        plugins.unregister(standard)
        plugins.register(AreaReporter(config), "terminalreporter")


class AreaReporter(TerminalReporter):  # type: ignore[misc]  # final, and yet what plugins replace
    """Prints a line for each area when its last contract is done; with -v a line for each contract."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._left: Counter[str] = Counter()
        session = config.pluginmanager.get_plugin("oss-clean-session")
        self._done = Tally(gate_changes=session is not None and session.settings.gate_changes)

    @property
    def showheader(self) -> bool:
        """Leave out versions, folders and plugins."""
        return False

    def pytest_collection(self) -> None:
        """Print nothing: collecting takes no time."""

    def report_collect(self, final: bool = False) -> None:
        """Print no number of items: the verdict counts them."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the contracts of each area, and say what is in force."""
        for item in session.items:
            marker = item.get_closest_marker("oss_contract")
            if marker is not None:
                self._left[_area(marker.args[0])] += 1
        super().pytest_collection_finish(session)

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Print no file name."""

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Print no percentage."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a verdict; print the area's line when it was the last one."""
        category, *_ = self.config.hook.pytest_report_teststatus(report=report, config=self.config)
        self.stats.setdefault(category, []).append(report)
        self._done.add(report)
        case_id, _ = decode(report.user_properties)
        if case_id is None or report.when != "teardown":
            return
        verdict, area = self._done.verdicts.get(case_id, Verdict.ERROR), _area(case_id)
        if self.verbosity > 0:
            self.write_line(f"  {verdict:<12} {case_id}", **_markup(verdict))
        # Under pytest-xdist the controller collects nothing: there the end is the end of all.
        if not self._left[area]:
            return
        self._left[area] -= 1
        if not self._left[area] and not self.verbosity:
            self._print_area(area)

    def _print_area(self, area: str) -> None:
        counts = Counter(v for i, v in self._done.verdicts.items() if _area(i) == area)
        if NOTHING_LEARNT.issuperset(counts) or shows_no_more(self._done.results()):
            return  # the cause is printed once, at the end
        worst = next((v for v in COLOURS if counts[v]), Verdict.PASSED)
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
        self.write_line(f"  {area:<{WIDTH}}  {counts.total():>3}  {told}", **_markup(worst))

    def print_areas(self) -> None:
        """Print the areas that no collection announced, and those of which nothing ran."""
        announced = sum(self._left.values()) or self._left
        if self.verbosity or not self._done.verdicts:
            return
        ran = dict.fromkeys(map(_area, self._done.verdicts))
        for area in () if announced else ran:
            self._print_area(area)
        idle = Counter(area for area in map(_area, CASES) if area not in ran)
        if idle:
            listed = ", ".join(f"0 of {many} {area}" for area, many in idle.items())
            indent = " " * (WIDTH + 9)
            text = f"  {'not run':<{WIDTH}}       {listed}"
            for line in textwrap.wrap(text, LINE, subsequent_indent=indent):
                self.write_line(line)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int | pytest.ExitCode
    ) -> Generator[None]:
        self.print_areas()
        return (yield from super().pytest_sessionfinish(session, exitstatus))

    def summary_stats(self) -> None:
        """Leave the counts to the verdict."""


def _area(case_id: object) -> str:
    return str(AREA_OF.get(str(case_id).partition("[")[0], "others"))


def _markup(verdict: Verdict) -> dict[str, bool]:
    return {COLOURS.get(verdict, "green"): True}
