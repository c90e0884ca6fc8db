"""The form of the answers: what the samples of the page show of each, and what else clients rely on."""

from __future__ import annotations

from pytest_oss_clean.contracts.page import HAS_ID, NEVER_RESTORED, RESTORED, RESTORING
from pytest_oss_clean.oss.constants import OSS_EC, REQUEST_ID, Code
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import REQUEST_ID_FORM, REQUEST_ID_FRESH, done, refused
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import (
    Agrees,
    ErrorDocumentValid,
    ErrorField,
    FormIs,
    Header,
    Is,
    Matcher,
    Path,
    SentOnce,
)

SAMPLE_ID_TWICE = "<RequestId>5374A2880232A65C2300****</RequestId>"


def check(name: str, matcher: Matcher, source: str) -> Expectation:
    """Return a check of the answer's form."""
    return Expectation(id=name, matchers=(matcher,), evidence=INFERRED, source=source)


DOCUMENT = Expectation(
    id="document",
    matchers=(ErrorDocumentValid(),),
    evidence=DOCUMENTED,
    source="CleanRestoredObject page, both samples: Code, Message, RequestId and HostId",
)
SAME_ID = Expectation(
    id="request-id-agrees",
    matchers=(Agrees(ErrorField("RequestId"), Header(REQUEST_ID)),),
    evidence=DOCUMENTED,
    says=SAMPLE_ID_TWICE,
)
"""The samples show one id in the header and in the body."""

EVERY_ANSWER = (
    check("length", FormIs("Content-Length"), "samples; an answer may be chunked instead"),
    check("date", FormIs("Date"), "samples; RequestTimeTooSkewed allows 15 minutes"),
    check("server", Is(Header("Server"), "AliyunOSS"), "samples; another server has another name"),
    check("headers-once", SentOnce(), "SDKs read a header that is sent twice in different ways"),
    check("connection", Is(Header("Connection"), "keep-alive"), "samples; HTTP lets it be left out"),
)
EVERY_REFUSAL = (
    check("type-xml", FormIs("Content-Type"), "other operations; the samples show no Content-Type"),
    check("type", Is(Header("Content-Type"), "application/xml"), "mocks in an SDK; the samples show none"),
    check(
        "ec-agrees",
        Agrees(Header(OSS_EC), ErrorField("EC")),
        "SDK tests read both on other operations; the samples show no EC",
    ),
)
NEXT_ID = (REQUEST_ID_FRESH, REQUEST_ID_FORM)


def message(text: str) -> Expectation:
    """Return the check of a Message: texts are for people, and may be reworded."""
    return check("message", Is(ErrorField("Message"), text), "samples")


def ec(value: str) -> Expectation:
    """Return the check of the EC that the error pages give a refusal."""
    return check("ec", Is(Path("EC"), value), f"EC {value}; the samples show none")


CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "form-of-stale",
        clause="Examples, response 1",
        says=NEVER_RESTORED,
        given=Given.NEVER_RESTORED,
        expect=(
            refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, DOCUMENTED),
            DOCUMENT,
            SAME_ID,
            *EVERY_ANSWER,
            *EVERY_REFUSAL,
            message("The archive file or restore info stale"),
            ec("0016-00000718"),
        ),
        then=NEXT_ID,
    ),
    Contract(
        "form-of-not-finished",
        clause="Examples, response 2",
        says=RESTORING,
        given=Given.RESTORING,
        expect=(
            refused(409, Code.ARCHIVE_RESTORE_NOT_FINISHED, DOCUMENTED),
            DOCUMENT,
            SAME_ID,
            *EVERY_ANSWER,
            *EVERY_REFUSAL,
            message("The archive file's restore is not finished."),
            ec("0016-00000719"),
        ),
        then=NEXT_ID,
        rules_out=frozenset({"instant-restore"}),
    ),
    Contract(
        "form-of-done",
        clause="Examples, response 3",
        says=RESTORED,
        given=Given.RESTORED,
        expect=(
            done(200, DOCUMENTED),
            HAS_ID,
            *EVERY_ANSWER,
            check("length-zero", Is(Header("Content-Length"), "0"), "sample"),
        ),
        then=NEXT_ID,
    ),
)
