"""Decorators that make faults of functions: inside the emulator's service, and in front of any server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, NoReturn, ParamSpec

from pytest_oss_clean.emulator.authentication import Authenticator
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import LifeCycle, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.mutation.faults.requests import ObjectHistories, ObjectHistory, asked, is_clean
from pytest_oss_clean.mutation.mutant import OnSender, OnService, Reached
from pytest_oss_clean.oss.messages import Operation, Request, Response, Sender

P = ParamSpec("P")
CLEAN = "clean_restored_object"


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call of a method that a fault replaces; `memory` belongs to the fault, one for each server."""

    owner: Any
    name: str
    given: tuple[Any, ...]
    method: Callable[..., Any]
    reached: Reached
    memory: dict[Any, Any]

    def right(self, *other: Any) -> Any:
        """Return what the method does without the fault, with `other` arguments or its own."""
        return self.method(*(other or self.given))

    @property
    def operation(self) -> Operation:
        return next(value for value in self.given if isinstance(value, Operation))

    @property
    def place(self) -> tuple[str, str]:
        return self.operation.bucket, self.operation.name

    @property
    def bucket(self) -> Bucket:
        bucket: Bucket = self.owner.find_bucket(self.operation)
        return bucket

    @property
    def thing(self) -> StoredObject:
        thing: StoredObject = self.owner.find_object(self.operation)
        return thing

    @property
    def versions(self) -> tuple[StoredObject, ...]:
        return tuple(self.bucket.objects.get(self.operation.name, ()))

    def state(self, thing: StoredObject) -> State:
        state: State = self.owner.life_cycle.state(thing.retrieval, self.owner.now())
        return state

    def answer(self, means: int | ErrorRow) -> Response:
        """Answer with a status or refuse, against the rule."""
        self.reached()
        if not isinstance(means, int):
            raise OssError(means)
        reply = next(value for value in self.given if isinstance(value, Reply))
        return reply.ok(means)

    def refuse(self, row: ErrorRow) -> NoReturn:
        self.reached()
        raise OssError(row)


def service_fault(
    *methods: str, of: type = Service
) -> Callable[[Callable[Concatenate[MethodCall, P], Any]], Callable[P, OnService]]:
    """Make a fault of a function that replaces methods of the service, its life cycle or authenticator."""

    def decorate(change: Callable[Concatenate[MethodCall, P], Any]) -> Callable[P, OnService]:
        @wraps(change)
        def fault(*args: P.args, **named: P.kwargs) -> OnService:
            def make(reached: Reached) -> type[Service]:
                memory: dict[Any, Any] = {}

                def replaced(name: str) -> Callable[..., Any]:
                    def method(self: Any, *given: Any) -> Any:
                        call = MethodCall(self, name, given, partial(right, self), reached, memory)
                        return change(call, *args, **named)

                    right = getattr(of, name)
                    return method

                return _serving(type("Faulty", (of,), {name: replaced(name) for name in methods}))

            return OnService(make)

        return fault

    return decorate


def _serving(kind: type) -> type[Service]:
    """Return a service with a life cycle or an authenticator of this kind, or the kind itself."""
    if issubclass(kind, Service):
        return kind

    class FaultyService(Service):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            if issubclass(kind, LifeCycle):
                self.life_cycle = kind()
            elif issubclass(kind, Authenticator):
                product = given.get("product", "oss")
                self.authenticator = kind(given["credentials"], self.region, self._clock, product)

    return FaultyService


@dataclass(frozen=True, slots=True)
class Interception:
    """A request in front of a server; `memory` belongs to the fault, one for each server.

    `past` is what is known of its object before the request.
    """

    request: Request
    sender: Sender
    histories: ObjectHistories
    past: ObjectHistory
    reached: Reached
    memory: dict[Any, Any]

    def right(self) -> Response:
        """Pass the request on, and remember what it shows of its object."""
        response = self.sender(self.request)
        self.histories.remember(self.request, response)
        return response

    def changed(self, right: Response, other: Response) -> Response:
        if other != right:
            self.reached()
        return other

    @property
    def asked(self) -> str:
        return asked(self.request)

    @property
    def is_clean(self) -> bool:
        return is_clean(self.request)

    def count(self, what: object = None) -> int:
        """Count one more of something, and return how many there are."""
        self.memory["count", what] = number = self.memory.get(("count", what), 0) + 1
        return int(number)


def sender_fault(change: Callable[Concatenate[Interception, P], Response]) -> Callable[P, OnSender]:
    """Make a fault of a function that answers intercepted requests."""

    @wraps(change)
    def fault(*args: P.args, **named: P.kwargs) -> OnSender:
        def wrap(sender: Sender, reached: Reached) -> Sender:
            histories, memory = ObjectHistories(), dict[Any, Any]()

            def intercept(request: Request) -> Response:
                past = histories.of(request)
                return change(Interception(request, sender, histories, past, reached, memory), *args, **named)

            return intercept

        return OnSender(wrap)

    return fault
