"""Storage classes that the page does not name: what is answered is open, what must not be lost is not."""

from __future__ import annotations

from pytest_oss_clean.contracts.states import FROZEN_THEN, NO_INSTANT, UNDER_WAY_THEN
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code, StorageClass
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import (
    SECOND_CLEAN_REFUSED,
    header_gone,
    header_same,
    one_of,
    readable,
    restore_completes,
    storage_class_same,
)
from pytest_oss_clean.spec.history import Given

NO_CLASS = (
    "no source answers it: RestoreObject refuses these classes as not supported, and no restore was "
    "requested, which the page calls stale"
)
ARCHIVE = (
    "sources disagree: the page and a Go SDK guide name the cold classes only, the unrestore page and the "
    "SDKs' comments name Archive as well"
)

STALE_OR_UNSUPPORTED = one_of(f"409 {Code.ARCHIVE_RESTORE_FILE_STALE}", f"400 {Code.OPERATION_NOT_SUPPORTED}")
"""Where no source decides between a class that has no restore and a restore that was not asked for."""

CONTRACTS = (
    Contract(
        "class-without-restore",
        given=Given.NEVER_RESTORED,
        reading="A class that is always readable has nothing to clean, and loses nothing.",
        source=NO_CLASS,
        expect=(STALE_OR_UNSUPPORTED,),
        then=(
            readable(INFERRED),
            storage_class_same(INFERRED),
            header_gone(RESTORE_STATE, INFERRED),
            header_same("ETag", INFERRED),
        ),
        classes=(StorageClass.STANDARD, StorageClass.IA),
    ),
    Contract(
        "archive-never-restored",
        given=Given.NEVER_RESTORED,
        reading="An Archive object that nobody restored has nothing to clean, supported or not.",
        source=ARCHIVE,
        expect=(STALE_OR_UNSUPPORTED,),
        then=FROZEN_THEN,
        classes=(StorageClass.ARCHIVE,),
    ),
    Contract(
        "archive-restoring",
        given=Given.RESTORING,
        reading="A clean does not end the running restore of an Archive object, supported or not.",
        source=ARCHIVE,
        expect=(one_of(f"409 {Code.ARCHIVE_RESTORE_NOT_FINISHED}", f"400 {Code.OPERATION_NOT_SUPPORTED}"),),
        then=(*UNDER_WAY_THEN, restore_completes(INFERRED)),
        classes=(StorageClass.ARCHIVE,),
        rules_out=NO_INSTANT,
    ),
    Contract(
        "archive-restored",
        given=Given.RESTORED,
        reading="A restored Archive object is cleaned, or that is not supported; either way not twice.",
        source=ARCHIVE,
        expect=(one_of("200", f"400 {Code.OPERATION_NOT_SUPPORTED}"),),
        then=(
            storage_class_same(INFERRED),
            header_same("ETag", INFERRED),
            SECOND_CLEAN_REFUSED,
        ),
        classes=(StorageClass.ARCHIVE,),
    ),
)
