"""Mutants of the answers to a clean: status, Code, document, ids and headers."""

from __future__ import annotations

from uuid import UUID

from pytest_oss_clean.mutation.faults.response_edits import (
    ERROR,
    Change,
    body,
    both,
    dated,
    element,
    error,
    header,
    no_header,
    request_id,
    rewritten,
    status,
    swapped,
    text,
    with_body,
    with_header,
)
from pytest_oss_clean.mutation.faults.senders import (
    Which,
    done,
    is_clean,
    not_finished,
    on_answers,
    refused,
    stale,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnSender, Reached
from pytest_oss_clean.oss.constants import OSS_EC, REQUEST_ID, Code
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.oss.responses import read_error
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
BREAKS, MISLED, MONEY = Damage.BREAKS, Damage.MISLED, Damage.MONEY

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
HTML = b"<html><head><title>409 Conflict</title></head><body><h1>409 Conflict</h1><hr></body></html>"
DTD = b'<!DOCTYPE Error SYSTEM "error.dtd">\n<Error>'

Row = tuple[str, Which, Change, str, Damage]


def as_json(response: Response) -> Response:
    """Say it in JSON."""
    code = STALE if stale(response) else NOT_FINISHED
    data = f'{{"Code": "{code}", "RequestId": "{response.header(REQUEST_ID)}"}}'.encode()
    return with_body(with_header(response, "Content-Type", "application/json"), data)


def late_error(response: Response) -> Response:
    """Put the error document of a failure under the status of success."""
    made = ERROR.format(code="InternalError", request_id=response.header(REQUEST_ID) or "")
    return with_body(with_header(response, "Content-Type", "application/xml"), made.encode())


def told(code: Code) -> Which:
    """Tell whether an answer has this Code."""
    return lambda response: read_error(response).code == code


OF_SUCCESS: tuple[Row, ...] = (
    ("done-201", done, status(201), "success is 201 Created", BREAKS),
    ("done-202", done, status(202), "success is 202 Accepted, as of a restore", MISLED),
    ("done-204", done, status(204), "success is 204 No Content", BREAKS),
    ("done-206", done, status(206), "success is 206 Partial Content", BREAKS),
    (
        "done-redirected",
        done,
        both(status(307), header("Location", "/elsewhere")),
        "success leads elsewhere",
        BREAKS,
    ),
    ("done-blank-body", done, body(b"\n"), "success has a blank line for a body", BREAKS),
    ("done-document", done, body(b"<CleanRestoredObjectResult/>"), "success has a document", BREAKS),
    ("done-late-error", done, late_error, "200 has an error document in its body", MISLED),
    ("done-no-request-id", done, no_header(REQUEST_ID), "success has no x-oss-request-id", BREAKS),
    ("done-empty-request-id", done, header(REQUEST_ID, ""), "success has an empty x-oss-request-id", BREAKS),
)

STATUSES = (200, 202, 204, 400, 403, 404, 410, 412, 423, 500, 501, 503)

OF_REFUSALS: tuple[Row, ...] = (
    *(
        (f"{name}-{number}", which, status(number), f"the refusal {name} has status {number}", BREAKS)
        for name, which in (("stale", stale), ("not-finished", not_finished))
        for number in STATUSES
    ),
    ("codes-swapped", refused, swapped(STALE, NOT_FINISHED), "each refusal has the other's Code", MISLED),
    ("code-stale-misspelt", stale, text("Code", "ArchiveRestoreStale"), "the Code is misspelt", BREAKS),
    (
        "code-not-finished-misspelt",
        not_finished,
        text("Code", "ArchiveRestoreNotFinish"),
        "the Code is misspelt",
        BREAKS,
    ),
    ("code-lower-case", stale, text("Code", STALE.lower()), "the Code is written in lower case", BREAKS),
    (
        "code-of-reading",
        stale,
        text("Code", Code.INVALID_OBJECT_STATE),
        "the Code is that of a read of a frozen object",
        MISLED,
    ),
    (
        "code-of-restoring",
        not_finished,
        text("Code", Code.RESTORE_ALREADY_IN_PROGRESS),
        "the Code is that of a restore while restoring",
        MISLED,
    ),
    ("code-missing", refused, element("Code", ""), "the document has no Code", BREAKS),
    ("code-empty", refused, text("Code", ""), "the Code is empty", BREAKS),
    ("code-twice", refused, element("Code", r"\g<0>\g<0>"), "the document has the Code twice", BREAKS),
    ("code-attribute", refused, element("Code", r'<Code value="\1"/>'), "the Code is an attribute", BREAKS),
    ("code-nested", refused, element("Code", r"<Detail>\g<0></Detail>"), "the Code lies deeper", BREAKS),
    ("message-missing", refused, element("Message", ""), "the document has no Message", BREAKS),
    ("request-id-missing", refused, element("RequestId", ""), "the document has no RequestId", BREAKS),
    ("request-id-twice", refused, element("RequestId", r"\g<0>\g<0>"), "RequestId is there twice", BREAKS),
    ("request-id-other", refused, text("RequestId", "0" * 24), "RequestId is not the header's", MISLED),
    ("request-id-header-gone", refused, no_header(REQUEST_ID), "a refusal has no x-oss-request-id", BREAKS),
    ("host-id-missing", refused, element("HostId", ""), "the document has no HostId", BREAKS),
    ("body-empty", refused, body(b""), "a refusal has no body", BREAKS),
    ("body-html", refused, body(HTML), "a refusal has a page of HTML", BREAKS),
    ("body-plain", refused, body(STALE.encode()), "a refusal has the Code as plain text", BREAKS),
    ("body-json", refused, as_json, "a refusal is written in JSON", BREAKS),
    (
        "body-cut",
        refused,
        rewritten(lambda data: data[: data.rindex(b"</")]),
        "the document lacks its end",
        BREAKS,
    ),
    (
        "body-unescaped",
        refused,
        text("Message", "restore & clean"),
        "an ampersand in the document is not escaped",
        BREAKS,
    ),
    ("body-doubled", refused, rewritten(lambda data: data + data), "the document is sent twice", BREAKS),
    (
        "body-not-in-its-encoding",
        refused,
        rewritten(lambda data: data.replace(b"<Message>", b"<Message>\xe9")),
        "the document is not in the encoding that it declares",
        BREAKS,
    ),
    (
        "body-unknown-encoding",
        refused,
        rewritten(lambda data: data.replace(b'encoding="UTF-8"', b'encoding="OSS-8"')),
        "the document declares an encoding that nobody knows",
        BREAKS,
    ),
    ("body-with-doctype", refused, rewritten(lambda d: d.replace(b"<Error>", DTD)), "it has a DTD", BREAKS),
    ("root-other", refused, swapped("Error>", "ErrorResponse>"), "the root is ErrorResponse", BREAKS),
    ("root-lower-case", refused, swapped("Error>", "error>"), "the root is in lower case", BREAKS),
    (
        "root-wrapped",
        refused,
        rewritten(lambda d: d.replace(b"<Error>", b"<R><Error>").replace(b"</Error>", b"</Error></R>")),
        "the document lies in another one",
        BREAKS,
    ),
    (
        "elements-lower-case",
        refused,
        both(swapped("Code>", "code>"), swapped("Message>", "message>")),
        "the elements are in lower case",
        BREAKS,
    ),
)

OF_FORMS: tuple[Row, ...] = (
    ("no-date", done, no_header("Date"), "success has no Date", BREAKS),
    ("date-skewed", done, dated(3600), "Date is an hour ahead", BREAKS),
    ("date-local", refused, header("Date", "2026-06-02 10:00:00"), "Date is of another form", BREAKS),
    ("type-html", refused, header("Content-Type", "text/html"), "Content-Type is text/html", BREAKS),
    ("type-json", stale, header("Content-Type", "application/json"), "Content-Type is of JSON", BREAKS),
    ("type-missing", refused, no_header("Content-Type"), "a refusal has no Content-Type", BREAKS),
    ("ec-other", refused, header(OSS_EC, "0016-00000404"), "x-oss-ec is not EC in the body", MISLED),
    (
        "ec-swapped",
        refused,
        both(header(OSS_EC, "0016-00000404"), text("EC", "0016-00000404")),
        "EC is that of a read of a frozen object",
        MISLED,
    ),
    (
        "messages-alike",
        refused,
        text("Message", "The operation is not valid for the object's state"),
        "both refusals have the Message of a read",
        MISLED,
    ),
)

OF_ABSENCE = (
    (
        "missing-object",
        (
            ("no-such-key-stale", error(409, STALE), "an object that is not there is stale"),
            ("no-such-key-done", both(status(200), body(b"")), "a clean of what is not there succeeds"),
            ("no-such-key-denied", error(403, Code.ACCESS_DENIED), "an object that is not there is denied"),
        ),
    ),
    (
        "missing-bucket",
        (
            ("no-such-bucket-key", error(404, Code.NO_SUCH_KEY), "a missing bucket is a missing object"),
            ("no-such-bucket-denied", error(403, Code.ACCESS_DENIED), "a missing bucket is denied"),
        ),
    ),
    (
        "name-too-long",
        (("bad-name-no-such-key", error(404, Code.NO_SUCH_KEY), "an impossible name is merely not there"),),
    ),
)
"""What is not there, or cannot be: the contract that asks for it, and how it is answered."""

ABSENT = {
    "missing-object": Code.NO_SUCH_KEY,
    "missing-bucket": Code.NO_SUCH_BUCKET,
    "name-too-long": Code.INVALID_OBJECT_NAME,
}


def every_answer(change: Change) -> OnSender:
    """Change all answers, whatever was asked."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        def changing(request: Request) -> Response:
            response = sender(request)
            other = change(response)
            if other != response and is_clean(request):
                reached()
            return other

        return changing

    return OnSender(wrap)


def mutant(row: Row, breaks: Evidence, first: str = "") -> Mutant:
    """Return the mutant of a row."""
    name, which, change, says, damage = row
    return Mutant(
        id=f"answer-{name}",
        family=Family.ANSWERS,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=on_answers(change, which),
        first=(first,) if first else (),
    )


IDS = (
    ("one-request-id", lambda _: "5374A2880232A65C23000001", "all answers have one request id", MISLED),
    (
        "request-id-uuid",
        lambda old: str(UUID(int=int(old, 16))),
        "request ids have the form of UUIDs",
        BREAKS,
    ),
    ("request-id-lower-case", str.lower, "request ids are in lower case", BREAKS),
)

MUTANTS: tuple[Mutant, ...] = (
    *(mutant(row, DOCUMENTED) for row in (*OF_SUCCESS, *OF_REFUSALS)),
    *(mutant(row, INFERRED) for row in OF_FORMS),
    *(
        mutant((name, told(ABSENT[slug]), change, says, MISLED), INFERRED, slug)
        for slug, rows in OF_ABSENCE
        for name, change, says in rows
    ),
    *(
        Mutant(
            id=f"answer-{name}",
            family=Family.ANSWERS,
            says=says,
            breaks=INFERRED,
            damage=damage,
            fault=every_answer(request_id(value)),
        )
        for name, value, says, damage in IDS
    ),
)
