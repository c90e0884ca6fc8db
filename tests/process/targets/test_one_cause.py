"""A target that cannot be used at all: one cause, in the server's own words, on a few lines, at once."""

import re

import pytest

from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response
from served_targets import failures, serving, unfolded

CASES = {
    "wrong secret": (
        {"OSS_ACCESS_KEY_SECRET": "another-secret-altogether"},
        ("403 SignatureDoesNotMatch", "Check your key and signing method.", "StringToSign OSS4-HMAC-SHA256"),
    ),
    "wrong region": (
        {"OSS_REGION": "cn-beijing"},
        ("400 InvalidArgument", "Invalid signing region in Authorization header."),
    ),
    "no bucket": ({"OSS_BUCKET": "nobodys-bucket"}, ("404 NoSuchBucket", "bucket does not exist")),
}


@pytest.mark.parametrize("name", CASES)
def test_one_cause_in_the_server_s_words(command_line, name):
    variables, words = CASES[name]
    with serving(command_line) as server:
        done = command_line(*server.arguments(), **(server.variables | variables))
        assert len(server.requests) < 5, "what is given up is asked no more"
    assert_one_cause(done, words)


def test_an_endpoint_without_a_server_is_one_cause(command_line):
    with serving(command_line) as server:
        arguments = server.arguments()
        arguments[1] = "http://127.0.0.1:9"
        done = command_line(*arguments, **server.variables)
    assert_one_cause(done, ("cannot be reached", "127.0.0.1:9"))


MESSAGE = "A header you provided implies functionality that is not implemented."
NOT_THERE = Response(
    501, (), f"<Error><Code>NotImplemented</Code><Message>{MESSAGE}</Message></Error>".encode()
)
WHOLE = {
    "not there": (NOT_THERE, ("every clean is answered 501 NotImplemented", f'the server says "{MESSAGE}"')),
    "does nothing": (Response(200), ("every clean is answered 200, and none is carried out",)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_an_operation_that_is_not_there_ends_the_run_with_one_cause(command_line, name):
    answer, words = WHOLE[name]
    with serving(command_line, lambda s: lambda r: answer if is_clean(r) else s(r)) as server:
        done = server.check()
        assert len(server.requests) < 400, "the rest of the catalogue sends thousands"
        assert server.left() == {}
    assert done.code == 1
    assert len(done.out.splitlines()) < 15, done.out
    assert len(failures(done.out)) == 1
    (cause,) = re.findall(
        r"^FAILED (\d+ contracts, \d+ not tested), one cause: (.*(?:\n  .*)*)", done.out, re.MULTILINE
    )
    said = " ".join(cause[1].split())
    assert all(word in said for word in words), said
    assert cause[0] == f"{done.counts['failed']} contracts, {done.counts['not tested']} not tested"
    assert done.counts["not tested"] > 300
    assert done.causes == []


def test_restores_that_never_complete_end_the_run_with_one_cause(command_line):
    def stuck(service):
        service.advance = lambda _seconds: None
        return service

    with serving(command_line, stuck) as server:
        done = server.check()
        assert len(server.requests) < 100
        assert server.left() == {}
    words = (
        "asked for with tier Expedited",
        "did not complete within 5 s after the clock was moved by 3660 s",
    )
    assert_one_cause(done, (*words, 'HEAD still says ongoing-request="true"'))
    assert done.counts["passed"] == 4, "objects that were never restored need no restore"


def assert_one_cause(done, words):
    assert done.code == 6, done.out
    (cause,) = re.findall(r"^  not tested: (.*)$", unfolded(done.out), re.MULTILINE)
    assert all(word in cause for word in words), cause
    assert len(done.out.splitlines()) < 15, done.out
    assert "Traceback" not in done.out + done.err
    assert "another-secret-altogether" not in done.out
