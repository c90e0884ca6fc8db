"""What is taken out of requests and answers before they are kept, and only in the places where it belongs.

A request is brought into the same form when it is replayed, so that both can be compared exactly.
Whatever stands in another place than these is not taken out: the leak check refuses the recording.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from pytest_oss_clean.oss.constants import OSS_ERROR
from pytest_oss_clean.oss.operations import COPY_SOURCE
from pytest_oss_clean.oss.secrets import SECRET_HEADERS, SECRET_PARAMETERS
from pytest_oss_clean.recording.placeholders import Placeholders

REDACTED = "REDACTED"

TIME_PARAMETERS = frozenset({"expires", "x-oss-date"})
TIME_HEADERS = frozenset({"date", OSS_DATE := "x-oss-date"})
OF_THE_CLIENT = frozenset({"user-agent", "connection", "accept", "accept-encoding"})
"""Headers that say who asks: they name the run, and no contract rests on them."""

_SCHEMES = ("OSS4-HMAC-SHA256", "OSS", "Bearer")
_PARAMETER = re.compile(r"(?<=[?&])([^?&=#\s]+)=([^&#\s]*)")

MASKED = (
    "OSSAccessKeyId AccessKeyId AccessKeyID SignatureProvided StringToSign StringToSignBytes "
    "CanonicalRequest CanonicalRequestBytes Authorization SecurityToken Credential Signature ID DisplayName "
    "AuthPrincipalOwnerId AuthPrincipalDisplayName EncodedDiagnosticMessage"
).split()
"""Elements of an answer that echo a credential or name an account."""

PLACES = ("Name", "BucketName", "Bucket", "HostId", "Resource", "Location", "Endpoint")
"""Elements that name the bucket or where it is."""

_MASKED = re.compile(rf"<({'|'.join(MASKED)})>([^<]*)</\1>")
_PLACES = re.compile(rf"<({'|'.join(PLACES)})>([^<]*)</\1>")

SAID = (
    "signature, key id and token (also where an error document echoes them)",
    "Date and x-oss-date of requests, expiry of signatures",
    "User-Agent of requests",
    "names of bucket, endpoint and run, by stand-ins of the same length",
    "ids and names of accounts",
)
"""What is taken out, for people."""


def plain_target(target: str) -> str:
    """Return a request target without credentials and times, its text otherwise as it was."""
    return _PARAMETER.sub(_redacted, target)


def _redacted(parameter: re.Match[str]) -> str:
    name = unquote(parameter[1]).lower()
    if name in SECRET_PARAMETERS | TIME_PARAMETERS:
        return f"{parameter[1]}={REDACTED}"
    return parameter[0]


def plain_headers(headers: Iterable[tuple[str, str]], names: Placeholders) -> dict[str, str]:
    """Return the headers of a request that are kept, by lower-case name."""
    kept = {}
    for written, value in headers:
        name = written.lower()
        if name in OF_THE_CLIENT:
            continue
        if name == "authorization":
            kept[name] = " ".join((value.split(" ")[0], REDACTED)) if value.startswith(_SCHEMES) else REDACTED
        elif name in SECRET_HEADERS | TIME_HEADERS:
            kept[name] = REDACTED
        elif name == "host":
            kept[name] = names.host(value)
        elif name == COPY_SOURCE:
            kept[name] = names.copy_source(value)
        else:
            kept[name] = names.text(value)
    return kept


def plain_body(body: bytes, names: Placeholders) -> bytes:
    """Return the body of an answer without credentials, accounts and names, as long as it was."""
    text = body.decode("latin-1")
    if text.lstrip("\ufeff\xef\xbb\xbf \t\r\n").startswith("<"):
        text = _MASKED.sub(lambda found: f"<{found[1]}>{'*' * len(found[2])}</{found[1]}>", text)
        text = _PLACES.sub(lambda found: f"<{found[1]}>{names.place(found[2])}</{found[1]}>", text)
    return names.text(text).encode("latin-1")


def plain_answer_header(name: str, value: str, names: Placeholders) -> str:
    if name.lower() != OSS_ERROR:
        return names.text(value)
    try:
        document = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value
    return base64.b64encode(plain_body(document, names)).decode()


def plain_answer(response: Mapping[str, object], names: Placeholders) -> dict[str, object]:
    """Return vcrpy's form of an answer as it is kept."""
    headers, body = response["headers"], response["body"]
    if not isinstance(headers, Mapping) or not isinstance(body, Mapping):
        raise TypeError("not an answer in the form of vcrpy")
    return {
        **response,
        "headers": {n: [plain_answer_header(n, v, names) for v in values] for n, values in headers.items()},
        "body": {"string": plain_body(_bytes(body["string"]), names)},
    }


def _bytes(content: object) -> bytes:
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else b""
