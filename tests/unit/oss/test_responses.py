"""Reading answers of servers that cannot be trusted."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.oss.responses import describe, excerpt, read_error, read_restore

DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>ArchiveRestoreFileStale</Code>
  <Message>The archive file or restore info stale</Message>
  <RequestId>5374A2880232A65C23000000</RequestId>
  <HostId>examplebucket.oss-cn-hangzhou.aliyuncs.com</HostId>
  <EC>0016-00000718</EC>
  <RecommendDoc>https://example.invalid/?q=0016-00000718</RecommendDoc>
</Error>
"""


def test_an_error_document_is_read_in_full():
    error = read_error(Response(409, body=DOCUMENT))
    assert error.problem == ""
    assert (error.code, error.ec) == ("ArchiveRestoreFileStale", "0016-00000718")
    assert error.request_id == "5374A2880232A65C23000000"
    assert error.host_id == "examplebucket.oss-cn-hangzhou.aliyuncs.com"
    assert error.message == "The archive file or restore info stale"
    assert error.extras == {"RecommendDoc": "https://example.invalid/?q=0016-00000718"}


@pytest.mark.parametrize(
    "body",
    [
        b"".join(DOCUMENT.split(b"\n")),
        DOCUMENT.split(b"?>\n")[1],
        DOCUMENT.replace(b"<Error>", b'<Error xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">'),
        DOCUMENT.replace(b"<Code>", b"<!-- a comment --><Code> ").replace(b"</Code>", b" </Code>"),
        DOCUMENT.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    ids=["one line", "no declaration", "namespace", "comment and blanks", "UTF-16"],
)
def test_harmless_spellings_of_an_error_document_are_read(body):
    assert read_error(Response(409, body=body)).code == "ArchiveRestoreFileStale"


def test_the_error_of_a_head_is_read_from_its_header():
    packed = base64.b64encode(DOCUMENT).decode()
    assert read_error(Response(409, (("X-Oss-Err", packed),))).code == "ArchiveRestoreFileStale"
    assert "not base64" in read_error(Response(409, (("x-oss-err", "%%%"),))).problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "there is no body"),
        (b"<html><body>Internal error</body></html>", "is a <html>, not an <Error>"),
        (b"Internal Server Error", "not XML: 'Internal Server Error'"),
        (b"<Error><Message>no code</Message></Error>", "has no Code"),
        (b"<Error><Code/></Error>", "has no Code"),
        (b'<!DOCTYPE Error [<!ENTITY x "y">]><Error><Code>&x;</Code></Error>', "document type"),
        (b'<!DOCTYPE Error SYSTEM "http://127.0.0.1:1/x.dtd"><Error><Code>A</Code></Error>', "document type"),
        (b"\xff\xfe\x00", "not XML"),
        (b"<Error><Code>ArchiveRestoreFileStale</Code>", "not XML"),
    ],
)
def test_what_is_no_error_document_is_named(body, problem):
    error = read_error(Response(500, body=body))
    assert error.code == ""
    assert problem in error.problem


def test_an_entity_of_the_file_system_is_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("contents of a file")
    body = f'<!DOCTYPE Error [<!ENTITY f SYSTEM "{secret.as_uri()}">]><Error><Code>&f;</Code></Error>'
    error = read_error(Response(409, body=body.encode()))
    assert "contents" not in repr(error)
    assert error.code == ""


@given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda t: f"<Error><Code>{t}</Code></Error>".encode())
)
@settings(max_examples=300, deadline=None)
def test_no_body_makes_reading_raise(body):
    error = read_error(Response(409, body=body))
    assert bool(error.problem) != bool(error.code)
    assert describe(Response(409, body=body)).startswith("409")


@pytest.mark.parametrize(
    ("value", "ongoing", "expiry"),
    [
        ('ongoing-request="true"', True, None),
        (
            'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"',
            False,
            datetime(2017, 4, 16, 8, 12, 33, tzinfo=UTC),
        ),
        (
            'expiry-date="Sun, 16 Apr 2017 08:12:33 GMT",ongoing-request = "false"',
            False,
            datetime(2017, 4, 16, 8, 12, 33, tzinfo=UTC),
        ),
        ('ongoing-request="false", expiry-date="tomorrow"', False, None),
        ("true", None, None),
        ("", None, None),
        ('ongoing-request="yes"', None, None),
    ],
)
def test_the_restore_state_is_read_in_any_order_and_spacing(value, ongoing, expiry):
    state = read_restore(Response(200, (("X-OSS-Restore", value),)))
    assert state is not None
    assert (state.ongoing, state.expiry) == (ongoing, expiry)


def test_without_the_header_there_is_no_restore_state():
    assert read_restore(Response(200)) is None


def test_an_answer_is_described_in_a_few_words():
    assert describe(Response(409, body=DOCUMENT)) == "409 ArchiveRestoreFileStale"
    assert describe(Response(200)) == "200"
    cut = Response(200, transport_error=TransportError(TransportErrorKind.CLOSED, "after 3 bytes"))
    assert describe(cut) == "connection closed: after 3 bytes after status 200"


def test_an_excerpt_is_one_printable_line():
    text = excerpt(b"a\x1b[31mb\r\n\tc\x00" + b"x" * 500)
    assert "\x1b" not in text
    assert "\n" not in text
    assert text.startswith("'a?[31mb c")
    assert text.endswith("...'")
    assert len(text) < 140
