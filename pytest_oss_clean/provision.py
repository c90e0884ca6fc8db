"""Bringing objects into histories: arranging, which is never asserting.

Every step that the target does not take as documented ends in NotTestedError with the step and
the answer; a contract is then "not tested", never failed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_oss_clean.answer import describe, read_error, read_restore
from pytest_oss_clean.contract import Case
from pytest_oss_clean.history import HEAD_SHOWS, LONGEST_RESTORE, STEPS, Given, Step
from pytest_oss_clean.matcher import Before
from pytest_oss_clean.message import Answer
from pytest_oss_clean.target import NEVER_ARRIVED, Caller, Passage, Target
from pytest_oss_clean.timecontrol import Advancing, TimeControlError
from pytest_oss_clean.vocabulary import STORAGE_CLASS, StorageClass, Tier

MARGIN_SECONDS = 60
GRACE_SECONDS = 5.0
"""After its clock was moved, a target may take so long to notice."""
LONGEST_PAUSE = 30.0


class NotTestedError(Exception):
    """The target could not be brought there; the text names the step and the answer."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """An object in a history, verified; `restored_by` is when its restore must be complete."""

    name: str
    given: Given
    storage_class: StorageClass
    before: Before
    restored_by: float | None = None


def demand(condition: object, step: str, wanted: str, answer: Answer) -> None:
    """Go on, or say that this step stopped the arranging."""
    if condition:
        return
    instead = "" if answer.trouble else f", not {wanted}"
    strange = read_error(answer).problem if answer.status >= 400 and answer.body else ""  # noqa: PLR2004
    raise NotTestedError(f"{step}: {describe(answer)}{instead}" + (f" ({strange})" if strange else ""))


class Provisioner:
    """Makes objects in histories on one target.

    Where restores take real time, `start` puts and restores ahead, so that all of them run at once.
    """

    def __init__(self, target: Target) -> None:
        """Work on one target."""
        self.target = target
        self._started: dict[str, float | NotTestedError] = {}

    def start(self, cases: Iterable[Case]) -> None:
        """Begin the restores of all cases that need a complete one; failures surface in `arrange`."""
        for case in cases:
            if Step.WAIT_RESTORED not in STEPS[case.contract.given]:
                continue
            caller = self.target.caller(case.id)
            try:
                name = caller.name(case.slug)
                self._started[case.id] = self._put_and_restore(
                    caller, name, content_of(name), case.storage_class
                )
            except NotTestedError as error:
                self._started[case.id] = error

    def arrange(self, case: Case, caller: Caller) -> Arranged:
        """Return an object in the case's history. Raises NotTestedError."""
        began = self._started.pop(case.id, None)
        if isinstance(began, NotTestedError):
            raise began
        return self.make(caller, case.slug, case.contract.given, case.storage_class, restored_by=began)

    def make(  # noqa: PLR0913 - an object's whole description
        self,
        caller: Caller,
        suffix: str,
        given: Given,
        storage_class: StorageClass,
        *,
        restored_by: float | None = None,
        content: bytes | None = None,
    ) -> Arranged:
        """Return an object in a history; `restored_by` is set where its restore was begun before."""
        content = content_of(caller.name(suffix)) if content is None else content
        name = caller.name(suffix)
        steps = STEPS[given]
        if restored_by is None:
            if steps:
                restored_by = self._put_and_restore(caller, name, content, storage_class)
            else:
                self._put(caller, name, content, storage_class)
        if Step.WAIT_RESTORED in steps:
            self.wait_restored(caller, name, storage_class, restored_by)
        head = self._verified_head(caller, name, Given.RESTORED if Step.CLEAN in steps else given)
        if Step.CLEAN in steps:
            answer = caller.clean(name)
            demand(answer.status == 200, "clean of the restored object", "200", answer)  # noqa: PLR2004
        before = Before(head, content)
        return Arranged(name, given, storage_class, before, restored_by)

    def wait_restored(
        self, caller: Caller, name: str, storage_class: StorageClass, restored_by: float | None
    ) -> None:
        """Move the clock, or wait, until HEAD no longer says that the restore is ongoing."""
        began = time.monotonic()
        control = self.target.time
        if isinstance(control, Advancing):
            seconds = LONGEST_RESTORE[storage_class, Tier.EXPEDITED] + MARGIN_SECONDS
            try:
                control.move(seconds)
            except TimeControlError as error:
                raise NotTestedError(str(error)) from None
            deadline = time.monotonic() + GRACE_SECONDS
            waited = f"after the clock was moved by {seconds} s"
        else:
            deadline = restored_by or began + control.restore_seconds
            waited = f"within --oss-restore-seconds {control.restore_seconds:g}"
        pause = 0.05
        while (state := read_restore(caller.head(name))) is not None and state.ongoing:
            if time.monotonic() >= deadline:
                raise NotTestedError(f"the restore did not complete {waited}: HEAD still says it is ongoing")
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        caller.transcript.append(Passage(time.monotonic() - began, name))

    def _put(self, caller: Caller, name: str, content: bytes, storage_class: StorageClass) -> None:
        if self.target.unusable:
            raise NotTestedError(self.target.unusable)
        answer = caller.put(name, content, storage_class)
        demand(answer.succeeded, f"PUT of a {storage_class} object", "200", answer)
        head = caller.head(name)
        demand(head.status == 200, "HEAD of the new object", "200", head)  # noqa: PLR2004
        shown = head.header(STORAGE_CLASS) or "Standard"
        if shown != storage_class:
            raise NotTestedError(
                f"HEAD of the new object: {STORAGE_CLASS} is {shown}, not {storage_class}; "
                f"the target ignores the storage class, so do not claim {storage_class}"
            )

    def _put_and_restore(
        self, caller: Caller, name: str, content: bytes, storage_class: StorageClass
    ) -> float:
        """Return when the restore must be complete, where that takes real time."""
        self._put(caller, name, content, storage_class)
        answer = caller.restore(name)
        demand(answer.status == 202, "restore of the frozen object", "202", answer)  # noqa: PLR2004
        control = self.target.time
        wait = 0.0 if isinstance(control, Advancing) else control.restore_seconds
        return time.monotonic() + wait

    def _verified_head(self, caller: Caller, name: str, given: Given) -> Answer:
        answer = caller.head(name)
        demand(answer.status == 200, "HEAD of the arranged object", "200", answer)  # noqa: PLR2004
        state = read_restore(answer)
        shown = {
            Given.NEVER_RESTORED: state is None,
            Given.RESTORING: state is not None and state.ongoing is True,
            Given.RESTORED: state is not None and state.ongoing is False,
        }[given]
        if given is Given.RESTORING and state is not None and state.ongoing is False:
            raise NotTestedError(
                "the restore completed before it could be looked at; "
                "a target that restores at once claims instant-restore"
            )
        if not shown:
            value = answer.header("x-oss-restore")
            raise NotTestedError(
                f"HEAD of the {given} object: x-oss-restore is {value}, not {HEAD_SHOWS[given]}"
            )
        return answer


def content_of(name: str) -> bytes:
    """Return the content of an object: its own name, so that a mix-up shows."""
    return f"{name}\n".encode()


def preflight(target: Target, *, wait_ready: float = 0.0) -> None:
    """Find out with one small object whether the target can be tested at all.

    Raises NotTestedError with the one cause.
    """
    caller = target.caller("preflight")
    name = caller.name("preflight")
    deadline = time.monotonic() + wait_ready
    absent = caller.head(name)
    while absent.trouble and time.monotonic() < deadline:
        time.sleep(0.2)
        target.troubles = 0
        target.unusable = ""
        absent = caller.head(name)
    if absent.trouble and absent.trouble.kind in NEVER_ARRIVED:
        raise NotTestedError(f"{target.endpoint} cannot be reached: {absent.trouble}")
    demand(absent.status >= 400, "HEAD of an object that does not exist", "404", absent)  # noqa: PLR2004
    answer = caller.put(name, content_of(name))
    try:
        demand(answer.succeeded, "PUT of a small object", "200", answer)
        head = caller.head(name)
        demand(head.status == 200, "HEAD of the new object", "200", head)  # noqa: PLR2004
        size = head.header("content-length")
        if size != str(len(content_of(name))):
            raise NotTestedError(
                f"HEAD of the new object: Content-Length is {size}, not {len(content_of(name))}"
            )
    finally:
        caller.remove(name)
    gone = caller.head(name)
    demand(gone.status >= 400, "HEAD of the deleted object", "404", gone)  # noqa: PLR2004
