"""Removing what interrupted runs left behind: the names in their ledgers, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_oss_clean.answer import describe
from pytest_oss_clean.ledger import FOLDER, read_ledger
from pytest_oss_clean.opening import open_bare
from pytest_oss_clean.settings import read_settings


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

    `given` holds option values that say how to reach it. Raises ConfigurationError.
    """
    for path in sorted((folder / FOLDER).glob("*.jsonl")):
        target, names = read_ledger(path)
        options = {name.removeprefix("oss_").replace("_", "-"): value for name, value in given.items()}
        recorded = {name: target[name] for name in ("bucket", "region", "addressing", "signature")}
        settings = read_settings(
            {
                "target": target["endpoint"],
                "claims": "ColdArchive,V1,V4,path-style",
                "restore-seconds": 1.0,
                **recorded,
                **{name: value for name, value in options.items() if value},
            },
            environ,
        )
        left, cause = [], ""
        with open_bare(settings, path.stem, target["prefix"]) as opened:
            for name, version_id in names:
                answer = opened.caller("reap").delete(name, version_id)
                if not answer.succeeded and answer.status != 404:  # noqa: PLR2004 - gone already
                    left.append(name)
                    cause = opened.scrubber(describe(answer))
        if not left:
            path.unlink()
            with suppress(OSError):
                path.parent.rmdir()
                folder.rmdir()
        yield Reaped(path, target["endpoint"], len(names) - len(left), tuple(left), cause)
