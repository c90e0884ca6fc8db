"""Every property by the name that contracts call it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_oss_clean.engine.properties import examples as explicit
from pytest_oss_clean.engine.properties import names
from pytest_oss_clean.engine.properties import signatures as tampering
from pytest_oss_clean.engine.properties import state_machine as machine
from pytest_oss_clean.engine.properties.search import Property

PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {
        "names of frozen objects": Property(names.FROZEN, explicit=explicit.NAMES),
        "names of frozen objects, signed in the URL": Property(names.FROZEN_BY_URL, explicit=explicit.NAMES),
        "undecided names of frozen objects": Property(names.FROZEN_UNDECIDED),
        "names in lists": Property(names.listed, explicit=explicit.NAMES),
        "spellings of names": Property(names.spelt, explicit=explicit.SPELT),
        "names alike, both restored": Property(names.TWINS_RESTORED, explicit=explicit.TWINS),
        "names alike, one frozen": Property(names.TWINS_FROZEN, explicit=explicit.TWINS),
        "undecided names alike": Property(names.TWINS_UNDECIDED),
        "histories of objects": Property(machine.play_objects, machine.objects),
        "histories of versions": Property(machine.play_versions, machine.versions),
        "signatures that do not fit": Property(tampering.REFUSED),
        "signatures of V1 that may not fit": Property(tampering.REFUSED_UNDECIDED),
    }
)
