"""Faults of a service that keeps versions: which one it finds, refuses, leaves, lists and tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import parameter
from pytest_oss_clean.emulator.handlers.lists import Encode
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.emulator.store import Bucket, StoredObject
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.mutation.mutant import OnService, Reached
from pytest_oss_clean.oss.constants import VERSION_ID
from pytest_oss_clean.oss.messages import Operation, Response

Versions = tuple[StoredObject, ...]
Find = Callable[[Versions, str], StoredObject | None]
"""Returns the version that is meant by an id, "" where none is named; None to look as one should."""

Keep = Callable[[Versions, StoredObject], Versions]
"""Returns what is left of the versions once one of them was cleaned."""


def named(operation: Operation) -> str:
    """Return the versionId of a request."""
    return parameter(operation, "versionId")


def real(versions: Versions) -> StoredObject | None:
    """Return the newest version that is no delete marker."""
    return next((v for v in versions if not v.is_marker), None)


def finding(find: Find) -> OnService:
    """Find another version to clean."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                versions = self.find_bucket(operation).objects.get(operation.name, ())
                found = find(versions, named(operation))
                rest = tuple(q for q in operation.query if q[0] != "versionId")
                if found is not None and found.version_id != named(operation):
                    if named(operation) or found is not versions[0]:
                        reached()
                    operation = replace(operation, query=(*rest, ("versionId", found.version_id)))
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def refusing(which: Callable[[Versions, str], bool], row: ErrorRow) -> OnService:
    """Refuse to clean some versions."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                versions = self.find_bucket(operation).objects.get(operation.name, ())
                if which(versions, named(operation)):
                    reached()
                    raise OssError(row)
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def leaving(keep: Keep) -> OnService:
    """Leave other versions than there were, where one was cleaned."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                versions = self.find_bucket(operation).objects
                thing = self.find_object(operation)
                left = keep(versions[operation.name], thing)
                if left != versions[operation.name]:
                    reached()
                    versions[operation.name] = left
                return response

        return Mutated

    return OnService(make)


def marker_removed() -> OnService:
    """Remove the delete marker that a clean meets."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                bucket = self.find_bucket(operation)
                newest = bucket.newest(operation.name)
                if newest is not None and newest.is_marker and named(operation) in ("", newest.version_id):
                    reached()
                    self.store.remove(bucket, operation.name, newest.version_id)
                    return reply.ok()
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def marker_cleaned() -> OnService:
    """Answer 200 where a delete marker is named."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                thing = self.find_bucket(operation).find(operation.name, named(operation))
                if thing is not None and thing.is_marker:
                    reached()
                    return reply.ok()
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def inheriting(*, move: bool) -> OnService:
    """Hand the restore of the version that is overwritten on to the new one."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def put_object(self, operation: Operation, reply: Reply) -> Response:
                bucket = self.find_bucket(operation)
                before = bucket.current(operation.name)
                response = super().put_object(operation, reply)
                if before is not None and before.retrieval is not None:
                    new = bucket.objects[operation.name][0]
                    reached()
                    self.store.replace(bucket, operation.name, replace(new, retrieval=before.retrieval))
                    if move and bucket.find(operation.name, before.version_id) is before:
                        self.store.replace(bucket, operation.name, replace(before, retrieval=None))
                return response

        return Mutated

    return OnService(make)


def listing(info_of: Callable[[Versions, StoredObject], StoredObject | None]) -> OnService:
    """Show the RestoreInfo of another version in the list of versions, or none."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def describe_version(
                self, bucket: Bucket, name: str, thing: StoredObject, encode: Encode
            ) -> tuple[str, Tree]:
                tag, tree = super().describe_version(bucket, name, thing, encode)
                if isinstance(tree, str) or thing.is_marker:
                    return tag, tree
                other = info_of(bucket.objects[name], thing)
                info = self.restore_info(other) if other else None
                if info != self.restore_info(thing):
                    reached()
                kept = [field for field in tree if field[0] != "RestoreInfo"]
                return tag, [*kept, *([("RestoreInfo", info)] if info else [])]

        return Mutated

    return OnService(make)


def headed() -> OnService:
    """Tell of the current version's restore, whichever version is asked for."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def find_object(self, operation: Operation) -> StoredObject:
                thing = super().find_object(operation)
                newest = real(self.find_bucket(operation).objects.get(operation.name, ()))
                if operation.method == "HEAD" and newest is not None and newest is not thing:
                    if newest.retrieval != thing.retrieval:
                        reached()
                    return replace(thing, retrieval=newest.retrieval)
                return thing

        return Mutated

    return OnService(make)


def answering_id() -> OnService:
    """Answer a clean with the id of the newest version, whichever was cleaned."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                response = super().clean_restored_object(operation, reply)
                newest = self.find_bucket(operation).objects[operation.name][0]
                if named(operation) not in ("", newest.version_id):
                    reached()
                return replace(response, headers=(*response.headers, (VERSION_ID, newest.version_id)))

        return Mutated

    return OnService(make)
