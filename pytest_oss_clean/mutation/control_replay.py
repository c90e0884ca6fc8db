"""A faulty server before the control's own requests: which contracts it can touch at all.

Rule: a contract's run is made of the answers it gets. A server that gives each request of the control's
run the very answer which the control gave, and passes on nothing else, would have been asked the same,
and the outcome would be the control's; that contract need not be run. Clock and ids are those of the
control's run, so that "the very answer" means every byte of it. What is not told so is run: races,
made-up data, servers that count over contracts. No kill is taken from here: whoever kills has run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from pytest_oss_clean.emulator.authentication import Authenticator
from pytest_oss_clean.emulator.errors import ErrorRow, Extras, OssError
from pytest_oss_clean.emulator.routing import HostNames, read_operation
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutant import OnSender, OnService
from pytest_oss_clean.mutation.stage import Counter
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.messages import Headers, Operation, Request, Response
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.open import memory_target

TOKENS_A_REQUEST = 1 << 20
_ODD = 0x9E3779B97F4A7C15F39CC0605CEDC834_1082276BF3A27251F86C6A11D0C18E95_9E3779B97F4A7C15
"""Spreads counted tokens over all their digits."""

Refusal = tuple[ErrorRow, Extras, Headers]


class Still:
    """Clock, timer and ids that stand still between requests, and can be put where they were."""

    def __init__(self) -> None:
        """Begin now."""
        self.moment = time.time()
        self._tokens = 0

    def put(self, moment: float, number: int) -> None:
        """Stand where the request of this number was answered."""
        self.moment = moment
        self._tokens = number * TOKENS_A_REQUEST

    def clock(self) -> float:
        """Return the time at which the request came."""
        return self.moment

    def token(self, size: int) -> str:
        """Return the next id of so many bytes."""
        self._tokens += 1
        return f"{self._tokens * _ODD % (1 << 8 * size):0{2 * size}x}"

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of a service that goes by it; answering takes no time there."""
        return {"clock": self.clock, "token": self.token, "timer": lambda: 0.0}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the control's run with its answer.

    `operation` is what it means, None where that cannot be told. `signed` says that the authenticator
    found a signature in it, and `refusal` why it did not take it.
    """

    number: int
    moment: float
    request: Request
    response: Response
    operation: Operation | None = None
    signed: bool = False
    refusal: Refusal | None = None


@dataclass(slots=True)
class Noted:
    """The control's run of one contract: its requests, and seconds by which it moved the clock.

    `completed` are the restores that were seen complete in it.
    """

    parts: list[Asked | float] = field(default_factory=list)
    completed: set[tuple[StorageClass, Tier | None]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Alike:
    """A contract that ends as with the control, though it reached the changed rule so often."""

    reached: int
    completed: set[tuple[StorageClass, Tier | None]]


@dataclass(frozen=True, slots=True)
class Notes:
    """The control's runs by case id, and the options of the service that answered them."""

    options: Mapping[str, Any]
    runs: Mapping[str, Noted]

    def rehearse(self, fault: OnSender | OnService, reached: Counter) -> dict[str, Alike]:
        """Return the contracts that a fault leaves as they are."""
        player = self._player(fault, reached)
        found = {}
        for case_id, noted in self.runs.items():
            before, same = reached.count, True
            for part in noted.parts:
                if not isinstance(part, Asked):
                    player.move(part)
                elif same:
                    same = player.answers_alike(part)
            if same:
                found[case_id] = Alike(reached.count - before, noted.completed)
        return found

    def _player(self, fault: OnSender | OnService, reached: Counter) -> _Player:
        if isinstance(fault, OnSender):
            return _Passing(fault, reached)
        return (_Admitting if fault.admits else _Answering)(fault.make(reached), self.options)


class _Player(Protocol):
    def answers_alike(self, part: Asked) -> bool:
        """Tell whether a request is answered as the control answered it."""

    def move(self, seconds: float) -> None:
        """Move the restore clock."""


class DepartedError(Exception):
    """A fault asks the server otherwise than it was asked itself."""


class _Passing:
    """A fault around a server that knows the answers of the control's run, and no others."""

    def __init__(self, fault: OnSender, reached: Counter) -> None:
        self._sender = fault.wrap(self._answer, reached)
        self._part: Asked | None = None
        self._passed = 0

    def _answer(self, request: Request) -> Response:
        part, self._passed = self._part, self._passed + 1
        if part is None or (request is not part.request and request != part.request):
            self._part = None
            raise DepartedError
        return part.response

    def answers_alike(self, part: Asked) -> bool:
        self._part, self._passed = part, 0
        try:
            response = self._sender(part.request)
        except Exception:  # noqa: BLE001 - whatever goes wrong in here is no answer of the control
            return False
        alone = self._passed == 1 and self._part is part
        return alone and (response is part.response or response == part.response)

    def move(self, seconds: float) -> None:
        pass


class _Answering:
    """A service with a fault in it, its clock and its ids where those of the control were."""

    def __init__(self, made: type[Service], options: Mapping[str, Any]) -> None:
        self._still = Still()
        kind = type("Rehearsed", (_Recalling, made), {})
        self._service: _Recalling = kind(**options, **self._still.options)
        self._service.recall = made.admit is Service.admit and _admits_as_ours(self._service, options)

    def answers_alike(self, part: Asked) -> bool:
        self._still.put(part.moment, part.number)
        self._service.part = part
        return self._service(part.request) == part.response

    def move(self, seconds: float) -> None:
        self._service.advance(seconds)


class _Recalling(Service):
    """Takes it from the control's run what a signed request means, and whether it is let in."""

    recall = False
    part: Asked | None = None

    def admit(self, request: Request) -> Operation:
        part = self.part
        if not self.recall or part is None or request is not part.request:
            return super().admit(request)
        if part.refusal is not None:
            raise OssError(*part.refusal)
        if part.operation is None or not part.signed:
            return super().admit(request)
        return part.operation


def _admits_as_ours(service: Service, options: Mapping[str, Any]) -> bool:
    """Tell whether a service reads and lets in signed requests as the control does."""
    authenticator, own = service.authenticator, Service(**options).authenticator
    alike = (authenticator.region, authenticator.product) == (own.region, own.product)
    return alike and type(authenticator) is Authenticator and type(service._hosts) is HostNames  # noqa: SLF001


class _Admitting:
    """A service that has another authenticator and no other fault: what it does then is the control's."""

    def __init__(self, made: type[Service], options: Mapping[str, Any]) -> None:
        self._still = Still()
        self._service = made(**options, **self._still.options)

    def answers_alike(self, part: Asked) -> bool:
        if part.operation is None:
            return True
        self._still.put(part.moment, part.number)
        return admitted(self._service, part.operation) == (part.signed, part.refusal)

    def move(self, seconds: float) -> None:
        pass


def admitted(service: Service, operation: Operation) -> tuple[bool, Refusal | None]:
    """Return whether a service finds a signature, and why it does not take it."""
    try:
        return service.authenticator.check(operation), None
    except OssError as fault:
        return False, (fault.row, fault.extras, fault.headers)


def note(cases: Iterable[Case]) -> Notes:
    """Run the control, and note what it was asked and answered. Races and made-up data differ each time."""
    still, options, services = Still(), {}, []
    parts: list[Asked | float] = []
    runs: dict[str, Noted] = {}
    numbers = count()

    def make(**given: Any) -> Service:
        options.update(given)
        services.append(Service(**given, **still.options))
        return services[0]

    def noting(request: Request) -> Response:
        number = next(numbers)
        still.put(time.time(), number)
        response = services[0](request)
        parts.append(_asked(services[0], Asked(number, still.moment, request, response)))
        return response

    def move(seconds: float) -> None:
        parts.append(seconds)
        services[0].advance(seconds)

    target = memory_target(lambda _service: noting, make)
    target.time = Advancing(move, "the service's own clock", grace=0.0)
    for case in cases:
        if case.contract.race or case.contract.generated:
            continue
        provisioner = Provisioner(target)
        run(case, target, provisioner)
        runs[case.id] = Noted(list(parts), provisioner.steps.completed)
        parts.clear()
    return Notes(options, runs)


def _asked(service: Service, asked: Asked) -> Asked:
    """Add what a request means, and what the authenticator says of it."""
    try:
        operation = read_operation(asked.request, service._hosts)  # noqa: SLF001
    except OssError:
        return asked
    signed, refusal = admitted(service, operation)
    return replace(asked, operation=operation, signed=signed, refusal=refusal)
