"""What must not travel: planted in every place and spelling, in requests and in answers."""

import base64
import html
import json
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from cassettes import REWRITE
from plugin_runs import CONTRACTS, run
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.recording.leak_check import LeakCheck
from pytest_oss_clean.target.config.cassette_folder import read_head, read_text
from served_targets import MAIN, serving, unfolded

pytest_plugins = ["pytester"]

SECRET = "s3cret/With+all=kinds&of<characters>0123"
TOKEN = "CAIStokenTokenTOKEN0123456789abcdefghijklm=="
KNOWN = {
    "a secret": [SECRET],
    "a token": [TOKEN],
    "a key id": ["keyid0123456789"],
    "the name of the bucket": ["acme"],
}
SPELLINGS = {
    "as it is": str,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "lower-case percent": lambda text: re.sub("%..", lambda m: m[0].lower(), quote(text, safe="")),
    "markup": html.escape,
    "JSON": lambda text: json.dumps(text).replace("/", "\\/"),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal with blanks": lambda text: text.encode().hex(" ").upper(),
    "base64": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(b"xx" + text.encode()).decode(),
    "base64 of markup": lambda text: base64.b64encode(f"<a>{html.escape(text)}</a>".encode()).decode(),
    "base64 of percent": lambda text: base64.b64encode(quote(text, safe="").encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("what", KNOWN)
def test_what_is_known_is_found_in_every_spelling(what, spelling):
    (value,) = KNOWN[what]
    text = f"before {SPELLINGS[spelling](value)} after"
    found = LeakCheck(KNOWN).search([("answer 2, header Server", "AliyunOSS"), ("answer 3, body", text)], {})
    assert found.startswith(f"answer 3, body holds {what}"), found
    assert value not in found


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_signature_of_the_run_is_found_in_every_spelling(spelling):
    signature = "a7c3554c729d71929e0b84489addee6b2e8d5cb48595adfc51868c299c0c218e"
    parts = [("answer 1, header X", SPELLINGS[spelling](signature))]
    assert (
        LeakCheck({})
        .search(parts, {"a signature": {signature}})
        .startswith("answer 1, header X holds a signature")
    )


FORMS = {
    "LTAI" + "5tQw3rTyU1op": "a key id, by its form",
    "STS." + "NUxyz01234567": "a key id, by its form",
    "?x-oss-signature=0123456789abcdef": "a signature, by its form",
    "Credential=abcd1234/20261126/cn-hangzhou": "a credential, by its form",
    "acs:ram::123:user/me": "an account, by its form",
    "owner 1234567890123456 here": "what looks like the id of an account",
    "from 10.1.2.3": "an IP address",
    "from 8.8.8.8:443": "an IP address",
    "from [2001:db8::1]:80": "an IP address",
}


@pytest.mark.parametrize("spelling", ["as it is", "percent", "base64", "hexadecimal"])
@pytest.mark.parametrize("text", FORMS)
def test_what_nobody_knows_beforehand_is_found_by_its_form(text, spelling):
    encoded = f"{SPELLINGS[spelling](f' {text} ')}"
    assert LeakCheck({}).search([("answer 1, body", encoded)], {}) == f"answer 1, body holds {FORMS[text]}"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8080 and 127.1.2.3 and [::1]",
        "10.101.XX.XX",
        "Thu, 26 Nov 2026 01:49:48 GMT",
        "LTAI" + "********************",
        "Signature=REDACTED",
        "CAEQNhiBgICb8o6D0BYiIDdlNzk5NGE2M2Y3ZjRhZTViYWFkNTQ2MTRkYjYz",
        "6B032B891C0B07906FE31CF6",
        "an acmeish name, acme-two, and subacme",
        "1.2.3",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert LeakCheck(KNOWN).search([("answer 1, body", text)], {}) == ""


def test_checksums_are_numbers_and_no_accounts():
    assert LeakCheck({}).search([("answer 1, header x-oss-hash-crc64ecma", "123456789012345678")], {}) == ""
    assert LeakCheck({}).search([("answer 1, header x-other", "123456789012345678")], {})


PLANTED = {
    # contract: place, and what of the run is planted there
    "never-restored-ColdArchive-V4": ("header", "key"),
    "never-restored-ColdArchive-V1": ("header", "secret"),
    "already-cleaned-ColdArchive-V4": ("body", "signature"),
    "already-cleaned-ColdArchive-V1": ("body", "signature"),
    "restoring-ColdArchive-V4": ("header", "bucket"),
    "restoring-ColdArchive-V1": ("body", "account"),
    "restored-ColdArchive-V4": ("header", "address"),
    "never-restored-DeepColdArchive-V4": ("reason", "key"),
    "never-restored-DeepColdArchive-V1": ("name", "key"),
}


def planting(server):
    """Answer HEAD and refusals with something of the run in it, in base64 where a body is refused."""

    def wrap(service):
        def sender(request):
            response = service(request)
            slug = next((s for s in PLANTED if f"/{s}" in request.target), None)
            if slug is None:
                return response
            place, what = PLANTED[slug]
            found = re.search(r"(?:Signature=|OSS [^:]*:)(\S+)", request.header("authorization") or "")
            value = {
                "key": server["key"].key_id,
                "secret": server["key"].secret.reveal(),
                "signature": found[1] if found else "",
                "bucket": MAIN,
                "account": "1234567890123456",
                "address": "192.0.2.7",
            }[what]
            if place == "body":
                encoded = base64.b64encode(value.encode()) if what == "signature" else value.encode()
                body = response.body.replace(b"</Message>", b" " + encoded + b"</Message>")
                kept = tuple(
                    h for h in response.headers if h[0].lower() != "content-length" or body == response.body
                )
                length = (("Content-Length", str(len(body))),) * (body != response.body)
                return replace(response, body=body, headers=(*kept, *length))
            if place == "reason":
                return replace(response, reason=f"OK {value}")
            name, text = (f"x-{value}", "1") if place == "name" else ("x-debug", f"was {value}")
            return replace(response, headers=(*response.headers, (name, text)))

        return sender

    return wrap


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_server_that_plants_anything_of_the_run_in_an_answer_is_not_recorded(command_line, workers):
    known = {}
    old = command_line.home / "oss-cassettes" / "restored-ColdArchive-V4.yaml"
    old.parent.mkdir()
    old.write_text("an older recording", "utf-8")
    with serving(command_line, planting(known)) as server:
        known["key"] = server.credentials
        arguments = server.arguments(REWRITE, "-v", "-k", "test_page", *workers)
        for _ in range(5):  # two workers move one clock: what was not tested for it is run again
            done = server.run(arguments)
            assert not {path.stem for path in old.parent.iterdir()} & {*PLANTED} - {old.stem}, done.out
            if not done.counts["not tested"]:
                break
    page = [
        c
        for c in CASES.values()
        if c.contract.id in "never-restored already-cleaned restoring restored".split()
    ]
    files = {path.stem: read_text(path) for path in old.parent.iterdir()}
    assert files.pop("restored-ColdArchive-V4") == "an older recording"
    assert set(files) == {case.slug for case in page} - set(PLANTED), done.out
    assert all(read_head(text)[1] for text in files.values())
    assert (done.code, done.counts["not recorded"]) == (6, len(PLANTED)), done.out
    refused = r"^  not recorded: no recording was written: refused: (?:answer|request) \d+,? .*$"
    said = "\n".join(re.findall(refused, unfolded(done.out), re.MULTILINE))
    for slug in PLANTED:
        case = next(c for c in page if c.slug == slug)
        assert case.id in said, done.out
    assert server.credentials.secret.reveal() not in done.out


REQUESTING = """
import pytest_oss_clean.target.target as target

send = target.OssClient.send
PLANTS = {{
    "never-restored[ColdArchive-V4]": lambda t: t.credentials.secret.reveal(),
    "never-restored[ColdArchive-V1]": lambda t: t.credentials.key_id,
    "already-cleaned[ColdArchive-V4]": lambda t: t.sts.token.reveal(),
    "already-cleaned[ColdArchive-V1]": lambda t: t.bucket,
    "restoring[ColdArchive-V4]": lambda t: "1234567890123456",
    "restoring[ColdArchive-V1]": lambda t: "192.0.2.7",
    "restored[ColdArchive-V4]": lambda t: "Signature=0123456789abcdef0123456789abcdef",
}}

def planting(self, operation, **options):
    value = PLANTS.get(self.contract_id)
    if value is not None and operation.method == "PUT":
        operation = operation.adding(headers=(("x-oss-meta-note", value(self.target)),))
    return send(self, operation, **options)

target.OssClient.send = planting
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_anything_of_the_run_in_a_request_is_not_recorded(pytester, monkeypatch, workers):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeconftest(REQUESTING.format())
    result = run(pytester, *CONTRACTS, REWRITE, "-k", "test_page and ColdArchive and not Deep", *workers)
    written = {path.stem for path in (pytester.path / "oss-cassettes").iterdir()}
    assert written == {"restored-ColdArchive-V1"}
    assert result.ret == 6
    text = re.sub(r"\s+", " ", "\n".join(result.outlines))
    for what in (
        "a secret",
        "a key id",
        "a token",
        "the name of the bucket",
        "what looks like the id of an account",
        "an IP address",
        "a signature, by its form",
    ):
        assert f"refused: request 1, header x-oss-meta-note holds {what}" in text
