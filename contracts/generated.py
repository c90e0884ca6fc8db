"""What made-up data is tried for: object names, signatures, whole histories.

Each row names the property that is tried; what it draws, sends and compares stands in the package.
"""

from __future__ import annotations

from pytest_oss_clean.contract import Contract, Generated
from pytest_oss_clean.contracts.page import NEVER_RESTORED
from pytest_oss_clean.effects import refused
from pytest_oss_clean.evidence import Evidence
from pytest_oss_clean.history import Given
from pytest_oss_clean.vocabulary import Code

DOCUMENTED = Evidence.DOCUMENTED

NAMES: tuple[Contract, ...] = (
    Contract(
        "generated-names-frozen",
        given=Given.NEVER_PUT,
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        reading="A clean of a frozen object is refused as stale, whatever its name.",
        source="CleanRestoredObject page, and the naming page for what a name may be",
        generated=Generated("names of frozen objects"),
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),),
    ),
)

CONTRACTS: tuple[Contract, ...] = NAMES
