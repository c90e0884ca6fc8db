"""Services that differ from the emulator in one rule about versions."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.messages import Response


class WithCleans(Service):
    """A service with something to say about cleans alone."""

    def forget(self, operation, keep=lambda _: False):
        """Freeze every version of the object but some."""
        bucket = self.find_bucket(operation)
        for thing in bucket.objects[operation.name]:
            if not thing.is_marker and not keep(thing):
                self.store.replace(bucket, operation.name, replace(thing, retrieval=None))

    def things(self, operation):
        return [t for t in self.find_bucket(operation).objects[operation.name] if not t.is_marker]

    def clean_of(self, operation, reply, version):
        query = tuple((n, v) for n, v in operation.query if n != "versionId")
        return super().clean_restored_object(
            replace(operation, query=(*query, *((("versionId", version),) if version else ()))), reply
        )


def named(operation):
    return dict(operation.query).get("versionId")


class CleansAllVersions(WithCleans):
    def clean_restored_object(self, operation, reply):
        response = super().clean_restored_object(operation, reply)
        self.forget(operation)
        return response


class IgnoresVersionId(WithCleans):
    def clean_restored_object(self, operation, reply):
        return self.clean_of(operation, reply, None)


class TakesAnyRestoredVersion(WithCleans):
    """Without versionId, the newest version that is restored is cleaned."""

    def clean_restored_object(self, operation, reply):
        restored = [t.version_id for t in self.things(operation) if self.describe_state(t) == "restored"]
        if named(operation) or not restored:
            return super().clean_restored_object(operation, reply)
        return self.clean_of(operation, reply, restored[0])


class CleansTheOtherVersion(WithCleans):
    """Of two versions, the one that was not named."""

    def clean_restored_object(self, operation, reply):
        others = [t.version_id for t in self.things(operation) if t.version_id != named(operation)]
        return self.clean_of(operation, reply, others[0] if named(operation) and others else named(operation))


class JudgesByTheCurrent(WithCleans):
    """The current version's state decides, the named one is cleaned."""

    def clean_restored_object(self, operation, reply):
        current = self.things(operation)[0].version_id
        before = self.things(operation)
        response = self.clean_of(operation, reply, current)
        bucket = self.find_bucket(operation)
        for thing in before:
            addressed = thing.version_id == (named(operation) or current)
            kept = None if response.status == 200 and addressed else thing.retrieval
            self.store.replace(bucket, operation.name, replace(thing, retrieval=kept))
        return response


class TakesUnknownVersionsForTheCurrent(WithCleans):
    def clean_restored_object(self, operation, reply):
        known = named(operation) in [
            t.version_id for t in self.find_bucket(operation).objects[operation.name]
        ]
        return self.clean_of(operation, reply, named(operation) if known else None)


class LooksBelowTheMarker(WithCleans):
    """Without versionId, the newest version under a delete marker is cleaned."""

    def clean_restored_object(self, operation, reply):
        return self.clean_of(operation, reply, named(operation) or self.things(operation)[0].version_id)


class DeletesTheMarker(WithCleans):
    def clean_restored_object(self, operation, reply):
        bucket = self.find_bucket(operation)
        marker = bucket.objects[operation.name][0]
        try:
            return super().clean_restored_object(operation, reply)
        finally:
            if marker.is_marker:
                self.store.remove(bucket, operation.name, marker.version_id)


class CleansMarkers(WithCleans):
    def clean_restored_object(self, operation, reply):
        thing = self.find_bucket(operation).find(operation.name, named(operation) or "")
        if thing is not None and thing.is_marker:
            return reply.ok()
        return super().clean_restored_object(operation, reply)


class EndsOtherRestores(WithCleans):
    """Whatever a clean is answered, restores in progress end."""

    def clean_restored_object(self, operation, reply):
        try:
            return super().clean_restored_object(operation, reply)
        finally:
            self.forget(operation, keep=lambda thing: self.describe_state(thing) != "restoring")


class RemovesTheVersion(WithCleans):
    def clean_restored_object(self, operation, reply):
        response = super().clean_restored_object(operation, reply)
        if named(operation):
            self.store.remove(self.find_bucket(operation), operation.name, named(operation))
        return response


class NamesTheOldest(WithCleans):
    """A clean is answered with the id of the oldest version, whichever was cleaned."""

    def clean_restored_object(self, operation, reply):
        response = super().clean_restored_object(operation, reply)
        oldest = self.find_bucket(operation).objects[operation.name][-1].version_id
        return replace(response, headers=(*response.headers, ("x-oss-version-id", oldest)))


class ListsTheCurrentRestore(WithCleans):
    """The list shows each version with the restore of the current one."""

    def list_object_versions(self, operation, reply):
        bucket, kept = self.find_bucket(operation), {}
        for name, things in bucket.objects.items():
            kept[name] = things
            bucket.objects[name] = tuple(replace(t, retrieval=things[0].retrieval) for t in things)
        try:
            return super().list_object_versions(operation, reply)
        finally:
            for name, things in kept.items():
                bucket.objects[name] = things


class WantsVersionIdLast(WithCleans):
    def clean_restored_object(self, operation, reply):
        last = operation.query[-1][0] == "versionId"
        return self.clean_of(operation, reply, named(operation) if last else None)


class WantsNoEqualsSign(WithCleans):
    def clean_restored_object(self, operation, reply):
        if operation.query[0] == ("cleanRestoredObject", ""):
            return Response(400)
        return super().clean_restored_object(operation, reply)


class CleansTwice(WithCleans):
    """A version that was cleaned before may be cleaned again."""

    def clean_restored_object(self, operation, reply):
        bucket = self.find_bucket(operation)
        things = bucket.objects.get(operation.name) or ()
        addressed = [t for t in things if t.version_id == (named(operation) or things[0].version_id)]
        if addressed and addressed[0].version_id in self.cleaned:
            return reply.ok()
        response = super().clean_restored_object(operation, reply)
        self.cleaned = {*self.cleaned, addressed[0].version_id}
        return response

    cleaned = frozenset()


class WantsVersionId(WithCleans):
    def clean_restored_object(self, operation, reply):
        return super().clean_restored_object(operation, reply) if named(operation) else Response(400)
