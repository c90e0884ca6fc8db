"""Removing what interrupted runs left behind: the names in their ledgers, nothing else.

A ledger whose owner still runs is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_oss_clean.oss.responses import describe
from pytest_oss_clean.target.config.parsing import read_endpoint
from pytest_oss_clean.target.config.settings import read_settings
from pytest_oss_clean.target.ledger import Entry, delete_ledger, ledgers, read_ledger, taking_over
from pytest_oss_clean.target.open import open_bare
from pytest_oss_clean.target.target import OssClient

RECORDED = (
    *("bucket", "second-bucket", "versioned-bucket", "region"),
    *("addressing", "signature", "claims", "ca-file", "connect-to"),
)
WAY = ("ca-file", "proxy", "connect-to", "timeout", "rate")
"""What else may lead to a target than its ledger says."""


@dataclass(frozen=True, slots=True)
class Reaped:
    """What became of one ledger; `owner` names the live run that it was left to, then nothing was done."""

    ledger: Path
    endpoint: str
    removed: int
    left: tuple[str, ...]
    cause: str = ""
    owner: str = ""


def reap(folder: Path, environ: Mapping[str, str], given: Mapping[str, Any]) -> Iterator[Reaped]:
    """Delete what the ledgers below `folder` name, each on its own target.

    `given` holds option values that say how to reach it; a `target` among them leaves the ledgers of
    others alone. Raises ConfigurationError.
    """
    wanted = given.get("target")
    only = str(read_endpoint("--oss-target", wanted)) if wanted else ""
    for path in ledgers(folder):
        target, names, owner, _ = read_ledger(path)
        if only not in ("", target["endpoint"]):
            continue
        with taking_over(path) as taken:
            if not taken:
                yield Reaped(path, target["endpoint"], 0, tuple(e.name for e in names), owner=str(owner))
                continue
            left, cause = _remove(target, names, path.stem, environ, given)
            if not left:
                delete_ledger(path)
        yield Reaped(path, target["endpoint"], len(names) - len(left), left, cause)


def _remove(
    target: Mapping[str, Any],
    names: Mapping[Entry, set[str]],
    run_id: str,
    environ: Mapping[str, str],
    given: Mapping[str, Any],
) -> tuple[tuple[str, ...], str]:
    """Delete these objects of a run, and look for each; return what is left, and why."""
    recorded = {n: target[n] for n in RECORDED if n in target}
    if "claims" in recorded:
        # Any key that may delete is enough: the run's own token is over.
        recorded["claims"] = ",".join(c for c in recorded["claims"].split(",") if c != "STS")
    settings = read_settings(
        {
            "target": target["endpoint"],
            "restore-seconds": 1.0,
            **recorded,
            **{name: given[name] for name in WAY if given.get(name)},
        },
        environ,
    )
    with open_bare(settings, run_id, target["prefix"]) as opened:
        opened.ledger.left = {entry: set(versions) for entry, versions in names.items()}
        client = opened.client("reap")
        for bucket, name in names:
            client.remove(name, bucket)
        cause = describe(client.last.response) if opened.ledger.left else ""
        left = {entry.name for entry in opened.ledger.left}
        for bucket, name in names.keys() - opened.ledger.left.keys():
            if OssClient(opened, "reap", bucket).head(name).succeeded:
                left, cause = left | {name}, "HEAD finds it after it was deleted"
        return tuple(sorted(left)), opened.scrubber(cause)
