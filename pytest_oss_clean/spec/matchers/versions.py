"""What answers must show of one version of an object among others.

A list below the object's full name holds its versions alone; of two, one is the latest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pytest_oss_clean.oss.constants import VERSION_ID
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import parse_xml
from pytest_oss_clean.spec.matchers.base import Before, Matcher, shown


@dataclass(frozen=True)
class VersionNamedOrNone(Matcher):
    """`x-oss-version-id` is that of the version that was asked for, or absent."""

    compares: ClassVar[bool] = True

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"no {VERSION_ID}, or that of the version"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with HEAD of that version, taken before the judged request."""
        was = before.shown.header(VERSION_ID) if before else None
        now = response.header(VERSION_ID)
        return "" if now in (None, was) else f"{VERSION_ID} is {shown(now)}, not {shown(was)} or absent"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell which of both it is."""
        if response.header(VERSION_ID) is None:
            return f"no {VERSION_ID}"
        return f"{VERSION_ID} of {'another' if self.problem(response, before) else 'the'} version"


@dataclass(frozen=True)
class VersionLacks(Matcher):
    """The latest version, or the one before it, is listed, and its entry lacks a field."""

    latest: bool
    field: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"no {self.field} of the {_which(latest=self.latest)} version"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look for the field."""
        found, which = version(response, latest=self.latest), _which(latest=self.latest)
        if not found:
            return f"the {which} version is not listed, not without {self.field}"
        now = found.get(self.field)
        return "" if now is None else f"{self.field} of the {which} version is {shown(now)}, not absent"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of the field."""
        return told(response, self.field, latest=self.latest)


@dataclass(frozen=True)
class VersionSame(Matcher):
    """A field of the latest version's entry, or of the one before it, has the value it had before."""

    compares: ClassVar[bool] = True
    latest: bool
    field: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.field} of the {_which(latest=self.latest)} version as before"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with the list taken before the judged request."""
        was = version(before.shown, latest=self.latest).get(self.field) if before else None
        now, which = version(response, latest=self.latest).get(self.field), _which(latest=self.latest)
        if now == was:
            return ""
        return f"{self.field} of the {which} version is {shown(now)}, not {shown(was)} as before"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is the same, and whether it is there at all."""
        seen = told(response, self.field, latest=self.latest)
        if self.problem(response, before):
            return f"{seen}, unlike before"
        return str(self) if self.field in version(response, latest=self.latest) else f"{seen}, as before"


def version(response: Response, *, latest: bool) -> dict[str, str]:
    """Return the fields of the latest version, or of one before it, empty where it is not listed.

    Delete markers are no versions here.
    """
    root = parse_xml(response.body) if response.body else ""
    if isinstance(root, str):
        return {}
    for element in root.iterfind("{*}Version"):
        fields = {str(f.tag).rpartition("}")[2]: (f.text or "").strip() for f in element.iterfind("{*}*")}
        if (fields.get("IsLatest") == "true") is latest:
            return fields
    return {}


def told(response: Response, field: str, *, latest: bool) -> str:
    """Say whether an entry has a field; its value may name an object or a time."""
    found, which = version(response, latest=latest), _which(latest=latest)
    if not found:
        return f"the {which} version is not listed"
    return f"{field} of the {which} version {'present' if field in found else 'absent'}"


def _which(*, latest: bool) -> str:
    return "latest" if latest else "older"
