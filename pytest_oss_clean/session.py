"""One pytest run: its settings, its target, its verdicts.

The plugin's hooks and fixtures are thin calls into this module; there is one Session for each
process, and under pytest-xdist the workers' verdicts reach the controller's with the reports.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import pytest

from pytest_oss_clean.options import OPTIONS
from pytest_oss_clean.report import tally
from pytest_oss_clean.secrecy import Scrubber, Secret
from pytest_oss_clean.settings import Settings, read_settings
from pytest_oss_clean.verdict import Exit, Verdict

if TYPE_CHECKING:
    from pytest_oss_clean.contract import Case
    from pytest_oss_clean.emulator import Emulator
    from pytest_oss_clean.provision import Arranged, Provisioner
    from pytest_oss_clean.runner import Outcome, Run
    from pytest_oss_clean.target import Target

Choice = TypeVar("Choice", bound=StrEnum)

FAILURE = pytest.StashKey[str]()


class NotTestedException(Exception):  # noqa: N818 - a verdict, shown as pytest's ERROR
    """A contract, or an object for a test of the user's, could not be brought where it must be."""


class Session:
    """The state of one run in one process. Raises ConfigurationError for settings that cannot work."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the options and the environment."""
        self.config = config
        options = {option.name: config.getoption(option.flag) for option in OPTIONS}
        hook = config.hook.pytest_oss_clean_advance
        self._hook = hook if hook.get_hookimpls() else None
        self.settings: Settings = read_settings(
            options, os.environ, hook=self._hook is not None and options["target"] != "emulator"
        )
        if self.settings.endpoint is not None:
            from pytest_oss_clean.opening import connection  # noqa: PLC0415 - loads httpx

            connection(self.settings)
        self.scrubber = Scrubber(self._secrets())
        self.selected: list[str] = []
        self.tally = tally.Tally()
        config.pluginmanager.register(self, "oss-clean-session")
        self._made = 0
        self._together_begun = False
        self._begun: dict[str, Run] = {}
        self._provisioner: Provisioner | None = None

    @cached_property
    def cases(self) -> Mapping[str, Case]:
        """Return every case of the catalogue by contract id."""
        from pytest_oss_clean.contracts.catalogue import CASES  # noqa: PLC0415

        cases: Mapping[str, Case] = CASES
        return cases

    @cached_property
    def run_id(self) -> str:
        """Return the id of this run, with the worker's name where there are several."""
        from pytest_oss_clean.opening import new_run_id  # noqa: PLC0415

        if not self.is_worker:
            return new_run_id()
        worker: dict[str, str] = vars(self.config)["workerinput"]  # pytest-xdist adds it
        return f"{worker['oss_run_id']}-{worker['workerid']}"

    def take_in(self, items: list[pytest.Item]) -> None:
        """Write contract ids into the reports, and skip what is not claimed."""
        for item in items:
            marker = item.get_closest_marker("oss_contract")
            if marker is None:
                continue
            case = self._case(marker.args[0], item)
            self.selected.append(case.id)
            item.user_properties.append((tally.CONTRACT, case.id))
            missing = case.missing(self.settings.claims)
            if missing:
                reason = f"not claimed: {', '.join(missing)}"
                item.user_properties += [(tally.VERDICT, Verdict.NOT_CLAIMED.value), (tally.CAUSE, reason)]
                item.add_marker(pytest.mark.skip(reason=reason))

    def _case(self, case_id: object, item: pytest.Item) -> Case:
        if not isinstance(case_id, str) or case_id not in self.cases:
            raise pytest.UsageError(f"{item.nodeid}: no contract has the id {case_id!r}")
        return self.cases[case_id]

    @contextmanager
    def emulator(self) -> Iterator[Emulator]:
        """Start the embedded emulator."""
        from pytest_oss_clean.emulator import Emulator  # noqa: PLC0415

        embedded = self.settings.endpoint is None
        bucket = self.settings.bucket if embedded else "oss-clean-emulator"
        region = self.settings.region if embedded else "cn-hangzhou"
        with Emulator.start(bucket=bucket, region=region, control_port=None) as emulator:
            yield emulator

    @contextmanager
    def target(self, emulator: Emulator | None) -> Iterator[Target]:
        """Open the target and try it; one that is of no use is noted, once."""
        from pytest_oss_clean.opening import open_emulator, open_server  # noqa: PLC0415
        from pytest_oss_clean.provision import NotTestedError, Provisioner, preflight  # noqa: PLC0415

        shared = self.is_worker
        opened = (
            open_emulator(self.settings, self.run_id, emulator)
            if emulator
            else open_server(self.settings, self.run_id, move=self._move(), shared=shared)
        )
        with opened as target:
            try:
                preflight(target, wait_ready=self.settings.wait_ready)
            except NotTestedError as error:
                target.unusable = str(error)
            self._provisioner = Provisioner(target)
            try:
                yield target
            finally:
                # Of contracts begun but not finished (Ctrl-C, -x), and of tests that removed nothing.
                for name in list(target.ledger.left):
                    target.caller("removal").remove(name)

    def _move(self) -> Any:
        hook = self._hook
        if hook is None:
            return None

        def move(target: Target, seconds: float) -> None:
            from pytest_oss_clean.timecontrol import TimeControlError  # noqa: PLC0415

            if hook(target=target, seconds=seconds) is None:
                raise TimeControlError("pytest_oss_clean_advance returned None, not True")

        return move

    def run(self, case_id: str, target: Target, item: pytest.Item) -> Outcome:
        """Run one contract. Raises NotTestedException where it cannot be tested."""
        from pytest_oss_clean.runner import Run  # noqa: PLC0415

        provisioner = self._provisioner_of(target)
        self._begin_together(target, provisioner)
        begun = self._begun.pop(case_id, None)
        outcome = (begun or Run(self.cases[case_id], target, provisioner)).finish()
        item.user_properties += self._properties(outcome)
        if outcome.verdict is Verdict.ERROR:
            raise NotTestedException(f"{case_id} was not tested: {outcome.cause}")
        if outcome.verdict is Verdict.FAILED:
            item.stash[FAILURE] = self._failure(outcome, target)
        return outcome

    def _failure(self, outcome: Outcome, target: Target) -> str:
        from pytest_oss_clean.replay import write_reproducer  # noqa: PLC0415
        from pytest_oss_clean.report.failure import render_failure  # noqa: PLC0415

        path = write_reproducer(outcome, target, self.settings)
        return render_failure(outcome, target, str(path) if path else "")

    def _properties(self, outcome: Outcome) -> list[tuple[str, str]]:
        found = {
            tally.VERDICT: str(outcome.verdict),
            tally.CAUSE: outcome.cause,
            tally.CHECKS: json.dumps(outcome.observations) if outcome.observations else "",
            tally.UNLIKE: json.dumps([f.problem for f in outcome.unlike]) if outcome.unlike else "",
        }
        return [(name, self.scrubber(text)) for name, text in found.items() if text]

    def _provisioner_of(self, target: Target) -> Provisioner:
        if self._provisioner is None:
            raise NotTestedException("the target is not open: use the fixture oss_target")
        if target.unusable:
            raise NotTestedException(f"not tested: {target.unusable}")
        return self._provisioner

    def _begin_together(self, target: Target, provisioner: Provisioner) -> None:
        """Where restores take real time, begin all of them now, so that their times pass together."""
        if self.settings.restore_seconds is None or self._together_begun or self.is_worker:
            return
        from pytest_oss_clean.history import Given  # noqa: PLC0415
        from pytest_oss_clean.runner import Run  # noqa: PLC0415

        self._together_begun = True
        claimed = [self.cases[i] for i in self.selected if not self.cases[i].missing(self.settings.claims)]
        provisioner.start(claimed)
        for case in claimed:
            if case.contract.given is Given.RESTORING:
                self._begun[case.id] = run = Run(case, target, provisioner)
                run.begin()

    def make_object(
        self, target: Target, given: str, storage_class: str, content: bytes | None, made: list[str]
    ) -> Arranged:
        """Make an object for a test of the user's; its name is in `made` before it is put."""
        from pytest_oss_clean.history import Given  # noqa: PLC0415
        from pytest_oss_clean.provision import NotTestedError  # noqa: PLC0415
        from pytest_oss_clean.vocabulary import StorageClass  # noqa: PLC0415

        provisioner = self._provisioner_of(target)
        self._made += 1
        caller = target.caller(f"object-{self._made}")
        made.append(caller.name(caller.contract_id))
        wanted = _choose("oss_object(given)", given.replace("_", " "), Given)
        chosen = _choose("oss_object(storage_class)", storage_class, StorageClass)
        try:
            return provisioner.make(caller, caller.contract_id, wanted, chosen, content=content)
        except NotTestedError as error:
            raise NotTestedException(f"no {given} object: {self.scrubber(str(error))}") from None

    def finish_report(
        self, item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None]
    ) -> None:
        """Show our own text instead of a traceback, and let no secret into any report."""
        if call.excinfo is not None and call.excinfo.errisinstance(NotTestedException):
            report.longrepr = str(call.excinfo.value)
        if report.when == "call" and report.failed and FAILURE in item.stash:
            report.longrepr = item.stash[FAILURE]
        text = str(report.longrepr) if report.failed else ""
        if self.scrubber.finds(text):
            report.longrepr = self.scrubber(text)
        report.sections = [(name, self.scrubber(content)) for name, content in report.sections]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count verdicts; the session is registered as a plugin for this."""
        self.tally.add(report)

    def finish(self, session: pytest.Session) -> None:
        """Print the verdict and set the exit code, where contracts ran."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        for line in self._verdict(session):
            if reporter is not None:
                reporter.write_line(self.scrubber(line))

    def _verdict(self, session: pytest.Session) -> list[str]:
        from pytest_oss_clean.report.terminal import closing, left_behind  # noqa: PLC0415

        left = left_behind(self._left())
        if not self.tally.verdicts:
            return left
        from pytest_oss_clean.canary import canary  # noqa: PLC0415

        code = self.tally.exit_code(int(session.exitstatus))
        broken = canary(self.cases)
        if broken and code == Exit.OK:
            code = int(Exit.INTERNAL)
        session.exitstatus = code
        return [*left, *closing(self.tally, self.settings, code, broken)]

    def _left(self) -> list[str]:
        """Return the names that the ledgers of this run, of its workers too, still hold."""
        if "run_id" not in vars(self):
            return []  # no target was opened
        from pytest_oss_clean.ledger import FOLDER, read_ledger  # noqa: PLC0415

        paths = (self.settings.state_dir / FOLDER).glob(f"{self.run_id}*.jsonl")
        return [name for path in sorted(paths) for name in read_ledger(path)[1]]

    @property
    def is_worker(self) -> bool:
        """Tell whether this process is a worker of pytest-xdist."""
        return hasattr(self.config, "workerinput")

    def _secrets(self) -> list[Secret | None]:
        credentials, proxy = self.settings.credentials, self.settings.proxy
        password = urlsplit(proxy).password if proxy else None
        return [
            credentials.secret if credentials else None,
            credentials.token if credentials else None,
            Secret(password) if password else None,
        ]


def _choose(option: str, value: str, choices: type[Choice]) -> Choice:
    try:
        return choices(value)
    except ValueError:
        raise pytest.UsageError(f"{option}={value}: choose from {', '.join(choices)}") from None
