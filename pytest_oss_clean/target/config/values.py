"""Parsers of option values that depend on nothing else: `parser(flag, text)` returns the value.

Each raises ConfigurationError that names option, value and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.target.meter import Prices

Parser = Callable[[str, Any], Any]

RANDOM = "random"


def as_given(flag: str, value: Any) -> Any:  # noqa: ARG001 - a parser
    return value


def negated(flag: str, value: Any) -> bool:  # noqa: ARG001 - a parser
    return not value


def path(flag: str, text: str | None) -> Path | None:  # noqa: ARG001 - a parser
    """Return a path, None for none."""
    return Path(text) if text else None


def names(flag: str, text: str | None) -> frozenset[str]:  # noqa: ARG001 - a parser
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())


def positive(unit: str) -> Parser:
    """Return a parser of numbers above 0; None stays None."""

    def parse(flag: str, value: float | None) -> float | None:
        if value is not None and not 0 < value < float("inf"):
            raise ConfigurationError(flag, value, f"give a number of {unit} above 0")
        return value

    return parse


def not_negative(flag: str, value: float | None) -> float | None:
    """Return a number of seconds; None stays None."""
    if value is not None and not 0 <= value < float("inf"):
        raise ConfigurationError(flag, value, "give a number of seconds, 0 or more")
    return value


def throttled(flag: str, text: str) -> tuple[str, ...]:
    """Return statuses, each with a Code or without: `429,503 SlowDown`."""
    entries = tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())
    for entry in entries:
        if not re.fullmatch(r"[45]\d\d(?: [A-Za-z0-9.]+)?", entry):
            remedy = "write statuses of 400 to 599, a Code behind one where it matters: 429,503 SlowDown"
            raise ConfigurationError(flag, text, remedy)
    return entries


def seed(flag: str, text: str) -> int | None:
    """Return a seed; None is another one each run."""
    if text == RANDOM:
        return None
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(flag, text, f"give a whole number, or {RANDOM}") from None


def edition(flag: str, text: str | None) -> str:
    """Return `X.Y`; "" is the newest."""
    if text and not re.fullmatch(r"\d+\.\d+", text):
        raise ConfigurationError(flag, text, "write two numbers such as 1.2")
    return text or ""


def object_prefix(flag: str, prefix: str) -> str:
    segments = prefix.removesuffix("/").split("/")
    fine = re.fullmatch(r"[A-Za-z0-9._/-]{0,200}", prefix) and not {".", ".."} & set(segments)
    if not fine or (prefix and "" in segments):
        remedy = (
            "use up to 200 of A-Z a-z 0-9 . _ - / without empty, '.' and '..' segments, so that even a "
            "server that rewrites names stays inside it"
        )
        raise ConfigurationError(flag, prefix, remedy)
    return prefix


def existing_file(flag: str, text: str | None) -> Path | None:
    """Return the path of a file that can be read, None for none."""
    if not text:
        return None
    try:
        with Path(text).open("rb"):
            return Path(text)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(flag, text, f"{cause}: name a file that can be read") from None


def prices(flag: str, text: str | None) -> Prices | None:
    """Return a table of prices, None for none."""
    path = existing_file(flag, text)
    return Prices.read(path) if path else None


def writable_file(flag: str, text: str | None) -> Path | None:
    """Return the path of a file to write, None for none."""
    if not text:
        return None
    if Path(text).is_dir():
        raise ConfigurationError(flag, text, "it is a folder: name a file")
    return Path(text)
