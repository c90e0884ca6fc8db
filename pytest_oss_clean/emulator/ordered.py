"""A mapping that knows the order of its names, so that a page of a list costs what it returns.

Rule: nothing is sorted twice. Names are sorted when they are first listed; from then on each comes
to its place and leaves it, so that filling a bucket that nobody lists costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, MutableMapping, Sequence
from typing import TypeVar

from pytest_oss_clean.oss.signing import utf8

V = TypeVar("V")


class Ordered(MutableMapping[str, V]):
    """Values by name; `names` are in the order of their UTF-8 bytes."""

    __slots__ = ("_names", "_values")

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[str, V] = {}
        self._names: list[str] | None = None

    @property
    def names(self) -> Sequence[str]:
        """Return all names in order; the list changes with the mapping."""
        if self._names is None:
            self._names = sorted(self._values, key=utf8)
        return self._names

    def __getitem__(self, name: str) -> V:
        """Return a value."""
        return self._values[name]

    def __setitem__(self, name: str, value: V) -> None:
        """Set a value; a new name takes its place."""
        if self._names is not None and name not in self._values:
            insort(self._names, name, key=utf8)
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        """Remove a name."""
        del self._values[name]
        if self._names is not None:
            del self._names[bisect_left(self._names, utf8(name), key=utf8)]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names as they came."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values)
