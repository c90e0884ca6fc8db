"""The rows of authentication that notice each server which verifies too little or too much."""

from __future__ import annotations

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.spec.matchers import StatusIs

AREA = AREAS["authentication"]
ACCEPTED = {
    contract.id
    for contract in AREA
    if any(m in contract.expect[0].matchers for m in (StatusIs(200), StatusIs(409)))
}
REFUSED = {contract.id for contract in AREA} - ACCEPTED
"""Rows of what is to be let in, and of what is not."""
ALTERED = {
    "content-type-altered",
    "date-altered",
    "listed-header-altered",
    "oss-header-added",
    "oss-header-altered",
    "oss-header-dropped",
    "parameter-added",
    "signature-cut-in-half",
    "signature-of-another-bucket",
    "signature-of-another-method",
    "signature-of-another-name",
    "signature-of-another-version",
    "signature-with-another-digit",
    "sub-resource-swapped",
    "sub-resource-unsigned",
    "version-added",
    "version-dropped",
    "wrong-secret",
}
"""Rows whose V4 signature in a header does not fit."""
ALTERED_URLS = {
    "presigned-for-another-method",
    "presigned-for-another-name",
    "presigned-prolonged",
    "presigned-restore",
    "presigned-with-another-digit",
    "presigned-with-wrong-secret",
    "presigned-without-sub-resource",
}
URL_BY_V1 = "presigned-without-sub-resource-by-v1"
BY_V1 = {"sub-resource-unsigned-by-v1", URL_BY_V1}
TOKENS = {"temporary-key-with-made-up-token", "temporary-key-without-token"}
UNREADABLE = {
    "authorization-of-another-scheme",
    "key-id-missing",
    "signature-empty",
    "signature-missing",
}
FAULTS = {
    "anonymous": ({"anonymous"}, {"anonymous-of-frozen"}),
    "unreadable": (UNREADABLE, {"scope-with-another-end", "signed-in-header-and-url"}),
    "half-a-url": ({"presigned-without-expiry", "presigned-without-signature"}, set()),
    "undated": ({"date-missing"}, set()),
    "v4-unverified": (ALTERED | ALTERED_URLS, set()),
    "v1-unverified": ({"signature-in-the-other-case"}, BY_V1),
    "url-unverified": (ALTERED_URLS, {URL_BY_V1}),
    "nothing-verified": (
        ALTERED | ALTERED_URLS | TOKENS | {"signature-in-the-other-case", "token-altered", "token-dropped"},
        BY_V1,
    ),
    "as-much-as-given": ({"signature-cut-in-half"}, set()),
    "without-its-end": ({"presigned-with-another-digit", "signature-with-another-digit"}, set()),
    "any-case": ({"signature-in-the-other-case"}, set()),
    "method-unsigned": ({"presigned-for-another-method", "signature-of-another-method"}, set()),
    "name-unsigned": ({"presigned-for-another-name", "signature-of-another-name"}, set()),
    "bucket-unsigned": ({"signature-of-another-bucket"}, set()),
    "sub-resource-v4": ({"presigned-without-sub-resource", "sub-resource-unsigned"}, set()),
    "sub-resource-v1": (set(), BY_V1),
    "restore-unsigned": ({"presigned-restore", "sub-resource-swapped"}, set()),
    "version-unsigned": ({"signature-of-another-version", "version-added", "version-dropped"}, set()),
    "parameters-unsigned": ({"parameter-added"}, set()),
    "header-added": ({"oss-header-added"}, set()),
    "header-end": ({"listed-header-altered", "oss-header-altered"}, set()),
    "type-unsigned": ({"content-type-altered"}, set()),
    "unknown-key": (
        {"presigned-with-unknown-key-id", "unknown-key-id", "unknown-key-id-by-v1"},
        {"unknown-key-id-of-missing"},
    ),
    "payload-hash-free": ({"payload-hash-altered", "payload-hash-missing"}, set()),
    "skew-past": (set(), {"dated-one-hour-back"}),
    "skew-future": (set(), {"dated-one-hour-ahead"}),
    "url-skew-future": (set(), {"presigned-dated-one-hour-ahead"}),
    "url-for-years": (set(), {"presigned-for-too-long"}),
    "url-expired-v4": ({"presigned-expired"}, set()),
    "scope-day": (set(), {"signed-for-another-day"}),
    "scope-product": (set(), {"signed-for-another-product"}),
    "scope-region": ({"signed-for-another-region"}, set()),
    "scope-end": (set(), {"scope-with-another-end"}),
    "url-region": ({"presigned-for-another-region"}, set()),
    "token-missing": ({"temporary-key-without-token"}, set()),
    "token-made-up": ({"temporary-key-with-made-up-token"}, set()),
    "token-of-nobody": (set(), {"key-with-made-up-token"}),
    "two-signatures": (set(), {"signed-in-header-and-url"}),
}
"""Mutants that verify too little: the rows that fail, and those that see something else and fail nothing."""

STRICTER = {
    "no-url": ({"presigned"}, {"presigned-by-temporary-key"}),
    "no-temporary-key": ({"temporary-key"}, {"presigned-by-temporary-key"}),
    "skew-of-a-minute": (set(), {"dated-ten-minutes-back", "dated-ten-minutes-ahead"}),
    "no-listed-header": (set(), {"listed-header"}),
    "no-v4": (
        {"presigned", "temporary-key"},
        ACCEPTED - {"presigned", "temporary-key", "temporary-key-by-v1"},
    ),
}
"""Mutants that refuse what should be let in."""
