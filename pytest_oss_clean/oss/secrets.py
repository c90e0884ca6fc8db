"""Secrets that cannot be printed, and the scrubber that removes them from text that can.

`Secret` guards our own objects. `Scrubber` guards against the other side: a server may echo a
token or a string to sign in any spelling, so each secret is looked for as it is, percent-encoded,
as XML, JSON or Python escapes, in hexadecimal, and inside base64 at each of its three alignments;
and in base64 of any of these, which is how OSS answers HEAD (`x-oss-err`). What shows a secret in yet
another form (folded at any column, spaced, as a list of numbers, quoted-printable) is withheld whole.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import unescape
from urllib.parse import quote, unquote

REDACTED = "***"
WITHHELD = "*** (withheld: it shows a secret in another form)"
SECRET_PARAMETERS = frozenset(
    """
    awsaccesskeyid ossaccesskeyid security-token signature x-amz-credential x-amz-security-token
    x-amz-signature x-oss-credential x-oss-security-token x-oss-signature
    """.split()
)
"""Parameters of a URL that are never shown, in lower case."""
SECRET_HEADERS = frozenset({"authorization", "x-oss-security-token"})
"""Headers that are never shown, in lower case."""
SHORTEST_SCRUBBED = 8
"""Shorter secrets (the `test`/`test` of local emulators) are ordinary words; real ones have 30."""
_BEGINNING = 4
"""Characters, or bytes, by which a text is known to hold no secret without looking for the whole of one."""
_SPLIT = r"(?:['\"]\s+b?['\"])?"
"""How pprint, and with it pytest -vv --showlocals, breaks long bytes over lines."""
_CUT = "..."
_SAFE = {"+": "[+-]", "/": "[/_]"}
"""Characters of base64 that its URL-safe form spells in another way."""
_SHORTEST_RUN = 16
"""Fewer digits of base64 are left as they are."""
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
SHORTEST_SQUEEZED = 12
"""Letters and digits that a secret has at least to be looked for without its separators."""
_NOT_ALPHANUMERIC = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_NOT_BASE64 = bytes(byte for byte in _NOT_ALPHANUMERIC if chr(byte) not in "+/")
_FOLDS = dict.fromkeys(map(ord, "\\\"'|>*,"))
"""What folds a text, besides blanks."""
_HEX_MARKS = re.compile(r"0[xX]|\\[xXuU](?:00)?|[uU]\+(?:00)?")
_MARKED = re.compile(r"0[xX]|\\[xXuU]|[uU]\+")
_QUOTED = "\"'\\/"
_LETTERED = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r"}


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
        return f"Secret({REDACTED})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        """Refuse to be pickled: a pickle is a file with the secret in it."""
        raise TypeError("a Secret cannot be pickled")


class Scrubber:
    """Replaces every known spelling of the given secrets by `***`."""

    def __init__(self, secrets: Iterable[Secret | None]) -> None:
        """Take the secrets that are long enough to differ from words."""
        values = {s.reveal() for s in secrets if s is not None}
        # Longest first: a secret that begins with another one must not leave its tail.
        ordered = sorted((v for v in values if len(v) >= SHORTEST_SCRUBBED), key=len, reverse=True)
        self._ordered = ordered
        self._wholes = [whole for v in ordered for whole in (v, quote(v, safe=""))]

    @cached_property
    def _shortest(self) -> int:
        return min(map(len, self._ordered))

    @cached_property
    def _squeezed(self) -> list[str]:
        """The secrets as `_squeeze` leaves them; what is short then is like any word."""
        return [short for value in self._ordered if len(short := _squeeze(value)) >= SHORTEST_SQUEEZED]

    def _shows_in_another_form(self, text: str) -> bool:
        """Return whether a text, or what it decodes to, holds a secret once separators are left out."""
        return bool(self._squeezed) and any(
            secret in squeezed
            for squeezed in map(_squeeze, decodings(text, self._shortest))
            for secret in self._squeezed
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """One pattern for all secrets: it takes Python longer to make than a whole run takes to scrub."""
        return re.compile("|".join(map(_spellings, self._ordered)))

    @cached_property
    def _beginning(self) -> re.Pattern[str]:
        """What each spelling of a secret begins with: where it is not, the whole is not looked for."""
        return re.compile("|".join(_spellings(value, _BEGINNING) for value in self._ordered))

    @cached_property
    def _encoded(self) -> re.Pattern[str]:
        """Runs of base64 in which the shortest spelling of a secret has room; most ids are shorter."""
        cores = (_base64_cores(value.encode("utf-8", "surrogateescape")) for value in self._ordered)
        shortest = min(map(len, (*self._ordered, *(core for each in cores for core in each))))
        digits = max(_SHORTEST_RUN, shortest * 4 // 3)
        return re.compile(rf"[A-Za-z0-9+/_-]{{{digits},}}")

    def __call__(self, text: str) -> str:
        """Return `text` without any secret."""
        if not self._ordered:
            return text
        found = self._pattern.sub(REDACTED, text) if self._beginning.search(text) else text
        found = self._encoded.sub(self._without_nested, found)
        if len(text) >= self._shortest and self._shows_in_another_form(found):
            return WITHHELD
        return _CUT.join(self._without_ends(found.split(_CUT))) if _CUT in found else found

    def finds(self, text: str) -> bool:
        """Return whether `text` holds a secret."""
        return self(text) != text

    def __repr__(self) -> str:
        """Show nothing: the pattern spells the secrets out."""
        return "<Scrubber>"

    def _without_ends(self, pieces: list[str]) -> Iterator[str]:
        """Yield pieces that an ellipsis parts, without the beginning or the end of a secret beside it."""
        for number, whole in enumerate(pieces):
            piece = whole
            for secret in self._wholes:
                if number and secret[-SHORTEST_SCRUBBED:] in piece[: len(secret)]:
                    piece = _without_start(piece, secret)
                if number < len(pieces) - 1 and secret[:SHORTEST_SCRUBBED] in piece[-len(secret) :]:
                    piece = _without_start(piece[::-1], secret[::-1])[::-1]
            yield piece

    def _without_nested(self, run: re.Match[str]) -> str:
        """Return a run of base64 characters, or `***` where a secret's spelling is encoded in it."""
        text = _decode_base64(run[0])
        hidden = self._beginning.search(text) and self._pattern.search(text)
        return REDACTED if hidden else run[0]


def decodings(text: str, shortest: int = SHORTEST_SCRUBBED) -> Iterator[str]:
    """Yield a text and what it decodes to, also folded or separated; only of runs that hold `shortest`."""
    yield text
    for plain in _plainer(text):
        if plain != text:
            yield plain
            yield from (again for again in _plainer(plain) if again != plain)
    digits = max(_SHORTEST_RUN, shortest * 4 // 3)
    for unfolded in {"".join(text.split()).translate(_FOLDS), _without(_NOT_BASE64, text)}:
        for run in re.findall(rf"[A-Za-z0-9+/_-]{{{digits},}}", unfolded):
            yield _decode_base64(run)
    marks = _HEX_MARKS.sub("", text) if _MARKED.search(text) else text
    for run in re.findall(rf"[0-9A-Fa-f]{{{2 * shortest},}}", _squeeze(marks)):
        yield from (_decode_hex(run[start:]) for start in (0, 1))
    for run in re.findall(rf"(?:[0-9]{{1,3}}[^0-9A-Za-z]{{1,4}}){{{shortest - 1},}}[0-9]{{1,3}}", text):
        numbers = re.findall("[0-9]+", run)
        yield "".join(chr(int(number)) for number in numbers)
        yield "".join(chr(int(number, 8)) for number in numbers if not set(number) & {"8", "9"})


def _plainer(text: str) -> Iterator[str]:
    """Yield what percent encoding, entities and quoted-printable decode to, where there is any."""
    if "%" in text:
        yield unquote(unquote(text), errors="surrogateescape")
    if "&" in text:
        yield unescape(unescape(text))
    if "=" in text:
        soft = re.sub(r"=[ \t]*\r?\n", "", text)
        yield re.sub("=([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), soft)
    if "\\" in text:
        yield re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _decode_hex(run: str) -> str:
    return bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1")


def _squeeze(text: str) -> str:
    return _without(_NOT_ALPHANUMERIC, text)


def _without(characters: bytes, text: str) -> str:
    """Return the ASCII characters of a text but these: several times as fast as a regular expression."""
    return text.encode("ascii", "ignore").translate(None, characters).decode("ascii")


def _without_start(text: str, secret: str) -> str:
    lengths = range(len(secret) - 1, SHORTEST_SCRUBBED - 1, -1)
    length = next((n for n in lengths if text.startswith(secret[-n:])), 0)
    return REDACTED + text[length:] if length else text


def _decode_base64(run: str) -> str:
    """Return what digits decode to from each place where a group of four may begin, parted by NUL."""
    digits = run.replace("-", "+").replace("_", "/").encode()
    parts = (digits[start:] + b"A" * (-(len(digits) - start) % 4) for start in range(4))
    return b"\0".join(map(binascii.a2b_base64, parts)).decode("utf-8", "replace")


def _spellings(value: str, most: int | None = None) -> str:
    """Return a pattern for `value` in every spelling a server or a log may give it, or for `most` of each."""
    raw = value.encode("utf-8", "surrogateescape")
    escaped = _SPLIT.join(map(_character, value[:most]))
    hexadecimal = rf"[\s:]*{_SPLIT}".join(f"(?i:{byte:02x})" for byte in raw[:most])
    # YAML and MIME fold base64, JSON writers may escape its slashes.
    folded = (
        rf"[\s\\]*{_SPLIT}".join(_SAFE.get(char, char) for char in core[:most])
        for core in sorted(_base64_cores(raw))
    )
    return "|".join([escaped, hexadecimal, *folded])


def _character(char: str) -> str:
    """Return a pattern for one character: itself, percent-encoded, or escaped."""
    code = ord(char)
    raw = char.encode("utf-8", "surrogateescape")
    units = char.encode("utf-16-be", "surrogatepass")
    ways = [
        rf"\\?{re.escape(char)}" if char in _QUOTED else re.escape(char),
        "".join(f"%(?:25)*(?i:{byte:02x})" for byte in raw),
        f"&(?:amp;)*#0*{code};",
        f"&(?:amp;)*#[xX]0*(?i:{code:x});",
        "".join(rf"\\u(?i:{high:02x}{low:02x})" for high, low in zip(units[::2], units[1::2], strict=True)),
        "".join(rf"\\x(?i:{byte:02x})" for byte in raw),
        rf"\\x(?i:{code:02x})",
        rf"\\U(?i:{code:08x})",
    ]
    if char in _NAMED:
        ways.append(f"&(?:amp;)*{_NAMED[char]};")
    if char in _LETTERED:
        ways.append(rf"\\{_LETTERED[char]}")
    if char == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _base64_cores(raw: bytes) -> set[str]:
    """Return the characters that `raw` contributes to any base64 text that contains it."""
    cores = set()
    for shift in range(3):
        whole = (shift + len(raw)) // 3 * 3 - shift
        start = -shift % 3
        cores.add(base64.b64encode(raw[start:whole]).decode())
    return {core for core in cores if len(core) >= SHORTEST_SCRUBBED}
