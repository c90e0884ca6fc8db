"""Ways to spell an object's name in a request target: the strict one, those of SDKs, and odd ones.

Whoever decodes a target once reads the same name from each; signatures are made of names, not of
spellings. Source: section 5 of the signing facts (requests of ten SDKs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from pytest_oss_clean.oss.messages import Operation, Request
from pytest_oss_clean.oss.names import encode_name, split_target


class Spelling(StrEnum):
    """How the name is spelt in the target."""

    STRICT = ""
    SLASHES = "slashes as %2F, as oss2 and the Go SDK v1 send them"
    RAW = "* ( ) ! as they are, as ali-oss sends them"
    LETTERS = "letters percent-encoded"
    LOWER = "lower-case hexadecimal digits"

    def of(self, request: Request, operation: Operation) -> Request:
        """Return a request of an operation with its name spelt so."""
        strict = encode_name(operation.name)
        path, query = split_target(request.target)
        if self is Spelling.STRICT or not strict or not path.endswith(strict):
            return request
        target = path.removesuffix(strict) + SPELT[self](strict)
        return replace(request, target=f"{target}?{query}" if query else target)


def _encoded(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


SPELT: Mapping[Spelling, Callable[[str], str]] = MappingProxyType(
    {
        Spelling.STRICT: lambda path: path,
        Spelling.SLASHES: lambda path: path.replace("/", "%2F"),
        Spelling.RAW: lambda path: re.sub("%(2A|28|29|21)", lambda found: chr(int(found[1], 16)), path),
        Spelling.LETTERS: lambda path: re.sub("(?<!%)(?<!%[0-9A-F])[A-Za-z]", _encoded, path),
        Spelling.LOWER: lambda path: re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), path),
    }
)
SENT_BY_SDKS = (Spelling.SLASHES, Spelling.RAW)
ODD = (Spelling.LETTERS, Spelling.LOWER)
