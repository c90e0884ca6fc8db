"""Servers that look at signatures less, or more, than they should, and the rows that notice them.

Each takes a check of the emulator's authenticator away, weakens it, or adds one.
"""

from __future__ import annotations

import time
from dataclasses import replace

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.dates import read_http_date, read_iso_basic
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.oss.constants import CLEAN, OSS_DATE, RESTORE, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.verification import present
from pytest_oss_clean.spec.matchers import StatusIs

V1, V4 = SignatureVersion
AREA = AREAS["authentication"]
ACCEPTED = {
    contract.id
    for contract in AREA
    if any(m in contract.expect[0].matchers for m in (StatusIs(200), StatusIs(409)))
}
REFUSED = {c.id for c in AREA} - ACCEPTED
"""Rows of what is to be let in, and of what is not."""
TELLING = {"unknown-key-id-of-missing", "anonymous-of-frozen"}
"""Rows of what strangers are told: the object is in a state of which a clean would tell."""


def replacing(name, function):
    """Replace a check of the authenticator; `function(authenticator, original, *arguments)`."""

    def patch(service):
        lock = service.authenticator
        original = getattr(lock, name)
        setattr(lock, name, lambda *arguments: function(lock, original, *arguments))

    return patch


def off(name):
    return replacing(name, lambda *_: None)


def admitting(*variants, when=lambda _: True):
    """Accept a signature also where it belongs to a variant of the request."""

    def check(_lock, original, operation, presented, known):
        if when(presented) and any(presented.verify(v(operation), known.secret) for v in variants):
            return
        original(operation, presented, known)

    return replacing("check_signature", check)


def with_query(*query, dropping=(CLEAN, "versionId")):
    return lambda o: replace(o, query=(*query, *(p for p in o.query if p[0] not in dropping)))


def without_headers(*names):
    return lambda o: replace(o, headers=tuple(h for h in o.headers if h[0].lower() not in names))


def with_header(name, value):
    return lambda o: without_headers(name)(o).adding(headers=((name, value),))


def comparing(how):
    """Compare signatures in some other way: `how(presented, computed)`."""

    def check(_lock, original, operation, presented, known):
        if not how(presented.signature, presented.recompute(operation, known.secret).signature):
            original(operation, presented, known)

    return replacing("check_signature", check)


def any_owner(lock, original, presented):
    try:
        return original(presented)
    except OssError:
        return next(iter(lock._keys._keys.values()))


def unreadable_is_let_in(service):
    lock = service.authenticator
    original = lock.check

    def check(operation):
        try:
            present(operation)
        except ValueError:
            return True
        return original(operation)

    lock.check = check


def anybody_cleans(service):
    original = service.admit_anonymous
    service.admit_anonymous = lambda operation: operation.method == "POST" or original(operation)


def reading(change):
    """Read the signature from a changed request."""
    return replacing("read", lambda _lock, original, operation: original(change(operation)))


def without_url_signature(operation):
    if operation.header("authorization") is None:
        return operation
    kept = tuple(p for p in operation.query if p[0] in (CLEAN, "versionId"))
    return replace(operation, query=kept)


def with_right_end(operation):
    headers = tuple((n, v.replace("/oss_request", "/aliyun_v4_request")) for n, v in operation.headers)
    return replace(operation, headers=headers)


def refusing(condition, row=errors.BAD_PAYLOAD_HASH):
    """Refuse what should be let in."""

    def check(_lock, original, operation, presented):
        if operation.method == "POST" and CLEAN in dict(operation.query) and condition(operation, presented):
            raise OssError(row)
        return original(operation, presented)

    return replacing("check_headers", check)


def _minutes_off(operation, presented):
    if presented.form is SignatureForm.URL:
        return 0
    moment = read_iso_basic(operation.header(OSS_DATE) or "") or read_http_date(
        operation.header("date") or ""
    )
    return abs(time.time() - moment) / 60 if moment else 0


def undated(_lock, original, operation, presented):
    try:
        return original(operation, presented)
    except OssError:
        return _lock._clock()


URL_ROWS = {c.id for c in AREA if c.request.signing.form is SignatureForm.URL}
FORGED = {c.id for c in AREA if c.id in REFUSED and c.request.signing.instead} | {
    "date-altered",
    "content-type-altered",
    "listed-header-altered",
    "oss-header-added",
    "oss-header-altered",
    "oss-header-dropped",
    "presigned-prolonged",
    "presigned-with-another-digit",
    "presigned-with-wrong-secret",
    "signature-cut-in-half",
    "signature-in-the-other-case",
    "signature-with-another-digit",
    "wrong-secret",
}
BY_V1 = {"sub-resource-unsigned-by-v1", "presigned-without-sub-resource-by-v1"}
DATED = {"dated-one-hour-ahead", "dated-one-hour-back"}
UNREADABLE = {
    "authorization-of-another-scheme",
    "key-id-missing",
    "signature-empty",
    "signature-missing",
}
PAYLOAD = {"payload-hash-altered", "payload-hash-missing"}
SCOPES = {"signed-for-another-day", "signed-for-another-product"}
REGIONS = {"signed-for-another-region", "presigned-for-another-region"}
TOKENS = {"temporary-key-with-made-up-token", "temporary-key-without-token"}
PLAIN_CLEAN = (CLEAN, None)
FAULTS = {
    # name: (patch, rows that fail, rows that observe something else and do not fail)
    "the signature is not compared": (off("check_signature"), FORGED - BY_V1, BY_V1),
    "time is not looked at": (
        off("check_time"),
        {"presigned-expired"},
        {*DATED, "presigned-dated-one-hour-ahead", "presigned-for-too-long"},
    ),
    "the scope is not looked at": (off("check_scope"), REGIONS, SCOPES),
    "tokens are not looked at": (off("check_token"), TOKENS, {"key-with-made-up-token"}),
    "any key id will do": (
        replacing("find_key", any_owner),
        {"unknown-key-id"},
        {"unknown-key-id-by-v1", "unknown-key-id-of-missing", "presigned-with-unknown-key-id"},
    ),
    "x-oss-content-sha256 is only signed": (off("check_headers"), set(), PAYLOAD),
    "a date is not demanded": (replacing("check_date", undated), set(), {"date-missing"}),
    "what cannot be read is let in": (
        unreadable_is_let_in,
        UNREADABLE | {"presigned-without-expiry", "presigned-without-signature"},
        {"signed-in-header-and-url", "scope-with-another-end"},
    ),
    "nobody may clean": (anybody_cleans, {"anonymous"}, {"anonymous-of-frozen"}),
    "the header alone is read": (reading(without_url_signature), set(), {"signed-in-header-and-url"}),
    "the end of the scope is not read": (reading(with_right_end), set(), {"scope-with-another-end"}),
    "the sub-resource is not signed": (
        admitting(with_query(), when=lambda p: p.version is V4),
        {"sub-resource-unsigned", "presigned-without-sub-resource"},
        set(),
    ),
    "V1 does not sign the sub-resource": (
        admitting(with_query(), when=lambda p: p.version is V1),
        set(),
        BY_V1,
    ),
    "restore is as good as clean": (
        admitting(with_query((RESTORE, None))),
        {"sub-resource-swapped", "presigned-restore"},
        set(),
    ),
    "the version is not signed": (
        admitting(with_query(PLAIN_CLEAN), with_query(PLAIN_CLEAN, ("versionId", "null"))),
        {"version-added", "version-dropped", "signature-of-another-version"},
        set(),
    ),
    "only known parameters are signed": (
        admitting(lambda o: replace(o, query=tuple(p for p in o.query if p[0] != "note"))),
        {"parameter-added"},
        set(),
    ),
    "the method is not signed": (
        admitting(*(lambda o, m=m: replace(o, method=m) for m in ("GET", "PUT"))),
        {"signature-of-another-method", "presigned-for-another-method"},
        set(),
    ),
    "the name is not signed": (
        admitting(lambda o: replace(o, name=f"{o.name}-other")),
        {"signature-of-another-name", "presigned-for-another-name"},
        set(),
    ),
    "the bucket is not signed": (
        admitting(lambda o: replace(o, bucket="oss-clean-another")),
        {"signature-of-another-bucket"},
        set(),
    ),
    "x-oss- headers are not signed": (
        admitting(
            without_headers("x-oss-meta-note-added"),
            with_header("x-oss-meta-note", "as signed"),
        ),
        {"oss-header-added", "oss-header-altered", "oss-header-dropped"},
        set(),
    ),
    "Content-Type is not signed": (
        admitting(with_header("content-type", "text/plain")),
        {"content-type-altered"},
        set(),
    ),
    "the beginning of a signature will do": (
        comparing(lambda shown, right: shown and right.startswith(shown)),
        {"signature-cut-in-half"},
        set(),
    ),
    "letter case is not compared": (
        comparing(lambda shown, right: shown.lower() == right.lower()),
        {"signature-in-the-other-case"},
        set(),
    ),
    "all but the end of a signature is compared": (
        comparing(lambda shown, right: len(shown) > 20 and shown[:20] == right[:20]),
        {"signature-with-another-digit", "presigned-with-another-digit", "signature-cut-in-half"},
        set(),
    ),
}
"""Faults of authentication, and by which rows they are noticed."""

STRICTER = {
    "URLs are not accepted": (
        refusing(lambda _, presented: presented.form is SignatureForm.URL),
        {"presigned"},
        {"presigned-by-temporary-key"},
    ),
    "temporary keys are not accepted": (
        refusing(lambda operation, _: "token" in str((operation.headers, operation.query))),
        {"temporary-key"},
        {"presigned-by-temporary-key"},
    ),
    "User-Agent is signed": (
        refusing(lambda operation, _: (operation.header("user-agent") or "").endswith(" altered")),
        set(),
        {"user-agent-altered"},
    ),
    "clocks must agree to the minute": (
        refusing(lambda operation, presented: _minutes_off(operation, presented) > 1),
        set(),
        {"dated-ten-minutes-back", "dated-ten-minutes-ahead"},
    ),
    "other headers cannot be signed": (
        refusing(lambda _, presented: presented.additional),
        set(),
        {"listed-header"},
    ),
}
"""Servers that refuse what should be let in, and by which rows of that they are noticed."""
