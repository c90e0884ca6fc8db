"""Faults of names and of routes: which object, and which operation, a request is taken for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import Level, Route, level, read_operation
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults.side_effects import Others
from pytest_oss_clean.mutation.faults.signature_scope import asks
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import CLEAN
from pytest_oss_clean.oss.messages import Operation, Request, Response
from pytest_oss_clean.oss.names import Query

HANDLER = "clean_restored_object"

Rename = Callable[[str], str]
Refuse = Callable[[Operation], ErrorRow | None]
"""Returns the row that an operation is refused with, None to carry it out."""


def alike(fold: Rename) -> Others:
    """Tell names that are the same once they are folded."""
    return lambda name, own: fold(name) == fold(own)


def renamed(rename: Rename, *, everywhere: bool = False) -> OnService:
    """Clean the object of another name than the one asked for; `everywhere` does all with it."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
                meant = level(operation) is Level.OBJECT if everywhere else handler == HANDLER
                name = rename(operation.name) if meant else operation.name
                if name != operation.name:
                    reached()
                    operation = replace(operation, name=name)
                return super().handle(handler, operation, reply)

        return Mutated

    return OnService(make)


def unchecked(*rows: ErrorRow) -> OnService:
    """Leave out the checks of a name that refuse with one of these rows."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def check_object_name(self, name: str) -> None:
                try:
                    super().check_object_name(name)
                except OssError as fault:
                    if fault.row not in rows:
                        raise
                    reached()

        return Mutated

    return OnService(make)


def in_first_bucket() -> OnService:
    """Clean in whatever bucket has an object of the name first."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
                having = [b.name for b in self.store.buckets.values() if b.current(operation.name)]
                other = having[-1] if having else operation.bucket
                if handler == HANDLER and other != operation.bucket:
                    reached()
                    operation = replace(operation, bucket=other)
                return super().handle(handler, operation, reply)

        return Mutated

    return OnService(make)


def refusing(refuse: Refuse) -> OnService:
    """Refuse some cleans."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                row = refuse(operation)
                if row is not None:
                    reached()
                    raise OssError(row)
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def cleaning(which: Callable[[Operation], bool]) -> OnService:
    """Take requests for a clean that are none."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def __call__(self, request: Request) -> Response:
                reply = Reply(request.method, request.header("host") or "", self._clock)
                try:
                    operation = read_operation(request, self._hosts)
                    if level(operation) is Level.OBJECT and which(operation):
                        self.authenticator.check(operation)
                        reached()
                        with self._lock:
                            return self.handle(HANDLER, operation, reply)
                except OssError as fault:
                    return reply.refuse(fault)
                return super().__call__(request)

        return Mutated

    return OnService(make)


def routed(*others: tuple[str, str]) -> OnService:
    """Answer cleans by some methods with the handlers of other operations."""

    def make(reached: Reached) -> type[Service]:
        added: dict[Route, str] = {(Level.OBJECT, method, CLEAN): handler for method, handler in others}

        class Mutated(Service):
            routes: ClassVar[Mapping[Route, str]] = {**Service.routes, **added}

            def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
                if any(name == CLEAN for name, _ in operation.query) and operation.method in dict(others):
                    reached()
                return super().handle(handler, operation, reply)

        return Mutated

    return OnService(make)


def named(query: Query) -> set[str]:
    """Return the names of parameters."""
    return {name for name, _ in query}


def unlisted(operation: Operation) -> Operation:
    """Return what a list of sub-resources without cleanRestoredObject signs."""
    return replace(operation, query=tuple(q for q in operation.query if q[0] != CLEAN))


def with_equals(operation: Operation) -> Operation:
    """Return what a list keeps that writes `=` behind every name."""
    return replace(operation, query=tuple((f"{n}=" if not v else n, v) for n, v in operation.query))


def bare(operation: Operation) -> bool:
    """Tell a sub-resource without `=`."""
    return (CLEAN, None) in operation.query


def equalled(operation: Operation) -> bool:
    """Tell a sub-resource with `=` and no value."""
    return (CLEAN, "") in operation.query


def untyped(operation: Operation) -> bool:
    """Tell a request without a Content-Type."""
    return operation.header("content-type") is None


def bodiless(operation: Operation) -> bool:
    """Tell a request without a body."""
    return not operation.body


def digested(operation: Operation) -> bool:
    """Tell a request with a Content-MD5 and no body."""
    return not operation.body and operation.header("content-md5") is not None


def versioned(operation: Operation) -> bool:
    """Tell a request that names a version."""
    return "versionId" in named(operation.query)


def more(operation: Operation) -> bool:
    """Tell a request with parameters that the page does not show."""
    return len(asks(operation)) > 1


def second(operation: Operation) -> bool:
    """Tell a request whose sub-resource does not come first."""
    return operation.query[0][0] != CLEAN


def mentioned(operation: Operation) -> bool:
    """Tell a request that is none, and has the word somewhere in its query."""
    return CLEAN not in named(operation.query) and any(v == CLEAN for _, v in operation.query)


def by_any_method(operation: Operation) -> bool:
    """Tell a request with the sub-resource, by another method than POST."""
    return CLEAN in named(operation.query) and operation.method != "POST"
