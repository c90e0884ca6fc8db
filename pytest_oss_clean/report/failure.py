"""A failed contract in words that need no knowledge of the suite."""

from __future__ import annotations

import textwrap
from collections import Counter
from datetime import UTC, datetime

from pytest_oss_clean.engine.outcome import Outcome, Tried
from pytest_oss_clean.oss.constants import REQUEST_ID, RESTORE_STATE, Code
from pytest_oss_clean.oss.messages import redact_target
from pytest_oss_clean.oss.responses import excerpt, read_error
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.spec.contract import Contract, Race
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers.base import StatusIs
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Exchange

WIDTH = 110

GIVEN = {
    Given.NEVER_PUT: "an object name that was never put",
    Given.RESTORING: "a {storage_class} object, restore in progress",
    Given.CLEANED: "a {storage_class} object, restored and then cleaned once",
    Given.EXPIRED: "a {storage_class} object, restored until it expired",
}
"""Histories whose own words do not follow "a ... object" well."""

SUSPECTS = (
    # status, Code, text
    (
        403,
        Code.SIGNATURE_DOES_NOT_MATCH,
        "signing: the sub-resource may be missing from the server's string to sign",
    ),
    (403, Code.ACCESS_DENIED, "permission: the key may lack oss:CleanRestoredObject"),
    (403, None, "authentication or permission of this one operation"),
    (404, Code.NO_SUCH_KEY, "routing or naming: the clean looks for another object than PUT wrote"),
    (404, None, "routing: the server may not know the sub-resource"),
    (405, None, "routing: the server may not know POST with this sub-resource"),
    (400, None, "routing or request checks: the request has no body and no other parameter"),
    (501, None, "routing: the server does not implement the operation"),
    (409, Code.ARCHIVE_RESTORE_FILE_STALE, "state: the server takes the object for a frozen one"),
    (409, Code.ARCHIVE_RESTORE_NOT_FINISHED, "state: the server takes the object for a restoring one"),
    (500, None, "the server broke down on this request; its log has the reason"),
    (503, None, "the server is overloaded or starting"),
)

UNLIKE_ITS_ANSWER = {
    True: "state: the clean is answered as documented, but not (wholly) done",
    False: "state: the clean is refused as documented, and yet it changed the object",
}
"""What effects alone show, by whether the clean was acknowledged."""

RACED = "concurrency: a state is read, and written later, without a look at what happened in between"


def render(judged: GatedOutcome, target: Target, reproducer: str) -> str:
    """Return the whole text for one contract that is not as it should be, or was, scrubbed."""
    outcome = judged.outcome
    contract = outcome.case.contract
    lines = [
        f"{outcome.case.id} {outcome.verdict.upper()}",
        *_basis(contract),
        *(_tried(outcome.tried) if outcome.tried else _row("given", _given(outcome))),
        *(line for text in _texts(judged) for line in _bullet(text)),
    ]
    if outcome.judged is not None:
        lines += _row("request", _request(outcome.judged, target))
        lines += _row("answer", _answer(outcome.judged))
    if contract.race is not None:
        lines += _row("requests", f"{_counted(contract.race)}, sent at the same time")
    suspect = (RACED if contract.race else _suspect(outcome)) if outcome.problems else ""
    if suspect:
        lines += _row("suspect", suspect)
    if outcome.problems:
        how = f"oss-clean replay {reproducer}" if reproducer else "(no file could be written)"
        how += " (it sends them one after the other)" if contract.race is not None and reproducer else ""
        lines += _row("reproduce", how)
    return target.scrubber("\n".join(lines))


def _texts(judged: GatedOutcome) -> list[str]:
    """Return what is to be said: of deviations, of every difference, of every change."""
    outcome = judged.outcome
    contract = outcome.case.contract
    notes = [text for text in (outcome.cause, judged.deviation) if text]
    return [*notes, *(_difference(finding, contract) for finding in outcome.problems), *judged.changes]


def _basis(contract: Contract) -> list[str]:
    """Say what the row rests on: the page's words, or our reading and its source."""
    rows = _row("document", f'{contract.clause}: "{contract.says}"') if contract.says else []
    resting_on = "" if contract.says else f" ({contract.source})"
    return rows + (_row("reading", f"{contract.reading}{resting_on}") if contract.reading else [])


def _tried(tried: Tried) -> list[str]:
    """Say what was made up, and how it is made up again."""
    smallest = _row("example", tried.smallest) if tried.smallest else []
    how = f"{tried.examples} examples, made up from --oss-seed {tried.seed}"
    return [*smallest, *_row("tried", how)]


def _row(name: str, text: str) -> list[str]:
    return _wrapped(text, f"  {name:<9} ", " " * 12)


def _difference(finding: Finding, contract: Contract) -> str:
    quoted = f' "{finding.says}"' if finding.says not in ("", contract.says) else ""
    return f"{finding.problem}{quoted}"


def _bullet(text: str) -> list[str]:
    return _wrapped(text, "  - ", "    ")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    """Fold a text, at blanks only: names of headers stay whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


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


def _answer(judged: Exchange) -> str:
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
    return f"{response.status} {response.reason}, {body}{broken}, {ids}, {at}"


def _counted(race: Race) -> str:
    """Say what was sent: each request with how often."""
    return ", ".join(f"{count} x {word}" for word, count in Counter(race.requests).items())


def _suspect(outcome: Outcome) -> str:
    contract = outcome.case.contract
    if outcome.judged is None or contract.ask.method != "POST":
        return ""
    response = outcome.judged.response
    if response.transport_error is not None:
        exchanges = [event for event in outcome.transcript if isinstance(event, Exchange)]
        went_on = any(e.response.status for e in exchanges[exchanges.index(outcome.judged) + 1 :])
        alone = "on this request alone" if went_on else "on this request, and answered none after it"
        return f"the server broke off, or never finished, {alone}; its log has the reason"
    wrong = {finding.id for finding in outcome.problems}
    made_up = contract.generated is not None  # what was judged is then one of many requests
    if not made_up and not wrong & {expectation.id for expectation in contract.expect}:
        return UNLIKE_ITS_ANSWER[response.succeeded]
    if made_up or "answer" not in wrong or (response.succeeded and _wants_success(contract)):
        return ""
    if response.succeeded:
        given = contract.given
        what = f"an object {given}" if " " in given else f"a {given} object"
        return f"state: a clean of {what} seems to be accepted"
    code = read_error(response).code
    fitting = (text for status, only, text in SUSPECTS if response.status == status and only in (None, code))
    return next(fitting, "")


def _wants_success(contract: Contract) -> bool:
    statuses = [m.status for e in contract.expect for m in e.matchers if isinstance(m, StatusIs)]
    return any(200 <= status < 300 for status in statuses)  # noqa: PLR2004 - the 2xx class
