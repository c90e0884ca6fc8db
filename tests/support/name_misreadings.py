"""What careless servers make of a name, one step of carelessness at a time."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote


def resolved(name):
    """Follow `.` and `..`, which leads nowhere above the bucket."""
    kept = []
    for segment in name.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


READINGS = {
    "decoded": lambda name: unquote(name, errors="surrogateescape"),
    "decoded, + a blank": lambda name: unquote(name.replace("+", " "), errors="surrogateescape"),
    "dot segments": resolved,
    "segments trimmed": lambda name: "/".join(segment.strip() for segment in name.split("/")),
    "backslash": lambda name: name.replace("\\", "/"),
    "slashes": lambda name: re.sub("/+", "/", name),
    "trimmed": lambda name: name.strip(" ./\\\t\r\n"),
    "case": str.lower,
    "casefold": str.casefold,
    **{form: lambda name, form=form: unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC")},
    "cut at 255 bytes": lambda name: name.encode("utf-8", "surrogateescape")[:255].decode("utf-8", "ignore"),
    "cut at a mark": lambda name: re.split("[?#;\x00]", name)[0],
    "astral dropped": lambda name: re.sub("[\U00010000-\U0010ffff]", "", name),
    "unseen dropped": lambda name: "".join(c for c in name if c.isprintable()),
    "ASCII only": lambda name: re.sub("[^!-~]", "", name),
}


def reading(*kinds):
    """Return a server's way to take a name: these readings, one after the other."""

    def read(name):
        for kind in kinds:
            name = READINGS[kind](name)
        return name

    return read


def until_nothing_changes(name):
    """Read in every way, again and again."""
    seen = set()
    while name not in seen:
        seen.add(name)
        name = reading(*READINGS)(name)
    return name
