"""Examples that are tried before generated ones: the smallest one of each fault that was found."""

from __future__ import annotations

from pytest_oss_clean.oss.url_encodings import Spelling

NAMES: tuple[tuple[object, ...], ...] = (
    ("+",),
    (" ",),
    ("%41",),
    ("%2F",),
    ("a?b",),
    ("a#b",),
    ("\u00e9",),
    ("e\u0301",),
    ("\U0001f600",),
    ("\u200b",),
    ("?cleanRestoredObject",),
    ("n" * 256,),
)

SPELT: tuple[tuple[object, ...], ...] = (
    ("a/b", Spelling.SLASHES, Spelling.LETTERS),
    ("a*(b)!", Spelling.RAW, Spelling.LOWER),
)

TWINS: tuple[tuple[object, ...], ...] = tuple(
    ([pair],)
    for pair in (
        ("%41", "A"),
        ("a+b", "a b"),
        ("a", "A"),
        ("\u00e9", "e\u0301"),
        ("a", "a "),
        (f"{'n' * 255}a", f"{'n' * 255}b"),
        ("a\U0001f600", "a\U0001f601"),
        ("a", "a/"),
        ("a", "a?b"),
    )
)
