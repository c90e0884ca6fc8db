"""Recordings and pytest: whether a run records or replays, and the marks by which pytest-recording knows.

`--record-mode=rewrite` of pytest-recording records, `--oss-target cassettes` replays. Only the shipped
tests are marked: whatever others record is theirs, in folders of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.report.catalogue import lines, newest_edition
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.target import Target

if TYPE_CHECKING:
    from pytest_oss_clean.recording.session import RecordingSession

RECORDING = pytest.StashKey["RecordingSession"]()
MODE = "--record-mode"
REWRITE = "rewrite"


def open_recording(config: pytest.Config, settings: Settings, today: date) -> RecordingSession | None:
    """Return what a run needs to record or replay; None where it does neither. Raises UsageError."""
    mode = config.getoption(MODE, None)
    replays = settings.recordings is not None
    if not replays and mode in (None, "none"):
        return None
    if not config.pluginmanager.has_plugin("recording"):
        raise pytest.UsageError("oss-clean: recordings need pytest-recording: take -p no:recording away")
    if replays and mode not in (None, "none"):
        raise pytest.UsageError(f"oss-clean: {MODE}={mode}: recordings are replayed, name a target to record")
    if not replays and mode != REWRITE:
        raise pytest.UsageError(f"oss-clean: {MODE}={mode}: contracts are recorded whole: use {REWRITE}")
    if config.getoption("--disable-recording", False):
        raise pytest.UsageError("oss-clean: --disable-recording: nothing is recorded or replayed with it")
    # vcrpy costs a start half a second: it is loaded where recordings are used.
    from pytest_oss_clean.recording.session import RecordingSession  # noqa: PLC0415

    folder = settings.recordings.path if settings.recordings is not None else settings.cassettes
    edition = settings.edition or newest_edition(lines(AREAS))
    recording_session = RecordingSession(settings, folder.absolute(), edition, today)
    config.stash[RECORDING] = recording_session
    return recording_session


def mark(item: pytest.Item, case: Case, recording_session: RecordingSession | None) -> None:
    """Let pytest-recording open a cassette for a contract, and block the network where one is replayed."""
    if recording_session is None or not _is_shipped(item) or recording_session.unrecordable(case):
        return
    item.add_marker(pytest.mark.vcr)
    item.add_marker(pytest.mark.default_cassette(case.slug))
    if recording_session.replays:
        item.add_marker(pytest.mark.block_network)


def _is_shipped(item: pytest.Item) -> bool:
    """Return whether a test is one of ours: for these alone cassettes are set up to hide secrets."""
    return item.path.parent.resolve() == Path(str(files("pytest_oss_clean.contracts"))).resolve()


def recorded(
    recording_session: RecordingSession,
    case: Case,
    target: Target,
    item: pytest.Item,
    run: Callable[[], Outcome],
) -> Outcome:
    why = recording_session.unrecordable(case)
    if why:
        return Outcome(case, Verdict.NOT_RECORDED, cause=why)
    cassette = getattr(item, "funcargs", {}).get("vcr")
    if recording_session.replays:
        return recording_session.replay(case, cassette, strict=target.demand.strict)
    recording_session.listen(cassette)
    try:
        outcome = run()
    finally:
        recording_session.listen(None)
    return recording_session.write(outcome, target) if _is_shipped(item) else outcome
