"""Texts of the other side made fit to be shown: the one place between a server's words and any output.

A terminal, JUnit, JSON, HTML and Markdown get a server's words only from here. Secrets are taken out,
characters that steer a terminal or a page (control characters, ANSI escapes, bidi controls, invisible
ones, line breaks) are written as escapes, and what is too long is cut.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

from pytest_oss_clean.oss.secrets import REDACTED

Scrub = Callable[[str], str]

LONGEST = 2_000
"""Characters of one text that are shown."""
WIDTH = 80
"""Columns of a terminal."""
_SIGNATURES = re.compile(
    r"(?i)(signature(?:provided)?(?:=|%3D|[\"']?\s*[:>]\s*[\"']?)|\bOSS [0-9A-Za-z.]+:)"
    r"([0-9a-f]{32,64}|[0-9A-Za-z+/]{27}=|[0-9A-Za-z%]{26,32}%3D)"
)
"""Signatures by their form, halves too: nobody lists them among the secrets of a run."""
_BLANKS = re.compile(r"[\t\r\n]+")
_MARGIN = 4_096
"""Characters beyond what is shown in which secrets are still looked for, so that none is cut apart."""


def printable(text: str, most: int = LONGEST, length: int = 0) -> str:
    """Return a text as one line of printable characters, cut at `most`; it is a part of one of `length`."""
    cut = max(len(text), length) - most if len(text) > most else 0
    text = _BLANKS.sub(" ", text[:most])
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escape(char) for char in text)
    return f"{text}... ({cut} more characters)" if cut > 0 else text


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:  # noqa: PLR2004 - two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - the basic plane


class Display:
    """Makes texts fit to be shown: without secrets, printable, and not too long."""

    def __init__(self, scrub: Scrub, most: int = LONGEST) -> None:
        self.scrub = scrub
        self.most = most

    def __call__(self, text: str) -> str:
        return printable(self._without_secrets(text[: self.most + _MARGIN]), self.most, len(text))

    def lines(self, text: str) -> str:
        """Return a text of several lines, each made fit by itself."""
        return "\n".join(printable(line, self.most) for line in self._without_secrets(text).split("\n"))

    def _without_secrets(self, text: str) -> str:
        return _SIGNATURES.sub(rf"\1{REDACTED}", self.scrub(text))

    def data(self, data: Any) -> Any:
        """Return JSON data with every text in it made fit, so that JSON stays JSON."""
        if isinstance(data, str):
            return self(data)
        if isinstance(data, list | tuple):
            return [self.data(item) for item in data]
        if isinstance(data, dict):
            return {self(name): self.data(item) for name, item in data.items()}
        return data


def encodable(text: str, encoding: str | None) -> str:
    """Return a text that a stream of this encoding can write: other characters become escapes."""
    encoding = encoding or "utf-8"
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "backslashreplace").decode("ascii")


def folded(text: str, first: str = "", others: str = "    ") -> list[str]:
    """Return a text as lines of a terminal's width, folded at blanks alone: names of headers stay whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
