"""OSS signatures V1 and V4, in headers and in URLs: computing and adding them.

Rule 1: everything here takes decoded names and values and encodes them itself, so that every
spelling of a target signs alike. Rule 2: no clock and no key store; the caller brings both.
The vectors in tests/vectors/, on which independent vendor SDKs agree, pin every line.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from pytest_oss_clean.oss.constants import OSS_DATE, SECURITY_TOKEN, SignatureVersion
from pytest_oss_clean.oss.messages import Headers, Operation
from pytest_oss_clean.oss.names import Query, percent
from pytest_oss_clean.oss.secrets import Secret

V4_ALGORITHM = "OSS4-HMAC-SHA256"
V4_TERMINATOR = "aliyun_v4_request"
V4_PAYLOAD = "UNSIGNED-PAYLOAD"
V4_LONGEST_EXPIRY = 604_800
"""Seconds a V4 URL may be valid (EC 0002-00000232)."""

V1_SUBRESOURCES = frozenset(
    """
    acl append bucketInfo callback callback-var cleanRestoredObject cloudboxes continuation-token
    delete location objectMeta partNumber position regionList resourceGroup response-cache-control
    response-content-disposition response-content-encoding response-content-language
    response-content-type response-expires restore security-token sequential stat symlink tagging
    uploadId uploads versionId versioning versions
    """.split()
)
"""Parameters that V1 signs: the list common to the v2 SDKs, with cleanRestoredObject.

The v1 SDKs leave cleanRestoredObject out, so their V1 signature of this operation is wrong.
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, and with STS its token."""

    key_id: str
    secret: Secret
    token: Secret | None = None


class Environment(dict[str, str]):
    """Environment variables, among them secrets: its representation has names only."""

    def __repr__(self) -> str:
        return f"<Environment {' '.join(self)}>"


def environment(endpoint: str, bucket: str, region: str, credentials: Credentials) -> Environment:
    """Return the variables in which the vendor's SDKs and other clients look for a target and its keys."""
    keys = {
        "OSS_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_ID": credentials.key_id,
        "OSS_ACCESS_KEY_SECRET ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials.secret.reveal(),
    }
    if credentials.token is not None:
        named = "OSS_SESSION_TOKEN OSS_SECURITY_TOKEN ALIBABA_CLOUD_SECURITY_TOKEN"
        keys[named] = credentials.token.reveal()
    place = {"OSS_ENDPOINT": str(endpoint), "OSS_BUCKET": bucket, "OSS_REGION": region}
    return Environment(place | {name: value for names, value in keys.items() for name in names.split()})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a V4 key is derived for: `YYYYMMDD`, region, product."""

    date: str
    region: str
    product: str = "oss"

    def __str__(self) -> str:
        """Return the scope as it stands in credential and string to sign."""
        return f"{self.date}/{self.region}/{self.product}/{V4_TERMINATOR}"


@dataclass(frozen=True, slots=True)
class Computed:
    """A signature with the texts it was computed from, for error documents and debugging.

    The texts hold the token of temporary credentials, so none of it shows in a repr.
    """

    signature: str = field(repr=False)
    string_to_sign: str = field(repr=False)
    canonical_request: str = field(default="", repr=False)


def iso_basic(when: datetime) -> str:
    """Return `YYYYMMDDTHHMMSSZ`."""
    return _iso_basic(math.floor(when.timestamp()))


@lru_cache(maxsize=64)
def _iso_basic(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")


def http_date(when: datetime) -> str:
    """Return the RFC 1123 form with GMT and a two-digit day, the only one OSS takes."""
    return http_time(when.timestamp())


def http_time(moment: float) -> str:
    """Return the RFC 1123 form of a Unix time."""
    return _http_time(math.floor(moment))


@lru_cache(maxsize=64)
def _http_time(second: int) -> str:
    """Return it for a whole second; many answers are given in the same."""
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def utf8(text: str) -> bytes:
    """Encode a text in which foreign bytes are surrogate escapes."""
    return text.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def _header_key(name: str) -> str:
    return name.strip().lower()


def _collect(headers: Headers, wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return the wanted headers lower-cased, trimmed, sorted, repeated ones joined by commas."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = _header_key(name)
        if wanted(key):
            found[key] = f"{found[key]},{value.strip()}" if key in found else value.strip()
    return sorted(found.items())


@lru_cache(maxsize=256)
def _signed_by_default(name: str) -> bool:
    return name.startswith("x-oss-") or name in ("content-type", "content-md5")


def additional_names(operation: Operation, additional: Collection[str]) -> tuple[str, ...]:
    """Return the additional header names that count: present, not signed anyway, sorted."""
    if not additional:
        return ()
    present = {name.lower() for name, _ in operation.headers}
    names = {name.strip().lower() for name in additional}
    return tuple(sorted(n for n in names if n in present and not _signed_by_default(n)))


def canonical_request_v4(operation: Operation, additional: tuple[str, ...] = ()) -> str:
    """Return V4's canonical request; the query must already hold a URL form's parameters."""
    path = f"/{operation.bucket}/{operation.name}" if operation.bucket else "/"
    pairs = sorted((percent(n), percent(v or "")) for n, v in operation.query)
    named = (lambda n: _signed_by_default(n) or n in additional) if additional else _signed_by_default
    signed = _collect(operation.headers, named)
    return "\n".join(
        [
            operation.method,
            percent(path, keep="/"),
            "&".join(f"{n}={v}" if v else n for n, v in pairs),
            "".join(f"{n}:{v}\n" for n, v in signed),
            ";".join(additional),
            V4_PAYLOAD,
        ]
    )


def compute_v4(
    operation: Operation, secret: Secret, scope: Scope, time_line: str, additional: tuple[str, ...] = ()
) -> Computed:
    """Compute a V4 signature; `time_line` is the x-oss-date value, or Date's where that is absent."""
    canonical = canonical_request_v4(operation, additional)
    digest = hashlib.sha256(utf8(canonical)).hexdigest()
    text = "\n".join([V4_ALGORITHM, time_line, str(scope), digest])
    key = _signing_key("aliyun_v4" + secret.reveal(), scope.date, scope.region, scope.product)
    return Computed(hmac.digest(key, utf8(text), hashlib.sha256).hex(), text, canonical)


@lru_cache(maxsize=64)
def _signing_key(key: str, *scope: str) -> bytes:
    """Return the key of a day, a region and a product; every request of a run needs the same."""
    derived = utf8(key)
    for part in (*scope, V4_TERMINATOR):
        derived = hmac.digest(derived, utf8(part), hashlib.sha256)
    return derived


def canonical_resource_v1(
    operation: Operation, *, signed: frozenset[str] = V1_SUBRESOURCES, oss_parameters: bool = True
) -> str:
    """Return V1's resource: raw names, `signed` sub-resources sorted, an empty value without `=`.

    SDKs split on `x-oss-*` parameters: go v2, php v2 and TS v2 sign them (`oss_parameters`, what
    more of them agree on), python v2, java v2 and kotlin v2 do not.
    """
    resource = f"/{operation.bucket}/{operation.name}" if operation.bucket else "/"
    # Sorted by name before they are joined: `callback=` precedes `callback-var=`, though "-" < "=".
    found = sorted(
        (name, value or "")
        for name, value in operation.query
        if name in signed or (oss_parameters and name.startswith("x-oss-"))
    )
    return f"{resource}?{'&'.join(f'{n}={v}' if v else n for n, v in found)}" if found else resource


def compute_v1(
    operation: Operation,
    secret: Secret,
    date_line: str,
    *,
    signed: frozenset[str] = V1_SUBRESOURCES,
    oss_parameters: bool = True,
) -> Computed:
    """Compute a V1 signature; `date_line` is x-oss-date, Date, or a URL's Expires."""
    headers = _collect(operation.headers, lambda name: name.startswith("x-oss-"))
    text = "\n".join(
        [
            operation.method,
            (operation.header("content-md5") or "").strip(),
            (operation.header("content-type") or "").strip(),
            date_line,
            "".join(f"{n}:{v}\n" for n, v in headers)
            + canonical_resource_v1(operation, signed=signed, oss_parameters=oss_parameters),
        ]
    )
    digest = hmac.digest(utf8(secret.reveal()), utf8(text), hashlib.sha1)
    return Computed(base64.b64encode(digest).decode(), text)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs operations with one key; `sign` returns the operation with its signature added.

    `region` is used by V4 only. `additional` names headers that V4 signs beyond its own choice,
    `scope_days` makes its scope that of a day before or after.
    """

    credentials: Credentials
    version: SignatureVersion = SignatureVersion.V4
    region: str = ""
    product: str = "oss"
    additional: tuple[str, ...] = ()
    scope_days: int = 0

    def sign(self, operation: Operation, when: datetime) -> Operation:
        """Sign in headers. A V1 operation that has an `x-oss-date` keeps it and gets no Date."""
        if self.version is SignatureVersion.V1:
            return self._sign_v1(operation, when)
        stamp = iso_basic(when)
        operation = operation.adding(
            headers=(("x-oss-content-sha256", V4_PAYLOAD), (OSS_DATE, stamp), *self._token_header())
        )
        names = additional_names(operation, self.additional)
        scope = self._scope(when)
        computed = compute_v4(operation, self.credentials.secret, scope, stamp, names)
        fields = [f"Credential={self.credentials.key_id}/{scope}", f"Signature={computed.signature}"]
        if names:
            fields.insert(1, f"AdditionalHeaders={';'.join(names)}")
        return operation.adding(headers=(("Authorization", f"{V4_ALGORITHM} {','.join(fields)}"),))

    def presign(self, operation: Operation, when: datetime, expires_in: int) -> Operation:
        """Sign in the URL, valid for `expires_in` seconds (V4: 1 to 604,800, not checked here)."""
        if self.version is SignatureVersion.V1:
            return self._presign_v1(operation, when, expires_in)
        stamp = iso_basic(when)
        scope = self._scope(when)
        names = additional_names(operation, self.additional)
        query: Query = (
            ("x-oss-signature-version", V4_ALGORITHM),
            ("x-oss-credential", f"{self.credentials.key_id}/{scope}"),
            (OSS_DATE, stamp),
            ("x-oss-expires", str(expires_in)),
            *((("x-oss-additional-headers", ";".join(names)),) if names else ()),
            *self._token_header(),
        )
        operation = operation.adding(query=query)
        computed = compute_v4(operation, self.credentials.secret, scope, stamp, names)
        return operation.adding(query=(("x-oss-signature", computed.signature),))

    def _scope(self, when: datetime) -> Scope:
        day = iso_basic(when + timedelta(days=self.scope_days))[:8]
        return Scope(day, self.region, self.product)

    def _sign_v1(self, operation: Operation, when: datetime) -> Operation:
        own_date = operation.header(OSS_DATE)
        date = own_date or http_date(when)
        date_header = () if own_date else (("Date", date),)
        operation = operation.adding(headers=(*date_header, *self._token_header()))
        computed = compute_v1(operation, self.credentials.secret, date)
        value = f"OSS {self.credentials.key_id}:{computed.signature}"
        return operation.adding(headers=(("Authorization", value),))

    def _presign_v1(self, operation: Operation, when: datetime, expires_in: int) -> Operation:
        expires = str(int(when.timestamp()) + expires_in)
        if self.credentials.token:
            operation = operation.adding(query=(("security-token", self.credentials.token.reveal()),))
        computed = compute_v1(operation, self.credentials.secret, expires)
        return operation.adding(
            query=(
                ("Expires", expires),
                ("OSSAccessKeyId", self.credentials.key_id),
                ("Signature", computed.signature),
            )
        )

    def _token_header(self) -> tuple[tuple[str, str], ...]:
        token = self.credentials.token
        return ((SECURITY_TOKEN, token.reveal()),) if token else ()
