"""Mutants of refusals: what is answered to a request that is not let in."""

from __future__ import annotations

from pytest_oss_clean.mutation.faults.response_edits import (
    Change,
    body,
    both,
    error,
    header,
    status,
    swapped,
    text,
)
from pytest_oss_clean.mutation.faults.senders import Which, on_answers
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.oss.responses import read_error
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, SDK_TESTED, INFERRED = Evidence.DOCUMENTED, Evidence.SDK_TESTED, Evidence.INFERRED
BREAKS, MISLED = Damage.BREAKS, Damage.MISLED

KEY, MISMATCH, DENIED = Code.INVALID_ACCESS_KEY_ID, Code.SIGNATURE_DOES_NOT_MATCH, Code.ACCESS_DENIED
SKEWED, ARGUMENT, TOKEN = Code.REQUEST_TIME_TOO_SKEWED, Code.INVALID_ARGUMENT, Code.INVALID_SECURITY_TOKEN

HTML = body(b"<html><body><h1>403 Forbidden</h1></body></html>")
LOGIN = both(status(302), header("Location", "/login"))

Row = tuple[str, Evidence, Which, Change, str, Damage]


def coded(*codes: str) -> Which:
    """Tell the refusals with one of these Codes."""
    return lambda response: read_error(response).code in codes


ROWS: tuple[Row, ...] = (
    ("key-400", SDK_TESTED, coded(KEY), status(400), "an unknown key is answered 400", BREAKS),
    ("key-401", SDK_TESTED, coded(KEY), status(401), "an unknown key is answered 401", BREAKS),
    (
        "key-404",
        SDK_TESTED,
        coded(KEY),
        error(404, Code.NO_SUCH_KEY),
        "an unknown key is a missing key",
        MISLED,
    ),
    ("key-500", SDK_TESTED, coded(KEY), status(500), "an unknown key is answered 500", BREAKS),
    ("key-200", SDK_TESTED, coded(KEY), status(200), "an unknown key is refused under status 200", MISLED),
    ("key-denied", SDK_TESTED, coded(KEY), text("Code", DENIED), "an unknown key is AccessDenied", MISLED),
    (
        "key-misspelt",
        SDK_TESTED,
        coded(KEY),
        text("Code", "InvalidAccessKeyID"),
        "the Code is misspelt",
        BREAKS,
    ),
    (
        "key-no-body",
        SDK_TESTED,
        coded(KEY),
        body(b""),
        "an unknown key is refused without a document",
        BREAKS,
    ),
    ("key-html", SDK_TESTED, coded(KEY), HTML, "an unknown key is refused in HTML", BREAKS),
    ("swapped", SDK_TESTED, coded(KEY, MISMATCH), swapped(KEY, MISMATCH), "two Codes are swapped", MISLED),
    (
        "mismatch-200",
        DOCUMENTED,
        coded(MISMATCH),
        status(200),
        "a forgery is refused under status 200",
        MISLED,
    ),
    ("mismatch-302", DOCUMENTED, coded(MISMATCH), LOGIN, "a forgery is led to a login", BREAKS),
    ("mismatch-500", DOCUMENTED, coded(MISMATCH), status(500), "a forgery is answered 500", BREAKS),
    ("mismatch-401", INFERRED, coded(MISMATCH), status(401), "a forgery is answered 401", BREAKS),
    ("mismatch-denied", INFERRED, coded(MISMATCH), text("Code", DENIED), "a forgery is AccessDenied", MISLED),
    ("denied-200", DOCUMENTED, coded(DENIED), status(200), "nobody is refused under status 200", MISLED),
    ("denied-302", DOCUMENTED, coded(DENIED), LOGIN, "nobody is led to a login", BREAKS),
    ("denied-401", INFERRED, coded(DENIED), status(401), "nobody is answered 401", BREAKS),
    (
        "denied-404",
        INFERRED,
        coded(DENIED),
        error(404, Code.NO_SUCH_KEY),
        "nobody sees that it is there",
        MISLED,
    ),
    (
        "unreadable-500",
        DOCUMENTED,
        coded(ARGUMENT),
        status(500),
        "what cannot be read is answered 500",
        BREAKS,
    ),
    (
        "unreadable-403",
        INFERRED,
        coded(ARGUMENT),
        error(403, DENIED),
        "what cannot be read is denied",
        MISLED,
    ),
    ("skew-400", INFERRED, coded(SKEWED), status(400), "a date too far off is answered 400", BREAKS),
    ("skew-denied", INFERRED, coded(SKEWED), text("Code", DENIED), "a date too far off is denied", MISLED),
    ("token-key", INFERRED, coded(TOKEN), text("Code", KEY), "a wrong token is a wrong key", MISLED),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"auth-told-{name}",
        family=Family.AUTHENTICATION,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=on_answers(change, which),
    )
    for name, breaks, which, change, says, damage in ROWS
)
