"""Faults that other storage servers had: of reading, of classes, of names, of what is signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import RESTORE_SECONDS, LifeCycle, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults import signature_scope as forging
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import CLEAN, StorageClass
from pytest_oss_clean.oss.messages import Operation, Response


def reading(which: Callable[[StoredObject, State], bool], row: ErrorRow | None) -> OnService:
    """Read some objects that cannot be read, or refuse them with another row."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def check_readable(
                self, operation: Operation, thing: StoredObject, seen: ErrorRow = errors.NOT_READABLE
            ) -> None:
                state = self.life_cycle.state(thing.retrieval, self.now())
                if state is State.RESTORED or not which(thing, state):
                    super().check_readable(operation, thing, seen)
                    return
                reached()
                if row is not None:
                    raise OssError(row)

        return Mutated

    return OnService(make)


def archived(storage_class: StorageClass) -> OnService:
    """Take one more class for one that must be restored."""

    def make(reached: Reached) -> type[Service]:
        class Changed(LifeCycle):
            def needs_restore(self, asked: StorageClass) -> bool:
                if asked is storage_class:
                    reached()
                return super().needs_restore(asked)

        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.life_cycle = Changed(restore_seconds={**RESTORE_SECONDS, storage_class: {None: 60}})

        return Mutated

    return OnService(make)


def copy_refused() -> OnService:
    """Refuse to copy what is restored, because its class is an archive's."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def check_readable(
                self, operation: Operation, thing: StoredObject, row: ErrorRow = errors.NOT_READABLE
            ) -> None:
                super().check_readable(operation, thing, row)
                if row is errors.COPY_NOT_READABLE and self.life_cycle.needs_restore(thing.storage_class):
                    reached()
                    raise OssError(row)

        return Mutated

    return OnService(make)


def names_refused(pattern: str) -> OnService:
    """Refuse names of a kind."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
                if re.search(pattern, operation.name):
                    reached()
                    raise OssError(errors.NAME_LEADING_SLASH)
                return super().handle(handler, operation, reply)

        return Mutated

    return OnService(make)


def plain(operation: Operation) -> Operation:
    """Return what is left without the sub-resource."""
    return next(iter(forging.plain(operation)))


def keeping_equals(operation: Operation) -> Operation:
    """Return what is signed where an empty value keeps its `=`."""
    query = tuple((f"{n}=", None) if n == CLEAN and v == "" else (n, v) for n, v in operation.query)
    return replace(operation, query=query)


def deepest(thing: StoredObject, _: State) -> bool:
    """Tell the deepest class."""
    return thing.storage_class is StorageClass.DEEP_COLD_ARCHIVE
