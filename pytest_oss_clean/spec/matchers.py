"""What one response must show: a source reads a value out of it, a predicate says what that must be.

Five sources (header, list entry, version entry, XML path, error field) and five predicates (is, absent,
present, same, fresh) make most expectations; status, body and form have matchers of their own. Each
matcher can be wrong in one way. Values are compared by what they mean: two spellings of one date, or of
one ETag, are the same. Namespaces of documents are not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple
from urllib.parse import unquote_plus

from lxml import etree

from pytest_oss_clean.oss.constants import OSS_EC, REQUEST_ID, RESTORE_STATE, STORAGE_CLASS, VERSION_ID
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe, excerpt, parse_xml, read_error, read_restore

STABLE = frozenset({STORAGE_CLASS, "StorageClass", "Type"})
"""Headers and fields whose value names neither object nor time, so that it may be kept between runs."""
CLOSE_SECONDS = 15 * 60
"""How far the clocks of a client and of OSS may be apart (error RequestTimeTooSkewed)."""

_EXPIRY = re.compile(r'expiry-date\s*=\s*"([^"]*)"')
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_REQUEST_ID = re.compile("[0-9A-F]{24}")
_STATES = {True: "restoring", False: "restored", None: "unreadable"}


@dataclass(frozen=True, slots=True)
class Before:
    """What the object was before the judged request: the response to the same probe, and its content."""

    shown: Response
    content: bytes


def shown(value: str | None) -> str:
    return "absent" if value is None else repr(str(value))


def summary(response: Response) -> str:
    """Return status and Code, or that there was no response and of which kind: no free text."""
    if response.transport_error is not None:
        return f"no answer ({response.transport_error.kind})"
    return describe(response)


def meaning(value: str | None) -> object:
    """Return what a value says, whatever its spelling: a date, an ETag, the state of a restore."""
    if value is None:
        return None
    if "ongoing-request" in value:
        state = read_restore(Response(200, ((RESTORE_STATE, value),)))
        return (state.ongoing, state.expiry) if state and state.ongoing is not None else value
    for parse in (parsedate_to_datetime, datetime.fromisoformat) if value[-1:] in ("T", "Z") else ():
        with suppress(ValueError, TypeError, IndexError):
            return parse(value)
    quoted = value.removeprefix("W/")
    return quoted[1:-1].casefold() if quoted[:1] == quoted[-1:] == '"' else value


@dataclass(frozen=True)
class Source:
    """One value that a response holds. `about` names the part in which a value is looked for."""

    registry: ClassVar[dict[str, type[Source]]] = {}

    def __init_subclass__(cls) -> None:
        """Know every source by name, for reproducers."""
        Source.registry[cls.__name__] = cls

    @property
    def label(self) -> str:
        raise NotImplementedError

    @property
    def place(self) -> str:
        """Return where another source that holds the same value says that it stands."""
        return self.label

    def read(self, response: Response) -> str | None:
        """Return the value, None where there is none."""
        raise NotImplementedError

    def missing(self, response: Response) -> str:  # noqa: ARG002
        """Say what is not there at all, where more than the value is missing."""
        return ""

    def wanted(self, value: str) -> str:
        return f"{self.label} {value}"

    def told(self, response: Response) -> str:
        """Say what there is, in words that stay the same from run to run."""
        value = self.read(response)
        if value is None or self.label in STABLE:
            return f"{self.label} {shown(value)}"
        return f"{self.label} present"

    def told_of(self, response: Response, value: str) -> str:
        """Say whether it is this value, in words that stay the same from run to run."""
        return self.wanted(value) if self.read(response) == value else f"{self.label} of another text"


@dataclass(frozen=True)
class Header(Source):
    name: str

    @property
    def label(self) -> str:
        return self.name

    def read(self, response: Response) -> str | None:
        return response.header(self.name)

    def wanted(self, value: str) -> str:
        return f"{self.name}: {value}"

    def told(self, response: Response) -> str:
        value = self.read(response)
        if self.name == RESTORE_STATE and value is not None:
            return f"{self.name} {restore_state(response)}"
        return f"{self.name} empty" if value == "" else super().told(response)

    def told_of(self, response: Response, value: str) -> str:  # noqa: ARG002
        return f"{self.name} {shown(self.read(response))}"


@dataclass(frozen=True)
class ErrorField(Source):
    """An element of the error document, or of the one that HEAD answers in a header."""

    FIELDS: ClassVar[dict[str, str]] = {
        "Code": "code",
        "Message": "message",
        "RequestId": "request_id",
        "EC": "ec",
    }
    name: str

    @property
    def label(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        return "the body"

    def read(self, response: Response) -> str | None:
        return getattr(read_error(response), self.FIELDS[self.name]) or None

    def missing(self, response: Response) -> str:
        return read_error(response).problem

    def wanted(self, value: str) -> str:
        return f"{self.name} {value}" if self.name == "Code" else f"{self.name} {value!r}"

    def told_of(self, response: Response, value: str) -> str:
        if self.name == "Code":
            return summary(response)
        return f"{self.name} as on the page" if self.read(response) == value else f"another {self.name}"


@dataclass(frozen=True)
class Entry(Source):
    """A field of the object's entry in a list of objects."""

    field: str

    @property
    def label(self) -> str:
        return self.field

    def read(self, response: Response) -> str | None:
        return entry(response).get(self.field)

    def missing(self, response: Response) -> str:
        return "" if entry(response) else "the object is not listed"


@dataclass(frozen=True)
class VersionEntry(Source):
    """A field of the latest version's entry in a list of versions, or of the one before it."""

    latest: bool
    field: str

    @property
    def which(self) -> str:
        return f"the {'latest' if self.latest else 'older'} version"

    @property
    def label(self) -> str:
        return f"{self.field} of {self.which}"

    def read(self, response: Response) -> str | None:
        return version_entry(response, latest=self.latest).get(self.field)

    def missing(self, response: Response) -> str:
        return "" if version_entry(response, latest=self.latest) else f"{self.which} is not listed"


@dataclass(frozen=True)
class Path(Source):
    """The texts of the elements at a path below the root of a document, in any order."""

    path: str

    @property
    def label(self) -> str:
        return self.path

    def read(self, response: Response) -> str | None:
        root = document(response)
        texts = [] if isinstance(root, str) else [(e.text or "").strip() for e in root.iterfind(self.path)]
        return ", ".join(sorted(texts)) if texts else None


@dataclass(frozen=True)
class Matcher:
    """One thing that a response must show."""

    registry: ClassVar[dict[str, type[Matcher]]] = {}
    compares: ClassVar[bool] = False
    """Whether the same request must have been answered before the judged one."""
    says: ClassVar[str] = ""
    """What it demands, where that is always the same."""
    shows: ClassVar[tuple[str, str] | None] = None
    """What is observed of a right response and of another; otherwise its status and Code."""

    def __init_subclass__(cls) -> None:
        """Know every matcher by name, for reproducers."""
        Matcher.registry[cls.__name__] = cls

    def __str__(self) -> str:
        return self.says

    @property
    def brief(self) -> str:
        """Return the status or the Code that it demands, empty where it is about something else."""
        return ""

    def problem(self, response: Response, before: Before | None) -> str:
        """Say the difference as "X is A, not B"; empty where there is none."""
        raise NotImplementedError

    def observed(self, response: Response, before: Before | None) -> str:
        """Say what the response shows, in words that stay the same from run to run."""
        return self.shows[bool(self.problem(response, before))] if self.shows else summary(response)

    def to_json(self) -> dict[str, Any]:
        values = {
            name: {"from": type(value).__name__, **asdict(value)} if isinstance(value, Source) else value
            for name, value in vars(self).items()
        }
        return {"is": type(self).__name__, **values}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Matcher:
        """Rebuild a matcher; raises KeyError or TypeError on foreign data."""
        values = {name: _plain_value(value) for name, value in data.items()}
        return Matcher.registry[values.pop("is")](**values)


def _plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return Source.registry[value["from"]](**{n: v for n, v in value.items() if n != "from"})
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Is(Matcher):
    """The source holds this value, which names neither object nor time."""

    source: Source
    value: str

    def __str__(self) -> str:
        return self.source.wanted(self.value)

    @property
    def brief(self) -> str:
        return self.value if self.source == ErrorField("Code") else ""

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        now, missing = self.source.read(response), self.source.missing(response)
        if now == self.value:
            return ""
        plain = self.source == ErrorField("Code")
        wanted = self.value if plain else repr(str(self.value))
        if missing:
            return f"{self.source.label} is missing, not {wanted}: {missing}"
        return f"{self.source.label} is {now if plain and now else shown(now)}, not {wanted}"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        return self.source.told_of(response, self.value)


@dataclass(frozen=True)
class Absent(Matcher):
    """The source holds nothing, while what holds the source is there."""

    source: Source

    def __str__(self) -> str:
        return f"no {self.source.label}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        missing, now = self.source.missing(response), self.source.read(response)
        if missing:
            return f"{missing}, not without {self.source.label}"
        return "" if now is None else f"{self.source.label} is {shown(now)}, not absent"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        return self.source.missing(response) or self.source.told(response)


@dataclass(frozen=True)
class Present(Matcher):
    """The source holds something that is not empty."""

    source: Source

    def __str__(self) -> str:
        return self.source.label

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        now = self.source.read(response)
        return "" if now else f"{self.source.label} is {shown(now)}, not present"

    def observed(self, response: Response, before: Before | None) -> str:
        return f"{self.source.label} {'absent' if self.problem(response, before) else 'present'}"


@dataclass(frozen=True)
class Same(Matcher):
    """The source says what it said before, or, where that is allowed, nothing."""

    compares: ClassVar[bool] = True
    source: Source
    or_absent: bool = False

    def __str__(self) -> str:
        label = self.source.label
        return f"no {label}, or that of the version" if self.or_absent else f"{label} as before"

    def problem(self, response: Response, before: Before | None) -> str:
        was = self.source.read(before.shown) if before else None
        now = self.source.read(response)
        if meaning(now) == meaning(was) or (self.or_absent and now is None):
            return ""
        allowed = "or absent" if self.or_absent else "as before"
        return f"{self.source.label} is {shown(now)}, not {shown(was)} {allowed}"

    def observed(self, response: Response, before: Before | None) -> str:
        label = self.source.label
        if self.problem(response, before):
            told = self.source.told(response)
            return f"{label} changed" if told == f"{label} present" else told
        if not self.or_absent and self.source.read(response) is None:
            return f"{label} absent, as before"
        if self.or_absent and self.source.read(response) is None:
            return f"no {label}"
        return f"{label} of the version" if self.or_absent else f"{label} as before"


@dataclass(frozen=True)
class Fresh(Matcher):
    """The source holds another value than in the response to the same request before."""

    compares: ClassVar[bool] = True
    source: Source

    def __str__(self) -> str:
        return f"{self.source.label} unlike before"

    def problem(self, response: Response, before: Before | None) -> str:
        was = self.source.read(before.shown) if before else None
        now = self.source.read(response)
        return (
            "" if now and now != was else f"{self.source.label} is {shown(now)}, not another one than before"
        )

    def observed(self, response: Response, before: Before | None) -> str:
        if not self.source.read(response):
            return f"{self.source.label} absent"
        return f"{self.source.label} {'as before' if self.problem(response, before) else 'unlike before'}"


@dataclass(frozen=True)
class Agrees(Matcher):
    """Two sources of one response hold the same value."""

    source: Source
    other: Source

    def __str__(self) -> str:
        return f"{self.source.label} as in {self.other.place}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        one, other = self.source.read(response), self.other.read(response)
        if one and one == other:
            return ""
        if not one and not other:
            return f"{self.source.label} and {self.other.label} are both absent"
        in_body = "" if self.other.place == self.other.label else " in the body"
        if not one or not other:
            return f"{self.source.label} is {shown(one)}, {self.other.label}{in_body} is {shown(other)}"
        return f"{self.source.label} is {shown(one)}, not {shown(other)} as in {self.other.label}{in_body}"

    def observed(self, response: Response, before: Before | None) -> str:
        if self.source.read(response) is None:
            return f"no {self.source.label}"
        return (
            f"{self.source.label} unlike {self.other.place}" if self.problem(response, before) else str(self)
        )


@dataclass(frozen=True)
class StatusIs(Matcher):
    status: int

    def __str__(self) -> str:
        return f"status {self.status}"

    @property
    def brief(self) -> str:
        return str(self.status)

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        return "" if response.status == self.status else f"status is {response.status}, not {self.status}"


@dataclass(frozen=True)
class Refusal(Matcher):
    says: ClassVar[str] = "status 4xx"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        status = response.status
        if 400 <= status < 500:  # noqa: PLR2004 - the 4xx class
            return ""
        taken = ": the request was not refused" if status < 400 else ""  # noqa: PLR2004
        return f"status is {status}, not 4xx{taken}"


@dataclass(frozen=True)
class OneOf(Matcher):
    """Status and Code are among several, such as `404 NoSuchKey`."""

    accepted: tuple[str, ...]

    def __str__(self) -> str:
        return " or ".join(self.accepted)

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        seen = summary(response)
        return "" if seen in self.accepted else f"answer is {seen}, not {self}"


@dataclass(frozen=True)
class NoBody(Matcher):
    says: ClassVar[str] = "no body"
    shows: ClassVar[tuple[str, str] | None] = ("no body", "a body")

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        return f"body has {len(response.body)} bytes, not 0" if response.body else ""


@dataclass(frozen=True)
class ContentSame(Matcher):
    """The body is the object's content, unchanged."""

    says: ClassVar[str] = "content as put"
    shows: ClassVar[tuple[str, str] | None] = ("the same content", "another content")

    def problem(self, response: Response, before: Before | None) -> str:
        same = before is not None and response.body == before.content
        return "" if same else f"content is another one ({len(response.body)} bytes)"


@dataclass(frozen=True)
class RestoreIs(Matcher):
    """`x-oss-restore` shows one of these states; an object without the header is frozen."""

    states: tuple[str, ...]

    def __str__(self) -> str:
        both = "a restore in progress or complete"
        return f"{RESTORE_STATE} of {both if len(self.states) > 1 else f'a {self.states[0]} object'}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        if restore_state(response) in self.states:
            return ""
        value = response.header(RESTORE_STATE)
        return f"{RESTORE_STATE} is {shown(value)}, not of a {' or '.join(self.states)} object"

    def observed(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        return Header(RESTORE_STATE).told(response)


RESTORE_SHOWN = RestoreIs(("restoring", "restored"))


class Form(NamedTuple):
    """The form of a header: its name, what is wrong with a value, and what is observed of a right one."""

    says: str
    defect: Callable[[str, Response], str]
    right: str


def _media_defect(value: str, _: Response) -> str:
    media = value.partition(";")[0].strip().lower()
    return "" if media.endswith(("/xml", "+xml")) else "of XML"


def _length_defect(value: str, response: Response) -> str:
    length = str(len(response.body))
    return "" if value == length else repr(length)


def _date_defect(value: str, response: Response) -> str:
    try:
        apart = abs(parsedate_to_datetime(value).timestamp() - response.at)
    except (ValueError, TypeError, IndexError, OverflowError):
        return "a date"
    return "" if apart <= CLOSE_SECONDS else "within 15 minutes of our clock"


def _id_defect(value: str, _: Response) -> str:
    return "" if _REQUEST_ID.fullmatch(value) else "24 upper-case hexadecimal digits"


FORMS = MappingProxyType(
    {
        "Content-Type": Form("of XML", _media_defect, "of XML"),
        "Content-Length": Form("of the body", _length_defect, "right"),
        "Date": Form("within 15 minutes", _date_defect, "within 15 minutes"),
        REQUEST_ID: Form("of 24 digits", _id_defect, "of 24 digits"),
    }
)


@dataclass(frozen=True)
class FormIs(Matcher):
    """A header has the form that `FORMS` gives it."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} {FORMS[self.name].says}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        value = response.header(self.name)
        defect = FORMS[self.name].defect(value or "", response)
        return f"{self.name} is {shown(value)}, not {defect}" if defect else ""

    def observed(self, response: Response, before: Before | None) -> str:
        if response.header(self.name) is None:
            return f"no {self.name}"
        wrong = self.problem(response, before)
        return f"{self.name} {'of another form' if wrong else FORMS[self.name].right}"


SINGLE = (
    "Content-Length",
    "Content-Type",
    "Content-MD5",
    "Date",
    "ETag",
    "Last-Modified",
    "x-oss-hash-crc64ecma",
    "x-oss-object-type",
    OSS_EC,
    REQUEST_ID,
    RESTORE_STATE,
    STORAGE_CLASS,
    VERSION_ID,
)
"""Headers that have one value: of two, one SDK reads the first, another the last, a third both."""


@dataclass(frozen=True)
class SentOnce(Matcher):
    """No header of those that have one value is sent twice."""

    says: ClassVar[str] = "each single-valued header once"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        sent = Counter(name.lower() for name, _ in response.headers)
        twice = [name for name in SINGLE if sent[name.lower()] > 1]
        return f"{', '.join(twice)} is sent more than once, not once" if twice else ""

    def observed(self, response: Response, before: Before | None) -> str:
        return self.problem(response, before) or self.says


@dataclass(frozen=True)
class ExpiryAhead(Matcher):
    """`x-oss-restore` of a restored object shows when it expires: a date in HTTP's form, still to come.

    The date is read as the strictest SDK reads it. The clock of restores is never behind that of `Date`.
    """

    says: ClassVar[str] = f"{RESTORE_STATE} with an expiry-date that is still to come"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        value = response.header(RESTORE_STATE)
        found = _EXPIRY.search(value or "")
        if found is None:
            return f"{RESTORE_STATE} is {shown(value)}, not with an expiry-date"
        expiry = http_date(found[1])
        if expiry is None:
            return f"expiry-date is {shown(found[1])}, not a date such as Sun, 16 Apr 2017 08:12:33 GMT"
        now = http_date(response.header("Date") or "")
        ahead = expiry.timestamp() > (now.timestamp() if now else response.at)
        return "" if ahead else f"expiry-date is {shown(found[1])}, not still to come"

    def observed(self, response: Response, before: Before | None) -> str:
        if not self.problem(response, before):
            return "expires later"
        found = _EXPIRY.search(response.header(RESTORE_STATE) or "")
        return ("expired" if http_date(found[1]) else "expiry is no date") if found else "no expiry"


def http_date(text: str) -> datetime | None:
    """Return a date of the one form that every reader takes, None for any other."""
    if not _HTTP_DATE.fullmatch(text):
        return None
    with suppress(ValueError):
        return parsedate_to_datetime(text)
    return None


@dataclass(frozen=True)
class EntryCount(Matcher):
    count: int

    def __str__(self) -> str:
        return f"{self.count} listed"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        now = len(entries(response))
        return "" if now == self.count else f"the list has {now} objects, not {self.count}"

    def observed(self, response: Response, before: Before | None) -> str:
        return "more or fewer listed" if self.problem(response, before) else str(self)


@dataclass(frozen=True)
class OnlyListed(Matcher):
    """One object is listed, and its name is exactly this; the list has its names url-encoded."""

    says: ClassVar[str] = "the object alone is listed, its name as put"
    name: str = ""

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        listed = [unquote_plus(e.get("Key", ""), errors="surrogateescape") for e in entries(response)]
        return "" if listed == [self.name] else f"the list has {listed!r}, not {[self.name]!r}"

    def observed(self, response: Response, before: Before | None) -> str:
        if not self.problem(response, before):
            return "listed as put"
        return "listed otherwise" if entries(response) else "not listed"


ERROR_ELEMENTS = ("Code", "Message", "RequestId", "HostId")
ERROR_SCHEMA = b"""
<grammar xmlns="http://relaxng.org/ns/structure/1.0">
  <start>
    <element name="Error">
      <ref name="any-attributes"/>
      <interleave>
        <element name="Code"><ref name="some-text"/></element>
        <element name="Message"><ref name="any-attributes"/><text/></element>
        <element name="RequestId"><ref name="some-text"/></element>
        <element name="HostId"><ref name="any-attributes"/><text/></element>
        <zeroOrMore>
          <element>
            <anyName>
              <except>
                <name>Code</name><name>Message</name><name>RequestId</name><name>HostId</name>
              </except>
            </anyName>
            <ref name="anything"/>
          </element>
        </zeroOrMore>
      </interleave>
    </element>
  </start>
  <define name="some-text">
    <ref name="any-attributes"/>
    <data type="token" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
      <param name="minLength">1</param>
    </data>
  </define>
  <define name="any-attributes">
    <zeroOrMore><attribute><anyName/></attribute></zeroOrMore>
  </define>
  <define name="anything">
    <ref name="any-attributes"/>
    <mixed><zeroOrMore><element><anyName/><ref name="anything"/></element></zeroOrMore></mixed>
  </define>
</grammar>
"""
"""The error documents on the page, in RELAX NG: four elements once each, in any order, among others."""


@cache
def error_schema() -> etree.RelaxNG:
    """Return the schema, read once."""
    return etree.RelaxNG(etree.fromstring(ERROR_SCHEMA))


@dataclass(frozen=True)
class ErrorDocumentValid(Matcher):
    """The body is an error document as the page shows it: Code, Message, RequestId and HostId once each."""

    says: ClassVar[str] = "an error document as on the page"
    shows: ClassVar[tuple[str, str] | None] = ("an error document as on the page", "another body")

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        root = document(response)
        if isinstance(root, str):
            return f"the body is {root}, not an error document"
        schema = error_schema()
        if schema.validate(root):
            return ""
        return f"the error document is not as on the page: {_defect(root, schema)}"


def _defect(root: etree._Element, schema: etree.RelaxNG) -> str:
    if root.tag != "Error":
        return f"its root is {root.tag}"
    counts = {name: len(root.findall(name)) for name in ERROR_ELEMENTS}
    wrong = [f"{name} is there {count} times, not once" for name, count in counts.items() if count != 1]
    error = schema.error_log.last_error
    return ", ".join(wrong) or (error.message if error else "it is not valid")


def document(response: Response) -> etree._Element | str:
    """Return the root of the body without namespaces, or say what the body is instead."""
    if not response.body:
        return "absent"
    root = parse_xml(response.body)
    if isinstance(root, str):
        return f"{root}: {excerpt(response.body)}"
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def _rows(response: Response, tag: str) -> list[dict[str, str]]:
    """Return elements below the root, each as the texts of its fields; none where the body is no list."""
    root = document(response)
    found = [] if isinstance(root, str) else root.iterfind(tag)
    return [{str(f.tag): (f.text or "").strip() for f in e.iterfind("*")} for e in found]


def entries(response: Response) -> list[dict[str, str]]:
    return _rows(response, "Contents")


def entry(response: Response) -> dict[str, str]:
    """Return the object's own entry: that of the shortest name, since a probe lists below its full name."""
    return min(entries(response), key=lambda fields: len(fields.get("Key", "")), default={})


def version_entry(response: Response, *, latest: bool) -> dict[str, str]:
    """Return the latest version, or one before it; delete markers are no versions."""
    found = (row for row in _rows(response, "Version") if (row.get("IsLatest") == "true") is latest)
    return next(found, {})


def restore_state(response: Response) -> str:
    """Return what `x-oss-restore` shows: frozen, restoring, restored, or unreadable."""
    state = read_restore(response)
    return "frozen" if state is None else _STATES[state.ongoing]


def check(matchers: Sequence[Matcher], response: Response, before: Before | None) -> list[str]:
    """Return every difference between a response and the matchers.

    No response is one difference. So is success where a refusal belongs, and the other way round:
    what its body lacks then says nothing more.
    """
    if response.transport_error is not None:
        return [f"there is no proper answer: {describe(response)}"]
    problems = [p for p in (m.problem(response, before) for m in matchers) if p]
    wanted = next((m.status for m in matchers if isinstance(m, StatusIs)), response.status)
    return problems[:1] if wanted // 100 != response.status // 100 else problems


def code_is(code: str) -> Is:
    return Is(ErrorField("Code"), code)
