"""What crossed the wire for one contract, as data that is fit to be shown: for the HTML page.

It travels with pytest's report from the workers of pytest-xdist, so that it is made of JSON's types only.
"""

from __future__ import annotations

from typing import Any

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.oss.constants import SECURITY_TOKEN
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.messages import Headers, redact_target
from pytest_oss_clean.oss.secrets import REDACTED
from pytest_oss_clean.target.transcript import Exchange

LONGEST_BODY = 1_500
HIDDEN = frozenset({"authorization", SECURITY_TOKEN})


def wire_record(outcome: Outcome, display: Display) -> list[dict[str, Any]]:
    """Return the exchanges of a contract; of one that has no problem the judged one alone is whole."""
    wrong = any(finding.problem for finding in outcome.findings)
    return [
        _exchange(event, outcome, display, whole=wrong or event is outcome.judged)
        for event in outcome.transcript
        if isinstance(event, Exchange)
    ]


def _exchange(event: Exchange, outcome: Outcome, display: Display, *, whole: bool) -> dict[str, Any]:
    request, response, judged = event.request, event.response, event is outcome.judged
    status = f"{response.status} {response.reason}".strip() if response.status else "no response"
    record = {
        "label": event.label,
        "judged": judged,
        "request": display(f"{request.method} {redact_target(request.target)}"),
        "status": display(status),
        "error": display(str(response.transport_error or "")),
        "expected": [str(matcher) for matcher in event.expected],
        "problems": [display(f.problem) for f in outcome.findings if f.problem] if judged else [],
    }
    if whole:
        record |= {
            "request_headers": _headers(request.headers, display),
            "request_body": _body(request.body, display),
            "headers": _headers(response.headers, display),
            "body": _body(response.body, display),
        }
    return record


def _headers(headers: Headers, display: Display) -> list[list[str]]:
    return [
        [display(name), f"{value.split(' ')[0]} {REDACTED}" if name.lower() in HIDDEN else display(value)]
        for name, value in headers
    ]


def _body(body: bytes, display: Display) -> str:
    """Return the lines of a body, or how large it is where it is none of text."""
    text = body[: LONGEST_BODY + 1].decode("utf-8", "replace")
    shown = display.lines(text[:LONGEST_BODY])
    return f"{shown}\n... ({len(body)} bytes)" if len(body) > LONGEST_BODY else shown
