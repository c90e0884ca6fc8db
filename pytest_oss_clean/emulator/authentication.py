"""Access keys, and header and URL authentication: the error for each fault of a signature.

Rule: the checks run in the order of the methods of `Authenticator`, each ends the request with its
own row, and the real clock alone judges time. Secrets and tokens are compared in constant time.
The table is section 4 of the signing facts.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.dates import day_of, iso_milliseconds, read_http_date, read_iso_basic
from pytest_oss_clean.emulator.errors import Extras, OssError
from pytest_oss_clean.emulator.operations import SUBRESOURCES, UNSIGNED_IN_V1
from pytest_oss_clean.oss.constants import OSS_DATE, SECURITY_TOKEN, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.signing import V1_SUBRESOURCES, V4_LONGEST_EXPIRY, V4_PAYLOAD, Credentials, utf8
from pytest_oss_clean.oss.verification import Presented, SignatureFormatError, present

ALLOWED_SKEW = 900
"""Seconds; 15 minutes either way."""

SIGNED_IN_V1 = V1_SUBRESOURCES | (SUBRESOURCES - UNSIGNED_IN_V1)
"""What V1 signs: the list common to the SDKs, and the sub-resource of each operation."""

_KEY_ID = re.compile(r"[A-Za-z0-9._-]+")
_DAY = re.compile(r"\d{8}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; a disabled one is refused, a temporary one from `token_expires_at` on."""

    credentials: Credentials
    disabled: bool = False
    token_expires_at: float | None = None


class Keyring:
    def __init__(self, keys: Iterable[Credentials | Key]) -> None:
        known = (key if isinstance(key, Key) else Key(key) for key in keys)
        self._keys = {key.credentials.key_id: key for key in known}

    def find(self, key_id: str) -> Key | None:
        return self._keys.get(key_id)

    def is_well_formed(self, key_id: str) -> bool:
        return _KEY_ID.fullmatch(key_id) is not None

    def owners(self, token: str) -> set[str]:
        held = [(id_, key.credentials.token) for id_, key in self._keys.items()]
        return {id_ for id_, own in held if own and hmac.compare_digest(utf8(own.reveal()), utf8(token))}


class Authenticator:
    """Accepts operations signed with one of the known keys for one region."""

    def __init__(
        self,
        credentials: Iterable[Credentials | Key],
        region: str,
        clock: Callable[[], float],
        product: str = "oss",
    ) -> None:
        """Know the keys; `clock` is the real one."""
        self._keys = Keyring(credentials)
        self.region = region
        self.product = product
        self._clock = clock

    def check(self, operation: Operation) -> bool:
        """Return whether the operation is signed; raise the error of the first fault of its signature."""
        presented = self.read(operation)
        if presented is None:
            return False
        self.check_signature(operation, presented, self.check_signer(operation, presented).credentials)
        return True

    def check_unmodelled(self, operation: Operation) -> None:
        """Check what is signed by an operation that this emulator does not have.

        V1 signatures are not compared: the sub-resources that V1 signs are a list, and a client may have
        another one than this emulator.
        """
        presented = self.read(operation)
        if presented is not None:
            known = self.check_signer(operation, presented)
            if presented.version is SignatureVersion.V4:
                self.check_signature(operation, presented, known.credentials)

    def check_signer(self, operation: Operation, presented: Presented) -> Key:
        """Return the key of a signature, or raise what is wrong beside the signature itself."""
        now = self._clock()
        signed_at = self.check_date(operation, presented)
        self.check_scope(operation, presented, signed_at)
        self.check_headers(operation, presented)
        self.check_time(presented, signed_at, now)
        known = self.find_key(presented)
        self.check_token(operation, presented, known, now)
        return known

    def read(self, operation: Operation) -> Presented | None:
        """Return the signature presented, of whatever version and form; None where there is none."""
        try:
            return present(operation)
        except SignatureFormatError as error:
            raise self._unreadable(operation, error.what) from None

    def _unreadable(self, operation: Operation, what: str) -> OssError:
        authorization = operation.header("authorization")
        if authorization is None:
            empty = any(name == what and not value for name, value in operation.query)
            what = f"empty {what}" if empty and f"empty {what}" in errors.UNREADABLE_URL else what
            return OssError(errors.UNREADABLE_URL.get(what, errors.UNREADABLE_V4_URL))
        if what == "algorithm" and authorization.strip().startswith("OSS"):
            what = "version"
        row = errors.UNREADABLE_HEADER.get(what, errors.UNREADABLE_V4_HEADER)
        return OssError(row, _authorization(operation))

    def check_date(self, operation: Operation, presented: Presented) -> float | None:
        """Return when the operation was signed; None for a V1 URL, which does not say it."""
        line = presented.time_line
        if presented.form is SignatureForm.URL:
            if presented.version is SignatureVersion.V1:
                return None
            moment = read_iso_basic(line or "")
        elif line is None:
            raise OssError(errors.NO_DATE)
        elif presented.version is SignatureVersion.V4 and operation.header(OSS_DATE):
            moment = read_iso_basic(line)  # EC 0002-00000502: x-oss-date is ISO basic in V4
        else:
            moment = read_http_date(line) or read_iso_basic(line)
        if moment is None:
            raise OssError(errors.BAD_DATE if line else errors.NO_DATE)
        return moment

    def check_scope(self, operation: Operation, presented: Presented, signed_at: float | None) -> None:
        """Demand the right day, region and product of a V4 scope."""
        scope = presented.scope
        if scope is None or signed_at is None:
            return
        in_url = presented.form is SignatureForm.URL
        extras = () if in_url else _authorization(operation)
        if not _DAY.fullmatch(scope.date):
            raise OssError(errors.BAD_URL_SCOPE_DATE if in_url else errors.BAD_SCOPE_DATE, extras)
        if scope.date != day_of(signed_at):
            raise OssError(errors.OTHER_SCOPE_DATE, extras)
        if scope.region != self.region:
            raise OssError(errors.WRONG_URL_REGION if in_url else errors.WRONG_REGION, extras)
        if scope.product != self.product:
            raise OssError(errors.WRONG_PRODUCT, extras)

    def check_headers(self, operation: Operation, presented: Presented) -> None:
        """Demand what V4 wants of the headers it signs."""
        if presented.version is not SignatureVersion.V4:
            return
        if presented.form is SignatureForm.HEADER and operation.header("x-oss-content-sha256") != V4_PAYLOAD:
            raise OssError(errors.BAD_PAYLOAD_HASH, _authorization(operation))

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
            raise OssError(
                errors.SKEWED,
                (
                    ("MaxAllowedSkewMilliseconds", str(ALLOWED_SKEW * 1000)),
                    ("RequestTime", iso_milliseconds(signed_at)),
                    ("ServerTime", iso_milliseconds(now)),
                ),
            )

    def _check_v1_expiry(self, expires: str, now: float) -> None:
        if not _NUMBER.fullmatch(expires):
            raise OssError(errors.BAD_EXPIRES_V1)
        if now > int(expires):
            raise OssError(errors.EXPIRED_V1, _expiry(int(expires), now))

    def _check_v4_expiry(self, seconds: str, signed_at: float, now: float) -> None:
        if not _NUMBER.fullmatch(seconds) or not 1 <= int(seconds) <= V4_LONGEST_EXPIRY:
            raise OssError(errors.BAD_EXPIRES_V4)
        if now > signed_at + int(seconds):
            raise OssError(errors.EXPIRED_V4, _expiry(signed_at + int(seconds), now))

    def find_key(self, presented: Presented) -> Key:
        """Return the known key of that id, if it may be used."""
        known = self._keys.find(presented.key_id)
        named = (("OSSAccessKeyId", presented.key_id),)
        if known is None and not self._keys.is_well_formed(presented.key_id):
            raise OssError(errors.BAD_KEY_ID[presented.version, presented.form], named)
        if known is None:
            raise OssError(errors.UNKNOWN_KEY, named)
        if known.disabled:
            raise OssError(errors.DISABLED_KEY, named)
        return known

    def check_token(self, operation: Operation, presented: Presented, known: Key, now: float) -> None:
        """Demand the token of a temporary key, in its time, and none of a permanent one."""
        token = _token(operation, presented)
        named = (("OSSAccessKeyId", presented.key_id),)
        temporary = known.credentials.token is not None
        if token is None and not temporary:
            return
        if not token and temporary:
            raise OssError(errors.LOST_TOKEN, named)
        owners = self._keys.owners(token or "")
        if presented.key_id not in owners:
            if owners:
                raise OssError(errors.OTHER_TOKEN, named)
            shown = (("SecurityToken", token or ""),) if temporary else named
            raise OssError(errors.BAD_TOKEN if temporary else errors.BOGUS_TOKEN, shown)
        if known.token_expires_at is not None and now >= known.token_expires_at:
            raise OssError(errors.EXPIRED_TOKEN, (("SecurityToken", token or ""),))

    def check_signature(self, operation: Operation, presented: Presented, known: Credentials) -> None:
        """Compare signatures; the error shows what ours was computed from, never ours itself."""
        if presented.verify(operation, known.secret, signed=SIGNED_IN_V1):
            return
        computed = presented.recompute(operation, known.secret, signed=SIGNED_IN_V1)
        text = utf8(computed.string_to_sign)
        extras = (
            ("OSSAccessKeyId", presented.key_id),
            ("SignatureProvided", presented.signature),
            ("StringToSign", computed.string_to_sign),
            ("StringToSignBytes", text.hex(" ").upper()),
        )
        if presented.version is SignatureVersion.V1:
            raise OssError(errors.NOT_MATCHING_V1, extras)
        raise OssError(errors.NOT_MATCHING_V4, (*extras, ("CanonicalRequest", computed.canonical_request)))


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
