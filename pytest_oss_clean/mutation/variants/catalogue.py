"""Variants: servers that differ harmlessly, in the form of what they say or in what no source decides.

Rule: a difference stands here only if a client that keeps to HTTP, XML and the page cannot suffer from
it. What breaks an inferred rule is a mutant, and must fail nothing either.
"""

from __future__ import annotations

from pytest_oss_clean.mutation.faults.decorators import Interception, sender_fault
from pytest_oss_clean.mutation.faults.response_edits import Change, both, ids_of_another_form, request_id
from pytest_oss_clean.mutation.mutant import OnWire, Variant
from pytest_oss_clean.mutation.variants.alternative_readings import READINGS, instead
from pytest_oss_clean.mutation.variants.conditions import CONDITIONS
from pytest_oss_clean.mutation.variants.equivalent_responses import (
    NAMESPACE,
    adding,
    asctime,
    declared,
    documents,
    dropped,
    errors,
    first_inside,
    header,
    in_utf16,
    lacking,
    last_inside,
    marked,
    on_success,
    one_line,
    other_order,
    prefixed,
    reason,
    renamed,
    reversed_elements,
    rfc850,
    rooted,
    text,
    turned,
    wide,
    without_length,
)
from pytest_oss_clean.mutation.variants.http_framings import WIRES
from pytest_oss_clean.oss.messages import Response

NEW_ELEMENTS = b"<Unknown>1</Unknown><More><Inner at='x'>new</Inner></More>"
UTF8 = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

FORMS: tuple[tuple[str, str, Change], ...] = (
    ("lower-case-names", "header names are in lower case", renamed(str.lower)),
    ("upper-case-names", "header names are in upper case", renamed(str.upper)),
    ("other-order", "headers come in the opposite order", turned),
    ("more-headers", "there are headers nobody knows", adding(("x-oss-new", "1"), ("Via", "1.1 proxy"))),
    (
        "headers-twice",
        "a header that says nothing comes twice",
        adding(("Vary", "Origin"), ("Vary", "Accept")),
    ),
    (
        "cookies",
        "a proxy sets a cookie",
        adding(("Set-Cookie", "a=b; Path=/"), ("Cache-Control", "no-store")),
    ),
    ("no-server", "there is no Server header", lacking("Server")),
    ("other-server", "the server has another name", header("Server", lambda _: "nginx/1.27.0")),
    ("no-server-time", "there is no x-oss-server-time", lacking("x-oss-server-time")),
    ("no-connection", "Connection is left out, as HTTP lets it", lacking("Connection")),
    ("no-length", "the length of a body is left to the framing", without_length),
    ("no-ec-header", "there is no x-oss-ec", lacking("x-oss-ec")),
    ("no-digests", "objects have no digests", lacking("Content-MD5", "x-oss-hash-crc64ecma")),
    ("no-ranges", "there is no Accept-Ranges", lacking("Accept-Ranges")),
    ("no-priority", "restores do not name their tier", lacking("x-oss-object-restore-priority")),
    ("type-charset", "XML names its charset", header("Content-Type", lambda v: v + "; charset=utf-8")),
    ("type-text", "XML is text/xml", header("Content-Type", lambda v: v.replace("ation/xml", ""))),
    ("type-case", "media types are in upper case", header("Content-Type", str.upper)),
    ("date-rfc850", "dates have the form of RFC 850", header("Date", rfc850)),
    ("date-asctime", "dates have the form of asctime", header("Date", asctime)),
    ("date-modified", "Last-Modified has the form of RFC 850", header("Last-Modified", rfc850)),
    ("ids-uuid", "request ids have the form of UUIDs", ids_of_another_form),
    ("ids-lower-case", "request ids are in lower case", request_id(str.lower)),
    ("ids-long", "request ids are long", request_id(lambda old: old * 3)),
    ("restore-order", "x-oss-restore has the expiry first", header("x-oss-restore", other_order)),
    ("restore-dense", "x-oss-restore has no blanks", header("x-oss-restore", lambda v: v.replace(", ", ","))),
    (
        "restore-wide",
        "x-oss-restore has more blanks",
        header("x-oss-restore", lambda v: v.replace("=", " = ")),
    ),
    ("restore-more", "x-oss-restore says more", header("x-oss-restore", lambda v: v + ', tier="Bulk"')),
    ("etag-bare", "ETags have no quotes", header("ETag", lambda v: v.strip('"'))),
    ("etag-lower", "ETags are in lower case", header("ETag", str.lower)),
    ("etag-weak", "ETags are weak", header("ETag", lambda v: f"W/{v}")),
    ("etag-parts", "ETags are those of uploads in parts", header("ETag", lambda v: f'{v[:-1]}-1"')),
    ("reason-lower", "the reason is in lower case", reason(str.lower)),
    ("reason-none", "there is no reason", reason(lambda _: "")),
    ("reason-other", "the reason is worded otherwise", reason(lambda _: "As You Like It")),
    ("head-silent", "HEAD has no x-oss-err", lacking("x-oss-err")),
    ("more-elements", "documents have elements nobody knows", documents(last_inside(NEW_ELEMENTS))),
    ("more-first", "elements nobody knows come first", errors(first_inside(b"<Unknown>1</Unknown>"))),
    ("other-texts", "errors are worded otherwise", errors(text("Message", "Sorry, not now &amp; not here."))),
    ("foreign-texts", "errors are worded in Chinese", errors(text("Message", "&#x4E0D;&#x884C;"))),
    ("no-texts", "errors have an empty Message", errors(text("Message", ""))),
    ("other-host", "HostId is an address", errors(text("HostId", "10.101.0.1"))),
    ("no-host", "HostId is empty", errors(text("HostId", ""))),
    ("no-ec", "errors have no EC", errors(dropped("EC"))),
    ("no-recommendation", "errors recommend nothing to read", errors(dropped("RecommendDoc"))),
    ("other-sequence", "the elements of an error come in another order", errors(reversed_elements)),
    ("xml-bare", "documents have no declaration", documents(declared(b""))),
    ("xml-other-declaration", "the declaration is another one", documents(declared(UTF8))),
    ("xml-one-line", "documents are in one line", documents(one_line)),
    ("xml-wide", "documents are indented by tabs, with line ends of Windows", documents(wide)),
    ("xml-comments", "documents have comments", documents(last_inside(b"<!-- last --><?say more?>"))),
    ("xml-comment-first", "a comment comes first", documents(first_inside(b"<!-- first -->"))),
    ("xml-cdata", "the Code is written as CDATA", errors(marked("Code", "<![CDATA[", "]]>"))),
    ("xml-blank", "there are line ends around the Code", errors(marked("Code", "\n    ", "\n  "))),
    (
        "xml-reference",
        "the Code has a character reference",
        errors(lambda d: d.replace(b"<Code>A", b"<Code>&#65;")),
    ),
    ("xml-attribute", "the root has an attribute", documents(rooted(b'version="1"'))),
    ("xml-namespace", "documents lie in a namespace", documents(rooted(b'xmlns="' + NAMESPACE + b'"'))),
    ("xml-prefix", "their namespace has a prefix", documents(prefixed)),
    ("xml-utf16", "documents are in UTF-16", documents(in_utf16)),
    (
        "all-at-once",
        "much of this at once",
        both(
            renamed(str.lower),
            adding(("x-oss-new", "1")),
            lacking("Server", "x-oss-server-time", "x-oss-ec", "Connection"),
            header("x-oss-restore", other_order),
            errors(text("HostId", "10.101.0.1")),
            errors(dropped("RecommendDoc")),
            documents(one_line),
            documents(declared(b"")),
            on_success(reason(lambda _: "Fine")),
        ),
    ),
)
"""Other forms of all answers."""


@sender_fault
def everywhere(call: Interception, change: Change) -> Response:
    """Give another form to every response, but to that of a part, whose ETag the server wants back."""
    right = call.right()
    if "partNumber=" in call.request.target:
        return right
    return call.changed(right, change(right))


VARIANTS: tuple[Variant, ...] = (
    *(Variant(id=f"form-{name}", says=says, fault=everywhere(change)) for name, says, change in FORMS),
    *(
        Variant(id=f"reading-{name}", says=says, fault=instead(*given) if given[1:] else given[0])
        for name, says, *given in READINGS
    ),
    *(Variant(id=f"wire-{name}", says=says, fault=OnWire(write)) for name, says, write in WIRES),
    *CONDITIONS,
)
