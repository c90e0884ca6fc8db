"""Spellings of the request: the one of the page, those that SDKs send, and those that nobody should."""

from __future__ import annotations

from pytest_oss_clean.contracts.page import RESTORING
from pytest_oss_clean.oss.constants import CLEAN, Code
from pytest_oss_clean.spec.contract import Contract, Effect
from pytest_oss_clean.spec.evidence import INFERRED, SDK_TESTED
from pytest_oss_clean.spec.expectations import (
    done,
    header_same,
    one_of,
    readable,
    refused,
    refused_somehow,
    restore_completes,
    restore_shown,
    restore_state_same,
    unreadable,
)
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.request import RequestTemplate

BARE = ((CLEAN, None),)
EMPTY = ((CLEAN, ""),)
SDK_HEADERS = (("Content-Type", "application/xml"), ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="))
"""What the SDKs of version 2 send with an empty body: its type, and the MD5 of nothing."""

STRONG_TESTS = (
    "integration tests of the SDKs for Go V2 (oss/client_integration_test.go:9192-9232) and "
    "C# V2 (ClientObjectTest.cs:1408-1438): an error is demanded, with its status and Code"
)
EMPTY_VALUE = (
    "SDKs model an empty value; the strong tests (Go V2, C# V2) go through SDKs that write it bare, and the "
    "test of Python V2, which writes `=`, is weak: it passes without an error too"
)
NO_SOURCE = "no source"

STILL_RESTORED = (readable(INFERRED), restore_state_same(INFERRED))
KEPT = tuple(header_same(name, INFERRED) for name in ("ETag", "Content-Length"))


def as_the_page(slug: str, given: Given, request: RequestTemplate, reading: str, source: str) -> Contract:
    """Return the row of another spelling that is answered, and works, as the page's own."""
    expect, then, rules_out = AS_THE_PAGE[given]
    return Contract(
        slug,
        given=given,
        reading=reading,
        source=source,
        request=request,
        expect=(expect,),
        then=then,
        rules_out=rules_out,
    )


AS_THE_PAGE = {
    Given.NEVER_RESTORED: (refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED), (), frozenset[str]()),
    Given.RESTORING: (
        refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, INFERRED),
        (restore_shown(INFERRED),),
        frozenset({"instant-restore"}),
    ),
    Given.RESTORED: (done(200, INFERRED), (unreadable(INFERRED),), frozenset[str]()),
}


def left_alone(slug: str, request: RequestTemplate, reading: str, *effects: Effect) -> Contract:
    """Return the row of a request that is no clean, and must not work as one."""
    return Contract(
        slug,
        given=Given.RESTORED,
        reading=reading,
        source=NO_SOURCE,
        request=request,
        expect=(refused_somehow(INFERRED),),
        then=(*(effects or STILL_RESTORED), *KEPT),
    )


OF_SDKS = (
    Contract(
        "sdk-headers-restoring",
        clause="Examples, response 2",
        says=RESTORING,
        reading="Content-Type and Content-MD5 of an empty body change nothing.",
        source=STRONG_TESTS,
        given=Given.RESTORING,
        request=RequestTemplate("POST", BARE, SDK_HEADERS),
        expect=(refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, SDK_TESTED),),
        then=(restore_shown(INFERRED), restore_completes(INFERRED)),
        rules_out=frozenset({"instant-restore"}),
    ),
    *(
        as_the_page(
            f"sdk-headers-{given.replace(' ', '-')}",
            given,
            RequestTemplate("POST", BARE, SDK_HEADERS),
            "Content-Type and Content-MD5 of an empty body change nothing.",
            "the SDKs of version 2 send them; their strong tests see a restoring object only",
        )
        for given in (Given.NEVER_RESTORED, Given.RESTORED)
    ),
    *(
        as_the_page(
            f"empty-value-{given.replace(' ', '-')}",
            given,
            RequestTemplate("POST", EMPTY),
            "`?cleanRestoredObject=` is the same request as `?cleanRestoredObject`.",
            EMPTY_VALUE,
        )
        for given in AS_THE_PAGE
    ),
)

MORE_THAN_NEEDED = (
    as_the_page(
        "unknown-parameter",
        Given.RESTORED,
        RequestTemplate("POST", (*BARE, ("x-suite-unknown", "1"))),
        "A parameter that means nothing changes nothing.",
        NO_SOURCE,
    ),
    as_the_page(
        "unknown-parameter-first",
        Given.RESTORED,
        RequestTemplate("POST", (("a-suite-unknown", "1"), *BARE)),
        "The sub-resource need not come first.",
        NO_SOURCE,
    ),
    as_the_page(
        "unknown-header",
        Given.RESTORED,
        RequestTemplate("POST", BARE, (("x-suite-unknown", "1"),)),
        "A header that means nothing changes nothing.",
        NO_SOURCE,
    ),
    Contract(
        "value",
        given=Given.RESTORED,
        reading="`?cleanRestoredObject=1` is a clean, or refused; no source decides.",
        source=NO_SOURCE,
        request=RequestTemplate("POST", ((CLEAN, "1"),)),
        expect=(one_of("200", f"400 {Code.INVALID_ARGUMENT}"),),
    ),
    Contract(
        "body",
        given=Given.RESTORED,
        reading="A body that nobody asked for is ignored, or refused; no source decides.",
        source=NO_SOURCE,
        request=RequestTemplate("POST", BARE, (), b"<CleanRestoredObject/>"),
        expect=(one_of("200", f"400 {Code.MALFORMED_XML}", f"400 {Code.INVALID_ARGUMENT}"),),
    ),
    Contract(
        "body-that-is-no-document",
        given=Given.RESTORED,
        reading="A body that nobody asked for is ignored, or refused; no source decides.",
        source=NO_SOURCE,
        request=RequestTemplate(
            "POST", BARE, (("Content-Type", "application/octet-stream"),), b"\x00\xff not XML"
        ),
        expect=(one_of("200", f"400 {Code.MALFORMED_XML}", f"400 {Code.INVALID_ARGUMENT}"),),
    ),
    Contract(
        "null-version",
        given=Given.RESTORED,
        reading="Without versioning, versionId=null names the object itself.",
        source="other operations; SDK models take a versionId, and no test sends one",
        request=RequestTemplate("POST", (*BARE, ("versionId", "null"))),
        expect=(one_of("200", f"400 {Code.INVALID_ARGUMENT}"),),
    ),
    Contract(
        "two-sub-resources",
        given=Given.RESTORED,
        reading="A request with two sub-resources is refused, or is the one or the other.",
        source=NO_SOURCE,
        request=RequestTemplate("POST", (*BARE, ("objectMeta", None))),
        expect=(one_of("200", f"400 {Code.INVALID_ARGUMENT}", f"405 {Code.METHOD_NOT_ALLOWED}"),),
    ),
)

NO_CLEANS = (
    left_alone(
        "letter-case",
        RequestTemplate("POST", (("CleanRestoredObject", None),)),
        "Sub-resources have letter case.",
    ),
    left_alone(
        "lower-case", RequestTemplate("POST", ((CLEAN.lower(), None),)), "Sub-resources have letter case."
    ),
    left_alone(
        "no-sub-resource", RequestTemplate("POST", ()), "A POST without a sub-resource is no operation."
    ),
    left_alone("as-a-value", RequestTemplate("POST", (("x-suite", CLEAN),)), "A value is no sub-resource."),
    left_alone(
        "method-GET", RequestTemplate("GET", BARE), "A clean is a POST; a GET of the sub-resource is refused."
    ),
    left_alone(
        "method-HEAD",
        RequestTemplate("HEAD", BARE),
        "A clean is a POST; a HEAD of the sub-resource is refused.",
    ),
    left_alone(
        "method-PUT", RequestTemplate("PUT", BARE), "A PUT of the sub-resource does not overwrite the object."
    ),
    left_alone(
        "method-DELETE", RequestTemplate("DELETE", BARE), "A DELETE of the sub-resource keeps the object."
    ),
)

CONTRACTS: tuple[Contract, ...] = (*OF_SDKS, *MORE_THAN_NEEDED, *NO_CLEANS)
