from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import re
from binascii import a2b_base64
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grouped import grouped
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.secrets import REDACTED, SHORTEST_SCRUBBED, Scrubber, Secret
from pytest_oss_clean.target.open import memory_target

KEY = "abcDEF123+/=&<>\"'\\"
TOKEN = "CAISexample+tok/en==~*!"
NAMED_SECRETS = {
    "key": KEY,
    "token": TOKEN,
    "non-ascii": "schlüssel-目录-😀",
    "blanks": "pass word\tand\nmore\r\b\f.",
    "slashes in base64": "???>>>???>>>",
}

SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=8, max_size=40).filter(
    lambda s: len(set(s)) > 5 and REDACTED not in s
)
ASCII_SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).filter(
    lambda s: len(set(s)) > 5 and REDACTED not in s
)
AROUND = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)

SPELLINGS = {
    "plain": str,
    "percent": lambda t: quote(t, safe=""),
    "percent in lower case": lambda t: re.sub("%..", lambda m: m[0].lower(), quote(t, safe="")),
    "double percent": lambda t: quote(quote(t, safe=""), safe=""),
    "xml": html.escape,
    "xml in xml": lambda t: html.escape(html.escape(t)),
    "xml decimal": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "xml hexadecimal": lambda t: "".join(f"&#x{ord(c):04X};" for c in t),
    "json": json.dumps,
    "json with escaped slashes": lambda t: json.dumps(t).replace("/", "\\/"),
    "json unicode": lambda t: json.dumps(t, ensure_ascii=False),
    "python": ascii,
    "python bytes": lambda t: repr(t.encode()),
    "hex": lambda t: t.encode().hex(),
    "spaced upper-case hex": lambda t: t.encode().hex(" ").upper(),
    "colon hex": lambda t: t.encode().hex(":"),
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "urlsafe base64": lambda t: base64.urlsafe_b64encode(t.encode()).decode(),
    "form": quote_plus,
    "base64 with escaped slashes": lambda t: base64.b64encode(t.encode()).decode().replace("/", "\\/"),
    "folded base64": lambda t: base64.encodebytes(t.encode()).decode(),
    "base64 of spaced hex": lambda t: base64.b64encode(t.encode().hex(" ").encode()).decode(),
    "base64 of xml": lambda t: base64.b64encode(html.escape(t).encode()).decode(),
}


@dataclass
class Holder:
    secret: Secret


def decoded_base64(text):
    """Everything that the runs of base64 in a text may mean."""
    for piece in text.split(REDACTED):
        run = "".join(piece.split()).rstrip("=").replace("-", "+").replace("_", "/")
        for start in range(4):
            whole = run[start:]
            yield a2b_base64(whole + "A" * (-len(whole) % 4))


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret(KEY)
    shown = f"{secret} {secret!r} {secret!s} {[secret]} {Holder(secret)}"
    assert KEY not in shown
    assert secret.reveal() == KEY


@pytest.mark.parametrize("serialise", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda f: f.__name__)
def test_a_secret_cannot_be_serialised(serialise):
    with pytest.raises(TypeError, match="pickled"):
        serialise(Secret(KEY))


def test_a_secret_has_no_attributes_to_dump():
    assert not hasattr(Secret(KEY), "__dict__")


def test_secrets_compare_by_value_and_an_empty_one_is_false():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert not Secret("")
    assert Secret("a")


SPELT = {
    spelling: {
        f"{name} after {before!r}": (spell, secret, before)
        for name, secret in NAMED_SECRETS.items()
        for before in ("", "x", "xy")
    }
    for spelling, spell in SPELLINGS.items()
}


@grouped(SPELT)
def test_each_spelling_of_a_secret_is_found_and_removed(spell, secret, before):
    text = spell(before + secret + "tail")
    scrub = Scrubber([Secret(secret)])
    assert scrub.finds(text)
    assert REDACTED in scrub(text)
    assert not scrub.finds(scrub(text))


@settings(deadline=None, max_examples=60)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_what_is_left_of_a_percent_encoded_text_decodes_to_no_secret(secret, before, after):
    text = quote(before + secret + after, safe="")
    assert secret not in unquote(Scrubber([Secret(secret)])(text))


@settings(deadline=None, max_examples=60)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_what_is_left_of_a_twice_encoded_text_decodes_to_no_secret(secret, before, after):
    text = quote(quote(before + secret + after, safe=""), safe="")
    assert secret not in unquote(unquote(Scrubber([Secret(secret)])(text)))


@settings(deadline=None, max_examples=60)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_what_is_left_of_an_xml_text_decodes_to_no_secret(secret, before, after):
    text = html.escape(before + secret + after)
    assert secret not in html.unescape(Scrubber([Secret(secret)])(text))


@settings(deadline=None, max_examples=60)
@given(secret=SECRETS, before=AROUND, after=AROUND, ascii_only=st.booleans())
def test_what_is_left_of_a_json_text_decodes_to_no_secret(secret, before, after, ascii_only):
    # A dash, because a backslash before a quote may belong to either side of the border.
    text = json.dumps(f"{before}-{secret}-{after}", ensure_ascii=ascii_only)
    assert secret not in json.loads(Scrubber([Secret(secret)])(text))


@settings(deadline=None, max_examples=60)
@given(secret=SECRETS, before=AROUND, after=AROUND, separator=st.sampled_from(["", " ", ":"]))
def test_what_is_left_of_a_hexadecimal_text_decodes_to_no_secret(secret, before, after, separator):
    raw = (before + secret + after).encode()
    text = raw.hex(separator) if separator else raw.hex()
    left = Scrubber([Secret(secret)])(text)
    pieces = ["".join(p.replace(":", " ").split()) for p in left.split(REDACTED)]
    for piece in pieces:
        for digits in (piece, piece[1:]):
            assert secret.encode() not in bytes.fromhex(digits[: len(digits) // 2 * 2])


@settings(deadline=None, max_examples=100)
@given(
    secret=SECRETS,
    before=AROUND,
    after=AROUND,
    encode=st.sampled_from([base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes]),
)
def test_what_is_left_of_a_base64_text_decodes_to_no_secret(secret, before, after, encode):
    text = encode((before + secret + after).encode()).decode()
    left = Scrubber([Secret(secret)])(text)
    assert all(secret.encode() not in decoded for decoded in decoded_base64(left))


@settings(deadline=None, max_examples=60)
@given(secret=ASCII_SECRETS, before=AROUND, after=AROUND)
def test_a_secret_stays_hidden_in_an_error_document_in_a_header(secret, before, after):
    document = f"<StringToSignBytes>{(before + secret + after).encode().hex(' ').upper()}</StringToSignBytes>"
    text = f"x-oss-err: {base64.b64encode(document.encode()).decode()}"
    assert Scrubber([Secret(secret)])(text).rstrip("=") == f"x-oss-err: {REDACTED}"


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_ordinary_text_stays_as_it_is(text):
    scrub = Scrubber([Secret("aVeryLongAndUnlikelySecret/1234567890"), None])
    assert scrub(text) == text
    assert not scrub.finds(text)


def test_base64_without_a_secret_stays_as_it_is():
    text = base64.b64encode(bytes(range(256)) * 20).decode()
    assert Scrubber([Secret(KEY)])(text) == text


@pytest.mark.parametrize("before", ["", "a", "a/", "a/b"])
def test_nested_base64_is_found_behind_other_characters_of_base64(before):
    nested = base64.b64encode(f"token {TOKEN.encode().hex()}".encode()).decode()
    assert Scrubber([Secret(TOKEN)])(before + nested).rstrip("=") == REDACTED


@pytest.mark.parametrize("length", range(SHORTEST_SCRUBBED, 40))
def test_nested_base64_is_found_with_nothing_around_it(length):
    secret = "Kx7" * 13 + "q"
    nested = base64.b64encode(base64.b64encode(secret[:length].encode())).decode()
    scrub = Scrubber([Secret(secret[:length]), Secret(secret + "a longer one")])
    assert scrub(nested).rstrip("=") == REDACTED


def test_only_the_secret_goes_and_its_surroundings_stay():
    assert Scrubber([Secret(TOKEN)])(f"token <{TOKEN}> sent") == f"token <{REDACTED}> sent"


@pytest.mark.parametrize("length", range(SHORTEST_SCRUBBED))
def test_secrets_that_are_ordinary_words_are_ignored(length):
    word = "testtest"[:length]
    assert Scrubber([Secret(word)])(f"this {word} is a test") == f"this {word} is a test"


def test_a_secret_that_begins_with_another_one_leaves_no_tail():
    scrub = Scrubber([Secret("abcdefgh"), Secret("abcdefghXYZ12345")])
    assert scrub("<abcdefghXYZ12345> <abcdefgh>") == f"<{REDACTED}> <{REDACTED}>"


def test_the_scrubber_does_not_show_its_secrets():
    scrub = Scrubber([Secret(TOKEN)])
    assert TOKEN not in f"{scrub!r}{scrub}"


def test_a_scrubber_without_secrets_changes_nothing():
    assert Scrubber([])("anything at all") == "anything at all"


PLANTED_SECRET = "PLANTED+key/Secret=q7Zr2Wk9+Xt4"
PLANTED_TOKEN = "PLANTED/Sts+Token=0001Ab0/+7919Ab1/+=="
PLANTED = Scrubber([Secret(PLANTED_SECRET), Secret(PLANTED_TOKEN)])


def test_text_beside_an_ellipsis_stays():
    text = f"before... and after ...{PLANTED_SECRET[:7]}... planted... {PLANTED_TOKEN[-7:]}"
    assert PLANTED(text) == text


def test_an_echoing_answer_is_scrubbed_on_arrival_and_nothing_else_in_it_changes():
    body = b"\x00\xff\xfe" + PLANTED_TOKEN.encode() + b"\x80"
    target = memory_target(
        lambda _: lambda _: Response(200, (("x-echo", PLANTED_SECRET), ("ETag", '"a"')), body, "OK")
    )
    target.scrubber = PLANTED
    response = target.client().head(target.prefix + "x")
    assert response.headers == (("x-echo", "***"), ("ETag", '"a"'))
    assert response.body == b"\x00\xff\xfe***\x80"


def test_a_short_secret_in_url_safe_base64_is_scrubbed():
    encoded = base64.urlsafe_b64encode("000123\x80~".encode()).decode()
    assert "-" in encoded
    assert Scrubber([Secret("000123\x80~")])(encoded) == "***"
