"""Who may ask: keys, tokens, and the time and place that a signature is for.

What the signature covers stands in signatures.py, signatures in the URL in presigned.py. A clean that
must be refused goes to a restored object: let in, it would freeze it.
"""

from __future__ import annotations

from pytest_oss_clean.contracts.page import FROZEN, RESTORED, SIGNATURES
from pytest_oss_clean.oss.constants import Code, SignatureVersion
from pytest_oss_clean.spec import pages
from pytest_oss_clean.spec.contract import Contract, Effect
from pytest_oss_clean.spec.evidence import CLAIMED, DOCUMENTED, INFERRED, SDK_TESTED, Evidence
from pytest_oss_clean.spec.expectations import (
    done,
    one_of,
    readable,
    refused,
    refused_somehow,
    restore_shown,
    unreadable,
)
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.pages import HEAD_RESTORED
from pytest_oss_clean.spec.request import Key, RequestTemplate, Signing
from pytest_oss_clean.spec.tampering import Tamper

SIGNED = "Authorization: SignatureValue"
"""What the page's syntax demands of a request."""

SDK_TESTS = (
    "integration tests of CleanRestoredObject: alibabacloud-oss-v2 for Python "
    "(test_clean_restored_object_fail), and the v2 SDKs for PHP, Kotlin and C++"
)
HOUR = 3_600
TEN_MINUTES = 600

MISMATCH = refused(
    403, Code.SIGNATURE_DOES_NOT_MATCH, INFERRED, source="EC 0002-00000040 (V1) and 0002-00000201 (V4)"
)
UNKNOWN = refused(403, Code.INVALID_ACCESS_KEY_ID, INFERRED, source="EC 0002-00000902")
SKEWED = refused(403, Code.REQUEST_TIME_TOO_SKEWED, INFERRED, source="EC 0002-00000504")


def untouched(evidence: Evidence) -> tuple[Effect, ...]:
    """Return what shows that a refused clean left the restored object alone."""
    says = RESTORED if evidence is DOCUMENTED else ""
    return (restore_shown(evidence, says=says, quote=HEAD_RESTORED), readable(evidence, says=says))


CONTRACTS = (
    Contract(
        "unknown-key-id",
        clause="Syntax",
        says=SIGNED,
        reading="signed with a key id that nobody has",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.UNKNOWN)),
        expect=(refused(403, Code.INVALID_ACCESS_KEY_ID, SDK_TESTED, source=SDK_TESTS),),
        then=untouched(DOCUMENTED),
    ),
    Contract(
        "unknown-key-id-by-v1",
        clause="Syntax",
        says=SIGNED,
        reading="signed by V1 with a key id that nobody has",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.UNKNOWN)),
        expect=(refused_somehow(DOCUMENTED, quote=pages.UNKNOWN_KEY), UNKNOWN),
        then=untouched(DOCUMENTED),
        signatures=(SignatureVersion.V1,),
    ),
    Contract(
        "wrong-secret",
        clause="Syntax",
        says=SIGNED,
        reading="signed with the key id of the run and another secret",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.WRONG_SECRET)),
        expect=(refused_somehow(DOCUMENTED, quote=pages.MISMATCH), MISMATCH),
        then=untouched(DOCUMENTED),
        signatures=SIGNATURES,
    ),
    Contract(
        "anonymous",
        clause="Syntax",
        says=SIGNED,
        reading="not signed at all, in a private bucket",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.ANONYMOUS)),
        expect=(
            refused_somehow(DOCUMENTED, quote=pages.ANONYMOUS),
            refused(403, Code.ACCESS_DENIED, INFERRED, source="EC 0003-00001201"),
        ),
        then=untouched(DOCUMENTED),
    ),
    Contract(
        "dated-one-hour-back",
        reading="the request's time may differ from the server's by 15 minutes: an old request is refused",
        source="EC 0002-00000504",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(skew=-HOUR)),
        expect=(SKEWED,),
        then=untouched(INFERRED),
        signatures=SIGNATURES,
    ),
    Contract(
        "dated-one-hour-ahead",
        reading="the request's time may differ from the server's by 15 minutes, in both directions",
        source="EC 0002-00000504",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(skew=HOUR)),
        expect=(SKEWED,),
        then=untouched(INFERRED),
        signatures=SIGNATURES,
    ),
    *(
        Contract(
            f"dated-ten-minutes-{word}",
            reading="the request's time may differ from the server's by 15 minutes: ten are accepted",
            source="EC 0002-00000504",
            given=Given.NEVER_RESTORED,
            request=RequestTemplate(signing=Signing(skew=seconds)),
            expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),),
        )
        for word, seconds in (("back", -TEN_MINUTES), ("ahead", TEN_MINUTES))
    ),
    Contract(
        "unknown-key-id-of-missing",
        reading="an unknown key does not learn that an object is missing",
        source="EC 0002-00000902; which is looked at first, the key or the object, no page says",
        given=Given.NEVER_PUT,
        request=RequestTemplate(signing=Signing(key=Key.UNKNOWN)),
        expect=(UNKNOWN,),
    ),
    Contract(
        "anonymous-of-frozen",
        reading="without a signature nobody learns the state of an object in a private bucket",
        source="EC 0003-00001201",
        given=Given.NEVER_RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.ANONYMOUS)),
        expect=(refused(403, Code.ACCESS_DENIED, INFERRED),),
    ),
    Contract(
        "signed-for-another-region",
        reading="a signature whose scope names another region is refused, as the claim says",
        source="the claim region",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(region="xx-elsewhere")),
        expect=(
            refused_somehow(CLAIMED),
            refused(400, Code.INVALID_ARGUMENT, INFERRED, source="EC 0002-00000226"),
        ),
        then=untouched(CLAIMED),
    ),
    Contract(
        "signed-for-another-product",
        reading="a signature whose scope names another product than oss is refused",
        source="EC 0002-00000227",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(product="ots")),
        expect=(refused(400, Code.INVALID_ARGUMENT, INFERRED),),
        then=untouched(INFERRED),
    ),
    Contract(
        "signed-for-another-day",
        reading="a signature whose scope names the day before that of its date is refused",
        source="SDKs that correct their clocks look for this answer",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(scope_days=-1)),
        expect=(refused(400, Code.INVALID_ARGUMENT, INFERRED),),
        then=untouched(INFERRED),
    ),
    Contract(
        "scope-with-another-end",
        reading="a scope that does not end with aliyun_v4_request is refused",
        source="EC 0002-00000213",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(tamper=Tamper.TERMINATOR)),
        expect=(refused(400, Code.INVALID_ARGUMENT, INFERRED),),
        then=untouched(INFERRED),
    ),
    Contract(
        "temporary-key",
        reading="a clean signed with temporary credentials is carried out, as the claim says",
        source="the claim STS",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.STS)),
        expect=(done(200, CLAIMED),),
        then=(unreadable(DOCUMENTED, says=FROZEN),),
        signatures=SIGNATURES,
    ),
    Contract(
        "temporary-key-without-token",
        reading="temporary credentials are refused without the token they come with",
        source="the claim STS",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.TOKEN_MISSING)),
        expect=(
            refused_somehow(CLAIMED),
            refused(403, Code.INVALID_ACCESS_KEY_ID, INFERRED, source="EC 0002-00000003"),
        ),
        then=untouched(CLAIMED),
        signatures=SIGNATURES,
    ),
    Contract(
        "temporary-key-with-made-up-token",
        reading="temporary credentials are refused with a token that was never given out",
        source="the claim STS",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.TOKEN_CHANGED)),
        expect=(
            refused_somehow(CLAIMED),
            refused(403, Code.INVALID_SECURITY_TOKEN, INFERRED, source="EC 0002-00000008"),
        ),
        then=untouched(CLAIMED),
        signatures=SIGNATURES,
    ),
    Contract(
        "token-altered",
        clause="Syntax",
        says=SIGNED,
        reading="the security token is altered after it was signed",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.STS, tamper=Tamper.TOKEN)),
        expect=(
            refused_somehow(DOCUMENTED, quote=pages.BAD_TOKEN),
            one_of(
                f"403 {Code.INVALID_SECURITY_TOKEN}",
                f"403 {Code.SIGNATURE_DOES_NOT_MATCH}",
                source="EC 0002-00000008 and 0002-00000201: which comes first is not said",
            ),
        ),
        then=untouched(DOCUMENTED),
    ),
    Contract(
        "token-dropped",
        clause="Syntax",
        says=SIGNED,
        reading="the security token is taken away after it was signed",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.STS, tamper=Tamper.NO_TOKEN)),
        expect=(
            refused_somehow(DOCUMENTED, quote=pages.TOKEN_LOST),
            one_of(
                f"403 {Code.INVALID_ACCESS_KEY_ID}",
                f"403 {Code.SIGNATURE_DOES_NOT_MATCH}",
                source="EC 0002-00000003 and 0002-00000201: which comes first is not said",
            ),
        ),
        then=untouched(DOCUMENTED),
    ),
    Contract(
        "key-with-made-up-token",
        reading="a key is refused together with a token that was never given out for it",
        source="EC 0002-00000002, and 0002-00000008 where the run's own key is temporary",
        given=Given.RESTORED,
        request=RequestTemplate(signing=Signing(key=Key.BOGUS_TOKEN)),
        expect=(one_of(f"403 {Code.INVALID_ACCESS_KEY_ID}", f"403 {Code.INVALID_SECURITY_TOKEN}"),),
        then=untouched(INFERRED),
        needs=frozenset({"STS"}),
    ),
)
