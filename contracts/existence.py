"""Buckets, objects and names that are not there, or cannot be.

Rule: a name that OSS forbids is judged only, never put; what is looked at is the object whose name a
careless reading would make of it.
"""

from __future__ import annotations

from pytest_oss_clean.contracts.states import CLEANED_THEN
from pytest_oss_clean.oss.constants import CLEAN, Code
from pytest_oss_clean.spec.contract import Contract, Sibling
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import (
    NOTHING_THERE,
    done,
    one_of,
    readable,
    refused,
    restore_state_same,
)
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.request import FILL, NAME, Bucket, RequestTemplate

NO_SUCH_KEY = refused(404, Code.NO_SUCH_KEY, INFERRED)
NO_SUCH_BUCKET = refused(404, Code.NO_SUCH_BUCKET, INFERRED)
INVALID_NAME = refused(400, Code.INVALID_OBJECT_NAME, INFERRED)

MISSING_KEY = "by analogy with RestoreObject and GetObject; no page or test has it for a clean"
MISSING_BUCKET = "a mock test of an SDK, and by analogy with RestoreObject"
NAMING = "naming page; no page or test has it for a clean"

NOTHING = (NOTHING_THERE,)
UNTOUCHED = (readable(INFERRED), restore_state_same(INFERRED))
BARE = "bare"
"""The object whose name is left where the end of the judged one is lost."""
BARE_UNTOUCHED = (readable(INFERRED, of=BARE), restore_state_same(INFERRED, of=BARE))

MISSING = (
    Contract(
        "missing-object",
        given=Given.NEVER_PUT,
        reading="An object that was never put is not found, and a clean does not make it.",
        source=MISSING_KEY,
        expect=(NO_SUCH_KEY,),
        then=NOTHING,
    ),
    Contract(
        "deleted-while-restored",
        given=Given.DELETED,
        reading="An object that was deleted is not found; its restored replica went with it.",
        source=MISSING_KEY,
        expect=(NO_SUCH_KEY,),
        then=NOTHING,
    ),
    Contract(
        "deleted-while-restoring",
        given=Given.DELETED_RESTORING,
        reading="An object that was deleted is not found; its running restore went with it.",
        source=MISSING_KEY,
        expect=(NO_SUCH_KEY,),
        then=NOTHING,
    ),
    Contract(
        "missing-bucket",
        given=Given.NEVER_PUT,
        request=RequestTemplate(bucket=Bucket.ABSENT),
        reading="A bucket that does not exist is what is not found, before any object.",
        source=MISSING_BUCKET,
        expect=(NO_SUCH_BUCKET,),
    ),
    Contract(
        "missing-bucket-of-restored",
        given=Given.RESTORED,
        request=RequestTemplate(bucket=Bucket.ABSENT),
        reading="A clean reaches no object of that name in another bucket than the one it names.",
        source=MISSING_BUCKET,
        expect=(NO_SUCH_BUCKET,),
        then=UNTOUCHED,
    ),
)

FORBIDDEN = (
    Contract(
        "name-leading-backslash",
        given=Given.RESTORED,
        request=RequestTemplate(name=f"\\{NAME}"),
        reading="A name must not start with a backslash; it is not the name without it.",
        source=NAMING,
        expect=(INVALID_NAME,),
        then=UNTOUCHED,
    ),
    Contract(
        "name-leading-slash",
        given=Given.RESTORED,
        request=RequestTemplate(name=f"/{NAME}"),
        reading="A name must not start with a slash; it is not the name without it.",
        source="naming page; an SDK test accepts that such a name is taken for one that is not there",
        expect=(one_of(f"400 {Code.INVALID_OBJECT_NAME}", f"404 {Code.NO_SUCH_KEY}"),),
        then=UNTOUCHED,
    ),
    Contract(
        "name-not-utf8",
        given=Given.RESTORED,
        request=RequestTemplate(name=f"{NAME}\udcff"),
        reading="A name is UTF-8; a byte that is none is not passed over.",
        source=NAMING,
        expect=(one_of(f"400 {Code.INVALID_OBJECT_NAME}", f"400 {Code.INVALID_ARGUMENT}"),),
        then=UNTOUCHED,
    ),
    Contract(
        "name-too-long",
        given=Given.RESTORED,
        tail=FILL,
        request=RequestTemplate(name=f"{NAME}n"),
        reading="A name has 1023 bytes at most; a longer one is not cut.",
        source=NAMING,
        expect=(INVALID_NAME,),
        then=UNTOUCHED,
    ),
)

UNUSUAL = (
    Contract(
        "name-longest",
        given=Given.RESTORED,
        tail=FILL,
        reading="A name of 1023 bytes is a name.",
        source=NAMING,
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
    Contract(
        "name-like-subresource",
        given=Given.RESTORED,
        tail=f"?{CLEAN}",
        siblings=(Sibling(BARE, ""),),
        reading="A percent-encoded question mark is part of the name and begins no query.",
        source=NAMING,
        expect=(done(200, INFERRED),),
        then=(*CLEANED_THEN, *BARE_UNTOUCHED),
    ),
    Contract(
        "name-ends-with-slash",
        given=Given.RESTORED,
        tail="/",
        siblings=(Sibling(BARE, ""),),
        reading="A slash at the end is part of the name.",
        source=NAMING,
        expect=(done(200, INFERRED),),
        then=(*CLEANED_THEN, *BARE_UNTOUCHED),
    ),
)

CONTRACTS = (*MISSING, *FORBIDDEN, *UNUSUAL)
