"""Servers that lack something: each fault takes away its own claims, and says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lacking_services import ALL, Wrapped, asks, changed, refuse, refused, signed
from pytest_oss_clean.oss.messages import Response


def without(*names):
    return lambda response: replace(
        response, headers=tuple(h for h in response.headers if h[0].lower() not in names)
    )


def of_class(name):
    return lambda request: request.header("x-oss-storage-class") == name


def is_plain(request, method):
    return request.method == method and "?" not in request.target


def accepts_any_region(service, request):
    return Response(200) if "/cn-beijing/" in (request.header("authorization") or "") else service(request)


def copies_nothing(service, request):
    return Response(200) if request.header("x-oss-copy-source") else service(request)


def overwriting(subresource):
    """A server that knows no sub-resource: it writes the body over the object."""
    written = {}

    def fault(service, request):
        name, _, query = request.target.partition("?")
        if request.method == "PUT" and query == subresource:
            written[name] = request.body
            return Response(200)
        over = request.method == "GET" and name in written
        return Response(200, (), written[name]) if over else service(request)

    return fault


LACKS = [
    (
        "ColdArchive refused",
        refuse(of_class("ColdArchive")),
        {"ColdArchive"},
        "PUT of class ColdArchive answered 501",
    ),
    (
        "classes forgotten",
        changed(lambda request: request.method == "HEAD", without("x-oss-storage-class")),
        {"ColdArchive", "DeepColdArchive", "Archive", "IA"},
        "but HEAD shows class None",
    ),
    (
        "no IA",
        refuse(of_class("IA"), refused(400, "InvalidArgument")),
        {"IA"},
        "answered 400 InvalidArgument",
    ),
    ("no V1", refuse(lambda r: signed(r, "OSS ")), {"V1"}, "HEAD signed with V1 answered 501 NotImplemented"),
    ("no V4", refuse(lambda r: signed(r, "OSS4")), {"V4", "region"}, "HEAD signed with V4 answered 501"),
    (
        "no presigning",
        refuse(lambda r: "x-oss-signature=" in r.target),
        {"presigned"},
        "HEAD signed in its URL",
    ),
    ("no tokens", refuse(lambda r: r.header("x-oss-security-token")), {"STS"}, "HEAD signed with temporary"),
    ("any region", accepts_any_region, {"region"}, "HEAD signed for cn-beijing answered 200"),
    ("no list", refuse(lambda r: asks(r, "GET", "prefix=")), {"list"}, "GET of the bucket with ?prefix"),
    (
        "empty list",
        refuse(lambda r: asks(r, "GET", "prefix="), Response(200, (), b"<ListBucketResult/>")),
        {"list"},
        "answered 200, without an object that is there",
    ),
    ("no copy", refuse(lambda r: r.header("x-oss-copy-source")), {"copy"}, "x-oss-copy-source answered 501"),
    ("copies nothing", copies_nothing, {"copy"}, "answered 200, but GET shows another content"),
    (
        "no tags",
        refuse(lambda r: "?tagging" in r.target),
        {"tags"},
        "PUT ?tagging answered 501 NotImplemented",
    ),
    (
        "tags over content",
        overwriting("tagging"),
        {"tags"},
        "PUT ?tagging answered 200, but wrote over the object",
    ),
    (
        "tags forgotten",
        refuse(lambda r: asks(r, "GET", "?tagging"), Response(200, (), b"<Tagging><TagSet/></Tagging>")),
        {"tags"},
        "GET ?tagging answered 200, without the 'of-oss-clean' just put",
    ),
    ("no ACL", refuse(lambda r: "?acl" in r.target), {"acl"}, "PUT ?acl answered 501 NotImplemented"),
    ("ACL not shown", refuse(lambda r: asks(r, "GET", "?acl")), {"acl"}, "GET ?acl answered 501"),
    ("ACL over content", overwriting("acl"), {"acl"}, "PUT ?acl answered 200, but wrote over the object"),
    (
        "no meta",
        refuse(lambda r: "?objectMeta" in r.target),
        {"object-meta"},
        "HEAD ?objectMeta answered 501",
    ),
    (
        "no versions",
        changed(lambda r: is_plain(r, "PUT"), without("x-oss-version-id")),
        {"versions"},
        "two PUTs answered no two x-oss-version-ids",
    ),
    (
        "versioned bucket is gone",
        refuse(lambda r: r.target.startswith("/oss-clean-versioned/"), refused(404, "NoSuchBucket")),
        {"versions"},
        "PUT into the versioned bucket answered 404 NoSuchBucket",
    ),
    (
        "second bucket is gone",
        refuse(lambda r: r.target.startswith("/oss-clean-second/"), refused(404, "NoSuchBucket")),
        {"second-bucket"},
        "PUT into the second bucket answered 404 NoSuchBucket",
    ),
]


@pytest.mark.parametrize(("fault", "lost", "said"), [row[1:] for row in LACKS], ids=[row[0] for row in LACKS])
def test_a_server_that_lacks_something_is_proposed_all_the_rest(fault, lost, said):
    wrapped = Wrapped(fault)
    assert set(wrapped.probe()["claims"]) == ALL - lost
    assert any(said in wrapped.said(claim) for claim in lost)
