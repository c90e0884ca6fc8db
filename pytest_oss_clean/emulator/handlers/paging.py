"""Pages of sorted names, with prefix, delimiter and a place to go on from.

Rule: a page costs what it shows. Names outside the prefix, and those below a common prefix, are
jumped over by bisection, never walked through.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LAST = chr(0x10FFFF)


def behind(prefix: str) -> str:
    """Return a text that sorts behind every name that starts with `prefix`."""
    return prefix + _LAST * 2


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: names, common prefixes, and where the next page starts."""

    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    next_after: str | None


def paginate(  # noqa: PLR0913 - the parameters of a list
    names: Sequence[str],
    *,
    prefix: str,
    delimiter: str,
    after: str,
    limit: int,
    shown: Callable[[str], bool] = bool,
) -> Page:
    """Return the page of sorted `names` behind `after`; a common prefix counts as one entry.

    Names that are not `shown` are left out, and make no common prefix.
    """
    found: list[str] = []
    groups: list[str] = []
    last = ""
    at = max(bisect_right(names, after), bisect_left(names, prefix))
    while at < len(names) and names[at].startswith(prefix):
        name = names[at]
        group = common_prefix(name, prefix, delimiter)
        if group and group <= after:
            at = bisect_right(names, behind(group), at)
            continue
        if shown(name):
            if len(found) + len(groups) == limit:
                return Page(tuple(found), tuple(groups), last)
            last = group or name
            (groups if group else found).append(last)
            if group:
                at = bisect_right(names, behind(group), at)
                continue
        at += 1
    return Page(tuple(found), tuple(groups), None)


def common_prefix(name: str, prefix: str, delimiter: str) -> str:
    """Return the part of a name up to the delimiter behind the prefix, or ""."""
    cut = name.find(delimiter, len(prefix)) if delimiter else -1
    return name[: cut + len(delimiter)] if cut >= 0 else ""
