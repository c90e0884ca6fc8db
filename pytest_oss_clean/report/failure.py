"""A failed contract in words that need no knowledge of the suite."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from pytest_oss_clean.engine.outcome import Outcome, Tried
from pytest_oss_clean.oss.constants import REQUEST_ID, RESTORE_STATE
from pytest_oss_clean.oss.display import Display, folded
from pytest_oss_clean.oss.messages import redact_target
from pytest_oss_clean.oss.responses import excerpt, read_error, server_words
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.report.suspicions import suspicion
from pytest_oss_clean.spec.contract import Contract, Race
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import Is, StatusIs
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Exchange

GIVEN = {
    Given.NEVER_PUT: "an object name that was never put",
    Given.RESTORING: "a {storage_class} object, restore in progress",
    Given.CLEANED: "a {storage_class} object, restored and then cleaned once",
    Given.EXPIRED: "a {storage_class} object, restored until it expired",
}
"""Histories whose own words do not follow "a ... object" well."""

RACED = "concurrency: the requests were not carried out one after the other"
PAGE = "https://www.alibabacloud.com/help/en/oss/developer-reference/cleanrestoredobject"


def render(judged: GatedOutcome, target: Target, reproducer: str) -> str:
    """Return the whole text for one contract that is not as it should be, or was, fit to be shown."""
    outcome, display = judged.outcome, Display(target.scrubber)
    contract = outcome.case.contract
    rows = [
        *_basis(contract),
        *(_tried(outcome.tried) if outcome.tried else [("given", _given(outcome))]),
        *(("-", text) for text in _texts(judged)),
    ]
    if outcome.judged is not None:
        rows += [("request", _request(outcome.judged, target)), ("response", _response(outcome.judged))]
        words = server_words(outcome.judged.response)
        rows += [("server", f"says {words}")] if words else []
    if contract.race is not None:
        rows.append(("requests", f"{_counted(contract.race)}, sent at the same time"))
    if outcome.problems:
        rows += [("suspect", text) for text in _suspect(outcome)]
        rows += [("page", PAGE)] if contract.says else []
        how = f"oss-clean replay {reproducer}" if reproducer else "(no file could be written)"
        how += " (it sends them one after the other)" if contract.race is not None and reproducer else ""
        rows.append(("reproduce", how))
    lines = (line for name, text in rows for line in _row(name, display(text)))
    return "\n".join([display(f"{outcome.case.id} {outcome.verdict.upper()}"), *lines])


def _texts(judged: GatedOutcome) -> list[str]:
    """Return what is to be said: of deviations, of every difference, of every change."""
    outcome = judged.outcome
    contract = outcome.case.contract
    notes = [text for text in (outcome.cause, judged.deviation) if text]
    return [*notes, *(_difference(finding, contract) for finding in outcome.problems), *judged.changes]


Row = tuple[str, str]


def _basis(contract: Contract) -> list[Row]:
    """Say what the row rests on: the page's words, or our reading and its source."""
    rows = [("document", f'{contract.clause}: "{contract.says}"')] if contract.says else []
    resting_on = "" if contract.says else f" ({contract.source})"
    return rows + ([("reading", f"{contract.reading}{resting_on}")] if contract.reading else [])


def _tried(tried: Tried) -> list[Row]:
    """Say what data was generated, and how it is generated again."""
    smallest = [("example", tried.smallest)] if tried.smallest else []
    return [*smallest, ("tried", f"{tried.examples} examples, generated from --oss-seed {tried.seed}")]


def _difference(finding: Finding, contract: Contract) -> str:
    """Return the problem, with the Code that is expected beside a status, and the words it rests on."""
    expected = [m for e in contract.expectations if e.id == finding.id for m in e.response_matchers]
    codes = [m.brief for m in expected if isinstance(m, Is)]
    bare = any(finding.problem.endswith(f", not {m.status}") for m in expected if isinstance(m, StatusIs))
    code = f" {codes[0]}" if bare and codes else ""
    quoted = f' "{finding.says}"' if finding.says not in ("", contract.says) else ""
    return f"{finding.problem}{code}{quoted}"


def _row(name: str, text: str) -> list[str]:
    if name == "reproduce":  # a command is copied as a whole
        return [f"  {name:<9} {text}"]
    return folded(text, "  - ") if name == "-" else folded(text, f"  {name:<9} ", " " * 12)


def _given(outcome: Outcome) -> str:
    case = outcome.case
    given, before = case.contract.given, outcome.before
    shown = before.header(RESTORE_STATE) if before else None
    said = f"said {shown}" if shown else "said no x-oss-restore"
    if before is not None and not before.succeeded:
        said = f"answered {before.status}"
    words = GIVEN.get(given, f"a {{storage_class}} object, {given}")
    return f"{words.format(storage_class=case.storage_class)} (HEAD {said})"


def _request(judged: Exchange, target: Target) -> str:
    request = judged.request
    return (
        f"{request.method} {redact_target(request.target)}  "
        f"({judged.signing}, {target.addressing}-style, Host {request.header('host')})"
    )


def _response(judged: Exchange) -> str:
    response = judged.response
    at = (
        datetime.fromtimestamp(response.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if response.at
        else "time unknown"
    )
    if response.transport_error is not None and not response.status:
        return f"none: {response.transport_error}, {at}"
    body = "no body"
    if response.body:
        code = read_error(response).code
        body = f"{code}, {len(response.body)} bytes" if code else f"body {excerpt(response.body)}"
    request_id = response.header(REQUEST_ID)
    ids = f"{REQUEST_ID} {request_id}" if request_id else f"no {REQUEST_ID}"
    broken = f", {response.transport_error}" if response.transport_error else ""
    status = f"{response.status} {response.reason}".rstrip()
    return f"{status}, {body}{broken}, {ids}, {at}"


def _counted(race: Race) -> str:
    """Say what was sent: each request with how often."""
    return ", ".join(f"{count} x {word}" for word, count in Counter(race.requests).items())


def _suspect(outcome: Outcome) -> list[str]:
    """Return what the observation bears out of the fault, at most one sentence."""
    if outcome.case.contract.race is not None:
        return [RACED]
    judged = outcome.judged
    if judged is not None and judged.response.transport_error is not None:
        exchanges = [event for event in outcome.transcript if isinstance(event, Exchange)]
        went_on = any(e.response.status for e in exchanges[exchanges.index(judged) + 1 :])
        alone = "on this request alone" if went_on else "on this request, and answered none after it"
        return [f"the server broke off, or never finished, {alone}; its log has the reason"]
    found = suspicion(outcome)
    return [found.sentence] if found else []
