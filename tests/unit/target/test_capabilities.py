"""What `oss-clean probe` proposes, and that it neither leaves nor believes more than it should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lacking_services import ALL, GONE, Wrapped, asks, changed, refuse, refused, signed
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Response, TransportError, TransportErrorKind
from pytest_oss_clean.target.capabilities import PROBES, probe
from pytest_oss_clean.target.config.claims import CLAIMS


def at_once(service, request):
    response = service(request)
    if asks(request, "POST", "?restore"):
        service.advance(86_400)
    return response


def test_every_claim_has_a_probe():
    assert PROBES.keys() == CLAIMS.keys()


def test_the_emulator_shows_all_but_instant_restore_and_keeps_nothing():
    wrapped = Wrapped()
    snippet = wrapped.probe()
    assert set(snippet["claims"]) == ALL
    assert snippet.keys() == {"claims"}
    assert {line[2:].split(": ")[0] for line in wrapped.lines[:-1]} == {*CLAIMS, "clean"}
    assert not any(wrapped.service.inventory().values())
    assert 'shows ongoing-request="true"' in wrapped.said("instant-restore")


def test_everything_asked_is_about_objects_of_the_probes_own():
    wrapped = Wrapped()
    wrapped.probe()
    prefix = wrapped.target.prefix.replace("/", "%2F")
    for request in wrapped.requests:
        own = f"/{wrapped.target.prefix}probe-" in request.target
        assert own or f"prefix={prefix}" in request.target


def test_a_restore_that_is_complete_at_once_is_seen():
    wrapped = Wrapped(at_once)
    assert set(wrapped.probe()["claims"]) == set(CLAIMS)
    assert 'HEAD at once shows ongoing-request="false"' in wrapped.said("instant-restore")


def test_a_refused_restore_is_not_an_instant_one():
    wrapped = Wrapped(refuse(lambda r: "?restore" in r.target))
    assert set(wrapped.probe()["claims"]) == ALL
    assert (
        wrapped.said("instant-restore") == "POST ?restore of a ColdArchive object answered 501 NotImplemented"
    )


def test_without_v4_all_is_asked_with_v1_and_the_file_must_say_so():
    wrapped = Wrapped(refuse(lambda r: signed(r, "OSS4")))
    assert wrapped.probe()["signature"] == "V1"
    assert wrapped.said("region") == "not asked: V4 signs the region, and is not accepted"


def test_without_a_cold_class_the_file_says_that_it_is_not_enough():
    wrapped = Wrapped(refuse(lambda r: "Cold" in (r.header("x-oss-storage-class") or "")))
    assert {"ColdArchive", "DeepColdArchive"}.isdisjoint(wrapped.probe()["claims"])
    assert "# not enough for a run, which needs a cold class: ColdArchive or DeepColdArchive" in wrapped.lines


@pytest.mark.parametrize(
    ("claim", "changes", "said"),
    [
        ("versions", {"versioned_bucket": ""}, "name a bucket with --oss-versioned-bucket"),
        ("second-bucket", {"second_bucket": ""}, "name a bucket with --oss-second-bucket"),
        ("STS", {"sts": None}, "OSS_SESSION_TOKEN is not set"),
        ("region", {"claims": frozenset()}, "--oss-no-hostile-auth"),
    ],
)
def test_what_cannot_be_asked_is_not_proposed_and_says_why(claim, changes, said):
    wrapped = Wrapped()
    assert set(wrapped.probe(**changes)["claims"]) == ALL - {claim}
    assert wrapped.said(claim) == f"not asked: {said}"


def test_no_hostile_auth_sends_nothing_for_another_region():
    wrapped = Wrapped()
    wrapped.probe(claims=frozenset())
    assert not any("cn-beijing" in str(request.headers) for request in wrapped.requests)


PUBLIC = Endpoint("http", "oss-cn-hangzhou.aliyuncs.com", 80)


def test_path_style_is_asked_beside_a_bucket_in_the_host():
    wrapped = Wrapped(
        refuse(lambda r: r.header("host") == PUBLIC.host, refused(403, "SecondLevelDomainForbidden"))
    )
    claims = set(wrapped.probe(endpoint=PUBLIC, addressing=Addressing.VIRTUAL)["claims"])
    assert claims == ALL - {"path-style"}
    assert "answered 403 SecondLevelDomainForbidden" in wrapped.said("path-style")


def test_a_server_without_names_for_buckets_is_asked_in_the_path():
    unknown = Response(0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, "no such name"))
    wrapped = Wrapped(refuse(lambda r: r.header("host") != PUBLIC.host, unknown))
    assert set(wrapped.probe(endpoint=PUBLIC, addressing=Addressing.VIRTUAL)["claims"]) == ALL


def test_a_busy_server_is_asked_again():
    seen = set()

    def busy(service, request):
        kind = (request.method, request.target.partition("?")[2][:4])
        if kind in seen:
            return service(request)
        seen.add(kind)
        return refused(429, "TooManyRequests")

    assert set(Wrapped(busy).probe()["claims"]) == ALL


def test_a_server_that_hangs_up_on_one_operation_is_asked_for_the_others():
    wrapped = Wrapped(refuse(lambda r: "?tagging" in r.target or "?acl" in r.target, GONE))
    assert set(wrapped.probe()["claims"]) == ALL - {"tags", "acl"}
    assert "connection closed" in wrapped.said("tags")


def test_a_server_that_goes_away_is_not_judged_by_silence():
    wrapped = Wrapped()
    lines = probe(wrapped.target)
    for line in lines:
        if line.startswith("# tags: "):
            break
    wrapped.fault = lambda _service, _request: GONE
    with pytest.raises(NotTestedError, match="answers no more: connection closed"):
        list(lines)
    assert wrapped.target.ledger.left


def test_a_server_that_takes_no_object_says_so_for_every_way_of_asking():
    wrapped = Wrapped(refuse(lambda r: r.method == "PUT", refused(403, "AccessDenied")))
    with pytest.raises(NotTestedError) as raised:
        wrapped.probe()
    text = str(raised.value)
    assert "signed with V4, path-style: 403 AccessDenied" in text
    assert "signed with V1, path-style: 403 AccessDenied" in text
    assert len(wrapped.requests) == 2


def test_waiting_until_a_server_is_ready():
    responses = iter([GONE] * 4)
    wrapped = Wrapped(lambda service, request: next(responses, None) or service(request))
    assert any("claims = " in line for line in probe(wrapped.target, wait_ready=30))
    responses = iter([GONE] * 4)
    with pytest.raises(NotTestedError, match="takes no small object"):
        list(probe(wrapped.target))


def test_the_time_of_a_run_ends_a_probe():
    wrapped = Wrapped()
    wrapped.target.pace.max_wall = 1e-9
    with pytest.raises(NotTestedError, match="--oss-max-wall"):
        list(probe(wrapped.target))
    assert wrapped.target.ledger.left == {}


@pytest.mark.parametrize("code", ["A\nclaims = []\n#", "A\r\u2028\x1b[2Jclaims = []"])
def test_nothing_that_a_server_says_becomes_more_than_a_comment(code):
    wrapped = Wrapped(refuse(lambda r: "?tagging" in r.target, refused(501, code.replace("\x1b", "&#x9;"))))
    assert set(wrapped.probe()["claims"]) == ALL - {"tags"}
    assert all(line.startswith(("# ", "claims = ")) and line.isprintable() for line in wrapped.lines)


def test_a_server_that_verifies_no_signature_is_proposed_none():
    wrapped = Wrapped(
        changed(
            lambda request: request.method == "HEAD",
            lambda response: replace(response, status=200) if response.status == 403 else response,
        )
    )
    claims = set(wrapped.probe()["claims"])
    assert not claims & {"V4", "V1", "presigned"}
    for claim in ("V4", "V1", "presigned"):
        assert "but one with a wrong secret answered 200" in wrapped.said(claim)
    assert any("not enough for a run, which needs a signature" in line for line in wrapped.lines)


def test_without_hostile_requests_a_signature_is_proposed_with_what_was_not_tried():
    wrapped = Wrapped()
    tame = wrapped.target.claims - {"hostile-auth"}
    assert "V4" in wrapped.probe(claims=tame)["claims"]
    assert "a wrong secret was not tried: --oss-no-hostile-auth" in wrapped.said("V4")
