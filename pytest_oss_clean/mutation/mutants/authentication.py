"""Mutants of authentication: who is let in, who is locked out, and what happens though it is refused."""

from __future__ import annotations

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.authentication import Authenticator, Key
from pytest_oss_clean.mutation.faults import signature_scope as f
from pytest_oss_clean.mutation.faults.authenticator import (
    accepting,
    admitting,
    cleaned_although,
    comparing,
    lenient_in_time,
    passed_over,
    rejecting,
    skipping,
    state_told,
)
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.mutation.mutants import error_precedence as refusals
from pytest_oss_clean.oss.constants import CLEAN, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.verification import Presented
from pytest_oss_clean.spec.evidence import CLAIMED, DOCUMENTED, INFERRED, SDK_TESTED

ACCESS, LOCKED, MISLED = Damage.ACCESS, Damage.LOCKED_OUT, Damage.MISLED

MINUTE = 60.0
UNKNOWN = (errors.UNKNOWN_KEY, *errors.BAD_KEY_ID.values())
NOT_MATCHING = (errors.NOT_MATCHING_V1, errors.NOT_MATCHING_V4)
UNREADABLE = (errors.UNREADABLE_V4_HEADER, *errors.UNREADABLE_HEADER.values())
END = errors.UNREADABLE_HEADER["terminator"]
HALF_A_URL = (*errors.UNREADABLE_URL.values(), errors.UNREADABLE_V4_URL)


def v1(presented: Presented) -> bool:
    return presented.version is SignatureVersion.V1


def v4(presented: Presented) -> bool:
    return presented.version is SignatureVersion.V4


def in_url(presented: Presented) -> bool:
    return presented.form is SignatureForm.URL


def in_header(presented: Presented) -> bool:
    return presented.form is SignatureForm.HEADER


def temporary(_: Presented, known: Key, __: float) -> bool:
    return known.credentials.token is not None


def anything(*_: str) -> bool:
    return True


@service_fault("admit_anonymous")
def anonymous_cleans(call: MethodCall) -> None:
    """Let a clean in that nobody signed."""
    if any(name == CLEAN for name, _ in call.operation.query):
        call.reached()
    else:
        call.right()


@service_fault("check_token", "check_signature", of=Authenticator)
def unverified(call: MethodCall) -> None:
    """Look at neither tokens nor signatures."""
    with passed_over((errors.BAD_TOKEN, errors.LOST_TOKEN, *NOT_MATCHING), call.reached):
        call.right()


LET_IN: Table = {
    (DOCUMENTED, ACCESS): (
        ("anonymous", anonymous_cleans(), "a clean needs no signature"),
        ("unreadable", admitting(*UNREADABLE), "an Authorization that nobody can read is let in"),
        ("half-a-url", admitting(*HALF_A_URL), "a URL that lacks a part of its signature is let in"),
        ("undated", admitting(errors.NO_DATE), "a request without a date is let in"),
        ("v4-unverified", comparing(anything, v4), "V4 signatures are not verified"),
        ("v1-unverified", comparing(anything, v1), "V1 signatures are not verified"),
        ("url-unverified", comparing(anything, in_url), "signatures in URLs are not verified"),
        ("as-much-as-given", comparing(str.startswith), "a signature is compared as far as it goes"),
        ("without-its-end", comparing(lambda a, b: a[:-3] == b[:-3]), "the last digits do not count"),
        ("nothing-verified", unverified(), "neither tokens nor signatures are verified"),
        ("length-only", comparing(lambda a, b: len(a) == len(b)), "the length of a signature counts"),
        (
            "any-case",
            comparing(lambda a, b: a.lower() == b.lower(), v1),
            "V1's base64 is compared without letter case",
        ),
        ("method-unsigned", f.other_methods, "the signature of another method fits"),
        ("name-unsigned", f.other_names, "the signature of a longer name fits"),
        ("bucket-unsigned", f.other_buckets, "the signature of another bucket fits"),
        ("sub-resource-v4", f.plain, v4, "V4 leaves the sub-resource out"),
        ("version-unsigned", f.other_versions, "versionId is not covered"),
        ("parameters-unsigned", f.known_parameters, v4, "V4 leaves unknown parameters out"),
        ("header-added", f.fewer_headers, "an added x-oss- header is not covered"),
        ("header-end", f.shorter_headers, "a header is covered up to its first blank"),
        ("type-unsigned", f.typed, "Content-Type is not covered"),
        ("seconds-unsigned", f.other_seconds, "the seconds of the date are not covered"),
        (
            "payload-hash-free",
            accepting(f.unhashed, unchecked=(errors.BAD_PAYLOAD_HASH,)),
            "any x-oss-content-sha256 will do",
        ),
        ("url-prolonged", f.shorter_lived, "how long a URL is valid is not covered"),
        ("restore-unsigned", f.restores, "a signature of RestoreObject fits"),
    ),
    (SDK_TESTED, ACCESS): (("unknown-key", admitting(*UNKNOWN), "a key id that nobody has is let in"),),
    (INFERRED, ACCESS): (
        ("sub-resource-v1", f.plain, v1, "V1 may leave the sub-resource out"),
        ("skew-past", lenient_in_time(ahead=False, which=in_header), "an old request is let in"),
        ("skew-future", lenient_in_time(ahead=True, which=in_header), "a request of the future is let in"),
        ("url-skew-future", lenient_in_time(ahead=True, which=in_url), "a URL of the future is let in"),
        ("scope-day", skipping(errors.OTHER_SCOPE_DATE), "the scope's day is not looked at"),
        ("scope-product", skipping(errors.WRONG_PRODUCT), "the scope's product is not looked at"),
        ("scope-end", admitting(END), "the scope's end is not looked at"),
        ("url-for-years", skipping(errors.BAD_EXPIRES_V4), "a V4 URL may be valid for longer than a week"),
        ("token-of-nobody", skipping(errors.BOGUS_TOKEN), "a permanent key may have any token"),
        (
            "two-signatures",
            admitting(errors.UNREADABLE_HEADER["signature in header and URL"]),
            "a request with two signatures is let in",
        ),
    ),
    (CLAIMED, ACCESS): (
        ("scope-region", skipping(errors.WRONG_REGION), "the scope's region is not looked at"),
        ("url-region", skipping(errors.WRONG_URL_REGION), "the region in a URL is not looked at"),
        ("url-expired-v4", skipping(errors.EXPIRED_V4), "a V4 URL never expires"),
        ("url-expired-v1", skipping(errors.EXPIRED_V1), "a V1 URL never expires"),
        ("token-missing", skipping(errors.LOST_TOKEN), "a temporary key needs no token"),
        ("token-made-up", skipping(errors.BAD_TOKEN), "any token will do for a temporary key"),
    ),
}

LOCKED_OUT: Table = {
    (DOCUMENTED, LOCKED): (
        ("no-v1", lambda p, *_: v1(p), errors.NOT_MATCHING_V1, "V1 is refused on a clean"),
        ("no-v4", lambda p, *_: v4(p), errors.NOT_MATCHING_V4, "V4 is refused on a clean"),
    ),
    (CLAIMED, LOCKED): (
        ("no-url", lambda p, *_: in_url(p), errors.ANONYMOUS, "a signature in the URL is refused"),
        ("no-temporary-key", temporary, errors.BAD_TOKEN, "temporary keys are refused"),
        (
            "no-temporary-key-v1",
            lambda p, k, a: v1(p) and temporary(p, k, a),
            errors.NOT_MATCHING_V1,
            "temporary keys are refused that sign with V1",
        ),
    ),
    (INFERRED, LOCKED): (
        (
            "no-temporary-url",
            lambda p, k, a: in_url(p) and temporary(p, k, a),
            errors.BAD_TOKEN,
            "temporary keys are refused that sign in the URL",
        ),
        (
            "no-listed-header",
            lambda p, *_: bool(p.additional),
            errors.NOT_MATCHING_V4,
            "AdditionalHeaders are refused",
        ),
        (
            "skew-of-a-minute",
            lambda p, _, age: not in_url(p) and abs(age) > MINUTE,
            errors.SKEWED,
            "a clock may differ by a minute, not by fifteen",
        ),
    ),
}

TOLD: Table = {
    (INFERRED, MISLED): (
        ("state-to-strangers", state_told(*UNKNOWN), "an unknown key learns an object's state"),
        ("state-to-nobody", state_told(errors.ANONYMOUS), "nobody learns an object's state"),
    )
}

DONE_THOUGH: Table = {
    (DOCUMENTED, ACCESS): (
        ("unknown-key", *UNKNOWN, "an unknown key id"),
        ("mismatch-v4", errors.NOT_MATCHING_V4, "a V4 signature that does not match"),
        ("mismatch-v1", errors.NOT_MATCHING_V1, "a V1 signature that does not match"),
        ("anonymous", errors.ANONYMOUS, "no signature"),
        ("unreadable", *UNREADABLE, "an Authorization that cannot be read"),
        ("undated", errors.NO_DATE, "no date"),
        ("payload-hash", errors.BAD_PAYLOAD_HASH, "another payload hash"),
    ),
    (INFERRED, ACCESS): (
        ("skew", errors.SKEWED, "a date too far off"),
        ("product", errors.WRONG_PRODUCT, "another product"),
    ),
    (CLAIMED, ACCESS): (
        ("region", errors.WRONG_REGION, errors.WRONG_URL_REGION, "another region"),
        ("expired-v4", errors.EXPIRED_V4, "a V4 URL that has expired"),
        ("expired-v1", errors.EXPIRED_V1, "a V1 URL that has expired"),
        ("lost-token", errors.LOST_TOKEN, "a temporary key without its token"),
        ("bad-token", errors.BAD_TOKEN, "a token that was never given out"),
    ),
}


AUTHENTICATION = Family.AUTHENTICATION
MUTANTS: tuple[Mutant, ...] = (
    *mutants("auth", AUTHENTICATION, LET_IN, of=accepting),
    *mutants("auth", AUTHENTICATION, TOLD),
    *mutants(
        "auth", AUTHENTICATION, LOCKED_OUT, of=rejecting, first={"no-url": ("generated-names-presigned",)}
    ),
    *mutants(
        "auth-done-though",
        AUTHENTICATION,
        DONE_THOUGH,
        of=cleaned_although,
        says="refused for {}, and done",
        first={"mismatch-v4": ("generated-tampered",)},
    ),
    *refusals.MUTANTS,
)
