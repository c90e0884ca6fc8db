"""What passes a Sender is read as the server reads it, and a fault touches nothing else."""

import pytest

from pytest_oss_clean.mutation.faults.requests import address_of, asked, is_clean
from pytest_oss_clean.mutation.faults.response_edits import (
    element,
    error,
    request_id,
    status,
    swapped,
    text,
    with_body,
)
from pytest_oss_clean.mutation.faults.senders import every, held_back, on_responses
from pytest_oss_clean.mutation.stage import ExecutionCount
from pytest_oss_clean.oss.messages import Request, Response

HOST = (("Host", "here"),)
RESTORED = (("x-oss-restore", 'ongoing-request="false", expiry-date="later"'), ("x-oss-request-id", "A1"))


def request(method, target, *headers):
    return Request(method, target, HOST + headers)


@pytest.mark.parametrize(
    ("method", "target", "what"),
    [
        ("POST", "/b/n?cleanRestoredObject", "POST cleanRestoredObject"),
        ("POST", "/b/n?cleanRestoredObject=", "POST cleanRestoredObject"),
        ("POST", "/b/n?versionId=v&cleanRestored%4Fbject", "POST cleanRestoredObject"),
        ("POST", "/b/n%3FcleanRestoredObject?restore", "POST restore"),
        ("GET", "/b/n?cleanRestoredObject", "GET cleanRestoredObject"),
        ("HEAD", "/b/n?objectMeta", "HEAD objectMeta"),
        ("GET", "/b/?encoding-type=url&prefix=n", "GET prefix"),
        ("GET", "/b/?list-type=2&prefix=n", "GET list-type"),
        ("GET", "/b/n%?x=%zz", "GET"),
    ],
)
def test_which_operation_it_is(method, target, what):
    assert asked(request(method, target)) == what


def test_a_copy_is_told_from_a_put_and_versions_are_places_of_their_own():
    assert asked(request("PUT", "/b/n", ("x-oss-copy-source", "/b/m"))) == "PUT copy"
    assert address_of(request("GET", "/b/n?versionId=v")) == ("here", "/b/n", "v")


def sent(fault, script):
    """Send requests through a fault; return what the server saw, the answers, how often it was reached."""
    seen, reached = [], ExecutionCount()

    def server(asking):
        seen.append(asked(asking))
        return Response(200, RESTORED if asking.method == "HEAD" else (), reason="OK")

    sender = fault.wrap(server, reached)
    responses = [sender(request(*step)) for step in script]
    return seen, responses, reached.count


HEAD, CLEAN, GET = ("HEAD", "/b/n"), ("POST", "/b/n?cleanRestoredObject"), ("GET", "/b/n")


def test_a_clean_of_a_restored_object_is_held_back_for_ever():
    seen, responses, reached = sent(held_back(every), [HEAD, CLEAN, GET, CLEAN])
    assert (seen, reached) == (["HEAD", "GET"], 2)
    assert (responses[1].status, responses[1].body, responses[1].header("x-oss-request-id")) == (
        200,
        b"",
        "A1",
    )


def test_a_clean_is_passed_on_after_more_requests_for_the_same_object():
    other = ("GET", "/b/other")
    seen, _, reached = sent(held_back(every, 1), [HEAD, CLEAN, other, GET, GET])
    assert (seen, reached) == (["HEAD", "GET", "GET", "POST cleanRestoredObject", "GET"], 1)


def test_a_clean_of_an_object_that_was_not_seen_restored_is_left_alone():
    assert sent(held_back(every), [CLEAN, GET])[::2] == (["POST cleanRestoredObject", "GET"], 0)


def test_a_fault_is_reached_only_where_it_changes_something():
    changed = on_responses(status(204), lambda response: response.succeeded)
    assert [a.status for a in sent(changed, [GET, CLEAN])[1]] == [200, 204]
    assert sent(changed, [GET, CLEAN])[2] == 1
    assert sent(on_responses(text("Code", "X"), lambda _: True), [CLEAN])[2] == 0
    assert is_clean(request(*CLEAN))


DOCUMENT = b"<Error><Code>One</Code><Message>m</Message><RequestId>A1</RequestId></Error>"


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (text("Code", "Two"), DOCUMENT.replace(b"One", b"Two")),
        (element("Message", ""), DOCUMENT.replace(b"<Message>m</Message>", b"")),
        (element("Code", r"\g<0>\g<0>"), DOCUMENT.replace(b"<Code>One</Code>", b"<Code>One</Code>" * 2)),
        (
            swapped("One", "A1"),
            b"<Error><Code>A1</Code><Message>m</Message><RequestId>One</RequestId></Error>",
        ),
        (request_id(str.lower), DOCUMENT.replace(b"A1", b"a1")),
    ],
)
def test_a_change_of_a_document_keeps_its_length_right(change, body):
    response = change(with_body(Response(409, (("x-oss-request-id", "A1"),)), DOCUMENT))
    assert response.body == body
    assert response.header("content-length") == str(len(body))


def test_an_error_keeps_the_request_id_of_the_answer_that_it_replaces():
    response = error(404, "NoSuchKey")(Response(200, (("x-oss-request-id", "A1"),)))
    assert (response.status, response.reason) == (404, "Not Found")
    assert b"<Code>NoSuchKey</Code>" in response.body
    assert b"<RequestId>A1</RequestId>" in response.body
