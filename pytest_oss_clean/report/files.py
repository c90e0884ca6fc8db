"""Files that a run writes for others: whole or not at all, and never over something foreign."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from pytest_oss_clean.errors import ConfigurationError

LARGEST = 64 * 1024 * 1024
"""Nothing that we write comes near it; a larger file is not read."""


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old text or the new one, never a part. Raises OSError."""
    place = path.resolve()
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    try:
        with beside.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def may_write(option: str, path: Path, form: str) -> None:
    """Raise ConfigurationError where a file cannot be written, or is something else than `form`."""
    if path.exists() and (not path.is_file() or (path.stat().st_size and _form_of(path) != form)):
        raise ConfigurationError(
            option, path, f"it exists and is no {form}, so it is not overwritten: name another file"
        )
    if not os.access(path.resolve().parent, os.W_OK):
        raise ConfigurationError(option, path, "it cannot be written: name a file in a folder that can be")


def may_write_folder(option: str, folder: Path) -> None:
    """Raise ConfigurationError where a folder can neither be written to nor be made."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        remedy = "the ledger of the run must be written there: name a folder that can be written"
        raise ConfigurationError(option, folder, remedy)


def ignore_by_git(folder: Path) -> None:
    """Keep a folder of ours out of the user's repository."""
    with suppress(OSError), (folder / ".gitignore").open("x") as file:
        file.write("*\n")


def read_form(option: str, path: Path, form: str) -> dict[str, Any]:
    """Return the JSON object of a file whose `format` is `form`. Raises ConfigurationError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigurationError(option, path, f"too large for an {form}")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(option, path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(option, path, f"not JSON: give an {form} that this suite wrote") from None
    if not isinstance(data, dict) or data.get("format") != form:
        raise ConfigurationError(option, path, f"its format is not {form}: give one that this suite wrote")
    return data


def _form_of(path: Path) -> object:
    """Return what a file says of its own format, None where it says nothing."""
    with suppress(OSError, ValueError, RecursionError):
        data = json.loads(path.read_text("utf-8")) if path.stat().st_size <= LARGEST else None
        return data.get("format") if isinstance(data, dict) else None
    return None
