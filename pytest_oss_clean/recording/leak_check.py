"""The leak check: searches a whole recording for secrets and accounts, and says where they are.

What is known of a run (keys, tokens, signatures, buckets) is searched in every spelling; what nobody
knows beforehand (accounts, key ids of others, addresses) by its form. Nothing it says quotes what it found.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote

from pytest_oss_clean.oss.secrets import SHORTEST_SCRUBBED, Scrubber, Secret

_RUN_OF_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{5,}")
_RUN_OF_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){3,}")
_FOLDED = re.compile(r"(?<=[A-Za-z0-9+/])\\?\s+(?=[A-Za-z0-9+/=])")
SHORTEST = 3
"""Anything shorter is in every text."""

FORMS = (
    ("a key id, by its form", re.compile(r"(?<![0-9A-Za-z])(?:LTAI[0-9A-Za-z]{8,}|STS\.[0-9A-Za-z]{8,})")),
    (
        "a signature, by its form",
        re.compile(r"(?i)(?:[?&]|\b)(?:x-oss-)?signature=(?!REDACTED\b)[0-9A-Za-z%+/]{8,}"),
    ),
    (
        "a credential, by its form",
        re.compile(r"(?i)credential=(?!REDACTED\b)[0-9A-Za-z.]{4,}(?:/|%2F)[0-9]{8}"),
    ),
    ("an account, by its form", re.compile(r"acs:ram::[0-9]+")),
)
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{15,18}(?![0-9A-Za-z])")
_IPV4 = re.compile(r"(?<![0-9A-Za-z.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?![0-9A-Za-z:])")
NUMBERS = frozenset({"x-oss-hash-crc64ecma", "etag"})
"""Headers whose value is a long number, or may look like one."""


@dataclass(frozen=True)
class LeakCheck:
    """What must not be in a recording: `known` are values by what they are called."""

    known: Mapping[str, Iterable[str]]
    _scrubber: Scrubber = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare to look for all of them at once, in every spelling that the scrubber knows."""
        values = {value for values in self.known.values() for value in values if value}
        object.__setattr__(self, "_scrubber", Scrubber(Secret(value) for value in values))

    def search(self, parts: Iterable[tuple[str, str]], also: Mapping[str, Iterable[str]]) -> str:
        """Return "" or what stands where: `parts` are texts by their places, `also` more known values."""
        listed = list(parts)
        together = "\n".join(text for _, text in listed)
        known = [(what, v) for values in (self.known, also) for what, vs in values.items() for v in vs if v]
        numbers = "\n".join(text for where, text in listed if _is_number(where))
        words = "\n".join(text for where, text in listed if not _is_number(where))
        by_form = _by_form("", words) or _by_form(next(iter(NUMBERS)), numbers)
        if not (by_form or self._scrubber.finds(together) or any(_found(together, known))):
            return ""
        for where, text in listed:
            for what in (*_found(text, known), *_by_form(where, text)):
                return f"{where} holds {what}"
        for where, text in listed:
            if self._scrubber.finds(text):
                return f"{where} holds {self._which(text)}, encoded"
        return "it holds a secret, split over several places"

    def _which(self, text: str) -> str:
        values = ((what, value) for what, values in self.known.items() for value in values)
        long = (pair for pair in values if len(pair[1]) >= SHORTEST_SCRUBBED)
        return next((what for what, value in long if Scrubber([Secret(value)]).finds(text)), "a secret")


def _found(text: str, known: list[tuple[str, str]]) -> Iterator[str]:
    plain, *views = spellings(text)
    plainer = [plain, *(view.lower() for view in _plainer(text))]
    unpacked = [view.lower() for view in _unpacked(text, readable=True)]
    unpacked += [view.lower() for packed in unpacked for view in _plainer(packed)]
    for what, value in known:
        if len(value) < SHORTEST:
            continue
        if len(value) >= SHORTEST_SCRUBBED:
            here, encoded = value.lower() in plain, any(value.lower() in view for view in views)
        else:
            here = any(_alone(value, view) for view in plainer)
            encoded = any(value.lower() in view for view in unpacked)
        if here or encoded:
            yield what if here else f"{what}, encoded"


def _alone(value: str, text: str) -> bool:
    """Return whether a short value stands by itself: it may be an ordinary part of words."""
    return re.search(rf"(?<![a-z0-9-]){re.escape(value.lower())}(?![a-z0-9-])", text) is not None


def spellings(text: str) -> Iterator[str]:
    """Yield a text and what it decodes to, in lower case: percent, markup, base64, hexadecimal, and twice."""
    yield text.lower()
    yield from (view.lower() for view in _decoded(text))
    # What is encoded twice is readable in between; what is not would only be decoded to more noise.
    yield from (again.lower() for view in _decoded(text, readable=True) for again in _decoded(view))


def _decoded(text: str, *, readable: bool = False) -> Iterator[str]:
    """Yield what a text decodes to; of what may be random digits, if asked for, the readable alone."""
    yield from _plainer(text)
    yield from _unpacked(text, readable=readable)


def _plainer(text: str) -> Iterator[str]:
    for decode in (unquote, html.unescape):
        if (plain := decode(text)) != text:
            yield plain


def _unpacked(text: str, *, readable: bool) -> Iterator[str]:
    unfolded = _FOLDED.sub("", text)
    runs = dict.fromkeys(run for source in (text, unfolded) for run in _RUN_OF_BASE64.findall(source))
    base64 = [part for run in runs for part in _from_base64(run)]
    hexadecimal = [_from_hex(run) for run in dict.fromkeys(_RUN_OF_HEX.findall(text))]
    for found in (base64, hexadecimal):
        if view := "\n".join(part for part in found if not readable or part.isprintable()):
            yield view


@lru_cache(maxsize=8192)
def _from_base64(run: str) -> tuple[str, ...]:
    """Return what a run of digits decodes to, wherever in a longer one it begins; most runs come again."""
    digits = run.replace("-", "+").replace("_", "/") + "AAA"
    return tuple(
        binascii.a2b_base64(digits[start : start + -(-left // 4) * 4])[: left * 6 // 8].decode("latin-1")
        for start, left in ((start, len(run) - start) for start in range(4))
    )


def _from_hex(run: str) -> str:
    digits = re.sub(r"[\s:]", "", run)
    return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("latin-1")


def _by_form(where: str, text: str) -> list[str]:
    """Return what is found by its form, also in what a text decodes to."""
    found = []
    for view in (text, *_decoded(text, readable=True)):
        found += [what for what, form in FORMS if form.search(view)]
        if not _is_number(where) and _ACCOUNT.search(view):
            found.append("what looks like the id of an account")
        found += ["an IP address"] if any(map(_is_foreign, _addresses(view))) else []
    return found


def _is_number(where: str) -> bool:
    return any(name in where.lower() for name in NUMBERS)


def _addresses(text: str) -> Iterator[str]:
    yield from _IPV4.findall(text)
    yield from (found for found in _IPV6.findall(text) if found.count(":") > 1)


def _is_foreign(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
