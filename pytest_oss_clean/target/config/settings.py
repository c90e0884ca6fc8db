"""Settings of a run: option values and environment, parsed.

Every rejected value is a ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.cassette_folder import Folder, means_cassettes, read_folder
from pytest_oss_clean.target.config.claims import CLAIMS, DERIVED, EMULATOR_CLAIMS
from pytest_oss_clean.target.config.options import (
    AUTO,
    DEFAULTS,
    EMULATOR,
    OPTIONS,
    SECOND_BUCKET,
    VERSIONED_BUCKET,
    Scope,
)
from pytest_oss_clean.target.config.parsing import (
    read_addressing,
    read_bucket,
    read_claims,
    read_clock,
    read_connect_to,
    read_credentials,
    read_endpoint,
    read_region,
)
from pytest_oss_clean.target.meter import Prices

SETTLE_SECONDS = 10.0
"""Default of --oss-settle-seconds for a server."""


_DEFAULT = {o.name: o.parse(o.flag, o.default) for o in OPTIONS if o.parse}
"""The parsed defaults of options that depend on nothing else."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is in force. `endpoint` and `credentials` are None on the embedded emulator.

    `name` is how the target was called: a name, a file's stem, or the endpoint. `claims` holds the
    derived capabilities too.
    """

    name: str = EMULATOR
    endpoint: Endpoint | None = None
    credentials: Credentials | None = None
    recordings: Folder | None = None
    bucket: str = ""
    second_bucket: str = ""
    versioned_bucket: str = ""
    region: str = ""
    addressing: Addressing = Addressing.PATH
    claims: frozenset[str] = EMULATOR_CLAIMS
    advance_url: str = ""
    restore_seconds: float | None = None
    settle_seconds: float = 0.0
    connect_to: tuple[str, int] | None = None

    prefix: str = _DEFAULT["prefix"]
    signature: SignatureVersion = _DEFAULT["signature"]
    ca_file: Path | None = _DEFAULT["ca-file"]
    proxy: str | None = _DEFAULT["proxy"]
    wait_ready: float = _DEFAULT["wait-ready"]
    timeout: float = _DEFAULT["timeout"]
    rate: float | None = _DEFAULT["rate"]
    max_wall: float | None = _DEFAULT["max-wall"]
    max_requests: float | None = _DEFAULT["max-requests"]
    max_cost: float | None = _DEFAULT["max-cost"]
    prices: Prices | None = _DEFAULT["prices"]
    throttled: tuple[str, ...] = _DEFAULT["throttled"]
    hostile_auth: bool = _DEFAULT["no-hostile-auth"]
    require_target: bool = _DEFAULT["require-target"]
    contract: frozenset[str] = _DEFAULT["contract"]
    strict: frozenset[str] = _DEFAULT["strict"]
    require_cells: bool = _DEFAULT["require-cells"]
    edition: str = _DEFAULT["edition"]
    deviations: Path | None = _DEFAULT["deviations"]
    baseline: Path | None = _DEFAULT["baseline"]
    write_baseline: Path | None = _DEFAULT["write-baseline"]
    gate_changes: bool = _DEFAULT["gate-changes"]
    allow_incomplete: bool = _DEFAULT["allow-incomplete"]
    budget: str = _DEFAULT["budget"]
    seed: int | None = _DEFAULT["seed"]
    shrink: bool = _DEFAULT["shrink"]
    pool: bool = _DEFAULT["pool"]
    report: Path | None = _DEFAULT["report"]
    html: Path | None = _DEFAULT["html"]
    state_dir: Path = _DEFAULT["state-dir"]
    max_cassette_age: float | None = _DEFAULT["max-cassette-age"]
    cassettes: Path = _DEFAULT["cassettes"]

    @property
    def place(self) -> str:
        if self.recordings is not None:
            return f"the recordings in {self.recordings.path}"
        return str(self.endpoint or "the embedded emulator")

    @property
    def secrets(self) -> list[Secret]:
        own = self.credentials
        password = urlsplit(self.proxy).password if self.proxy else None
        kept = [own.secret, own.token] if own else []
        return [secret for secret in (*kept, Secret(password) if password else None) if secret]


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str], *, hook: bool = False) -> Settings:
    """Read option values (by option name) and the SDKs' environment variables.

    `hook` says that `pytest_oss_clean_advance` is implemented. Raises ConfigurationError.
    """
    values = DEFAULTS | dict(options)
    if means_cassettes(values["target"]):
        read = _of_recordings(values)
    elif values["target"] == EMULATOR:
        read = _of_emulator(values)
    else:
        read = _of_server(values, environ, hook=hook)
    return Settings(**(_parsed(values) | read))


def _parsed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parse what each option says by itself. Raises ConfigurationError."""
    first_run = _is_first_run(values)
    parsed = {
        option.field: option.parse(option.flag, values[option.name])
        for option in OPTIONS
        if option.parse and not (option.name == "baseline" and first_run)
    }
    if values["gate-changes"] and not (values["baseline"] or values["write-baseline"]):
        remedy = "changes are differences from --oss-baseline FILE: give one"
        raise ConfigurationError("--oss-gate-changes", "yes", remedy)
    return parsed


def _is_first_run(values: Mapping[str, Any]) -> bool:
    """Return whether the baseline is what this run is still to write; a target file may name it."""
    written, compared = values["write-baseline"], values["baseline"]
    if not (written and compared):
        return False
    path = Path(written)
    return path.absolute() == Path(compared).absolute() and not path.exists()


class _Problems:
    """Settings that cannot work, gathered so that all are known at once."""

    def __init__(self) -> None:
        self._found: list[ConfigurationError] = []

    def read(self, reader: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Return what a reader returns; None where its setting cannot work."""
        try:
            return reader(*args, **named)
        except ConfigurationError as error:
            self._found += [error, *error.others]
            error.others = ()
            return None

    def refuse(self) -> None:
        """Raise ConfigurationError where there was a problem."""
        if self._found:
            first = self._found[0]
            first.others = tuple(self._found[1:])
            raise first


def _of_server(values: Mapping[str, Any], environ: Mapping[str, str], *, hook: bool) -> dict[str, Any]:
    endpoint = read_endpoint("--oss-target", values["target"])
    claims = read_claims(values["claims"], SignatureVersion(values["signature"]))
    problems = _Problems()
    credentials = problems.read(read_credentials, environ)
    buckets = problems.read(_buckets, values, claims, first=environ.get("OSS_BUCKET", ""))
    region = problems.read(read_region, values["region"] or environ.get("OSS_REGION", ""), endpoint, claims)
    clock = problems.read(read_clock, values, claims, hook=hook)
    addressing = problems.read(read_addressing, values["addressing"], endpoint, claims)
    problems.refuse()
    if "STS" in claims and credentials.token is None:
        remedy = "temporary credentials come with a token: export it, or leave out the claim STS"
        raise ConfigurationError(CLAIMS["STS"].needs, "(not set)", remedy)
    advance_url, restore_seconds = clock
    settle = values["settle-seconds"]
    found: dict[str, Any] = buckets
    return found | {
        "name": values.get("name") or str(endpoint),
        "endpoint": endpoint,
        "credentials": credentials,
        "region": region,
        "addressing": addressing,
        "claims": claims | _derived(values, movable=bool(advance_url) or hook),
        "advance_url": advance_url,
        "restore_seconds": restore_seconds,
        "settle_seconds": SETTLE_SECONDS if settle is None else settle,
        "connect_to": read_connect_to(values["connect-to"]),
    }


def _of_recordings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the settings of a folder of recordings; what was recorded says the rest."""
    _refuse(values, "a recording has its own: leave it out", Scope.SERVER, Scope.PLACE)
    folder = read_folder("--oss-target", values["target"])
    given = values["claims"]
    claims = read_claims(given, SignatureVersion(values["signature"])) if given else folder.claims
    return {
        "name": values["target"],
        "endpoint": Endpoint("http", "recordings.invalid", 80),
        "claims": claims | (folder.claims & DERIVED.keys()),
        "recordings": folder,
        "bucket": folder.heads[0].names.bucket,
        "region": folder.heads[0].region,
        "settle_seconds": 0.0,
    }


def _of_emulator(values: Mapping[str, Any]) -> dict[str, Any]:
    _refuse(values, "only for a server of yours: name it with --oss-target URL", Scope.SERVER)
    given, addressing = values["claims"], values["addressing"]
    claims = read_claims(given, SignatureVersion(values["signature"])) if given else EMULATOR_CLAIMS
    buckets = {"first": "oss-clean-emulator", "second": SECOND_BUCKET, "versioned": VERSIONED_BUCKET}
    return _buckets(values, claims, **buckets) | {
        "name": values.get("name") or EMULATOR,
        "region": values["region"] or "cn-hangzhou",
        "addressing": Addressing.PATH if addressing == AUTO else Addressing(addressing),
        "claims": (claims - DERIVED.keys()) | _derived(values, movable=True),
        "settle_seconds": values["settle-seconds"] or 0.0,
    }


def _refuse(values: Mapping[str, Any], remedy: str, *scopes: Scope) -> None:
    """Raise ConfigurationError for options that only a server has."""
    if values["require-target"]:
        raise ConfigurationError("--oss-require-target", "yes", "name a server with --oss-target URL")
    for option in OPTIONS:
        if option.scope in scopes and values[option.name] is not None:
            raise ConfigurationError(option.flag, values[option.name], remedy)


def _derived(values: Mapping[str, Any], *, movable: bool) -> frozenset[str]:
    """Return the capabilities that follow from other options: the keys of DERIVED."""
    holds = {"movable-clock": movable, "hostile-auth": not values["no-hostile-auth"]}
    return frozenset(name for name in DERIVED if holds[name])


def _buckets(
    values: Mapping[str, Any], claims: frozenset[str], *, first: str, second: str = "", versioned: str = ""
) -> dict[str, Any]:
    """Read the buckets that a run may write to, each unlike the others."""
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
    return found
