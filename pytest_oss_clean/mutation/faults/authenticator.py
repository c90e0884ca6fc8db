"""Faults of an authenticator: what it passes over, takes for right, refuses, or does though it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.authentication import Authenticator, Key
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import read_operation
from pytest_oss_clean.mutation.faults.decorators import MethodCall, service_fault
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.mutation.mutant import Reached
from pytest_oss_clean.oss.constants import CLEAN, OSS_EC
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.oss.verification import Presented, SignatureFormatError, present

Others = Callable[[Operation], Iterable[Operation]]
"""Operations that a signature may belong to as well."""

Signed = Callable[[Presented], bool]
"""Chooses the signatures that a fault is about."""


def every(_: Presented) -> bool:
    return True


@contextmanager
def passed_over(rows: tuple[ErrorRow, ...], reached: Reached | None = None) -> Iterator[None]:
    """Let pass what is refused with one of these rows."""
    try:
        yield
    except OssError as fault:
        if fault.row not in rows:
            raise
        if reached is not None:
            reached()


@service_fault("check_scope", "check_headers", "check_time", "check_token", "check_date", of=Authenticator)
def skipping(call: MethodCall, *rows: ErrorRow) -> object:
    """Leave out the check that refuses with one of these rows; those after it are made."""
    with passed_over(rows, call.reached):
        return call.right()
    return call.owner._clock()  # noqa: SLF001 - the date that a request without one counts as signed at


@service_fault("check_time", of=Authenticator)
def lenient_in_time(call: MethodCall, *, ahead: bool, which: Signed) -> None:
    """Let in what was signed too long ago, or what is ahead of the time."""
    presented, signed_at, now = call.given
    about = which(presented) and ((signed_at or 0.0) > now) is ahead
    with passed_over((errors.SKEWED,) if about else (), call.reached):
        call.right()


@service_fault("check", of=Authenticator)
def admitting(call: MethodCall, *rows: ErrorRow) -> object:
    """Let in at once what should be refused with one of these rows."""
    with passed_over(rows, call.reached):
        return call.right()
    return True


@service_fault("check", of=Authenticator)
def rejecting(call: MethodCall, which: Callable[[Presented, Key, float], bool], row: ErrorRow) -> object:
    """Refuse some cleans whose signatures are right; the last argument of `which` is their age in seconds."""
    signed, owner, operation = call.right(), call.owner, call.operation
    presented = owner.read(operation)
    if presented is not None and any(name == CLEAN for name, _ in operation.query):
        moment = owner.check_date(operation, presented)
        age = 0.0 if moment is None else owner._clock() - moment  # noqa: SLF001
        if which(presented, owner.find_key(presented), age):
            call.refuse(row)
    return signed


def _fits(operation: Operation, known: Credentials) -> bool:
    with suppress(SignatureFormatError):
        presented = present(operation)
        return presented is not None and presented.verify(operation, known.secret)
    return False


@service_fault("check_headers", "check_signature", of=Authenticator)
def accepting(
    call: MethodCall, others: Others, which: Signed = every, *, unchecked: tuple[ErrorRow, ...] = ()
) -> None:
    """Accept a signature that belongs to another operation, too; pass over what is `unchecked` before."""
    if call.name == "check_headers":
        with passed_over(unchecked):
            call.right()
        return
    operation, presented, known = call.given
    try:
        call.right()
    except OssError:
        if not which(presented) or not any(_fits(other, known) for other in others(operation)):
            raise
        call.reached()


@service_fault("check_signature", of=Authenticator)
def comparing(call: MethodCall, same: Callable[[str, str], bool], which: Signed = every) -> None:
    operation, presented, known = call.given
    try:
        call.right()
    except OssError:
        right = presented.recompute(operation, known.secret).signature
        if not which(presented) or not same(right, presented.signature):
            raise
        call.reached()


@service_fault("check_signature", of=Authenticator)
def signature_of(call: MethodCall, of: Callable[[Operation], Operation], which: Signed = every) -> None:
    """Compute the signature of another operation, and accept that one alone."""
    operation, presented, known = call.given
    other = of(operation) if which(presented) else operation
    if other != operation:
        call.reached()
    call.right(other, presented, known)


def _refused_clean(call: MethodCall, response: Response, rows: tuple[ErrorRow, ...]) -> bool:
    return response.header(OSS_EC) in {row.ec for row in rows} and is_clean(call.given[0])


@service_fault("__call__")
def state_told(call: MethodCall, *rows: ErrorRow) -> Response:
    """Answer what should be refused with one of these rows by the state of the object."""
    response: Response = call.right()
    if not _refused_clean(call, response, rows):
        return response
    service, request = call.owner, call.given[0]
    reply = Reply(request.method, "", service._clock)  # noqa: SLF001
    try:
        with service._lock:  # noqa: SLF001
            thing = service.find_object(read_operation(request, service._hosts))  # noqa: SLF001
            _, outcome = service.life_cycle.clean(thing.storage_class, thing.retrieval, service.now())
            if outcome is not Outcome.CLEANED:
                service.response("CleanRestoredObject", outcome, reply)
    except OssError as fault:
        call.reached()
        return reply.refuse(fault)
    return response


@service_fault("__call__")
def cleaned_although(call: MethodCall, *rows: ErrorRow) -> Response:
    """Refuse with one of these rows, and clean all the same."""
    response: Response = call.right()
    if _refused_clean(call, response, rows):
        service, request = call.owner, call.given[0]
        with suppress(OssError), service._lock:  # noqa: SLF001
            operation = read_operation(request, service._hosts)  # noqa: SLF001
            before = service.find_object(operation)
            service.clean_restored_object(operation, Reply(request.method, "", service._clock))  # noqa: SLF001
            if service.find_object(operation) is not before:
                call.reached()
    return response
