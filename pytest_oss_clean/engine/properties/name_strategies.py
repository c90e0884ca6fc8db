"""Strategies of Hypothesis for whatever speaks OSS: object names, names alike, version ids, alterations.

Hard names come often. The rules are those of the naming page: 1 to 1023 bytes of UTF-8 that begin
neither with `/` nor with a backslash. Names of which no source says what a server makes of them
(dot segments, doubled slashes, backslashes, line ends) are `undecided`, and can be left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_oss_clean.engine.properties.signature_strategies import tampered
from pytest_oss_clean.oss.names import LONGEST_NAME, object_name_problem

__all__ = ["confusable_names", "object_names", "tampered", "version_ids"]

Pair = tuple[str, str]

WORDS = ("a", "b", "Z", "0", "name", "dir/a", "x.txt", "-", "_", ".", "~")

HARD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "percent": ("%", "%41", "%2F", "%252F", "%2f", "%zz", "%00", "%E4", "100%"),
        "blank": (" ", "  ", " a ", "\u00a0", "\u3000"),
        "plus": ("+", "a+b", "%2B"),
        "mark": ("?", "#", "&", "=", ";", "a?b=c", "a#b"),
        "quoted": ('"', "'", "<", ">", "`", "{", "}", "|", "^", "[", "]", "<a>&amp;"),
        "left raw": ("*", "(", ")", "!", "$", ",", ":", "@"),
        "slash": ("/", "a/b", "dir/", "a/b/c/d"),
        "accent": ("\u00e9", "e\u0301", "\u00c5", "A\u030a", "\u1e9e", "\u00df", "\ufb01", "\u0130"),
        "wide": ("\u5bf9\u8c61", "\u30fb", "\uff0f", "\u0416", "\u05d0"),
        "astral": ("\U0001f600", "\U00020000", "a\U0001f600b", "\U0010ffff"),
        "unseen": ("\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u00ad"),
        "control": ("\x01", "\t", "\x1f", "\x7f", "\x0b", "\x85", "\u2028"),
        "address": ("http://h.example/x", "//h.example", "a@b:80", "C:", "file:///etc"),
        "sub-resource": ("?cleanRestoredObject", "cleanRestoredObject", "?restore", "?acl&versions"),
        "signing": ("OSS4-HMAC-SHA256", "x-oss-date", "Signature=", "aliyun_v4_request", "a:b"),
        "template": ("{name}", "${a}", "%s", "\\u0041", "../a"),
    }
)
"""Kinds of pieces that are read wrongly somewhere, the simplest of each first."""

UNDECIDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dot segment": ("/./a", "/../a", "a/..", "a/.", "/.../a", "/%2E%2E/a", "/%2e/a"),
        "doubled slash": ("a//b", "a///b", "a//"),
        "backslash": ("a\\b", "a\\..\\b"),
        "line end": ("\r\n", "\n", "\r", "\x00"),
    }
)
"""Kinds of which no source says that a server takes them as they are."""

OFTEN = ("+", " ", "%41", "%2F", "?", "#", "/", "A", "e\u0301", "A\u030a", "\U0001f600")
"""Pieces that are read wrongly most often."""

_UNDECIDED = re.compile(r"//|\\|[\r\n\x00]|(?:^|/)\.{1,2}(?:/|$)")
LENGTHS = (254, 255, 256, 300, 512, LONGEST_NAME)
"""Bytes that some storage has trouble with; the last is the longest there may be."""


def is_decided(name: str) -> bool:
    """Return whether every reading of the pages takes a name as it is."""
    return not _UNDECIDED.search(name)


def _one_of_each(kinds: Mapping[str, Sequence[str]]) -> SearchStrategy[str]:
    """Choose a kind first, then what is of it; what draws from a kind is made once, not at each draw."""
    made = {kind: st.sampled_from(pieces) for kind, pieces in kinds.items()}
    return st.sampled_from(list(made)).flatmap(made.__getitem__)


def _pieces(*, undecided: bool) -> SearchStrategy[str]:
    kinds = {**HARD, **(UNDECIDED if undecided else {})}
    hard = st.sampled_from([piece for kind in kinds.values() for piece in kind])
    kind_first = _one_of_each(kinds)
    any_character = st.one_of(
        st.integers(0x20, 0x7E), st.integers(0x80, 0xD7FF), st.integers(0xE000, 0x10FFFF)
    )
    return st.one_of(st.sampled_from(WORDS), st.sampled_from(OFTEN), kind_first, hard, any_character.map(chr))


def object_names(*, longest: int = LONGEST_NAME, undecided: bool = True) -> SearchStrategy[str]:
    """Make object names of up to `longest` bytes; without `undecided`, only what every page takes.

    Whatever they hold, resolving them in wrong ways never leads above the folder that they begin in:
    there are as many folders before a name as it has steps up.
    """
    return _object_names(longest, undecided)


@cache
def _object_names(longest: int, undecided: bool) -> SearchStrategy[str]:
    short = st.lists(_pieces(undecided=undecided), min_size=1, max_size=6).map("".join)
    fitting = [length for length in LENGTHS if length <= longest]
    long = st.tuples(short, st.sampled_from(fitting or [longest])).map(lambda made: _stretched(*made))
    names = st.one_of(short, short, short, long) if fitting else short

    def allowed(name: str) -> bool:
        usable = object_name_problem(name) is None and len(name.encode()) <= longest
        return usable and (undecided or is_decided(name))

    return names.map(grounded).filter(allowed)


def _stretched(name: str, length: int) -> str:
    missing = length - len(name.encode("utf-8", "replace"))
    return "n" * missing + name


def grounded(name: str) -> str:
    """Return a name with a folder before it for every step up that some reading of it may take."""
    return "d/" * climbs(name) + name


def climbs(name: str) -> int:
    """Return more steps up than any reading of a name takes, whatever it decodes, folds or drops first.

    A step up is two dots. Each dot of a reading is left of a dot or of a percent sign, one of its own or
    inside a compatibility character (`\u2025` is two dots in NFKC), and no two are left of the same one.
    """
    plain = unicodedata.normalize("NFKC", name)
    return (plain.count(".") + plain.count("%")) // 2


def _twins(*pairs: Pair) -> Callable[[str, int], Pair]:
    """Return a maker of names that differ in one of these pairs, behind the same beginning."""

    def make(base: str, choice: int) -> Pair:
        one, other = pairs[choice % len(pairs)]
        return base + one, base + other

    return make


def _beyond(base: str, choice: int) -> Pair:
    """Make two names that are the same for as many bytes as a file name may have."""
    length = 255 + choice % 20
    start = base + "n" * max(0, length - len(base.encode("utf-8", "replace")))
    return f"{start}a", f"{start}b"


CONFUSABLE: Mapping[str, Callable[[str, int], Pair]] = MappingProxyType(
    {
        "decoded once more": _twins(("%41", "A"), ("%2F", "/"), ("a%20b", "a b"), ("%25", "%"), ("%2B", "+")),
        "plus and blank": _twins(("a+b", "a b"), ("+", "%20"), ("a+", "a ")),
        "letter case": _twins(("a", "A"), ("\u00e9", "\u00c9"), ("\u0436", "\u0416"), ("x.TXT", "x.txt")),
        "composed": _twins(("\u00e9", "e\u0301"), ("\u00c5", "A\u030a"), ("\uac00", "\u1100\u1161")),
        "trimmed": _twins(("a", "a "), ("a", "a\t"), ("a", "a\u00a0")),
        "beyond 255 bytes": _beyond,
        "astral": _twins(("a\U0001f600", "a\U0001f601"), ("a\U0001f600", "a"), ("a\U0001f600", "a?")),
        "accents": _twins(("e", "\u00e9"), ("o", "\u00f6")),
        "unseen": _twins(("a", "a\u200b"), ("ab", "a\u00adb"), ("a", "a\u202e")),
        "end of a folder": _twins(("a", "a/")),
        "end": _twins(("a", "a."), ("a", "a#b"), ("a", "a?b"), ("a", "a;b"), ("a", "a&b")),
        "wildcards": _twins(("a*", "ab"), ("a%", "ab"), ("a_", "ab"), ("a?", "ab")),
    }
)
"""Ways to take two names for one, which every page forbids: names are UTF-8 and case-sensitive."""

UNDECIDED_TWINS: Mapping[str, Callable[[str, int], Pair]] = MappingProxyType(
    {
        "doubled slash": _twins(("a//b", "a/b"), ("a///b", "a/b"), ("a//", "a/")),
        "dot segment": _twins(("a/./b", "a/b"), ("a/.", "a/")),
        "parent": _twins(("/a/../b", "/b"), ("/a/../../c/../d", "/../d"), ("/a/..", "")),
        "backslash": _twins(("a\\b", "a/b")),
    }
)
"""Ways of which no source says that they are wrong."""


def confusable_names(*, longest: int = LONGEST_NAME, undecided: bool = False) -> SearchStrategy[Pair]:
    """Make pairs of different names that a sloppy server takes for one object.

    With `undecided` they differ only in what no source decides.
    """
    return _confusable_names(longest, undecided)


@cache
def _confusable_names(longest: int, undecided: bool) -> SearchStrategy[Pair]:
    kinds = UNDECIDED_TWINS if undecided else CONFUSABLE
    bases = st.one_of(st.sampled_from(["b/", "x", "b/c d"]), object_names(longest=120, undecided=False))

    def make(drawn: tuple[str, Callable[[str, int], Pair], int]) -> Pair:
        base, twins, choice = drawn
        one, other = twins(base.rstrip("/") if undecided else base, choice // 2)
        ground = "d/" * max(climbs(one), climbs(other))
        found = ground + one, ground + other
        return found[::-1] if choice % 2 else found

    def allowed(pair: Pair) -> bool:
        sizes = [len(name.encode()) <= longest and object_name_problem(name) is None for name in pair]
        return all(sizes) and pair[0] != pair[1] and (undecided or all(map(is_decided, pair)))

    # Few choices for each pair: Hypothesis takes up to five in a row away at once to make a list shorter.
    drawn = st.tuples(bases, st.sampled_from(list(kinds.values())), st.integers(0, 39))
    return drawn.map(make).filter(allowed)


_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def version_ids() -> SearchStrategy[str]:
    """Make version ids that look like those of OSS, and some that look like no id at all."""
    like_real = (
        st.lists(st.sampled_from(_ID_CHARACTERS), min_size=36, max_size=40).map("".join).map("CAEQ".__add__)
    )
    odd = st.sampled_from(["null", "CAEQ//x+=", "a+b/c=d e", "0", "%2F", "\u00e9", "null ", "NULL"])
    return st.one_of(like_real, odd)
