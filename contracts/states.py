"""What an object shows in each state: expectations and effects that several tables share."""

from __future__ import annotations

from pytest_oss_clean.contracts.page import FROZEN
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    header_gone,
    header_same,
    refused,
    restore_shown,
    second_clean_stale,
    storage_class_same,
    unreadable,
)

NEXT_EDITION = "0.2"
"""The edition that rows and expectations after the first one carry."""

NO_INSTANT = frozenset({"instant-restore"})
MOVABLE = frozenset({"movable-clock"})

STALE = refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED)
NOT_FINISHED = refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, INFERRED)

FROZEN_THEN = (
    unreadable(INFERRED),
    storage_class_same(INFERRED),
    header_gone(RESTORE_STATE, INFERRED),
    header_same("ETag", INFERRED),
)
"""What a frozen object shows, whatever was restored before."""

CLEANED_THEN = (*FROZEN_THEN, second_clean_stale(INFERRED))
UNDER_WAY_THEN = (restore_shown(INFERRED), storage_class_same(INFERRED))
DOCUMENTED_FROZEN_THEN = (unreadable(DOCUMENTED, says=FROZEN), *FROZEN_THEN[1:])
