"""What one answer must show: small pieces of data, each with one way to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe, read_error, read_restore

STABLE = frozenset({STORAGE_CLASS})
"""Headers whose value names neither object nor time, so that it may be kept between runs."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the object was before the judged request: the answer to the same probe, and its content."""

    shown: Response
    content: bytes


@dataclass(frozen=True)
class Matcher:
    """One thing that an answer must show."""

    registry: ClassVar[dict[str, type[Matcher]]] = {}
    compares: ClassVar[bool] = False
    """Whether the same request must have been answered before the judged one."""

    def __init_subclass__(cls) -> None:
        """Know every matcher by name, for reproducers."""
        Matcher.registry[cls.__name__] = cls

    def problem(self, response: Response, before: Before | None) -> str:
        """Say the difference as "X is A, not B"; empty where there is none."""
        raise NotImplementedError

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Say what the answer shows, in words that stay the same from run to run."""
        return summary(response)

    def to_json(self) -> dict[str, Any]:
        """Return the matcher as JSON data."""
        return {"is": type(self).__name__, **asdict(self)}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Matcher:
        """Rebuild a matcher; raises KeyError or TypeError on foreign data."""
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in data.items()}
        return Matcher.registry[values.pop("is")](**values)


@dataclass(frozen=True)
class StatusIs(Matcher):
    """The status is this one."""

    status: int

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"status {self.status}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare the status."""
        return "" if response.status == self.status else f"status is {response.status}, not {self.status}"


@dataclass(frozen=True)
class Refusal(Matcher):
    """The status is some 4xx."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "status 4xx"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look at the class of the status."""
        refused = 400 <= response.status < 500  # noqa: PLR2004 - the 4xx class
        return "" if refused else f"status is {response.status}, not 4xx: the request was not refused"


@dataclass(frozen=True)
class OneOf(Matcher):
    """Status and Code are among several, such as `409 ArchiveRestoreFileStale`."""

    accepted: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in a few words."""
        return " or ".join(self.accepted)

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look the answer up."""
        shown = summary(response)
        return "" if shown in self.accepted else f"answer is {shown}, not {self}"


@dataclass(frozen=True)
class CodeIs(Matcher):
    """The body is an error document with this Code."""

    code: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"Code {self.code}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare the Code."""
        error = read_error(response)
        if error.problem:
            return f"Code is missing, not {self.code}: {error.problem}"
        return "" if error.code == self.code else f"Code is {error.code}, not {self.code}"


@dataclass(frozen=True)
class NoBody(Matcher):
    """The answer has no body."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "no body"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Count the bytes."""
        return f"body has {len(response.body)} bytes, not 0" if response.body else ""

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of a body."""
        return "a body" if response.body else "no body"


@dataclass(frozen=True)
class ContentSame(Matcher):
    """The body is the object's content, unchanged."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "content as put"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare the bytes."""
        same = before is not None and response.body == before.content
        return "" if same else f"content is another one ({len(response.body)} bytes)"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is the same."""
        return "another content" if self.problem(response, before) else "the same content"


@dataclass(frozen=True)
class HeaderSame(Matcher):
    """A header has the value it had before."""

    compares: ClassVar[bool] = True
    name: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.name} as before"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with the HEAD answer taken before the judged request."""
        was = before.shown.header(self.name) if before else None
        now = response.header(self.name)
        return "" if now == was else f"{self.name} is {shown(now)}, not {shown(was)} as before"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is the same."""
        return (
            f"{self.name} {header_shown(self.name, response)}"
            if self.problem(response, before)
            else (f"{self.name} as before")
        )


@dataclass(frozen=True)
class HeaderAbsent(Matcher):
    """A header is not there."""

    name: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"no {self.name}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look for the header."""
        now = response.header(self.name)
        return "" if now is None else f"{self.name} is {shown(now)}, not absent"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of the header."""
        return f"{self.name} {header_shown(self.name, response)}"


@dataclass(frozen=True)
class RestoreShown(Matcher):
    """`x-oss-restore` tells of a restore, in progress or complete."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{RESTORE_STATE} of a restore in progress or complete"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Read the header."""
        state = read_restore(response)
        if state is not None and state.ongoing is not None:
            return ""
        value = shown(response.header(RESTORE_STATE))
        return f"{RESTORE_STATE} is {value}, not a restore in progress or complete"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of the restore."""
        return f"{RESTORE_STATE} {header_shown(RESTORE_STATE, response)}"


@dataclass(frozen=True)
class RestoreIs(Matcher):
    """`x-oss-restore` tells that the object is restoring or restored, or is absent: frozen."""

    state: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{RESTORE_STATE} of a {self.state} object"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Read the header."""
        value = response.header(RESTORE_STATE)
        now = "frozen" if value is None else header_shown(RESTORE_STATE, response)
        return "" if now == self.state else f"{RESTORE_STATE} is {shown(value)}, not of a {self.state} object"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell of the restore."""
        return f"{RESTORE_STATE} {header_shown(RESTORE_STATE, response)}"


def shown(value: str | None) -> str:
    """Return a header's value as a reader sees it."""
    return "absent" if value is None else repr(str(value))


def header_shown(name: str, response: Response) -> str:
    """Say what a header shows, without anything that another run would show differently."""
    value = response.header(name)
    if value is None or name in STABLE:
        return shown(value)
    if name == RESTORE_STATE:
        state = read_restore(response)
        ongoing = state.ongoing if state else None
        return {True: "restoring", False: "restored", None: "unreadable"}[ongoing]
    return "present" if value else "empty"


def summary(response: Response) -> str:
    """Return status and Code, or that there was no answer and of which kind: no free text."""
    if response.transport_error is not None:
        return f"no answer ({response.transport_error.kind})"
    return describe(response)


def check(matchers: Sequence[Matcher], response: Response, before: Before | None) -> list[str]:
    """Return every difference between an answer and the matchers.

    No answer is one difference. So is success where a refusal belongs, and the other way round:
    what its body lacks then says nothing more.
    """
    if response.transport_error is not None:
        return [f"there is no proper answer: {describe(response)}"]
    problems = [p for p in (m.problem(response, before) for m in matchers) if p]
    wanted = next((m.status for m in matchers if isinstance(m, StatusIs)), response.status)
    return problems[:1] if wanted // 100 != response.status // 100 else problems
