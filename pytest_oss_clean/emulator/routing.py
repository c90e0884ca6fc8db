"""From a request to the operation it means, and to the handler that answers it.

Rule: what a request does is decided by (level, method, sub-resource) in one table. A sub-resource
that is not in the table never falls back to the plain request: `PUT k?tagging` must not overwrite k.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import CLEAN, RESTORE
from pytest_oss_clean.oss.messages import Operation, Request

OBJECT_ONLY = frozenset({CLEAN, RESTORE, "symlink", "objectMeta"})
"""Sub-resources that a bucket does not have."""


class Level(StrEnum):
    """What an operation addresses."""

    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"


SUBRESOURCES = frozenset(
    f"""
    acl append asyncFetch bucketArchiveDirectRead bucketInfo {CLEAN} cname comp cors delete encryption
    httpsConfig inventory lifecycle link live location logging metaQuery objectMeta policy
    policyStatus publicAccessBlock qosInfo redundancyTransition referer regionList regions replication
    replicationLocation replicationProgress requestPayment resourceGroup {RESTORE} rtc seal
    stat status style symlink tagging transferAcceleration uploadId uploads versioning versions vod
    website worm wormExtend wormId x-oss-async-process x-oss-process x-oss-write-get-object-response
    """.split()
)
"""Parameters that select an operation."""

MODIFIERS = frozenset(
    """
    Expires OSSAccessKeyId Signature callback callback-var continuation-token delimiter encoding-type
    fetch-owner key-marker list-type marker max-keys max-parts max-uploads part-number-marker partNumber
    position prefix sequential
    response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires security-token start-after
    upload-id-marker version-id-marker versionId
    x-oss-ac-forward-allow x-oss-ac-source-ip x-oss-ac-subnet-mask x-oss-ac-vpc-id
    x-oss-additional-headers x-oss-credential x-oss-date x-oss-expires x-oss-request-payer
    x-oss-security-token x-oss-signature x-oss-signature-version x-oss-traffic-limit
    """.split()
)
"""Parameters that belong to another one or to the signature."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Route = tuple[Level, str, str]
"""Level, method, and sub-resource or ""."""

_ABSOLUTE = re.compile(r"https?://([^/?]*)", re.IGNORECASE)
_PUBLIC_ENDPOINT = re.compile(r"oss-[a-z0-9-]+\.aliyuncs\.com")
_PUBLIC_HOST = re.compile(r"([^.]+)\.oss-[a-z0-9-]+\.aliyuncs\.com")


class HostNames:
    """Finds the bucket that a Host names: exactly one label in front of a known domain.

    Known are `oss-<region>.aliyuncs.com`, `localhost`, `127.0.0.1` and those given.
    """

    def __init__(self, domains: Iterable[str] = (), *, strict: bool = False) -> None:
        """Know the domains; the strict accept path-style on none of OSS's own names."""
        self._strict = strict
        self._suffixes = tuple("." + d.lower().strip(".") for d in ("localhost", "127.0.0.1", *domains))

    def forbids_path_style(self, host: str) -> bool:
        """Tell whether the bucket must not stand in the path."""
        return self._strict and _PUBLIC_ENDPOINT.fullmatch(_without_port(host)) is not None

    def bucket(self, host: str) -> str:
        """Return the bucket, or "" where the path must name it."""
        host = _without_port(host)
        public = _PUBLIC_HOST.fullmatch(host)
        if public:
            return public[1]
        suffix = next((s for s in self._suffixes if host.endswith(s)), "")
        label = host.removesuffix(suffix) if suffix else ""
        return "" if "." in label else label


def _without_port(host: str) -> str:
    return re.sub(r":[0-9]*$", "", host).lower()


def host_of(request: Request) -> str:
    """Return whom a request is for: the authority of an absolute target goes before Host (RFC 9112)."""
    absolute = _ABSOLUTE.match(request.target)
    return absolute[1] if absolute else request.header("host") or ""


def read_operation(request: Request, hosts: HostNames) -> Operation:
    """Return what a request means.

    Raises OssError InvalidURI where its target cannot be decoded, and SecondLevelDomainForbidden.
    """
    host = host_of(request)
    named = hosts.bucket(host)
    try:
        bucket, name, query = naming.read_target(request.target, bucket=named)
    except (naming.MalformedTargetError, UnicodeError):
        raise OssError(errors.BAD_URI) from None
    if bucket and not named and hosts.forbids_path_style(host):
        raise OssError(errors.SECOND_LEVEL_DOMAIN)
    return Operation(request.method, bucket, name, query, request.headers, request.body)


def level(operation: Operation) -> Level:
    """Return what the operation addresses; a name without a bucket (`//x`) is an object's."""
    if operation.name:
        return Level.OBJECT
    return Level.BUCKET if operation.bucket else Level.SERVICE


def route(operation: Operation, known: Mapping[Route, object]) -> Route:
    """Return the row of the table that answers the operation.

    Raises OssError InvalidArgument on two sub-resources, InvalidObjectName where only the name is
    missing, MethodNotAllowed where another method is known, NotImplemented otherwise.
    """
    names = {name for name, _ in operation.query}
    selectors = sorted(names & SUBRESOURCES)
    if len(selectors) > 1:
        raise OssError(
            errors.BAD_ARGUMENT, (("ArgumentName", selectors[1]), ("ArgumentValue", " ".join(selectors)))
        )
    unknown = names - SUBRESOURCES - MODIFIERS
    subresource = selectors[0] if selectors else ""
    if unknown and not selectors and operation.method not in SAFE:
        raise OssError(errors.NOT_IMPLEMENTED, (("SubResource", min(unknown)),))
    where = level(operation)
    found = (where, operation.method, subresource)
    if found in known:
        return found
    if where is Level.BUCKET and subresource in OBJECT_ONLY:
        raise OssError(errors.NAME_EMPTY)
    methods = [m for lvl, m, sub in known if lvl is where and sub == subresource]
    if not methods:
        raise OssError(errors.NOT_IMPLEMENTED, (("SubResource", subresource),) if subresource else ())
    raise OssError(
        errors.NOT_ALLOWED,
        (("Method", operation.method), ("ResourceType", where.upper())),
        (("Allow", ", ".join(methods)),),
    )
