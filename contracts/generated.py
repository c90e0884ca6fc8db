"""What generated data is tried for: object names, signatures, whole histories.

Each row names the property that is tried; what it draws, sends and compares stands in the package.
"""

from __future__ import annotations

from typing import Any

from pytest_oss_clean.contracts.authentication import SIGNED
from pytest_oss_clean.contracts.effects import SYNTAX
from pytest_oss_clean.contracts.page import FROZEN, NEVER_RESTORED, RESTORED, SIGNATURES
from pytest_oss_clean.oss.constants import Code, SignatureVersion
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract, Expectation, Generated
from pytest_oss_clean.spec.evidence import CLAIMED, DOCUMENTED, INFERRED, Evidence
from pytest_oss_clean.spec.expectations import done, refused, refused_somehow
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import ContentSame, OnlyListed, StatusIs, code_is
from pytest_oss_clean.spec.request import Bucket

STALE = (StatusIs(409), code_is(Code.ARCHIVE_RESTORE_FILE_STALE))
READABLE = (StatusIs(200), ContentSame())
NAMING = "the naming page: 1 to 1023 bytes of UTF-8 that do not begin with / or a backslash"
UNDECIDED = "no source says what becomes of dot segments, doubled slashes, backslashes and line ends"

TAKEN = Expectation(id="put", matchers=(StatusIs(200),), evidence=INFERRED, source=NAMING)
"""That a name may be put is not this operation's matter."""

NEVER: dict[str, Any] = {
    "given": Given.NEVER_PUT,
    "clause": "Examples, response 1",
    "says": NEVER_RESTORED,
}
MOVABLE = frozenset({"movable-clock"})


def readable(what: str, evidence: Evidence, says: str = "") -> Expectation:
    """Expect that GET answers with the content that was put."""
    quote = pages.GET_RESTORED if evidence is DOCUMENTED else None
    return Expectation(id=what, matchers=READABLE, evidence=evidence, says=says, quote=quote)


def stale(what: str, evidence: Evidence, source: str = "") -> Expectation:
    """Expect the answer to a clean of an object that was never restored."""
    return Expectation(id=what, matchers=STALE, evidence=evidence, source=source)


NAMES: tuple[Contract, ...] = (
    Contract(
        "generated-names-frozen",
        **NEVER,
        reading="A clean of a frozen object is refused as stale, whatever its name.",
        generated=Generated("names of frozen objects"),
        expect=(TAKEN, refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED)),
        signatures=SIGNATURES,
    ),
    Contract(
        "generated-names-presigned",
        **NEVER,
        reading="A clean that is signed in the URL reaches the object of any name.",
        generated=Generated("names of frozen objects, signed in the URL", CLAIMED),
        expect=(TAKEN, refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, CLAIMED)),
        signatures=SIGNATURES,
        needs=frozenset({"presigned"}),
    ),
    Contract(
        "generated-names-undecided",
        given=Given.NEVER_PUT,
        reading="Dot segments, doubled slashes, backslashes and line ends are parts of a name as any other.",
        source=UNDECIDED,
        generated=Generated("undecided names of frozen objects", INFERRED),
        expect=(TAKEN, refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED)),
    ),
    Contract(
        "generated-names-listed",
        given=Given.NEVER_PUT,
        reading="A list below a name has exactly that name, and the object is what was put.",
        source=NAMING,
        generated=Generated("names in lists", INFERRED),
        expect=(
            TAKEN,
            Expectation(id="listed", matchers=(OnlyListed(),), evidence=INFERRED),
            readable("content", INFERRED),
        ),
        needs=frozenset({"list"}),
    ),
    Contract(
        "generated-spellings",
        **NEVER,
        reading="A name may be spelt as the vendor's SDKs spell it: slashes as %2F, * ( ) ! as they are.",
        generated=Generated("spellings of names"),
        expect=(
            TAKEN,
            stale("as-sdks-spell", DOCUMENTED),
            stale("spelt-oddly", INFERRED, "percent-decoding, by RFC 3986"),
        ),
    ),
)

TWINS: tuple[Contract, ...] = (
    Contract(
        "generated-twins-restored",
        given=Given.NEVER_PUT,
        clause="Examples, response 3",
        says=RESTORED,
        reading="A clean ends the restored state of the object that it names, and of none with a name alike.",
        generated=Generated("names alike, both restored"),
        expect=(
            TAKEN,
            done(200, DOCUMENTED),
            Expectation(
                id="unreadable",
                matchers=(StatusIs(403), code_is(Code.INVALID_OBJECT_STATE)),
                evidence=DOCUMENTED,
                says=FROZEN,
                quote=pages.GET_FROZEN,
            ),
            readable("twin-readable", DOCUMENTED, SYNTAX),
        ),
        needs=MOVABLE,
    ),
    Contract(
        "generated-twins-frozen",
        **NEVER,
        reading="A clean of a frozen object is refused, though one with a name alike is restored.",
        generated=Generated("names alike, one frozen"),
        expect=(
            TAKEN,
            refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),
            readable("twin-readable", DOCUMENTED, SYNTAX),
        ),
        needs=MOVABLE,
    ),
    Contract(
        "generated-twins-undecided",
        given=Given.NEVER_PUT,
        reading="Names that differ in dot segments, doubled slashes or backslashes are different names.",
        source=UNDECIDED,
        generated=Generated("undecided names alike", INFERRED),
        expect=(
            TAKEN,
            refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),
            readable("twin-readable", INFERRED),
        ),
        needs=MOVABLE,
    ),
)

SIGNED_OTHERWISE: tuple[Contract, ...] = (
    Contract(
        "generated-tampered",
        given=Given.NEVER_PUT,
        clause="Syntax",
        says=SIGNED,
        reading="A clean whose signature belongs to anything else is refused and changes nothing.",
        generated=Generated("signatures that do not fit"),
        expect=(TAKEN, refused_somehow(DOCUMENTED, quote=pages.MISMATCH), readable("readable", DOCUMENTED)),
        signatures=SIGNATURES,
        needs=MOVABLE | {"hostile-auth"},
    ),
    Contract(
        "generated-tampered-v1",
        given=Given.NEVER_PUT,
        reading="A signature of V1 that belongs to another sub-resource is refused and changes nothing.",
        source="all v2 SDKs sign the sub-resource; no page lists what V1 covers completely",
        generated=Generated("signatures of V1 that may not fit", INFERRED),
        expect=(TAKEN, refused_somehow(INFERRED), readable("readable", INFERRED)),
        signatures=(SignatureVersion.V1,),
        needs=MOVABLE | {"hostile-auth"},
    ),
)

HISTORIES: tuple[Contract, ...] = (
    Contract(
        "life-cycle",
        given=Given.NEVER_PUT,
        clause="Examples, response 3",
        says=RESTORED,
        reading="Whatever happened to objects before, in any order, the other rows hold.",
        generated=Generated("histories of objects"),
    ),
    Contract(
        "life-cycle-of-versions",
        given=Given.NEVER_PUT,
        reading="Each version of an object lives as an object of its own does.",
        source="RestoreObject and HeadObject pages: a restore belongs to one version",
        generated=Generated("histories of versions", INFERRED),
        bucket=Bucket.VERSIONED,
    ),
)
"""What they expect stands in the other tables, and is looked up there by the history of each object."""

CONTRACTS: tuple[Contract, ...] = (*NAMES, *TWINS, *SIGNED_OTHERWISE, *HISTORIES)
