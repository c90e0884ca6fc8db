"""Mutants of refusals: what is answered to a request that is not let in."""

from __future__ import annotations

from pytest_oss_clean.mutation.faults.requests import coded
from pytest_oss_clean.mutation.faults.response_edits import body, both, error, header, status, swapped, text
from pytest_oss_clean.mutation.faults.senders import on_responses
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, SDK_TESTED

BREAKS, MISLED = Damage.BREAKS, Damage.MISLED

KEY, MISMATCH, DENIED = Code.INVALID_ACCESS_KEY_ID, Code.SIGNATURE_DOES_NOT_MATCH, Code.ACCESS_DENIED
SKEWED, ARGUMENT, TOKEN = Code.REQUEST_TIME_TOO_SKEWED, Code.INVALID_ARGUMENT, Code.INVALID_SECURITY_TOKEN

HTML = body(b"<html><body><h1>403 Forbidden</h1></body></html>")
LOGIN = both(status(302), header("Location", "/login"))

ROWS: Table = {
    (SDK_TESTED, BREAKS): (
        ("key-400", status(400), coded(KEY), "an unknown key is answered 400"),
        ("key-401", status(401), coded(KEY), "an unknown key is answered 401"),
        ("key-500", status(500), coded(KEY), "an unknown key is answered 500"),
        ("key-misspelt", text("Code", "InvalidAccessKeyID"), coded(KEY), "the Code is misspelt"),
        ("key-no-body", body(b""), coded(KEY), "an unknown key is refused without a document"),
        ("key-html", HTML, coded(KEY), "an unknown key is refused in HTML"),
    ),
    (SDK_TESTED, MISLED): (
        ("key-404", error(404, Code.NO_SUCH_KEY), coded(KEY), "an unknown key is a missing key"),
        ("key-200", status(200), coded(KEY), "an unknown key is refused under status 200"),
        ("key-denied", text("Code", DENIED), coded(KEY), "an unknown key is AccessDenied"),
        ("swapped", swapped(KEY, MISMATCH), coded(KEY, MISMATCH), "two Codes are swapped"),
    ),
    (DOCUMENTED, MISLED): (
        ("mismatch-200", status(200), coded(MISMATCH), "a forgery is refused under status 200"),
        ("denied-200", status(200), coded(DENIED), "nobody is refused under status 200"),
    ),
    (DOCUMENTED, BREAKS): (
        ("mismatch-302", LOGIN, coded(MISMATCH), "a forgery is led to a login"),
        ("mismatch-500", status(500), coded(MISMATCH), "a forgery is answered 500"),
        ("denied-302", LOGIN, coded(DENIED), "nobody is led to a login"),
        ("unreadable-500", status(500), coded(ARGUMENT), "what cannot be read is answered 500"),
    ),
    (INFERRED, BREAKS): (
        ("mismatch-401", status(401), coded(MISMATCH), "a forgery is answered 401"),
        ("denied-401", status(401), coded(DENIED), "nobody is answered 401"),
        ("skew-400", status(400), coded(SKEWED), "a date too far off is answered 400"),
    ),
    (INFERRED, MISLED): (
        ("mismatch-denied", text("Code", DENIED), coded(MISMATCH), "a forgery is AccessDenied"),
        ("denied-404", error(404, Code.NO_SUCH_KEY), coded(DENIED), "nobody sees that it is there"),
        ("unreadable-403", error(403, DENIED), coded(ARGUMENT), "what cannot be read is denied"),
        ("skew-denied", text("Code", DENIED), coded(SKEWED), "a date too far off is denied"),
        ("token-key", text("Code", KEY), coded(TOKEN), "a wrong token is a wrong key"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("auth-told", Family.AUTHENTICATION, ROWS, of=on_responses)
