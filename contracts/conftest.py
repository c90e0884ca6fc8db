"""Each test file names its area; there is one test for each case of that area's table.

Recordings are set up here and not in the plugin, where they would take the place of the user's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.plugin.recordings import RECORDING


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn the rows of an area into tests, named by their contract ids."""
    area = getattr(metafunc.module, "AREA", None)
    if area is None or "case_id" not in metafunc.fixturenames:
        return
    cases = [case for contract in AREAS[area] for case in contract.cases()]
    metafunc.parametrize(
        "case_id",
        [pytest.param(case.id, id=case.slug, marks=pytest.mark.oss_contract(case.id)) for case in cases],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run contracts in the order of the catalogue, the page's own first; other tests stay where they are."""
    places = {case_id: place for place, case_id in enumerate(CASES)}
    ours = [number for number, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[number] for number in ours), key=lambda item: places[_case_id(item)])
    for number, item in zip(ours, ordered, strict=True):
        items[number] = item


def _case_id(item: pytest.Item) -> str:
    marker = item.get_closest_marker("oss_contract")
    return str(marker.args[0]) if marker else ""


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Name tests the same wherever the environment lies."""
    module: pytest.Module = pytest.Module.from_parent(parent, path=module_path, nodeid=module_path.name)
    return module


@pytest.fixture
def vcr_config(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Say what of a request is compared, and what is taken out of a cassette."""
    from pytest_oss_clean.recording.cassette import settings  # noqa: PLC0415 - loads vcrpy

    return settings(pytestconfig.stash[RECORDING].filter)


@pytest.fixture(scope="module")
def vcr_cassette_dir(pytestconfig: pytest.Config) -> str:
    recording_session = pytestconfig.stash.get(RECORDING, None)
    return "" if recording_session is None else str(recording_session.library)


@pytest.hookimpl(optionalhook=True)
def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Teach vcrpy to compare requests of OSS exactly."""
    recording_session = config.stash.get(RECORDING, None)
    if recording_session is not None:
        from pytest_oss_clean.recording.cassette import register  # noqa: PLC0415 - loads vcrpy

        register(vcr, recording_session.library, recording_session.persister)
