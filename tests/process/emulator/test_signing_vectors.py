"""Every signature that a vendor's SDK wrote is accepted over the wire, and every wrong one refused."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from lxml import etree

from grouped import by, grouped
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signing-vectors.json").read_bytes())
SIGNED = VECTORS["vectors"] + VECTORS["no_consensus"] + VECTORS["single_sdk_forms"]
ALL = SIGNED + VECTORS["published"]
SPLIT = [v for v in ALL if v.get("disagreements")]
OTHER_READING = "V1 list lacks x-oss-traffic-limit"

STALE = (409, "ArchiveRestoreFileStale", "0016-00000718")
BAD_NAME = (400, "InvalidObjectName", "0016-00000005")
NO_VERSION = (404, "NoSuchVersion", "0000-00000000")
NOT_HERE = (501, "NotImplemented", "0000-00000000")
NOT_MATCHING = {
    "v1": (403, "SignatureDoesNotMatch", "0002-00000040"),
    "v4": (403, "SignatureDoesNotMatch", "0002-00000201"),
}
PASSED_OTHERWISE = {
    # Parameters that name no operation: authentication was passed, routing refuses.
    "pub/v4-header": NOT_HERE,
    "pub/v4-header-token": NOT_HERE,
    "pub/v4-header-addl": NOT_HERE,
    "pub/v4-header-cloudbox": NOT_HERE,
    "pub/v4-url-cloudbox-addl": NOT_HERE,
    "pub/v4-url": NOT_HERE,
    "pub/v4-url-token": NOT_HERE,
    "pub/v4-url-5days": NOT_HERE,
    "pub/v4-url-addl-unknown-filtered": NOT_HERE,
    "pub/v1-header-acl": (400, "MissingArgument", "0016-00000502"),
    "pub/v1-header-resourceGroup": (200, None, None),
    "pub/v1-header-acl-resourceGroup": (400, "InvalidArgument", "0000-00000000"),
    # The Content-MD5 is that of a body which the page does not print.
    "pub/v1-header-put": (400, "InvalidDigest", "0000-00000000"),
}


class Stage:
    """The server's handler: the service that the vector at hand needs, its object put already."""

    service = None
    connection = None

    def __call__(self, request):
        return self.service(request)

    def prepare(self, vector):
        given = vector["input"]
        token = Secret(given["sts_token"]) if given.get("sts_token") else None
        key = Credentials(given["access_key_id"], Secret(given["access_key_secret"]), token)
        self.service = Service(
            credentials=[key],
            region=given["region"],
            product=given["product"],
            buckets=[given["bucket"]],
            clock=lambda: given["epoch"],
        )
        headers = (("x-oss-storage-class", "ColdArchive"),)
        put = Operation("PUT", given["bucket"], given["name"] or "k", (), headers, b"hello")
        signed = Signer(key, region=given["region"], product=given["product"]).sign(
            put, datetime.fromtimestamp(given["epoch"], UTC)
        )
        response = self.service(signed.render(Endpoint("http", "127.0.0.1", 80), Addressing.PATH))
        assert response.status == (400 if given["name"].startswith(("/", "\\")) else 200)

    def send(self, method, target, headers):
        self.connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        response = self.connection.getresponse()
        root = etree.fromstring(response.read())
        return response.status, root.findtext("Code"), root.findtext("EC")


@pytest.fixture(scope="module")
def stage():
    handler = Stage()
    with Server(handler) as server:
        handler.connection = http.client.HTTPConnection(server.endpoint.host, server.endpoint.port)
        yield handler
        handler.connection.close()


def each(vectors):
    """Test each vector; those of a kind together."""
    return grouped(by(lambda vector: vector["kind"], {v["id"]: (v,) for v in vectors}))


def expected(vector):
    given = vector["input"]
    if vector["id"] in PASSED_OTHERWISE:
        return PASSED_OTHERWISE[vector["id"]]
    if given["name"].startswith(("/", "\\")):
        return BAD_NAME
    return STALE if given["query"].get("versionId", "null") == "null" else NO_VERSION


def published(vector):
    """Return headers, Authorization and parameters of a vector that prints but its texts."""
    given, got, form = vector["input"], vector["expected"], vector["kind"]
    headers, text = dict(given.get("headers", {})), got["string_to_sign"].split("\n")
    token = {"x-oss-security-token": given["sts_token"]} if "sts_token" in given else {}
    if form == "v1-header":
        return headers | token, f"OSS {given['access_key_id']}:{got['signature']}", {}
    if form == "v1-url":
        token = {"security-token": given["sts_token"]} if token else {}
        own = {"OSSAccessKeyId": given["access_key_id"], "Expires": text[3], "Signature": got["signature"]}
        return headers, None, own | token
    credential = f"{given['access_key_id']}/{text[2]}"
    names = got["canonical_request"].split("\n")[-2]
    if form == "v4-header":
        more = f",AdditionalHeaders={names}" if names else ""
        written = f"OSS4-HMAC-SHA256 Credential={credential}{more},Signature={got['signature']}"
        own = {"x-oss-content-sha256": "UNSIGNED-PAYLOAD", "x-oss-date": text[1]}
        return headers | own | token, written, {}
    own = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": credential,
        "x-oss-date": text[1],
        "x-oss-expires": str(given["expires_in"]),
        "x-oss-signature": got["signature"],
    }
    return headers, None, own | token | ({"x-oss-additional-headers": names} if names else {})


def signed_parts(vector):
    """Return headers, every spelling of Authorization, and the parameters to be sent."""
    got, given = vector["expected"], vector["input"]
    if "authorization" in got:
        others = [spelt["text"] for spelt in got.get("authorization_other_spellings", ())]
        return got["request_headers"], [got["authorization"], *others], given["query"]
    if "query_params" in got:
        return given.get("headers", {}), [None], got["query_params"]
    headers, authorization, own = published(vector)
    return headers, [authorization], given["query"] | own


def paths(name):
    """Return the spellings of a name in a path: the strict one, and what SDKs and proxies make of it."""
    strict = quote(name.encode(), safe="/-_.~")
    hexadecimal = "".join(f"%{byte:02x}" for byte in name.encode())
    return {
        "strict": strict,
        "slash encoded, as oss2 and Go 1 do": strict.replace("/", "%2F"),
        "*()! raw, as ali-oss does": quote(name.encode(), safe="/-_.~*()!"),
        "all raw that a path may hold": quote(name.encode(), safe="/-_.~*()!':@,;&=$"),
        "everything encoded, in lower case": hexadecimal,
        "dots encoded": strict.replace(".", "%2E"),
    }


def queries(parameters):
    """Return the spellings of a query: without `=`, with it, and in another order."""
    pairs = [(quote(n, safe=""), quote(v, safe="")) for n, v in parameters.items()]
    bare = [f"{n}={v}" if v else n for n, v in pairs]
    return {
        "bare": "&".join(bare),
        "with =": "&".join(f"{n}={v}" for n, v in pairs),
        "backwards": "&".join(reversed(bare)),
        "slash raw": "&".join(bare).replace("%2F", "/"),
    }


def places(vector):
    """Return Host and the beginning of the path for both addressing styles, where Host is not signed."""
    given = vector["input"]
    public = f"{given['bucket']}.oss-{given['region']}.aliyuncs.com"
    own = {n.lower(): v for n, v in given.get("headers", {}).items()}.get("host")
    if own:
        return {"signed host": (own, "/")}
    return {
        "path-style": ("127.0.0.1:8080", f"/{given['bucket']}/"),
        "virtual-hosted": (public, "/"),
        "virtual-hosted with a port": (f"{public}:8080", "/"),
        "virtual-hosted on localhost": (f"{given['bucket']}.localhost:8080", "/"),
    }


def spellings(vector, parameters):
    """Return (Host, target) for all spellings that differ, with what is peculiar to each."""
    return {
        (host, f"{root}{path}?{query}" if query else f"{root}{path}"): (place, spelt, form)
        for form, query in queries(parameters).items()
        for spelt, path in paths(vector["input"]["name"]).items()
        for place, (host, root) in places(vector).items()
    }


def written(headers, host, authorization):
    kept = {n: v.strip() for n, v in headers.items() if n.lower() != "host"}
    return {"Host": host, **kept, **({"Authorization": authorization} if authorization else {})}


@each(ALL)
def test_a_signature_is_accepted_in_every_spelling(stage, vector):
    stage.prepare(vector)
    headers, authorizations, parameters = signed_parts(vector)
    wanted, outcomes = expected(vector), {}
    for (host, target), spelling in spellings(vector, parameters).items():
        for authorization in authorizations:
            outcome = stage.send(vector["input"]["method"], target, written(headers, host, authorization))
            outcomes[spelling, authorization] = outcome
    assert {k: v for k, v in outcomes.items() if v != wanted} == {}


@each([v for v in SIGNED if v["expected"].get("presigned_urls")])
def test_a_presigned_url_is_accepted_as_each_sdk_wrote_it(stage, vector):
    stage.prepare(vector)
    headers = vector["input"].get("headers", {})
    outcomes = {}
    for url in vector["expected"]["presigned_urls"]:
        host = urlsplit(url["url"]).netloc
        target = url["url"].partition(host)[2]
        outcomes[tuple(url["sdks"])] = stage.send("POST", target, written(headers, host, None))
    assert outcomes == dict.fromkeys(outcomes, expected(vector))


@each(SPLIT)
def test_a_signature_that_most_sdks_write_otherwise_is_refused(stage, vector):
    stage.prepare(vector)
    right = vector["expected"]["signature"]
    headers, (authorization, *_), parameters = signed_parts(vector)
    host, root = next(iter(places(vector).values()))
    path = root + paths(vector["input"]["name"])["strict"]
    for other in vector["disagreements"]:
        wrong = other.get("signature")
        if wrong is None:
            assert "refuses" in other["reason"]
            continue
        query = {n: wrong if v == right else v for n, v in parameters.items()}
        sent = written(headers, host, authorization and authorization.replace(right, wrong))
        outcome = stage.send("POST", f"{path}?{queries(query)['bare']}", sent)
        # Both readings of x-oss-* parameters are in use by current SDKs, so V1 accepts either.
        accepted = other["reason"].startswith(OTHER_READING)
        assert outcome == (expected(vector) if accepted else NOT_MATCHING[vector["kind"][:2]]), other


@each(ALL)
def test_a_vector_is_refused_with_another_secret_or_at_another_time(stage, vector):
    """The acceptance above rests on the secret and on the vector's time."""
    headers, (authorization, *_), parameters = signed_parts(vector)
    host, root = next(iter(places(vector).values()))
    target = root + paths(vector["input"]["name"])["strict"] + "?" + queries(parameters)["bare"]
    in_url = vector["kind"].endswith("url")
    known = {"v1": ("0002-00000069", "v1-url"), "v4": ("0002-00000236", "v4-url")}[vector["kind"][:2]]
    late = (403, "AccessDenied", known[0]) if in_url else (403, "RequestTimeTooSkewed", "0002-00000504")
    for change, outcome in [
        ({"access_key_secret": "another"}, NOT_MATCHING[vector["kind"][:2]]),
        ({"epoch": vector["input"]["epoch"] + 8 * 86_400}, late),
    ]:
        stage.prepare(vector | {"input": vector["input"] | change})
        got = stage.send(vector["input"]["method"], target, written(headers, host, authorization))
        assert got == outcome


def test_the_vectors_hold_every_form_and_the_sdks_own_spellings():
    kinds = {v["kind"] for v in ALL}
    assert kinds == {"v1-header", "v1-header-xossdate", "v1-url", "v4-header", "v4-url", "v4-header-dateonly"}
    presigned = [(v["input"]["name"], v["expected"].get("presigned_urls", ())) for v in SIGNED]
    urls = [(name, urlsplit(item["url"])) for name, items in presigned for item in items]
    assert len(urls) > 300
    assert all(unquote(url.path[1:]) == name for name, url in urls)
    assert {True, False} == {"cleanRestoredObject=" in url.query for _, url in urls}
    assert any("%2F" in url.path for _, url in urls)
