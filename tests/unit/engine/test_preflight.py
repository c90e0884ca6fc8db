"""The preflight: one small object tells whether a target can be tested at all."""

import time

import pytest

from pytest_oss_clean.engine.preflight import preflight
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.target.open import memory_target

REFUSED = Response(
    0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, "connection refused by 127.0.0.1:1")
)


def answering(method, response, times=99):
    """Return a wrapper that gives `answer` to the first requests of a method."""

    def wrap(service):
        left = [times]

        def sender(request):
            if request.method == method and left[0]:
                left[0] -= 1
                return response
            return service(request)

        return sender

    return wrap


def test_a_sound_target_is_left_as_it_was():
    services = []
    target = memory_target(lambda service: services.append(service) or service)
    preflight(target)
    assert not any(services[0].inventory().values())
    assert target.ledger.left == {}
    assert target.unusable == ""


@pytest.mark.parametrize(
    ("method", "response", "cause"),
    [
        ("HEAD", REFUSED, "cannot be reached: unreachable: connection refused by 127.0.0.1:1"),
        ("HEAD", Response(200), "HEAD of an object that does not exist: 200, not 404"),
        ("HEAD", Response(302), "HEAD of an object that does not exist: 302, not 404"),
        ("PUT", Response(403), "PUT of a small object: 403, not 200"),
        ("PUT", Response(500), "PUT of a small object: 500, not 200"),
        ("DELETE", Response(204), "HEAD of the deleted object: 200, not 404"),
    ],
)
def test_a_target_that_cannot_be_tested_is_told_by_its_first_wrong_step(method, response, cause):
    with pytest.raises(NotTestedError) as raised:
        preflight(memory_target(answering(method, response)))
    assert cause in str(raised.value)


def test_a_delete_that_is_refused_is_noted_as_left_behind():
    target = memory_target(answering("DELETE", Response(403)))
    with pytest.raises(NotTestedError, match="DELETE of the small object: 403, not 204"):
        preflight(target)
    assert target.left_behind == [f"{target.prefix}preflight"]


def test_a_refused_put_leaves_nothing_to_delete():
    target = memory_target(answering("PUT", Response(403)))
    with pytest.raises(NotTestedError):
        preflight(target)
    assert target.ledger.left == {}
    assert target.left_behind == []


def test_a_target_may_be_waited_for():
    target = memory_target(answering("HEAD", REFUSED, times=2))
    preflight(target, wait_ready=10.0)
    assert target.unusable == ""


def test_waiting_ends():
    begun = time.monotonic()
    with pytest.raises(NotTestedError, match="cannot be reached"):
        preflight(memory_target(answering("HEAD", REFUSED)), wait_ready=0.5)
    assert time.monotonic() - begun >= 0.5
