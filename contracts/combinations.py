"""Values of several dimensions together: the rows that leave no pair of them untried.

The columns are those of `dimensions.py`. Rows are data and keep their numbers: where a new value leaves pairs
untried, a test prints rows to append. What is expected is what the row of that history says; a row with a
value of which no page speaks is a check.
"""

from __future__ import annotations

from typing import Any

from pytest_oss_clean.contracts.dimensions import (
    BUCKETS,
    DIMENSIONS,
    HISTORIES,
    READERS,
    REQUEST_HEADERS,
    TAILS,
    UNDECIDED,
    WAITS,
    Row,
    provision_of,
)
from pytest_oss_clean.contracts.page import ALREADY_CLEANED, FROZEN, NEVER_RESTORED, RESTORED, RESTORING
from pytest_oss_clean.contracts.states import MOVABLE, NEXT_EDITION, NO_INSTANT
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code, SignatureVersion, StorageClass
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract, Effect, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, Evidence
from pytest_oss_clean.spec.expectations import (
    FORBIDDEN_STATE,
    NO_COPY,
    done,
    entry_lacks,
    entry_same,
    header_gone,
    refused,
    restore_completes,
    restore_shown,
    shows,
    unreadable,
)
from pytest_oss_clean.spec.history import RESTORE_RUNS, STEPS, Given, Step
from pytest_oss_clean.spec.matchers import StatusIs
from pytest_oss_clean.spec.request import RequestTemplate

ROWS = """
DeepColdArchive | expired | Standard | 1 | empty | put | blank | V1 | none | list | plain | hour later
ColdArchive | restoring | Standard | 365 | large | parts | accent | V4 | none | range | plain | at once
ColdArchive | restoring | Bulk | 1 | empty | put | percent | V4 | none | copy | plain | at once
DeepColdArchive | restored | Expedited | 365 | empty | put | plain | V1 | none | copy | plain | hour later
DeepColdArchive | frozen | Expedited | 7 | large | parts | percent | V1 | none | range | plain | hour later
DeepColdArchive | frozen | Expedited | 7 | empty | put | accent | V1 | none | HEAD | plain | hour later
ColdArchive | restored | Standard | 7 | small | parts | plain | V4 | none | range | plain | at once
ColdArchive | restored | Bulk | 7 | large | put | plain | V1 | none | GET | plain | hour later
ColdArchive | cleaned | Standard | 1 | large | parts | blank | V4 | none | copy | plain | at once
ColdArchive | cleaned | Bulk | 365 | small | parts | blank | V4 | none | HEAD | plain | at once
ColdArchive | expired | Bulk | 1 | large | parts | accent | V4 | none | list | plain | at once
ColdArchive | restored | Expedited | 1 | small | put | plain | V4 | none | range | plain | at once
ColdArchive | cleaned | Expedited | 7 | empty | put | accent | V4 | none | GET | plain | at once
ColdArchive | frozen | Expedited | 7 | small | put | blank | V4 | none | range | plain | at once
ColdArchive | restoring | Expedited | 7 | small | put | blank | V4 | none | GET | plain | at once
ColdArchive | cleaned | Standard | 365 | small | put | percent | V4 | none | list | plain | at once
ColdArchive | expired | Expedited | 1 | small | put | percent | V4 | none | HEAD | plain | at once
ColdArchive | cleaned | Bulk | 7 | small | put | plain | V4 | none | range | plain | at once
ColdArchive | expired | Expedited | 1 | small | put | plain | V4 | none | range | plain | at once
ColdArchive | expired | Expedited | 1 | small | put | accent | V4 | none | copy | plain | at once
ColdArchive | restoring | Standard | 365 | small | parts | plain | V4 | none | GET | plain | at once
ColdArchive | restoring | Standard | 7 | large | put | plain | V4 | none | HEAD | plain | at once
DeepColdArchive | re-restoring | no body | 1 | empty | put | blank | V1 | payer | list | versioned | at once
DeepColdArchive | re-restored | Standard | 1 | empty | put | blank | V1 | as SDKs | list | versioned | hour later
ColdArchive | restoring | no body | 1 | small | parts | plain | V4 | payer | GET | versioned | at once
ColdArchive | restored | no body | 1 | large | put | accent | V4 | as SDKs | range | versioned | hour later
ColdArchive | cleaned | no body | 1 | small | put | percent | V4 | as SDKs | copy | versioned | at once
ColdArchive | expired | no body | 1 | small | put | plain | V4 | none | HEAD | plain | at once
ColdArchive | re-restoring | Standard | 365 | large | parts | accent | V4 | payer | range | plain | at once
ColdArchive | re-restoring | Bulk | 7 | small | put | percent | V4 | payer | copy | versioned | at once
ColdArchive | re-restored | Bulk | 365 | large | parts | accent | V4 | as SDKs | range | versioned | at once
ColdArchive | re-restored | no body | 1 | small | put | percent | V4 | payer | HEAD | plain | hour later
ColdArchive | frozen | Expedited | 7 | small | put | plain | V4 | payer | GET | versioned | at once
ColdArchive | restored | Expedited | 7 | small | put | plain | V4 | payer | GET | plain | at once
ColdArchive | cleaned | Expedited | 7 | small | put | plain | V4 | payer | GET | plain | at once
ColdArchive | expired | Expedited | 1 | small | put | plain | V4 | as SDKs | GET | versioned | at once
ColdArchive | expired | Expedited | 1 | small | put | plain | V4 | payer | GET | plain | at once
ColdArchive | re-restoring | Expedited | 7 | small | put | plain | V4 | as SDKs | GET | plain | at once
ColdArchive | re-restored | Expedited | 7 | small | put | plain | V4 | none | copy | plain | at once
"""  # noqa: E501 - a row is a line

SAYS = {
    Given.NEVER_RESTORED: ("Examples, response 1", NEVER_RESTORED),
    Given.CLEANED: ("Examples, response 1", ALREADY_CLEANED),
    Given.RESTORING: ("Examples, response 2", RESTORING),
    Given.RESTORED: ("Examples, response 3", RESTORED),
}
ANSWERS = {
    Given.RESTORING: Code.ARCHIVE_RESTORE_NOT_FINISHED,
    Given.RESTORING_AGAIN: Code.ARCHIVE_RESTORE_NOT_FINISHED,
    Given.RESTORED: None,
    Given.RESTORED_AGAIN: None,
}
"""What a clean is refused with, where that is not as stale; None where it is carried out."""


def frozen(reader: ProbeKind, evidence: Evidence) -> Effect:
    says = FROZEN if evidence is DOCUMENTED else ""
    return {
        ProbeKind.GET: unreadable(evidence, says=says),
        ProbeKind.HEAD: header_gone(RESTORE_STATE, INFERRED),
        ProbeKind.RANGE: shows(
            "range-unreadable",
            ProbeKind.RANGE,
            *FORBIDDEN_STATE,
            otherwise="a part of the object is readable",
            evidence=evidence,
            says=says,
            quote=pages.GET_FROZEN,
        ),
        ProbeKind.LIST: entry_lacks(ProbeKind.LIST, "RestoreInfo"),
        ProbeKind.COPY: NO_COPY,
    }[reader]


def restoring(reader: ProbeKind, evidence: Evidence) -> Effect:
    """Return what a reader shows of an object whose restore goes on."""
    says = RESTORING if evidence is DOCUMENTED else ""
    return {
        ProbeKind.GET: restore_completes(evidence, says=says),
        ProbeKind.HEAD: restore_shown(evidence, says=says),
        ProbeKind.RANGE: shows(
            "range-readable",
            ProbeKind.RANGE,
            StatusIs(206),
            otherwise="no part of the object is readable once it is restored",
            moment=Moment.RESTORE_TIME,
        ),
        ProbeKind.LIST: entry_same(ProbeKind.LIST, "RestoreInfo"),
        ProbeKind.COPY: NO_COPY,
    }[reader]


def combined(number: int, row: Row) -> Contract:
    given, reader = HISTORIES[row["history"]], READERS[row["read by"]]
    decided = not UNDECIDED & set(row.items())
    evidence = DOCUMENTED if decided else INFERRED
    more: dict[str, Any] = {"quote": pages.STALE} if decided and given is Given.EXPIRED else {}
    code = ANSWERS.get(given, Code.ARCHIVE_RESTORE_FILE_STALE)
    clause, says = SAYS.get(given, ("", "")) if decided else ("", "")
    running = given in RESTORE_RUNS
    effect = (restoring if running else frozen)(reader, evidence)
    waits = Step.WAIT_RESTORED in STEPS[given] or effect.moment is Moment.RESTORE_TIME
    slow = waits and row["tier"] != "Expedited"
    return Contract(
        f"combined-{number:02d}",
        clause=clause,
        says=says,
        reading="; ".join(f"{name} {value}" for name, value in row.items()),
        source="the row of this history, for other values of the dimensions that no page sets apart",
        given=given,
        request=RequestTemplate(headers=REQUEST_HEADERS[row["headers"]]),
        expect=(refused(409, code, evidence, **more) if code else done(200, evidence),),
        then=(effect,),
        provision=provision_of(row),
        bucket=BUCKETS[row["bucket"]],
        tail=TAILS[row["name"]],
        prepare=WAITS[row["time"]],
        classes=(StorageClass(row["class"]),),
        signatures=(SignatureVersion(row["signature"]),),
        needs=MOVABLE if slow else frozenset(),
        rules_out=NO_INSTANT if running else frozenset(),
        since=NEXT_EDITION,
    )


def table() -> list[Row]:
    return [dict(zip(DIMENSIONS, line.split(" | "), strict=True)) for line in ROWS.strip().splitlines()]


CONTRACTS = tuple(combined(number, row) for number, row in enumerate(table(), 1))

ROWS_BY_ID = {contract.id: row for contract, row in zip(CONTRACTS, table(), strict=True)}
