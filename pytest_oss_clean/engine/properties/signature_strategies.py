"""Signed operations with exactly one signed thing changed, made up by Hypothesis.

Rule 1: no change is one that the signing rules call the same: V1 signs listed sub-resources only and
reads an empty value as none, V4 trims header values, base64 has bits to spare, and parameters have no
order. What V1 makes of parameters named `x-oss-` is not decided, and left alone.
Rule 2: another name is the old one with more behind it, and the bucket stays: a server that does not
look at signatures is led to nothing foreign. Source: sections 1 and 2 of the signing facts.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_oss_clean.oss.constants import OSS_DATE, SECURITY_TOKEN, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.names import LONGEST_NAME
from pytest_oss_clean.oss.signing import V1_SUBRESOURCES
from pytest_oss_clean.oss.verification import Presented, present

Changed = Iterator[Operation]
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
TAILS = ("x", "-other", "/", " ", "%", "+", "%41", "?acl", "\u00e9")
VALUES = ("x", "1", "a b", "+", "%41", "\u00e9")
_ADDED = ("acl", "restore", "versionId", "uploads", "response-expires")
_BY_DEFAULT = ("content-type", "content-md5")
_IN_URL = ("Expires", "OSSAccessKeyId", "Signature", "x-oss-signature")
"""Parameters that signatures consist of; they have changes of their own."""
_DATES = MappingProxyType({8: "20010203", 16: "20010203T040506Z"})
_HTTP_DATE = "Sat, 03 Feb 2001 04:05:06 GMT"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed operation and how it is signed."""

    operation: Operation
    how: Presented

    @property
    def in_v1(self) -> bool:
        """Tell whether V1 signed it."""
        return self.how.version is SignatureVersion.V1

    @property
    def in_url(self) -> bool:
        """Tell whether the signature is in the URL."""
        return self.how.form is SignatureForm.URL

    def signs_parameter(self, name: str) -> bool:
        """Tell whether a parameter is signed, beyond what the signature itself consists of."""
        if name in _IN_URL:
            return False
        return name in V1_SUBRESOURCES if self.in_v1 else not name.startswith("x-oss-")

    def signs_header(self, name: str) -> bool:
        """Tell whether a header is signed for what it says; dates and tokens have changes of their own."""
        name = name.lower()
        if name in (OSS_DATE, SECURITY_TOKEN, "x-oss-content-sha256"):
            return False
        return name.startswith("x-oss-") or name in _BY_DEFAULT or name in self.how.additional

    def with_parameter(self, place: int, *new: tuple[str, str | None]) -> Operation:
        """Return the operation with another parameter, or none, at a place."""
        query = self.operation.query
        return replace(self.operation, query=(*query[:place], *new, *query[place + 1 :]))

    def with_header(self, place: int, *new: tuple[str, str]) -> Operation:
        """Return the operation with another header, or none, at a place."""
        headers = self.operation.headers
        return replace(self.operation, headers=(*headers[:place], *new, *headers[place + 1 :]))

    def rewritten(self, names: tuple[str, ...], change: Callable[[str], list[str]]) -> Changed:
        """Yield the operation with each new value of the first header, else parameter, of these names."""
        for place, (name, value) in enumerate(self.operation.headers):
            if name.lower() in names:
                for new in change(value):
                    if new.strip() != value.strip():
                        yield self.with_header(place, (name, new))
                return
        for place, (name, parameter) in enumerate(self.operation.query):
            if name.lower() in names:
                for new in change(parameter or ""):
                    if new != (parameter or ""):
                        yield self.with_parameter(place, (name, new))
                return


def _replacing(old: str, new: str) -> Callable[[str], list[str]]:
    return lambda text: [text.replace(old, new, 1)]


def _method(signed: Signed) -> Changed:
    for method in METHODS:
        if method != signed.operation.method:
            yield replace(signed.operation, method=method)


def _name(signed: Signed) -> Changed:
    name = signed.operation.name
    for tail in TAILS:
        if name and len((name + tail).encode("utf-8", "surrogateescape")) <= LONGEST_NAME:
            yield replace(signed.operation, name=name + tail)


def _added_parameter(signed: Signed) -> Changed:
    present_ones = {name for name, _ in signed.operation.query}
    for name in _ADDED if signed.in_v1 else (*_ADDED, "note", "\u00e9"):
        if name not in present_ones:
            yield signed.operation.adding(query=((name, None),))
            yield signed.operation.adding(query=((name, "1"),))


def _dropped_parameter(signed: Signed) -> Changed:
    for place, (name, _) in enumerate(signed.operation.query):
        if signed.signs_parameter(name):
            yield signed.with_parameter(place)


def _parameter_value(signed: Signed) -> Changed:
    for place, (name, value) in enumerate(signed.operation.query):
        if signed.signs_parameter(name) and name != "security-token":
            for new in VALUES:
                if new != value:
                    yield signed.with_parameter(place, (name, new))
            if value:
                yield signed.with_parameter(place, (name, None))


def _parameter_name(signed: Signed) -> Changed:
    others = {name for name, _ in signed.operation.query}
    for place, (name, value) in enumerate(signed.operation.query):
        if signed.signs_parameter(name):
            for new in (*_ADDED, f"{name}s", name.swapcase()):
                if new not in others:
                    yield signed.with_parameter(place, (new, value))


def _header_value(signed: Signed) -> Changed:
    """V1 reads the first Content-Type and Content-MD5 only."""
    seen: set[str] = set()
    for place, (name, value) in enumerate(signed.operation.headers):
        hidden = signed.in_v1 and name.lower() in _BY_DEFAULT and name.lower() in seen
        seen.add(name.lower())
        if signed.signs_header(name) and not hidden:
            for new in (f"{value.strip()}x", f"x{value.strip()}", "another"):
                if new != value.strip():
                    yield signed.with_header(place, (name, new))


def _dropped_header(signed: Signed) -> Changed:
    """An empty Content-Type or Content-MD5 is none at all to V1; whoever sends a request adds its Host."""
    names = [name.lower() for name, _ in signed.operation.headers]
    for place, (name, value) in enumerate(signed.operation.headers):
        nothing = signed.in_v1 and name.lower() in _BY_DEFAULT and not value.strip()
        kept = nothing or name.lower() == "host" or names.count(name.lower()) > 1
        if signed.signs_header(name) and not kept:
            yield signed.with_header(place)


def _added_header(signed: Signed) -> Changed:
    names = {name.lower() for name, _ in signed.operation.headers}
    for name in ("x-oss-meta-added", "X-Oss-Added", "Content-Type", "Content-MD5"):
        if name.lower() not in names:
            yield signed.operation.adding(headers=((name, "added"),))


def _date(signed: Signed) -> Changed:
    """A Date beside x-oss-date is not signed by V4, and not read by V1."""
    dated = signed.operation.header(OSS_DATE) or (signed.in_url and not signed.in_v1)
    names = (OSS_DATE,) if dated else () if signed.in_url else ("date",)

    def change(text: str) -> list[str]:
        return [_DATES.get(len(text), _HTTP_DATE), _another_second(text)]

    yield from signed.rewritten(names, change)


def _another_second(text: str) -> str:
    return re.sub(r"\d(?=Z$| GMT$)", lambda digit: "1" if digit[0] == "0" else "0", text)


def _expiry(signed: Signed) -> Changed:
    names = ("expires", "x-oss-expires") if signed.in_url else ()
    query = tuple((n, v) for n, v in signed.operation.query if n.lower() in names)
    only = Signed(replace(signed.operation, headers=()), signed.how)
    if query:
        for changed in only.rewritten(names, lambda text: [str(int(text) + more) for more in (1, 60, -1)]):
            yield replace(changed, headers=signed.operation.headers)


def _scope(part: int) -> Callable[[Signed], Changed]:
    """Change one part of a V4 scope: the day, the region, the product or the word at its end."""
    new = (["20010203"], ["cn-elsewhere", ""], ["other", ""], ["aws4_request"])[part]

    def change(signed: Signed) -> Changed:
        scope = signed.how.scope
        if scope is None:
            return
        pieces = str(scope).split("/")
        for other in new:
            changed = "/".join([*pieces[:part], other, *pieces[part + 1 :]])
            yield from signed.rewritten(
                ("authorization", "x-oss-credential"),
                _replacing(f"/{scope}", f"/{changed}"),
            )

    return change


def _key_id(signed: Signed) -> Changed:
    key_id = signed.how.key_id
    there = re.compile(rf"(?:(?<=^OSS )|(?<=Credential=)|^){re.escape(key_id)}(?=[/:]|$)")

    def change(text: str) -> list[str]:
        place = there.search(text)
        if place is None:
            return []
        others = (f"{key_id}x", f"x{key_id}", key_id.swapcase())
        return [text[: place.start()] + other + text[place.end() :] for other in others]

    yield from signed.rewritten(("authorization", "x-oss-credential", "ossaccesskeyid"), change)


def _token(signed: Signed) -> Changed:
    """No part of a token is kept: what is left of it would be a secret that no scrubber knows."""
    names = ("security-token",) if signed.in_url and signed.in_v1 else (SECURITY_TOKEN,)
    yield from signed.rewritten(names, lambda _: ["a-token-that-nobody-gave-out"])


def _signature(signed: Signed) -> Changed:
    """Change one digit; in base64 one that stands for other bytes."""
    old = signed.how.signature
    digits = "0123456789abcdef" if not signed.in_v1 else "ABCabc019+/"

    def decoded(text: str) -> bytes:
        return base64.b64decode(text) if signed.in_v1 else text.encode()

    for place in (0, 1, len(old) // 2, len(old.rstrip("=")) - 1):
        for digit in digits:
            new = old[:place] + digit + old[place + 1 :]
            if decoded(new) != decoded(old):
                yield from signed.rewritten(
                    ("authorization", "signature", "x-oss-signature"),
                    _replacing(old, new),
                )


CHANGES: Mapping[str, Callable[[Signed], Changed]] = MappingProxyType(
    {
        "method": _method,
        "name": _name,
        "parameter added": _added_parameter,
        "parameter dropped": _dropped_parameter,
        "parameter's value": _parameter_value,
        "parameter's name": _parameter_name,
        "header's value": _header_value,
        "header dropped": _dropped_header,
        "header added": _added_header,
        "date": _date,
        "expiry": _expiry,
        "scope's day": _scope(0),
        "scope's region": _scope(1),
        "scope's product": _scope(2),
        "scope's end": _scope(3),
        "key id": _key_id,
        "token": _token,
        "digit of the signature": _signature,
    }
)
"""Every signed thing that can be another one, with all its changes; some have none for some requests."""


def tampered(request: Operation) -> SearchStrategy[Operation]:
    """Make signed operations that differ from this one in exactly one signed thing.

    Raises ValueError for one that is not signed, SignatureFormatError for one that is signed oddly.
    """
    how = present(request)
    if how is None:
        raise ValueError(f"{request!r} is not signed: nothing about it can be tampered with")
    signed = Signed(request, how)
    changes = [made for made in (list(change(signed)) for change in CHANGES.values()) if made]
    return st.sampled_from(changes).flatmap(st.sampled_from)
