"""Header and URL authentication: which error answers which fault of a signature.

Rule: the checks run in the order of the methods of `Authenticator`, each ends the request with its
own row, and the real clock alone judges time. The table is section 4 of the signing facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.dates import iso_milliseconds, read_http_date, read_iso_basic
from pytest_oss_clean.emulator.errors import Extras, Fault
from pytest_oss_clean.message import Operation
from pytest_oss_clean.signing import V4_LONGEST_EXPIRY, V4_PAYLOAD, Credentials, utf8
from pytest_oss_clean.verification import Presented, SignatureFormatError, present
from pytest_oss_clean.vocabulary import OSS_DATE, SECURITY_TOKEN, SignatureForm, SignatureVersion

ALLOWED_SKEW = 900
"""Seconds; 15 minutes either way."""

_DAY = re.compile(r"\d{8}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)


class Authenticator:
    """Accepts operations signed with one of the known keys for one region."""

    def __init__(self, credentials: Sequence[Credentials], region: str, clock: Callable[[], float]) -> None:
        """Know the keys; `clock` is the real one."""
        self._keys = {known.key_id: known for known in credentials}
        self.region = region
        self._clock = clock

    def check(self, operation: Operation) -> None:
        """Raise the Fault of the first thing wrong with the operation's signature."""
        presented = self.read(operation)
        now = self._clock()
        signed_at = self.check_date(operation, presented)
        self.check_scope(operation, presented, signed_at)
        self.check_headers(operation, presented)
        self.check_time(presented, signed_at, now)
        known = self.find_key(presented)
        self.check_token(operation, presented, known)
        self.check_signature(operation, presented, known)

    def read(self, operation: Operation) -> Presented:
        """Return the signature presented, of whatever version and form."""
        try:
            presented = present(operation)
        except SignatureFormatError as error:
            raise self._unreadable(operation, error.what) from None
        if presented is None:
            raise Fault(errors.ANONYMOUS)
        return presented

    def _unreadable(self, operation: Operation, what: str) -> Fault:
        if operation.header("authorization") is None:
            return Fault(errors.UNREADABLE_URL.get(what, errors.UNREADABLE_V4_URL))
        row = errors.UNREADABLE_HEADER.get(what, errors.UNREADABLE_V4_HEADER)
        return Fault(row, _authorization(operation))

    def check_date(self, operation: Operation, presented: Presented) -> float | None:
        """Return when the operation was signed; None for a V1 URL, which does not tell."""
        line = presented.time_line
        if presented.form is SignatureForm.URL:
            if presented.version is SignatureVersion.V1:
                return None
            moment = read_iso_basic(line or "")
        elif line is None:
            raise Fault(errors.NO_DATE)
        elif presented.version is SignatureVersion.V4 and operation.header(OSS_DATE):
            moment = read_iso_basic(line)  # EC 0002-00000502: x-oss-date is ISO basic in V4
        else:
            moment = read_http_date(line) or read_iso_basic(line)
        if moment is None:
            raise Fault(errors.BAD_DATE if line else errors.NO_DATE)
        return moment

    def check_scope(self, operation: Operation, presented: Presented, signed_at: float | None) -> None:
        """Demand the right day, region and product of a V4 scope."""
        scope = presented.scope
        if scope is None or signed_at is None:
            return
        in_url = presented.form is SignatureForm.URL
        extras = () if in_url else _authorization(operation)
        if not _DAY.fullmatch(scope.date):
            raise Fault(errors.BAD_URL_SCOPE_DATE if in_url else errors.BAD_SCOPE_DATE, extras)
        if scope.date != datetime.fromtimestamp(signed_at, UTC).strftime("%Y%m%d"):
            raise Fault(errors.OTHER_SCOPE_DATE, extras)
        if scope.region != self.region:
            raise Fault(errors.WRONG_URL_REGION if in_url else errors.WRONG_REGION, extras)
        if scope.product != "oss":
            raise Fault(errors.WRONG_PRODUCT, extras)

    def check_headers(self, operation: Operation, presented: Presented) -> None:
        """Demand what V4 wants of the headers it signs."""
        if presented.version is not SignatureVersion.V4:
            return
        if presented.form is SignatureForm.HEADER and operation.header("x-oss-content-sha256") != V4_PAYLOAD:
            raise Fault(errors.BAD_PAYLOAD_HASH, _authorization(operation))

    def check_time(self, presented: Presented, signed_at: float | None, now: float) -> None:
        """Refuse what was signed too long ago or in the future, and expired URLs."""
        if presented.form is SignatureForm.HEADER or (signed_at or 0.0) > now + ALLOWED_SKEW:
            self._check_skew(signed_at or 0.0, now)
        elif presented.version is SignatureVersion.V1:
            self._check_v1_expiry(presented.time_line or "", now)
        else:
            self._check_v4_expiry(presented.expires_in or "", signed_at or 0.0, now)

    def _check_skew(self, signed_at: float, now: float) -> None:
        if abs(now - signed_at) > ALLOWED_SKEW:
            raise Fault(
                errors.SKEWED,
                (
                    ("MaxAllowedSkewMilliseconds", str(ALLOWED_SKEW * 1000)),
                    ("RequestTime", iso_milliseconds(signed_at)),
                    ("ServerTime", iso_milliseconds(now)),
                ),
            )

    def _check_v1_expiry(self, expires: str, now: float) -> None:
        if not _NUMBER.fullmatch(expires):
            raise Fault(errors.BAD_EXPIRES_V1)
        if now > int(expires):
            raise Fault(errors.EXPIRED_V1, _expiry(int(expires), now))

    def _check_v4_expiry(self, seconds: str, signed_at: float, now: float) -> None:
        if not _NUMBER.fullmatch(seconds) or not 1 <= int(seconds) <= V4_LONGEST_EXPIRY:
            raise Fault(errors.BAD_EXPIRES_V4)
        if now > signed_at + int(seconds):
            raise Fault(errors.EXPIRED_V4, _expiry(signed_at + int(seconds), now))

    def find_key(self, presented: Presented) -> Credentials:
        """Return the known key of that id."""
        known = self._keys.get(presented.key_id)
        if known is None:
            raise Fault(errors.UNKNOWN_KEY, (("OSSAccessKeyId", presented.key_id),))
        return known

    def check_token(self, operation: Operation, presented: Presented, known: Credentials) -> None:
        """Demand the token of a temporary key, and none of a permanent one."""
        token = _token(operation, presented)
        key = (("OSSAccessKeyId", presented.key_id),)
        if known.token is None:
            if token is not None:
                raise Fault(errors.BOGUS_TOKEN, key)
        elif not token:
            raise Fault(errors.LOST_TOKEN, key)
        elif utf8(token) != utf8(known.token.reveal()):
            raise Fault(errors.BAD_TOKEN, (("SecurityToken", token),))

    def check_signature(self, operation: Operation, presented: Presented, known: Credentials) -> None:
        """Compare signatures; the error shows what ours was computed from, never ours itself."""
        if presented.verify(operation, known.secret):
            return
        computed = presented.recompute(operation, known.secret)
        text = utf8(computed.string_to_sign)
        extras = (
            ("OSSAccessKeyId", presented.key_id),
            ("SignatureProvided", presented.signature),
            ("StringToSign", computed.string_to_sign),
            ("StringToSignBytes", text.hex(" ").upper()),
        )
        if presented.version is SignatureVersion.V1:
            raise Fault(errors.NOT_MATCHING_V1, extras)
        raise Fault(errors.NOT_MATCHING_V4, (*extras, ("CanonicalRequest", computed.canonical_request)))


def _authorization(operation: Operation) -> Extras:
    value = operation.header("authorization")
    return () if value is None else (("Authorization", value),)


def _expiry(expires: float, now: float) -> Extras:
    return (("Expires", iso_milliseconds(expires)), ("ServerTime", iso_milliseconds(now)))


def _token(operation: Operation, presented: Presented) -> str | None:
    if presented.form is SignatureForm.HEADER:
        token = operation.header(SECURITY_TOKEN)
        if token is None and presented.version is SignatureVersion.V1:
            return operation.header("security-token")  # unsigned: python v2, java v2, kotlin v2
        return token
    name = SECURITY_TOKEN if presented.version is SignatureVersion.V4 else "security-token"
    return next((value or "" for key, value in operation.query if key == name), None)
