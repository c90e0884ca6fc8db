"""Targets that are described in files: a TOML file each, or tables of pyproject.toml by name.

A file says what the options say, in their words; an option that is given wins. No file may hold a
credential, and no error shows what might be one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.target.config.cassette_folder import means_cassettes
from pytest_oss_clean.target.config.options import BY_NAME, DEFAULTS, EMULATOR, Option
from pytest_oss_clean.target.config.settings import Settings, read_settings

PYPROJECT = "pyproject.toml"
ONE_OF = (frozenset({"advance-url", "restore-seconds"}),)
"""Options of which one that is given takes the place of the other in a file."""

ADDRESS = re.compile(r"(?=.*[.:])(\[[\da-f:]+\]|[\w-]+(\.[\w-]+)*)(:\d+)?/?", re.IGNORECASE)
"""A host with a dot or a port."""
CREDENTIAL = re.compile(r"key|secret|token|passw|credential|authoriz|^(?:ak|sk)$", re.IGNORECASE)
NO_CREDENTIALS = (
    "credentials do not belong into a file: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, and "
    "OSS_SESSION_TOKEN where there is one"
)


class Kind(NamedTuple):
    """What a value in a file must be, and how to say so."""

    fits: Callable[[Any], bool]
    remedy: str


TEXT = Kind(lambda value: isinstance(value, str), "write a text in quotes")
LIST = Kind(
    lambda value: TEXT.fits(value) or (isinstance(value, list) and all(map(TEXT.fits, value))),
    'write a list of texts, such as ["A", "B"]',
)
NUMBER = Kind(lambda value: type(value) in (int, float), "write a number")
FLAG = Kind(lambda value: isinstance(value, bool), "write true or false")
FLAG_OR_LIST = Kind(
    lambda value: FLAG.fits(value) or LIST.fits(value), 'write true, false, or a list of texts such as ["A"]'
)
OPTIONS: Mapping[str, Option] = MappingProxyType(
    {"endpoint": BY_NAME["target"]}
    | {name: option for name, option in BY_NAME.items() if option.scope.in_files}
)
"""The keys of a file, and their options."""


def kind_of(option: Option) -> Kind:
    """Return what the value of an option must be in a file."""
    if option.bare:
        return FLAG_OR_LIST
    return LIST if option.is_list else {bool: FLAG, float: NUMBER}.get(option.type, TEXT)


@dataclass(frozen=True, slots=True)
class TargetTable:
    """What a file says of one target; `place` names file and table, `folder` is where its paths begin."""

    name: str
    place: str
    folder: Path
    table: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """Option values where a file filled in what was not given; `filled` are those, `place` is where."""

    values: dict[str, Any]
    filled: frozenset[str] = frozenset()
    place: str = ""

    def name_of(self, option: str) -> str:
        name = option.removeprefix("--oss-")
        return f"{self.place}: {'endpoint' if name == 'target' else name}" if name in self.filled else option


def read_target(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    folder: Path,
    *,
    hook: bool = False,
    adjust: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Settings:
    """Read the settings of a target that is the emulator, a URL, a file, or a name in pyproject.toml.

    `folder` is where pyproject.toml is; `hook` says that there is a `pytest_oss_clean_advance`, which
    the emulator does not need; `adjust` has the last word about values. Raises ConfigurationError,
    which names the file where its value is wrong.
    """
    merged = merge(options, folder)
    try:
        values = adjust(merged.values)
        return read_settings(values, environ, hook=hook and values["target"] != EMULATOR)
    except ConfigurationError as error:
        raise error.renamed(merged.name_of) from None


def merge(options: Mapping[str, Any], folder: Path) -> Merged:
    """Return option values, filled in from the target's file where it has one. Raises ConfigurationError."""
    text = options.get("target") or EMULATOR
    if not is_described(text):
        return Merged({**options, "target": text})
    source = _from_file(text) if text.endswith(".toml") else _from_pyproject(text, folder)
    found = _read_table(source)
    given = {n: value for n, value in options.items() if n != "target" and value != DEFAULTS.get(n)}
    replaced = {name for group in ONE_OF if group & given.keys() for name in group}
    filled = {name: value for name, value in found.items() if name not in replaced | given.keys()}
    return Merged({**options, **filled, "name": source.name}, frozenset(filled), source.place)


def is_described(target: str) -> bool:
    """Return whether a target is a file or a name, neither the emulator nor a URL."""
    if means_cassettes(target):
        return False
    return target.endswith(".toml") or (target != EMULATOR and not re.search("://|@", target))


def is_target(text: str, folder: Path) -> bool:
    """Return whether a text is the emulator, a URL, a target file, or a name of pyproject.toml."""
    if text == EMULATOR or text.endswith(".toml") or "://" in text:
        return True
    try:
        _from_pyproject(text, folder)
    except ConfigurationError:
        return False
    return True


def _from_file(text: str) -> TargetTable:
    path = Path(text)
    return TargetTable(path.stem, text, path.absolute().parent, _load("--oss-target", text, path))


def _from_pyproject(name: str, folder: Path) -> TargetTable:
    path = folder / PYPROJECT
    found: Any = _load("--oss-target", name, path) if path.is_file() else {}
    for key in ("tool", "oss-clean", "targets"):
        found = found.get(key) if isinstance(found, dict) else None
    tables = {n: t for n, t in found.items() if isinstance(t, dict)} if isinstance(found, dict) else {}
    if name not in tables:
        known = f"known are {', '.join(sorted(tables))}" if tables else "none is described there"
        meant = f"did you mean http://{name} or https://{name}? " if ADDRESS.fullmatch(name) else ""
        remedy = (
            f"{meant}no target of this name in {path}, [tool.oss-clean.targets.{name}] ({known}); "
            "give a name, 'emulator', a file that ends with .toml, or a URL such as https://oss-cn-hangzhou.aliyuncs.com"
        )
        raise ConfigurationError("--oss-target", name, remedy)
    return TargetTable(name, f"{PYPROJECT} [tool.oss-clean.targets.{name}]", folder.absolute(), tables[name])


def _load(option: str, value: str, path: Path) -> dict[str, Any]:
    """Read a TOML file. Raises ConfigurationError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError:
        cause = f"{path} is not UTF-8"
    except ValueError as error:
        cause = f"{path} is not TOML: {error}"
    except OSError as error:
        cause = f"{path} cannot be read: {error.strerror}"
    raise ConfigurationError(option, value, cause)


def _read_table(source: TargetTable) -> dict[str, Any]:
    """Return the option values of a table. Raises ConfigurationError."""
    _refuse_credentials(source)
    for key, value in source.table.items():
        if key not in OPTIONS:
            raise ConfigurationError(f"{source.place}: {key}", "(unknown key)", _instead_of(key))
        option = OPTIONS[key]
        kind = kind_of(option)
        if not kind.fits(value):
            shown = value if isinstance(value, (str, int, float)) else f"(a {type(value).__name__})"
            raise ConfigurationError(f"{source.place}: {key}", shown, kind.remedy)
        if option.choices and option.choice(value) not in option.choices:
            remedy = f"choose from {', '.join(option.choices)}"
            raise ConfigurationError(f"{source.place}: {key}", value, remedy)
    if "endpoint" not in source.table:
        remedy = 'say where the target is: endpoint = "https://oss-cn-hangzhou.aliyuncs.com"'
        raise ConfigurationError(f"{source.place}: endpoint", "(not set)", remedy)
    if is_described(source.table["endpoint"]):
        remedy = "give a URL such as https://oss-cn-hangzhou.aliyuncs.com, without bucket and path"
        raise ConfigurationError(f"{source.place}: endpoint", source.table["endpoint"], remedy)
    return dict(_values(source))


def _values(source: TargetTable) -> Iterable[tuple[str, Any]]:
    for key, value in source.table.items():
        option = OPTIONS[key]
        if option.is_path:
            yield option.name, str(source.folder / value)
        elif option.choices:
            yield option.name, option.choice(value)
        elif option.bare and isinstance(value, bool):
            yield option.name, option.bare if value else option.default
        else:
            yield option.name, ",".join(value) if isinstance(value, list) else value


def _refuse_credentials(source: TargetTable) -> None:
    for key, value in source.table.items():
        looks_so = key not in OPTIONS and CREDENTIAL.search(key)
        hidden = key in OPTIONS and OPTIONS[key].may_hide_a_password and "@" in str(value)
        if looks_so or hidden:
            instead = "; --oss-proxy on the command line may hold a password" if key == "proxy" else ""
            raise ConfigurationError(f"{source.place}: {key}", "(hidden)", NO_CREDENTIALS + instead)


def _instead_of(key: str) -> str:
    if key in BY_NAME and key != "target":
        return f"it belongs to a run, not to a target: give --oss-{key}"
    near = get_close_matches(key.replace("_", "-").lower(), OPTIONS, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(OPTIONS)}"
