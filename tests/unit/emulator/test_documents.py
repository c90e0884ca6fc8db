"""Documents: exactly as live ones look, and nothing hostile gets in or out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.xml import (
    LARGEST_DOCUMENT,
    error_document,
    parse,
    parse_restore_request,
    percent_encoded,
)


def test_an_error_document_looks_as_live_ones_do():
    text = error_document(
        errors.NO_SUCH_KEY, "6551A0F1D2", "b.oss-cn-hangzhou.aliyuncs.com", (("Key", "a<b"),)
    )
    assert text == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b"<Error>\n"
        b"  <Code>NoSuchKey</Code>\n"
        b"  <Message>The specified key does not exist.</Message>\n"
        b"  <RequestId>6551A0F1D2</RequestId>\n"
        b"  <HostId>b.oss-cn-hangzhou.aliyuncs.com</HostId>\n"
        b"  <Key>a&lt;b</Key>\n"
        b"  <EC>0026-00000001</EC>\n"
        b"  <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0026-00000001</RecommendDoc>\n"
        b"</Error>\n"
    )


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary().map(lambda b: b.decode(errors="surrogateescape"))
)
def test_any_name_gives_a_well_formed_document(name):
    root = etree.fromstring(error_document(errors.NO_SUCH_KEY, "id", name, (("Key", name),)))
    assert (root.findtext("Key") or "") == percent_encoded(name)


def test_what_xml_cannot_carry_is_percent_encoded():
    assert percent_encoded("a\x01/\ufffe") == "a%01/%EF%BF%BE"
    assert percent_encoded("a\udcff%") == "a%FF%25"
    assert percent_encoded("a\t\n\r<>é😀%") == "a\t\n\r<>é😀%"


def test_a_restore_request():
    asked = parse_restore_request(
        b"<?xml version='1.0'?><RestoreRequest xmlns='http://doc.oss-cn-hangzhou.aliyuncs.com'>"
        b"<!-- c --><Days> 3 </Days><JobParameters><Tier>Bulk</Tier></JobParameters></RestoreRequest>"
    )
    assert (asked.days_number(), asked.tier, asked.has_parameters) == (3, "Bulk", True)


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_no_body_is_an_empty_request(body):
    asked = parse_restore_request(body)
    assert (asked.days_number(), asked.tier, asked.has_parameters) == (None, None, False)


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"\x00",
        b"<RestoreRequest>",
        b"<Other/>",
        b"<RestoreRequest><Days>1</Days><Days>2</Days></RestoreRequest>",
        b"<RestoreRequest><Days><X/></Days></RestoreRequest>",
        b"<RestoreRequest><JobParameters><X/></JobParameters></RestoreRequest>",
        b'<!DOCTYPE r [<!ENTITY e "x">]><RestoreRequest><Days>1</Days></RestoreRequest>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x"><RestoreRequest/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r><RestoreRequest/>'.encode("utf-16"),
        b"<RestoreRequest><Days>&undefined;</Days></RestoreRequest>",
        b"<RestoreRequest>" + b" " * LARGEST_DOCUMENT + b"</RestoreRequest>",
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_everything_else_is_malformed(body):
    with pytest.raises(OssError) as raised:
        parse_restore_request(body)
    assert (raised.value.row.status, raised.value.row.code) == (400, "MalformedXML")


def test_an_entity_is_never_read_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("7")
    body = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{secret}">]><r>&e;</r>'.encode("utf-16")
    with pytest.raises(OssError):
        parse(body, "r")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_body_crashes_the_parser(body):
    with contextlib.suppress(OssError):
        parse_restore_request(body)


def test_every_row_is_an_error_with_an_ec():
    rows = [row for row in vars(errors).values() if isinstance(row, ErrorRow)]
    rows += [*errors.UNREADABLE_HEADER.values(), *errors.UNREADABLE_URL.values()]
    assert len(rows) > 50
    for row in rows:
        assert 400 <= row.status <= 503, row
        assert row.code, row
        assert row.message, row
        assert len(row.ec) == 13, row
