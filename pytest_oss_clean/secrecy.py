"""Secrets that cannot be printed, and the scrubber that removes them from text that can.

`Secret` guards our own objects. `Scrubber` guards against the other side: a server may echo a
token or a string to sign in any spelling, so each secret is looked for as it is, percent-encoded,
as XML, JSON or Python escapes, in hexadecimal, and inside base64 at each of its three alignments.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

REDACTED = "***"
SHORTEST_SCRUBBED = 8
"""Shorter secrets (the `test`/`test` of local emulators) are ordinary words; real ones have 30."""
_LAST_OF_PLANE_0 = 0xFFFF


class Secret:
    """A string that shows itself only to `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Hide `value`."""
        self._value = value

    def reveal(self) -> str:
        """Return the string; keep the result out of named variables."""
        return self._value

    def __repr__(self) -> str:
        """Show nothing."""
        return f"Secret({REDACTED})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(self._value)

    def __bool__(self) -> bool:
        """Tell whether there is anything to hide."""
        return bool(self._value)

    def __reduce__(self) -> str:
        """Refuse to be pickled: a pickle is a file with the secret in it."""
        raise TypeError("a Secret cannot be pickled")


class Scrubber:
    """Replaces every known spelling of the given secrets by `***`."""

    def __init__(self, secrets: Iterable[Secret | None]) -> None:
        """Compile one pattern for all secrets that are long enough to be told from words."""
        values = [s.reveal() for s in secrets if s is not None]
        patterns = [_spellings(value) for value in values if len(value) >= SHORTEST_SCRUBBED]
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def __call__(self, text: str) -> str:
        """Return `text` without any secret."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text

    def finds(self, text: str) -> bool:
        """Tell whether `text` holds a secret."""
        return bool(self._pattern and self._pattern.search(text))

    def __repr__(self) -> str:
        """Show nothing: the pattern spells the secrets out."""
        return "<Scrubber>"


def _spellings(value: str) -> str:
    """Return a pattern for `value` in every spelling a server or a log may give it."""
    raw = value.encode()
    escaped = "".join(_character(char) for char in value)
    hexadecimal = r"[\s:]?".join(f"(?i:{byte:02x})" for byte in raw)
    return "|".join([escaped, hexadecimal, *(re.escape(core) for core in _base64_cores(raw))])


def _character(char: str) -> str:
    """Return a pattern for one character: itself, percent-encoded, or escaped."""
    code = ord(char)
    percent = "".join(f"(?:%|%25)(?i:{byte:02x})" for byte in char.encode())
    references = f"&#0*{code};|&#[xX]0*(?i:{code:x});"
    escapes = rf"\\u(?i:{code:04x})|\\x(?i:{code:02x})" if code <= _LAST_OF_PLANE_0 else "(?!)"
    named = {"&": "|&amp;", "<": "|&lt;", ">": "|&gt;", '"': "|&quot;", "'": "|&apos;"}.get(char, "")
    return f"(?:{re.escape(char)}|{percent}|{references}|{escapes}{named})"


def _base64_cores(raw: bytes) -> set[str]:
    """Return the characters that `raw` contributes to any base64 text that contains it."""
    cores = set()
    for shift in range(3):
        whole = (shift + len(raw)) // 3 * 3 - shift
        start = -shift % 3
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            cores.add(encode(raw[start:whole]).decode())
    return {core for core in cores if len(core) >= SHORTEST_SCRUBBED}
