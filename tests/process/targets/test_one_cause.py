"""A target that cannot be used at all: one cause, in the server's own words, on a few lines, at once."""

import re

import pytest

from served_targets import serving

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


def assert_one_cause(done, words):
    assert done.code == 6, done.out
    (cause,) = re.findall(r"^  not tested: (.*)$", done.out, re.MULTILINE)
    assert all(word in cause for word in words), cause
    assert len(done.out.splitlines()) < 15, done.out
    assert "Traceback" not in done.out + done.err
    assert "another-secret-altogether" not in done.out
