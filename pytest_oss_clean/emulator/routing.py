"""From a request to the operation it means, and to the handler that answers it.

Rule: what a request does is decided by (level, method, sub-resource) in one table. A sub-resource that
is not modelled never falls back to the plain request: `PUT k?retention` must not overwrite k. What the
emulator does not have is refused by name, before the signature is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from pytest_oss_clean.emulator import choices, errors
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.operations import (
    OPERATIONS,
    QUALIFIERS,
    SUBRESOURCES,
    UNSUPPORTED,
    Level,
    Route,
)
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import CLEAN, RESTORE
from pytest_oss_clean.oss.messages import Operation, Request

OBJECT_ONLY = frozenset({CLEAN, RESTORE, "symlink", "objectMeta"})
"""Sub-resources that a bucket does not have."""

MODIFIERS = frozenset(
    """
    Expires OSSAccessKeyId Signature action continuation-token delimiter encoding-type
    fetch-owner key-marker list-type marker max-keys max-parts max-uploads part-number-marker partNumber
    position prefix sequential tag-key tag-value
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

FOREIGN_SIGNATURES: Mapping[str, str] = {
    "AWS4-": "AWS4 signatures",
    "AWS ": "AWS V2 signatures",
    "OSS2": "OSS2 signatures",
}
"""How an Authorization or x-oss-signature-version of another kind starts."""

FOREIGN_PARAMETERS = frozenset({"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"})

_ADDRESSED = {Level.SERVICE: "the service", Level.BUCKET: "a bucket", Level.OBJECT: "an object"}
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
        return self._strict and _PUBLIC_ENDPOINT.fullmatch(_without_port(host)) is not None

    def bucket(self, host: str) -> str:
        """Return the bucket, or "" where the path must name it."""
        return _bucket_of(host, self._suffixes)


@lru_cache(maxsize=256)
def _bucket_of(host: str, suffixes: tuple[str, ...]) -> str:
    host = _without_port(host)
    public = _PUBLIC_HOST.fullmatch(host)
    if public:
        return public[1]
    suffix = next((s for s in suffixes if host.endswith(s)), "")
    label = host.removesuffix(suffix) if suffix else ""
    return "" if "." in label else label


def _without_port(host: str) -> str:
    return re.sub(r":[0-9]*$", "", host).lower()


def host_of(request: Request) -> str:
    """Return whom a request is for: the authority of an absolute target goes before Host (RFC 9112)."""
    absolute = None if request.target.startswith("/") else _ABSOLUTE.match(request.target)
    return absolute[1] if absolute else request.header("host") or ""


def read_operation(request: Request, hosts: HostNames) -> Operation:
    """Return what a request means.

    Raises OssError InvalidURI where its target cannot be decoded, and SecondLevelDomainForbidden.
    """
    host = host_of(request)
    named = hosts.bucket(host)
    try:
        bucket, name, query = naming.read_target(request.target, bucket=named, plus=choices.RAW_PLUS.chosen)
    except (naming.MalformedTargetError, UnicodeError):
        raise OssError(errors.BAD_URI) from None
    if bucket and not named and hosts.forbids_path_style(host):
        raise OssError(errors.SECOND_LEVEL_DOMAIN)
    return Operation.of_request(request, bucket, name, query)


def level(operation: Operation) -> Level:
    """Return what the operation addresses; a name without a bucket (`//x`) is an object's."""
    if operation.name:
        return Level.OBJECT
    return Level.BUCKET if operation.bucket else Level.SERVICE


class NotModelledError(OssError):
    """Ends a request for what this emulator does not have."""

    def __init__(self, what: str) -> None:
        super().__init__(replace(errors.NOT_IMPLEMENTED, message=f"This emulator has no {what}."))


def route(operation: Operation, known: Mapping[Route, object]) -> Route:
    """Return the row of the table that answers the operation.

    Raises NotModelledError; OssError InvalidArgument on two sub-resources, InvalidObjectName where only
    the name is missing, MethodNotAllowed where another method is modelled.
    """
    where = level(operation)
    found = (where, operation.method, "")
    if not operation.query and found in known:
        return found
    names = tuple([name for name, _ in operation.query])
    selectors, unknown = _select(where, names)
    if len(selectors) > 1:
        raise OssError(
            errors.BAD_ARGUMENT, (("ArgumentName", selectors[1]), ("ArgumentValue", " ".join(selectors)))
        )
    subresource = selectors[0] if selectors else ""
    component = dict(operation.query)["comp"] if "comp" in names else None
    if component and subresource != "comp":
        subresource += f"&comp={component}"
    found = (where, operation.method, subresource)
    if found in known:
        if unknown and not subresource and operation.method not in SAFE:
            raise NotModelledError(f"{operation.method} with the parameter {unknown}")
        return found
    if where is Level.BUCKET and subresource in OBJECT_ONLY:
        raise OssError(errors.NAME_EMPTY)
    methods = [m for lvl, m, sub in known if lvl is where and sub == subresource]
    if found in OPERATIONS or not methods:
        raise NotModelledError(OPERATIONS.get(found) or f"{found[1]} ?{subresource} of {_ADDRESSED[where]}")
    raise OssError(
        errors.NOT_ALLOWED,
        (("Method", operation.method), ("ResourceType", where.upper())),
        (("Allow", ", ".join(methods)),),
    )


@lru_cache(maxsize=1024)
def _select(where: Level, names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the parameters that select an operation, and one that is unknown or ""."""
    selectors = SUBRESOURCES.intersection(names)
    if where is Level.SERVICE:
        selectors -= {"tagging"}  # a filter of ListBuckets
    unknown = sorted(set(names) - SUBRESOURCES - MODIFIERS)
    return tuple(sorted(selectors - QUALIFIERS or selectors)), unknown[0] if unknown else ""


def check_signature_kind(operation: Operation) -> None:
    """Raise NotModelledError on a signature of AWS, or of OSS's version 2."""
    authorization = operation.header("authorization") or ""
    if authorization.startswith("OSS4-") and not operation.query:
        return
    parameters = {name: value or "" for name, value in operation.query}
    presented = authorization or parameters.get("x-oss-signature-version", "")
    kind = next((kind for start, kind in FOREIGN_SIGNATURES.items() if presented.startswith(start)), "")
    if not kind and not FOREIGN_PARAMETERS.isdisjoint(parameters):
        kind = "AWS signatures"
    if kind:
        raise NotModelledError(kind)


def check_features(operation: Operation) -> None:
    """Raise NotModelledError on a header or parameter that asks for what would be dropped."""
    asked = UNSUPPORTED.keys() & {*operation.fields, *(name for name, _ in operation.query)}
    if asked:
        name = min(asked)
        raise NotModelledError(f"{UNSUPPORTED[name]} ({name})")
