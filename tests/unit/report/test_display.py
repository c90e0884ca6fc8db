"""Texts of a server on their way to any output."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pytest_oss_clean.oss.display import LONGEST, Display, encodable, printable
from pytest_oss_clean.oss.secrets import Scrubber, Secret

SECRET = "PLANTED+key/Secret=q7Zr2Wk9"
HOSTILE = {
    "ANSI": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "8-bit ANSI": "\x9b31m",
    "bidi": "\u202eevil\u2066",
    "line breaks": "a\r\nFAILED b\u2028c\x85d",
    "invisible": "a\u200bb\ufeff",
    "surrogate": "\ud800",
}


@given(st.text() | st.sampled_from(list(HOSTILE.values())))
def test_what_is_shown_is_one_line_of_printable_characters(text):
    shown = printable(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(char).startswith(("C", "Zl", "Zp")) for char in shown)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"])))
def test_ordinary_text_stays_as_it_is(text):
    assert printable(text) == text


def test_a_steering_character_is_shown_as_an_escape():
    assert printable(HOSTILE["ANSI"]) == r"\x1b[31mred\x1b[0m \x1b]0;title\x07"
    assert printable(HOSTILE["bidi"]) == r"\u202eevil\u2066"
    assert printable(HOSTILE["line breaks"]) == r"a FAILED b\u2028c\x85d"


def test_a_text_of_megabytes_is_cut_and_says_by_how_much():
    shown = printable("x" * 10_000_000)
    assert shown == "x" * LONGEST + f"... ({10_000_000 - LONGEST} more characters)"


def test_a_secret_at_the_cut_does_not_show_in_part():
    display = Display(Scrubber([Secret(SECRET)]))
    for before in range(LONGEST - len(SECRET), LONGEST):
        assert "PLANTED" not in display("x" * before + SECRET + "y" * 100)


def test_json_data_keeps_its_structure():
    data = {"name\x1b": [HOSTILE["bidi"], {"n": 1, "none": None}], "secret": f"<{SECRET}>"}
    shown = Display(Scrubber([Secret(SECRET)])).data(data)
    assert json.loads(json.dumps(shown)) == shown
    assert shown == {r"name\x1b": [r"\u202eevil\u2066", {"n": 1, "none": None}], "secret": "<***>"}


def test_a_layout_of_lines_is_kept_in_any_locale():
    text = "first \N{SNOWMAN}\n  second \u4e2d"
    assert Display(str).lines(text) == text
    assert encodable(text, "gbk") == "first \\u2603\n  second \u4e2d"
    assert encodable(text, "ascii") == "first \\u2603\n  second \\u4e2d"
    assert encodable(text, "no such encoding") == encodable(text, "ascii")
