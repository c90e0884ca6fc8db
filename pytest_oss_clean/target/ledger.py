"""The ledger: every object name of a run, written down before its first PUT, and its removal.

A ledger is one SQLite file, safe under several processes and after a kill at any moment. Its owner is the
process that opened it; while that process lives, nobody else touches the objects. A run that is interrupted
leaves its ledger behind, and `oss-clean reap` deletes what it names.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import unquote

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import parse_xml
from pytest_oss_clean.target.journal import Line, from_json, to_json

FOLDER = "runs"
NOT_FOUND = 404
SUFFIX = ".ledger"
PARTS = attrgetter("place", "label", "operation", "at", "reads", "response")
"""What is written of a line."""
POOL = "pool-"
"""How the run ids of pools begin."""
FORMAT = "oss-clean-ledger-3"
HEARTBEAT_SECONDS = 30.0
SILENT_SECONDS = 10 * HEARTBEAT_SECONDS
"""An owner on another host that was silent for so long is taken for dead."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (format TEXT, target TEXT, host TEXT, pid INTEGER, started TEXT, beat REAL);
CREATE TABLE IF NOT EXISTS object (bucket TEXT, name TEXT, version TEXT, UNIQUE (bucket, name, version));
CREATE TABLE IF NOT EXISTS line (
    contract TEXT, number INTEGER, place TEXT, label TEXT, operation TEXT, at REAL, reads INTEGER,
    response TEXT, PRIMARY KEY (contract, number)
);
CREATE TABLE IF NOT EXISTS state (contract TEXT PRIMARY KEY, verdict TEXT, until REAL, cause TEXT);
"""


class Entry(NamedTuple):
    """Where an object may be."""

    bucket: str
    name: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that works with a ledger; `beat` is when it last said so, in seconds since the epoch."""

    host: str
    pid: int
    started: str
    beat: float

    @property
    def lives(self) -> bool:
        """Return whether the process runs; on another host, or without POSIX, whether it wrote lately."""
        if self.pid and (self.host != socket.gethostname() or os.name != "posix"):
            return time.time() - self.beat < SILENT_SECONDS
        return _is_running(self.pid) and _start_of(self.pid) == self.started

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class Ledger:
    """Names of one run that may exist on its target, in memory and, for a server, in a file.

    `left` maps each bucket and name to the version ids that its puts answered with; the file is deleted
    when nothing is left. Each change is on disk before its method returns.
    """

    def __init__(self) -> None:
        self.left: dict[Entry, set[str]] = {}
        self.path: Path | None = None
        self._lock = Lock()
        self._file: sqlite3.Connection | None = None
        self._closed = Event()

    def open(self, folder: Path, run_id: str, target: Mapping[str, Any]) -> None:
        """Write to a file from now on, as its owner. Raises ConfigurationError where that is impossible."""
        self.path = folder / FOLDER / f"{run_id}{SUFFIX}"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.open("x").close()
            self._file = _connect(self.path)
            self._file.executescript(SCHEMA)
            self._own(target)
        except (OSError, sqlite3.Error) as error:
            remedy = "the ledger must be written before the first object: name a folder that can be written"
            cause = getattr(error, "strerror", None) or error
            raise ConfigurationError("--oss-state-dir", f"{folder} ({cause})", remedy) from None
        self._live()

    def open_pool(self, path: Path) -> None:
        """Go on with the ledger of a pool. Raises ConfigurationError where a live process works with it."""
        content = read_ledger(path)
        self.path, self.left, self._file = path, content.left, _connect(path)
        self._file.executescript(SCHEMA)
        owner = take_over(self._file)
        if owner is not None:
            self._file.close()
            raise ConfigurationError("ledger", path.name, f"{owner} works with this pool: wait for its end")
        self._live()

    def _live(self) -> None:
        Thread(target=self._beat, name="oss-clean ledger heartbeat", daemon=True).start()

    def add(self, bucket: str, name: str, version_id: str = "") -> None:
        """Write a name down, durably; again for each version that a put answered with."""
        with self._lock:
            self.left.setdefault(Entry(bucket, name), set()).update({version_id} - {""})
            self._run("INSERT OR IGNORE INTO object VALUES (?, ?, ?)", bucket, _stored(name), version_id)

    def remove(self, bucket: str, name: str) -> None:
        with self._lock:
            if self.left.pop(Entry(bucket, name), None) is not None:
                self._run("DELETE FROM object WHERE bucket = ? AND name = ?", bucket, _stored(name))

    def close(self) -> None:
        """Close the file; delete it where no object is left."""
        if self._file is None or self.path is None:
            return
        self._closed.set()
        with self._lock:
            if self.is_pool:
                self._run("UPDATE ledger SET pid = 0")
            self._file.close()
            self._file = None
        if not (self.left or self.is_pool):
            delete_ledger(self.path)

    @property
    def is_pool(self) -> bool:
        """Return whether it outlives its process."""
        return self.path is not None and self.path.name.startswith(POOL)

    def keep_lines(self, contract: str, number: int, lines: list[Line]) -> None:
        """Write lines of a journal, durably, the first of which has this number."""
        rows = [
            (contract, n, _stored(place), label, operation, at, reads, to_json(response))
            for n, (place, label, operation, at, reads, response) in enumerate(map(PARTS, lines), number)
        ]
        with self._lock, self._transaction() as file:
            file.executemany("INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def drop_lines(self, contract: str, number: int) -> None:
        """Forget the lines of a journal from a number on."""
        with self._lock:
            self._run("DELETE FROM line WHERE contract = ? AND number >= ?", contract, number)

    def lines(self) -> dict[str, list[Line]]:
        """Return the lines of all journals, by contract."""
        found: dict[str, list[Line]] = {}
        statement = "SELECT * FROM line ORDER BY contract, number"
        for contract, _, place, label, operation, at, reads, response in self._rows(statement):
            line = Line(_read(place), label, operation, at, bool(reads), from_json(response))
            found.setdefault(contract, []).append(line)
        return found

    def set_state(self, contract: str, state: State) -> None:
        """Keep the result of a contract."""
        with self._lock:
            self._run("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", contract, *state)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._file is None:
            raise ValueError("a ledger that is not open keeps no journal")
        self._file.execute("BEGIN IMMEDIATE")
        yield self._file
        self._file.execute("COMMIT")

    def _own(self, target: Mapping[str, Any]) -> None:
        pid = os.getpid()
        row = (FORMAT, json.dumps(dict(target)), socket.gethostname(), pid, _start_of(pid), time.time())
        self._run("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)", *row)

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            with self._lock, suppress(sqlite3.Error):
                self._run("UPDATE ledger SET beat = ?", time.time())

    def _run(self, statement: str, *values: object) -> None:
        if self._file is not None:
            self._file.execute(statement, values)

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return [] if self._file is None else self._file.execute(statement).fetchall()


def ledgers(folder: Path, run_id: str = "") -> list[Path]:
    """Return the ledgers below a state folder, of one run and its workers or of all."""
    return sorted((folder / FOLDER).glob(f"{run_id}*{SUFFIX}"))


class State(NamedTuple):
    """The result of a pool's last run of a contract; `until` is when what it waits for should have come."""

    verdict: str
    until: float
    cause: str


class LedgerContent(NamedTuple):
    """What a ledger holds: its target, without credentials, what is left of each object, and its owner."""

    target: dict[str, Any]
    left: dict[Entry, set[str]]
    owner: Owner
    states: dict[str, State]


def read_ledger(path: Path) -> LedgerContent:
    """Read a ledger. Raises ConfigurationError where the file is none."""
    try:
        with closing(_connect(path)) as file:
            form, target, *owner = file.execute("SELECT * FROM ledger").fetchone()
            left: dict[Entry, set[str]] = {}
            for bucket, name, version in file.execute("SELECT * FROM object ORDER BY rowid"):
                left.setdefault(Entry(bucket, _read(name)), set()).update({version} - {""})
            states = {}
            if path.name.startswith(POOL):
                states = {i: State(*rest) for i, *rest in file.execute("SELECT * FROM state ORDER BY rowid")}
            if form == FORMAT:
                return LedgerContent(json.loads(target), left, Owner(*owner), states)
    except (sqlite3.Error, ValueError, TypeError):
        pass
    raise ConfigurationError("ledger", path, "not a ledger of pytest-oss-clean")


@contextmanager
def taking_over(path: Path) -> Iterator[bool]:
    """Become the owner of a ledger whose owner is dead; yields whether that is so.

    Of several processes that try at the same time, one succeeds.
    """
    with closing(_connect(path)) as file:
        taken = take_over(file) is None
        try:
            yield taken
        finally:
            with suppress(sqlite3.Error):  # the ledger may be deleted by now
                file.execute("UPDATE ledger SET pid = 0 WHERE pid = ?", (os.getpid(),))


def take_over(file: sqlite3.Connection) -> Owner | None:
    """Become the owner of an open ledger, or return the owner that lives."""
    file.execute("BEGIN IMMEDIATE")
    owner = Owner(*file.execute("SELECT host, pid, started, beat FROM ledger").fetchone())
    if not owner.lives:
        pid = os.getpid()
        new = (socket.gethostname(), pid, _start_of(pid), time.time())
        file.execute("UPDATE ledger SET host = ?, pid = ?, started = ?, beat = ?", new)
    file.execute("COMMIT")
    return owner if owner.lives else None


def delete_ledger(path: Path) -> None:
    """Delete a ledger, and its folders as far as they are empty."""
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        name.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()
        path.parent.parent.rmdir()


def _connect(path: Path) -> sqlite3.Connection:
    url = f"{path.absolute().as_uri()}?mode=rw"
    file = sqlite3.connect(url, uri=True, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        file.close()
        raise
    return file


def _stored(name: str) -> bytes:
    """Return a name as it is stored: bytes, since names may not be valid UTF-8."""
    return name.encode("utf-8", "surrogateescape")


def _read(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _is_running(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _start_of(pid: int) -> str:
    """Return when a process started, in the system's own units.

    Empty for one that is dead but still listed (a zombie), and where there is no /proc.
    """
    with suppress(OSError, IndexError):
        state, *fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return "" if state in "ZX" else fields[18]
    return ""


def remove(
    name: str,
    versions: Collection[str],
    delete: Callable[[str, str], Response],
    list_versions: Callable[[str], Response] | None,
) -> bool:
    """Delete an object, given the versions that are known; return whether nothing of it stays.

    A put that nobody saw answered left a version of unknown id, so where there are versions they are
    listed as well. A delete without version id would only add a delete marker there.
    """
    found = set(versions)
    if list_versions is not None:
        listed = read_versions(list_versions(name), name)
        if listed is None and not found:
            return False
        found.update(listed or ())
    ids = sorted(found) if list_versions is not None else sorted(found) or [""]
    responses = [delete(name, version) for version in ids]
    return all(response.succeeded or response.status == NOT_FOUND for response in responses)  # gone already


def read_versions(response: Response, name: str) -> list[str] | None:
    """Return the ids of versions and delete markers of one name; None where the answer is no such list."""
    root = parse_xml(response.body) if response.succeeded and response.body else ""
    if isinstance(root, str):
        return None
    entries = [*root.iterfind("{*}Version"), *root.iterfind("{*}DeleteMarker")]
    return [
        entry.findtext("{*}VersionId") or ""
        for entry in entries
        if name in (entry.findtext("{*}Key"), unquote(entry.findtext("{*}Key") or ""))
    ]
