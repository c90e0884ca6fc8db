"""Where a recording comes from: the head of a cassette, read without a parser of YAML.

A cassette is a file of vcrpy with one more key at its top, `provenance`, whose value is JSON, which is
YAML too. A seal over the whole file shows when it was altered by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion

FORMAT = "oss-clean-cassette-1"
TARGET = "cassettes"
"""What `--oss-target` calls recordings: `cassettes`, or `cassettes:DIR`."""

SUFFIX = ".yaml"
SHIPPED = "emulator"
"""The folder of shipped recordings that is meant where none is named."""

LARGEST = 16 * 1024 * 1024
_OPENING = "provenance: "
_BODY = "\nversion: "


class Kind(StrEnum):
    """Whose answers a recording holds."""

    DOCUMENTED = "documented"
    EMULATOR = "emulator"
    SERVER = "server"
    LIVE = "live"


WHOSE = {
    Kind.DOCUMENTED: "transcribed from the page",
    Kind.EMULATOR: "of our own emulator: evidence of nothing but itself",
    Kind.SERVER: "of a server that is not known to be the service",
    Kind.LIVE: "of the real service",
}


class BrokenCassetteError(Exception):
    """A file is no whole cassette of ours; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names that replace the real ones in a recording, each as long as the name it replaces."""

    endpoint: str
    bucket: str
    prefix: str
    second_bucket: str = ""
    versioned_bucket: str = ""
    absent_bucket: str = ""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What must be known of a recording to replay it, and to believe it.

    `exclusive` says that nobody else moved the restore clock, `temporary` that the key had a token.
    """

    contract: str
    kind: Kind
    target: str
    recorded: date
    suite: str
    edition: str
    region: str
    addressing: Addressing
    signature: SignatureVersion
    claims: tuple[str, ...]
    names: Names
    exclusive: bool = True
    temporary: bool = False
    scrubbed: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return f"{self.target} ({self.kind}), {self.recorded}, suite {self.suite}, edition {self.edition}"

    def age(self, today: date) -> int:
        """Return its age in days."""
        return (today - self.recorded).days

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self), "recorded": self.recorded.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it; raises KeyError, TypeError or ValueError on foreign data."""
        values = dict(data)
        if values.pop("format") != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        if not all(isinstance(values[name], str) for name in ("contract", "target", "suite", "edition")):
            raise TypeError("a text is none")
        return cls(
            **{
                **values,
                "kind": Kind(values["kind"]),
                "recorded": date.fromisoformat(values["recorded"]),
                "addressing": Addressing(values["addressing"]),
                "signature": SignatureVersion(values["signature"]),
                "claims": tuple(values["claims"]),
                "names": Names(**values["names"]),
                "scrubbed": tuple(values["scrubbed"]),
            }
        )


def with_head(provenance: Provenance, body: str) -> str:
    """Return the text of a cassette: its head, sealed, and what vcrpy wrote."""
    data = provenance.to_json()
    sealed = {**data, "seal": _seal(data, body)}
    head = json.dumps(sealed, indent=2, ensure_ascii=False)
    # A flow of YAML must stay indented until its last brace.
    return f"{_OPENING}{head[:-1]}  }}\n{body}"


def read_head(text: str) -> tuple[Provenance, bool]:
    """Return the head of a cassette, and whether all of it is as it was recorded.

    Raises BrokenCassetteError.
    """
    head, found, rest = text.partition(_BODY)
    if not head.startswith(_OPENING) or not found:
        raise BrokenCassetteError("it begins with no provenance: no cassette of this suite, or cut short")
    try:
        data = json.loads(head.removeprefix(_OPENING))
        seal = data.pop("seal")
        provenance = Provenance.from_json(data)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenCassetteError(f"its provenance cannot be read: {error}") from None
    return provenance, seal == _seal(data, _BODY[1:] + rest)


def _seal(data: Mapping[str, Any], body: str) -> str:
    text = json.dumps(data, sort_keys=True) + "\n" + body.strip()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_text(path: Path) -> str:
    """Return the text of a cassette. Raises BrokenCassetteError."""
    try:
        if path.stat().st_size > LARGEST:
            raise BrokenCassetteError(f"{path} is too large for a cassette")
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BrokenCassetteError(f"{path} is not UTF-8") from None
    except OSError as error:
        raise BrokenCassetteError(f"{path} cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Folder:
    """A folder of recordings: what each file says of itself; `broken` are files that say nothing."""

    path: Path
    heads: tuple[Provenance, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def claims(self) -> frozenset[str]:
        return frozenset().union(*(head.claims for head in self.heads))

    def summary(self, today: date) -> list[str]:
        """Return a line for each origin, with its age, and for each file that cannot be read."""
        origins = Counter(replace(h, contract="", names=_NONE, scrubbed=(), claims=()) for h in self.heads)
        lines = [
            f"{many} of {head.origin}: {_days(head.age(today))}, {WHOSE[head.kind]}"
            for head, many in sorted(origins.items(), key=lambda pair: pair[0].recorded)
        ]
        return lines + [f"cannot be read: {name}: {why}" for name, why in self.broken.items()]


_NONE = Names(endpoint="", bucket="", prefix="")


def _days(age: int) -> str:
    return f"{age} day{'s' * (age != 1)} old"


def means_cassettes(target: str) -> bool:
    return target == TARGET or target.startswith(f"{TARGET}:")


def read_folder(option: str, text: str) -> Folder:
    """Read the heads of a folder of recordings. Raises ConfigurationError where it holds none."""
    path = find_folder(text.removeprefix(TARGET).removeprefix(":"))
    try:
        found = sorted(p for p in path.iterdir() if p.suffix == SUFFIX)
    except OSError as error:
        known = ", ".join(f"{TARGET}:{name}" for name in shipped())
        remedy = f"{path}: {error.strerror}; give a folder of recordings, or one that is shipped: {known}"
        raise ConfigurationError(option, text, remedy) from None
    heads, broken = [], {}
    for file in found:
        try:
            heads.append(read_head(read_text(file))[0])
        except BrokenCassetteError as error:
            broken[file.name] = str(error)
    if not heads:
        why = f"; {next(iter(broken.values()))}" if broken else ""
        remedy = f"{path} holds no recording{why}; record one with --record-mode=rewrite --oss-cassettes DIR"
        raise ConfigurationError(option, text, remedy)
    return Folder(path, tuple(heads), broken)


def find_folder(name: str) -> Path:
    """Return the folder of that name: one of the user's, or a shipped one where there is none."""
    if name and Path(name).exists():
        return Path(name)
    if not name or name in shipped():
        return _home() / (name or SHIPPED)
    return Path(name)


def shipped() -> Iterable[str]:
    return sorted(p.name for p in _home().iterdir() if any(p.glob(f"*{SUFFIX}")))


def _home() -> Path:
    return Path(str(files("pytest_oss_clean.cassettes")))
