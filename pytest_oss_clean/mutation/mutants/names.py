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
    in_any_bucket,
    in_first_bucket,
    parameters,
    renamed,
    unchecked,
)
from pytest_oss_clean.mutation.faults.side_effects import also, others
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.names import LONGEST_NAME
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

OBJECT, LOCKED_OUT, MISLED = Damage.WRONG_OBJECT, Damage.LOCKED_OUT, Damage.MISLED
BYTES_OF_A_FILE = 255


def slashes(name: str) -> str:
    return re.sub("/+", "/", name)


def unaccented(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def decomposed(name: str) -> str:
    return unicodedata.normalize("NFD", name)


def narrow(name: str) -> str:
    """Write a question mark for what has more than 16 bits."""
    return re.sub("[\U00010000-\U0010ffff]", "?", name)


def lost(name: str) -> str:
    return re.sub("[\U00010000-\U0010ffff]", "", name)


def latin(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def resolved(name: str) -> str:
    return posixpath.normpath(name) + ("/" if name.endswith("/") else "")


def wild(pattern: str) -> re.Pattern[str]:
    """Return what a name matches as a pattern of SQL's LIKE."""
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in pattern), re.DOTALL)


def cut(*marks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(marks))}].*", re.DOTALL)


def letter_case(name: str) -> bool:
    return name != CLEAN and name.lower() == CLEAN.lower()


ROWS: Table = {
    (DOCUMENTED, OBJECT): (
        ("decoded-twice", unquote, "names are decoded twice"),
        ("encoded-twice", lambda n: quote(n, safe="/-_.~"), "names are looked up encoded"),
        ("plus-is-blank", lambda n: n.replace("+", " "), "`+` is a blank"),
        ("blank-is-plus", lambda n: n.replace(" ", "+"), "a blank is `+`"),
        ("case-folded", str.lower, "names are looked up in lower case"),
        ("composed", composed, "names are looked up in NFC"),
        ("decomposed", decomposed, "names are looked up in NFD"),
        ("accents-lost", unaccented, "names are looked up without accents"),
        ("ascii-only", lambda n: n.encode("ascii", "ignore").decode(), "names are ASCII"),
        ("alike-decoded", also(others(alike(unquote))), "all names alike once decoded are one"),
        ("alike-as-form", also(others(alike(unquote_plus))), "names are read as forms are"),
        ("alike-case", also(others(alike(str.casefold))), "names have no letter case"),
        ("alike-composed", also(others(alike(composed))), "NFC and NFD are one name"),
        ("alike-accents", also(others(alike(unaccented))), "accents make no difference"),
        ("alike-trimmed", also(others(alike(str.strip))), "blanks at the ends do not count"),
        (
            "alike-trailing-slash",
            also(others(alike(lambda n: n.rstrip("/")))),
            "a slash at the end does not count",
        ),
        (
            "alike-trailing-dot",
            also(others(alike(lambda n: n.rstrip(". ")))),
            "a dot at the end does not count",
        ),
        ("alike-narrow", also(others(alike(narrow))), "all astral characters are one"),
        ("alike-word", also(others(alike(lambda n: re.sub(r"\W+", "", n)))), "only letters and digits count"),
        ("prefix", also(others(str.startswith)), "all names that begin with the name are meant"),
        ("pattern", also(others(lambda n, own: bool(wild(own).fullmatch(n)))), "`%` and `_` are wildcards"),
        ("glob", also(others(lambda n, own: fnmatchcase(own, n))), "`*` of a stored name is a wildcard"),
        ("bucket-mixed-up", in_first_bucket(), "a name is looked up in another bucket"),
        ("astral-lost", lost, "astral characters are dropped"),
        ("hash-cut", lambda n: cut("#").sub("", n), "a name ends at its first `#`"),
    ),
    (DOCUMENTED, LOCKED_OUT): (("latin-1", latin, "names are read as Latin-1"),),
    (INFERRED, OBJECT): (
        ("any-bucket", in_any_bucket(), "a bucket that does not exist is the first one"),
        ("alike-slashes", also(others(alike(slashes))), "doubled slashes are one"),
        ("alike-backslash", also(others(alike(lambda n: n.replace("\\", "/")))), "a backslash is a slash"),
        ("alike-resolved", also(others(alike(resolved))), "dot segments are resolved"),
        ("parent", resolved, "`..` in a name leads to the parent"),
        ("backslash", lambda n: n.replace("\\", "/"), "a backslash in a name is a slash"),
        ("nul-cut", lambda n: cut("\0").sub("", n), "a name ends at its first NUL"),
        ("question-cut", lambda n: cut("?").sub("", n), "a name ends at its first `?`"),
        ("trimmed-slash", lambda n: n.rstrip("/"), "a slash at the end is dropped"),
        ("leading-slash", lambda n: n.lstrip("/"), "slashes at the start are dropped"),
        ("leading-backslash", lambda n: n.lstrip("\\"), "backslashes at the start are dropped"),
        (
            "bytes-dropped",
            lambda n: n.encode("utf-8", "ignore").decode(),
            "bytes that are not UTF-8 are dropped",
        ),
        ("too-long-cut", lambda n: n[:LONGEST_NAME], "a name that is too long is cut"),
        ("as-a-file", lambda n: n[:BYTES_OF_A_FILE], "a name has 255 bytes at most"),
        (
            "sub-resource-case",
            cleaning(lambda o: o.method == "POST" and any(map(letter_case, parameters(o.query)))),
            "sub-resources have no letter case",
        ),
    ),
    (INFERRED, MISLED): (
        ("too-long-unchecked", unchecked(errors.NAME_LONG), "a name may be too long"),
        ("not-utf8-unchecked", unchecked(errors.NAME_NOT_UTF8), "a name need not be UTF-8"),
        ("backslash-unchecked", unchecked(errors.NAME_LEADING_SLASH), "a name may start with a backslash"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("name", Family.NAMES, ROWS, of=renamed)
