"""Services that get one thing wrong about an object's past, its name or its bucket, and who notices."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.contracts import existence, histories
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.choices import Outcome as Decision
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

CASES_HERE = [case.id for c in (*histories.CONTRACTS, *existence.CONTRACTS) for case in c.cases()]


def run_on(make, case_id, *, strict=False):
    """Run one case on a service made by `make`; return its outcome and the target."""
    target = memory_target(lambda service: service, make)
    target.demand = Demand(strict=strict)
    return run(CASES[case_id], target, Provisioner(target)), target


def noticed_by(make):
    """Return the slugs of rows that see something else than on the emulator, and those that fail."""
    outcomes = [run_on(make, case_id)[0] for case_id in CASES_HERE]
    unlike = {o.case.contract.id for o in outcomes if o.unlike or o.problems}
    failed = {o.case.contract.id for o in outcomes if o.verdict is Verdict.FAILED}
    return unlike, failed


class KeepsRestoreOnPut(Service):
    """An overwritten object inherits the restore of the one before."""

    def put_object(self, operation, reply):
        before = self.find_bucket(operation).objects.get(operation.name)
        response = super().put_object(operation, reply)
        after = self.find_bucket(operation).newest(operation.name)
        if before and before[0].retrieval:
            self.store.replace(
                self.find_bucket(operation), operation.name, replace(after, retrieval=before[0].retrieval)
            )
        return response


class ForgetsNothingOnDelete(Service):
    """An object put where one was deleted is restored as that one was."""

    def __init__(self, **options):
        super().__init__(**options)
        self.remembered = {}

    def delete_object(self, operation, reply):
        thing = self.find_bucket(operation).newest(operation.name)
        if thing:
            self.remembered[operation.name] = thing.retrieval
        return super().delete_object(operation, reply)

    def put_object(self, operation, reply):
        response = super().put_object(operation, reply)
        bucket = self.find_bucket(operation)
        if operation.name in self.remembered:
            kept = replace(bucket.newest(operation.name), retrieval=self.remembered[operation.name])
            self.store.replace(bucket, operation.name, kept)
        return response


class CleansOneRestoreOfTwo(Service):
    """A clean takes back an extension only."""

    def restore_object(self, operation, reply):
        thing = self.find_object(operation)
        restored = thing.retrieval and self.life_cycle.state(thing.retrieval, self.now()) is State.RESTORED
        self.extended = getattr(self, "extended", set()) | ({operation.name} if restored else set())
        return super().restore_object(operation, reply)

    def clean_restored_object(self, operation, reply):
        if operation.name in getattr(self, "extended", ()):
            self.extended.remove(operation.name)
            return reply.ok(200)
        return super().clean_restored_object(operation, reply)


class CleansForGood(Service):
    """What was cleaned once counts as cleaned for ever."""

    def clean_restored_object(self, operation, reply):
        seen = self.seen = getattr(self, "seen", set())
        if operation.name in seen:
            return self.response("CleanRestoredObject", Decision.STALE, reply)
        response = super().clean_restored_object(operation, reply)
        seen.add(operation.name)
        return response


class CleansTheExpired(Service):
    """A restore that expired is cleaned as if it were there."""

    def clean_restored_object(self, operation, reply):
        thing = self.find_object(operation)
        if thing.retrieval and self.life_cycle.state(thing.retrieval, self.now()) is State.FROZEN:
            self.keep(operation, thing, None)
            return reply.ok(200)
        return super().clean_restored_object(operation, reply)


class LosesNewerContent(Service):
    """A clean brings back what was there before the last put."""

    def put_object(self, operation, reply):
        kept = self.kept = getattr(self, "kept", {})
        found = self.find_bucket(operation).objects.get(operation.name)
        if found:
            kept[operation.name] = found[0]
        return super().put_object(operation, reply)

    def clean_restored_object(self, operation, reply):
        older, thing = getattr(self, "kept", {}).get(operation.name), self.find_object(operation)
        if older:
            self.store.replace(self.find_bucket(operation), operation.name, replace(thing, body=older.body))
        return super().clean_restored_object(operation, reply)


class MakesMissingObjects(Service):
    """A clean of a missing object makes one."""

    def clean_restored_object(self, operation, reply):
        if self.find_bucket(operation).newest(operation.name) is None:
            self.put_object(replace(operation, query=(), headers=()), reply)
            return reply.ok(200)
        return super().clean_restored_object(operation, reply)


class AnyBucket(Service):
    """A bucket that does not exist is the first one."""

    def find_bucket(self, operation):
        try:
            return super().find_bucket(operation)
        except OssError:
            return next(iter(self.store.buckets.values()))


class Careless(Service):
    """Names are read with what is forbidden about them taken away; subclasses say what that is."""

    def handle(self, handler, operation, reply):
        return super().handle(handler, replace(operation, name=self.read(operation.name)), reply)

    def read(self, name):
        raise NotImplementedError


def careless(read):
    return type("CarelessAboutNames", (Careless,), {"read": staticmethod(read)})


class LosesOtherClasses(Service):
    """A clean of a class without restores empties the object."""

    def clean_restored_object(self, operation, reply):
        thing = self.find_object(operation)
        if not self.life_cycle.needs_restore(thing.storage_class):
            self.store.replace(self.find_bucket(operation), operation.name, replace(thing, body=b""))
        return super().clean_restored_object(operation, reply)
