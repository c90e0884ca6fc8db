"""What the headers of an answer must show, beyond being there as before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from pytest_oss_clean.oss.constants import REQUEST_ID
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.matchers.base import Before, Matcher, shown

CLOSE_SECONDS = 15 * 60
"""How far the clocks of a client and of OSS may be apart (error RequestTimeTooSkewed)."""

_REQUEST_ID = re.compile("[0-9A-F]{24}")


@dataclass(frozen=True)
class HeaderPresent(Matcher):
    """A header is there, and not empty."""

    name: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return self.name

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look for the header."""
        now = response.header(self.name)
        return "" if now else f"{self.name} is {shown(now)}, not present"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is there."""
        return f"{self.name} {'absent' if self.problem(response, before) else 'present'}"


@dataclass(frozen=True)
class HeaderIs(Matcher):
    """A header has this value, which names neither object nor time."""

    name: str
    value: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.name}: {self.value}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare the value."""
        now = response.header(self.name)
        return "" if now == self.value else f"{self.name} is {shown(now)}, not '{self.value}'"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Tell the value."""
        return f"{self.name} {shown(response.header(self.name))}"


@dataclass(frozen=True)
class HeaderFresh(Matcher):
    """A header has another value than the answer to the same request had before."""

    name: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.name} unlike before"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with the answer taken before the judged request."""
        was = before.shown.header(self.name) if before else None
        now = response.header(self.name)
        return "" if now and now != was else f"{self.name} is {shown(now)}, not another one than before"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is another one."""
        if not response.header(self.name):
            return f"{self.name} absent"
        return f"{self.name} {'as before' if self.problem(response, before) else 'unlike before'}"


@dataclass(frozen=True)
class TypeIsXml(Matcher):
    """The content type is some type of XML, whatever its parameters."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "Content-Type of XML"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Read the media type."""
        value = response.header("Content-Type")
        media = (value or "").split(";")[0].strip().lower()
        return "" if media.endswith(("/xml", "+xml")) else f"Content-Type is {shown(value)}, not of XML"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is XML."""
        if not self.problem(response, before):
            return "Content-Type of XML"
        return f"Content-Type {shown(response.header('Content-Type'))}"


@dataclass(frozen=True)
class LengthTold(Matcher):
    """Content-Length is the number of bytes of the body."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "Content-Length of the body"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Count the bytes."""
        value, length = response.header("Content-Length"), len(response.body)
        return "" if value == str(length) else f"Content-Length is {shown(value)}, not '{length}'"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is right."""
        if response.header("Content-Length") is None:
            return "no Content-Length"
        return f"Content-Length {'wrong' if self.problem(response, before) else 'right'}"


@dataclass(frozen=True)
class DateClose(Matcher):
    """Date is at most 15 minutes from the time at which the answer came, by our clock."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return "Date within 15 minutes"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Read the date."""
        value = response.header("Date")
        try:
            apart = abs(parsedate_to_datetime(value or "").timestamp() - response.at)
        except (ValueError, TypeError, IndexError, OverflowError):
            return f"Date is {shown(value)}, not a date"
        return "" if apart <= CLOSE_SECONDS else f"Date is {shown(value)}, not within 15 minutes of our clock"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is close."""
        if response.header("Date") is None:
            return "no Date"
        return f"Date {'of another time' if self.problem(response, before) else 'within 15 minutes'}"


@dataclass(frozen=True)
class RequestIdForm(Matcher):
    """The request id is 24 upper-case hexadecimal digits."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{REQUEST_ID} of 24 digits"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Look at each digit."""
        value = response.header(REQUEST_ID)
        right = _REQUEST_ID.fullmatch(value or "")
        return "" if right else f"{REQUEST_ID} is {shown(value)}, not 24 upper-case hexadecimal digits"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell of the form."""
        if response.header(REQUEST_ID) is None:
            return f"no {REQUEST_ID}"
        return f"{REQUEST_ID} of {'another form' if self.problem(response, before) else '24 digits'}"
