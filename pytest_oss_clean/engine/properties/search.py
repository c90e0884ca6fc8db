"""Looking for an example that shows a difference: Hypothesis, with settings that are ours alone.

Neither the profile nor the example database of whoever runs us is read or written. The smallest
failing example is kept here, not by Hypothesis: so making it smaller may end at any time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from pytest_oss_clean.engine.coverage import Visits
from pytest_oss_clean.engine.properties.trial import ANY, DiffersError, Trial
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.errors import NotTestedError, UnusableError
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.target.clock import Hold
from pytest_oss_clean.target.target import Target


@cache
def _home() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="oss-clean-")


@contextmanager
def apart() -> Iterator[None]:
    """Let Hypothesis keep its tables in a folder of this process, not in that of whoever runs us."""
    before = vars(configuration)["__hypothesis_home_directory"]
    configuration.set_hypothesis_home_dir(_home().name)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


AS_EXPECTED = "as expected"


class _Enough(BaseException):
    """Ends a search from within an example; Hypothesis lets it pass."""


@dataclass(frozen=True, slots=True)
class Property:
    """What is tried: a function of a trial, or a machine; `explicit` are values to draw, tried first.

    `hold` says how an example depends on the restore clock.
    """

    examine: Callable[[Trial], None] | None = None
    machine: Callable[[Trial], RuleBasedStateMachine] | None = None
    explicit: tuple[tuple[object, ...], ...] = ()
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search: findings for the outcome, and the smallest failing example.

    `examples` counts what was tried, without what made a failure smaller. `not_tested` says why the
    search could not go on.
    """

    findings: tuple[Finding, ...]
    smallest: Trial | None
    last: Trial | None
    examples: int
    not_tested: NotTestedError | None = None
    visits: Visits = field(default_factory=Counter)
    judged: frozenset[str] = frozenset()


@dataclass
class Search:
    case: Case
    target: Target
    provisioner: Provisioner
    tried: Property
    smallest: Trial | None = None
    last: Trial | None = None
    visits: Visits = field(default_factory=Counter)
    _sought: str = ""
    _examples: int = 0
    _begun: int = 0
    _first_failed_at: float = 0.0
    _not_tested: NotTestedError | None = None
    _judged: set[str] = field(default_factory=set)
    _unlike: Counter[str] = field(default_factory=Counter)

    def run(self) -> Found:
        """Look for a failure; where there is none, for the smallest example of a check that differs."""
        with apart():
            self._run()
        return Found(
            self._findings(),
            self.smallest,
            self.last,
            self._examples,
            self._not_tested,
            self.visits,
            frozenset(self._judged),
        )

    def _run(self) -> None:
        trying = self.target.trying
        try:
            if trying.explicit:
                self._try_explicit()
            if self.smallest is None:
                self._search()
            if self.smallest is None and self._unlike:
                self._sought = self._unlike.most_common(1)[0][0]
                self._search()
        except _Enough:
            pass

    @property
    def _shrinks(self) -> bool:
        trying = self.target.trying
        return trying.shrink and self.case.id not in trying.known

    @property
    def _replays(self) -> bool:
        """Return whether steps of a machine can be played again with some of them left out."""
        return self.tried.machine is not None and self.tried.examine is not None

    def _search(self) -> None:
        self._find()
        if self._replays and self.smallest is not None and self._shrinks:
            self._leave_out(self.smallest)

    def _leave_out(self, smallest: Trial) -> None:
        """Leave out the steps of a machine that are not needed, until each of them and each run of them is.

        Runs of steps are tried when no single step can go: one put less may leave an object that no row
        speaks of, where two less leave the one that failed.
        """
        steps = self._steps_of(smallest)
        self._sought = ANY if self._sought else ""  # fewer steps may show another check's difference
        length = 1
        while length < len(steps):
            places = range(len(steps) - length, -1, -1)
            fewer = (self._play_again(steps[:place] + steps[place + length :]) for place in places)
            shorter = next((trial for trial in fewer if trial is not None), None)
            steps, length = (steps, length + 1) if shorter is None else (self._steps_of(shorter), 1)

    @staticmethod
    def _steps_of(trial: Trial) -> list[object]:
        steps = trial.values[0]
        return [*steps] if isinstance(steps, list) else []

    def _play_again(self, steps: list[object]) -> Trial | None:
        """Return another example of these steps, where it shows the same."""
        trial = self._begin(None)
        trial.listed = iter([steps])
        try:
            if self.tried.examine is not None:
                self._guard(self.tried.examine, trial)
        except DiffersError:
            pass
        finally:
            self._settle(trial)
        return trial if trial.differs else None

    def _find(self) -> None:
        attempt = self._try_machine if self.tried.machine else self._try_data
        try:
            attempt(self._settings())
        except NotTestedError as error:
            self._not_tested = error
            raise _Enough from None
        except (DiffersError, HypothesisException):
            return  # the smallest example is kept; what Hypothesis says of it, and of its way there, is not
        except _Enough:
            if self._not_tested is not None:
                raise

    def _settings(self) -> settings:
        budget = self.target.trying.budget
        shrink = self._shrinks and not self._replays
        return settings(
            max_examples=budget.machines if self.tried.machine else budget.examples,
            stateful_step_count=budget.steps,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            database=None,
            deadline=None,
            derandomize=False,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            backend="hypothesis",
        )

    def _try_data(self, ours: settings) -> None:
        examine = self.tried.examine
        if examine is None:
            raise ValueError(f"{self.case.id} has nothing to try")

        @seed(self.target.trying.seed)
        @ours
        @given(st.data())
        def body(data: st.DataObject) -> None:
            trial = self._begin(data)
            try:
                self._guard(examine, trial)
            finally:
                self._end(trial)

        body()

    def _try_machine(self, ours: settings) -> None:
        make = self.tried.machine
        if make is None:
            raise ValueError(f"{self.case.id} has no machine")

        @seed(self.target.trying.seed)
        def factory() -> RuleBasedStateMachine:
            trial = self._begin(None)
            trial.stop = self.stop
            machine = make(trial)
            machine.teardown = lambda: self._end(trial)  # type: ignore[method-assign]
            return machine

        run_state_machine_as_test(factory, settings=ours)  # type: ignore[arg-type]  # any callable will do

    def _try_explicit(self) -> None:
        for values in self.tried.explicit:
            if self.tried.examine is None or self.smallest is not None:
                return
            trial = self._begin(None)
            trial.listed = iter(values)
            try:
                self._guard(self.tried.examine, trial)
            except DiffersError:
                pass
            finally:
                self._settle(trial)

    def _guard(self, examine: Callable[[Trial], None], trial: Trial) -> None:
        try:
            examine(trial)
        except NotTestedError as error:
            self.stop(error)

    def stop(self, error: NotTestedError) -> None:
        """End the search: on this target it cannot go on."""
        self._not_tested = error
        raise _Enough

    def _begin(self, data: st.DataObject | None) -> Trial:
        trying = self.target.trying
        if self.target.given_up:
            self.stop(UnusableError(self.target.given_up))
        late = time.monotonic() - self._first_failed_at > trying.budget.shrink_seconds
        if self._first_failed_at and late:
            raise _Enough
        self._begun += 1
        return Trial(self.case, self.target, self.provisioner, self._begun, data, sought=self._sought)

    def _end(self, trial: Trial) -> None:
        """Settle an example that Hypothesis made; one that differs is said to. Raises DiffersError."""
        self._settle(trial)
        if trial.differs:
            raise DiffersError

    def _settle(self, trial: Trial) -> None:
        trial.clear()
        self.last = trial
        self.visits.update(trial.visits)
        # One that Hypothesis gave up half-way judged nothing.
        self._examples += bool(trial.findings) and not self._first_failed_at
        self._judged.update(finding.id for finding in trial.findings)
        self._unlike.update(f.id for f in trial.findings if f.problem and not f.fails)
        if not trial.differs:
            return
        self._first_failed_at = self._first_failed_at or time.monotonic()
        if self.smallest is None or trial.size <= self.smallest.size:
            self.smallest = trial

    def _findings(self) -> tuple[Finding, ...]:
        """Return what the smallest example shows, and that all else is as expected."""
        shown = [f for f in self.smallest.findings if f.problem] if self.smallest else []
        problems = {finding.id for finding in shown}
        contract, demand = self.case.contract, self.target.demand
        right = [
            Finding(
                expectation.id,
                expectation.evidence,
                AS_EXPECTED,
                says=expectation.says,
                required=demand.requires(expectation.evidence, expectation.since or contract.since),
            )
            for expectation in contract.expect
            if expectation.id in self._judged - problems
        ]
        return (*shown, *right)
