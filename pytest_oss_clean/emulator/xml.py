"""XML as OSS writes and reads it.

Rule: whatever text comes in, a well-formed document goes out; and no document from outside can
name a DTD, an entity or the network. Documents carry no namespace, like the live ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, Extras, OssError
from pytest_oss_clean.oss.names import percent

LARGEST_DOCUMENT = 64 * 1024
LARGEST_DELETE = 2 * 1024 * 1024
"""A thousand names of 1,023 bytes (DeleteMultipleObjects page); ten thousand parts are fewer."""

RECOMMEND = "https://api.aliyun.com/troubleshoot?q="
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_SPECIAL = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a text cannot hold as it is: all that is escaped, and all that is not XML."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_REFERENCE = re.compile(rb"&#(?:x0*([0-9A-Fa-f]{1,6})|0*([0-9]{1,7}));")
_STAND_INS = {0xFDD0 + code: code for code in range(0x20)}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RAW_STAND_IN = re.compile(rb"\xef\xb7[\x90-\xaf]")

Tree = str | Iterable[tuple[str, "Tree"]]
"""The content of an element: text, or elements in order."""


def document(root: str, content: Tree) -> bytes:
    """Return a document with the declaration, two blanks of indent and a final newline.

    Characters that XML 1.0 cannot carry stand in it as references, which SDKs read.
    """
    lines: list[str] = []
    _render(root, content, "", lines)
    return _DECLARATION + "".join(lines).encode()


def _render(name: str, content: Tree, indent: str, lines: list[str]) -> None:
    if isinstance(content, str):
        lines.append(f"{indent}<{name}>{_escaped(content)}</{name}>\n")
        return
    children = list(content)
    if not children:
        lines.append(f"{indent}<{name}/>\n")
        return
    lines.append(f"{indent}<{name}>\n")
    for child, value in children:
        _render(child, value, indent + "  ", lines)
    lines.append(f"{indent}</{name}>\n")


def _escaped(text: str) -> str:
    if not _SPECIAL.search(text):
        return text
    text = text.translate(_ESCAPES)
    if not _NOT_XML.search(text):
        return text
    if _SURROGATE.search(text):
        return percent_encoded(text)
    return _NOT_XML.sub(lambda found: f"&#{ord(found[0])};", text)


def percent_encoded(text: str) -> str:
    """Return a text percent-encoded as a whole where XML 1.0 cannot carry it."""
    if not _NOT_XML.search(text):
        return text
    try:
        return percent(text, keep="/")
    except UnicodeEncodeError:  # a lone surrogate: no request on a wire can hold one
        return percent(text.encode("utf-8", "replace").decode(), keep="/")


def error_document(row: ErrorRow, request_id: str, host: str, extras: Extras = ()) -> bytes:
    """Return the error document of a row, its elements in the order live ones have."""
    lines: list[str] = []
    _render("RequestId", request_id, "  ", lines)
    for name, value in (("HostId", host), *extras):
        _render(name, percent_encoded(value), "  ", lines)
    start, end = _around(row)
    return start + "".join(lines).encode() + end


@lru_cache(maxsize=256)
def _around(row: ErrorRow) -> tuple[bytes, bytes]:
    """Return what stands in every document of a row before and behind the elements of a request."""
    told = [
        ("Code", row.code),
        ("Message", row.message),
        ("EC", row.ec),
        ("RecommendDoc", RECOMMEND + row.ec),
    ]
    lines: list[str] = []
    _render("Error", told, "", lines)
    return _DECLARATION + "".join(lines[:3]).encode(), "".join(lines[3:]).encode()


def parse(
    body: bytes, name: str, *, row: ErrorRow = errors.BAD_DOCUMENT, largest: int = LARGEST_DOCUMENT
) -> etree._Element:
    """Return the root of a document from outside, which is called `name`.

    Raises OssError `row` for anything but plain, small, well-formed XML without a DTD.
    """
    # The doctype is looked for before parsing too: not every libxml2 bounds entities in attributes.
    if len(body) > largest or b"<!DOCTYPE" in body:
        raise OssError(row)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise OssError(row) from None
    docinfo: etree.DocInfo = root.getroottree().docinfo
    hidden = docinfo.doctype  # type: ignore[attr-defined]  # in an encoding that hid it above
    if hidden or local_name(root) != name:
        raise OssError(row)
    return root


def local_name(element: etree._Element) -> str:
    """Return a tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _text(element: etree._Element) -> str:
    if len(element):
        raise OssError(errors.UNKNOWN_XML_NODE)
    return (element.text or "").strip()


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """A RestoreRequest as written; `has_parameters`: JobParameters is there at all."""

    days: str | None = None
    tier: str | None = None
    has_parameters: bool = False

    def days_number(self) -> int | None:
        """Return Days as a number. Raises OssError where it is none."""
        if self.days is None:
            return None
        if not _INTEGER.fullmatch(self.days):
            raise OssError(errors.DAYS_NOT_INTEGER)
        return int(self.days)


def parse_restore_request(body: bytes) -> RestoreRequest:
    """Read a RestoreRequest; an empty body is an empty one.

    Raises OssError MalformedXML on another structure than `Days` and `JobParameters/Tier`.
    """
    if not body.strip():
        return RestoreRequest()
    root = parse(body, "RestoreRequest", row=errors.BAD_XML)
    found = _children(root, {"Days", "JobParameters"})
    parameters = found.get("JobParameters")
    tier = None if parameters is None else _children(parameters, {"Tier"}).get("Tier")
    days = found.get("Days")
    return RestoreRequest(
        None if days is None else _text(days),
        None if tier is None else _text(tier),
        parameters is not None,
    )


def _children(parent: etree._Element, allowed: set[str]) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for child in parent:
        name = local_name(child)
        if name == "Type":  # EC 0016-00000713 names this one as unsupported
            raise OssError(errors.BAD_XML_NODE)
        if name == "Days" and name in found:
            raise OssError(errors.DAYS_REPEATED)
        if name not in allowed or name in found:
            raise OssError(errors.UNKNOWN_XML_NODE)
        found[name] = child
    return found


def _only(parent: etree._Element, name: str) -> str | None:
    """Return the text of the only child of that name, None where there is none."""
    found = [child for child in parent if local_name(child) == name]
    if len(found) > 1 or any(len(child) for child in found):
        raise OssError(errors.BAD_DOCUMENT)
    return (found[0].text or "") if found else None


def parse_bucket_configuration(body: bytes) -> tuple[str | None, str | None]:
    """Return StorageClass and DataRedundancyType of a CreateBucketConfiguration, None where not given."""
    if not body.strip():
        return None, None
    root = parse(body, "CreateBucketConfiguration")
    return _only(root, "StorageClass"), _only(root, "DataRedundancyType")


def parse_versioning(body: bytes) -> str:
    """Return `Status` of a VersioningConfiguration."""
    status = _only(parse(body, "VersioningConfiguration"), "Status")
    if status not in ("Enabled", "Suspended"):
        raise OssError(errors.BAD_DOCUMENT)
    return status


def parse_tagging(body: bytes) -> list[tuple[str, str]]:
    sets = [child for child in parse(body, "Tagging") if local_name(child) == "TagSet"]
    if len(sets) != 1:
        raise OssError(errors.BAD_DOCUMENT)
    return [(_only(tag, "Key") or "", _only(tag, "Value") or "") for tag in sets[0]]


def parse_delete(body: bytes) -> tuple[bool, list[tuple[str, str | None]]]:
    """Return whether a Delete is quiet, and its names, each with a version id or None.

    SDKs write control characters of names as they are or as `&#1;`, both of which XML 1.0 forbids and OSS
    reads (oss2 test_chinese.py, py2 test_object_basic_async.py): they pass the parser as noncharacters
    that stand in for them.
    """
    if _RAW_STAND_IN.search(body):
        raise OssError(errors.BAD_DOCUMENT)
    body = _CONTROL.sub(lambda found: chr(0xFDD0 + found[0][0]).encode(), body)
    root = parse(_REFERENCE.sub(_stand_in, body), "Delete", largest=LARGEST_DELETE)
    wanted = []
    for child in root:
        if local_name(child) == "Object":
            name = (_only(child, "Key") or "").translate(_STAND_INS)
            wanted.append((name, _only(child, "VersionId") or None))
    if not all(name for name, _ in wanted):
        raise OssError(errors.BAD_DOCUMENT)
    return (_only(root, "Quiet") or "").strip().lower() == "true", wanted


def parse_parts(body: bytes) -> list[tuple[int, str]]:
    root = parse(body, "CompleteMultipartUpload", largest=LARGEST_DELETE)
    parts = [child for child in root if local_name(child) == "Part"]
    found = [
        ((_only(part, "PartNumber") or "").strip(), (_only(part, "ETag") or "").strip()) for part in parts
    ]
    if not all(_INTEGER.fullmatch(number) and etag for number, etag in found):
        raise OssError(errors.BAD_DOCUMENT)
    return [(int(number), etag.strip('"')) for number, etag in found]


def _stand_in(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code in _STAND_INS:
        raise OssError(errors.BAD_DOCUMENT)
    return reference[0] if chr(min(code, 0x20)) in "\t\n\r " else chr(0xFDD0 + code).encode()
