"""Running one contract against one target: arrange, send, probe, compare, clear away.

There is no pytest in here: the plugin, the canary and whoever else runs contracts call `run`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import groupby

from pytest_oss_clean.contract import (
    Case,
    Effect,
    Finding,
    Moment,
    Probe,
    judge_answer,
    judge_effect,
)
from pytest_oss_clean.history import Given
from pytest_oss_clean.matcher import Matcher
from pytest_oss_clean.message import Answer
from pytest_oss_clean.provision import Arranged, NotTestedError, Provisioner
from pytest_oss_clean.target import NEVER_ARRIVED, Caller, Exchange, Passage, Target
from pytest_oss_clean.verdict import Verdict

SETTLE_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of one contract showed.

    `cause` says why it was not tested. `judged` is the exchange that the contract is about, None
    where it was never sent. Texts may quote the target: scrub them before they are shown.
    """

    case: Case
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    cause: str = ""
    judged: Exchange | None = None
    before: Answer | None = None
    transcript: tuple[Exchange | Passage, ...] = ()

    @property
    def problems(self) -> list[Finding]:
        """Return the findings that make the contract fail."""
        return [finding for finding in self.findings if finding.fails]

    @property
    def unlike(self) -> list[Finding]:
        """Return the checks that observed something else than we expect; they fail nothing."""
        return [f for f in self.findings if f.problem and not f.evidence.required]

    @property
    def observations(self) -> dict[str, str]:
        """Return what every check observed."""
        return {f.id: f.observed for f in self.findings if not f.evidence.required}


def run(case: Case, target: Target, provisioner: Provisioner) -> Outcome:
    """Run one case; whatever the target does becomes an outcome. Its object is deleted."""
    return Run(case, target, provisioner).finish()


class Run:
    """A run in two parts: `begin` sends the judged request, `finish` looks at its effects.

    Where restores take real time, runs are begun together, so that their times pass together.
    """

    def __init__(self, case: Case, target: Target, provisioner: Provisioner) -> None:
        """Prepare to run one case."""
        self.case = case
        self.caller = target.caller(case.id)
        self.provisioner = provisioner
        self._arranged: Arranged
        self._judged: Exchange | None = None
        self._findings: list[Finding] = []
        self._not_tested: NotTestedError | None = None
        self._settle_until = 0.0

    def begin(self) -> None:
        """Bring the object into its history, send the judged request once, compare its answer."""
        try:
            self._arranged = self.provisioner.arrange(self.case, self.caller)
            self._judged = self._send()
        except NotTestedError as error:
            self._not_tested = error
            return
        self._findings = judge_answer(self.case.contract.expect, self._judged.answer)
        settle = 0.0 if self._failed else self.caller.target.settle_seconds
        self._settle_until = time.monotonic() + settle

    def finish(self) -> Outcome:
        """Probe the effects, delete the object, and return the outcome."""
        try:
            if self._judged is None and self._not_tested is None:
                self.begin()
            if self._judged is not None and self._not_tested is None:
                self._look_at_effects(self._judged.answer)
        finally:
            self.caller.remove(self.caller.name(self.case.slug))
        transcript = tuple(self.caller.transcript)
        if self._not_tested is not None and not self._failed:
            return Outcome(self.case, Verdict.ERROR, cause=str(self._not_tested), transcript=transcript)
        return Outcome(
            self.case,
            Verdict.FAILED if self._failed else Verdict.PASSED,
            tuple(self._findings),
            judged=self._judged,
            before=self._arranged.before.head,
            transcript=transcript,
        )

    @property
    def _failed(self) -> bool:
        return any(finding.fails for finding in self._findings)

    def _send(self) -> Exchange:
        answer = self.caller.clean(self._arranged.name, signature=self.case.signature)
        judged = _expecting(self.caller, self.case.contract.expect.matchers)
        _must_have_arrived(answer, "the judged request")
        moving = self.case.contract.given is Given.RESTORING and not self.caller.target.time.exclusive
        if moving and answer.succeeded:
            raise NotTestedError(
                "state moved: the clean answered 200, but the restore may just have ended; run it again"
            )
        return judged

    def _look_at_effects(self, answer: Answer) -> None:
        try:
            for (probe, moment), group in groupby(self.case.contract.then, lambda e: (e.probe, e.moment)):
                if answer.trouble and probe is Probe.CLEAN:
                    continue  # it would only wait as long again
                if moment is Moment.RESTORE_TIME:
                    self._let_restore_complete()
                self._findings += self._probe(probe, list(group))
        except NotTestedError as error:
            self._not_tested = error

    def _let_restore_complete(self) -> None:
        arranged = self._arranged
        self.provisioner.wait_restored(
            self.caller, arranged.name, arranged.storage_class, arranged.restored_by
        )

    def _probe(self, probe: Probe, effects: list[Effect]) -> list[Finding]:
        """Look at effects that the same request shows, again until they have settled."""
        while True:
            answer = self._ask(probe)
            if answer.trouble and probe is not Probe.CLEAN:
                raise NotTestedError(f"{probe} after the clean got no answer: {answer.trouble}")
            _must_have_arrived(answer, f"{probe} after the clean")
            findings = [judge_effect(effect, answer, self._arranged.before) for effect in effects]
            final = effects[0].moment is not Moment.SETTLED or time.monotonic() >= self._settle_until
            if final or not any(f.problem for f in findings):
                break
            self.caller.transcript.pop()
            time.sleep(SETTLE_PAUSE)
        _expecting(self.caller, tuple(m for e in effects if e.evidence.required for m in e.matchers))
        return findings

    def _ask(self, probe: Probe) -> Answer:
        caller, name = self.caller, self._arranged.name
        match probe:
            case Probe.HEAD:
                return caller.head(name)
            case Probe.GET:
                return caller.get(name)
            case Probe.CLEAN:
                return caller.clean(name, signature=self.case.signature)
            case Probe.RESTORE:
                return caller.restore(name)


def _must_have_arrived(answer: Answer, what: str) -> None:
    if answer.trouble and answer.trouble.kind in NEVER_ARRIVED:
        raise NotTestedError(f"{what} never reached the target: {answer.trouble}")


def _expecting(caller: Caller, matchers: tuple[Matcher, ...]) -> Exchange:
    """Keep with the last exchange what was expected of it, for the reproducer, and return it."""
    exchange = replace(caller.last, expected=matchers)
    caller.transcript[-1] = exchange
    return exchange
