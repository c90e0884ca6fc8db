"""The options of the plugin and the claims that a target may make: one table for every face."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.target.config.budgets import BUDGETS, CI, QUICK

EMULATOR = "emulator"
SECOND_BUCKET = "oss-clean-second"
VERSIONED_BUCKET = "oss-clean-versioned"
"""The further buckets of the embedded emulator."""

CLAIMS = MappingProxyType(
    {
        "ColdArchive": "takes and restores ColdArchive objects",
        "DeepColdArchive": "takes and restores DeepColdArchive objects",
        "V4": "verifies V4 signatures",
        "V1": "verifies V1 signatures (withdrawn by OSS since 2025)",
        "path-style": "takes the bucket from the path (OSS refuses it on public endpoints)",
        "instant-restore": "a restore completes at once, so that no object can be seen restoring",
        "Archive": "takes and restores Archive objects",
        "IA": "takes IA objects",
        "presigned": "accepts signatures in the URL",
        "STS": "accepts temporary credentials, which come with a security token",
        "region": "refuses V4 signatures for another region",
        "list": "lists the objects below a prefix",
        "copy": "copies objects",
        "tags": "keeps tags of objects",
        "acl": "keeps access control lists of objects",
        "object-meta": "answers GetObjectMeta",
        "versions": "keeps versions of objects in the bucket of --oss-versioned-bucket",
        "second-bucket": "serves the bucket of --oss-second-bucket beside the first",
    }
)
DERIVED = MappingProxyType(
    {
        "movable-clock": "follows from --oss-advance-url, the hook pytest_oss_clean_advance or the emulator",
        "hostile-auth": "holds unless --oss-no-hostile-auth is given",
    }
)
"""Capabilities that stand among the claims of a run although nobody claims them, and how they come about."""

DEFAULT_CLAIMS = frozenset({"ColdArchive", "DeepColdArchive", "V4"})
EMULATOR_CLAIMS = (frozenset(CLAIMS) - {"instant-restore"}) | frozenset(DERIVED)


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
    Option(
        "target",
        "what to test: 'emulator', an endpoint URL, a TOML file, the NAME of a target in pyproject.toml, "
        "[tool.oss-clean.targets.NAME], or recordings, 'cassettes' or 'cassettes:DIR' (default: emulator)",
        "TARGET",
        EMULATOR,
    ),
    Option("require-target", "refuse to run on the embedded emulator", type=bool, default=False),
    Option("bucket", "existing bucket of the target (default: $OSS_BUCKET)", "NAME"),
    Option("second-bucket", "another existing bucket, for the claim second-bucket", "NAME"),
    Option("versioned-bucket", "existing bucket with versioning, for the claim versions", "NAME"),
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
    Option("rate", "start no more than N requests per second", "N", type=float),
    Option("max-wall", "begin nothing new after this time: the rest is not tested", "SECONDS", type=float),
    Option("throttled", "answers that mean slower: STATUS or STATUS Code, by commas", "LIST", "429"),
    Option("no-hostile-auth", "send no request with a wrong signature or key", type=bool, default=False),
    Option("deviations", "known failures of this target, with reasons", "FILE"),
    Option("baseline", "observed values of an earlier run, to compare with", "FILE"),
    Option("write-baseline", "write the observed values of this run", "FILE"),
    Option("gate-changes", "fail where a value differs from --oss-baseline", type=bool, default=False),
    Option("strict", "let checks fail like requirements", type=bool, default=False),
    Option("edition", "requirements of this edition gate, newer ones are checks (default: newest)", "X.Y"),
    Option("allow-incomplete", "exit 0 although some contracts were not tested", type=bool, default=False),
    Option(
        "budget",
        f"how much made-up data generated contracts try; {CI} tries the same each time (default: {QUICK})",
        default=QUICK,
        choices=tuple(BUDGETS),
    ),
    Option("seed", "number that made-up data follow from (default: another one each run)", "N", type=int),
    Option("shrink", "make failures of made-up data smaller on remote targets too", type=bool, default=False),
    Option(
        "cassettes",
        "folder that --record-mode=rewrite records to (default: oss-cassettes)",
        "DIR",
        "oss-cassettes",
    ),
    Option("max-cassette-age", "let recordings fail that are older", "DAYS", type=float),
    Option("report", "write a report of the run", "FILE"),
    Option("state-dir", "folder for reproducers and the ledger (default: .oss-clean)", "DIR", ".oss-clean"),
)
