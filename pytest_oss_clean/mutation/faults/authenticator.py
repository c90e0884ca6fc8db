"""Faults of an authenticator: what it passes over, takes for right, refuses, or does though it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.authentication import Authenticator, Key
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import read_operation
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults.senders import is_clean
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import CLEAN, OSS_EC
from pytest_oss_clean.oss.messages import Operation, Request, Response
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.oss.verification import Presented, SignatureFormatError, present

Others = Callable[[Operation], Iterable[Operation]]
"""Operations that a signature may belong to as well."""

Signed = Callable[[Presented], bool]
"""Tells which signatures a fault is about."""


def every(_: Presented) -> bool:
    """Tell that a fault is about any signature."""
    return True


def on_authenticator(make: Callable[[Reached], type[Authenticator]]) -> OnService:
    """Put another authenticator into the service."""

    def build(reached: Reached) -> type[Service]:
        changed = make(reached)

        class Mutated(Service):
            def __init__(self, **given: Any) -> None:
                super().__init__(**given)
                product = given.get("product", "oss")
                self.authenticator = changed(given["credentials"], self.region, self._clock, product)

        return Mutated

    return OnService(build, admits=True)


@contextmanager
def passed_over(rows: tuple[ErrorRow, ...], reached: Reached) -> Iterator[None]:
    """Let pass what is refused with one of these rows."""
    try:
        yield
    except OssError as fault:
        if fault.row not in rows:
            raise
        reached()


def skipping(*rows: ErrorRow) -> OnService:
    """Leave out the check that refuses with one of these rows; those after it are made."""

    def make(reached: Reached) -> type[Authenticator]:
        class Skipping(Authenticator):
            def check_scope(
                self, operation: Operation, presented: Presented, signed_at: float | None
            ) -> None:
                with passed_over(rows, reached):
                    super().check_scope(operation, presented, signed_at)

            def check_headers(self, operation: Operation, presented: Presented) -> None:
                with passed_over(rows, reached):
                    super().check_headers(operation, presented)

            def check_time(self, presented: Presented, signed_at: float | None, now: float) -> None:
                with passed_over(rows, reached):
                    super().check_time(presented, signed_at, now)

            def check_token(self, operation: Operation, presented: Presented, known: Key, now: float) -> None:
                with passed_over(rows, reached):
                    super().check_token(operation, presented, known, now)

            def check_date(self, operation: Operation, presented: Presented) -> float | None:
                with passed_over(rows, reached):
                    return super().check_date(operation, presented)
                return self._clock()

        return Skipping

    return on_authenticator(make)


def skewed(*, ahead: bool, which: Signed) -> OnService:
    """Let in what was signed too long ago, or what is ahead of the time."""

    def make(reached: Reached) -> type[Authenticator]:
        class Skewed(Authenticator):
            def check_time(self, presented: Presented, signed_at: float | None, now: float) -> None:
                about = which(presented) and ((signed_at or 0.0) > now) is ahead
                with passed_over((errors.SKEWED,) if about else (), reached):
                    super().check_time(presented, signed_at, now)

        return Skewed

    return on_authenticator(make)


def admitting(*rows: ErrorRow) -> OnService:
    """Let in at once what should be refused with one of these rows."""

    def make(reached: Reached) -> type[Authenticator]:
        class Admitting(Authenticator):
            def check(self, operation: Operation) -> bool:
                with passed_over(rows, reached):
                    return super().check(operation)
                return True

        return Admitting

    return on_authenticator(make)


def refusing(which: Callable[[Presented, Key, float], bool], row: ErrorRow) -> OnService:
    """Refuse some cleans whose signatures are right; the last argument is their age in seconds."""

    def make(reached: Reached) -> type[Authenticator]:
        class Refusing(Authenticator):
            def check(self, operation: Operation) -> bool:
                signed = super().check(operation)
                presented = self.read(operation)
                if presented is None or not any(name == CLEAN for name, _ in operation.query):
                    return signed
                moment = self.check_date(operation, presented)
                age = 0.0 if moment is None else self._clock() - moment
                if which(presented, self.find_key(presented), age):
                    reached()
                    raise OssError(row)
                return signed

        return Refusing

    return on_authenticator(make)


def accepting(others: Others, which: Signed = every, *, unchecked: tuple[ErrorRow, ...] = ()) -> OnService:
    """Accept a signature that belongs to another operation, too; pass over what is `unchecked` before."""

    def fits(operation: Operation, known: Credentials) -> bool:
        with suppress(SignatureFormatError):
            presented = present(operation)
            return presented is not None and presented.verify(operation, known.secret)
        return False

    def make(reached: Reached) -> type[Authenticator]:
        class Accepting(Authenticator):
            def check_headers(self, operation: Operation, presented: Presented) -> None:
                with passed_over(unchecked, _nothing):
                    super().check_headers(operation, presented)

            def check_signature(self, operation: Operation, presented: Presented, known: Credentials) -> None:
                try:
                    super().check_signature(operation, presented, known)
                except OssError:
                    if not which(presented) or not any(fits(o, known) for o in others(operation)):
                        raise
                    reached()

        return Accepting

    return on_authenticator(make)


def comparing(same: Callable[[str, str], bool], which: Signed = every) -> OnService:
    """Compare the signature that should be there with the one that is, in another way."""

    def make(reached: Reached) -> type[Authenticator]:
        class Comparing(Authenticator):
            def check_signature(self, operation: Operation, presented: Presented, known: Credentials) -> None:
                try:
                    super().check_signature(operation, presented, known)
                except OssError:
                    right = presented.recompute(operation, known.secret).signature
                    if not which(presented) or not same(right, presented.signature):
                        raise
                    reached()

        return Comparing

    return on_authenticator(make)


def demanding(of: Callable[[Operation], Operation], which: Signed = every) -> OnService:
    """Compute the signature of another operation, and accept that one alone."""

    def make(reached: Reached) -> type[Authenticator]:
        class Demanding(Authenticator):
            def check_signature(self, operation: Operation, presented: Presented, known: Credentials) -> None:
                other = of(operation) if which(presented) else operation
                if other != operation:
                    reached()
                super().check_signature(other, presented, known)

        return Demanding

    return on_authenticator(make)


def telling_strangers(*rows: ErrorRow) -> OnService:
    """Answer what should be refused with one of these rows by the state of the object."""
    refusals = {row.ec for row in rows}

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def __call__(self, request: Request) -> Response:
                response = super().__call__(request)
                if response.header(OSS_EC) in refusals and is_clean(request):
                    reply = Reply(request.method, "", self._clock)
                    try:
                        with self._lock:
                            operation = read_operation(request, self._hosts)
                            thing = self.find_object(operation)
                            _, outcome = self.life_cycle.clean(
                                thing.storage_class, thing.retrieval, self.now()
                            )
                            if outcome is not Outcome.CLEANED:
                                self.response("CleanRestoredObject", outcome, reply)
                    except OssError as fault:
                        reached()
                        return reply.refuse(fault)
                return response

        return Mutated

    return OnService(make)


def obeying(*rows: ErrorRow) -> OnService:
    """Refuse with one of these rows, and clean all the same."""
    refusals = {row.ec for row in rows}

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def __call__(self, request: Request) -> Response:
                response = super().__call__(request)
                if response.header(OSS_EC) in refusals and is_clean(request):
                    with suppress(OssError), self._lock:
                        operation = read_operation(request, self._hosts)
                        before = self.find_object(operation)
                        self.clean_restored_object(operation, Reply(request.method, "", self._clock))
                        if self.find_object(operation) is not before:
                            reached()
                return response

        return Mutated

    return OnService(make)


def _nothing() -> None:
    """Count nothing: what is passed over here is decided later."""
