"""What a signature covers: whatever it does not belong to is refused, and leaves the object alone."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.contracts.authentication import MISMATCH, SIGNED, untouched
from pytest_oss_clean.contracts.page import SIGNATURES
from pytest_oss_clean.oss.constants import CLEAN, RESTORE, Code, SignatureVersion
from pytest_oss_clean.oss.messages import Headers
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import refused, refused_somehow
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.request import NAME, Bucket, RequestTemplate, SignedAs, Signing, Version
from pytest_oss_clean.spec.tampering import NOTE, Tamper

V4 = (SignatureVersion.V4,)
V1 = (SignatureVersion.V1,)

NULL_VERSION = ((CLEAN, None), ("versionId", "null"))
"""Names the one version of an object in a bucket that keeps none."""

NOTED: Headers = ((NOTE, "as signed"),)
TYPED: Headers = (("Content-Type", "text/plain"),)
MALFORMED = refused(
    400, Code.INVALID_ARGUMENT, INFERRED, source="EC 0002-00000061 to 065 (V1), 202 and 205 (V4)"
)
PAYLOAD = refused(400, Code.INVALID_ARGUMENT, INFERRED, source="EC 0002-00000214")
NO_DATE = refused(403, Code.ACCESS_DENIED, INFERRED, source="EC 0002-00000503")
QUOTES = {
    MISMATCH: pages.MISMATCH,
    MALFORMED: pages.MALFORMED,
    PAYLOAD: pages.MALFORMED,
    NO_DATE: pages.NO_DATE,
}
"""What says that a request is refused, by the answer that we read in it."""


def forged(
    slug: str,
    reading: str,
    request: RequestTemplate,
    *,
    signatures: tuple[SignatureVersion, ...] = V4,
    response: Expectation = MISMATCH,
) -> Contract:
    """Return the row of a request that its signature does not belong to."""
    return Contract(
        slug,
        clause="Syntax",
        says=SIGNED,
        reading=reading,
        given=Given.RESTORED,
        request=request,
        expect=(refused_somehow(DOCUMENTED, quote=QUOTES[response]), response),
        then=untouched(DOCUMENTED),
        signatures=signatures,
    )


def of(instead: SignedAs) -> RequestTemplate:
    """Return a clean that carries the signature of another request."""
    return RequestTemplate(signing=Signing(instead=instead))


def after(tamper: Tamper, headers: Headers = ()) -> RequestTemplate:
    """Return a clean that is altered after it was signed."""
    return RequestTemplate(headers=headers, signing=Signing(tamper=tamper))


OF_OTHER_REQUESTS = (
    forged(
        "sub-resource-unsigned",
        "the signature is that of a POST without ?cleanRestoredObject",
        of(SignedAs(query=())),
    ),
    forged(
        "sub-resource-swapped",
        "the signature is that of a RestoreObject",
        of(SignedAs(query=((RESTORE, None),))),
        signatures=SIGNATURES,
    ),
    forged(
        "signature-of-another-method",
        "the signature is that of a PUT",
        of(SignedAs(method="PUT")),
        signatures=SIGNATURES,
    ),
    forged(
        "signature-of-another-name",
        "the signature is that of a clean of another object",
        of(SignedAs(name=f"{NAME}-other")),
        signatures=SIGNATURES,
    ),
    forged(
        "signature-of-another-bucket",
        "the signature is that of a clean of the same name in another bucket",
        of(SignedAs(bucket="oss-clean-another")),
        signatures=SIGNATURES,
    ),
    replace(
        forged(
            "signature-of-another-version",
            "the signature is that of a clean of another version",
            RequestTemplate(version=Version.CURRENT, signing=Signing(instead=SignedAs(query=NULL_VERSION))),
        ),
        bucket=Bucket.VERSIONED,
    ),
    forged(
        "version-added",
        "a versionId is added after signing",
        RequestTemplate(query=NULL_VERSION, signing=Signing(instead=SignedAs(query=((CLEAN, None),)))),
        signatures=SIGNATURES,
    ),
    forged(
        "version-dropped",
        "a versionId is taken away after signing",
        of(SignedAs(query=NULL_VERSION)),
        signatures=SIGNATURES,
    ),
    forged(
        "parameter-added",
        "a parameter is added after signing, of which V4 covers every one",
        RequestTemplate(
            query=((CLEAN, None), ("note", "1")), signing=Signing(instead=SignedAs(query=((CLEAN, None),)))
        ),
    ),
)

ALTERED = (
    forged(
        "signature-with-another-digit",
        "the last digit of the signature is another",
        after(Tamper.DIGIT),
        signatures=SIGNATURES,
    ),
    forged(
        "signature-in-the-other-case",
        "the letters of the signature, whose base64 has letter case, are in the other case",
        after(Tamper.CASE),
        signatures=V1,
    ),
    forged("signature-cut-in-half", "only the first half of the signature is there", after(Tamper.HALF)),
    forged(
        "signature-empty",
        "the signature is empty",
        after(Tamper.EMPTY),
        signatures=SIGNATURES,
        response=MALFORMED,
    ),
    forged(
        "signature-missing",
        "Authorization has no signature",
        after(Tamper.NO_SIGNATURE),
        signatures=SIGNATURES,
        response=MALFORMED,
    ),
    forged(
        "key-id-missing",
        "Authorization does not say whose signature it is",
        after(Tamper.NO_KEY_ID),
        response=MALFORMED,
    ),
    forged(
        "authorization-of-another-scheme",
        "Authorization is of the scheme Bearer",
        after(Tamper.SCHEME),
        response=MALFORMED,
    ),
    forged(
        "date-missing",
        "the signed date is taken away",
        after(Tamper.NO_DATE),
        signatures=SIGNATURES,
        response=NO_DATE,
    ),
    forged(
        "date-altered",
        "the signed date is altered by some seconds",
        after(Tamper.DATE),
        signatures=SIGNATURES,
    ),
    forged(
        "payload-hash-missing",
        "the signed x-oss-content-sha256 is taken away",
        after(Tamper.NO_PAYLOAD_HASH),
        response=PAYLOAD,
    ),
    forged(
        "payload-hash-altered",
        "the signed x-oss-content-sha256 is altered into a hash",
        after(Tamper.PAYLOAD_HASH),
        response=PAYLOAD,
    ),
    forged(
        "oss-header-added",
        "an x-oss- header is added after signing",
        after(Tamper.HEADER_ADDED),
        signatures=SIGNATURES,
    ),
    forged(
        "oss-header-altered",
        "a signed x-oss- header is altered",
        after(Tamper.HEADER_CHANGED, NOTED),
        signatures=SIGNATURES,
    ),
    forged("oss-header-dropped", "a signed x-oss- header is taken away", after(Tamper.HEADER_DROPPED, NOTED)),
    forged(
        "content-type-altered",
        "the signed Content-Type is altered",
        after(Tamper.CONTENT_TYPE, TYPED),
        signatures=SIGNATURES,
    ),
    forged(
        "listed-header-altered",
        "a header that the signature lists beside the usual ones is altered",
        RequestTemplate(signing=Signing(additional=("user-agent",), tamper=Tamper.USER_AGENT)),
    ),
)

UNDECIDED = (
    Contract(
        "sub-resource-unsigned-by-v1",
        reading="V1 covers ?cleanRestoredObject, which SDKs of the first generation leave out",
        source="all v2 SDKs sign it; no page lists what V1 covers completely",
        given=Given.RESTORED,
        request=of(SignedAs(query=())),
        expect=(MISMATCH,),
        then=untouched(INFERRED),
        signatures=V1,
    ),
    Contract(
        "signed-in-header-and-url",
        reading="a request with signatures in Authorization and in the URL is refused",
        source="the page on V1 signatures in URLs, which does not say the Code",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(also_in_url=True)),
        expect=(refused(400, Code.INVALID_ARGUMENT, INFERRED),),
        then=untouched(INFERRED),
        signatures=SIGNATURES,
    ),
    Contract(
        "user-agent-altered",
        reading="User-Agent is not signed: a proxy may alter it",
        source="the page on V4 signatures, and SDKs",
        given=Given.NEVER_RESTORED,
        request=after(Tamper.USER_AGENT),
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),),
        signatures=SIGNATURES,
    ),
    Contract(
        "listed-header",
        reading="V4 may sign and list headers beside the usual ones",
        source="the page on V4 signatures (AdditionalHeaders), and SDKs",
        given=Given.NEVER_RESTORED,
        request=RequestTemplate(signing=Signing(additional=("user-agent",))),
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),),
    ),
)

CONTRACTS = (*OF_OTHER_REQUESTS, *ALTERED, *UNDECIDED)
