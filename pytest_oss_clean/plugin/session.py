"""One pytest run: its settings, its target, its verdicts.

The plugin's hooks and fixtures are thin calls into this module; there is one Session for each
process, and under pytest-xdist the workers' verdicts reach the controller's with the reports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.pool import Pool
from pytest_oss_clean.engine.preflight import preflight
from pytest_oss_clean.engine.provisioning import ArrangedObject, Provisioner
from pytest_oss_clean.engine.replay import remove_reproducer
from pytest_oss_clean.errors import ConfigurationError, NotTestedError, suggestion
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.plugin.outcomes import (
    OURS,
    RECORDED,
    SHOWN,
    WIRE,
    colour,
    fitting,
    point_at,
    progress_on,
    scrub,
    show,
    shown,
)
from pytest_oss_clean.plugin.recordings import mark, open_recording, recorded
from pytest_oss_clean.plugin.selection import chosen, spread
from pytest_oss_clean.report import junit_properties as properties
from pytest_oss_clean.report.causes import shows_no_more
from pytest_oss_clean.report.files import ignore_by_git, may_write_folder
from pytest_oss_clean.report.finish import Summary, names_left, prepare
from pytest_oss_clean.report.gate.gate import Gate, read_gate
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.wire_record import wire_record
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.history import RESTORE_RUNS, STEPS, Given, Step
from pytest_oss_clean.spec.verdict import UNTESTED, Exit, Verdict
from pytest_oss_clean.target.clock import Advancing, ClockShare, TimeControlError
from pytest_oss_clean.target.config.options import ALL, BY_NAME, EMULATOR, OPTIONS
from pytest_oss_clean.target.config.settings import Settings, read_settings
from pytest_oss_clean.target.config.target_files import read_target
from pytest_oss_clean.target.open import connection, open_emulator, open_server, start_emulator
from pytest_oss_clean.target.target import Target

if TYPE_CHECKING:  # loads vcrpy
    from pytest_oss_clean.recording.session import RecordingSession

RUNS = pytest.StashKey[tuple[Outcome, int]]()
"""The outcome of an item's contract, and how often the item ran."""

Choice = TypeVar("Choice", bound=StrEnum)


class NotTestedException(pytest.fail.Exception):  # type: ignore[misc, name-defined]
    """A contract, or an object for a test of the user's, could not be brought where it must be."""

    def __init__(self, why: str) -> None:
        super().__init__(why, pytrace=False)


class Session:
    """The state of one run in one process. Raises ConfigurationError for settings that cannot work."""

    def __init__(self, config: pytest.Config, run_id: str) -> None:
        self.config, self._run_id = config, run_id
        options = {option.name: config.getoption(option.flag) for option in OPTIONS}
        hook = config.hook.pytest_oss_clean_advance
        self._hook = hook if hook.get_hookimpls() else None
        self._whole: Settings = read_target(options, os.environ, config.rootpath, hook=self._hook is not None)
        self.settings: Settings = self._share_of(self._whole)
        self._refused = ""
        if self.settings.endpoint is not None:
            connection(self.settings)
        if self.settings.pool:
            self._see_that_a_pool_can_wait()
        self._strict = self._strict_contracts()
        self._wanted = chosen(self.settings.contract, CASES)
        self.display = Display(Scrubber(self.settings.secrets))
        self.selected: list[str] = []
        self.began = datetime.now(UTC)
        self.tally = Tally(
            self.settings.gate_changes,
            self.settings.allow_incomplete,
            catalogue=frozenset(CASES),
            partial=self.settings.endpoint is None,
        )
        self.used = False
        self.said = False
        if self.settings.deviations or self.settings.baseline:
            _ = self.judge  # a file that cannot be read is known before the first request
        if not self.is_worker:
            prepare(self.settings)
            if self.settings.endpoint is not None and self.settings.recordings is None:
                may_write_folder(BY_NAME["state-dir"].flag, self.settings.state_dir)
        config.pluginmanager.register(self, "oss-clean-session")
        self.texts: dict[str, str] = {}
        self.wire: dict[str, list[dict[str, Any]]] = {}
        self._made = 0
        self._recording: RecordingSession | None = None
        self._begun = False
        self._pool: Pool | None = None

    def _share_of(self, settings: Settings) -> Settings:
        """Leave each worker of pytest-xdist its part of the rate."""
        workers = vars(self.config)["workerinput"]["workercount"] if self.is_worker else 1
        shared = {name: getattr(settings, name) for name in ("rate", "max_requests", "max_cost")}
        return replace(settings, **{name: value / workers for name, value in shared.items() if value})

    def _plan(self) -> None:
        """Refuse a run whose plan exceeds a limit; workers, which cannot, test nothing then."""
        limits = self._whole
        waits = limits.max_wall and limits.restore_seconds
        if not (limits.max_requests or limits.max_cost or waits) or limits.recordings is not None:
            return
        from pytest_oss_clean.engine.plan import exceeded, plan  # noqa: PLC0415 - few runs have limits

        error = exceeded(plan(self._claimed(), limits), limits)
        if error and not self.is_worker:
            raise pytest.UsageError(f"oss-clean: {error}")
        self._refused = str(error or "")

    def _see_that_a_pool_can_wait(self) -> None:
        """Raise ConfigurationError for a target or a run that has no pool."""
        if self.settings.endpoint is None or self.settings.restore_seconds is None:
            remedy = "it waits for restores of a server: name one, and --oss-restore-seconds"
            raise ConfigurationError("--oss-pool", "yes", remedy)
        if self.is_worker or self.config.getoption("numprocesses", None):
            raise ConfigurationError("--oss-pool", "yes", "one process works with a pool: leave out -n")

    def _strict_contracts(self) -> frozenset[str]:
        """Return the contracts whose checks gate. Raises ConfigurationError for an area that there is not."""
        areas = self.settings.strict
        unknown = sorted(areas - AREAS.keys() - {ALL})
        if unknown:
            known = f"of {', '.join(AREAS)}"
            remedy = f"no area {', '.join(unknown)}: write --oss-strict, or --oss-strict=AREA[,AREA] {known}"
            raise ConfigurationError("--oss-strict", ",".join(sorted(areas)), remedy)
        return frozenset(c.id for area, rows in AREAS.items() for c in rows if {area, ALL} & areas)

    @cached_property
    def judge(self) -> Gate:
        """Return what the target's owner brought to the run. Raises ConfigurationError."""
        return read_gate(self.settings, CASES, self.began.date())

    @cached_property
    def run_id(self) -> str:
        """Return the id of this run, with the worker's name where there are several."""
        if not self.is_worker:
            return self._run_id
        worker: dict[str, str] = vars(self.config)["workerinput"]  # pytest-xdist adds it
        return f"{worker['oss_run_id']}-{worker['workerid']}"

    def take_in(self, items: list[pytest.Item]) -> None:
        """Deselect what is not named, write contract ids into reports, skip what is not claimed."""
        self.used = True
        if self.settings.recordings is None and self.config.getoption("--block-network", False):
            what = (
                "--block-network: nothing reaches the target: take it away, or replay --oss-target cassettes"
            )
            raise pytest.UsageError(f"oss-clean: {what}")
        self._recording = open_recording(self.config, self.settings, self.began.date())
        self._select(items)
        for item in items:
            marker = item.get_closest_marker("oss_contract")
            if marker is None:
                continue
            case = self._case(marker.args[0], item)
            mark(item, case, self._recording)
            self.selected.append(case.id)
            item.user_properties.append((properties.CONTRACT, case.id))
            missing = case.missing(self.settings.claims, patient=self.settings.pool)
            if missing:
                reason = f"not claimed: {', '.join(missing)}"
                item.user_properties += properties.not_claimed(reason)
                item.add_marker(pytest.mark.skip(reason=reason))
        try:
            self._plan()
        except ConfigurationError as error:
            raise pytest.UsageError(f"oss-clean: {error}") from None
        if self.is_worker:
            items[:] = spread(items)

    def _select(self, items: list[pytest.Item]) -> None:
        """Deselect the contracts that --oss-contract does not name."""
        if not self.settings.contract:
            return
        markers = [(item, item.get_closest_marker("oss_contract")) for item in items]
        others = [
            item for item, marker in markers if marker is not None and marker.args[0] not in self._wanted
        ]
        self.config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]

    @staticmethod
    def _case(case_id: object, item: pytest.Item) -> Case:
        if not isinstance(case_id, str) or case_id not in CASES:
            raise pytest.UsageError(f"{item.nodeid}: no contract has the id {case_id!r}")
        found: Case = CASES[case_id]
        return found

    @contextmanager
    def emulator(self) -> Iterator[Emulator]:
        embedded = self.settings if self.settings.endpoint is None else read_settings({}, {})
        with start_emulator(embedded, control_port=0) as emulator:
            yield emulator

    @contextmanager
    def target(self, emulator: Emulator | None) -> Iterator[Target]:
        """Open the target and try it; one that cannot be used is noted, once."""
        if self._recording is not None and self._recording.replays:
            with self._recording.nothing() as target:
                self._pool = Pool(Provisioner(target))
                yield target
            return
        opened = (
            open_emulator(self.settings, self.run_id, emulator)
            if emulator
            else open_server(self.settings, self.run_id, move=self._move(), pool=self.settings.pool)
        )
        with opened as target:
            target.unusable = self._refused
            target.progress = progress_on(self.config, self.display)
            try:
                if not self._refused:
                    preflight(target, wait_ready=self.settings.wait_ready)
            except NotTestedError as error:
                target.unusable = str(error)
            if self._recording is not None:
                self._recording.record(target)
            self._pool = Pool(Provisioner(target), partial(self._demand, target=target))
            listed = self.judge.deviations
            target.trying = replace(
                target.trying, known=frozenset(listed.by_case), accepted=frozenset(listed.accepted)
            )
            try:
                yield target
            finally:
                self._pool.remove_objects(CASES.values())

    def _move(self) -> Any:
        hook = self._hook
        if hook is None:
            return None

        def move(target: Target, seconds: float) -> None:
            try:
                moved = hook(target=target, seconds=seconds)
            except Exception as error:  # noqa: BLE001 - code of the user's
                told = f"{type(error).__name__}: {error}".partition("\n")[0]
                raise TimeControlError(f"the hook pytest_oss_clean_advance raised {told}") from None
            if not moved:
                raise TimeControlError(f"the hook pytest_oss_clean_advance returned {moved}, not True")

        return move

    def run(self, case_id: str, target: Target, item: pytest.Item) -> Outcome:
        """Run one contract. Raises NotTestedException where it cannot be tested.

        A plugin may run an item again; its contract does not run again, and keeps its outcome.
        """
        outcome, runs = item.stash.get(RUNS, (None, 0))
        if outcome is None:
            outcome = self._judged(case_id, target, item)
        item.stash[RUNS] = outcome, runs + 1
        if runs:
            item.user_properties.append((properties.RUNS, str(runs + 1)))
        if outcome.verdict in (Verdict.NOT_OBSERVED, Verdict.PENDING):
            pytest.skip(self.display(f"{outcome.verdict}: {outcome.cause}"))
        if outcome.verdict in UNTESTED:
            was = str(outcome.verdict).replace("not", "was not")
            raise NotTestedException(f"{case_id} {was}: {outcome.cause}")
        return outcome

    def _judged(self, case_id: str, target: Target, item: pytest.Item) -> Outcome:
        """Run a contract and judge it; its outcome goes into the reports."""
        case = CASES[case_id]
        self._demand(case, target)
        run = partial(self._outcome, case, target)
        outcome = recorded(self._recording, case, target, item, run) if self._recording else run()
        judged = self.judge(outcome)
        target.breaker.failed |= judged.outcome.verdict is Verdict.FAILED
        item.user_properties += properties.encode(judged, self.display)
        item.stash[SHOWN] = shown(judged, target, self.settings)
        if self.settings.html is not None:
            item.stash[RECORDED] = wire_record(judged.outcome, self.display)
        return judged.outcome

    def _outcome(self, case: Case, target: Target) -> Outcome:
        """Run a contract on the target, or bring it to its end."""
        pool = self._pool_of(target)
        self._end_early(target, pool.provisioner)
        if not (self._begun or self.is_worker):
            self._begun = True
            pool.begin(self._claimed())
        return pool.outcome(case)

    def _claimed(self) -> Iterator[Case]:
        recording, settings = self._recording, self.settings
        for case in (CASES[case_id] for case_id in self.selected):
            missing = case.missing(settings.claims, patient=settings.pool)
            if not (missing or (recording and recording.unrecordable(case))):
                yield case

    def _end_early(self, target: Target, provisioner: Provisioner) -> None:
        """Run no further contract where none would show more. Raises NotTestedException."""
        breaker = target.breaker
        if not breaker.over:
            alike = shows_no_more(self.tally.results()) if breaker.failed else ""
            breaker.over = alike or provisioner.steps.never_restored
        if breaker.over:
            raise NotTestedException(f"not tested: {breaker.over}")

    def _demand(self, case: Case, target: Target) -> None:
        """Let the checks of a contract gate, where its area is strict."""
        target.demand = replace(target.demand, strict=case.contract.id in self._strict)

    def _pool_of(self, target: Target) -> Pool:
        if self._pool is None:
            raise NotTestedException("the target is not open: use the fixture oss_target")
        if target.unusable:
            raise NotTestedException(f"not tested: {target.unusable}")
        return self._pool

    def make_object(
        self, target: Target, given: str, storage_class: str, content: bytes | None, made: dict[str, Given]
    ) -> ArrangedObject:
        """Make an object for a test of the user's; its name is in `made` before it is put."""
        __tracebackhide__ = True
        provisioner = self._pool_of(target).provisioner
        self._made += 1
        client = target.client(f"object-{self._made}")
        wanted = read_given(given)
        name, before = client.name(client.contract_id), dict(made)
        made[name] = wanted
        chosen = _choose("oss_object(storage_class)", storage_class, StorageClass)
        with _clock_for(target, name, wanted, before):
            try:
                return provisioner.make(client, client.contract_id, wanted, chosen, content=content)
            except NotTestedError as error:
                raise NotTestedException(f"no {given} object: {self.display(str(error))}") from None

    def finish_report(
        self, item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None]
    ) -> None:
        """Show our own text instead of a traceback, and let no secret into any report."""
        if call.excinfo is not None and call.excinfo.errisinstance(NotTestedException):
            report.longrepr = self.display(str(call.excinfo.value))
            if properties.decode(report.user_properties)[0] is not None:
                setattr(report, OURS, True)  # the last lines report it; a test of the user's has none
        if RECORDED in item.stash and report.when != "teardown":
            setattr(report, WIRE, item.stash[RECORDED])
        show(item, report)
        point_at(item, report)
        scrub(report, self.display.scrub)

    def add(self, report: pytest.TestReport) -> None:
        """Count a report, and keep its text for the last lines."""
        self.tally.add(report)
        case_id, _ = properties.decode(report.user_properties)
        if case_id is not None and hasattr(report, WIRE):
            self.wire[case_id] = getattr(report, WIRE)
        if case_id is not None and report.failed and hasattr(report, OURS):
            self.texts[case_id] = str(report.longrepr)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """Keep from pytest's own sections what the last lines report by cause; its counts stay."""
        stats: dict[str, list[Any]] = terminalreporter.stats
        whole: dict[str, list[Any]] = {
            name: list(stats[name]) for name in ("failed", "error", "xfailed") if name in stats
        }
        for name, reports in whole.items():
            stats[name] = [report for report in reports if not hasattr(report, OURS)]
            if not stats[name]:
                del stats[name]
        try:
            yield
        finally:
            stats.update(whole)

    def finish(self, session: pytest.Session) -> None:
        """Print the verdict and set the exit code, where contracts ran or were asked for."""
        settings, config = self.settings, self.config
        left = names_left(settings, self.run_id)
        asked = settings.report or settings.write_baseline or left or self._lacks_contracts(session)
        if not (self.tally.verdicts or asked):
            return
        summary = Summary(settings, self.tally, self.display, CASES, self.judge, left, self.began)
        summary.verbosity, summary.texts, summary.wire = config.get_verbosity(), self.texts, self.wire
        whole = not (session.shouldfail or session.shouldstop)
        if self._lacks_contracts(session):
            session.exitstatus = Exit.NO_CONTRACT
        session.exitstatus = summary.finish(int(session.exitstatus), whole=whole)
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        for line in summary.lines:
            if reporter is not None:
                reporter.write_line(fitting(self.display(line), reporter), **colour(line))
        for case_id, verdict in self.tally.verdicts.items():
            if verdict not in {Verdict.FAILED, Verdict.DEVIATES, *UNTESTED}:
                remove_reproducer(CASES[case_id], settings)
        if settings.state_dir.is_dir() and any(settings.state_dir.iterdir()):
            ignore_by_git(settings.state_dir)

    def _lacks_contracts(self, session: pytest.Session) -> bool:
        """Return whether a target is given by option, and no contract and no test of the target ran."""
        given = self.config.getoption("--oss-target") != EMULATOR or self.settings.require_target
        nothing = not self.tally.verdicts and not self.used
        return given and nothing and session.exitstatus in (Exit.OK, Exit.NO_CONTRACT)

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")


def read_given(text: str) -> Given:
    __tracebackhide__ = True
    return _choose("oss_object(given)", text.replace("_", " "), Given)


def time_to_pass(given: Given) -> tuple[int, int]:
    """Return how much time a history needs; objects that need more are made before the others."""
    return STEPS[given].count(Step.WAIT_EXPIRED), STEPS[given].count(Step.WAIT_RESTORED)


@contextmanager
def _clock_for(target: Target, name: str, wanted: Given, before: Mapping[str, Given]) -> Iterator[None]:
    """Let time pass for one object alone; where that cannot be, no restoring object is made restored."""
    clock = target.time
    if isinstance(clock, Advancing) and clock.move_object is not None:
        move_object = clock.move_object

        def move(seconds: float) -> None:
            move_object(name, seconds)
            with suppress(ValueError):  # only some histories have a source beside the object
                move_object(f"{name}.source", seconds)

        target.time = replace(clock, move=move, share=ClockShare())
    elif any(time_to_pass(wanted)) and not RESTORE_RUNS.isdisjoint(before.values()):
        raise NotTestedException(
            f"no {wanted} object: the time that it needs would end the restore of an object made before; "
            "make them together, as in oss_objects(a='restoring', b='restored')"
        )
    try:
        yield
    finally:
        target.time = clock


def _choose(option: str, value: str, choices: type[Choice]) -> Choice:
    __tracebackhide__ = True
    try:
        return choices(value)
    except ValueError:
        raise pytest.UsageError(f"{option}={value}: {suggestion(value, choices)}") from None
