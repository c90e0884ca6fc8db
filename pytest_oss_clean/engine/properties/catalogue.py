"""Every property by the name that contracts call it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_oss_clean.engine.properties import names
from pytest_oss_clean.engine.properties import signatures as tampering
from pytest_oss_clean.engine.properties import state_machine as machine
from pytest_oss_clean.engine.properties.search import Property
from pytest_oss_clean.oss.url_encodings import Spelling
from pytest_oss_clean.target.clock import Hold

LASTS, ALONE = Hold.LASTS, Hold.ALONE

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


PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {
        "names of frozen objects": Property(names.FROZEN, explicit=NAMES),
        "names of frozen objects, signed in the URL": Property(names.FROZEN_BY_URL, explicit=NAMES),
        "undecided names of frozen objects": Property(names.FROZEN_UNDECIDED),
        "names in lists": Property(names.listed, explicit=NAMES),
        "spellings of names": Property(names.spelt, explicit=SPELT),
        "names alike, both restored": Property(names.TWINS_RESTORED, explicit=TWINS, hold=LASTS),
        "names alike, one frozen": Property(names.TWINS_FROZEN, explicit=TWINS, hold=LASTS),
        "undecided names alike": Property(names.TWINS_UNDECIDED, hold=LASTS),
        "histories of objects": Property(machine.play_objects, machine.objects, hold=ALONE),
        "histories of versions": Property(machine.play_versions, machine.versions, hold=ALONE),
        "signatures that do not fit": Property(tampering.REFUSED, hold=LASTS),
        "signatures of V1 that may not fit": Property(tampering.REFUSED_UNDECIDED, hold=LASTS),
    }
)
