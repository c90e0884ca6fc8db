"""Signatures against the signer of the installed vendor SDK, for generated requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import Credentials as VendorCredentials
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean import naming
from pytest_oss_clean.message import Operation
from pytest_oss_clean.secrecy import Secret
from pytest_oss_clean.signing import Credentials, Signer
from pytest_oss_clean.verification import present
from pytest_oss_clean.vocabulary import CLEAN, SignatureVersion

VENDOR = {SignatureVersion.V1: SignerV1(), SignatureVersion.V4: SignerV4()}
START = datetime(2001, 1, 1, tzinfo=UTC)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
# Without outer blanks, which the SDK does not trim. Names differ, as the SDK keeps one of each.
HEADERS = st.dictionaries(
    st.from_regex(r"(x-oss-(meta-)?[a-z]{1,5}|content-type|content-md5|x-other|host)", fullmatch=True),
    st.from_regex(r"[!-~]([ -~]{0,8}[!-~])?", fullmatch=True),
    max_size=4,
)
TOKENS = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
CALLS = st.fixed_dictionaries(
    {
        "name": TEXT,
        "parameters": st.dictionaries(
            st.sampled_from(["versionId", "restore", "callback", "callback-var", "unlisted"]),
            st.just("") | TEXT,
            max_size=3,
        ),
        "headers": HEADERS,
        "key": TEXT,
        "token": st.none() | TOKENS,
        "seconds": st.integers(0, 2**31),
        "expires_in": st.none() | st.integers(1, 604_800),
        "additional": st.sets(st.sampled_from(["host", "X-Other", "content-type", "absent"])),
    }
)


def signed_by_the_sdk(version, operation, call, when):
    url = f"http://h{naming.target('', operation.name, operation.query)}"
    request = HttpRequest(operation.method, url, headers=dict(operation.headers))
    context = SigningContext(
        product="oss",
        region="cn-hangzhou",
        bucket=operation.bucket,
        key=operation.name,
        request=request,
        credentials=VendorCredentials("ak", call["key"], call["token"]),
        signing_time=when,
        additional_headers=call["additional"],
    )
    # What the SDK's own clean_restored_object passes along; its static V1 list lacks the name.
    context.sub_resource = [CLEAN]
    if call["expires_in"]:
        context.auth_method_query = True
        context.expiration_time = when + timedelta(seconds=call["expires_in"])
    VENDOR[version].sign(context)
    _, _, query = naming.read_target(request.url, bucket="bucket")
    return replace(operation, query=query, headers=tuple(request.headers.items()))


@pytest.mark.parametrize("version", SignatureVersion)
@settings(deadline=None, max_examples=150)
@given(CALLS)
def test_the_installed_sdk_signs_alike(version, call):
    if version is SignatureVersion.V1 and not call["expires_in"]:
        # The SDK puts the token of a V1 header signature into an unsigned header of another name.
        call["token"] = None
    when = START + timedelta(seconds=call["seconds"])
    query = ((CLEAN, None), *((name, value or None) for name, value in call["parameters"].items()))
    operation = Operation("POST", "bucket", call["name"], query, tuple(call["headers"].items()))
    theirs = signed_by_the_sdk(version, operation, call, when)

    credentials = Credentials("ak", Secret(call["key"]), Secret(call["token"]) if call["token"] else None)
    signer = Signer(credentials, version, "cn-hangzhou", additional=tuple(call["additional"]))
    if call["expires_in"]:
        ours = signer.presign(operation, when, call["expires_in"])
        assert sorted(ours.query, key=str) == sorted(theirs.query, key=str)
    else:
        ours = signer.sign(operation, when)
        assert ours.header("authorization") == theirs.header("authorization")
    assert present(ours) == present(theirs)
    assert present(theirs).verify(theirs, Secret(call["key"]))
    assert not present(theirs).verify(theirs, Secret(call["key"] + "x"))
