"""The last line of a run: what to do next, as one command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.replay import FOLDER
from pytest_oss_clean.report.causes import Cause
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.spec.verdict import Exit, Verdict
from pytest_oss_clean.target.config.settings import Settings

REMEDIES = (
    ("cannot be reached|answers no more", "when it answers", "oss-clean check {name} --oss-wait-ready 60"),
    ("NoSuchBucket", "with a bucket that exists", "oss-clean check {name} --oss-bucket NAME"),
    ("[Ss]igning region", "with the server's own region", "oss-clean check {name} --oss-region REGION"),
    (
        "SignatureDoesNotMatch|InvalidAccessKeyId",
        "with a key of this server",
        "export OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...",
    ),
    ("AccessDenied|permission", "see what the key needs", "oss-clean ram-policy --oss-bucket {bucket}"),
    ("hrottled", "slower", "oss-clean check {name} --oss-rate 5"),
    ("limit: ", "see what a whole run sends and costs", "oss-clean plan {name}"),
    ("--oss-max-wall", "with more time", "oss-clean check {name} --oss-max-wall SECONDS"),
    (
        "did not complete|clock|--oss-advance-url",
        "if it restores within N seconds by itself",
        "oss-clean check {name} --oss-restore-seconds N",
    ),
    ("", "see what it can", "oss-clean probe {name}"),
)
"""What helps against a cause that stops contracts, by words of the cause: the first that fits."""


def next_step(tally: Tally, settings: Settings, found: Sequence[Cause], exit_code: int) -> str:
    """Return the line for a run with contracts."""
    why, command = _step(tally, settings, found, exit_code)
    for name in ("name", "bucket", "report"):
        command = command.replace(f"{{{name}}}", quote(str(getattr(settings, name))))
    return f"oss-clean: next, {why}: {command}"


def _step(tally: Tally, settings: Settings, found: Sequence[Cause], exit_code: int) -> tuple[str, str]:
    counts = tally.counts()
    failed = next((case_id for cause in found for case_id in cause.failed), "")
    if failed:
        return _after_failure(failed, settings)
    stopped = next((cause.words for cause in found if cause.untested), "")
    steps = (
        (exit_code == Exit.INTERNAL, "see whether the suite works here", "oss-clean check emulator"),
        (exit_code == Exit.INTERRUPTED, "remove what may be left", "oss-clean reap"),
        (
            tally.gate_changes and counts[Verdict.CHANGED],
            "accept the changes",
            "oss-clean check {name} --oss-write-baseline FILE",
        ),
        (settings.recordings, "ask a server itself", "oss-clean check URL"),
        (stopped, *next(remedy for sign, *remedy in REMEDIES if re.search(sign, stopped))),
        (counts[Verdict.PENDING], "when their objects are ready", "oss-clean check {name} --oss-pool"),
        (
            settings.endpoint is None,
            "as this says nothing of your server",
            "oss-clean check https://ENDPOINT --oss-bucket NAME",
        ),
        (exit_code == Exit.NO_CONTRACT, "see what it can claim", "oss-clean probe {name}"),
        (tally.missing, "run all of it", "oss-clean check {name}"),
        (
            settings.report,
            "in the job that releases",
            "oss-clean verify {report} --target {name} --max-age 24h",
        ),
        (counts[Verdict.NOT_CLAIMED], "see what else it can claim", "oss-clean probe {name}"),
        (True, "keep it for a gate", "oss-clean check {name} --oss-report report.json"),
    )
    return next((why, command) for holds, why, command in steps if holds)


def _after_failure(case_id: str, settings: Settings) -> tuple[str, str]:
    """Send the requests of the first failure again; a deviation that no longer fits is taken out."""
    file: Path = settings.state_dir / FOLDER / f"{CASES[case_id].slug}.json"
    if not file.exists():
        return f"an entry no longer fits, {case_id}", f"edit {settings.deviations or 'the deviations'}"
    elsewhere = " --target URL" if settings.recordings is not None else ""
    return "the first failure again", f"oss-clean replay {quote(str(file))}{elsewhere}"
