"""Removing what interrupted runs left behind: the names in their ledgers, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_oss_clean.oss.responses import describe
from pytest_oss_clean.target.config.parsing import read_endpoint
from pytest_oss_clean.target.config.settings import read_settings
from pytest_oss_clean.target.ledger import FOLDER, read_ledger, remove_if_empty
from pytest_oss_clean.target.open import open_bare

RECORDED = (
    *("bucket", "second-bucket", "versioned-bucket", "region"),
    *("addressing", "signature", "claims", "ca-file", "connect-to"),
)
WAY = ("ca-file", "proxy", "connect-to", "timeout", "rate")
"""What else may lead to a target than its ledger says."""


@dataclass(frozen=True, slots=True)
class Reaped:
    """What became of one ledger."""

    ledger: Path
    endpoint: str
    removed: int
    left: tuple[str, ...]
    cause: str = ""


def reap(folder: Path, environ: Mapping[str, str], given: Mapping[str, Any]) -> Iterator[Reaped]:
    """Delete what the ledgers below `folder` name, each on its own target.

    `given` holds option values that say how to reach it; a `target` among them leaves the ledgers of
    others alone. Raises ConfigurationError.
    """
    wanted = given.get("target")
    only = str(read_endpoint("--oss-target", wanted)) if wanted else ""
    for path in sorted((folder / FOLDER).glob("*.jsonl")):
        target, names = read_ledger(path)
        if only not in ("", target["endpoint"]):
            continue
        recorded = {n: target[n] for n in RECORDED if n in target}
        if "claims" in recorded:
            # Whatever key may delete will do: the run's own token is long over.
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
        with open_bare(settings, path.stem, target["prefix"]) as opened:
            opened.ledger.left = {entry: set(versions) for entry, versions in names.items()}
            client = opened.client("reap")
            for bucket, name in names:
                client.remove(name, bucket)
            left = tuple(entry.name for entry in opened.ledger.left)
            cause = opened.scrubber(describe(client.last.response)) if left else ""
        if not left:
            path.unlink()
            remove_if_empty(path.parent, folder)
        yield Reaped(path, target["endpoint"], len(names) - len(left), left, cause)
