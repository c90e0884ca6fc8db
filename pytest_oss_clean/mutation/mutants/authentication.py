"""Mutants of authentication: who is let in, who is locked out, and what happens though it is refused."""

from __future__ import annotations

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.authentication import Key
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults import signature_scope as f
from pytest_oss_clean.mutation.faults.authenticator import (
    accepting,
    admitting,
    comparing,
    obeying,
    refusing,
    skewed,
    skipping,
    telling_strangers,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnService, OssError, Reached
from pytest_oss_clean.mutation.mutants import error_precedence as refusals
from pytest_oss_clean.oss.constants import CLEAN, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.verification import Presented
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, SDK_TESTED = Evidence.DOCUMENTED, Evidence.SDK_TESTED
CLAIMED, INFERRED = Evidence.CLAIMED, Evidence.INFERRED

MINUTE = 60.0
UNKNOWN = (errors.UNKNOWN_KEY, *errors.BAD_KEY_ID.values())
UNREADABLE = (errors.UNREADABLE_V4_HEADER, *errors.UNREADABLE_HEADER.values())
END = errors.UNREADABLE_HEADER["terminator"]
HALF_A_URL = (*errors.UNREADABLE_URL.values(), errors.UNREADABLE_V4_URL)

Row = tuple[str, Evidence, OssError, str]


def v1(presented: Presented) -> bool:
    """Tell a signature of V1."""
    return presented.version is SignatureVersion.V1


def v4(presented: Presented) -> bool:
    """Tell a signature of V4."""
    return presented.version is SignatureVersion.V4


def in_url(presented: Presented) -> bool:
    """Tell a signature in the URL."""
    return presented.form is SignatureForm.URL


def in_header(presented: Presented) -> bool:
    """Tell a signature in Authorization."""
    return presented.form is SignatureForm.HEADER


def temporary(_: Presented, known: Key, __: float) -> bool:
    """Tell a temporary key."""
    return known.credentials.token is not None


def anything(*_: str) -> bool:
    """Take any signature for right."""
    return True


def anonymous_cleans() -> OnService:
    """Let a clean in that nobody signed."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def admit_anonymous(self, operation: Operation) -> None:
                if any(name == CLEAN for name, _ in operation.query):
                    reached()
                    return
                super().admit_anonymous(operation)

        return Mutated

    return OnService(make)


LET_IN: tuple[Row, ...] = (
    ("anonymous", DOCUMENTED, anonymous_cleans(), "a clean needs no signature"),
    ("unknown-key", SDK_TESTED, admitting(*UNKNOWN), "a key id that nobody has is let in"),
    ("unreadable", DOCUMENTED, admitting(*UNREADABLE), "an Authorization that nobody can read is let in"),
    ("half-a-url", DOCUMENTED, admitting(*HALF_A_URL), "a URL that lacks a part of its signature is let in"),
    ("undated", DOCUMENTED, admitting(errors.NO_DATE), "a request without a date is let in"),
    ("v4-unverified", DOCUMENTED, comparing(anything, v4), "V4 signatures are not verified"),
    ("v1-unverified", DOCUMENTED, comparing(anything, v1), "V1 signatures are not verified"),
    ("url-unverified", DOCUMENTED, comparing(anything, in_url), "signatures in URLs are not verified"),
    ("as-much-as-given", DOCUMENTED, comparing(str.startswith), "a signature is compared as far as it goes"),
    ("without-its-end", DOCUMENTED, comparing(lambda a, b: a[:-3] == b[:-3]), "the last digits do not count"),
    ("length-only", DOCUMENTED, comparing(lambda a, b: len(a) == len(b)), "the length of a signature counts"),
    (
        "any-case",
        DOCUMENTED,
        comparing(lambda a, b: a.lower() == b.lower(), v1),
        "V1's base64 is compared without letter case",
    ),
    ("method-unsigned", DOCUMENTED, accepting(f.other_methods), "the signature of another method fits"),
    ("name-unsigned", DOCUMENTED, accepting(f.other_names), "the signature of a longer name fits"),
    ("bucket-unsigned", DOCUMENTED, accepting(f.other_buckets), "the signature of another bucket fits"),
    ("sub-resource-v4", DOCUMENTED, accepting(f.plain, v4), "V4 leaves the sub-resource out"),
    ("version-unsigned", DOCUMENTED, accepting(f.other_versions), "versionId is not covered"),
    (
        "parameters-unsigned",
        DOCUMENTED,
        accepting(f.known_parameters, v4),
        "V4 leaves unknown parameters out",
    ),
    ("header-added", DOCUMENTED, accepting(f.fewer_headers), "an added x-oss- header is not covered"),
    ("header-end", DOCUMENTED, accepting(f.shorter_headers), "a header is covered up to its first blank"),
    ("type-unsigned", DOCUMENTED, accepting(f.typed), "Content-Type is not covered"),
    ("seconds-unsigned", DOCUMENTED, accepting(f.other_seconds), "the seconds of the date are not covered"),
    (
        "payload-hash-free",
        DOCUMENTED,
        accepting(f.unhashed, unchecked=(errors.BAD_PAYLOAD_HASH,)),
        "any x-oss-content-sha256 will do",
    ),
    ("url-prolonged", DOCUMENTED, accepting(f.shorter_lived), "how long a URL is valid is not covered"),
    ("restore-unsigned", DOCUMENTED, accepting(f.restores), "a signature of RestoreObject fits"),
    ("sub-resource-v1", INFERRED, accepting(f.plain, v1), "V1 may leave the sub-resource out"),
    ("skew-past", INFERRED, skewed(ahead=False, which=in_header), "an old request is let in"),
    ("skew-future", INFERRED, skewed(ahead=True, which=in_header), "a request of the future is let in"),
    ("url-skew-future", INFERRED, skewed(ahead=True, which=in_url), "a URL of the future is let in"),
    ("scope-day", INFERRED, skipping(errors.OTHER_SCOPE_DATE), "the scope's day is not looked at"),
    ("scope-product", INFERRED, skipping(errors.WRONG_PRODUCT), "the scope's product is not looked at"),
    ("scope-end", INFERRED, admitting(END), "the scope's end is not looked at"),
    ("scope-region", CLAIMED, skipping(errors.WRONG_REGION), "the scope's region is not looked at"),
    ("url-region", CLAIMED, skipping(errors.WRONG_URL_REGION), "the region in a URL is not looked at"),
    ("url-expired-v4", CLAIMED, skipping(errors.EXPIRED_V4), "a V4 URL never expires"),
    ("url-expired-v1", CLAIMED, skipping(errors.EXPIRED_V1), "a V1 URL never expires"),
    (
        "url-for-years",
        INFERRED,
        skipping(errors.BAD_EXPIRES_V4),
        "a V4 URL may be valid for longer than a week",
    ),
    ("token-missing", CLAIMED, skipping(errors.LOST_TOKEN), "a temporary key needs no token"),
    ("token-made-up", CLAIMED, skipping(errors.BAD_TOKEN), "any token will do for a temporary key"),
    ("token-of-nobody", INFERRED, skipping(errors.BOGUS_TOKEN), "a permanent key may have any token"),
    (
        "two-signatures",
        INFERRED,
        admitting(errors.UNREADABLE_HEADER["signature in header and URL"]),
        "a request with two signatures is let in",
    ),
)

LOCKED_OUT: tuple[Row, ...] = (
    ("no-v1", DOCUMENTED, refusing(lambda p, *_: v1(p), errors.NOT_MATCHING_V1), "V1 is refused on a clean"),
    ("no-v4", DOCUMENTED, refusing(lambda p, *_: v4(p), errors.NOT_MATCHING_V4), "V4 is refused on a clean"),
    (
        "no-url",
        CLAIMED,
        refusing(lambda p, *_: in_url(p), errors.ANONYMOUS),
        "a signature in the URL is refused",
    ),
    ("no-temporary-key", CLAIMED, refusing(temporary, errors.BAD_TOKEN), "temporary keys are refused"),
    (
        "no-temporary-key-v1",
        CLAIMED,
        refusing(lambda p, k, a: v1(p) and temporary(p, k, a), errors.NOT_MATCHING_V1),
        "temporary keys are refused that sign with V1",
    ),
    (
        "no-temporary-url",
        INFERRED,
        refusing(lambda p, k, a: in_url(p) and temporary(p, k, a), errors.BAD_TOKEN),
        "temporary keys are refused that sign in the URL",
    ),
    (
        "no-listed-header",
        INFERRED,
        refusing(lambda p, *_: bool(p.additional), errors.NOT_MATCHING_V4),
        "AdditionalHeaders are refused",
    ),
    (
        "skew-of-a-minute",
        INFERRED,
        refusing(lambda p, _, age: not in_url(p) and abs(age) > MINUTE, errors.SKEWED),
        "a clock may differ by a minute, not by fifteen",
    ),
)

TOLD: tuple[Row, ...] = (
    ("state-to-strangers", INFERRED, telling_strangers(*UNKNOWN), "an unknown key learns an object's state"),
    ("state-to-nobody", INFERRED, telling_strangers(errors.ANONYMOUS), "nobody learns an object's state"),
)

DONE_THOUGH: tuple[Row, ...] = (
    ("unknown-key", DOCUMENTED, obeying(*UNKNOWN), "an unknown key id"),
    ("mismatch-v4", DOCUMENTED, obeying(errors.NOT_MATCHING_V4), "a V4 signature that does not match"),
    ("mismatch-v1", DOCUMENTED, obeying(errors.NOT_MATCHING_V1), "a V1 signature that does not match"),
    ("anonymous", DOCUMENTED, obeying(errors.ANONYMOUS), "no signature"),
    ("unreadable", DOCUMENTED, obeying(*UNREADABLE), "an Authorization that cannot be read"),
    ("undated", DOCUMENTED, obeying(errors.NO_DATE), "no date"),
    ("payload-hash", DOCUMENTED, obeying(errors.BAD_PAYLOAD_HASH), "another payload hash"),
    ("skew", INFERRED, obeying(errors.SKEWED), "a date too far off"),
    ("region", CLAIMED, obeying(errors.WRONG_REGION, errors.WRONG_URL_REGION), "another region"),
    ("product", INFERRED, obeying(errors.WRONG_PRODUCT), "another product"),
    ("expired-v4", CLAIMED, obeying(errors.EXPIRED_V4), "a V4 URL that has expired"),
    ("expired-v1", CLAIMED, obeying(errors.EXPIRED_V1), "a V1 URL that has expired"),
    ("lost-token", CLAIMED, obeying(errors.LOST_TOKEN), "a temporary key without its token"),
    ("bad-token", CLAIMED, obeying(errors.BAD_TOKEN), "a token that was never given out"),
)


def mutant(row: Row, damage: Damage) -> Mutant:
    """Return the mutant of a row."""
    name, breaks, fault, says = row
    return Mutant(
        id=f"auth-{name}",
        family=Family.AUTHENTICATION,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
    )


MUTANTS: tuple[Mutant, ...] = (
    *(mutant(row, Damage.ACCESS) for row in LET_IN),
    *(mutant(row, Damage.MISLED) for row in TOLD),
    *(mutant(row, Damage.LOCKED_OUT) for row in LOCKED_OUT),
    *(
        mutant((f"done-though-{name}", breaks, fault, f"refused for {why}, and done"), Damage.ACCESS)
        for name, breaks, fault, why in DONE_THOUGH
    ),
    *refusals.MUTANTS,
)
