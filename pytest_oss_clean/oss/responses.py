"""Reading OSS answers: error documents and the restore state, from servers that cannot be trusted.

Nothing here raises on what a server sent: a body that is no error document is a reading with a
`problem`. XML is parsed without DTD, entities and network.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from pytest_oss_clean.oss.constants import OSS_ERROR, RESTORE_STATE
from pytest_oss_clean.oss.messages import Response

_EXCERPT = 120
OFFERED = ("Endpoint", "ServerTime", "RequestTime", "StringToSign")
"""Elements of an error document by which a server says what it would take."""
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
)
_RESTORE_PAIR = re.compile(r'([a-z-]+)\s*=\s*"([^"]*)"')


@dataclass(frozen=True, slots=True)
class ErrorDocument:
    """An OSS error document; `problem` says why the answer holds none."""

    code: str = ""
    message: str = ""
    request_id: str = ""
    host_id: str = ""
    ec: str = ""
    extras: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RestoreState:
    """What `x-oss-restore` says: `ongoing` is None where it says nothing that can be read."""

    ongoing: bool | None = None
    expiry: datetime | None = None


def read_error(response: Response) -> ErrorDocument:
    """Read the error document of an answer, of a HEAD answer from `x-oss-err`."""
    body = response.body
    packed = response.header(OSS_ERROR)
    if not body and packed:
        try:
            body = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            return ErrorDocument(problem=f"{OSS_ERROR} is not base64")
    if not body:
        return ErrorDocument(problem="there is no body")
    root = parse_xml(body)
    if isinstance(root, str):
        return ErrorDocument(problem=f"the body is {root}: {excerpt(body)}")
    if _local(root) != "Error":
        return ErrorDocument(problem=f"the body is a <{_local(root)}>, not an <Error>: {excerpt(body)}")
    texts = {_local(child): (child.text or "").strip() for child in root if isinstance(child.tag, str)}
    if not texts.get("Code"):
        return ErrorDocument(problem=f"the error document has no Code: {excerpt(body)}")
    known = {
        field_name: texts.pop(tag, "")
        for field_name, tag in (
            ("code", "Code"),
            ("message", "Message"),
            ("request_id", "RequestId"),
            ("host_id", "HostId"),
            ("ec", "EC"),
        )
    }
    return ErrorDocument(**known, extras=texts)


def parse_xml(body: bytes) -> etree._Element | str:
    """Return the root element, or say what the body is instead."""
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        if not body.lstrip().startswith(b"<"):
            return "not XML"
        return f"not XML (line {line}, column {column}: {(error.msg or '').partition(', line ')[0]})"
    except (ValueError, LookupError) as error:
        return f"not XML ({error})"
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        return "XML with a document type"
    return root


def text_of(response: Response, name: str) -> str:
    """Return the text of an element below the root of a document, empty where it is not there."""
    root = parse_xml(response.body) if response.body else ""
    return "" if isinstance(root, str) else (root.findtext(f"{{*}}{name}") or "").strip()


def read_restore(response: Response) -> RestoreState | None:
    """Read `x-oss-restore`, in any order and spacing; None where the header is absent."""
    value = response.header(RESTORE_STATE)
    if value is None:
        return None
    pairs = dict(_RESTORE_PAIR.findall(value))
    ongoing = {"true": True, "false": False}.get(pairs.get("ongoing-request", ""))
    try:
        expiry = parsedate_to_datetime(pairs["expiry-date"])
    except (KeyError, ValueError, TypeError, IndexError):
        expiry = None
    return RestoreState(ongoing, expiry)


def describe(response: Response) -> str:
    """Say in a few words what an answer is: `404 NoSuchKey`, `200`, a transport error."""
    if response.transport_error is not None:
        after = f" after status {response.status}" if response.status else ""
        return f"{response.transport_error}{after}"
    code = read_error(response).code
    return f"{response.status} {code}" if code else f"{response.status}"


def server_words(response: Response) -> str:
    """Return the Message of an error document and what it offers; empty where there is none."""
    error = read_error(response)
    offered = [f"{name} {error.extras[name]}" for name in OFFERED if error.extras.get(name)]
    words = [f'"{error.message}"'] if error.message else []
    return ", ".join(words + offered)


def excerpt(body: bytes) -> str:
    text = " ".join(body[: 4 * _EXCERPT].decode("utf-8", "replace").split())
    text = "".join(char if char.isprintable() else "?" for char in text)
    return repr(text[:_EXCERPT] + ("..." if len(text) > _EXCERPT else ""))


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
