"""The pytest plugin: options, marker, fixtures, hooks.

Imports every room but `cli`. This file is the door that pytest loads: it imports the standard library and
pytest only, so that a run without contracts loads nothing else. Start here, then `session.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_oss_clean.emulator import Emulator
    from pytest_oss_clean.emulator.faults import Faults
    from pytest_oss_clean.engine.outcome import Outcome
    from pytest_oss_clean.engine.provisioning import ArrangedObject
    from pytest_oss_clean.plugin.session import Session
    from pytest_oss_clean.spec.history import Given
    from pytest_oss_clean.target.target import OssClient, Target

SESSION = pytest.StashKey["Session"]()
RUN_ID = pytest.StashKey[str]()
"""The id of a run, which its workers of pytest-xdist know too."""

FIXTURES = frozenset(
    """
    oss_client oss_emulator oss_env oss_faults oss_fresh_emulator oss_object oss_objects oss_outcome
    oss_target
    """.split()
)


def pytest_addoption(parser: pytest.Parser) -> None:
    from pytest_oss_clean.target.config.options import OPTIONS  # noqa: PLC0415

    group = parser.getgroup("oss-clean", "contracts of CleanRestoredObject (pytest-oss-clean)")
    for option in OPTIONS:
        if option.type is bool:
            group.addoption(option.flag, action="store_true", default=False, help=option.help)
            continue
        optional: dict[str, Any] = {"nargs": "?", "const": option.bare} if option.bare else {}
        optional |= {"action": Joined} if option.adds_up else {}
        group.addoption(
            option.flag,
            **optional,
            default=option.default,
            type=option.choice if option.choices else option.type,
            choices=option.choices or None,
            metavar=option.metavar or None,
            help=option.help,
        )


class Joined(argparse.Action):
    """Joins the values of an option that is given several times by commas."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: Any, *_: object) -> None:
        before = getattr(namespace, self.dest, None)
        setattr(namespace, self.dest, f"{before},{values}" if before else values)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Publish `pytest_oss_clean_advance`."""
    from pytest_oss_clean import hooks  # noqa: PLC0415

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and check the settings as soon as there are any."""
    config.stash[RUN_ID] = token_hex(4)
    config.pluginmanager.register(Reports(config), "oss-clean-reports")
    config.addinivalue_line(
        "markers", "oss_contract(id): the contract of CleanRestoredObject that a test runs"
    )
    from pytest_oss_clean.target.config.options import OPTIONS  # noqa: PLC0415

    if any(config.getoption(option.flag) != option.default for option in OPTIONS):
        _session(config)


class Reports:
    """Passes reports to the session, which under pytest-xdist begins with the first of a contract."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._before: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        begins = any(name == "oss.contract" for name, _ in report.user_properties)
        if SESSION not in self.config.stash and not begins:
            self._before += [report] if report.failed else []
            return
        session = _session(self.config)
        for each in (*self._before, report):
            session.add(each)
        self._before = []


def _session(config: pytest.Config) -> Session:
    """Return the run's state; settings that cannot work end the run with a usage error."""
    from pytest_oss_clean.errors import ConfigurationError  # noqa: PLC0415
    from pytest_oss_clean.plugin.session import Session  # noqa: PLC0415

    if SESSION not in config.stash:
        try:
            config.stash[SESSION] = Session(config, config.stash[RUN_ID])
        except ConfigurationError as error:
            raise pytest.UsageError(f"oss-clean: {error}") from None
    return config.stash[SESSION]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let -k find a contract by its id."""
    marker = item.get_closest_marker("oss_contract")
    if marker is not None and marker.args:
        item.extra_keyword_matches.add(str(marker.args[0]))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name contracts in reports, and skip what is not claimed."""
    if any(_uses_us(item) for item in items):
        _session(config).take_in(items)


def _uses_us(item: pytest.Item) -> bool:
    return not FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Say what is in force, where it matters."""
    if not any(_uses_us(item) for item in items):
        return []
    from pytest_oss_clean.report.terminal import header  # noqa: PLC0415

    return header(_session(config).settings)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Say what is in force, once: the controller of pytest-xdist collects nothing that it would report."""
    reporter = node.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not any(each.partition("::")[2].startswith("test_contract[") for each in ids):
        return
    from pytest_oss_clean.report.terminal import header  # noqa: PLC0415

    session = _session(node.config)
    if session.said:
        return
    session.said = True
    for line in header(session.settings):
        reporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config) -> None:
    """Hand workers of pytest-xdist one test at a time, unless another number is asked for: some are long."""
    if config.option.maxschedchunk is None:
        config.option.maxschedchunk = 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give every worker of pytest-xdist the run id of the controller."""
    node.workerinput["oss_run_id"] = node.config.stash[RUN_ID]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn from a worker of pytest-xdist that its tests used the target."""
    if getattr(node, "workeroutput", {}).get("oss_used"):
        _session(node.config).used = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show our own text instead of a traceback, and let no secret into any report."""
    report: pytest.TestReport = yield
    session = item.config.stash.get(SESSION, None)
    if session is not None:
        session.finish_report(item, report, call)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Any:
    """Print the verdict as the last lines, and set the exit code."""
    ours = session.config.stash.get(SESSION, None)
    if ours is not None and ours.is_worker:
        vars(session.config)["workeroutput"]["oss_used"] = ours.used
    result = yield
    ours = session.config.stash.get(SESSION, None)
    if ours is not None and not ours.is_worker:
        ours.finish(session)
    return result


@pytest.fixture(scope="session")
def oss_emulator(pytestconfig: pytest.Config) -> Iterator[Emulator]:
    """A running OSS emulator on loopback, with a restore clock: `advance(seconds)`.

    Attributes: `endpoint`, `bucket`, `region`, `credentials`, `sts`, `control_url`, `faults`. `reset()`
    forgets all objects, advances and faults, those of `oss_target` too.
    """
    with _session(pytestconfig).emulator() as emulator:
        yield emulator


@pytest.fixture
def oss_fresh_emulator(pytestconfig: pytest.Config) -> Iterator[Emulator]:
    """An emulator of this test's own, as empty as at its start; attributes as of `oss_emulator`."""
    with _session(pytestconfig).emulator() as emulator:
        yield emulator


@pytest.fixture
def oss_faults(oss_emulator: Emulator) -> Iterator[Faults]:
    """Faults on demand of `oss_emulator`: `oss_faults.add(answer=503, times=2, operation="HeadObject")`.

    `delivered` lists those that were met. What is left is forgotten behind the test.
    """
    oss_emulator.faults.clear()
    yield oss_emulator.faults
    oss_emulator.faults.clear()


@pytest.fixture(scope="session")
def oss_target(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Iterator[Target]:
    """The target of this run, reached and tried with one small object.

    Attributes for code of your own: `endpoint`, `bucket`, `region`, `credentials`, `prefix` (start
    every object name with it). Without `--oss-target` it is the embedded emulator.
    """
    session = _session(pytestconfig)
    with ExitStack() as stack:
        emulator = None
        if session.settings.endpoint is None:
            emulator = request.getfixturevalue("oss_emulator")
        yield stack.enter_context(session.target(emulator))


@pytest.fixture
def oss_client(oss_target: Target) -> OssClient:
    """Signs and sends OSS requests to the target: put, head, get, restore, clean, delete.

    Names come from `oss_client.name("suffix")`; every method returns an Response with `status`,
    `headers`, `body`, and no status raises. A response that asks for fewer requests is returned, too.
    """
    return oss_target.client("-", patient=False)


class _Objects:
    def __init__(self, session: Session, target: Target) -> None:
        self._session, self._target = session, target
        self._made: dict[str, Given] = {}

    def make(
        self, given: str, storage_class: str = "ColdArchive", content: bytes | None = None
    ) -> ArrangedObject:
        __tracebackhide__ = True
        return self._session.make_object(self._target, given, storage_class, content, self._made)

    def make_all(self, storage_class: str = "ColdArchive", **given: str) -> dict[str, ArrangedObject]:
        from pytest_oss_clean.plugin.session import read_given, time_to_pass  # noqa: PLC0415

        __tracebackhide__ = True
        waits, made = {}, {}
        for name, history in given.items():
            waits[name] = time_to_pass(read_given(history))
        for name in sorted(given, key=waits.__getitem__, reverse=True):
            made[name] = self.make(given[name], storage_class)
        return {name: made[name] for name in given}

    def remove(self) -> None:
        for name in self._made:
            self._target.client("removal").remove(name)


@pytest.fixture
def _oss_objects(pytestconfig: pytest.Config, oss_target: Target) -> Iterator[_Objects]:
    objects = _Objects(_session(pytestconfig), oss_target)
    yield objects
    objects.remove()


@pytest.fixture
def oss_object(_oss_objects: _Objects) -> Callable[..., ArrangedObject]:
    """Make objects in a given history: `oss_object("restoring")`, verified, removed afterwards.

    `given` is a history, such as never restored, restoring, restored, cleaned, expired; `storage_class`
    is ColdArchive or DeepColdArchive, `content` is bytes. The result has `name` and `content`. Each stays
    what it was made, whatever is made later; a target that cannot do that makes it an error.
    """
    return _oss_objects.make


@pytest.fixture
def oss_objects(_oss_objects: _Objects) -> Callable[..., dict[str, ArrangedObject]]:
    """Make several objects at once: `oss_objects(a="restoring", b="restored")["a"].name`.

    Those that need most time come first, so that all targets can make them.
    """
    return _oss_objects.make_all


@pytest.fixture
def oss_env(oss_target: Target, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment in which the vendor's SDKs find the target: endpoint, bucket, region and keys.

    It is set while the test runs; the result is the same as a mapping, for a process of the test's own.
    """
    from pytest_oss_clean.oss.signing import environment  # noqa: PLC0415

    variables = environment(oss_target.endpoint, oss_target.bucket, oss_target.region, oss_target.credentials)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def oss_outcome(request: pytest.FixtureRequest, oss_target: Target) -> Outcome:
    """What the target did with the contract that the test is marked with.

    A contract that cannot be tested is an error of this fixture, so that pytest reports ERROR.
    """
    marker = request.node.get_closest_marker("oss_contract")
    if marker is None:
        raise pytest.UsageError("oss_outcome needs a test that is marked with oss_contract(id)")
    return _session(request.config).run(marker.args[0], oss_target, request.node)
