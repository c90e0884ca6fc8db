"""Faults of a life cycle that was built from one page: its flags, its answers, its classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import STORAGE_CLASS, StorageClass
from pytest_oss_clean.oss.messages import Headers, Operation, Response


def answering(outcome: Outcome, means: int | ErrorRow) -> OnService:
    """Answer one outcome of a clean as another."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def response(self, called: str, seen: Outcome, reply: Reply, headers: Headers = ()) -> Response:
                if called != "CleanRestoredObject" or seen is not outcome:
                    return super().response(called, seen, reply, headers)
                reached()
                if isinstance(means, int):
                    return reply.ok(means, headers)
                raise OssError(means)

        return Mutated

    return OnService(make)


def expired_cleaned() -> OnService:
    """Clean what has expired, as if no time passed."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                thing = self.find_object(operation)
                if thing.retrieval is None or self.now() < thing.retrieval.expires_at:
                    return super().clean_restored_object(operation, reply)
                reached()
                self.keep(operation, thing, None)
                return reply.ok()

        return Mutated

    return OnService(make)


def expired_readable() -> OnService:
    """Keep what is restored readable until it is cleaned, as if no time passed."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.flags: dict[str, Retrieval] = {}

            def put_object(self, operation: Operation, reply: Reply) -> Response:
                self.flags.pop(operation.name, None)
                return super().put_object(operation, reply)

            def restore_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().restore_object(operation, reply)
                retrieval = self.find_object(operation).retrieval
                if retrieval is not None:
                    self.flags[operation.name] = retrieval
                return response

            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                self.flags.pop(operation.name, None)
                return response

            def check_readable(
                self, operation: Operation, thing: StoredObject, row: ErrorRow = errors.NOT_READABLE
            ) -> None:
                flag = self.flags.get(operation.name)
                if flag is not None and self.now() >= flag.expires_at:
                    reached()
                    return
                super().check_readable(operation, thing, row)

        return Mutated

    return OnService(make)


def restoring_anew(change: Callable[[Retrieval, float], Retrieval], *, extended: bool = False) -> OnService:
    """Treat a restore after a clean otherwise than a first one."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.cleaned: set[tuple[str, str, str]] = set()

            def place(self, operation: Operation) -> tuple[str, str, str]:
                return operation.bucket, operation.name, self.find_object(operation).version_id

            def put_object(self, operation: Operation, reply: Reply) -> Response:
                self.cleaned = {place for place in self.cleaned if place[1] != operation.name}
                return super().put_object(operation, reply)

            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                self.cleaned.add(self.place(operation))
                return response

            def restore_object(self, operation: Operation, reply: Reply) -> Response:
                before = self.find_object(operation).retrieval
                response = super().restore_object(operation, reply)
                thing = self.find_object(operation)
                if self.place(operation) not in self.cleaned or before is not None or thing.retrieval is None:
                    return response
                reached()
                self.keep(operation, thing, change(thing.retrieval, self.now()))
                return reply.ok() if extended else response

        return Mutated

    return OnService(make)


def at_once(retrieval: Retrieval, now: float) -> Retrieval:
    """Let a restore be complete now."""
    return replace(retrieval, finishes_at=now)


def changing_class(*, when: str) -> OnService:
    """Make an object Standard, for good, when it is restored or read."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def restore_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().restore_object(operation, reply)
                self.thaw(operation, "restored")
                return response

            def get_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().get_object(operation, reply)
                self.thaw(operation, "read")
                return response

            def thaw(self, operation: Operation, event: str) -> None:
                thing = self.find_object(operation)
                if event == when and self.life_cycle.needs_restore(thing.storage_class):
                    reached()
                    warm = replace(thing, storage_class=StorageClass.STANDARD, retrieval=None)
                    self.store.replace(self.find_bucket(operation), operation.name, warm)

        return Mutated

    return OnService(make)


def class_hidden() -> OnService:
    """Show no storage class of an object whose restore ended by a clean."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def reset(self) -> None:
                super().reset()
                self.cleaned: set[str] = set()

            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                self.cleaned.add(operation.name)
                return response

            def head_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().head_object(operation, reply)
                if operation.name not in self.cleaned:
                    return response
                reached()
                return replace(response, headers=tuple(h for h in response.headers if h[0] != STORAGE_CLASS))

        return Mutated

    return OnService(make)


def of_class(which: Callable[[StorageClass], bool], means: int | ErrorRow) -> OnService:
    """Answer cleans of some classes in one way, whatever the state, and do nothing."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                if not which(self.find_object(operation).storage_class):
                    return super().clean_restored_object(operation, reply)
                reached()
                if isinstance(means, int):
                    return reply.ok(means)
                raise OssError(means)

        return Mutated

    return OnService(make)


def by_bucket_class() -> OnService:
    """Look at the class of the bucket, not at that of the object."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                if not self.life_cycle.needs_restore(self.find_bucket(operation).storage_class):
                    self.find_object(operation)
                    reached()
                    raise self.unsupported("CleanRestoredObject")
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def one_flag() -> OnService:
    """Keep one flag, restore requested: whether the restore is complete does not count."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                thing = self.find_object(operation)
                if self.life_cycle.state(thing.retrieval, self.now()) is not State.RESTORING:
                    return super().clean_restored_object(operation, reply)
                reached()
                self.keep(operation, thing, None)
                return reply.ok()

        return Mutated

    return OnService(make)
