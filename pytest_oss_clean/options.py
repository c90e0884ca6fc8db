"""The options of the plugin and the claims that a target may make: one table for every face."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pytest_oss_clean.vocabulary import Addressing, SignatureVersion

EMULATOR = "emulator"
CLAIMS = MappingProxyType(
    {
        "ColdArchive": "takes and restores ColdArchive objects",
        "DeepColdArchive": "takes and restores DeepColdArchive objects",
        "V4": "verifies V4 signatures",
        "V1": "verifies V1 signatures (withdrawn by OSS since 2025)",
        "path-style": "takes the bucket from the path (OSS refuses it on public endpoints)",
        "instant-restore": "a restore completes at once, so that no object can be seen restoring",
    }
)
DEFAULT_CLAIMS = frozenset({"ColdArchive", "DeepColdArchive", "V4"})
EMULATOR_CLAIMS = frozenset(CLAIMS) - {"instant-restore"}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the plugin, `--oss-NAME`."""

    name: str
    help: str
    metavar: str = ""
    default: Any = None
    type: Any = str
    choices: tuple[str, ...] | None = None

    @property
    def flag(self) -> str:
        """Return the spelling on the command line."""
        return f"--oss-{self.name}"


OPTIONS = (
    Option("target", "what to test: 'emulator' or an endpoint URL (default: emulator)", "URL", EMULATOR),
    Option("require-target", "refuse to run on the embedded emulator", type=bool, default=False),
    Option("bucket", "existing bucket of the target (default: $OSS_BUCKET)", "NAME"),
    Option("prefix", "object names of the run start with this (default: none)", "TEXT", ""),
    Option("region", "region to sign for (default: $OSS_REGION, or from the endpoint's name)", "ID"),
    Option(
        "addressing",
        "where the bucket stands (default: auto: path for IP addresses and localhost, as the SDKs do)",
        default="auto",
        choices=("auto", *Addressing),
    ),
    Option(
        "signature",
        "signature of all requests but the judged one (default: V4)",
        default=str(SignatureVersion.V4),
        choices=tuple(SignatureVersion),
    ),
    Option(
        "claims",
        f"what the target says it can, separated by commas, of {', '.join(CLAIMS)} "
        f"(default for a URL: {', '.join(c for c in CLAIMS if c in DEFAULT_CLAIMS)})",
        "LIST",
    ),
    Option("advance-url", "POST this URL to move the target's restore clock; has {seconds}", "URL"),
    Option("restore-seconds", "the target restores by itself within this time: poll for it", "N", type=float),
    Option("settle-seconds", "time for effects to show (default: 10 for a URL, 0 else)", "N", type=float),
    Option("ca-file", "certificates (PEM) that sign the target's, instead of the well-known ones", "FILE"),
    Option("proxy", "HTTP proxy to the target; environment proxies are ignored", "URL"),
    Option("connect-to", "connect there, but keep the endpoint's Host and TLS name", "HOST:PORT"),
    Option("wait-ready", "wait up to this long until the target answers at all", "SECONDS", 0.0, float),
    Option("timeout", "longest wait for data of one answer (default: 10)", "SECONDS", 10.0, float),
    Option("state-dir", "folder for reproducers and the ledger (default: .oss-clean)", "DIR", ".oss-clean"),
)
