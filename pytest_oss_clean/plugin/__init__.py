"""The pytest plugin: options, marker, fixtures, hooks.

Imports every room but `cli`. This file is the door that pytest loads: it imports the standard library and
pytest only, so that a run without contracts loads nothing else. Start here, then `session.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_oss_clean.emulator import Emulator
    from pytest_oss_clean.engine.outcome import Outcome
    from pytest_oss_clean.engine.provisioning import ArrangedObject
    from pytest_oss_clean.plugin.session import Session
    from pytest_oss_clean.target.target import OssClient, Target

SESSION = pytest.StashKey["Session"]()
FIXTURES = frozenset({"oss_target", "oss_client", "oss_object", "oss_outcome", "oss_emulator"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the `--oss-*` options."""
    from pytest_oss_clean.target.config.options import OPTIONS  # noqa: PLC0415

    group = parser.getgroup("oss-clean", "contracts of CleanRestoredObject (pytest-oss-clean)")
    for option in OPTIONS:
        if option.type is bool:
            group.addoption(option.flag, action="store_true", default=False, help=option.help)
            continue
        group.addoption(
            option.flag,
            default=option.default,
            type=option.choice if option.choices else option.type,
            choices=option.choices or None,
            metavar=option.metavar or None,
            help=option.help,
        )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Publish `pytest_oss_clean_advance`."""
    from pytest_oss_clean import hooks  # noqa: PLC0415

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and check the settings as soon as there are any."""
    config.addinivalue_line(
        "markers", "oss_contract(id): the contract of CleanRestoredObject that a test stands for"
    )
    from pytest_oss_clean.target.config.options import OPTIONS  # noqa: PLC0415

    if any(config.getoption(option.flag) != option.default for option in OPTIONS):
        _session(config)


def _session(config: pytest.Config) -> Session:
    """Return the run's state; settings that cannot work end the run with a usage error."""
    from pytest_oss_clean.errors import ConfigurationError  # noqa: PLC0415
    from pytest_oss_clean.plugin.session import Session  # noqa: PLC0415

    if SESSION not in config.stash:
        try:
            config.stash[SESSION] = Session(config)
        except ConfigurationError as error:
            raise pytest.UsageError(f"oss-clean: {error}") from None
    return config.stash[SESSION]


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
def pytest_configure_node(node: Any) -> None:
    """Give every worker of pytest-xdist the run id of the controller."""
    node.workerinput["oss_run_id"] = _session(node.config).run_id


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
    result = yield
    ours = session.config.stash.get(SESSION, None)
    if ours is not None and not ours.is_worker:
        ours.finish(session)
    return result


@pytest.fixture(scope="session")
def oss_emulator(pytestconfig: pytest.Config) -> Iterator[Emulator]:
    """A running OSS emulator on loopback, with a restore clock: `advance(seconds)`.

    Attributes: `endpoint`, `bucket`, `region`, `credentials`, `control_url`.
    """
    with _session(pytestconfig).emulator() as emulator:
        yield emulator


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
    `headers`, `body`, and no status raises.
    """
    return oss_target.client("-")


@pytest.fixture
def oss_object(pytestconfig: pytest.Config, oss_target: Target) -> Iterator[Callable[..., ArrangedObject]]:
    """Make objects in a given history: `oss_object("restoring")`, verified, removed afterwards.

    `given` is a history, such as never restored, restoring, restored, cleaned, expired; `storage_class`
    is ColdArchive or DeepColdArchive, `content` is bytes. The result has `name` and `content`.
    """
    session = _session(pytestconfig)
    made: list[str] = []

    def make(given: str, storage_class: str = "ColdArchive", content: bytes | None = None) -> ArrangedObject:
        return session.make_object(oss_target, given, storage_class, content, made)

    yield make
    for name in made:
        oss_target.client("removal").remove(name)


@pytest.fixture
def oss_outcome(request: pytest.FixtureRequest, oss_target: Target) -> Outcome:
    """What the target did with the contract that the test is marked with.

    A contract that cannot be tested is an error of this fixture, so that pytest reports ERROR.
    """
    marker = request.node.get_closest_marker("oss_contract")
    if marker is None:
        raise pytest.UsageError("oss_outcome needs a test that is marked with oss_contract(id)")
    return _session(request.config).run(marker.args[0], oss_target, request.node)
