"""The steps that lead an object to a history, each with what the target must answer.

A step that the target does not take as documented ends in NotTestedError with the step and the
answer; a contract is then "not tested", never failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pytest_oss_clean.errors import NotTestedError, UnusableError
from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS, VERSION_ID, Code, StorageClass, Tier
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.operations import PERMISSIONS, RESTORE_DAYS
from pytest_oss_clean.oss.responses import describe, read_error, read_restore
from pytest_oss_clean.spec.history import HEAD_SHOWS, LONGEST_RESTORE, Given, Step
from pytest_oss_clean.target.clock import Advancing, TimeControlError
from pytest_oss_clean.target.target import OssClient, Target
from pytest_oss_clean.target.transcript import Passage

MARGIN_SECONDS = 60
LONGEST_PAUSE = 30.0
STUCK = 2
"""After so many restores in a row that no moved clock completed, no time is given any more."""
HOUR, DAY = 3_600, 86_400


@dataclass(slots=True)
class ArrangedObject:
    """An object under way to a history, or there; `restored_by` is when its restore must be complete.

    `versions` are the version ids that its puts and deletes answered with, `head` the HEAD answer once
    it is there. `contents` are those of its versions, by their ids.
    """

    client: OssClient
    name: str
    given: Given
    storage_class: StorageClass
    content: bytes
    tier: Tier | None = Tier.EXPEDITED
    restored_by: float | None = None
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
    denied = error is not None and error.code == Code.ACCESS_DENIED
    lacks = f"; the key may lack the permission {permission}" if denied and permission else ""
    raise NotTestedError(f"{step}: {describe(response)}{instead}{strange}{lacks}")


class Steps:
    """Takes steps on one target."""

    def __init__(self, target: Target) -> None:
        """Work on one target."""
        self.target = target
        self._stuck = 0
        self.completed: set[tuple[StorageClass, Tier | None]] = set()
        self.taken: set[StorageClass] = set()

    def advance(self, made: ArrangedObject, stop: Step | None = None) -> None:
        """Take the steps that are left, as far as one to stop before."""
        while made.steps and made.steps[0] is not stop:
            if self.target.given_up:
                raise UnusableError(self.target.given_up)
            STEP[made.steps.pop(0)](self, made)

    def demand(self, condition: object, step: str, wanted: str, made: ArrangedObject) -> None:
        """Go on, or say that the last request stopped the arranging, and what the key may lack."""
        last = made.client.last
        if not condition and self.target.pace.is_throttled(last.response):
            raise UnusableError(f"throttled: {step}: {describe(last.response)}")
        demand(condition, step, wanted, last.response, PERMISSIONS.get(last.label, ""))

    def put(self, made: ArrangedObject) -> None:
        """Put the object, and see that the class is taken."""
        made.puts += 1
        if made.puts > 1:
            made.content = content_of(f"{made.name} {made.puts}")
        self._put(made, made.name, made.content)

    def _put(self, made: ArrangedObject, name: str, content: bytes) -> None:
        client, storage_class = made.client, made.storage_class
        response = client.put(name, content, storage_class)
        self.demand(response.succeeded, f"PUT of a {storage_class} object", "200", made)
        if name == made.name:
            _keep_version(made, response, content)
        head = client.head(name)
        self.demand(head.status == 200, "HEAD of the new object", "200", made)  # noqa: PLR2004
        shown = head.header(STORAGE_CLASS) or "Standard"
        if shown != storage_class:
            raise NotTestedError(
                f"HEAD of the new object: {STORAGE_CLASS} is {shown}, not {storage_class}; "
                f"the target ignores the storage class, so do not claim {storage_class}"
            )

    def restore(self, made: ArrangedObject, name: str = "") -> None:
        """Begin a restore."""
        if mute := self.target.mute("restore"):
            raise NotTestedError(mute)
        client, tier = made.client, made.tier
        days = 1 if Step.WAIT_EXPIRED in made.steps else RESTORE_DAYS
        response = client.restore(name or made.name, days=days, tier=tier)
        self.demand(response.status == 202, "restore of the frozen object", "202", made)  # noqa: PLR2004
        control = self.target.time
        wait = 0.0 if isinstance(control, Advancing) else control.restore_seconds
        made.restored_by = time.monotonic() + wait

    def restore_slowly(self, made: ArrangedObject) -> None:
        """Begin a restore that a later one may hasten."""
        made.tier = Tier.STANDARD
        self.restore(made)

    def raise_tier(self, made: ArrangedObject) -> None:
        """Ask for a higher tier while restoring; pages disagree on the answer, so any does."""
        response = made.client.restore(made.name, tier=Tier.EXPEDITED)
        taken = response.succeeded or response.status == 409  # noqa: PLR2004
        self.demand(taken, "restore with a higher tier while restoring", "2xx or 409", made)

    def extend(self, made: ArrangedObject) -> None:
        """Restore what is restored: its validity is extended."""
        response = made.client.restore(made.name, tier=made.tier)
        self.demand(response.status == 200, "restore of the restored object", "200", made)  # noqa: PLR2004

    def clean(self, made: ArrangedObject) -> None:
        """Clean, as part of the arranging."""
        response = made.client.clean(made.name)
        self.demand(response.status == 200, "clean of the restored object", "200", made)  # noqa: PLR2004

    def delete(self, made: ArrangedObject) -> None:
        """Delete the object."""
        response = made.client.delete(made.name)
        self.demand(response.succeeded, "DELETE of the object", "204", made)
        _keep_version(made, response)

    def put_tags(self, made: ArrangedObject) -> None:
        """Give the object a tag."""
        response = made.client.put_tags(made.name, "origin", "pytest-oss-clean")
        self.demand(response.succeeded, "PUT of a tag", "200", made)

    def put_acl(self, made: ArrangedObject) -> None:
        """Give the object an ACL of its own, which opens nothing."""
        response = made.client.put_acl(made.name, "private")
        self.demand(response.succeeded, "PUT of an ACL", "200", made)

    def read(self, made: ArrangedObject) -> None:
        """Read the object, so that whoever keeps copies has one."""
        response = made.client.get(made.name)
        self.demand(response.body == made.content, "GET of the object", "200 with its content", made)

    def pass_time(self, made: ArrangedObject, share: float, seconds: float) -> None:
        """Let a share of the restore time pass, and some seconds, whatever becomes of the object."""
        self.move(made.client, made.name, share * LONGEST_RESTORE[made.storage_class, made.tier] + seconds)

    def copy_onto(self, made: ArrangedObject) -> None:
        """Copy a Standard object onto this one."""
        source = f"{made.name}.source"
        content = content_of(source)
        response = made.client.put(source, content)
        self.demand(response.succeeded, "PUT of the copy's source", "200", made)
        self._copy(made, source, content)

    def copy_from(self, made: ArrangedObject) -> None:
        """Put and restore another object, and copy it here."""
        source = f"{made.name}.source"
        content = content_of(source)
        self._put(made, source, content)
        self.restore(made, source)
        self.wait_restored(made.client, source, made.storage_class, made.restored_by, made.tier)
        self._copy(made, source, content)

    def _copy(self, made: ArrangedObject, source: str, content: bytes) -> None:
        response = made.client.copy(source, made.name, made.storage_class)
        self.demand(response.succeeded, "copy", "200", made)
        made.content = content
        _keep_version(made, response, content)

    def await_restored(self, made: ArrangedObject) -> None:
        """Let the restore complete."""
        client = made.client
        self.wait_restored(client, made.name, made.storage_class, made.restored_by, made.tier)
        shown = read_restore(client.last.response)
        if shown is None or shown.ongoing is not False:
            value = client.last.response.header(RESTORE_STATE)
            raise NotTestedError(
                f"HEAD after the restore time: {RESTORE_STATE} is {value}, not {HEAD_SHOWS[Given.RESTORED]}"
            )
        self.completed.add((made.storage_class, made.tier))

    def await_expired(self, made: ArrangedObject) -> None:
        """Let the restored object's days run out."""
        grace = self.move(made.client, made.name, DAY + MARGIN_SECONDS)
        deadline = time.monotonic() + grace
        while made.client.head(made.name).header(RESTORE_STATE) and time.monotonic() < deadline:
            made.client.transcript.pop()
            time.sleep(0.05)

    def wait_restored(  # noqa: PLR0913, PLR0917 - what is waited for
        self,
        client: OssClient,
        name: str,
        storage_class: StorageClass,
        restored_by: float | None,
        tier: Tier | None = Tier.EXPEDITED,
        version: str = "",
    ) -> None:
        """Move the clock, or wait, until HEAD no longer says that the restore is ongoing."""
        began, control = time.monotonic(), self.target.time
        if isinstance(control, Advancing):
            seconds = LONGEST_RESTORE[storage_class, tier] + MARGIN_SECONDS
            deadline = time.monotonic() + self.move(client, name, seconds, kept=False)
            waited = f"after the clock was moved by {seconds} s"
        else:
            deadline = restored_by or began + control.restore_seconds
            waited = f"within --oss-restore-seconds {control.restore_seconds:g}"
        pause = 0.05
        while (state := read_restore(client.head(name, version))) is not None and state.ongoing:
            if time.monotonic() >= deadline:
                self._stuck += 1
                raise NotTestedError(f"the restore did not complete {waited}: HEAD still says it is ongoing")
            client.transcript.pop()  # the next one tells as much, later
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        self._stuck = 0
        client.transcript.append(Passage(time.monotonic() - began, name, tier))

    def move(self, client: OssClient, name: str, seconds: float, *, kept: bool = True) -> float:
        """Put the restore clock ahead; return how long the target may take to notice.

        A target that did not notice several times in a row is not waited for any more. `kept` notes it
        for the reproducer.
        """
        control = self.target.time
        if not isinstance(control, Advancing):
            raise NotTestedError("the restore clock cannot be moved")
        try:
            control.move(seconds)
        except TimeControlError as error:
            raise NotTestedError(str(error)) from None
        if kept:
            client.transcript.append(Passage(0.0, name, moved=seconds))
        return control.grace if self._stuck < STUCK else 0.0


def _keep_version(made: ArrangedObject, response: Response, content: bytes = b"") -> None:
    """Keep the id that a put or a delete was answered with."""
    version = response.header(VERSION_ID) or ""
    made.versions += [version]
    made.contents[version] = content


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


def content_of(name: str) -> bytes:
    """Return the content of an object: its own name, so that a mix-up shows."""
    return f"{name}\n".encode("utf-8", "surrogateescape")
