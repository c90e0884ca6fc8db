"""Faults of names and of routes: which object, and which operation, a request is taken for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.operations import Level
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import level, read_operation
from pytest_oss_clean.mutation.faults.authenticator import passed_over
from pytest_oss_clean.mutation.faults.decorators import CLEAN as HANDLER
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.names import Query

Rename = Callable[[str], str]


def alike(fold: Rename) -> Callable[[str, str], bool]:
    """Recognise names that are the same once they are folded."""
    return lambda name, own: fold(name) == fold(own)


@service_fault("handle")
def renamed(call: MethodCall, rename: Rename, *, everywhere: bool = False) -> object:
    """Clean the object of another name than the one asked for; `everywhere` does all with it."""
    handler, operation, reply = call.given
    meant = level(operation) is Level.OBJECT if everywhere else handler == HANDLER
    name = rename(operation.name) if meant else operation.name
    if name != operation.name:
        call.reached()
        operation = replace(operation, name=name)
    return call.right(handler, operation, reply)


@service_fault("check_object_name")
def unchecked(call: MethodCall, *rows: ErrorRow) -> None:
    """Leave out the checks of a name that refuse with one of these rows."""
    with passed_over(rows, call.reached):
        call.right()


@service_fault("handle")
def in_first_bucket(call: MethodCall) -> object:
    handler, operation, reply = call.given
    having = [b.name for b in call.owner.store.buckets.values() if b.current(operation.name)]
    other = having[-1] if having else operation.bucket
    if handler == HANDLER and other != operation.bucket:
        call.reached()
        operation = replace(operation, bucket=other)
    return call.right(handler, operation, reply)


@service_fault("find_bucket")
def in_any_bucket(call: MethodCall) -> object:
    """Take a bucket that does not exist for the first one."""
    with passed_over((errors.NO_SUCH_BUCKET,), call.reached):
        return call.right()
    return next(iter(call.owner.store.buckets.values()))


@service_fault("__call__")
def cleaning(call: MethodCall, which: Callable[[Operation], bool]) -> object:
    service, (request,) = call.owner, call.given
    reply = Reply(request.method, request.header("host") or "", service._clock)  # noqa: SLF001
    try:
        operation = read_operation(request, service._hosts)  # noqa: SLF001
        if level(operation) is Level.OBJECT and which(operation):
            service.authenticator.check(operation)
            call.reached()
            with service._lock:  # noqa: SLF001
                return service.handle(HANDLER, operation, reply)
    except OssError as fault:
        return reply.refuse(fault)
    return call.right()


@service_fault("admit")
def routed(call: MethodCall, method: str) -> object:
    """Answer cleans by a method as if the sub-resource were not there."""
    operation = call.right()
    if operation.method != method or CLEAN not in parameters(operation.query):
        return operation
    call.reached()
    return unlisted(operation)


def parameters(query: Query) -> set[str]:
    return {name for name, _ in query}


def unlisted(operation: Operation) -> Operation:
    """Return what a list of sub-resources without cleanRestoredObject signs."""
    return replace(operation, query=tuple(q for q in operation.query if q[0] != CLEAN))


def with_equals(operation: Operation) -> Operation:
    """Return what a list keeps that writes `=` behind every name."""
    return replace(operation, query=tuple((f"{n}=" if not v else n, v) for n, v in operation.query))


def mentioned(operation: Operation) -> bool:
    """Recognise a request that is no clean and has the word somewhere in its query."""
    return CLEAN not in parameters(operation.query) and any(v == CLEAN for _, v in operation.query)


def by_any_method(operation: Operation) -> bool:
    return CLEAN in parameters(operation.query) and operation.method != "POST"
