"""Settings of a run: option values and environment, read into something that can work.

This module stays light: the plugin reads settings before it knows whether a contract will run.
Every rejected value is a ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_oss_clean.message import Endpoint
from pytest_oss_clean.naming import bucket_name_problem
from pytest_oss_clean.options import CLAIMS, DEFAULT_CLAIMS, EMULATOR, EMULATOR_CLAIMS, OPTIONS
from pytest_oss_clean.secrecy import Secret
from pytest_oss_clean.signing import Credentials
from pytest_oss_clean.vocabulary import Addressing, ConfigurationError, SignatureVersion

INSTANT_SECONDS = 5.0
"""How long a restore that completes at once may take to be seen."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is in force. `endpoint` and `credentials` are None on the embedded emulator."""

    endpoint: Endpoint | None = None
    credentials: Credentials | None = None
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    addressing: Addressing = Addressing.PATH
    signature: SignatureVersion = SignatureVersion.V4
    claims: frozenset[str] = EMULATOR_CLAIMS
    advance_url: str = ""
    restore_seconds: float | None = None
    settle_seconds: float = 0.0
    ca_file: Path | None = None
    proxy: str | None = None
    connect_to: tuple[str, int] | None = None
    wait_ready: float = 0.0
    timeout: float = 10.0
    state_dir: Path = Path(".oss-clean")


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str], *, hook: bool = False) -> Settings:
    """Read option values (by option name) and the SDKs' environment variables.

    `hook` says that `pytest_oss_clean_advance` is implemented. Raises ConfigurationError.
    """
    values = {option.name: option.default for option in OPTIONS} | dict(options)
    if values["target"] == EMULATOR:
        return _emulator_settings(values)
    endpoint = read_endpoint("--oss-target", values["target"])
    signature = SignatureVersion(values["signature"])
    claims = _read_claims(values["claims"], signature)
    return Settings(
        endpoint=endpoint,
        credentials=read_credentials(environ),
        bucket=_read_bucket(values["bucket"] or environ.get("OSS_BUCKET", "")),
        prefix=_read_prefix(values["prefix"]),
        region=_read_region(values["region"] or environ.get("OSS_REGION", ""), endpoint, claims),
        addressing=_read_addressing(values["addressing"], endpoint, claims),
        signature=signature,
        claims=claims,
        **_read_time(values, claims, hook=hook),
        settle_seconds=_not_negative("settle-seconds", values["settle-seconds"], 10.0),
        ca_file=Path(values["ca-file"]) if values["ca-file"] else None,
        proxy=values["proxy"] or None,
        connect_to=_read_connect_to(values["connect-to"]),
        wait_ready=_not_negative("wait-ready", values["wait-ready"], 0.0),
        timeout=_positive("timeout", values["timeout"]),
        state_dir=Path(values["state-dir"]),
    )


def _emulator_settings(values: Mapping[str, Any]) -> Settings:
    if values["require-target"]:
        raise ConfigurationError("--oss-require-target", "yes", "name a server with --oss-target URL")
    for name in ("advance-url", "restore-seconds", "ca-file", "proxy", "connect-to"):
        if values[name] is not None:
            raise ConfigurationError(
                f"--oss-{name}", values[name], "only for a server of yours: name it with --oss-target URL"
            )
    signature = SignatureVersion(values["signature"])
    return Settings(
        bucket=_read_bucket(values["bucket"] or "oss-clean-emulator"),
        prefix=_read_prefix(values["prefix"]),
        region=values["region"] or "cn-hangzhou",
        addressing=Addressing.PATH if values["addressing"] == "auto" else Addressing(values["addressing"]),
        signature=signature,
        claims=_read_claims(values["claims"], signature) if values["claims"] else EMULATOR_CLAIMS,
        settle_seconds=_not_negative("settle-seconds", values["settle-seconds"], 0.0),
        timeout=_positive("timeout", values["timeout"]),
        state_dir=Path(values["state-dir"]),
    )


def read_endpoint(option: str, text: str) -> Endpoint:
    """Read `http[s]://HOST[:PORT]`. Raises ConfigurationError."""
    remedy = "give 'emulator' or a URL such as https://oss-cn-hangzhou.aliyuncs.com, without bucket and path"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError(option, text, remedy) from None
    if "@" in parts.netloc:
        remedy = "credentials do not belong into the URL: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"
        raise ConfigurationError(option, "(a URL with credentials)", remedy)
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


def _read_bucket(bucket: str) -> str:
    if not bucket:
        raise ConfigurationError(
            "--oss-bucket",
            "(not set)",
            "name an existing bucket; the suite creates none on a server of yours",
        )
    problem = bucket_name_problem(bucket)
    if problem:
        raise ConfigurationError("--oss-bucket", bucket, problem)
    return bucket


def _read_prefix(prefix: str) -> str:
    segments = prefix.removesuffix("/").split("/")
    fine = re.fullmatch(r"[A-Za-z0-9._/-]{0,200}", prefix) and not {".", ".."} & set(segments)
    if not fine or (prefix and "" in segments):
        remedy = "use up to 200 of A-Z a-z 0-9 . _ - / without empty, '.' and '..' segments, so that even a "
        raise ConfigurationError(
            "--oss-prefix", prefix, remedy + "server that rewrites names stays inside it"
        )
    return prefix


def _read_region(region: str, endpoint: Endpoint, claims: frozenset[str]) -> str:
    if not region:
        found = re.fullmatch(r"(?:.*\.)?oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com", endpoint.host)
        region = found.group(1) if found else ""
    if "V4" in claims and not region:
        remedy = "V4 signs the region: give --oss-region, or OSS_REGION, such as cn-hangzhou"
        raise ConfigurationError("--oss-region", "(not set)", remedy)
    if not re.fullmatch(r"[A-Za-z0-9-]*", region):
        raise ConfigurationError("--oss-region", region, "a region id such as cn-hangzhou, without 'oss-'")
    return region


def _read_addressing(text: str, endpoint: Endpoint, claims: frozenset[str]) -> Addressing:
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


def _read_claims(text: str | None, signature: SignatureVersion) -> frozenset[str]:
    if text is None:
        return DEFAULT_CLAIMS | {str(signature)}
    claims = frozenset(part.strip() for part in text.split(",") if part.strip())
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


def _read_time(values: Mapping[str, Any], claims: frozenset[str], *, hook: bool) -> dict[str, Any]:
    url, seconds = values["advance-url"] or "", values["restore-seconds"]
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
    if seconds is not None:
        _positive("restore-seconds", seconds)
    if not url and seconds is None and not hook:
        if "instant-restore" in claims:
            return {"advance_url": "", "restore_seconds": INSTANT_SECONDS}
        remedy = (
            "say how a restore comes to its end: --oss-advance-url URL moves the server's clock, "
            "--oss-restore-seconds N waits (3600 for an Expedited restore on OSS), or implement the "
            "hook pytest_oss_clean_advance"
        )
        raise ConfigurationError("--oss-advance-url", "(not set)", remedy)
    return {"advance_url": url, "restore_seconds": seconds}


def _read_connect_to(text: str | None) -> tuple[str, int] | None:
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


def _positive(name: str, value: float) -> float:
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"--oss-{name}", value, "give a number of seconds above 0")
    return value


def _not_negative(name: str, value: float | None, default: float) -> float:
    if value is None:
        return default
    if not 0 <= value < float("inf"):
        raise ConfigurationError(f"--oss-{name}", value, "give a number of seconds, 0 or more")
    return value
