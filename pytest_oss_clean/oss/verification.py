"""Reading the signature that an operation carries, and verifying it.

The server side of signing.py: it understands every spelling of Authorization and every presigned
URL that the vendor's SDKs write. Which error answers which fault is the emulator's business.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pytest_oss_clean.oss.constants import OSS_DATE, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import (
    V1_SUBRESOURCES,
    V4_ALGORITHM,
    V4_TERMINATOR,
    Computed,
    Scope,
    compute_v1,
    compute_v4,
    utf8,
)


class SignatureFormatError(ValueError):
    """A signature that cannot be understood; `what` names the part at fault."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Presented:
    """The signature that an operation carries, read but not verified.

    `time_line` is what the string to sign must hold: Date, x-oss-date or Expires, as sent; None
    where it is absent. `expires_in` is a V4 URL's x-oss-expires as sent.
    """

    version: SignatureVersion
    form: SignatureForm
    key_id: str
    signature: str = field(repr=False)
    time_line: str | None
    scope: Scope | None = None
    additional: tuple[str, ...] = ()
    expires_in: str | None = None

    def recompute(
        self,
        operation: Operation,
        secret: Secret,
        *,
        signed: frozenset[str] = V1_SUBRESOURCES,
        oss_parameters: bool = True,
    ) -> Computed:
        """Compute the signature that this operation should carry; `signed` are the parameters of V1."""
        if self.version is SignatureVersion.V1:
            time_line = self.time_line or ""
            return compute_v1(operation, secret, time_line, signed=signed, oss_parameters=oss_parameters)
        if self.form is SignatureForm.URL:
            operation = _without_signature(operation)
        scope = self.scope or Scope("", "")
        return compute_v4(operation, secret, scope, self.time_line or "", self.additional)

    def verify(
        self, operation: Operation, secret: Secret, *, signed: frozenset[str] = V1_SUBRESOURCES
    ) -> bool:
        """Return whether the signature is right, in constant time; V1 in either reading of x-oss-*."""
        readings = (True, False) if self.version is SignatureVersion.V1 else (True,)
        computed = [
            self.recompute(operation, secret, signed=signed, oss_parameters=r).signature for r in readings
        ]
        return any(hmac.compare_digest(utf8(c), utf8(self.signature)) for c in computed)


def present(operation: Operation) -> Presented | None:
    """Read the signature of an operation, or None where it carries none.

    Raises SignatureFormatError where something like a signature cannot be understood, or where
    both the header and the URL hold one.
    """
    authorization = operation.header("authorization")
    parameters = {name: value or "" for name, value in operation.query}
    in_v4_url = "x-oss-signature-version" in parameters or "x-oss-signature" in parameters
    in_v1_url = "Signature" in parameters or "OSSAccessKeyId" in parameters
    if authorization is not None and (in_v4_url or in_v1_url):
        raise SignatureFormatError("signature in header and URL")
    if authorization is not None:
        date = operation.header(OSS_DATE) or operation.header("date")
        presented = _read_header(authorization.strip(), date)
    elif in_v4_url:
        presented = _read_v4_url(parameters)
    else:
        return _read_v1_url(parameters) if in_v1_url else None
    if any(operation.header(name) is None for name in presented.additional):
        # EC 0002-00000209, 210 and 211
        empty = "AdditionalHeaders" if presented.additional == ("",) else "empty item"
        raise SignatureFormatError("absent item" if all(presented.additional) else empty)
    return presented


def _read_header(text: str, date: str | None) -> Presented:
    algorithm, _, rest = text.partition(" ")
    if algorithm == "OSS":
        key_id, colon, signature = rest.strip().partition(":")
        for part, what in ((colon, "colon"), (key_id, "key id"), (signature, "signature")):
            if not part:
                raise SignatureFormatError(what)
        return Presented(SignatureVersion.V1, SignatureForm.HEADER, key_id, signature, date)
    if algorithm != V4_ALGORITHM:
        raise SignatureFormatError("algorithm")
    fields = _read_fields(rest)
    key_id, scope = _read_credential(fields.get("Credential", ""))
    return Presented(
        SignatureVersion.V4,
        SignatureForm.HEADER,
        key_id,
        _required(fields, "Signature"),
        date,
        scope,
        _read_names(fields.get("AdditionalHeaders")),
    )


def _read_v4_url(parameters: dict[str, str]) -> Presented:
    if parameters.get("x-oss-signature-version") != V4_ALGORITHM:
        raise SignatureFormatError("x-oss-signature-version")
    key_id, scope = _read_credential(parameters.get("x-oss-credential", ""))
    return Presented(
        SignatureVersion.V4,
        SignatureForm.URL,
        key_id,
        _required(parameters, "x-oss-signature"),
        parameters.get(OSS_DATE),
        scope,
        _read_names(parameters.get("x-oss-additional-headers")),
        _required(parameters, "x-oss-expires"),
    )


def _read_v1_url(parameters: dict[str, str]) -> Presented:
    key_id, signature, expires = (
        _required(parameters, name) for name in ("OSSAccessKeyId", "Signature", "Expires")
    )
    return Presented(SignatureVersion.V1, SignatureForm.URL, key_id, signature, expires)


def _read_fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for piece in text.split(","):
        name, equals, value = piece.strip().partition("=")
        if not equals or name in fields:
            raise SignatureFormatError("Authorization")
        fields[name] = value
    return fields


def _required(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise SignatureFormatError(name)
    return fields[name]


@lru_cache(maxsize=64)
def _read_credential(text: str) -> tuple[str, Scope]:
    # An access key id holds no slash, but take the last four parts to be safe.
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[0]:  # noqa: PLR2004 - key id and the four parts of a scope
        raise SignatureFormatError("Credential")
    key_id, date, region, product, terminator = parts
    if terminator != V4_TERMINATOR:
        raise SignatureFormatError("terminator")
    return key_id, Scope(date, region, product)


def _read_names(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(sorted(name.strip().lower() for name in text.split(";")))


def _without_signature(operation: Operation) -> Operation:
    """Return the operation as it was when a V4 URL was signed; V1 does not sign its own parameters."""
    return replace(operation, query=tuple((n, v) for n, v in operation.query if n != "x-oss-signature"))
