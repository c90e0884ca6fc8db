"""Signatures in the URL, for targets that claim to accept them."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.contracts.authentication import HOUR, MISMATCH, SIGNED, UNKNOWN, untouched
from pytest_oss_clean.contracts.page import FROZEN, SIGNATURES
from pytest_oss_clean.oss.constants import RESTORE, Code, SignatureForm, SignatureVersion
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract
from pytest_oss_clean.spec.evidence import CLAIMED, DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import done, refused, refused_somehow, unreadable
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.request import NAME, Key, RequestTemplate, SignedAs, Signing
from pytest_oss_clean.spec.tampering import Tamper

CLAIM = "the claim presigned"
WEEK = 604_800
EXPIRED = refused(403, Code.ACCESS_DENIED, INFERRED, source="EC 0002-00000069 (V1) and 0002-00000236 (V4)")
STALE = Code.ARCHIVE_RESTORE_FILE_STALE


def url(signing: Signing) -> RequestTemplate:
    return RequestTemplate(signing=replace(signing, form=SignatureForm.URL))


def forged(
    slug: str,
    reading: str,
    signing: Signing,
    *,
    signatures: tuple[SignatureVersion, ...] = SIGNATURES,
) -> Contract:
    """Return the row of a URL that its signature does not belong to."""
    unknown = signing.key is Key.UNKNOWN
    quote = pages.UNKNOWN_KEY if unknown else pages.MISMATCH
    return Contract(
        slug,
        clause="Syntax",
        says=SIGNED,
        reading=reading,
        given=Given.RESTORED,
        request=url(signing),
        expect=(refused_somehow(DOCUMENTED, quote=quote), UNKNOWN if unknown else MISMATCH),
        then=untouched(DOCUMENTED),
        signatures=signatures,
    )


CONTRACTS = (
    Contract(
        "presigned",
        reading="a clean signed in its URL is carried out, as the claim says",
        source=CLAIM,
        given=Given.RESTORED,
        request=url(Signing()),
        expect=(done(200, CLAIMED),),
        then=(unreadable(DOCUMENTED, says=FROZEN),),
        signatures=SIGNATURES,
    ),
    Contract(
        "presigned-by-temporary-key",
        reading="temporary credentials may sign in the URL, which then has their token",
        source="the pages on signatures in URLs, and SDKs",
        given=Given.NEVER_RESTORED,
        request=url(Signing(key=Key.STS)),
        expect=(refused(409, STALE, INFERRED),),
        signatures=SIGNATURES,
    ),
    Contract(
        "presigned-expired",
        reading="a signature in the URL is accepted for as long as it says itself, and no longer",
        source=CLAIM,
        given=Given.RESTORED,
        request=url(Signing(skew=-HOUR)),
        expect=(refused_somehow(CLAIMED), EXPIRED),
        then=untouched(CLAIMED),
        signatures=SIGNATURES,
    ),
    Contract(
        "presigned-for-too-long",
        reading="a URL signed by V4 is valid for a week at most: for longer it is refused",
        source="EC 0002-00000232",
        given=Given.RESTORED,
        request=url(Signing(expires_in=WEEK + 1)),
        expect=(refused_somehow(INFERRED),),
        then=untouched(INFERRED),
    ),
    Contract(
        "presigned-for-another-region",
        reading="a URL whose scope names another region is refused, as the claim says",
        source="the claim region",
        given=Given.RESTORED,
        request=url(Signing(region="xx-elsewhere")),
        expect=(
            refused_somehow(CLAIMED),
            refused(400, Code.INVALID_ARGUMENT, INFERRED, source="EC 0002-00000228"),
        ),
        then=untouched(CLAIMED),
    ),
    Contract(
        "presigned-dated-one-hour-ahead",
        reading="a URL signed by V4 is not accepted more than 15 minutes before the time that it names",
        source="EC 0002-00000504, by analogy with a signature in Authorization",
        given=Given.RESTORED,
        request=url(Signing(skew=HOUR)),
        expect=(refused_somehow(INFERRED),),
        then=untouched(INFERRED),
    ),
    forged(
        "presigned-with-unknown-key-id",
        "the URL is signed with a key id that nobody has",
        Signing(key=Key.UNKNOWN),
    ),
    forged(
        "presigned-with-wrong-secret",
        "the URL is signed with the key id of the run and another secret",
        Signing(key=Key.WRONG_SECRET),
    ),
    forged(
        "presigned-with-another-digit",
        "the last digit of the URL's signature is another",
        Signing(tamper=Tamper.DIGIT),
    ),
    forged(
        "presigned-prolonged",
        "the URL's time is prolonged after signing",
        Signing(tamper=Tamper.PROLONGED),
    ),
    forged(
        "presigned-for-another-method",
        "the URL is signed for a GET",
        Signing(instead=SignedAs(method="GET")),
    ),
    forged(
        "presigned-for-another-name",
        "the URL is signed for another object",
        Signing(instead=SignedAs(name=f"{NAME}-other")),
    ),
    forged(
        "presigned-restore",
        "the URL is signed for a RestoreObject, and its sub-resource swapped",
        Signing(instead=SignedAs(query=((RESTORE, None),))),
    ),
    forged(
        "presigned-without-sub-resource",
        "the URL is signed for a POST, and ?cleanRestoredObject added",
        Signing(instead=SignedAs(query=())),
        signatures=(SignatureVersion.V4,),
    ),
    Contract(
        "presigned-without-sub-resource-by-v1",
        reading="V1 covers ?cleanRestoredObject: it cannot be added to a URL that was signed for a POST",
        source="all v2 SDKs sign it; no page lists what V1 covers completely",
        given=Given.RESTORED,
        request=url(Signing(instead=SignedAs(query=()))),
        expect=(MISMATCH,),
        then=untouched(INFERRED),
        signatures=(SignatureVersion.V1,),
    ),
    *(
        Contract(
            slug,
            clause="Syntax",
            says=SIGNED,
            reading=reading,
            given=Given.RESTORED,
            request=url(Signing(tamper=tamper)),
            expect=(refused_somehow(DOCUMENTED, quote=pages.URL_INCOMPLETE),),
            then=untouched(DOCUMENTED),
            signatures=SIGNATURES,
        )
        for slug, reading, tamper in (
            (
                "presigned-without-signature",
                "the URL has all parameters but the signature",
                Tamper.NO_SIGNATURE,
            ),
            ("presigned-without-expiry", "the URL no longer says how long it is valid", Tamper.NO_EXPIRY),
        )
    ),
)
