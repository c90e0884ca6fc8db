"""Signing for whatever is made up: what is written is read again, and what is altered is refused."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_oss_clean.emulator.authentication import Authenticator
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.properties.name_strategies import object_names, tampered, version_ids
from pytest_oss_clean.engine.properties.signature_strategies import CHANGES, Signed
from pytest_oss_clean.oss.constants import Addressing, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.names import decode_query, encode_name, encode_query, read_target, target
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import (
    Credentials,
    Signer,
    canonical_request_v4,
    canonical_resource_v1,
    http_date,
    iso_basic,
)
from pytest_oss_clean.oss.url_encodings import SPELT, Spelling
from pytest_oss_clean.oss.verification import present
from pytest_oss_clean.spec.request import Key, SignedAs, Signing
from pytest_oss_clean.spec.tampering import Tamper

OURS = {
    "database": None,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
}
HERE = Endpoint("http", "127.0.0.1", 8080)
WHEN = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
FORMS = [(version, form) for version in SignatureVersion for form in SignatureForm]
EACH_FORM = pytest.mark.parametrize(("version", "form"), FORMS, ids=[" ".join(f) for f in FORMS])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOMENTS = st.integers(0, 2**32).map(lambda second: datetime.fromtimestamp(second, UTC))
# Bytes that are no UTF-8 come as surrogate escapes, which only a target holds.
FOREIGN = st.binary(max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(["versionId", "restore", "acl", "callback", "note", "é"]),
        st.none() | st.just("") | TEXT | version_ids(),
    ),
    max_size=4,
).map(tuple)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["x-oss-meta-a", "X-Oss-Storage-Class", "Content-Type", "Content-MD5", "User-Agent"]),
        st.from_regex(r"[ -~]{0,9}", fullmatch=True),
    ),
    max_size=4,
    unique_by=lambda header: header[0],
).map(tuple)
KEPT = (
    Credentials("key-1", Secret("secret-of-key-1")),
    Credentials("STS.key-3", Secret("secret-of-key-3"), Secret("token/of+key=3")),
)
KEYS = st.sampled_from(KEPT)
OPERATIONS = st.builds(
    Operation,
    st.sampled_from(["POST", "GET", "PUT", "HEAD", "DELETE"]),
    st.just("bucket-1"),
    object_names(),
    PARAMETERS.map(lambda more: (("cleanRestoredObject", None), *more)),
    HEADERS,
)


def sign(operation, key, version, form, *, when=WHEN, additional=()):  # noqa: PLR0913 - all that matters
    signer = Signer(key, version, "cn-hangzhou", additional=additional)
    return signer.presign(operation, when, 900) if form is SignatureForm.URL else signer.sign(operation, when)


@given(object_names() | FOREIGN, st.lists(st.tuples(FOREIGN | TEXT, st.none() | TEXT | FOREIGN), max_size=5))
@settings(max_examples=200, **OURS)
def test_a_target_is_read_as_it_was_meant(name, pairs):
    query = tuple((n, v) for n, v in pairs if n or v is not None)  # nothing at all is not written
    assert decode_query(encode_query(query)) == query
    assert read_target(target("bucket-1", name, query)) == ("bucket-1", name, query)
    assert read_target(target("", name, query), bucket="bucket-1") == ("bucket-1", name, query)
    assert read_target(f"http://h.example:80{target('bucket-1', name, query)}") == ("bucket-1", name, query)


@given(object_names() | FOREIGN)
@settings(max_examples=200, **OURS)
def test_encoding_again_what_was_decoded_changes_nothing(name):
    once = encode_name(name)
    assert encode_name(read_target(f"/{once}", bucket="b")[1]) == once
    assert once.isascii()
    assert not {".", ".."} & set(once.split("/"))  # clients resolve these
    assert not once.startswith("/")


@given(OPERATIONS)
@settings(max_examples=150, **OURS)
def test_canonical_forms_of_canonical_forms_are_the_same(operation):
    _, path, query, *lines = canonical_request_v4(operation).split("\n")
    fields = [line.partition(":") for line in lines[: lines.index("")]]
    bucket, name, pairs = read_target(f"{path}?{query}")
    again = replace(
        operation, bucket=bucket, name=name, query=pairs, headers=tuple((n, v) for n, _, v in fields)
    )
    assert canonical_request_v4(again) == canonical_request_v4(operation)
    shuffled = replace(again, query=again.query[::-1])
    assert canonical_request_v4(shuffled) == canonical_request_v4(operation)
    assert canonical_resource_v1(shuffled) == canonical_resource_v1(operation)


@EACH_FORM
@given(operation=OPERATIONS, key=KEYS, when=MOMENTS)
@settings(max_examples=60, **OURS)
def test_what_the_signer_writes_is_read_as_it_was_meant(version, form, operation, key, when):
    signed = sign(operation, key, version, form, when=when)
    shown = present(signed)
    assert (shown.version, shown.form, shown.key_id) == (version, form, key.key_id)
    assert shown.verify(signed, key.secret)
    if version is SignatureVersion.V4:
        assert str(shown.scope) == f"{iso_basic(when)[:8]}/cn-hangzhou/oss/aliyun_v4_request"
        assert shown.time_line == iso_basic(when)
    else:
        url = form is SignatureForm.URL
        assert shown.time_line == (str(int(when.timestamp()) + 900) if url else http_date(when))
    arrived = received(signed.render(HERE, Addressing.PATH))
    assert present(arrived) == shown
    assert shown.verify(arrived, key.secret)


@EACH_FORM
@given(operation=OPERATIONS, spelling=st.sampled_from(Spelling), style=st.sampled_from(Addressing))
@settings(max_examples=60, **OURS)
def test_every_spelling_of_a_name_is_that_name_and_verifies(version, form, operation, spelling, style):
    key = KEPT[0]
    sent = spelling.of(sign(operation, key, version, form).render(HERE, style), operation)
    named = "bucket-1" if style is Addressing.VIRTUAL else ""
    bucket, name, query = read_target(sent.target, bucket=named)
    assert (bucket, name) == ("bucket-1", operation.name)
    arrived = Operation(sent.method, bucket, name, query, sent.headers)
    assert present(arrived).verify(arrived, key.secret)


def test_each_spelling_is_another_one():
    strict = encode_name("a/b (c)*!%2Fé")
    assert len({spell(strict) for spell in SPELT.values()}) == len(Spelling)


INSTEAD = st.builds(
    SignedAs,
    method=st.sampled_from(["", "GET"]),
    query=st.none() | PARAMETERS,
    name=object_names(),
    bucket=st.sampled_from(["", "other-bucket"]),
)
SIGNINGS = st.builds(
    Signing,
    st.sampled_from(SignatureVersion),
    st.sampled_from(Key),
    st.sampled_from(SignatureForm),
    skew=st.integers(-(10**6), 10**6),
    expires_in=st.integers(1, 604_800),
    region=TEXT,
    product=TEXT,
    scope_days=st.integers(-1, 1),
    additional=st.lists(st.sampled_from(["host", "user-agent"])).map(tuple),
    also_in_url=st.booleans(),
    instead=st.none() | INSTEAD,
    tamper=st.sampled_from(Tamper),
    spelling=st.sampled_from(Spelling),
)


@given(SIGNINGS)
@settings(max_examples=100, **OURS)
def test_a_way_to_sign_comes_back_from_json(signing):
    assert Signing.from_json(json.loads(json.dumps(signing.to_json()))) == signing


def service():
    """Return a service with a frozen, a restoring and a restored object at WHEN."""
    made = Service(credentials=KEPT, buckets=["bucket-1"], region="cn-hangzhou", clock=WHEN.timestamp)

    def ask(method, name, query=(), headers=()):
        call = Signer(KEPT[0], SignatureVersion.V4, "cn-hangzhou").sign(
            Operation(method, "bucket-1", name, query, headers), WHEN
        )
        return made(call.render(HERE, Addressing.PATH)).status

    for name in ("restored", "frozen"):
        assert ask("PUT", name, headers=(("x-oss-storage-class", "ColdArchive"),)) == 200
    assert ask("POST", "restored", (("restore", None),)) == 202
    made.advance(6 * 3600)
    return made


@pytest.fixture(scope="module")
def emulator():
    return service()


REAL = Authenticator(KEPT, "cn-hangzhou", WHEN.timestamp)


def received(request):
    bucket, name, query = read_target(request.target)
    return Operation(request.method, bucket, name, query, request.headers)


def state(emulator):
    """Return what the emulator keeps, with the times of each object."""
    return emulator.inventory(versions=True), [
        (name, tuple(objects))
        for bucket in emulator.store.buckets.values()
        for name, objects in bucket.objects.items()
    ]


@EACH_FORM
@given(data=st.data())
@settings(max_examples=120, **OURS)
def test_what_is_altered_is_refused_and_changes_nothing(emulator, version, form, data):
    key = data.draw(KEYS)
    made = data.draw(OPERATIONS)
    operation = replace(made, name=data.draw(st.sampled_from(["restored", "frozen", made.name])))
    operation = operation.adding(headers=(("Host", "127.0.0.1:8080"),))
    signed = sign(operation, key, version, form, additional=("host",) if data.draw(st.booleans()) else ())
    assert REAL.check(received(signed.render(HERE, Addressing.PATH)))
    before = state(emulator)
    altered = data.draw(tampered(signed)).render(HERE, Addressing.PATH)
    with pytest.raises(OssError):
        REAL.check(received(altered))
    assert emulator(altered).status in (400, 403, 501), altered
    assert state(emulator) == before


def test_what_is_not_altered_is_let_in(emulator):
    refused = {emulator(sign_plain(form).render(HERE, Addressing.PATH)).status for form in FORMS}
    assert refused == {409}  # ArchiveRestoreFileStale: whoever asks is known


def sign_plain(form):
    return sign(Operation("POST", "bucket-1", "frozen", (("cleanRestoredObject", None),)), KEPT[0], *form)


MISSING = {
    (SignatureVersion.V1, SignatureForm.HEADER): {"expiry"} | {f"scope's {p}" for p in ("day", "region")},
    (SignatureVersion.V1, SignatureForm.URL): {"date"} | {f"scope's {p}" for p in ("day", "region")},
    (SignatureVersion.V4, SignatureForm.HEADER): {"expiry"},
    (SignatureVersion.V4, SignatureForm.URL): set(),
}


@EACH_FORM
def test_every_signed_thing_is_altered(version, form):
    query = (("cleanRestoredObject", None), ("versionId", "null"), ("note", "1"))
    headers = (("x-oss-meta-a", "1"), ("Content-Type", "text/plain"), ("User-Agent", "x"))
    signed = sign(Operation("POST", "bucket-1", "a", query, headers), KEPT[1], version, form)
    none = {kind for kind, change in CHANGES.items() if not list(change(Signed(signed, present(signed))))}
    ends = {"scope's product", "scope's end"} if version is SignatureVersion.V1 else set()
    assert none == MISSING[version, form] | ends
    # Never both, and never what is not signed.
    seen = Counter()

    @settings(max_examples=400, **OURS)
    @given(tampered(signed))
    def look(altered):
        different = [
            field
            for field in ("method", "name", "query", "headers")
            if getattr(signed, field) != getattr(altered, field)
        ]
        assert len(different) == 1, different
        assert altered.bucket == signed.bucket
        assert altered.name.startswith(signed.name)
        assert altered.header("user-agent") == "x"
        assert (version is SignatureVersion.V4) or (("note", "1") in altered.query)
        seen[different[0]] += 1

    look()
    assert seen.keys() == {"method", "name", "query", "headers"}


def test_what_is_not_signed_cannot_be_tampered_with():
    with pytest.raises(ValueError, match="is not signed"):
        tampered(Operation("POST", "bucket-1", "a"))
