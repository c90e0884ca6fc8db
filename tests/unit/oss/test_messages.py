from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean.oss.constants import CLEAN, Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import (
    Endpoint,
    Operation,
    Request,
    Response,
    TransportError,
    TransportErrorKind,
    redact_target,
)
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer
from pytest_oss_clean.oss.verification import present

WHEN = datetime(2024, 9, 20, 8, 32, 21, tzinfo=UTC)
KEY_ID = "LTAIexampleKeyId"
SECRET = "sk-example-0123456789"
TOKEN = "CAISexample+tok/en==~*!"
LOOPBACK = Endpoint("http", "127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (Endpoint("http", "127.0.0.1", 8080), "http://127.0.0.1:8080"),
        (Endpoint("http", "localhost", 80), "http://localhost"),
        (Endpoint("https", "oss-cn-hangzhou.aliyuncs.com", 443), "https://oss-cn-hangzhou.aliyuncs.com"),
        (Endpoint("https", "localhost", 80), "https://localhost:80"),
        (Endpoint("http", "localhost", 443), "http://localhost:443"),
        (Endpoint("http", "::1", 80), "http://[::1]"),
        (Endpoint("https", "::1", 8443), "https://[::1]:8443"),
    ],
    ids=str,
)
def test_an_authority_has_the_port_that_its_scheme_does_not_imply(endpoint, url):
    assert str(endpoint) == url
    assert endpoint.authority == url.partition("://")[2]


@pytest.mark.parametrize(
    ("addressing", "bucket", "host", "target"),
    [
        (Addressing.PATH, "bucket", "127.0.0.1:8080", f"/bucket/dir/k?{CLEAN}"),
        (Addressing.VIRTUAL, "bucket", "bucket.127.0.0.1:8080", f"/dir/k?{CLEAN}"),
        (Addressing.PATH, "", "127.0.0.1:8080", f"/dir/k?{CLEAN}"),
        (Addressing.VIRTUAL, "", "127.0.0.1:8080", f"/dir/k?{CLEAN}"),
    ],
    ids=["path", "virtual", "path without bucket", "virtual without bucket"],
)
def test_addressing_puts_the_bucket_into_the_path_or_the_host(addressing, bucket, host, target):
    operation = Operation("POST", bucket, "dir/k", ((CLEAN, None),), (("x-oss-a", "1"),), b"body")
    request = operation.render(LOOPBACK, addressing)
    assert request == Request("POST", target, (("Host", host), ("x-oss-a", "1")), b"body", LOOPBACK)


def test_a_host_of_the_operations_own_is_kept():
    operation = Operation("GET", "bucket", "k", headers=(("hOST", "else.example"),))
    assert operation.render(LOOPBACK, Addressing.VIRTUAL).headers == (("hOST", "else.example"),)


def test_adding_appends_and_leaves_the_original_alone():
    operation = Operation("GET", "b", "k", (("a", None),), (("A", "1"),))
    more = operation.adding(headers=(("A", "2"),), query=(("a", "x"),))
    assert (more.query, more.headers) == ((("a", None), ("a", "x")), (("A", "1"), ("A", "2")))
    assert operation == Operation("GET", "b", "k", (("a", None),), (("A", "1"),))


@pytest.mark.parametrize("message", [Operation("GET"), Request("GET", "/"), Response(200)], ids=repr)
def test_a_header_is_found_in_any_case_and_its_first_value_counts(message):
    message = type(message)(
        **{name: getattr(message, name) for name in message.__match_args__ if name != "headers"},
        headers=(("X-Oss-Date", "1"), ("x-oss-date", "2"), ("empty", "")),
    )
    assert message.header("x-OSS-date") == "1"
    assert message.header("EMPTY") == ""
    assert message.header("x-oss") is None


@pytest.mark.parametrize(
    ("response", "succeeded"),
    [
        (Response(200), True),
        (Response(299), True),
        (Response(199), False),
        (Response(300), False),
        (Response(0), False),
        (Response(200, transport_error=TransportError(TransportErrorKind.CLOSED, "half a body")), False),
    ],
    ids=["200", "299", "199", "300", "none", "incomplete"],
)
def test_only_a_complete_2xx_answer_succeeded(response, succeeded):
    assert response.succeeded is succeeded


def test_two_requests_to_different_endpoints_are_the_same_message():
    assert Request("GET", "/", endpoint=LOOPBACK) == Request("GET", "/", endpoint=None)


@pytest.mark.parametrize("version", SignatureVersion)
@pytest.mark.parametrize("form", ["sign", "presign"])
@pytest.mark.parametrize("addressing", Addressing)
def test_no_repr_shows_a_signature_key_or_token(version, form, addressing):
    signer = Signer(Credentials(KEY_ID, Secret(SECRET), Secret(TOKEN)), version, "cn-hangzhou")
    operation = Operation("POST", "bucket", "k", ((CLEAN, None),))
    signed = signer.sign(operation, WHEN) if form == "sign" else signer.presign(operation, WHEN, 900)
    presented = present(signed)
    shown = " ".join(
        map(
            repr,
            [
                signer,
                signed,
                signed.render(LOOPBACK, addressing),
                presented,
                presented.recompute(signed, Secret(SECRET)),
                [signed],
            ],
        )
    )
    for hidden in (SECRET, TOKEN, "CAISexample", presented.signature, presented.signature[:20]):
        assert hidden not in shown
    assert CLEAN in shown


@pytest.mark.parametrize(
    "name",
    [
        "Signature",
        "OSSAccessKeyId",
        "security-token",
        "x-oss-signature",
        "x-oss-credential",
        "x-oss-security-token",
        "X-Oss-Signature",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "AWSAccessKeyId",
        "%53ignature",
        "x-oss%2Dsignature",
    ],
)
@pytest.mark.parametrize(
    "target", ["/b/k?{}=s3cr%2Ft", "/b/k?acl&{}=s3cr/t&z", "{}=s3cr+t=", "https://h/?{}=s3cr?t"]
)
def test_a_secret_parameter_is_redacted_wherever_it_stands(name, target):
    shown = redact_target(target.format(name))
    assert "s3cr" not in shown
    assert f"{name}=***" in shown


@pytest.mark.parametrize(
    "target",
    [
        "/b/k?cleanRestoredObject",
        "/b/k?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-expires=900",
        "/b/Signature=x",
        "/b/k?signatures=x&prefix=Signature%3Dx",
    ],
)
def test_the_rest_of_a_target_stays_readable(target):
    assert redact_target(target) == target


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_redaction_leaves_targets_without_parameters_alone(path):
    path = path.replace("=", "")
    assert redact_target(path) == path


def test_an_answer_shows_status_and_kind_of_trouble_only():
    transport_error = TransportError(TransportErrorKind.DEADLINE, TOKEN)
    assert (
        repr(Response(200, (("x", TOKEN),), TOKEN.encode(), TOKEN, transport_error))
        == "<Response 200 deadline>"
    )
    assert str(transport_error) == f"deadline: {TOKEN}"
