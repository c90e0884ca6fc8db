"""The documentation page, as kept, beside a newer one: which quoted sentences changed or vanished."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from html import unescape
from importlib.resources import files
from pathlib import Path

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.contract import Contract

OPTION = "--check-page"
KEPT = "documented/cleanrestoredobject.txt"
SIMILAR = 0.5
LEAST = 200
"""Characters that a page has at least; what is shorter is another file."""


def kept_text() -> str:
    return (files("pytest_oss_clean.cassettes") / KEPT).read_text("utf-8")


def check_page(path: Path, contracts: Iterable[Contract]) -> tuple[list[str], bool]:
    """Return what differs in a newer text of the page, and whether a quoted sentence does.

    Raises ConfigurationError where the file is no text of the page.
    """
    try:
        new = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(OPTION, path, f"cannot be read: {why}") from None
    new = _without_markup(new)
    if len(new) < LEAST or "CleanRestoredObject" not in new:
        remedy = "give the text of the CleanRestoredObject page, copied from a browser, or its HTML"
        raise ConfigurationError(OPTION, path, remedy)
    changed = list(_quoted_changes(new, contracts))
    return [*changed, *_other_changes(new)], bool(changed)


def _quoted_changes(new: str, contracts: Iterable[Contract]) -> Iterator[str]:
    flat, parts = _flat(new), _parts(new)
    kept = _flat(kept_text())
    for words, ids in _quotes(contracts).items():
        if words in flat or words not in kept:  # quoted from another page
            continue
        near = get_close_matches(words, parts, n=1, cutoff=SIMILAR)
        now = f'changed to "{near[0]}"' if near else "vanished"
        yield f'quoted by {", ".join(ids)}: "{words}" {now}'


def _quotes(contracts: Iterable[Contract]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for contract in contracts:
        for words in (contract.says, *(expectation.says for expectation in contract.expectations)):
            if words:
                found.setdefault(_flat(words), {})[contract.id] = None
    return {words: list(ids) for words, ids in found.items()}


def _other_changes(new: str) -> Iterator[str]:
    old_parts, new_parts = _parts(kept_text()), _parts(new)
    yield from (f'no longer on the page: "{part}"' for part in old_parts if part not in _flat(new))
    kept = _flat(kept_text())
    yield from (f'new on the page: "{part}"' for part in new_parts if part not in kept)


def _parts(text: str) -> list[str]:
    """Return the sentences and lines of a page, each once."""
    lines = (_flat(line).removeprefix("\u2022 ") for line in text.splitlines())
    return list(
        dict.fromkeys(part for line in lines for part in re.split(r"(?<=\.) (?=[A-Z])", line) if part)
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


def _without_markup(text: str) -> str:
    """Return the text of a page that was saved as HTML; of plain text nothing is taken away."""
    if not re.search(r"<(?:!doctype|html|body|div)\b", text, re.IGNORECASE):
        return text
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", text)
    text = re.sub(r"(?i)</?(?:p|div|li|ul|pre|h[1-6]|br|tr|section|article)\b[^>]*>", "\n", text)
    return unescape(re.sub(r"<[^>]+>", "", text))
