"""Mutants of names and encoding: another object is cleaned, or none, because its name is read otherwise."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote, unquote_plus

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.mutation.faults.routing import (
    alike,
    cleaning,
    in_first_bucket,
    named,
    renamed,
    unchecked,
)
from pytest_oss_clean.mutation.faults.side_effects import also, others
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OssError
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.names import LONGEST_NAME
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
OBJECT, LOCKED_OUT, MISLED = Damage.WRONG_OBJECT, Damage.LOCKED_OUT, Damage.MISLED
BYTES_OF_A_FILE = 255

Row = tuple[str, Evidence, OssError, str, Damage]


def slashes(name: str) -> str:
    """Collapse doubled slashes."""
    return re.sub("/+", "/", name)


def unaccented(name: str) -> str:
    """Take the accents from letters."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def composed(name: str) -> str:
    """Compose letters with their accents."""
    return unicodedata.normalize("NFC", name)


def decomposed(name: str) -> str:
    """Decompose letters and their accents."""
    return unicodedata.normalize("NFD", name)


def narrow(name: str) -> str:
    """Write a question mark for what has more than 16 bits."""
    return re.sub("[\U00010000-\U0010ffff]", "?", name)


def lost(name: str) -> str:
    """Drop what has more than 16 bits."""
    return re.sub("[\U00010000-\U0010ffff]", "", name)


def latin(name: str) -> str:
    """Read UTF-8 as Latin-1."""
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def resolved(name: str) -> str:
    """Resolve dot segments."""
    return posixpath.normpath(name) + ("/" if name.endswith("/") else "")


def wild(pattern: str) -> re.Pattern[str]:
    """Return what a name matches as a pattern of SQL's LIKE."""
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in pattern), re.DOTALL)


def cut(*marks: str) -> re.Pattern[str]:
    """Return what follows the first of some marks."""
    return re.compile(f"[{re.escape(''.join(marks))}].*", re.DOTALL)


def letter_case(name: str) -> bool:
    """Tell the sub-resource in other letters."""
    return name != CLEAN and name.lower() == CLEAN.lower()


ROWS: tuple[Row, ...] = (
    ("decoded-twice", DOCUMENTED, renamed(unquote), "names are decoded twice", OBJECT),
    (
        "encoded-twice",
        DOCUMENTED,
        renamed(lambda n: quote(n, safe="/-_.~")),
        "names are looked up encoded",
        OBJECT,
    ),
    ("plus-is-blank", DOCUMENTED, renamed(lambda n: n.replace("+", " ")), "`+` is a blank", OBJECT),
    ("blank-is-plus", DOCUMENTED, renamed(lambda n: n.replace(" ", "+")), "a blank is `+`", OBJECT),
    ("case-folded", DOCUMENTED, renamed(str.lower), "names are looked up in lower case", OBJECT),
    ("composed", DOCUMENTED, renamed(composed), "names are looked up in NFC", OBJECT),
    ("decomposed", DOCUMENTED, renamed(decomposed), "names are looked up in NFD", OBJECT),
    ("accents-lost", DOCUMENTED, renamed(unaccented), "names are looked up without accents", OBJECT),
    (
        "ascii-only",
        DOCUMENTED,
        renamed(lambda n: n.encode("ascii", "ignore").decode()),
        "names are ASCII",
        OBJECT,
    ),
    ("latin-1", DOCUMENTED, renamed(latin), "names are read as Latin-1", LOCKED_OUT),
    (
        "alike-decoded",
        DOCUMENTED,
        also(others(alike(unquote))),
        "all names alike once decoded are one",
        OBJECT,
    ),
    ("alike-as-form", DOCUMENTED, also(others(alike(unquote_plus))), "names are read as forms are", OBJECT),
    ("alike-slashes", INFERRED, also(others(alike(slashes))), "doubled slashes are one", OBJECT),
    ("alike-case", DOCUMENTED, also(others(alike(str.casefold))), "names have no letter case", OBJECT),
    ("alike-composed", DOCUMENTED, also(others(alike(composed))), "NFC and NFD are one name", OBJECT),
    ("alike-accents", DOCUMENTED, also(others(alike(unaccented))), "accents make no difference", OBJECT),
    ("alike-trimmed", DOCUMENTED, also(others(alike(str.strip))), "blanks at the ends do not count", OBJECT),
    (
        "alike-trailing-slash",
        DOCUMENTED,
        also(others(alike(lambda n: n.rstrip("/")))),
        "a slash at the end does not count",
        OBJECT,
    ),
    (
        "alike-trailing-dot",
        DOCUMENTED,
        also(others(alike(lambda n: n.rstrip(". ")))),
        "a dot at the end does not count",
        OBJECT,
    ),
    (
        "alike-backslash",
        INFERRED,
        also(others(alike(lambda n: n.replace("\\", "/")))),
        "a backslash is a slash",
        OBJECT,
    ),
    ("alike-resolved", INFERRED, also(others(alike(resolved))), "dot segments are resolved", OBJECT),
    ("alike-narrow", DOCUMENTED, also(others(alike(narrow))), "all astral characters are one", OBJECT),
    (
        "alike-word",
        DOCUMENTED,
        also(others(alike(lambda n: re.sub(r"\W+", "", n)))),
        "only letters and digits count",
        OBJECT,
    ),
    (
        "prefix",
        DOCUMENTED,
        also(others(str.startswith)),
        "all names that begin with the name are meant",
        OBJECT,
    ),
    (
        "pattern",
        DOCUMENTED,
        also(others(lambda n, own: bool(wild(own).fullmatch(n)))),
        "`%` and `_` are wildcards",
        OBJECT,
    ),
    (
        "glob",
        DOCUMENTED,
        also(others(lambda n, own: fnmatchcase(own, n))),
        "`*` of a stored name is a wildcard",
        OBJECT,
    ),
    ("bucket-mixed-up", DOCUMENTED, in_first_bucket(), "a name is looked up in another bucket", OBJECT),
    ("parent", INFERRED, renamed(resolved), "`..` in a name leads to the parent", OBJECT),
    ("astral-lost", DOCUMENTED, renamed(lost), "astral characters are dropped", OBJECT),
    (
        "backslash",
        INFERRED,
        renamed(lambda n: n.replace("\\", "/")),
        "a backslash in a name is a slash",
        OBJECT,
    ),
    ("hash-cut", DOCUMENTED, renamed(lambda n: cut("#").sub("", n)), "a name ends at its first `#`", OBJECT),
    ("nul-cut", INFERRED, renamed(lambda n: cut("\0").sub("", n)), "a name ends at its first NUL", OBJECT),
    (
        "question-cut",
        INFERRED,
        renamed(lambda n: cut("?").sub("", n)),
        "a name ends at its first `?`",
        OBJECT,
    ),
    ("trimmed-slash", INFERRED, renamed(lambda n: n.rstrip("/")), "a slash at the end is dropped", OBJECT),
    ("leading-slash", INFERRED, renamed(lambda n: n.lstrip("/")), "slashes at the start are dropped", OBJECT),
    (
        "leading-backslash",
        INFERRED,
        renamed(lambda n: n.lstrip("\\")),
        "backslashes at the start are dropped",
        OBJECT,
    ),
    (
        "bytes-dropped",
        INFERRED,
        renamed(lambda n: n.encode("utf-8", "ignore").decode()),
        "bytes that are not UTF-8 are dropped",
        OBJECT,
    ),
    ("too-long-cut", INFERRED, renamed(lambda n: n[:LONGEST_NAME]), "a name that is too long is cut", OBJECT),
    ("as-a-file", INFERRED, renamed(lambda n: n[:BYTES_OF_A_FILE]), "a name has 255 bytes at most", OBJECT),
    ("too-long-unchecked", INFERRED, unchecked(errors.NAME_LONG), "a name may be too long", MISLED),
    ("not-utf8-unchecked", INFERRED, unchecked(errors.NAME_NOT_UTF8), "a name need not be UTF-8", MISLED),
    (
        "backslash-unchecked",
        INFERRED,
        unchecked(errors.NAME_LEADING_SLASH),
        "a name may start with a backslash",
        MISLED,
    ),
    (
        "sub-resource-case",
        INFERRED,
        cleaning(lambda o: o.method == "POST" and any(map(letter_case, named(o.query)))),
        "sub-resources have no letter case",
        OBJECT,
    ),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"name-{name}",
        family=Family.NAMES,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
    )
    for name, breaks, fault, says, damage in ROWS
)
