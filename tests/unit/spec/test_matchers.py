"""Matchers read as the strictest SDK reads, and compare what values mean."""

import pytest

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.matchers import (
    SINGLE,
    Agrees,
    Before,
    Entry,
    ErrorField,
    ExpiryAhead,
    Header,
    Is,
    Matcher,
    Path,
    Refusal,
    RestoreIs,
    Same,
    SentOnce,
    VersionEntry,
    meaning,
)

NOW = ("Date", "Sun, 16 Apr 2017 07:00:00 GMT")


def restored(expiry):
    return Response(200, (NOW, ("x-oss-restore", f'ongoing-request="false"{expiry}')))


@pytest.mark.parametrize(
    ("expiry", "says"),
    [
        (', expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"', ""),
        ("", "not with an expiry-date"),
        (', expiry-date=""', "not a date"),
        (', expiry-date="2017-04-16T08:12:33Z"', "not a date"),
        (', expiry-date="Sun, 16 Apr 2017 08:12:33 +0000"', "not a date"),
        (', expiry-date="Sun, 16 Apr 2017 06:12:33 GMT"', "not still to come"),
    ],
)
def test_the_expiry_of_a_restored_object_is_a_date_that_every_sdk_reads(expiry, says):
    problem = ExpiryAhead().problem(restored(expiry), None)
    assert says in problem
    assert bool(problem) is bool(says)


@pytest.mark.parametrize("name", SINGLE)
def test_a_header_with_one_value_is_sent_once(name):
    once = Response(200, ((name, "1"), ("Vary", "a"), ("Vary", "b")))
    assert not SentOnce().problem(once, None)
    again = Response(200, (*once.headers, (name.upper(), "2")))
    assert name in SentOnce().problem(again, None)


SAME = [
    ('"ABC"', '"abc"'),
    ('"ABC"', 'W/"ABC"'),
    ("Sun, 16 Apr 2017 08:12:33 GMT", "Sunday, 16-Apr-17 08:12:33 GMT"),
    ("2017-04-16T08:12:33.000Z", "2017-04-16T08:12:33Z"),
    ('ongoing-request="true"', 'ongoing-request = "true"'),
    (
        'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"',
        'expiry-date="Sun, 16 Apr 2017 08:12:33 GMT",ongoing-request="false"',
    ),
]
OTHER = [
    ('"ABC"', '"ABD"'),
    ("ABC", "abc"),
    ("Sun, 16 Apr 2017 08:12:33 GMT", "Sun, 16 Apr 2017 08:12:34 GMT"),
    ('ongoing-request="true"', 'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"'),
    (
        'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"',
        'ongoing-request="false", expiry-date="Mon, 17 Apr 2017 08:12:33 GMT"',
    ),
    ("a", None),
    ("", None),
]


@pytest.mark.parametrize(("one", "other"), [*SAME, *OTHER])
def test_values_are_compared_by_what_they_mean(one, other):
    def response(value):
        return Response(200, (("x", value),) if value is not None else ())

    before = Before(response(one), b"")
    problem = Same(Header("x")).problem(response(other), before)
    assert bool(problem) is ((one, other) in OTHER)
    assert (meaning(one) == meaning(other)) is ((one, other) in SAME)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, "frozen"),
        ('ongoing-request="true"', "restoring"),
        ('ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"', "restored"),
        ('ongoing-request="maybe"', "unreadable"),
        ("", "unreadable"),
    ],
)
def test_a_restore_is_in_one_state(value, state):
    response = Response(200, () if value is None else (("x-oss-restore", value),))
    states = ("frozen", "restoring", "restored", "unreadable")
    assert [s for s in states if not RestoreIs((s,)).problem(response, None)] == [state]


LIST = b"""<ListBucketResult xmlns="urn:x"><Contents><Key>a/b</Key><Size>2</Size></Contents>
<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>"""
VERSIONS = b"""<R><Version><IsLatest>false</IsLatest><Size>1</Size></Version>
<Version><IsLatest>true</IsLatest><Size>2</Size></Version></R>"""
ERROR = b"<Error><Code>C</Code><Message>M</Message><EC>1</EC></Error>"


@pytest.mark.parametrize(
    ("source", "body", "value"),
    [
        (Entry("Size"), LIST, "1"),
        (Entry("Owner"), LIST, None),
        (VersionEntry(latest=True, field="Size"), VERSIONS, "2"),
        (VersionEntry(latest=False, field="Size"), VERSIONS, "1"),
        (Path("Contents/Key"), LIST, "a, a/b"),
        (Path("Other"), LIST, None),
        (ErrorField("Code"), ERROR, "C"),
        (ErrorField("EC"), ERROR, "1"),
        (ErrorField("RequestId"), ERROR, None),
        (Entry("Size"), b"no XML", None),
    ],
)
def test_a_source_reads_one_value(source, body, value):
    assert source.read(Response(400, (), body)) == value
    matcher = Is(source, value or "other")
    assert bool(matcher.problem(Response(400, (), body), None)) is (value is None)
    assert Matcher.from_json(matcher.to_json()) == matcher


WITHOUT, IN_BODY = (b"<Error><Code>A</Code>%s</Error>" % i for i in (b"", b"<RequestId>5C3D</RequestId>"))


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        ((("x-oss-request-id", "5C3D"),), IN_BODY, ""),
        ((), WITHOUT, "RequestId and x-oss-request-id are both absent"),
        ((), IN_BODY, "RequestId is '5C3D', x-oss-request-id is absent"),
        ((("x-oss-request-id", "5C3E"),), WITHOUT, "RequestId is absent, x-oss-request-id is '5C3E'"),
        ((("x-oss-request-id", "5C3E"),), IN_BODY, "RequestId is '5C3D', not '5C3E' as in x-oss-request-id"),
    ],
)
def test_two_places_agree_or_it_is_said_what_stands_in_each(headers, body, problem):
    agrees = Agrees(ErrorField("RequestId"), Header("x-oss-request-id"))
    assert agrees.problem(Response(409, headers, body), None) == problem


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (403, ""),
        (200, "status is 200, not 4xx: the request was not refused"),
        (302, "status is 302, not 4xx: the request was not refused"),
        (501, "status is 501, not 4xx"),
    ],
)
def test_what_a_server_cannot_do_is_not_called_taken(status, problem):
    assert Refusal().problem(Response(status), None) == problem
