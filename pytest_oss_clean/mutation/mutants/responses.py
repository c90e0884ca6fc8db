"""Mutants of the answers to a clean: status, Code, document, ids and headers."""

from __future__ import annotations

from pytest_oss_clean.mutation.faults.decorators import Interception, sender_fault
from pytest_oss_clean.mutation.faults.requests import coded, done, not_finished, refused, stale
from pytest_oss_clean.mutation.faults.response_edits import (
    ERROR,
    Change,
    body,
    both,
    dated,
    element,
    error,
    header,
    ids_of_another_form,
    no_header,
    request_id,
    rewritten,
    status,
    swapped,
    text,
    with_body,
    with_header,
)
from pytest_oss_clean.mutation.faults.senders import on_responses
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import OSS_EC, REQUEST_ID, Code
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED

BREAKS, MISLED, MONEY = Damage.BREAKS, Damage.MISLED, Damage.MONEY

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
HTML = b"<html><head><title>409 Conflict</title></head><body><h1>409 Conflict</h1><hr></body></html>"
DTD = b'<!DOCTYPE Error SYSTEM "error.dtd">\n<Error>'


def as_json(response: Response) -> Response:
    code = STALE if stale(response) else NOT_FINISHED
    data = f'{{"Code": "{code}", "RequestId": "{response.header(REQUEST_ID)}"}}'.encode()
    return with_body(with_header(response, "Content-Type", "application/json"), data)


def late_error(response: Response) -> Response:
    """Put the error document of a failure under the status of success."""
    made = ERROR.format(code="InternalError", request_id=response.header(REQUEST_ID) or "")
    return with_body(with_header(response, "Content-Type", "application/xml"), made.encode())


OF_SUCCESS: Table = {
    (DOCUMENTED, BREAKS): (
        ("done-201", status(201), done, "success is 201 Created"),
        ("done-204", status(204), done, "success is 204 No Content"),
        ("done-206", status(206), done, "success is 206 Partial Content"),
        (
            "done-redirected",
            both(status(307), header("Location", "/elsewhere")),
            done,
            "success leads elsewhere",
        ),
        ("done-blank-body", body(b"\n"), done, "success has a blank line for a body"),
        ("done-document", body(b"<CleanRestoredObjectResult/>"), done, "success has a document"),
        ("done-no-request-id", no_header(REQUEST_ID), done, "success has no x-oss-request-id"),
        ("done-empty-request-id", header(REQUEST_ID, ""), done, "success has an empty x-oss-request-id"),
    ),
    (DOCUMENTED, MISLED): (
        ("done-202", status(202), done, "success is 202 Accepted, as of a restore"),
        ("done-late-error", late_error, done, "200 has an error document in its body"),
    ),
}

STATUSES = (200, 202, 204, 400, 403, 404, 410, 412, 423, 500, 501, 503)

OF_STATUSES: Table = {
    (DOCUMENTED, BREAKS): tuple(
        (f"{name}-{number}", status(number), which, f"the refusal {name} has status {number}")
        for name, which in (("stale", stale), ("not-finished", not_finished))
        for number in STATUSES
    )
}

OF_REFUSALS: Table = {
    (DOCUMENTED, MISLED): (
        ("codes-swapped", swapped(STALE, NOT_FINISHED), refused, "each refusal has the other's Code"),
        (
            "code-of-reading",
            text("Code", Code.INVALID_OBJECT_STATE),
            stale,
            "the Code is that of a read of a frozen object",
        ),
        (
            "code-of-restoring",
            text("Code", Code.RESTORE_ALREADY_IN_PROGRESS),
            not_finished,
            "the Code is that of a restore while restoring",
        ),
        ("request-id-other", text("RequestId", "0" * 24), refused, "RequestId is not the header's"),
    ),
    (DOCUMENTED, BREAKS): (
        ("code-stale-misspelt", text("Code", "ArchiveRestoreStale"), stale, "the Code is misspelt"),
        (
            "code-not-finished-misspelt",
            text("Code", "ArchiveRestoreNotFinish"),
            not_finished,
            "the Code is misspelt",
        ),
        ("code-lower-case", text("Code", STALE.lower()), stale, "the Code is written in lower case"),
        ("code-missing", element("Code", ""), refused, "the document has no Code"),
        ("code-empty", text("Code", ""), refused, "the Code is empty"),
        ("code-twice", element("Code", r"\g<0>\g<0>"), refused, "the document has the Code twice"),
        ("code-attribute", element("Code", r'<Code value="\1"/>'), refused, "the Code is an attribute"),
        ("code-nested", element("Code", r"<Detail>\g<0></Detail>"), refused, "the Code lies deeper"),
        ("message-missing", element("Message", ""), refused, "the document has no Message"),
        ("request-id-missing", element("RequestId", ""), refused, "the document has no RequestId"),
        ("request-id-twice", element("RequestId", r"\g<0>\g<0>"), refused, "RequestId is there twice"),
        ("request-id-header-gone", no_header(REQUEST_ID), refused, "a refusal has no x-oss-request-id"),
        ("host-id-missing", element("HostId", ""), refused, "the document has no HostId"),
        ("body-empty", body(b""), refused, "a refusal has no body"),
        ("body-html", body(HTML), refused, "a refusal has a page of HTML"),
        ("body-plain", body(STALE.encode()), refused, "a refusal has the Code as plain text"),
        ("body-json", as_json, refused, "a refusal is written in JSON"),
        (
            "body-cut",
            rewritten(lambda data: data[: data.rindex(b"</")]),
            refused,
            "the document lacks its end",
        ),
        (
            "body-unescaped",
            text("Message", "restore & clean"),
            refused,
            "an ampersand in the document is not escaped",
        ),
        ("body-doubled", rewritten(lambda data: data + data), refused, "the document is sent twice"),
        (
            "body-not-in-its-encoding",
            rewritten(lambda data: data.replace(b"<Message>", b"<Message>\xe9")),
            refused,
            "the document is not in the encoding that it declares",
        ),
        (
            "body-unknown-encoding",
            rewritten(lambda data: data.replace(b'encoding="UTF-8"', b'encoding="OSS-8"')),
            refused,
            "the document declares an encoding that nobody knows",
        ),
        ("body-with-doctype", rewritten(lambda d: d.replace(b"<Error>", DTD)), refused, "it has a DTD"),
        ("root-other", swapped("Error>", "ErrorResponse>"), refused, "the root is ErrorResponse"),
        ("root-lower-case", swapped("Error>", "error>"), refused, "the root is in lower case"),
        (
            "root-wrapped",
            rewritten(lambda d: d.replace(b"<Error>", b"<R><Error>").replace(b"</Error>", b"</Error></R>")),
            refused,
            "the document lies in another one",
        ),
        (
            "elements-lower-case",
            both(swapped("Code>", "code>"), swapped("Message>", "message>")),
            refused,
            "the elements are in lower case",
        ),
    ),
}

OF_FORMS: Table = {
    (INFERRED, BREAKS): (
        ("no-date", no_header("Date"), done, "success has no Date"),
        ("date-skewed", dated(3600), done, "Date is an hour ahead"),
        ("date-local", header("Date", "2026-06-02 10:00:00"), refused, "Date is of another form"),
        ("type-html", header("Content-Type", "text/html"), refused, "Content-Type is text/html"),
        ("type-json", header("Content-Type", "application/json"), stale, "Content-Type is of JSON"),
        ("type-missing", no_header("Content-Type"), refused, "a refusal has no Content-Type"),
    ),
    (INFERRED, MISLED): (
        ("ec-other", header(OSS_EC, "0016-00000404"), refused, "x-oss-ec is not EC in the body"),
        (
            "ec-swapped",
            both(header(OSS_EC, "0016-00000404"), text("EC", "0016-00000404")),
            refused,
            "EC is that of a read of a frozen object",
        ),
        (
            "messages-alike",
            text("Message", "The operation is not valid for the object's state"),
            refused,
            "both refusals have the Message of a read",
        ),
    ),
}

NO_SUCH_KEY, NO_SUCH_BUCKET = coded(Code.NO_SUCH_KEY), coded(Code.NO_SUCH_BUCKET)
BAD_NAME, DENIED = coded(Code.INVALID_OBJECT_NAME), error(403, Code.ACCESS_DENIED)
DONE = both(status(200), body(b""))

OF_ABSENCE: Table = {
    (INFERRED, MISLED): (
        ("no-such-key-stale", error(409, STALE), NO_SUCH_KEY, "an object that is not there is stale"),
        ("no-such-key-done", DONE, NO_SUCH_KEY, "a clean of what is not there succeeds"),
        ("no-such-key-denied", DENIED, NO_SUCH_KEY, "an object that is not there is denied"),
        (
            "no-such-bucket-key",
            error(404, Code.NO_SUCH_KEY),
            NO_SUCH_BUCKET,
            "a missing bucket is a missing object",
        ),
        ("no-such-bucket-denied", DENIED, NO_SUCH_BUCKET, "a missing bucket is denied"),
        (
            "bad-name-no-such-key",
            error(404, Code.NO_SUCH_KEY),
            BAD_NAME,
            "an impossible name is merely not there",
        ),
    )
}
"""What is not there, or cannot be."""


@sender_fault
def on_every_response(call: Interception, change: Change) -> Response:
    right = call.right()
    other = change(right)
    return call.changed(right, other) if call.is_clean else other


OF_IDS: Table = {
    (INFERRED, MISLED): (
        (
            "one-request-id",
            on_every_response(request_id(lambda _: "5374A2880232A65C23000001")),
            "all answers have one request id",
        ),
    ),
    (INFERRED, BREAKS): (
        ("request-id-uuid", on_every_response(ids_of_another_form), "request ids have the form of UUIDs"),
        ("request-id-lower-case", on_every_response(request_id(str.lower)), "request ids are in lower case"),
    ),
}

MUTANTS: tuple[Mutant, ...] = tuple(
    mutant
    for table in (OF_SUCCESS, OF_STATUSES, OF_REFUSALS, OF_FORMS, OF_ABSENCE, OF_IDS)
    for mutant in mutants("answer", Family.ANSWERS, table, of=on_responses)
)
