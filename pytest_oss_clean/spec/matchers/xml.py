"""What the XML document in an answer must show. Namespaces are not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from lxml import etree

from pytest_oss_clean.oss.constants import OSS_EC, REQUEST_ID
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import excerpt, parse_xml, read_error
from pytest_oss_clean.spec.matchers.base import Before, Matcher, shown

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

    def __str__(self) -> str:
        """Say it in a few words."""
        return "an error document as on the page"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Validate the body."""
        root = _plain(response)
        if isinstance(root, str):
            return f"the body is {root}, not an error document"
        schema = error_schema()
        if schema.validate(root):
            return ""
        return f"the error document is not as on the page: {_defect(root, schema)}"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is valid."""
        return "another body" if self.problem(response, before) else str(self)


@dataclass(frozen=True)
class RequestIdsAgree(Matcher):
    """RequestId in the body is what the header x-oss-request-id says."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"RequestId as in {REQUEST_ID}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare both."""
        inside, outside = read_error(response).request_id, response.header(REQUEST_ID)
        if inside and inside == outside:
            return ""
        return f"RequestId is {shown(inside or None)}, not {shown(outside)} as in {REQUEST_ID}"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether they agree."""
        return f"RequestId unlike {REQUEST_ID}" if self.problem(response, before) else str(self)


@dataclass(frozen=True)
class EcAgrees(Matcher):
    """The header x-oss-ec is there, and says what EC in the body says."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{OSS_EC} as in the body"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare both."""
        inside, outside = read_error(response).ec, response.header(OSS_EC)
        if outside and inside == outside:
            return ""
        return f"{OSS_EC} is {shown(outside)}, not {shown(inside or None)} as EC in the body"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether they agree."""
        if response.header(OSS_EC) is None:
            return f"no {OSS_EC}"
        return f"{OSS_EC} unlike the body" if self.problem(response, before) else str(self)


@dataclass(frozen=True)
class MessageIs(Matcher):
    """The Message has this text."""

    text: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"Message {self.text!r}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare the text."""
        message = read_error(response).message
        return "" if message == self.text else f"Message is {shown(message or None)}, not {self.text!r}"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether it is this one; another may name objects."""
        return "another Message" if self.problem(response, before) else "Message as on the page"


@dataclass(frozen=True)
class TextsAre(Matcher):
    """The elements at a path below the root hold these texts, in any order."""

    path: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.path} {', '.join(self.texts)}"

    def problem(self, response: Response, before: Before | None) -> str:  # noqa: ARG002
        """Compare the texts."""
        now = texts_at(self.path, response)
        return "" if now == sorted(self.texts) else f"{self.path} is {listed(now)}, not {listed(self.texts)}"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether they are these."""
        return f"{self.path} of another text" if self.problem(response, before) else str(self)


@dataclass(frozen=True)
class TextsSame(Matcher):
    """The elements at a path below the root hold the texts they held before, in any order."""

    compares: ClassVar[bool] = True
    path: str

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.path} as before"

    def problem(self, response: Response, before: Before | None) -> str:
        """Compare with the answer taken before the judged request."""
        was = texts_at(self.path, before.shown) if before else []
        now = texts_at(self.path, response)
        return "" if now == was else f"{self.path} is {listed(now)}, not {listed(was)} as before"

    def observed(self, response: Response, before: Before | None) -> str:
        """Tell whether they are the same."""
        return f"{self.path} changed" if self.problem(response, before) else str(self)


def texts_at(path: str, response: Response) -> list[str]:
    """Return the texts of the elements at a path, sorted; none where the body is no XML."""
    root = _plain(response)
    if isinstance(root, str):
        return []
    return sorted((element.text or "").strip() for element in root.iterfind(path))


def listed(texts: list[str] | tuple[str, ...]) -> str:
    """Return texts as a reader sees them."""
    return ", ".join(repr(text) for text in texts) or "absent"


def _plain(response: Response) -> etree._Element | str:
    """Return the root of the body without namespaces, or say what the body is instead."""
    if not response.body:
        return "absent"
    root = parse_xml(response.body)
    if isinstance(root, str):
        return f"{root}: {excerpt(response.body)}"
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def _defect(root: etree._Element, schema: etree.RelaxNG) -> str:
    """Say what is wrong with an error document that is not valid."""
    if root.tag != "Error":
        return f"its root is {root.tag}"
    counts = {name: len(root.findall(name)) for name in ERROR_ELEMENTS}
    wrong = [f"{name} is there {count} times, not once" for name, count in counts.items() if count != 1]
    error = schema.error_log.last_error
    return ", ".join(wrong) or (error.message if error else "it is not valid")
