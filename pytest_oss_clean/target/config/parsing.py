"""Parsers of what depends on other options or on the environment: places, credentials, claims, clock.

Every rejected value is a ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.names import bucket_name_problem
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config import values
from pytest_oss_clean.target.config.claims import CLAIMS, DEFAULT_CLAIMS, DERIVED
from pytest_oss_clean.target.config.options import AUTO

INSTANT_SECONDS = 5.0
"""How long a restore that completes at once may take to be seen."""


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
    missing = [
        ConfigurationError(name, "(not set)", f"export {name}, as the vendor's SDKs expect it")
        for name in names[:2]
        if not environ.get(name)
    ]
    if missing:
        missing[0].others = tuple(missing[1:])
        raise missing[0]
    for name in names:
        value = environ.get(name, "")
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
    if text == AUTO:
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
    unknown = sorted(claims - CLAIMS.keys())
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


def read_clock(options: Mapping[str, Any], claims: frozenset[str], *, hook: bool) -> tuple[str, float | None]:
    """Read how a restore completes: the URL that moves the clock, or the time to wait.

    `hook` says that `pytest_oss_clean_advance` is implemented. Raises ConfigurationError.
    """
    url, seconds = options["advance-url"] or "", options["restore-seconds"]
    if (bool(url), seconds is not None, hook).count(True) > 1:
        remedy = (
            "choose one of --oss-advance-url, --oss-restore-seconds and the hook pytest_oss_clean_advance"
        )
        raise ConfigurationError("--oss-advance-url", url or "(hook)", remedy)
    if url and "{seconds}" not in url:
        raise ConfigurationError("--oss-advance-url", url, "write {seconds} where the number belongs")
    if url:
        parts = urlsplit(url)
        read_endpoint("--oss-advance-url", f"{parts.scheme}://{parts.netloc}")
    values.positive("seconds")("--oss-restore-seconds", seconds)
    if url or seconds is not None or hook:
        return url, seconds
    if "instant-restore" in claims:
        return "", INSTANT_SECONDS
    remedy = (
        "say how a restore completes: --oss-advance-url URL moves the server's clock, "
        "--oss-restore-seconds N waits (3600 for an Expedited restore on OSS), or implement the "
        "hook pytest_oss_clean_advance"
    )
    raise ConfigurationError("--oss-advance-url", "(not set)", remedy)
