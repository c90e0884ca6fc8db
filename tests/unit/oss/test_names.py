from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.constants import CLEAN

# id, object name, and its path in strict encoding, where it arrives as meant through any HTTP library:
# dot segments are spelt %2E, a leading slash %2F.
NAMES = [
    ("plain", "ObjectName", "/ObjectName"),
    ("slash", "dir/sub/object.txt", "/dir/sub/object.txt"),
    ("space", "a b.txt", "/a%20b.txt"),
    ("plus", "a+b.txt", "/a%2Bb.txt"),
    ("pct2F", "a%2Fb.txt", "/a%252Fb.txt"),
    ("pct-lower", "a%2fb%e4.txt", "/a%252fb%25e4.txt"),
    ("pct-bare", "100%.txt", "/100%25.txt"),
    ("pct-25", "a%25b.txt", "/a%2525b.txt"),
    ("question", "what?.txt", "/what%3F.txt"),
    ("q-subres", "x?cleanRestoredObject", "/x%3FcleanRestoredObject"),
    ("hash", "a#b.txt", "/a%23b.txt"),
    ("amp-eq", "a&b=c.txt", "/a%26b%3Dc.txt"),
    ("tilde-star", "a~b*c.txt", "/a~b%2Ac.txt"),
    ("quotes", 'it\'s"q".txt', "/it%27s%22q%22.txt"),
    ("paren-bang", "(a)!b.txt", "/%28a%29%21b.txt"),
    ("backslash", "a\\b.txt", "/a%5Cb.txt"),
    ("double-slash", "a//b.txt", "/a//b.txt"),
    ("trailing-slash", "dir/", "/dir/"),
    ("dot", ".", "/%2E"),
    ("dotdot", "..", "/%2E%2E"),
    ("dot-seg", "a/./b.txt", "/a/%2E/b.txt"),
    ("dotdot-seg", "a/../b.txt", "/a/%2E%2E/b.txt"),
    ("lead-slash", "/lead.txt", "/%2Flead.txt"),
    ("lead-backslash", "\\lead.txt", "/%5Clead.txt"),
    ("cjk", "目录/对象.txt", "/%E7%9B%AE%E5%BD%95/%E5%AF%B9%E8%B1%A1.txt"),
    ("emoji", "😀.bin", "/%F0%9F%98%80.bin"),
    ("nfd", "e\u0301.txt", "/e%CC%81.txt"),
    ("nfc", "\u00e9.txt", "/%C3%A9.txt"),
    ("tab-lf", "a\tb\nc.txt", "/a%09b%0Ac.txt"),
    ("cr", "a\rb.txt", "/a%0Db.txt"),
    ("ctl", "\x01\x1f\x7f.bin", "/%01%1F%7F.bin"),
    ("nul", "a\x00b.bin", "/a%00b.bin"),
    ("colon-at", "a:b@c,d;e$f.txt", "/a%3Ab%40c%2Cd%3Be%24f.txt"),
    ("brackets", "[a]{b}|c^`d<e>.txt", "/%5Ba%5D%7Bb%7D%7Cc%5E%60d%3Ce%3E.txt"),
    ("edge-spaces", " a ", "/%20a%20"),
    ("zero", "0", "/0"),
    ("nbsp-zwsp", "a\xa0b\u200bc\u202ed.txt", "/a%C2%A0b%E2%80%8Bc%E2%80%AEd.txt"),
    ("url-like", "http://evil.example/x", "/http%3A//evil.example/x"),
    ("plus-only", "+", "/%2B"),
    ("pct-only", "%", "/%25"),
    ("long-1023", "é" * 511 + "a", "/" + "%C3%A9" * 511 + "a"),
]
IDS = [row[0] for row in NAMES]

# What a server sees: any text, and bytes that are no UTF-8 as surrogate escapes.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
RAW_NAMES = TEXTS | st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True)


@pytest.mark.parametrize(("name", "path"), [row[1:] for row in NAMES], ids=IDS)
@pytest.mark.parametrize("bucket", ["", "bucket"], ids=["virtual", "path-style"])
def test_a_name_has_one_strict_path(bucket, name, path):
    prefix = f"/{bucket}" if bucket else ""
    assert naming.target(bucket, name, ((CLEAN, None),)) == f"{prefix}{path}?{CLEAN}"


@pytest.mark.parametrize(("name", "path"), [row[1:] for row in NAMES], ids=IDS)
@pytest.mark.parametrize("suffix", ["", "="], ids=["bare", "with equals sign"])
def test_a_strict_path_reads_as_its_name(suffix, name, path):
    value = "" if suffix else None
    assert naming.read_target(f"{path}?{CLEAN}{suffix}", bucket="b") == ("b", name, ((CLEAN, value),))


@pytest.mark.parametrize("name", [row[1] for row in NAMES], ids=IDS)
def test_a_path_with_every_slash_encoded_reads_as_the_same_name(name):
    """The spelling of oss2 and Go v1."""
    assert naming.read_target("/b/" + quote(name, safe=""))[1] == name


@pytest.mark.parametrize("name", [row[1] for row in NAMES], ids=IDS)
def test_a_path_with_every_byte_encoded_reads_as_the_same_name(name):
    assert naming.read_target("/b/" + "".join(f"%{byte:02x}" for byte in name.encode()))[1] == name


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/b/a/../c", "a/../c"),
        ("/b/..", ".."),
        ("/b/.", "."),
        ("/b//lead", "/lead"),
        ("/b/a//", "a//"),
        ("/b/a+b", "a+b"),
        ("/b/a*b(c)!d'e", "a*b(c)!d'e"),
        ("/b/a;x=1", "a;x=1"),
        ("/b/a%252Fb", "a%2Fb"),
        ("/b/%25%32%46", "%2F"),
        ("/b/%FF%fe", "\udcff\udcfe"),
        ("/b/%C3", "\udcc3"),
        ("/b/\udcc3\udca9", "é"),
    ],
    ids=ascii,
)
def test_a_path_is_decoded_once_and_never_normalised(target, name):
    assert naming.read_target(target) == ("b", name, ())


@pytest.mark.parametrize("text", ["%", "%2", "%zz", "a%", "%%20", "%2G", "%-1", "% 1", "%\uff11\uff12"])
@pytest.mark.parametrize("place", ["/b/{}", "/{}/k", "/b/k?{}", "/b/k?x={}"])
def test_invalid_percent_encoding_is_refused_everywhere(place, text):
    with pytest.raises(naming.MalformedTargetError):
        naming.read_target(place.format(text))


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", ()),
        ("a", (("a", None),)),
        ("a=", (("a", ""),)),
        ("a=b=c", (("a", "b=c"),)),
        ("&&a&&b&", (("a", None), ("b", None))),
        ("a=x+y", (("a", "x y"),)),
        ("a=x%2By%20z", (("a", "x+y z"),)),
        ("a=1&a=2&a", (("a", "1"), ("a", "2"), ("a", None))),
        ("a?b", (("a?b", None),)),
        ("=x", (("", "x"),)),
        ("a%3Db=1", (("a=b", "1"),)),
        ("x=a/b:c@d", (("x", "a/b:c@d"),)),
        ("%FF", (("\udcff", None),)),
    ],
    ids=ascii,
)
def test_a_query_keeps_order_repetitions_and_missing_equals_signs(query, parameters):
    assert naming.read_target(f"/b/k?{query}") == ("b", "k", parameters)


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("/", ("", "", ())),
        ("/?acl", ("", "", (("acl", None),))),
        ("/b", ("b", "", ())),
        ("/b/", ("b", "", ())),
        ("/b?acl", ("b", "", (("acl", None),))),
        ("/b%2Dc/k", ("b-c", "k", ())),
        ("//k", ("", "k", ())),
        ("http://127.0.0.1:80/b/k?acl", ("b", "k", (("acl", None),))),
        ("http://127.0.0.1:80", ("", "", ())),
        ("http://127.0.0.1:80?acl", ("", "", (("acl", None),))),
        ("/b/http://x/y", ("b", "http://x/y", ())),
        ("/b/k?x=http://y/z", ("b", "k", (("x", "http://y/z"),))),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_first_segment_is_the_bucket_unless_the_host_names_it(target, parts):
    assert naming.read_target(target) == parts


@pytest.mark.parametrize("target", ["/b/k", "/b/k?acl", "//k", "/"])
def test_a_bucket_in_the_host_leaves_the_whole_path_to_the_name(target):
    bucket, name, _ = naming.read_target(target, bucket="host")
    assert (bucket, name) == ("host", target.partition("?")[0].removeprefix("/"))


@settings(deadline=None, max_examples=200)
@given(bucket=BUCKETS, name=RAW_NAMES, path_style=st.booleans())
def test_every_name_survives_its_way_into_a_target_and_back(bucket, name, path_style):
    target = naming.target(bucket if path_style else "", name)
    assert naming.read_target(target, bucket="" if path_style else bucket) == (bucket, name, ())


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(RAW_NAMES.filter(bool), st.none() | RAW_NAMES), max_size=4).map(tuple))
def test_every_query_survives_its_way_into_a_target_and_back(query):
    assert naming.read_target(naming.target("b", "k", query))[2] == query


@settings(deadline=None, max_examples=200)
@given(name=RAW_NAMES)
def test_a_target_holds_nothing_that_http_libraries_rewrite(name):
    path = naming.target("", name)
    assert path.isascii()
    assert not set(path) & set("\"'<>`{}|\\^ ?#+*()!;,:@&=$[]")
    assert not path.startswith("//")
    assert not {".", ".."} & set(path.split("/"))


@pytest.mark.parametrize("bucket", ["a b", "a?b", "a#b", "a%b", "..", "名"])
def test_even_an_impossible_bucket_name_arrives_as_meant(bucket):
    target = naming.target(bucket, "k")
    assert target.isascii()
    assert naming.read_target(target) == (bucket, "k", ())


@pytest.mark.parametrize("bucket", ["abc", "a-b", "0" * 63, "9a9"])
def test_possible_bucket_names_have_no_problem(bucket):
    assert naming.bucket_name_problem(bucket) is None


@pytest.mark.parametrize("bucket", ["", "ab", "a" * 64, "-ab", "ab-", "aBc", "a_b", "a.b", "abc\n", "äbc"])
def test_impossible_bucket_names_have_one(bucket):
    assert "3 to 63 characters" in naming.bucket_name_problem(bucket)


@pytest.mark.parametrize("name", [row[1] for row in NAMES if not row[0].startswith("lead")])
def test_possible_object_names_have_no_problem(name):
    assert naming.object_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "not 0"),
        ("é" * 512, "not 1024"),
        ("/a", "does not start with"),
        ("\\a", "does not start with"),
        ("\udcff", "UTF-8"),
        ("a\ud800", "UTF-8"),
    ],
    ids=["empty", "too long", "slash", "backslash", "raw byte", "surrogate"],
)
def test_impossible_object_names_have_one(name, problem):
    assert problem in naming.object_name_problem(name)
