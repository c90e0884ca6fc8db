"""What a list of objects must show.

A probe lists below the object's full name, so the entry with the shortest Key is the object's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import unquote_plus

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import parse_xml
from pytest_oss_clean.spec.matchers.base import Before, Matcher, shown

STABLE_FIELDS = frozenset({"StorageClass", "Type"})
"""Fields of an entry that name neither object nor time."""


@dataclass(frozen=True)
class EntryCount(Matcher):
    """So many objects are listed."""

    count: int

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.count} listed"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Count the entries."""
        now = len(entries(response))
        return "" if now == self.count else f"the list has {now} objects, not {self.count}"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell how many there are, as far as that is sure to stay the same."""
        return f"{self.count} listed" if len(entries(response)) == self.count else "more or fewer listed"


@dataclass(frozen=True)
class EntrySame(Matcher):
    """A field of the object's entry has the value it had before."""

    compares: ClassVar[bool] = True
    field: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.field} as before"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with the list taken before the judged request."""
        was = entry(before.shown).get(self.field) if before else None
        now = entry(response).get(self.field)
        return "" if now == was else f"{self.field} is {shown(now)}, not {shown(was)} as before"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is the same."""
        if not self.problem(response, before):
            return f"{self.field} as before"
        now = entry(response).get(self.field)
        return f"{self.field} {shown(now) if now is None or self.field in STABLE_FIELDS else 'changed'}"


@dataclass(frozen=True)
class EntryLacks(Matcher):
    """The object is listed, and its entry lacks a field."""

    field: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"no {self.field}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look for the field."""
        found = entry(response)
        if not found:
            return f"the object is not listed, not without {self.field}"
        return f"{self.field} is {shown(found[self.field])}, not absent" if self.field in found else ""

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of the field."""
        found = entry(response)
        return f"{self.field} {'present' if self.field in found else 'absent'}" if found else "not listed"


@dataclass(frozen=True)
class OnlyListed(Matcher):
    """One object is listed, and its name is exactly this; the list has its names url-encoded."""

    name: str = ""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "the object alone is listed, its name as put"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare names."""
        listed = [unquote_plus(e.get("Key", ""), errors="surrogateescape") for e in entries(response)]
        return "" if listed == [self.name] else f"the list has {listed!r}, not {[self.name]!r}"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell what there is, without names."""
        if not self.problem(response, before):
            return "listed as put"
        return "listed otherwise" if entries(response) else "not listed"


def entries(response: Response) -> list[dict[str, str]]:
    """Return the objects of a list, each as the texts of its fields; none where the body is no list."""
    root = parse_xml(response.body) if response.body else ""
    if isinstance(root, str):
        return []
    found = root.iterfind("{*}Contents")
    return [
        {str(f.tag).rpartition("}")[2]: (f.text or "").strip() for f in e.iterfind("{*}*")} for e in found
    ]


def entry(response: Response) -> dict[str, str]:
    """Return the object's own entry, empty where there is none."""
    return min(entries(response), key=lambda fields: len(fields.get("Key", "")), default={})
