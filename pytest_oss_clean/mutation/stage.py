"""A target with a fault in it: in memory, over a socket, or in front of a user's own server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.http.wire import Writer, encode
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.mutant import Fault, OnSender, OnService, OnWire
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.target.config.budgets import SAMPLE, Trying
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.target import Target

BROKEN_FRAMES = ConnectionSettings(connect_timeout=2.0, read_timeout=0.5, deadline=1.5)
"""A broken frame is waited for no longer than this; on loopback a whole one takes a millisecond."""


class ExecutionCount:
    """How often a changed rule was executed, by any thread."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            self.count += 1


@contextmanager
def staged(
    fault: Fault | None, reached: ExecutionCount, *, socket: bool = False, broken: bool = False
) -> Iterator[Target]:
    """Open the emulator with a fault in it; in memory unless the fault, or `socket`, needs a real one.

    Only frames that are `broken` are given up soon: right ones come late on a busy machine.
    """
    make = fault.make(reached) if isinstance(fault, OnService) else Service
    handlers: list[Sender] = []

    def keep(service: Sender) -> Sender:
        handlers.append(around(fault, service, reached))
        return handlers[0]

    target = memory_target(keep, make)
    target.trying = Trying(SAMPLE, explicit=False)
    if not socket and not isinstance(fault, OnWire):
        yield target
        return
    with (
        Server(handlers[0], writer=writer_of(fault, reached)) as server,
        HttpClient(BROKEN_FRAMES if broken else ConnectionSettings(), target.scrubber) as client,
    ):
        target.endpoint = server.endpoint
        target.sender = lambda request: client(replace(request, endpoint=server.endpoint))
        yield target


def around(fault: Fault | None, sender: Sender, reached: ExecutionCount) -> Sender:
    return fault.wrap(sender, reached) if isinstance(fault, OnSender) else sender


def writer_of(fault: Fault | None, reached: ExecutionCount) -> Writer:
    """Return what turns answers into bytes, the fault's own way where it has one."""
    if not isinstance(fault, OnWire):
        return encode
    broken = fault.write

    def write(response: Response, request: Request, kept: bool) -> bytes:
        return broken(response, request, kept, reached)

    return write
