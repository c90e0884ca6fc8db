"""What may happen to a request between its signing and its sending: pure changes of signed operations.

Rule: method, bucket and name stay as they are, so that nothing foreign is ever addressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.oss.constants import OSS_DATE
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.signing import V4_TERMINATOR

Alteration = Callable[[Operation], Operation]
Change = Callable[[str], str | None]
"""Makes a new value of a header or parameter; None takes it away."""

NOTE = "x-oss-meta-note"
"""A header that requests may carry to have it altered."""

_SIGNED_BY = ("authorization", "x-oss-signature", "signature")
_SIGNATURE = re.compile(r"[0-9A-Za-z+/]+=*$")
"""The signature at the end of an Authorization of either version; all of a parameter."""


class Tamper(StrEnum):
    """What is done to a request after it was signed."""

    NOTHING = ""
    DIGIT = "the signature's last digit is another"
    HALF = "half of the signature is missing"
    CASE = "the signature's letters are in the other case"
    EMPTY = "the signature is empty"
    NO_SIGNATURE = "the field of the signature is missing"
    NO_KEY_ID = "the key id is missing"
    SCHEME = "Authorization is of another scheme"
    TERMINATOR = "the scope does not end as it should"
    NO_DATE = "there is no date"
    DATE = "the date is some seconds off"
    NO_PAYLOAD_HASH = "there is no x-oss-content-sha256"
    PAYLOAD_HASH = "x-oss-content-sha256 is a hash"
    HEADER_ADDED = "an x-oss- header is added"
    HEADER_CHANGED = "the value of an x-oss- header is another"
    HEADER_DROPPED = "an x-oss- header is missing"
    CONTENT_TYPE = "Content-Type is another"
    USER_AGENT = "User-Agent is another"
    TOKEN = "the security token is another"  # noqa: S105 - a description
    NO_TOKEN = "the security token is missing"  # noqa: S105
    PROLONGED = "the URL claims to be valid for a minute longer"
    NO_EXPIRY = "the URL does not say how long it is valid"

    def alter(self, operation: Operation) -> Operation:
        return ALTERATIONS[self](operation)


def _on(names: tuple[str, ...], change: Change) -> Alteration:
    """Change headers and parameters of these lower-case names."""

    def changed(name: str, value: str | None) -> str | None:
        return value if value is None or name.lower() not in names else change(value)

    def alter(operation: Operation) -> Operation:
        headers = ((name, changed(name, value)) for name, value in operation.headers)
        return replace(
            operation,
            headers=tuple((name, value) for name, value in headers if value is not None),
            query=tuple(
                (name, changed(name, value))
                for name, value in operation.query
                if value is None or changed(name, value) is not None
            ),
        )

    return alter


def _signature(change: Callable[[str], str]) -> Alteration:
    return _on(_SIGNED_BY, lambda text: _SIGNATURE.sub(lambda found: change(found[0]), text, count=1))


def _last_digit(signature: str) -> str:
    """Change the last digit by more than the two bits that base64 does not use of it."""
    digits = signature.rstrip("=")
    return digits[:-1] + ("0" if digits[-1] in "89+/" else "8") + signature[len(digits) :]


def _without_signature(text: str) -> str | None:
    """Take the field away: `,Signature=...`, `:...`, or the parameter."""
    kept = re.sub(r"(,\s*Signature=|:)[^,:]*$", "", text)
    return None if kept == text else kept


def _without_key_id(text: str) -> str | None:
    """Take it out of an Authorization: the whole Credential of V4; a parameter is taken away."""
    kept = re.sub(r"Credential=[^,]*,|(?<=^OSS )[^:]*", "", text)
    return None if kept == text else kept


def _nothing(_: str) -> None:
    return None


_DATE = (OSS_DATE, "date")
_HASH = ("x-oss-content-sha256",)
_TOKEN = ("x-oss-security-token", "security-token")
"""A token is never altered in a part: what is left of it would be a secret that no scrubber knows."""
_EXPIRY = ("x-oss-expires", "expires")
_SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

ALTERATIONS: Mapping[Tamper, Alteration] = MappingProxyType(
    {
        Tamper.NOTHING: lambda operation: operation,
        Tamper.DIGIT: _signature(_last_digit),
        Tamper.HALF: _signature(lambda signature: signature[: len(signature) // 2]),
        Tamper.CASE: _signature(str.swapcase),
        Tamper.EMPTY: _signature(lambda _: ""),
        Tamper.NO_SIGNATURE: _on(_SIGNED_BY, _without_signature),
        Tamper.NO_KEY_ID: _on(("authorization", "x-oss-credential", "ossaccesskeyid"), _without_key_id),
        Tamper.SCHEME: _on(("authorization",), lambda text: f"Bearer {text.partition(' ')[2]}"),
        Tamper.TERMINATOR: _on(
            ("authorization", "x-oss-credential"), lambda text: text.replace(V4_TERMINATOR, "oss_request")
        ),
        Tamper.NO_DATE: _on(_DATE, _nothing),
        Tamper.DATE: _on(
            _DATE, lambda text: re.sub(r"\d(?=Z$| GMT$)", lambda d: "1" if d[0] == "0" else "0", text)
        ),
        Tamper.NO_PAYLOAD_HASH: _on(_HASH, _nothing),
        Tamper.PAYLOAD_HASH: _on(_HASH, lambda _: _SHA256_OF_NOTHING),
        Tamper.HEADER_ADDED: lambda operation: operation.adding(headers=((f"{NOTE}-added", "1"),)),
        Tamper.HEADER_CHANGED: _on((NOTE,), lambda text: f"{text} and more"),
        Tamper.HEADER_DROPPED: _on((NOTE,), _nothing),
        Tamper.CONTENT_TYPE: _on(("content-type",), lambda _: "text/html"),
        Tamper.USER_AGENT: _on(("user-agent",), lambda text: f"{text} altered"),
        Tamper.TOKEN: _on(_TOKEN, lambda _: "a-token-that-nobody-gave-out"),
        Tamper.NO_TOKEN: _on(_TOKEN, _nothing),
        Tamper.PROLONGED: _on(_EXPIRY, lambda text: str(int(text) + 60)),
        Tamper.NO_EXPIRY: _on(_EXPIRY, _nothing),
    }
)
