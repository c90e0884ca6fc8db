"""Verification of a report: whether a file from another job bears the green verdict that it states.

Nothing in the file is believed that can be derived: verdicts follow from findings, counts from verdicts, the
exit code from both, and completeness from the installed catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.report.catalogue import digest, lines
from pytest_oss_clean.report.json_report import read_report
from pytest_oss_clean.spec.verdict import NOTHING_LEARNT, UNTESTED, Exit, Verdict, gate
from pytest_oss_clean.target.config.options import EMULATOR

CLOCK_SKEW = timedelta(minutes=5)
"""By which the clock of the job that wrote a report may be ahead of ours."""

SUCCESSES = (Verdict.PASSED, Verdict.OBSERVED, Verdict.CHANGED)
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What a gate asks of a report.

    `target` is the endpoint or name that it must be about, empty for any server; `max_age` None accepts
    any age; `allow_incomplete` accepts contracts that were not tested.
    """

    target: str = ""
    max_age: timedelta | None = None
    min_contracts: int = 1
    min_passed: int = 1
    allow_incomplete: bool = False


def verify(path: Path, demands: Demands, now: datetime | None = None) -> list[str]:
    """Return why a report is no green verdict; an empty list where it is one.

    Raises ConfigurationError where the file cannot be read, is cut short or is no report.
    """
    report = read_report(path)
    try:
        return [problem for check in CHECKS for problem in check(report, demands, now or datetime.now(UTC))]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return [f"the report is damaged: {type(error).__name__} at {error}"]


def _suite(report: Mapping[str, Any], _demands: Demands, _now: datetime) -> Iterator[str]:
    """The rows are those that are installed here."""
    installed = version("pytest-oss-clean")
    if report["suite"] != installed:
        yield f"written by version {report['suite']}, not by the installed {installed}: install that version"
    elif report["contract_set"] != digest(lines(AREAS)):
        yield "written with another set of contracts than the installed one"


def _target(report: Mapping[str, Any], demands: Demands, _now: datetime) -> Iterator[str]:
    """It is about the server that is to be released."""
    about = report["target"]
    names = {about["name"], about["endpoint"]}
    if demands.target and demands.target not in names:
        yield f"about {about['endpoint']}, not about {demands.target}"
    elif not demands.target and about["endpoint"] in (EMULATOR, "cassettes"):
        yield f"about the {about['endpoint']}, which says nothing of a server: name it if it is meant"


def _age(report: Mapping[str, Any], demands: Demands, now: datetime) -> Iterator[str]:
    began, ended = (
        datetime.strptime(report[name], TIME_FORMAT).replace(tzinfo=UTC) for name in ("began", "ended")
    )
    if ended < began:
        yield f"ended at {report['ended']}, before it began"
    if ended > now + CLOCK_SKEW:
        yield f"ended at {report['ended']}, which is in the future"
    if demands.max_age is not None and now - ended > demands.max_age:
        yield f"ended at {report['ended']}, longer ago than {demands.max_age}"


def _contracts(report: Mapping[str, Any], demands: Demands, _now: datetime) -> Iterator[str]:
    """Each installed contract is in it once, with a verdict that its findings bear."""
    ids = Counter(contract["id"] for contract in report["contracts"])
    missing, unknown = CASES.keys() - ids.keys(), ids.keys() - CASES.keys()
    if not ids:
        yield "no contract ran"
    elif missing:
        ran = sum(Verdict(contract["verdict"]) not in NOTHING_LEARNT for contract in report["contracts"])
        yield f"PARTIAL: {ran} of {len(CASES)} ran, {min(missing)} for one did not"
    yield from (f"{case_id}: the installed catalogue has no such contract" for case_id in sorted(unknown))
    yield from (f"{case_id}: stands {count} times" for case_id, count in ids.items() if count > 1)
    if len(ids) < demands.min_contracts:
        yield f"{len(ids)} contracts, fewer than {demands.min_contracts}"
    for contract in report["contracts"]:
        wrong = _unborne(contract)
        if wrong:
            yield f"{contract['id']}: {wrong}"


def _unborne(contract: Mapping[str, Any]) -> str:
    """Return why the findings of a contract do not bear its verdict."""
    verdict, findings = Verdict(contract["verdict"]), contract["findings"]
    required = [finding for finding in findings if finding["required"]]
    broken = [finding["id"] for finding in required if finding["problem"]]
    if broken and verdict not in (Verdict.FAILED, Verdict.DEVIATES, *UNTESTED):
        return f"is {verdict}, but {broken[0]} is required and has a problem"
    if verdict is Verdict.DEVIATES and not contract["deviation"]:
        return "deviates without a reason"
    case = CASES.get(contract["id"])
    if verdict in SUCCESSES and case is not None and not findings and not case.contract.generated:
        return f"is {verdict} without a finding"
    if verdict is Verdict.PASSED and findings and not required:
        return "passed, but nothing in it is required"
    return ""


def _counts(report: Mapping[str, Any], demands: Demands, _now: datetime) -> Iterator[str]:
    """Counts and exit code follow from the verdicts."""
    verdicts = [Verdict(contract["verdict"]) for contract in report["contracts"]]
    counted = Counter(map(str, verdicts))
    for name, stated in report["counts"].items():
        if counted[name] != stated:
            yield f"counts {stated} {name}, has {counted[name]}"
    if counted[Verdict.PASSED] < demands.min_passed:
        yield f"{counted[Verdict.PASSED]} passed, fewer than {demands.min_passed}"
    stated, earned = Exit(report["exit"]["code"]), gate(verdicts)
    if earned is Exit.INCOMPLETE and demands.allow_incomplete:
        earned = gate(verdicts, allow_incomplete=True)
    if earned is not Exit.OK:
        yield f"its contracts earn exit code {earned:d}, {EARNED[earned]}"
    elif stated is not Exit.OK and not (stated is Exit.INCOMPLETE and demands.allow_incomplete):
        yield f"exit code {stated:d}: {report['exit']['reason']}"


EARNED = {
    Exit.FAILED: "a contract failed",
    Exit.INCOMPLETE: "a contract was not tested",
    Exit.NO_CONTRACT: "nothing was tested",
}
CHECKS: tuple[Callable[[Mapping[str, Any], Demands, datetime], Iterator[str]], ...] = (
    _suite,
    _target,
    _age,
    _contracts,
    _counts,
)
