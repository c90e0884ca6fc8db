"""The pool: contracts that wait for restores, each as far as it came, so that their times pass together.

Where restores take real time, every contract is begun before the first one is waited for, and goes on as soon
as its time has passed: restores that follow others run at once, too. In a run that waits, journals live in
memory. A pool of a ledger outlives its process: there, what is not ready is pending, for a later run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import LONGEST_PAUSE, Provisioner
from pytest_oss_clean.engine.runner import Run
from pytest_oss_clean.errors import PendingError
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.spec.contract import Case, Moment
from pytest_oss_clean.spec.history import STEPS, Given, Step
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Waiting
from pytest_oss_clean.target.journal import EPOCH, Journal
from pytest_oss_clean.target.ledger import State

WAITS = frozenset({Step.WAIT_RESTORED, Step.WAIT_EXPIRED, Step.COPY_FROM})
"""Steps that take real time."""


def stages(case: Case) -> int:
    """Return how many times a case waits for a restore, or its end, one after the other."""
    contract = case.contract
    if contract.generated:
        return 0
    givens: set[Given] = {contract.given, *(s.given for s in contract.siblings if s.given)}
    before = max(sum(step in WAITS for step in STEPS[given]) for given in givens)
    return before + any(effect.moment is Moment.RESTORE_TIME for effect in contract.then)


class Pool:
    """Contracts of one target and how far they came; `prepare` is called before each run of one."""

    def __init__(self, provisioner: Provisioner, prepare: Callable[[Case], None] = lambda _: None) -> None:
        self.provisioner, self.target, self._prepare = provisioner, provisioner.target, prepare
        ledger = self.target.ledger
        self.stays = ledger.is_pool
        kept = ledger.lines() if self.stays else {}
        store = ledger if self.stays else None
        self._journals = {contract: Journal(contract, store, lines) for contract, lines in kept.items()}
        self._waits = isinstance(self.target.time, Waiting)
        self.pending: dict[str, tuple[Case, PendingError]] = {}
        self._done: dict[str, Outcome] = {}
        self._early: dict[StorageClass, float] = {}

    def begin(self, cases: Iterable[Case]) -> None:
        """Take all cases that wait as far as they come; those that wait most often come first."""
        for case in sorted(cases, key=stages, reverse=True):
            if self._waits and stages(case) and case.id not in self._done:
                self._go_on(case)

    def outcome(self, case: Case) -> Outcome:
        """Run a case to its end, or as far as it comes."""
        if case.id not in self.pending and case.id not in self._done:
            self._go_on(case)
        while case.id in self.pending and not self.stays:
            self._await(*self.pending[case.id])
            self._go_on(case)
        return self._done.pop(case.id)

    @property
    def not_tested(self) -> list[Outcome]:
        """Return what ended without a verdict."""
        return [outcome for outcome in self._done.values() if outcome.verdict is Verdict.ERROR]

    def remove_objects(self, cases: Iterable[Case]) -> None:
        """Delete what is left: of runs that were interrupted, of tests that removed nothing.

        The objects of cases that a later run goes on with stay.
        """
        begun = [case for case in cases if self.stays and case.id in self._journals]
        stays = tuple(self.target.prefix + case.slug for case in begun)
        for bucket, name in list(self.target.ledger.left):
            if not name.startswith(stays):
                self.target.client("removal").remove(name, bucket)

    def _go_on(self, case: Case) -> None:
        self._prepare(case)
        journal = self._journal(case)
        run = Run(case, self.target, self.provisioner, journal)
        if self.stays and (journal is None or journal.is_new):
            run.remove_objects()  # of a run that was killed
        self.pending.pop(case.id, None)
        try:
            outcome, until = run.finish(), 0.0
        except PendingError as error:
            if journal:
                journal.end()
            self.pending[case.id] = case, error
            outcome, until = Outcome(case, Verdict.PENDING, cause=f"until {told(error.until)}"), error.until
        if self.stays or outcome.verdict is not Verdict.PENDING:
            self._done[case.id] = outcome
        if self.stays:
            self.target.ledger.set_state(case.id, State(str(outcome.verdict), until, outcome.cause))

    def _journal(self, case: Case) -> Journal | None:
        if not self._waits or case.contract.generated or not (self.stays or stages(case)):
            return None
        return self._journals.setdefault(
            case.id, Journal(case.id, self.target.ledger if self.stays else None)
        )

    def _await(self, case: Case, pending: PendingError) -> None:
        """Wait until something has come; others that wait again later go on meanwhile.

        `_early` is how long before their time restores came, by class: others are expected as early.
        """
        pace, pause = self.target.pace, 0.05
        while not pending.is_over() and (left := pending.until - EPOCH - pace.now()) > 0:
            self.target.progress.waits(str(pending), len(self.pending), told(pending.until), left)
            pace.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE)
            for other, waits in list(self.pending.values()):
                early = self._early.get(other.storage_class, 0.0)
                if other is not case and stages(other) > 1 and waits.until - EPOCH - early <= pace.now():
                    self._go_on(other)
        self.target.progress.is_over()
        early = max(self._early.get(case.storage_class, 0.0), pending.until - EPOCH - pace.now())
        self._early[case.storage_class] = early


def told(moment: float) -> str:
    """Return a moment in UTC, to the minute; one that is not full yet is the next."""
    return datetime.fromtimestamp(-(-moment // 60) * 60, UTC).strftime("%Y-%m-%d %H:%M UTC")
