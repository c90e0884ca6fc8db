"""Settings of a run: option values and environment, read into something that can work.

This module stays light: the plugin reads settings before it knows whether a contract will run.
Every rejected value is a ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.budgets import QUICK
from pytest_oss_clean.target.config.cassette_folder import Folder, means_cassettes, read_folder
from pytest_oss_clean.target.config.options import (
    DERIVED,
    EMULATOR,
    EMULATOR_CLAIMS,
    OPTIONS,
    SECOND_BUCKET,
    VERSIONED_BUCKET,
)
from pytest_oss_clean.target.config.parsing import (
    above_zero,
    existing_file,
    not_negative,
    positive,
    read_addressing,
    read_bucket,
    read_claims,
    read_connect_to,
    read_credentials,
    read_edition,
    read_endpoint,
    read_prefix,
    read_region,
    read_throttled,
    writable_file,
)

INSTANT_SECONDS = 5.0
"""How long a restore that completes at once may take to be seen."""

ONLY_FOR_SERVERS = ("advance-url", "restore-seconds", "ca-file", "proxy", "connect-to")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is in force. `endpoint` and `credentials` are None on the embedded emulator.

    `name` is how the target was called: a name, a file's stem, or the endpoint. `claims` holds the
    derived capabilities too.
    """

    name: str = EMULATOR
    endpoint: Endpoint | None = None
    credentials: Credentials | None = None
    bucket: str = ""
    second_bucket: str = ""
    versioned_bucket: str = ""
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
    rate: float | None = None
    max_wall: float | None = None
    throttled: tuple[str, ...] = ("429",)
    hostile_auth: bool = True
    strict: bool = False
    edition: str = ""
    deviations: Path | None = None
    baseline: Path | None = None
    write_baseline: Path | None = None
    gate_changes: bool = False
    allow_incomplete: bool = False
    budget: str = QUICK
    seed: int | None = None
    shrink: bool = False
    report: Path | None = None
    state_dir: Path = Path(".oss-clean")
    recordings: Folder | None = None
    max_cassette_age: float | None = None
    cassettes: Path = Path("oss-cassettes")

    @property
    def place(self) -> str:
        """Say where the target is."""
        if self.recordings is not None:
            return f"the recordings in {self.recordings.path}"
        return str(self.endpoint or "the embedded emulator")

    @property
    def secrets(self) -> list[Secret]:
        """Return what may never be shown."""
        own = self.credentials
        password = urlsplit(self.proxy).password if self.proxy else None
        kept = [own.secret, own.token] if own else []
        return [secret for secret in (*kept, Secret(password) if password else None) if secret]


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str], *, hook: bool = False) -> Settings:
    """Read option values (by option name) and the SDKs' environment variables.

    `hook` says that `pytest_oss_clean_advance` is implemented. Raises ConfigurationError.
    """
    values = {option.name: option.default for option in OPTIONS} | dict(options)
    if means_cassettes(values["target"]):
        return _recorded_settings(values)
    if values["target"] == EMULATOR:
        return _emulator_settings(values)
    endpoint = read_endpoint("--oss-target", values["target"])
    credentials = read_credentials(environ)
    signature = SignatureVersion(values["signature"])
    claims = read_claims(values["claims"], signature)
    time = _read_time(values, claims, hook=hook)
    if "STS" in claims and credentials.token is None:
        remedy = "temporary credentials come with a token: export it, or leave out the claim STS"
        raise ConfigurationError("OSS_SESSION_TOKEN", "(not set)", remedy)
    return Settings(
        name=values.get("name") or str(endpoint),
        endpoint=endpoint,
        credentials=credentials,
        **_read_buckets(values, claims, first=environ.get("OSS_BUCKET", "")),
        region=read_region(values["region"] or environ.get("OSS_REGION", ""), endpoint, claims),
        addressing=read_addressing(values["addressing"], endpoint, claims),
        signature=signature,
        claims=claims | _derived(values, movable=bool(time["advance_url"]) or hook),
        **time,
        settle_seconds=not_negative("settle-seconds", values["settle-seconds"], 10.0),
        ca_file=Path(values["ca-file"]) if values["ca-file"] else None,
        proxy=values["proxy"] or None,
        connect_to=read_connect_to(values["connect-to"]),
        wait_ready=not_negative("wait-ready", values["wait-ready"], 0.0),
        **_read_manners(values),
        **_read_judging(values),
    )


def _recorded_settings(values: Mapping[str, Any]) -> Settings:
    """Read the settings of a folder of recordings; what was recorded says the rest."""
    for name in (*ONLY_FOR_SERVERS, "bucket", "second-bucket", "versioned-bucket", "region"):
        if values[name] is not None:
            remedy = "a recording has its own: leave it out"
            raise ConfigurationError(f"--oss-{name}", values[name], remedy)
    if values["require-target"]:
        raise ConfigurationError("--oss-require-target", "yes", "name a server with --oss-target URL")
    folder = read_folder("--oss-target", values["target"])
    signature = SignatureVersion(values["signature"])
    claims = read_claims(values["claims"], signature) if values["claims"] else folder.claims
    return Settings(
        name=values["target"],
        endpoint=Endpoint("http", "recordings.invalid", 80),
        claims=claims | (folder.claims & DERIVED.keys()),
        recordings=folder,
        bucket=folder.heads[0].names.bucket,
        region=folder.heads[0].region,
        **_read_manners(values),
        **_read_judging(values),
    )


def _emulator_settings(values: Mapping[str, Any]) -> Settings:
    if values["require-target"]:
        raise ConfigurationError("--oss-require-target", "yes", "name a server with --oss-target URL")
    for name in ONLY_FOR_SERVERS:
        if values[name] is not None:
            raise ConfigurationError(
                f"--oss-{name}", values[name], "only for a server of yours: name it with --oss-target URL"
            )
    signature = SignatureVersion(values["signature"])
    claims = read_claims(values["claims"], signature) if values["claims"] else EMULATOR_CLAIMS
    return Settings(
        name=values.get("name") or EMULATOR,
        **_read_buckets(
            values, claims, first="oss-clean-emulator", second=SECOND_BUCKET, versioned=VERSIONED_BUCKET
        ),
        region=values["region"] or "cn-hangzhou",
        addressing=Addressing.PATH if values["addressing"] == "auto" else Addressing(values["addressing"]),
        signature=signature,
        claims=(claims - DERIVED.keys()) | _derived(values, movable=True),
        settle_seconds=not_negative("settle-seconds", values["settle-seconds"], 0.0),
        **_read_manners(values),
        **_read_judging(values),
    )


def _derived(values: Mapping[str, Any], *, movable: bool) -> frozenset[str]:
    """Return the capabilities that follow from other options: the keys of DERIVED."""
    holds = {"movable-clock": movable, "hostile-auth": not values["no-hostile-auth"]}
    return frozenset(name for name in DERIVED if holds[name])


def _read_buckets(
    values: Mapping[str, Any], claims: frozenset[str], *, first: str, second: str = "", versioned: str = ""
) -> dict[str, Any]:
    """Read the places that a run may write to, each unlike the others."""
    further = (("second-bucket", second, "second-bucket"), ("versioned-bucket", versioned, "versions"))
    found = {"bucket": read_bucket("--oss-bucket", values["bucket"] or first)}
    for option, default, claim in further:
        bucket = values[option] or default
        if bucket:
            read_bucket(f"--oss-{option}", bucket)
        elif claim in claims:
            remedy = f"the claim {claim} needs an existing bucket: name it, or leave out the claim"
            raise ConfigurationError(f"--oss-{option}", "(not set)", remedy)
        same = [name.replace("_", "-") for name, other in found.items() if bucket and other == bucket]
        if same:
            raise ConfigurationError(f"--oss-{option}", bucket, f"name another one than --oss-{same[0]}")
        found[option.replace("-", "_")] = bucket
    return found | {"prefix": read_prefix(values["prefix"])}


def _read_manners(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read how hard a run presses on its target."""
    return {
        "timeout": positive("timeout", values["timeout"], "seconds"),
        "rate": above_zero("rate", values["rate"], "requests per second"),
        "max_wall": above_zero("max-wall", values["max-wall"], "seconds"),
        "throttled": read_throttled(values["throttled"]),
        "hostile_auth": not values["no-hostile-auth"],
        "budget": values["budget"],
        "seed": values["seed"],
        "shrink": bool(values["shrink"]),
    }


def _read_judging(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read what gates, what it is compared with, and what is written."""
    write_baseline = writable_file("write-baseline", values["write-baseline"])
    # A target file may name the baseline that its first run is still to write.
    first_run = (
        write_baseline is not None
        and values["baseline"] is not None
        and write_baseline.absolute() == Path(values["baseline"]).absolute()
        and not write_baseline.exists()
    )
    baseline = None if first_run else existing_file("baseline", values["baseline"])
    if values["gate-changes"] and baseline is None and write_baseline is None:
        remedy = "changes are differences from --oss-baseline FILE: give one"
        raise ConfigurationError("--oss-gate-changes", "yes", remedy)
    return {
        "strict": bool(values["strict"]),
        "edition": read_edition(values["edition"]),
        "deviations": existing_file("deviations", values["deviations"]),
        "baseline": baseline,
        "write_baseline": write_baseline,
        "gate_changes": bool(values["gate-changes"]),
        "allow_incomplete": bool(values["allow-incomplete"]),
        "report": writable_file("report", values["report"]),
        "max_cassette_age": above_zero("max-cassette-age", values["max-cassette-age"], "days"),
        "cassettes": Path(values["cassettes"]),
        "state_dir": Path(values["state-dir"]),
    }


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
        positive("restore-seconds", seconds, "seconds")
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
