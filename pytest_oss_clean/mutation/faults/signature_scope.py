"""What else a signature may seem to belong to, where a server does not look at all that it covers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pytest_oss_clean.oss.constants import CLEAN, OSS_DATE, RESTORE
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.names import Query
from pytest_oss_clean.oss.signing import V4_PAYLOAD

SIGNING = frozenset({"Expires", "OSSAccessKeyId", "Signature", "security-token"})
"""Parameters of a V1 URL that only sign."""


def asks(operation: Operation) -> Query:
    return tuple(q for q in operation.query if not q[0].startswith("x-oss-") and q[0] not in SIGNING)


def with_query(operation: Operation, *queries: Query) -> list[Operation]:
    """Return an operation that asks for something else, each time with the parameters that sign."""
    signs = tuple(q for q in operation.query if q not in asks(operation))
    return [replace(operation, query=(*query, *signs)) for query in queries]


def other_methods(operation: Operation) -> Iterable[Operation]:
    return (replace(operation, method=method) for method in ("GET", "HEAD", "PUT", "POST", "DELETE"))


def other_names(operation: Operation) -> Iterable[Operation]:
    """Return the same request for an object whose name only begins alike."""
    return (replace(operation, name=f"{operation.name}-other"),)


def other_buckets(operation: Operation) -> Iterable[Operation]:
    return (replace(operation, bucket="oss-clean-another"),)


def plain(operation: Operation) -> Iterable[Operation]:
    """Return the same request without its sub-resource."""
    return with_query(operation, tuple(q for q in asks(operation) if q[0] != CLEAN))


def restores(operation: Operation) -> Iterable[Operation]:
    return with_query(operation, tuple((RESTORE, v) if n == CLEAN else (n, v) for n, v in asks(operation)))


def other_versions(operation: Operation) -> Iterable[Operation]:
    """Return the same request for no version, and for the version called null."""
    rest = tuple(q for q in asks(operation) if q[0] != "versionId")
    return with_query(operation, rest, (*rest, ("versionId", "null")))


def known_parameters(operation: Operation) -> Iterable[Operation]:
    """Return the same request without parameters that mean nothing."""
    return with_query(operation, tuple(q for q in operation.query if q[0] in (CLEAN, "versionId")))


def fewer_headers(operation: Operation) -> Iterable[Operation]:
    """Return the same request without each header that is stored with an object."""
    for gone in operation.headers:
        if gone[0].startswith("x-oss-meta-"):
            yield replace(operation, headers=tuple(h for h in operation.headers if h is not gone))


def shorter_headers(operation: Operation) -> Iterable[Operation]:
    """Return the same request with a header's value cut at a blank."""
    for n, (name, value) in enumerate(operation.headers):
        if name.lower() in ("x-oss-meta-note", "user-agent"):
            for blank in re.finditer(" ", value):
                cut = (name, value[: blank.start()])
                yield replace(operation, headers=(*operation.headers[:n], cut, *operation.headers[n + 1 :]))


def typed(operation: Operation) -> Iterable[Operation]:
    others = tuple(h for h in operation.headers if h[0].lower() != "content-type")
    return (replace(operation, headers=(*others, ("Content-Type", "text/plain"))),)


def other_seconds(operation: Operation) -> Iterable[Operation]:
    """Return the same request, dated some seconds earlier or later."""
    for digit in "0123456789":
        yield replace(
            operation,
            headers=tuple(
                (
                    name,
                    re.sub(r"\d(?=Z$| GMT$)", digit, value) if name.lower() in (OSS_DATE, "date") else value,
                )
                for name, value in operation.headers
            ),
        )


def unhashed(operation: Operation) -> Iterable[Operation]:
    """Return the same request with the payload hash that everybody signs."""
    name = "x-oss-content-sha256"
    others = tuple(h for h in operation.headers if h[0].lower() != name)
    return (replace(operation, headers=(*others, (name, V4_PAYLOAD))),)


def shorter_lived(operation: Operation) -> Iterable[Operation]:
    """Return the same URL, valid for a minute less."""
    return (
        replace(
            operation,
            query=tuple(
                (n, str(int(v) - 60) if v and n in ("Expires", "x-oss-expires") else v)
                for n, v in operation.query
            ),
        ),
    )
