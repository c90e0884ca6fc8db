"""A signed request that is changed on its way is refused as documented, and changes nothing."""

from __future__ import annotations

import base64
import http.client
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

import call_tampering as ways
from grouped import by, grouped
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

TAMPERINGS = 500
V1, V4 = ways.V1, ways.V4
FORMS, HEADERS, URLS, NEW, WHEN = ways.FORMS, ways.HEADERS, ways.URLS, ways.NEW, ways.WHEN
another, adding, header, parameter, part = ways.another, ways.adding, ways.header, ways.parameter, ways.part
swapped, suffix, moved = ways.swapped, ways.suffix, ways.moved
later, one_character = ways.later, ways.one_character
KEY = Credentials("key-1", Secret("secret-of-key-1"))
OTHER = Credentials("key-2", Secret("secret-of-key-2"))
STS = Credentials("STS.key-3", Secret("secret-of-key-3"), Secret("token/of+key=3"))
BUCKETS = ("bucket-1", "bucket-2")
NAMES = ("frozen", "dir/re storing+", "目录/restored")
CLEAN, RESTORE = (("cleanRestoredObject", None),), (("restore", None),)
OPERATIONS = (("POST", CLEAN), ("POST", RESTORE), ("PUT", ()), ("DELETE", ()), ("GET", ()), ("HEAD", ()))
NOT_MATCHING = {
    form: (403, "SignatureDoesNotMatch", "0002-00000040" if version is V1 else "0002-00000201")
    for form, version in FORMS.items()
}
EXPIRED = {"V1 URL": (403, "AccessDenied", "0002-00000069"), "V4 URL": (403, "AccessDenied", "0002-00000236")}


def argument(ec, url_ec=None):
    """400 InvalidArgument; an EC that is not documented is not compared."""
    ecs = {form: url_ec if form in URLS else ec for form in FORMS}
    return {form: (400, "InvalidArgument", ec and f"0002-00000{ec}") for form, ec in ecs.items()}


def denied(ec, code="AccessDenied"):
    return dict.fromkeys(FORMS, (403, code, ec))


SKEWED = denied("0002-00000504", "RequestTimeTooSkewed")
UNKNOWN = denied("0002-00000902", "InvalidAccessKeyId")
NO_TOKEN = denied("0002-00000003", "InvalidAccessKeyId")
BAD_TOKEN = denied("0002-00000008", "InvalidSecurityToken")


def unsigned(_rng, _form, c):
    kept = tuple((n, v) for n, v in c.query if n in ("restore", "cleanRestoredObject"))
    return replace(c, headers=tuple(h for h in c.headers if h[0] != "Authorization"), query=kept)


def twice(rng, form, c):
    other = sign(rng, rng.choice(HEADERS if form in URLS else URLS), KEY)
    return c.adding(headers=other.headers) if form in URLS else c.adding(query=other.query)


def untouched(_rng, _form, c):
    return c


class Kind:
    """One way to tamper with a call that was signed with `options`, and its answer by form."""

    def __init__(self, expected, change, forms=tuple(FORMS), **options):
        self.expected, self.change, self.forms, self.options = expected, change, forms, options


DATE = "date x-oss-date - x-oss-date"
TOKEN = "x-oss-security-token x-oss-security-token security-token x-oss-security-token"
KEY_ID = "authorization authorization OSSAccessKeyId x-oss-credential"
SIGNATURE = "authorization authorization Signature x-oss-signature"
CREDENTIAL = "- authorization - x-oss-credential"
DATED = (*HEADERS, "V4 URL")
METHODS = ("POST", "PUT", "DELETE", "GET", "HEAD")
UNREADABLE = ("today", "20270115", "Fri, 15 Jan 2027 08:00:00 UTC", "Fri, 5 Jan 2027 08:00:00 GMT")
SUBRESOURCES = (("acl", None), ("response-expires", "1"), ("uploads", None), ("versionId", "null"))
HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CLEANING = {"call": ("POST", CLEAN)}
KINDS = {
    "another method": Kind(NOT_MATCHING, another("method", METHODS)),
    "another name": Kind(NOT_MATCHING, another("name", NAMES)),
    "another bucket": Kind(NOT_MATCHING, another("bucket", BUCKETS)),
    "another version": Kind(NOT_MATCHING, parameter("versionId", "1", None, "NULL"), versioned=True),
    "a version dropped": Kind(NOT_MATCHING, parameter("versionId", False), versioned=True),
    "clean becomes restore": Kind(NOT_MATCHING, another("query", [RESTORE]), HEADERS, **CLEANING),
    "restore becomes clean": Kind(NOT_MATCHING, another("query", [CLEAN]), HEADERS, call=("POST", RESTORE)),
    "a plain POST becomes a clean": Kind(NOT_MATCHING, adding("query", *CLEAN), call=("POST", ())),
    "the sub-resource dropped": Kind(NOT_MATCHING, parameter("cleanRestoredObject", False), **CLEANING),
    "the sub-resource given a value": Kind(NOT_MATCHING, parameter("cleanRestoredObject", "x"), **CLEANING),
    "a signed parameter added": Kind(NOT_MATCHING, adding("query", *SUBRESOURCES)),
    "any parameter added": Kind(NOT_MATCHING, adding("query", ("x", None), ("prefix", "1"), ("é", "")), NEW),
    "a signed header changed": Kind(NOT_MATCHING, header("x-oss-meta-a", suffix("09az"))),
    "the content type changed": Kind(NOT_MATCHING, header("content-type", "text/html", "text/plain;x", "")),
    "a signed header added": Kind(
        NOT_MATCHING, adding("headers", ("x-oss-meta-b", "1"), ("Content-MD5", "1"))
    ),
    "a signed header dropped": Kind(NOT_MATCHING, header("x-oss-meta-a", False)),
    "a signed header repeated": Kind(NOT_MATCHING, adding("headers", ("x-oss-meta-a", "again"))),
    "the date within the skew": Kind(NOT_MATCHING, part(DATE, moved(1, 899)), HEADERS),
    "the date beyond the skew": Kind(SKEWED, part(DATE, moved(901, 28_000)), HEADERS),
    "the date on another day": Kind(argument(None), part(DATE, moved(86_400, 10**8)), NEW),
    "an unreadable date": Kind(denied("0002-00000502"), part(DATE, *UNREADABLE), DATED),
    "no date": Kind(denied("0002-00000503"), part(DATE, False), DATED),
    "the region": Kind(
        argument("226", "228"), part(CREDENTIAL, swapped("cn-hangzhou", "cn-beijing", "")), NEW
    ),
    "the product": Kind(
        argument("227", "227"), part(CREDENTIAL, swapped("/oss/", "/s3/", "/OSS/", "//")), NEW
    ),
    "the terminator": Kind(argument("213", "213"), part(CREDENTIAL, swapped("aliyun_v4", "aws4")), NEW),
    "the day of the scope": Kind(argument(None), part(CREDENTIAL, swapped("20270115", "20270116")), NEW),
    "no day of the scope": Kind(
        argument("212", "223"), part(CREDENTIAL, swapped("20270115", "today", "")), NEW
    ),
    "an unknown key id": Kind(UNKNOWN, part(KEY_ID, swapped("key-1", "key-9", "KEY-1", "key-11")), key=KEY),
    "another known key id": Kind(NOT_MATCHING, part(KEY_ID, swapped("key-1", "key-2")), key=KEY),
    "one character of the signature": Kind(NOT_MATCHING, part(SIGNATURE, one_character)),
    "the token changed": Kind(BAD_TOKEN, part(TOKEN, suffix("24x"), "x"), key=STS),
    "the token dropped": Kind(NO_TOKEN, part(TOKEN, False), key=STS),
    "a signed Host": Kind(NOT_MATCHING, header("host", "127.0.0.1:8081", "127.0.0.1"), NEW, listed="host"),
    "a listed header dropped": Kind(argument("211"), header("range", False), NEW, listed="range"),
    "the hash of the body": Kind(
        argument("214"), header("x-oss-content-sha256", HASH, False), ("V4 header",)
    ),
    "a longer life of a V1 URL": Kind(NOT_MATCHING, parameter("Expires", later), ("V1 URL",)),
    "a longer life of a V4 URL": Kind(NOT_MATCHING, parameter("x-oss-expires", later), ("V4 URL",)),
    "more than a week": Kind(argument(None, "232"), parameter("x-oss-expires", "0", "604801"), ("V4 URL",)),
    "an expired URL": Kind(EXPIRED, untouched, URLS, signed=WHEN - timedelta(seconds=901)),
    "signed twice": Kind(argument(None), twice),
    "not signed": Kind(denied("0003-00001201"), unsigned, call=("POST", CLEAN)),
}
UNSIGNED = {
    "the port in Host": Kind({}, adding("headers", ("Host", "127.0.0.1:1"), ("Host", "127.0.0.1"))),
    "User-Agent": Kind({}, adding("headers", ("User-Agent", "x"), ("Accept", "é"))),
    "Date beside x-oss-date": Kind({}, adding("headers", *(("Date", d) for d in UNREADABLE)), NEW),
    "the body": Kind({}, another("body", [b"x", b"<a/>"])),
    "a parameter that V1 does not sign": Kind({}, adding("query", ("prefix", "x")), ("V1 header", "V1 URL")),
    "the order of the query": Kind({}, lambda _r, _f, c: replace(c, query=c.query[::-1]), versioned=True),
    "the case of headers": Kind({}, lambda _r, _f, c: replace(c, headers=upper(c.headers))),
    "the spelling of the parameter": Kind({}, parameter("cleanRestoredObject", "")),
}


def upper(headers):
    return tuple((name.upper(), value) for name, value in headers)


def sign(rng, form, key=None, *, call=None, versioned=False, listed=None, signed=WHEN, names=NAMES):  # noqa: PLR0913
    """Return a request as the owner of the key signed it, `listed` among its additional headers."""
    method, query = call or rng.choice(OPERATIONS)
    query += (("versionId", "null"),) if versioned else ()
    headers = (("Content-Type", "text/plain"), ("x-oss-meta-a", f"value {rng.randrange(10**6)}"))
    headers += ((listed, {"host": "127.0.0.1:8080", "range": "bytes=0-1"}[listed]),) if listed else ()
    operation = Operation(method, BUCKETS[0], rng.choice(names), query, headers)
    additional = (listed,) if listed else ()
    signer = Signer(key or rng.choice([KEY, STS]), FORMS[form], "cn-hangzhou", additional=additional)
    return signer.presign(operation, signed, 900) if form in URLS else signer.sign(operation, signed)


def prepared():
    """A service with an object in each state, the clock at the time of all signatures."""
    service = Service(credentials=[KEY, OTHER, STS], buckets=BUCKETS, clock=WHEN.timestamp)

    def ask(method, name, query=(), headers=()):
        call = Operation(method, BUCKETS[0], name, query, headers)
        return in_memory(service, Signer(KEY, V4, service.region).sign(call, WHEN)).status

    for name in NAMES:
        assert ask("PUT", name, (), (("x-oss-storage-class", "ColdArchive"),)) == 200
    assert ask("POST", NAMES[2], RESTORE) == 202
    service.advance(6 * 3600)
    assert ask("POST", NAMES[1], RESTORE) == 202
    states = dict(zip(NAMES, ["frozen", "restoring", "restored"], strict=True))
    assert service.inventory() == {BUCKETS[0]: states, BUCKETS[1]: {}}
    return service


def in_memory(service, call):
    return service(call.render(Endpoint("http", "127.0.0.1", 8080), Addressing.PATH))


def everything(service):
    """Return all that a service shows of its state: objects with ETag, time and restore, buckets."""
    lists = [
        in_memory(service, Signer(KEY, V4, service.region).sign(Operation("GET", bucket), WHEN)).body
        for bucket in ("", *BUCKETS)
    ]
    return service.inventory(), lists


@pytest.fixture(scope="module")
def service():
    return prepared()


@pytest.fixture(scope="module")
def send(service):
    """Send a call over one connection; the answer's status, Code and EC."""
    with Server(service) as server:
        connection = http.client.HTTPConnection(server.endpoint.host, server.endpoint.port)

        def exchange(call):
            request = call.render(Endpoint("http", "127.0.0.1", 8080), addressing_of(call))
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in (*request.headers, ("Content-Length", str(len(request.body)))):
                connection.putheader(name, value)
            connection.endheaders(request.body)
            response = connection.getresponse()
            document = response.read() or base64.b64decode(response.getheader("x-oss-err") or "PGEvPg==")
            root = etree.fromstring(document)
            return response.status, root.findtext("Code"), root.findtext("EC")

        yield exchange
        connection.close()


def addressing_of(call):
    """Path-style, or virtual-hosted where no Host is given: an odd name as good as any other coin."""
    return Addressing.VIRTUAL if not call.header("host") and len(call.name) % 2 else Addressing.PATH


def drawn(kinds, number):
    """Return `number` seeded cases, spread evenly over the kinds."""
    names = list(kinds)
    cases = {f"{names[i % len(names)]}-{i}": (names[i % len(names)], i) for i in range(number)}
    return by(lambda name, _: name, cases)


@grouped(drawn(KINDS, TAMPERINGS))
def test_a_tampered_request_is_refused_as_documented_and_changes_nothing(service, send, name, seed):
    kind, rng = KINDS[name], random.Random(seed)
    form = kind.forms[(seed // len(KINDS)) % len(kind.forms)]
    original = sign(rng, form, **kind.options)
    tampered = kind.change(rng, form, original)
    assert tampered != original or kind.change is untouched
    before = everything(service)
    status, code, ec = send(tampered)
    expected = kind.expected[form]
    assert (status, code, ec if expected[2] else None) == expected
    assert everything(service) == before


AUTHENTICATION = {c for k in KINDS.values() for _, c, _ in k.expected.values()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [KEY, STS], ids=["permanent", "temporary"])
def test_what_is_tampered_with_was_accepted_before(form, key):
    for call in [*OPERATIONS, ("POST", ())]:
        for options in [
            {},
            {"versioned": True},
            *([{"listed": "host"}, {"listed": "range"}] if form in NEW else []),
        ]:
            response = in_memory(prepared(), sign(random.Random(1), form, key, call=call, **options))
            code = etree.fromstring(response.body).findtext("Code") if response.body else ""
            assert code not in AUTHENTICATION


@grouped(drawn(UNSIGNED, 100))
def test_what_is_not_signed_may_change_on_the_way(send, name, seed):
    kind, rng = UNSIGNED[name], random.Random(seed)
    form = kind.forms[(seed // len(UNSIGNED)) % len(kind.forms)]
    original = sign(rng, form, call=("POST", CLEAN), names=NAMES[:2], **kind.options)
    changed = kind.change(rng, form, original)
    assert changed != original
    code = {"frozen": "ArchiveRestoreFileStale", "dir/re storing+": "ArchiveRestoreNotFinished"}[changed.name]
    assert send(changed)[:2] == (409, code)
