"""How a judged request is signed, as data: as a Signer signs, altered in one thing, rebuilt from JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pytest_oss_clean.contracts.catalogue import CONTRACTS
from pytest_oss_clean.oss.constants import SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer
from pytest_oss_clean.oss.verification import present
from pytest_oss_clean.spec.request import HOSTILE, NAME, Key, SignedAs, Signing
from pytest_oss_clean.spec.tampering import ALTERATIONS, NOTE, Tamper

V1, V4 = SignatureVersion
HEADER, URL = SignatureForm
WHEN = datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC)
OWN = Credentials("key-1", Secret("secret-of-key-1"))
STS = Credentials("STS.key-2", Secret("secret-of-key-2"), Secret("token-of-key-2"))
KEYS = dict.fromkeys(Key, OWN) | {Key.ANONYMOUS: None, Key.STS: STS}
CALL = Operation(
    "POST",
    "bucket-1",
    "dir/name",
    (("cleanRestoredObject", None),),
    (("User-Agent", "suite"), ("Content-Type", "text/plain"), (NOTE, "kept")),
)
FORMS = [(version, form) for version in SignatureVersion for form in SignatureForm]


def signed(signing, operation=CALL):
    return signing.sign(operation, KEYS, "cn-hangzhou", WHEN)


def right(operation, key=OWN):
    """Tell whether an operation carries the right signature of its own."""
    presented = present(operation)
    return presented is not None and presented.verify(operation, key.secret)


@pytest.mark.parametrize("key", [Key.OWN, Key.STS])
@pytest.mark.parametrize(("version", "form"), FORMS)
def test_plain_requests_are_signed_as_a_signer_signs_them(version, form, key):
    signer = Signer(KEYS[key], version, "cn-hangzhou")
    by_signer = signer.sign(CALL, WHEN) if form is HEADER else signer.presign(CALL, WHEN, 300)
    assert signed(Signing(version, key, form)) == by_signer
    assert right(by_signer, KEYS[key])


def test_nobody_does_not_sign():
    assert signed(Signing(key=Key.ANONYMOUS)) == CALL


def test_the_time_of_signing_is_off_by_the_skew():
    assert signed(Signing(skew=-3600)) == Signer(OWN, V4, "cn-hangzhou").sign(CALL, WHEN - timedelta(hours=1))


@pytest.mark.parametrize(
    ("signing", "scope"),
    [
        (Signing(region="elsewhere"), "20270115/elsewhere/oss"),
        (Signing(product="ots"), "20270115/cn-hangzhou/ots"),
        (Signing(scope_days=-1), "20270114/cn-hangzhou/oss"),
    ],
)
@pytest.mark.parametrize("form", SignatureForm)
def test_another_scope_has_the_right_signature_for_itself(signing, scope, form):
    operation = signed(replace(signing, form=form))
    assert right(operation)
    assert str(present(operation).scope).startswith(scope)


def test_additional_headers_are_signed():
    operation = signed(Signing(additional=("user-agent",)))
    assert "AdditionalHeaders=user-agent" in operation.header("authorization")
    assert right(operation)
    assert not right(Tamper.USER_AGENT.alter(operation))


@pytest.mark.parametrize("version", SignatureVersion)
def test_signed_in_url_and_header_the_signature_of_the_header_is_right_by_itself(version):
    operation = signed(Signing(version, also_in_url=True))
    names = {name for name, _ in operation.query}
    assert names & {"Signature", "x-oss-signature"}
    date = operation.header("x-oss-date") or operation.header("date")
    unsigned = replace(operation, headers=operation.headers[: len(CALL.headers)])
    again = Signer(OWN, version, "cn-hangzhou").sign(unsigned, WHEN)
    assert (again.header("authorization"), bool(date)) == (operation.header("authorization"), True)


@pytest.mark.parametrize(
    "instead",
    [
        SignedAs(method="PUT"),
        SignedAs(query=(("restore", None),)),
        SignedAs(query=()),
        SignedAs(name=f"{NAME}-other"),
        SignedAs(bucket="other"),
    ],
)
@pytest.mark.parametrize(("version", "form"), FORMS)
def test_a_signature_of_another_request_is_right_there_and_wrong_here(instead, version, form):
    operation = signed(Signing(version, form=form, instead=instead))
    assert not right(operation)
    there = instead.of(replace(operation, query=CALL.query))
    added = operation.query[len(CALL.query) :]
    assert right(replace(there, query=there.query + added))


HARMLESS = {Tamper.NOTHING, Tamper.USER_AGENT, Tamper.TERMINATOR}
"""What no signature covers; a server that knows how a scope ends need not read it."""
CONCERNS = {
    Tamper.SCHEME: [(V1, HEADER), (V4, HEADER)],
    Tamper.TERMINATOR: [(V4, HEADER), (V4, URL)],
    Tamper.NO_DATE: [(V1, HEADER), (V4, HEADER), (V4, URL)],
    Tamper.DATE: [(V1, HEADER), (V4, HEADER), (V4, URL)],
    Tamper.NO_PAYLOAD_HASH: [(V4, HEADER)],
    Tamper.PAYLOAD_HASH: [(V4, HEADER)],
    Tamper.PROLONGED: [(V1, URL), (V4, URL)],
    Tamper.NO_EXPIRY: [(V1, URL), (V4, URL)],
}
CASES = [
    pytest.param(tamper, version, form, id=f"{tamper.name}-{version}-{form}")
    for tamper in Tamper
    for version, form in CONCERNS.get(tamper, FORMS)
]


@pytest.mark.parametrize(("tamper", "version", "form"), CASES)
def test_what_is_altered_no_longer_fits_its_signature_and_addresses_the_same_object(tamper, version, form):
    key = Key.STS if "TOKEN" in tamper.name else Key.OWN
    plain = signed(Signing(version, key, form))
    altered = signed(Signing(version, key, form, tamper=tamper))
    assert (altered == plain) is (tamper is Tamper.NOTHING)
    assert (altered.method, altered.bucket, altered.name) == (CALL.method, CALL.bucket, CALL.name)
    assert altered.query[0] == CALL.query[0]
    changed = set(plain.headers + plain.query) ^ set(altered.headers + altered.query)
    assert len(changed) <= 2, "one thing is another"
    if tamper in HARMLESS | {Tamper.SCHEME, Tamper.NO_KEY_ID, Tamper.NO_SIGNATURE, Tamper.EMPTY}:
        return
    if tamper in (Tamper.NO_DATE, Tamper.NO_EXPIRY) and (version, form) != (V1, HEADER):
        return  # it cannot be read any more
    assert not right(altered, KEYS[key])


def test_every_alteration_is_known():
    assert set(ALTERATIONS) == set(Tamper)


@pytest.mark.parametrize("last", "0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz+/")
def test_another_last_digit_decodes_to_other_bytes(last):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    operation = Operation("POST", headers=(("Authorization", f"OSS key-1:AAAA{last}="),))
    text = Tamper.DIGIT.alter(operation).header("authorization")
    assert text.startswith("OSS key-1:AAAA")
    assert text.endswith("=")
    assert alphabet.index(text[-2]) // 4 != alphabet.index(last) // 4


def test_only_what_is_unusual_is_hostile():
    for version, form in FORMS:
        assert not Signing(version, Key.OWN, form).hostile
        assert not Signing(version, Key.STS, form).hostile
    assert all(Signing(key=key).hostile for key in HOSTILE)
    unusual = [
        {"skew": 1},
        {"expires_in": 1},
        {"region": "elsewhere"},
        {"product": "ots"},
        {"scope_days": 1},
        {"additional": ("host",)},
        {"also_in_url": True},
        {"instead": SignedAs()},
        {"tamper": Tamper.DIGIT},
    ]
    assert all(replace(Signing(), **one).hostile for one in unusual)


SIGNINGS = {contract.request.signing for contract in CONTRACTS} | {
    Signing(V1, Key.STS, URL, -1, 7, "r", "p", 2, ("a", "b"), True, SignedAs("GET"), Tamper.HALF),
    Signing(instead=SignedAs(query=(("a", None), ("b", "c")))),
}


@pytest.mark.parametrize("signing", sorted(SIGNINGS, key=repr))
def test_it_survives_json_and_holds_no_secret(signing):
    text = json.dumps(signing.to_json())
    assert Signing.from_json(json.loads(text)) == signing
    assert "-of-key-" not in text


@pytest.mark.parametrize(
    "data", [{}, {**Signing().to_json(), "tamper": "?"}, {**Signing().to_json(), "colour": 1}]
)
def test_foreign_data_is_refused(data):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Signing.from_json(data)
