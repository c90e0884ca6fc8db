"""Every property by the name that contracts call it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_oss_clean.generated import names
from pytest_oss_clean.generated.search import Property

PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {
        "names of frozen objects": Property(names.frozen),
    }
)
