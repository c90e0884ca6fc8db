"""A failed contract in words that need no knowledge of the suite."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

from pytest_oss_clean.answer import excerpt, read_error
from pytest_oss_clean.contract import Contract, Finding
from pytest_oss_clean.history import Given
from pytest_oss_clean.message import redact_target
from pytest_oss_clean.runner import Outcome
from pytest_oss_clean.target import Exchange, Target
from pytest_oss_clean.vocabulary import REQUEST_ID, RESTORE_STATE, Code

WIDTH = 110

GIVEN = {
    Given.NEVER_RESTORED: "never restored ({said})",
    Given.RESTORING: "restore in progress ({said})",
    Given.RESTORED: "restored ({said})",
    Given.CLEANED: "restored ({said}) and then cleaned once",
}

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


def render_failure(outcome: Outcome, target: Target, reproducer: str) -> str:
    """Return the whole text for one failed contract, scrubbed."""
    contract = outcome.case.contract
    judged = outcome.judged
    lines = [
        f"{outcome.case.id} FAILED",
        *_row("document", f'{contract.clause}: "{contract.says}"'),
        *_row("given", _given(outcome)),
        *(line for finding in outcome.problems for line in _bullet(finding, contract)),
    ]
    if judged is not None:
        lines += [
            *_row("request", _request(judged, target)),
            *_row("answer", _answer(judged)),
        ]
    suspect = _suspect(outcome)
    if suspect:
        lines += _row("suspect", suspect)
    lines += _row(
        "reproduce", f"oss-clean replay {reproducer}" if reproducer else "(no file could be written)"
    )
    return target.scrubber("\n".join(lines))


def _row(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"  {name:<9} ", subsequent_indent=" " * 12, break_long_words=False
    )


def _bullet(finding: Finding, contract: Contract) -> list[str]:
    quoted = f' "{finding.says}"' if finding.says not in ("", contract.says) else ""
    text = f"{finding.problem}{quoted}"
    return textwrap.wrap(text, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)


def _given(outcome: Outcome) -> str:
    case = outcome.case
    shown = outcome.before.header(RESTORE_STATE) if outcome.before else None
    said = f"HEAD said {shown}" if shown else "HEAD said no x-oss-restore"
    return f"a {case.storage_class} object, {GIVEN[case.contract.given].format(said=said)}"


def _request(judged: Exchange, target: Target) -> str:
    request = judged.request
    return (
        f"{request.method} {redact_target(request.target)}  "
        f"({judged.signature}, {target.addressing}-style, Host {request.header('host')})"
    )


def _answer(judged: Exchange) -> str:
    answer = judged.answer
    at = (
        datetime.fromtimestamp(answer.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if answer.at else "time unknown"
    )
    if answer.trouble is not None and not answer.status:
        return f"none: {answer.trouble}, {at}"
    body = "no body"
    if answer.body:
        code = read_error(answer).code
        body = f"{code}, {len(answer.body)} bytes" if code else f"body {excerpt(answer.body)}"
    request_id = answer.header(REQUEST_ID)
    ids = f"{REQUEST_ID} {request_id}" if request_id else f"no {REQUEST_ID}"
    broken = f", {answer.trouble}" if answer.trouble else ""
    return f"{answer.status} {answer.reason}, {body}{broken}, {ids}, {at}"


def _suspect(outcome: Outcome) -> str:
    if outcome.judged is None:
        return ""
    answer, given = outcome.judged.answer, outcome.case.contract.given
    if answer.trouble is not None:
        exchanges = [event for event in outcome.transcript if isinstance(event, Exchange)]
        went_on = any(e.answer.status for e in exchanges[exchanges.index(outcome.judged) + 1 :])
        alone = "on this request alone" if went_on else "on this request, and answered none after it"
        return f"the server broke off, or never finished, {alone}; its log has the reason"
    if not any(finding.id == "answer" for finding in outcome.problems):
        if given is Given.RESTORED:
            return "state: the clean is answered as documented, but not (wholly) done"
        return "state: the clean is refused as documented, and yet it changed the object"
    if answer.succeeded:
        return (
            f"state: a clean of a {given} object seems to be accepted" if given is not Given.RESTORED else ""
        )
    code = read_error(answer).code
    fitting = (text for status, only, text in SUSPECTS if answer.status == status and only in (None, code))
    return next(fitting, "")
