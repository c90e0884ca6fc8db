"""Two sets of contracts compared: what an upgrade of the suite adds, removes and demands anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.report.catalogue import as_data, lines

INSTALLED = (".", "installed")
WARNING = "  <- can turn a green gate red"
HARDER = ("kind", "expects", "given", "classes", "signatures")
"""Fields by which a required expectation can fail a server that passed."""

COMPARED = (*HARDER, "evidence", "since")
"""Fields whose change is listed."""

Row = Mapping[str, Any]
Key = tuple[str, str]


def read_set(name: str) -> dict[Key, Row]:
    """Return a set of contracts by contract and expectation. Raises ConfigurationError."""
    if name in INSTALLED:
        return _by_key(json.loads(json.dumps(as_data(lines(AREAS)))))
    remedy = "give a file that `oss-clean contracts --json` wrote, or 'installed'"
    try:
        return _by_key(json.loads(Path(name).read_text("utf-8")))
    except OSError as error:
        raise ConfigurationError("--diff", name, f"{error.strerror}: {remedy}") from None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise ConfigurationError("--diff", name, remedy) from None


def _by_key(listed: Iterable[Row]) -> dict[Key, Row]:
    found = {(row["contract"], row["expectation"]): row for row in listed}
    if not found or not all(isinstance(row["kind"], str) for row in found.values()):
        raise ValueError("no set of contracts")
    return found


def as_difference(old: Mapping[Key, Row], new: Mapping[Key, Row]) -> str:
    """Return what was added, removed and changed, and which of it can fail a server that passed."""
    text = [f"added    {_shown(new[key])}{_warning({}, new[key])}" for key in new if key not in old]
    text += [f"removed  {_shown(old[key])}" for key in old if key not in new]
    for key, row in new.items():
        changed = [name for name in COMPARED if key in old and old[key].get(name) != row.get(name)]
        if not changed:
            continue
        text.append(f"changed  {_shown(row)}{_warning(old[key], row)}")
        text += [f"           {name}: {_value(old[key], name)} -> {_value(row, name)}" for name in changed]
    return "\n".join(text) or "no difference"


def _shown(row: Row) -> str:
    return f"{row['kind']:<8} {row['contract']}: {row['expectation']}, {row.get('expects', '')}"


def _value(row: Row, name: str) -> str:
    value = row.get(name, "(absent)")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _warning(old: Row, new: Row) -> str:
    """Call out what is required now and was not, or is required of more or of something else."""
    differs = any(old.get(name) != new.get(name) for name in HARDER)
    return WARNING if new["kind"] == "required" and differs else ""
