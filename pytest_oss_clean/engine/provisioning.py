"""Bringing objects into histories: steps, each with what the target must answer.

A step that the target does not take as documented ends in NotTestedError with the step and the
answer; a contract is then "not tested", never failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from types import MappingProxyType

from pytest_oss_clean.engine.clock_witness import ClockWatch
from pytest_oss_clean.engine.settling import Settling
from pytest_oss_clean.errors import NotTestedError, PendingError, UnusableError
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS, VERSION_ID, Code, StorageClass, Tier
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.operations import PERMISSIONS, RESTORE_DAYS
from pytest_oss_clean.oss.responses import RestoreState, describe, read_error, read_restore, server_words
from pytest_oss_clean.oss.storage_classes import LONGEST_RESTORE
from pytest_oss_clean.spec.contract import Case, Contract, Moment, ProbeKind, Raced
from pytest_oss_clean.spec.history import (
    DELETED,
    HEAD_SHOWS,
    RESTORE_RUNS,
    STEPS,
    USUAL,
    Given,
    Provision,
    Step,
    Upload,
)
from pytest_oss_clean.spec.request import LINK, Bucket, as_long_as_may_be
from pytest_oss_clean.target.clock import Advancing, Hold, TimeControlError
from pytest_oss_clean.target.journal import EPOCH, Journal
from pytest_oss_clean.target.target import OssClient, Target
from pytest_oss_clean.target.transcript import Elapsed

MARGIN_SECONDS = 60
LONGEST_PAUSE = 30.0
STUCK = 2
"""Number of restores in a row that no moved clock completed after which no time is given any more."""
HOUR, DAY = 3_600, 86_400
LEAST_PART = 1 << 20
"""Bytes of a part of an upload but the last; 100 KB are the least that OSS takes."""


@dataclass(slots=True)
class ArrangedObject:
    """An object under way to a history, or there; `restored_by` is when its restore must be complete.

    `restored_after` are the seconds by which the clock had been moved when the restore was accepted.
    `versions` are the version ids that its puts and deletes answered with, `head` the HEAD answer once
    it is there. `contents` are those of its versions, by their ids.
    """

    client: OssClient
    name: str
    given: Given
    storage_class: StorageClass
    content: bytes
    tier: Tier | None = Tier.EXPEDITED
    provision: Provision = USUAL
    restored_by: float | None = None
    restored_after: float = 0.0
    head: Response = field(default_factory=lambda: Response(0))
    versions: list[str] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    puts: int = 0


def demand(condition: object, step: str, wanted: str, response: Response, permission: str = "") -> None:
    """Go on, or say that this step stopped the arranging."""
    if condition:
        return
    instead = "" if response.transport_error else f", not {wanted}"
    error = read_error(response) if response.status >= 400 and response.body else None  # noqa: PLR2004
    strange = f" ({error.problem})" if error and error.problem else ""
    words = server_words(response) if error else ""
    said = f"; the server says {words}" if words else ""
    denied = error is not None and error.code == Code.ACCESS_DENIED and "Endpoint" not in error.extras
    lacks = f"; the key may lack the permission {permission}" if denied and permission else ""
    raise NotTestedError(f"{step}: {describe(response)}{instead}{strange}{said}{lacks}")


class Steps:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.settling = Settling(target)
        self.watch = ClockWatch(target)
        self._stuck = 0
        self._stuck_causes: dict[tuple[StorageClass, Tier | None], str] = {}
        self.completed: set[tuple[StorageClass, Tier | None]] = set()
        self.taken: set[StorageClass] = set()

    @property
    def never_restored(self) -> str:
        """Return why no restored object can be had, where no restore of this run completed; else nothing."""
        stuck = self._stuck >= STUCK and not self.completed
        return next(iter(self._stuck_causes.values())) if stuck else ""

    def advance(self, obj: ArrangedObject, stop: Step | None = None, *, leave: int = 0) -> None:
        """Take the steps that are left, as far as one to stop before; some may be left for later."""
        while len(obj.steps) > leave and obj.steps[0] is not stop:
            if self.target.given_up:
                raise UnusableError(self.target.given_up)
            STEP[obj.steps.pop(0)](self, obj)

    def demand(self, condition: object, step: str, wanted: str, obj: ArrangedObject) -> None:
        """Go on, or say that the last request stopped the arranging, and what the key may lack."""
        last = obj.client.last
        if not condition:
            self.target.pace.refuse_throttled(last.response)
        demand(condition, step, wanted, last.response, PERMISSIONS.get(last.label, ""))

    def put(self, obj: ArrangedObject) -> None:
        """Put the object, and see that the class is taken."""
        obj.puts += 1
        if obj.puts > 1:
            obj.content = content_of(f"{obj.name} {obj.puts}")
        self._put(obj, obj.name, obj.content)

    def _put(self, obj: ArrangedObject, name: str, content: bytes) -> None:
        client, storage_class = obj.client, obj.storage_class
        upload, what = obj.provision.upload, "PUT"
        if upload is Upload.MULTIPART:
            what = "upload in parts"
            response = client.upload_in_parts(name, in_parts(content), storage_class)
        elif upload is Upload.APPEND:
            what = "append"
            response = client.append(name, content, storage_class)
        else:
            response = client.put(name, content, storage_class)
        self.demand(response.succeeded, f"{what} of a {storage_class} object", "200", obj)
        if upload is Upload.LINKED:
            link = client.put_symlink(name + LINK, name)
            self.demand(link.succeeded, "PUT of a symlink to the object", "200", obj)
        if name == obj.name:
            _keep_version(obj, response, content)
        head = client.head(name)
        self.demand(head.status == 200, "HEAD of the new object", "200", obj)  # noqa: PLR2004
        shown = head.header(STORAGE_CLASS)
        if shown != storage_class and not (shown is None and storage_class is StorageClass.STANDARD):
            claim = f"a target that keeps no {storage_class} objects does not claim the class"
            if shown is None:
                claim += "; one that keeps them shows it there, as OSS does"
            what = f"HEAD of the new object: {STORAGE_CLASS} is {shown or 'absent'}, not {storage_class}"
            raise NotTestedError(f"{what}; {claim}")

    def restore(self, obj: ArrangedObject, name: str = "") -> None:
        if mute := self.target.mute("restore"):
            raise NotTestedError(mute)
        client, tier = obj.client, obj.tier
        if obj.provision.bare:
            response = client.restore_bare(name or obj.name)
        else:
            days = 1 if Step.WAIT_EXPIRED in obj.steps else obj.provision.days
            response = client.restore(name or obj.name, days=days, tier=tier)
        self.demand(response.status == 202, "restore of the frozen object", "202", obj)  # noqa: PLR2004
        self.note_restore(obj)

    def note_restore(self, obj: ArrangedObject) -> None:
        """Keep when a restore that begins now must be complete."""
        control = self.target.time
        if isinstance(control, Advancing):
            obj.restored_after = control.share.moved
        else:
            obj.restored_by = self.target.pace.now() + control.restore_seconds

    def restore_slowly(self, obj: ArrangedObject) -> None:
        """Begin a restore that a later one may hasten."""
        obj.tier = Tier.STANDARD
        self.restore(obj)

    def raise_tier(self, obj: ArrangedObject) -> None:
        """Ask for a higher tier while restoring; pages disagree on the answer, so any does."""
        response = obj.client.restore(obj.name, tier=Tier.EXPEDITED)
        taken = response.succeeded or response.status == 409  # noqa: PLR2004
        self.demand(taken, "restore with a higher tier while restoring", "2xx or 409", obj)

    def extend(self, obj: ArrangedObject) -> None:
        """Restore what is restored: its validity is extended."""
        response = obj.client.restore(obj.name, tier=obj.tier)
        self.demand(response.status == 200, "restore of the restored object", "200", obj)  # noqa: PLR2004

    def clean(self, obj: ArrangedObject) -> None:
        response = obj.client.clean(obj.name)
        self.demand(response.status == 200, "clean of the restored object", "200", obj)  # noqa: PLR2004
        self.settling.await_frozen(obj.client, obj.name, obj.storage_class)

    def delete(self, obj: ArrangedObject) -> None:
        response = obj.client.delete(obj.name)
        self.demand(response.succeeded, "DELETE of the object", "204", obj)
        _keep_version(obj, response)

    def put_tags(self, obj: ArrangedObject) -> None:
        response = obj.client.put_tags(obj.name, "origin", "pytest-oss-clean")
        self.demand(response.succeeded, "PUT of a tag", "200", obj)

    def put_acl(self, obj: ArrangedObject) -> None:
        """Give the object an ACL of its own, which opens nothing."""
        response = obj.client.put_acl(obj.name, "private")
        self.demand(response.succeeded, "PUT of an ACL", "200", obj)

    def read(self, obj: ArrangedObject) -> None:
        """Read the object, so that whoever keeps copies has one."""
        response = obj.client.get(obj.name)
        self.demand(response.body == obj.content, "GET of the object", "200 with its content", obj)

    def pass_time(self, obj: ArrangedObject, share: float, seconds: float) -> None:
        """Let a share of the restore time pass, and some seconds, whatever becomes of the object."""
        self.move(obj.client, obj.name, share * LONGEST_RESTORE[obj.storage_class, obj.tier] + seconds)
        self.watch.begin()

    def copy_onto(self, obj: ArrangedObject) -> None:
        source = f"{obj.name}.source"
        content = content_of(source)
        response = obj.client.put(source, content)
        self.demand(response.succeeded, "PUT of the copy's source", "200", obj)
        self._copy(obj, source, content)

    def copy_from(self, obj: ArrangedObject) -> None:
        """Put and restore another object, and copy it here."""
        source = f"{obj.name}.source"
        content = content_of(source)
        self._put(obj, source, content)
        self.restore(obj, source)
        self.wait_restored(
            obj.client, source, obj.storage_class, obj.restored_by, obj.tier, since=obj.restored_after
        )
        self._copy(obj, source, content)

    def _copy(self, obj: ArrangedObject, source: str, content: bytes) -> None:
        response = obj.client.copy(source, obj.name, obj.storage_class)
        self.demand(response.succeeded, "copy", "200", obj)
        obj.content = content
        _keep_version(obj, response, content)

    def await_restored(self, obj: ArrangedObject) -> None:
        client = obj.client
        self.wait_restored(
            client, obj.name, obj.storage_class, obj.restored_by, obj.tier, since=obj.restored_after
        )
        shown = read_restore(client.last.response)
        if shown is None or shown.ongoing is not False:
            value = client.last.response.header(RESTORE_STATE)
            raise NotTestedError(
                f"HEAD after the restore time: {RESTORE_STATE} is {value}, not {HEAD_SHOWS[Given.RESTORED]}"
            )
        self.completed.add((obj.storage_class, obj.tier))

    def await_expired(self, obj: ArrangedObject) -> None:
        """Let the restored object's days run out; where they end at midnight, that takes another day."""
        pace, journal = self.target.pace, self.target.journal
        if journal:
            self._see_expired(obj, journal)
            return
        for seconds in (DAY + MARGIN_SECONDS, DAY):
            deadline = pace.now() + self.move(obj.client, obj.name, seconds)
            while (shown := obj.client.head(obj.name).header(RESTORE_STATE)) and pace.now() < deadline:
                obj.client.supersede()
                pace.sleep(0.05)
            if not shown:
                break
        self.watch.begin()

    def _see_expired(self, obj: ArrangedObject, journal: Journal) -> None:
        """See that the object's days ran out, without a clock to move. Raises PendingError."""

        def state() -> RestoreState | None:
            return read_restore(obj.client.head(obj.name))

        shown = state()
        if shown is None:
            return
        now = self.target.pace.now() + EPOCH
        until = shown.expiry.timestamp() if shown.expiry else now + DAY
        if now > until + DAY:
            raise NotTestedError(f"HEAD still shows {RESTORE_STATE} a day after the restore's expiry-date")
        obj.client.supersede()
        journal.take_back()
        raise PendingError(f"the days of {obj.name}", max(until, now), lambda: state() is None)

    def wait_restored(  # noqa: PLR0913, PLR0917 - what is waited for
        self,
        client: OssClient,
        name: str,
        storage_class: StorageClass,
        restored_by: float | None,
        tier: Tier | None = Tier.EXPEDITED,
        version: str = "",
        since: float | None = None,
    ) -> None:
        """Move the clock, or wait, until HEAD no longer says that the restore is ongoing."""
        control, pace = self.target.time, self.target.pace
        began = pace.now()
        if isinstance(control, Advancing):
            seconds = LONGEST_RESTORE[storage_class, tier] + MARGIN_SECONDS
            grace = self.move(client, name, seconds, kept=False, since=since)
            deadline, waited = (
                pace.now() + grace,
                f"within {grace:g} s after the clock was moved by {seconds} s",
            )
        else:
            deadline = restored_by or began + control.restore_seconds
            waited = f"within --oss-restore-seconds {control.restore_seconds:g}"
        pause = 0.05

        def is_ongoing() -> bool:
            state = read_restore(client.head(name, version))
            return state is not None and bool(state.ongoing)

        while is_ongoing():
            if pace.now() >= deadline:
                self._stuck += 1
                asked = f"tier {tier}" if tier else "no tier"
                cause = f"the restore of a {storage_class} object (asked for with {asked}) did not complete"
                cause = f'{cause} {waited}: HEAD still says ongoing-request="true"'
                raise NotTestedError(self._stuck_causes.setdefault((storage_class, tier), cause))
            client.supersede()  # the next one shows as much, later
            if journal := self.target.journal:
                journal.take_back()
                raise PendingError(f"the restore of {name}", deadline + EPOCH, lambda: not is_ongoing())
            pace.sleep(min(pause, max(0.0, deadline - pace.now())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        self._stuck = 0
        client.transcript.append(Elapsed(pace.now() - began, name, tier))
        self.watch.begin()

    def move(
        self, client: OssClient, name: str, seconds: float, *, kept: bool = True, since: float | None = None
    ) -> float:
        """Put the restore clock ahead; return how long the target may take to notice.

        A target that did not notice several times in a row is not waited for any more. `kept` notes it
        for the reproducer. What was moved after `since` counts, whoever moved it.
        """
        control = self.target.time
        if not isinstance(control, Advancing):
            raise NotTestedError("the restore clock cannot be moved")
        with control.share.moving(seconds, since) as to_be_moved:
            if to_be_moved:
                self._move(control, seconds)
            else:
                self.watch.last()
        if kept:
            client.transcript.append(Elapsed(0.0, name, moved=seconds))
        return control.grace if self._stuck < STUCK else 0.0

    def _move(self, control: Advancing, seconds: float) -> None:
        self.watch.move(seconds)
        control.share.count(seconds)
        try:
            control.move(seconds)
        except TimeControlError as error:
            control.share.count(-seconds)
            raise NotTestedError(str(error)) from None


def _keep_version(obj: ArrangedObject, response: Response, content: bytes = b"") -> None:
    """Keep the id that a put or a delete was answered with."""
    version = response.header(VERSION_ID) or ""
    obj.versions += [version]
    obj.contents[version] = content


STEP: dict[Step, Callable[[Steps, ArrangedObject], None]] = {
    Step.PUT: Steps.put,
    Step.RESTORE: Steps.restore,
    Step.RESTORE_SLOWLY: Steps.restore_slowly,
    Step.RAISE_TIER: Steps.raise_tier,
    Step.WAIT_RESTORED: Steps.await_restored,
    Step.EXTEND: Steps.extend,
    Step.CLEAN: Steps.clean,
    Step.WAIT_EXPIRED: Steps.await_expired,
    Step.DELETE: Steps.delete,
    Step.COPY_ONTO: Steps.copy_onto,
    Step.COPY_FROM: Steps.copy_from,
    Step.PUT_TAGS: Steps.put_tags,
    Step.PUT_ACL: Steps.put_acl,
    Step.READ: Steps.read,
    Step.WAIT_HOUR: partial(Steps.pass_time, share=0, seconds=HOUR),
    Step.WAIT_HALF: partial(Steps.pass_time, share=0.5, seconds=0),
    Step.WAIT_REST: partial(Steps.pass_time, share=0.5, seconds=MARGIN_SECONDS),
    Step.WAIT_LAST_HALF_HOUR: partial(Steps.pass_time, share=0, seconds=RESTORE_DAYS * DAY - HOUR // 2),
}


RESTORES = frozenset({Step.RESTORE, Step.RESTORE_SLOWLY, Step.COPY_FROM})
MOVES = frozenset({step for step in Step if step.name.startswith("WAIT_")} | {Step.COPY_FROM})
"""Steps that begin a restore, and steps that move the restore clock."""

SHARED_MOVES = frozenset({Step.WAIT_RESTORED, Step.WAIT_EXPIRED, Step.COPY_FROM})
"""Steps for which others may move the clock as well."""
LATER: Mapping[Moment, Step] = MappingProxyType(
    {
        Moment.REST: Step.WAIT_REST,
        Moment.LAST_HALF_HOUR: Step.WAIT_LAST_HALF_HOUR,
        Moment.HOUR_LATER: Step.WAIT_HOUR,
    }
)
"""Moments that the clock is moved to, whatever became of the object."""


def hold_of(contract: Contract) -> Hold | None:
    """Return how a contract depends on the restore clock; None where it does not."""
    givens = [contract.given, *(s.given for s in contract.siblings if s.given)]
    ways = [[*STEPS[given], *contract.prepare] for given in givens]
    steps, moments = {*chain(*ways)}, {effect.moment for effect in contract.then}
    if steps & MOVES - SHARED_MOVES or moments & LATER.keys() or contract.provision.days < RESTORE_DAYS:
        return Hold.ALONE
    restoring = (
        any(_late_steps(way) for way in ways)
        or Moment.RESTORE_TIME in moments
        or any(effect.kind is ProbeKind.RESTORE for effect in contract.then)
        or (contract.race is not None and Raced.RESTORE in contract.race.requests)
    )
    if restoring:
        return Hold.STILL
    return Hold.LASTS if steps & MOVES else None


def _late_steps(steps: Sequence[Step]) -> int:
    """Return the number of steps from the restore on that is not waited for."""
    late = 0
    for number, step in enumerate(steps):
        if step in MOVES:
            late = 0
        elif step in RESTORES and not late:
            late = len(steps) - number
    return late


def content_of(name: str, size: int | None = None) -> bytes:
    """Return the content of an object: its own name, so that a mix-up shows, as often as fills a size."""
    whole = f"{name}\n".encode("utf-8", "surrogateescape")
    return whole if size is None else (whole * (size // len(whole) + 1))[:size]


def in_parts(content: bytes) -> tuple[bytes, ...]:
    """Return a content in parts; each but the last has the size that a part has at least."""
    starts = range(0, len(content), LEAST_PART) or (0,)
    return tuple(content[at : at + LEAST_PART] for at in starts)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The object of a case in its history, verified, and its siblings by their ids."""

    object: ArrangedObject
    siblings: dict[str, ArrangedObject] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.object.name

    def of(self, sibling: str) -> ArrangedObject:
        """Return a sibling, or the object itself for an empty id."""
        return self.siblings[sibling] if sibling else self.object


class Provisioner:
    """Makes objects in histories on one target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.steps = Steps(target)

    def arrange(self, case: Case, client: OssClient) -> Arrangement:
        """Return the case's object in its history, its siblings beside it.

        What is to be seen restoring is restored after the others' waits, and all are looked at in the end.
        Raises NotTestedError, and PendingError after each object came as far as it can.
        """
        contract, stem = case.contract, client.name(case.slug)
        whole = as_long_as_may_be(stem + contract.tail)
        objects = {"": self.new(client, whole, contract.given, case.storage_class, contract.provision)}
        objects[""].steps += contract.prepare
        for sibling in contract.siblings:
            beside = self._beside(client, sibling.bucket)
            given = sibling.given or contract.given
            objects[sibling.id] = self.new(beside, stem + sibling.tail, given, case.storage_class)
        if any(RESTORES & {*one.steps} and not MOVES & {*one.steps} for one in objects.values()):
            self.steps.watch.begin()
        late = {one.name: _late_steps(one.steps) for one in objects.values()}
        for one in objects.values():
            self.steps.advance(one, stop=Step.WAIT_RESTORED, leave=late[one.name])
        pending = []
        for one in objects.values():
            try:
                self.steps.advance(one, leave=late[one.name])
            except PendingError as error:
                pending.append(error)
        if pending:
            raise max(pending, key=lambda error: error.until)
        for one in objects.values():
            self.steps.advance(one)
        for one in objects.values():
            self._see(one)
        return Arrangement(objects.pop(""), objects)

    def _beside(self, client: OssClient, bucket: Bucket | None) -> OssClient:
        if bucket is None:
            return client
        beside = self.target.client(client.contract_id, bucket)
        beside.transcript = client.transcript
        return beside

    def make(
        self,
        client: OssClient,
        suffix: str,
        given: Given,
        storage_class: StorageClass,
        *,
        content: bytes | None = None,
    ) -> ArrangedObject:
        """Return an object in a history, verified. Raises NotTestedError."""
        obj = self.new(client, client.name(suffix), given, storage_class)
        if content is not None:
            obj.content = content
        self.steps.advance(obj)
        self._see(obj)
        return obj

    @staticmethod
    def new(
        client: OssClient,
        name: str,
        given: Given,
        storage_class: StorageClass,
        provision: Provision = USUAL,
    ) -> ArrangedObject:
        """Return an object of which nothing was done yet."""
        tier = None if storage_class is StorageClass.ARCHIVE else provision.awaited_tier
        content = content_of(name, provision.size)
        return ArrangedObject(
            client, name, given, storage_class, content, tier, provision, steps=[*STEPS[given]]
        )

    def _see(self, obj: ArrangedObject) -> None:
        obj.head = obj.client.head(obj.name)
        if obj.given in DELETED:
            demand(obj.head.status == 404, f"HEAD of the {obj.given} object", "404", obj.head)  # noqa: PLR2004
            return
        self.steps.demand(obj.head.status == 200, "HEAD of the arranged object", "200", obj)  # noqa: PLR2004
        _verify(obj)


def _verify(obj: ArrangedObject) -> None:
    """See that HEAD shows the history, as far as a page says what it shows."""
    given = obj.given
    if given not in HEAD_SHOWS:
        return
    state = read_restore(obj.head)
    ongoing = state.ongoing if state else None
    if given in RESTORE_RUNS and ongoing is False:
        seen = "the restore completed before it could be looked at"
        moved = (
            ", unless somebody else moved its clock" if isinstance(obj.client.target.time, Advancing) else ""
        )
        raise NotTestedError(
            f"state moved: {seen}; a target that restores at once claims instant-restore{moved}"
        )
    wanted = HEAD_SHOWS[given]
    if {"no x-oss-restore": state is None}.get(wanted, ongoing is ("true" in wanted)):
        return
    value = obj.head.header(RESTORE_STATE)
    raise NotTestedError(f"HEAD of the {given} object: {RESTORE_STATE} is {value}, not {wanted}")
