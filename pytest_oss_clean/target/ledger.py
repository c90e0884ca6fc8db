"""The ledger: every object name of a run, written down before it is first put.

A run that is interrupted leaves its ledger behind, and `oss-clean reap` deletes what it names. One
JSON object per line: first the target, without credentials, then names as they come and go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TextIO

from pytest_oss_clean.errors import ConfigurationError

FOLDER = "runs"
FORMAT = "oss-clean-ledger-2"


class Entry(NamedTuple):
    """Where an object may be."""

    bucket: str
    name: str


class Ledger:
    """Names of one run that may exist on its target, in memory and, for a server, in a file.

    `left` maps each bucket and name to the version ids that its puts answered with; the file goes
    when nothing is left.
    """

    def __init__(self) -> None:
        """Keep names in memory only."""
        self.left: dict[Entry, set[str]] = {}
        self.path: Path | None = None
        self._file: TextIO | None = None
        self._lock = Lock()

    def open(self, folder: Path, run_id: str, target: Mapping[str, Any]) -> None:
        """Write to a file from now on. Raises ConfigurationError where that is impossible."""
        self.path = folder / FOLDER / f"{run_id}.jsonl"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("x", encoding="utf-8")
        except OSError as error:
            remedy = "the ledger must be written before the first object: name a folder that can be written"
            raise ConfigurationError("--oss-state-dir", f"{folder} ({error.strerror})", remedy) from None
        self._write({"format": FORMAT, **target})

    def add(self, bucket: str, name: str, version_id: str = "") -> None:
        """Write a name down, durably; again for each version that a put answered with."""
        with self._lock:
            self.left.setdefault(Entry(bucket, name), set()).update({version_id} - {""})
            self._write({"object": name, "bucket": bucket, "version": version_id})

    def remove(self, bucket: str, name: str) -> None:
        """Strike a name out, with all its versions."""
        with self._lock:
            if self.left.pop(Entry(bucket, name), None) is not None:
                self._write({"deleted": name, "bucket": bucket})

    def close(self) -> None:
        """Close the file; delete it where no object is left."""
        if self._file is None or self.path is None:
            return
        self._file.close()
        self._file = None
        if not self.left:
            self.path.unlink(missing_ok=True)
            remove_if_empty(self.path.parent, self.path.parent.parent)

    def _write(self, entry: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def remove_if_empty(*folders: Path) -> None:
    """Remove folders from the inside out, as far as they are empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def read_ledger(path: Path) -> tuple[dict[str, Any], dict[Entry, set[str]]]:
    """Return the target of a ledger and what is left of it, with version ids.

    Raises ConfigurationError where the file is no ledger; a last line cut short is ignored.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        target = json.loads(lines[0])
        known = target.pop("format") == FORMAT
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        known = False
    if not known:
        raise ConfigurationError("ledger", path, "not a ledger of pytest-oss-clean")
    ledger = Ledger()
    for line in lines[1:]:
        with suppress(ValueError, LookupError):
            entry = json.loads(line)
            if "object" in entry:
                ledger.add(entry["bucket"], entry["object"], entry["version"])
            else:
                ledger.remove(entry["bucket"], entry["deleted"])
    return target, ledger.left
