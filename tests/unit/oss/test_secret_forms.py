"""Secrets in forms that a server, a logger or a mailer gives them: none gets through."""

import base64
import quopri

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.secrets import SHORTEST_SQUEEZED, WITHHELD, Scrubber, Secret
from secret_detector import SECRET, TOKEN, leaks

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SECRETS = st.text(ALPHABET, min_size=24, max_size=60) | st.sampled_from([SECRET, TOKEN])
SEPARATORS = ["\n", "\r\n", " ", "\n    ", "\n> ", "=\n", "\\\n", '"\n"', ", ", "-", "\t", " | "]
FOLDS = st.tuples(st.integers(1, 100), st.sampled_from(SEPARATORS))
AROUND = st.text(st.characters(codec="ascii"), max_size=40)


def folded(text, columns, by):
    return by.join(text[i : i + columns] for i in range(0, len(text), columns))


FORMS = {
    "as it is": lambda s: s,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of more": lambda s: base64.b64encode(f"x{s}yz".encode()).decode(),
    "URL-safe base64": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "capital hexadecimal": lambda s: s.encode().hex().upper(),
    "percent": lambda s: "".join(f"%{b:02X}" for b in s.encode()),
    "percent twice": lambda s: "".join(f"%25{b:02x}" for b in s.encode()),
}
WHOLE = {
    "quoted-printable": lambda s: quopri.encodestring(s.encode(), quotetabs=True).decode(),
    "every byte quoted-printable": lambda s: "".join(f"={b:02X}" for b in s.encode()),
    "decimal entities": lambda s: "".join(f"&#{b};" for b in s.encode()),
    "hexadecimal entities": lambda s: "".join(f"&#x{b:X};" for b in s.encode()),
    "numbers": lambda s: str(list(s.encode())),
    "numbers on lines": lambda s: "\n".join(map(str, s.encode())),
    "octal numbers": lambda s: " ".join(f"{b:o}" for b in s.encode()),
    "octal escapes": lambda s: "".join(f"\\{b:03o}" for b in s.encode()),
    "hexadecimal numbers": lambda s: ", ".join(f"0x{b:02x}" for b in s.encode()),
    "hexadecimal escapes": lambda s: "".join(f"\\x{b:02X}" for b in s.encode()),
    "hexadecimal pairs": lambda s: s.encode().hex(":"),
    "a dump": lambda s: s.encode().hex(" ", 2),
    "code points": lambda s: " ".join(f"U+{b:04X}" for b in s.encode()),
    "UTF-16 escapes": lambda s: "".join(f"\\u{b:04x}" for b in s.encode()),
}


def hides(secret, text):
    """Say whether nothing of a secret's form is left: it is replaced, or the whole is withheld."""
    shown = Scrubber([Secret(secret)])(text)
    return shown == WITHHELD or ("***" in shown and not Scrubber([Secret(secret)]).finds(shown))


@given(SECRETS, st.sampled_from(sorted(FORMS)), FOLDS, st.tuples(AROUND, AROUND))
def test_a_secret_that_is_folded_at_any_column_is_hidden(secret, form, fold, around):
    assume(not (form == "URL-safe base64" and fold[1] == "-"))  # a digit of this alphabet
    text = folded(FORMS[form](secret), *fold)
    assert hides(secret, "\n".join((around[0], text, around[1])))


@given(SECRETS, st.sampled_from(sorted(WHOLE)), AROUND, AROUND)
def test_a_secret_in_another_form_is_hidden(secret, form, before, after):
    assert hides(secret, f"{before}\n{WHOLE[form](secret)}\n{after}")


@given(st.text(ALPHABET + " \n<>&;%=+/.,:-", max_size=400))
def test_what_holds_no_secret_stays_as_it_is(text):
    assert Scrubber([Secret(SECRET), Secret(TOKEN)])(text) == text


def test_a_secret_that_is_short_without_its_separators_is_still_found_as_it_is():
    short = "ab-cd-ef-gh"
    assert len(short.replace("-", "")) < SHORTEST_SQUEEZED
    assert Scrubber([Secret(short)])(f"<{short}>") == "<***>"


@pytest.mark.parametrize("columns", [1, 7, 60, 64, 76])
def test_a_token_that_an_error_document_folds_reaches_no_output(columns):
    document = f"<Error><Code>X</Code><Message>{folded(TOKEN, columns, chr(10))}</Message></Error>"
    shown = Display(Scrubber([Secret(TOKEN)]))(document)
    assert not leaks(shown)
    assert TOKEN[:8] not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: OSS key1:" + "A" * 27 + "=", "Authorization: OSS key1:***"),
        ("AdditionalHeaders=host,Signature=" + "a1" * 32, "AdditionalHeaders=host,Signature=***"),
        ("x-oss-signature%3D" + "a1" * 32, "x-oss-signature%3D***"),
        ('"Signature": "' + "a1" * 32 + '"', '"Signature": "***"'),
        (
            "<SignatureProvided>" + "B" * 27 + "=</SignatureProvided>",
            "<SignatureProvided>***</SignatureProvided>",
        ),
        ("ETag " + "a1" * 32, "ETag " + "a1" * 32),
    ],
)
def test_a_signature_is_hidden_by_its_form(text, shown):
    assert Display(str)(text) == shown
