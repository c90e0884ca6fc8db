"""Values of options, each read on its own into something that can work.

Every rejected value is a ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.names import bucket_name_problem
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.options import CLAIMS, DEFAULT_CLAIMS, DERIVED


def read_endpoint(option: str, text: str) -> Endpoint:
    """Read `http[s]://HOST[:PORT]`. Raises ConfigurationError."""
    remedy = "give 'emulator' or a URL such as https://oss-cn-hangzhou.aliyuncs.com, without bucket and path"
    if "@" in text:
        no_credentials = (
            "credentials do not belong into the URL: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"
        )
        raise ConfigurationError(option, "(a URL with credentials)", no_credentials)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError(option, text, remedy) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or not text.isascii():
        raise ConfigurationError(option, text, remedy)
    return Endpoint(parts.scheme, parts.hostname, port or {"http": 80, "https": 443}[parts.scheme])


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Read the SDKs' variables. Raises ConfigurationError, which never shows a value."""
    names = ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN")
    for name in names:
        value = environ.get(name, "")
        if not value and name != "OSS_SESSION_TOKEN":
            raise ConfigurationError(name, "(not set)", f"export {name}, as the vendor's SDKs expect it")
        if not all(0x21 <= ord(char) <= 0x7E for char in value):  # noqa: PLR2004 - visible ASCII
            remedy = "it holds a blank, a line end or a character outside ASCII: set it anew"
            raise ConfigurationError(name, "(hidden)", remedy)
    key_id, secret, token = (environ.get(name, "") for name in names)
    return Credentials(key_id, Secret(secret), Secret(token) if token else None)


def read_bucket(option: str, bucket: str) -> str:
    """Read the name of a bucket that exists. Raises ConfigurationError."""
    if not bucket:
        remedy = "name an existing bucket; the suite creates none on a server of yours"
        raise ConfigurationError(option, "(not set)", remedy)
    problem = bucket_name_problem(bucket)
    if problem:
        raise ConfigurationError(option, bucket, problem)
    return bucket


def read_prefix(prefix: str) -> str:
    """Read what object names start with. Raises ConfigurationError."""
    segments = prefix.removesuffix("/").split("/")
    fine = re.fullmatch(r"[A-Za-z0-9._/-]{0,200}", prefix) and not {".", ".."} & set(segments)
    if not fine or (prefix and "" in segments):
        remedy = "use up to 200 of A-Z a-z 0-9 . _ - / without empty, '.' and '..' segments, so that even a "
        raise ConfigurationError(
            "--oss-prefix", prefix, remedy + "server that rewrites names stays inside it"
        )
    return prefix


def read_region(region: str, endpoint: Endpoint, claims: frozenset[str]) -> str:
    """Read the region to sign for, else from the endpoint's name. Raises ConfigurationError."""
    if not region:
        found = re.fullmatch(r"(?:.*\.)?oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com", endpoint.host)
        region = found.group(1) if found else ""
    if "V4" in claims and not region:
        remedy = "V4 signs the region: give --oss-region, or OSS_REGION, such as cn-hangzhou"
        raise ConfigurationError("--oss-region", "(not set)", remedy)
    if not re.fullmatch(r"[A-Za-z0-9-]*", region):
        raise ConfigurationError("--oss-region", region, "a region id such as cn-hangzhou, without 'oss-'")
    return region


def read_addressing(text: str, endpoint: Endpoint, claims: frozenset[str]) -> Addressing:
    """Read where the bucket stands. Raises ConfigurationError."""
    numeric = endpoint.host == "localhost"
    with suppress(ValueError):
        numeric = numeric or bool(ip_address(endpoint.host))
    if text == Addressing.VIRTUAL and numeric:
        remedy = "a bucket cannot stand before an IP address: use --oss-connect-to and the server's name"
        raise ConfigurationError("--oss-addressing", text, remedy)
    if text == Addressing.PATH and not numeric and "path-style" not in claims:
        remedy = "OSS refuses path-style on public endpoints: where your server takes it, claim path-style"
        raise ConfigurationError("--oss-addressing", text, remedy)
    if text == "auto":
        return Addressing.PATH if numeric or "path-style" in claims else Addressing.VIRTUAL
    return Addressing(text)


def read_claims(text: str | None, signature: SignatureVersion) -> frozenset[str]:
    """Read what the target says it can; nothing derived is among it. Raises ConfigurationError."""
    if text is None:
        return DEFAULT_CLAIMS | {str(signature)}
    claims = frozenset(part.strip() for part in text.split(",") if part.strip())
    for name in sorted(claims & DERIVED.keys()):
        remedy = f"{name} is not claimed: it {DERIVED[name]}"
        raise ConfigurationError("--oss-claims", text, remedy)
    unknown = sorted(claims - set(CLAIMS))
    if unknown:
        remedy = f"unknown claim {', '.join(unknown)}: choose from {', '.join(CLAIMS)}"
        raise ConfigurationError("--oss-claims", text, remedy)
    if not claims & {"ColdArchive", "DeepColdArchive"} or not claims & {"V1", "V4"}:
        remedy = (
            "the least profile is one cold class (ColdArchive, DeepColdArchive) and one signature (V4, V1)"
        )
        raise ConfigurationError("--oss-claims", text, remedy)
    if str(signature) not in claims:
        remedy = f"{signature} signs the requests around the contracts: claim it or change --oss-signature"
        raise ConfigurationError("--oss-claims", text, remedy)
    return claims


def read_connect_to(text: str | None) -> tuple[str, int] | None:
    """Read `HOST:PORT`. Raises ConfigurationError."""
    if not text:
        return None
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise ConfigurationError("--oss-connect-to", text, "write HOST:PORT, an IPv6 address in brackets")
    return host, port


def read_throttled(text: str) -> tuple[str, ...]:
    """Read `429,503 SlowDown`: statuses, each with a Code or without. Raises ConfigurationError."""
    entries = tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())
    for entry in entries:
        if not re.fullmatch(r"[45]\d\d(?: [A-Za-z0-9.]+)?", entry):
            remedy = "write statuses of 400 to 599, a Code behind one where it matters: 429,503 SlowDown"
            raise ConfigurationError("--oss-throttled", text, remedy)
    return entries


def read_edition(text: str | None) -> str:
    """Read `X.Y`; "" is the newest. Raises ConfigurationError."""
    if text and not re.fullmatch(r"\d+\.\d+", text):
        raise ConfigurationError("--oss-edition", text, "write two numbers such as 1.2")
    return text or ""


def existing_file(name: str, text: str | None) -> Path | None:
    """Return the path of a file that can be read, None for none. Raises ConfigurationError."""
    if not text:
        return None
    try:
        with Path(text).open("rb"):
            return Path(text)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"--oss-{name}", text, f"{cause}: name a file that can be read") from None


def writable_file(name: str, text: str | None) -> Path | None:
    """Return the path of a file to write, None for none. Raises ConfigurationError."""
    if not text:
        return None
    path = Path(text)
    if path.is_dir():
        raise ConfigurationError(f"--oss-{name}", text, "it is a folder: name a file")
    return path


def above_zero(name: str, value: float | None, unit: str) -> float | None:
    """Return a number above 0, None for none. Raises ConfigurationError."""
    return None if value is None else positive(name, value, unit)


def positive(name: str, value: float, unit: str) -> float:
    """Return a number above 0. Raises ConfigurationError."""
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"--oss-{name}", value, f"give a number of {unit} above 0")
    return value


def not_negative(name: str, value: float | None, default: float) -> float:
    """Return a number of seconds, `default` where none is given. Raises ConfigurationError."""
    if value is None:
        return default
    if not 0 <= value < float("inf"):
        raise ConfigurationError(f"--oss-{name}", value, "give a number of seconds, 0 or more")
    return value
