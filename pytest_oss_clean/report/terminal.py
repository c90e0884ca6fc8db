"""The lines that a run prints: what is in force at its start, the verdict at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pytest_oss_clean.options import CLAIMS
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.settings import Settings
from pytest_oss_clean.verdict import Exit, Verdict, gate

SHOWN_IDS = 4

VERDICT_WORDS: dict[int, str] = {
    Exit.OK: "PASSED: every claimed contract",
    Exit.FAILED: "FAILED",
    Exit.INTERRUPTED: "INTERRUPTED: no verdict",
    Exit.INTERNAL: "NO VERDICT: the suite itself is broken",
    Exit.USAGE: "NO VERDICT: wrong usage",
    Exit.NO_CONTRACT: "NO VERDICT: no contract ran",
    Exit.INCOMPLETE: "INCOMPLETE: nothing failed, but not everything could be tested",
}


def header(settings: Settings) -> list[str]:
    """Say what is in force."""
    where = f"bucket {settings.bucket}, {settings.addressing}-style"
    claims = ", ".join(claim for claim in CLAIMS if claim in settings.claims)
    if settings.endpoint is None:
        return [f"oss-clean: the embedded emulator, {where}, claims {claims}"]
    parts = {
        "region": settings.region,
        "prefix": settings.prefix,
        "key": settings.credentials.key_id if settings.credentials else "",
        "proxy": "in use" if settings.proxy else "",
        "connecting to": ":".join(map(str, settings.connect_to or ())),
        "certificates from": settings.ca_file,
    }
    more = "".join(f", {name} {value}" for name, value in parts.items() if value)
    return [
        f"oss-clean: {settings.endpoint}, {where}{more}",
        f"oss-clean: claims {claims}; {_clock(settings)}; effects within {settings.settle_seconds:g} s",
    ]


def _clock(settings: Settings) -> str:
    if settings.restore_seconds is not None:
        return f"restores within {settings.restore_seconds:g} s, by polling"
    return "restore clock moved by " + ("--oss-advance-url" if settings.advance_url else "a hook")


def closing(tally: Tally, settings: Settings, exit_code: int, broken: list[str]) -> list[str]:
    """Return the last lines of a run with contracts; `broken` is what the canary missed."""
    counts = tally.counts()
    totals = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    lines = [f"oss-clean: {totals}; {tally.checks} checks observed"]
    for verdict in (Verdict.ERROR, Verdict.NOT_CLAIMED):
        lines += _causes(tally, verdict)
    for case_id, problems in sorted(tally.unlike.items()):
        lines += [f"  unlike our reading, fails nothing: {case_id}: {problem}" for problem in problems]
    lines += [f"  the suite does not notice its own test faults, trust no pass: {miss}" for miss in broken]
    where = settings.endpoint or "the embedded emulator"
    lines.append(f"oss-clean: {_verdict(tally, exit_code)} on {where}")
    if settings.endpoint is None:
        lines.append(
            "oss-clean: the emulator is ours, so nothing was learnt about any server of yours; "
            "name it with --oss-target URL"
        )
    return lines


def left_behind(names: list[str]) -> list[str]:
    """Return a line about objects that could not be deleted."""
    if not names:
        return []
    many = f"{len(names)} object{'s' * (len(names) > 1)}"
    return [f"oss-clean: {many} may be left behind, remove with `oss-clean reap`: {_some(names)}"]


def _verdict(tally: Tally, exit_code: int) -> str:
    """Return the verdict on the contracts, and say where the exit code is not theirs."""
    own = gate(list(tally.verdicts.values()))
    others = tally.other_failures and exit_code == Exit.FAILED and own is not Exit.FAILED
    words = VERDICT_WORDS.get(int(own) if others else exit_code, "NO VERDICT")
    return f"{words} (exit {exit_code}{', of tests that are no contracts' if others else ''})"


def _causes(tally: Tally, verdict: Verdict) -> list[str]:
    """Return a line for each cause, however many contracts it stopped."""
    by_cause = defaultdict(list)
    for case_id, found in tally.verdicts.items():
        if found is verdict:
            cause = tally.causes.get(case_id, "unknown").removeprefix(f"{verdict}: ")
            by_cause[cause].append(case_id)
    return [f"  {verdict}: {cause}: {_some(ids)}" for cause, ids in by_cause.items()]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    rest = f" and {len(listed) - SHOWN_IDS} more" if len(listed) > SHOWN_IDS else ""
    return ", ".join(listed[:SHOWN_IDS]) + rest
