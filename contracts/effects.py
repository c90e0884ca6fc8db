"""What later requests show: of the object, by every probe, and of the objects beside it."""

from __future__ import annotations

from typing import Any

from pytest_oss_clean.contracts.page import FROZEN, NEVER_RESTORED, RESTORED, RESTORING
from pytest_oss_clean.oss.constants import RESTORE_STATE, Code
from pytest_oss_clean.spec.contract import Contract, ProbeKind, Sibling
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import (
    CONTENT_SURVIVES,
    NO_COPY,
    RESTORABLE_ANEW,
    done,
    entry_lacks,
    entry_same,
    header_same,
    meta_same,
    refused,
    restore_shown,
    storage_class_same,
    texts_same,
    unreadable,
    untouched,
    untouched_restoring,
)
from pytest_oss_clean.spec.history import Given, Step
from pytest_oss_clean.spec.request import Bucket

SYNTAX = "POST /ObjectName?cleanRestoredObject HTTP/1.1"
"""The request names one object; what it does, it does to that one."""

STALE = refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED)
NOT_FINISHED = refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED)
DONE = done(200, DOCUMENTED)

CLEANED: dict[str, Any] = {
    "clause": "Examples, response 3",
    "says": RESTORED,
    "given": Given.RESTORED,
    "expect": (DONE,),
}
REFUSED_STALE: dict[str, Any] = {
    "clause": "Examples, response 1",
    "says": NEVER_RESTORED,
    "given": Given.NEVER_RESTORED,
    "expect": (STALE,),
}
REFUSED_RESTORING: dict[str, Any] = {
    "clause": "Examples, response 2",
    "says": RESTORING,
    "given": Given.RESTORING,
    "expect": (NOT_FINISHED,),
    "rules_out": frozenset({"instant-restore"}),
}
"""The three sample answers, each with the history that the page gives it."""

HEADERS = ("Content-Type", "Last-Modified", "Content-MD5", "x-oss-object-type")
KEPT = tuple(header_same(name, INFERRED) for name in HEADERS)
META = tuple(meta_same(name) for name in ("ETag", "Content-Length", "Last-Modified", "x-oss-hash-crc64ecma"))
ENTRY = ("Key", "StorageClass", "ETag", "Size", "LastModified")
LISTS = (ProbeKind.LIST, ProbeKind.LIST_V2)
LISTED_FROZEN = tuple(
    effect
    for probe in LISTS
    for effect in (
        *(entry_same(probe, field) for field in ENTRY),
        entry_lacks(probe, "RestoreInfo"),
    )
)
LISTED_AS_BEFORE = tuple(entry_same(probe, field) for probe in LISTS for field in (*ENTRY, "RestoreInfo"))
TAGS = (
    texts_same(ProbeKind.TAGS, "TagSet/Tag/Key"),
    texts_same(ProbeKind.TAGS, "TagSet/Tag/Value"),
)
ACL = (texts_same(ProbeKind.ACL, "AccessControlList/Grant"),)


def beside(**tails: str) -> tuple[Sibling, ...]:
    """Return siblings by their ids, each with what ends its name."""
    return tuple(Sibling(name.replace("_", "-"), tail) for name, tail in tails.items())


def cleaned_beside(slug: str, tail: str, *siblings: Sibling) -> Contract:
    """Return the row of a clean that must reach its own object and none of its siblings."""
    return Contract(
        slug,
        **CLEANED,
        tail=tail,
        siblings=siblings,
        then=(
            unreadable(DOCUMENTED, says=FROZEN),
            *(effect for sibling in siblings for effect in untouched(sibling.id, SYNTAX)),
        ),
    )


def undecided_beside(slug: str, tail: str, reading: str, source: str, *siblings: Sibling) -> Contract:
    """Return the row of a name of which no source says that it is another than its siblings'."""
    return Contract(
        slug,
        given=Given.RESTORED,
        reading=reading,
        source=source,
        tail=tail,
        siblings=siblings,
        expect=(done(200, INFERRED),),
        then=(
            unreadable(INFERRED),
            *(effect for sibling in siblings for effect in untouched(sibling.id, evidence=INFERRED)),
        ),
    )


NEAR = beside(prefix="/a", longer="/abc", end="/b")

OF_THE_OBJECT = (
    Contract("kept-after-clean", **CLEANED, then=(storage_class_same(DOCUMENTED, says=FROZEN), *KEPT)),
    Contract("kept-never-restored", **REFUSED_STALE, then=KEPT),
    Contract("kept-restoring", **REFUSED_RESTORING, then=(*KEPT, header_same(RESTORE_STATE, INFERRED))),
    Contract("listed-after-clean", **CLEANED, then=LISTED_FROZEN),
    Contract("listed-never-restored", **REFUSED_STALE, then=LISTED_FROZEN),
    Contract("listed-restoring", **REFUSED_RESTORING, then=LISTED_AS_BEFORE),
    Contract("meta-after-clean", **CLEANED, then=META),
    Contract("meta-never-restored", **REFUSED_STALE, then=META),
    Contract("meta-restoring", **REFUSED_RESTORING, then=META),
    Contract("copy-after-clean", **CLEANED, then=(NO_COPY,)),
    Contract("copy-never-restored", **REFUSED_STALE, then=(NO_COPY,)),
    Contract("copy-restoring", **REFUSED_RESTORING, then=(NO_COPY,)),
    Contract("tags-after-clean", **CLEANED, prepare=(Step.PUT_TAGS,), then=TAGS),
    Contract("tags-never-restored", **REFUSED_STALE, prepare=(Step.PUT_TAGS,), then=TAGS),
    Contract("tags-restoring", **REFUSED_RESTORING, prepare=(Step.PUT_TAGS,), then=TAGS),
    Contract("acl-after-clean", **CLEANED, prepare=(Step.PUT_ACL,), then=ACL),
    Contract("acl-never-restored", **REFUSED_STALE, prepare=(Step.PUT_ACL,), then=ACL),
    Contract("acl-restoring", **REFUSED_RESTORING, prepare=(Step.PUT_ACL,), then=ACL),
    Contract(
        "content-after-clean",
        **CLEANED,
        then=(unreadable(DOCUMENTED, says=FROZEN), RESTORABLE_ANEW, CONTENT_SURVIVES),
    ),
)

OF_OTHERS = (
    cleaned_beside("siblings-near", "/ab", *NEAR),
    cleaned_beside("siblings-below", "/ab", *beside(slash="/ab/", below="/ab/c")),
    cleaned_beside("siblings-with-a-mark", "/ab", *beside(blank="/ab ", dot="/ab.", star="/ab*")),
    cleaned_beside("siblings-case", "/Name", *beside(lower="/name", upper="/NAME")),
    cleaned_beside("siblings-composed", "/\u00e9", *beside(decomposed="/e\u0301", plain="/e")),
    cleaned_beside("siblings-decomposed", "/e\u0301", *beside(composed="/\u00e9", plain="/e")),
    cleaned_beside("siblings-encoded", "/%41", *beside(decoded="/A", encoded_twice="/%2541")),
    cleaned_beside("siblings-decoded", "/A", *beside(encoded="/%41")),
    cleaned_beside("siblings-encoded-slash", "/a%2Fb", *beside(slash="/a/b", lower="/a%2fb")),
    cleaned_beside("siblings-slash", "/a/b", *beside(encoded="/a%2Fb")),
    cleaned_beside("siblings-plus", "/a+b", *beside(blank="/a b", encoded="/a%2Bb")),
    cleaned_beside("siblings-blank", "/a b", *beside(plus="/a+b", encoded="/a%20b")),
    cleaned_beside("siblings-hash", "/a#b", *beside(cut="/a", decoded="/a%23b")),
    cleaned_beside("siblings-astral", "/\U0001f9ca", *beside(lost="/", mark="/?", other="/\U0001f9cb")),
    cleaned_beside("siblings-in-another-bucket", "", Sibling("second", "", bucket=Bucket.SECOND)),
    undecided_beside(
        "siblings-doubled-slash",
        "/a/b",
        "an object whose name has a doubled slash is another object",
        "the signers of ten SDKs keep `//`; what the service stores has no source",
        *beside(doubled="/a//b"),
    ),
    undecided_beside(
        "siblings-dot-segments",
        "/a/../b",
        "dot segments are part of a name, and resolve to nothing",
        "two SDKs of ten deliver such names; what the service stores has no source",
        *beside(parent="/b", inner="/a/b"),
    ),
    undecided_beside(
        "siblings-backslash",
        "/a\\b",
        "a backslash is part of a name, and no slash",
        "naming page: a name must not begin with one; what one inside it means has no source",
        *beside(slash="/a/b", dropped="/ab"),
    ),
    undecided_beside(
        "siblings-nul",
        "/a\0b",
        "a NUL is part of a name, and does not end it",
        "the signers of ten SDKs sign it; whether the service takes it has no source",
        *beside(cut="/a", dropped="/ab"),
    ),
    Contract(
        "siblings-of-a-frozen-one",
        **REFUSED_STALE,
        tail="/ab",
        siblings=tuple(Sibling(s.id, s.tail, given=Given.RESTORED) for s in NEAR),
        then=tuple(effect for sibling in NEAR for effect in untouched(sibling.id, SYNTAX)),
    ),
    Contract(
        "siblings-restoring",
        **REFUSED_RESTORING,
        tail="/ab",
        siblings=beside(longer="/abc"),
        then=(
            restore_shown(DOCUMENTED, says=RESTORING),
            *untouched_restoring("longer", SYNTAX),
        ),
    ),
)

CONTRACTS: tuple[Contract, ...] = (*OF_THE_OBJECT, *OF_OTHERS)
