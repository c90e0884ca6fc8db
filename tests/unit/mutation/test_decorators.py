"""A fault is a function: it gets the call that it stands for, and memory of its own for each server."""

import pytest

from pytest_oss_clean.emulator import errors, random_credentials
from pytest_oss_clean.emulator.authentication import Authenticator
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.lifecycle import LifeCycle, State
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults.decorators import sender_fault, service_fault
from pytest_oss_clean.mutation.stage import ExecutionCount
from pytest_oss_clean.oss.messages import Request, Response


def service_with(fault):
    reached = ExecutionCount()
    return fault.make(reached)(credentials=[random_credentials()]), reached


@service_fault("needs_restore", "tiers", of=LifeCycle)
def changed_cycle(call, answer):
    call.reached()
    return answer if call.name == "needs_restore" else call.right()


def test_methods_of_the_life_cycle_are_replaced_and_others_left_alone():
    service, reached = service_with(changed_cycle("other"))
    assert service.life_cycle.needs_restore("Standard") == "other"
    assert service.life_cycle.tiers("Standard") == ()
    assert service.life_cycle.state(None, 0.0) is State.FROZEN
    assert reached.count == 2
    assert Service(credentials=[random_credentials()]).life_cycle.needs_restore("Standard") is False


@service_fault("check_time", of=Authenticator)
def timeless(call):
    call.refuse(errors.SKEWED)


def test_a_method_of_the_authenticator_refuses_and_is_counted():
    service, reached = service_with(timeless())
    with pytest.raises(OssError, match=errors.SKEWED.code):
        service.authenticator.check_time(None, None, 0.0)
    assert reached.count == 1


@service_fault("now")
def shifted(call, seconds):
    call.memory["calls"] = call.memory.get("calls", 0) + 1
    return call.right() + seconds * call.memory["calls"]


def test_each_server_has_memory_of_its_own():
    fault = shifted(1_000_000)
    first, second = service_with(fault)[0], service_with(fault)[0]
    assert first.now() < first.now() - 900_000
    assert second.now() < first.now() - 900_000


@sender_fault
def every_second(call, reason):
    right = call.right()
    return call.changed(right, Response(200, reason=reason)) if call.count() % 2 == 0 else right


def test_a_fault_in_front_of_a_server_counts_for_each_server_and_only_where_it_differs():
    reached, fault = ExecutionCount(), every_second("fine")
    senders = [fault.wrap(lambda _, was=was: Response(200, reason=was), reached) for was in ("ok", "fine")]
    request = Request("GET", "/b/n", ())
    assert [[sender(request).reason for _ in range(3)] for sender in senders] == [
        ["ok", "fine", "ok"],
        ["fine"] * 3,
    ]
    assert reached.count == 1
