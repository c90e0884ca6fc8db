"""The judged request as data: what is asked, of which object, signed by whom and how.

A request that must be refused differs from a plain one in a single thing, so each field has the
plain value as its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pytest_oss_clean.oss.constants import SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Headers, Operation
from pytest_oss_clean.oss.names import LONGEST_NAME, Query, encode_query, percent
from pytest_oss_clean.oss.operations import CLEAN_RESTORED_OBJECT, ApiOperation
from pytest_oss_clean.oss.signing import Credentials, Signer
from pytest_oss_clean.oss.url_encodings import Spelling
from pytest_oss_clean.spec.tampering import Tamper

NAME = "{name}"
"""The object's name, in templates."""

SOURCE = "{source}"
"""The object as a copy source names it, in templates of header values."""

VERSION = "{version}"
"""The version's id, where the query says its place itself; otherwise it comes last."""

LINK = ".link"
"""Stands behind the name of an object in the name of a symlink to it."""

FILL = "{fill}"
"""As many letters as make a name the longest there may be."""


def as_long_as_may_be(name: str) -> str:
    """Return a name with letters for its FILL, if it has one: what ends there has LONGEST_NAME bytes."""
    head, found, tail = name.partition(FILL)
    letters = LONGEST_NAME - len(head.encode("utf-8", "surrogateescape"))
    return head + "n" * letters * bool(found) + tail


class Key(StrEnum):
    """Whose key signs."""

    OWN = "the run's key"
    UNKNOWN = "a key id that nobody has"
    WRONG_SECRET = "the run's key id, another secret"  # noqa: S105 - a description
    ANONYMOUS = "nobody"
    BOGUS_TOKEN = "the run's key with a generated security token"  # noqa: S105
    STS = "temporary credentials"
    TOKEN_MISSING = "temporary credentials without their token"  # noqa: S105
    TOKEN_CHANGED = "temporary credentials with another token"  # noqa: S105


HOSTILE = frozenset(Key) - {Key.OWN, Key.STS}
"""Keys that must not be let in."""


class Bucket(StrEnum):
    """Which bucket a request names."""

    MAIN = "the bucket"
    SECOND = "the second bucket"
    VERSIONED = "the versioned bucket"
    ABSENT = "a bucket that does not exist"


class Version(StrEnum):
    NONE = ""
    OLDER = "the older version"
    CURRENT = "the current version"
    MARKER = "the delete marker"
    ABSENT = "a version that does not exist"


@dataclass(frozen=True, slots=True)
class SignedAs:
    """What was signed instead of what is sent: a signature taken from another request."""

    method: str = ""
    query: Query | None = None
    name: str = NAME
    bucket: str = ""

    def __str__(self) -> str:
        query = None if self.query is None else f"?{encode_query(self.query)}" if self.query else "no query"
        name = f"name {self.name}" if self.name != NAME else ""
        parts = [self.method, query, name, self.bucket and f"bucket {self.bucket}"]
        return f"another request ({', '.join(part for part in parts if part)})"

    def of(self, operation: Operation) -> Operation:
        return replace(
            operation,
            method=self.method or operation.method,
            query=operation.query if self.query is None else self.query,
            name=self.name.replace(NAME, operation.name),
            bucket=self.bucket or operation.bucket,
        )


@dataclass(frozen=True, slots=True)
class Signing:
    """How a request is signed; `skew` is added to the real time, both in seconds.

    `expires_in` counts for signatures in the URL only, `region` replaces the target's. V4's scope has
    the `product` and a day `scope_days` off; `additional` headers are signed beside its own choice.
    `also_in_url` signs in the URL before the headers. Last comes what is done to the signed request, and
    how its name is spelt.
    """

    version: SignatureVersion = SignatureVersion.V4
    key: Key = Key.OWN
    form: SignatureForm = SignatureForm.HEADER
    skew: int = 0
    expires_in: int = 300
    region: str = ""
    product: str = "oss"
    scope_days: int = 0
    additional: tuple[str, ...] = ()
    also_in_url: bool = False
    instead: SignedAs | None = None
    tamper: Tamper = Tamper.NOTHING
    spelling: Spelling = Spelling.STRICT

    def __str__(self) -> str:
        """Say how, as far as it is not plain."""
        if self.key is Key.ANONYMOUS:
            return "not signed"
        said = {
            f"signed by {self.key}": self.key is not Key.OWN,
            f"dated {self.skew:+d} s": self.skew,
            f"for region {self.region}": self.region,
            f"for product {self.product}": self.product != "oss",
            f"for a day {self.scope_days:+d} off": self.scope_days,
            f"with {' and '.join(self.additional)}": self.additional,
            "in the URL as well": self.also_in_url,
            f"with the signature of {self.instead}": self.instead,
            f"then altered: {self.tamper}": self.tamper,
            f"with {self.spelling}": self.spelling,
        }
        form = " in the URL" if self.form is SignatureForm.URL else ""
        return ", ".join([f"{self.version}{form}", *(text for text, holds in said.items() if holds)])

    @property
    def hostile(self) -> bool:
        """Return whether anything about the signature is unusual, beside who signs where."""
        plain = Signing(self.version, self.key, self.form, spelling=self.spelling)
        return self.key in HOSTILE or self != plain

    def sign(
        self, operation: Operation, keys: Mapping[Key, Credentials | None], region: str, now: datetime
    ) -> Operation:
        """Return the operation with its signature; unsigned where the key is nobody's."""
        credentials = keys[self.key]
        if credentials is None:
            return operation
        signer = Signer(
            credentials,
            self.version,
            self.region or region,
            self.product,
            self.additional,
            self.scope_days,
        )
        what = signed = self.instead.of(operation) if self.instead else operation
        when = now + timedelta(seconds=self.skew)
        if self.form is SignatureForm.URL or self.also_in_url:
            signed = signer.presign(signed, when, self.expires_in)
        if self.form is SignatureForm.HEADER:
            signed = signer.sign(signed, when)
        signed = operation.adding(
            headers=signed.headers[len(what.headers) :], query=signed.query[len(what.query) :]
        )
        return signed if self.tamper is Tamper.NOTHING else self.tamper.alter(signed)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data, for reproducers; it holds no key."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it; raises KeyError, TypeError or ValueError on foreign data."""
        values = dict(data)
        instead = values.pop("instead", None)
        if instead is not None:
            query = instead["query"]
            instead = SignedAs(
                **{**instead, "query": None if query is None else tuple((n, v) for n, v in query)}
            )
        return cls(
            **{
                **values,
                "version": SignatureVersion(values["version"]),
                "key": Key(values["key"]),
                "form": SignatureForm(values["form"]),
                "additional": tuple(values["additional"]),
                "instead": instead,
                "tamper": Tamper(values["tamper"]),
                "spelling": Spelling(values["spelling"]),
            }
        )


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """The judged request. `name` is a template around the object's name; `bucket` None is its own.

    Method and query are the judged operation's where they are left out. Values of query and headers are
    templates too. `signing` without a version of its own takes that of the case.
    """

    method: str = ""
    query: Query | None = None
    headers: Headers = ()
    body: bytes = b""
    name: str = NAME
    bucket: Bucket | None = None
    version: Version = Version.NONE
    signing: Signing = Signing()

    def of(
        self,
        name: str,
        home: str,
        bucket: str,
        version: str = "",
        operation: ApiOperation = CLEAN_RESTORED_OBJECT,
    ) -> Operation:
        """Return the request for an object that lies in bucket `home`, sent to `bucket`."""
        source = f"/{home}/{percent(name, keep='/')}"
        asked = operation.query if self.query is None else self.query

        def filled(text: str) -> str:
            return text.replace(NAME, name).replace(SOURCE, source).replace(VERSION, version)

        placed = not version or any(value == VERSION for _, value in asked)
        query = tuple((key, value and filled(value)) for key, value in asked)
        return Operation(
            self.method or operation.method,
            bucket,
            as_long_as_may_be(filled(self.name)),
            (*query, *(() if placed else (("versionId", version),))),
            tuple((header, filled(value)) for header, value in self.headers),
            self.body,
        )
