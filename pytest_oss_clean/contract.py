"""Contracts as data: rows that say what is demanded, effects, and findings.

A contract is a row: the history given, the answer expected, the effects that later requests show.
Every expectation carries its own evidence; only what an official page or SDK test of this very
operation says is required, everything else is a check, whose observed value is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pytest_oss_clean.answer import describe
from pytest_oss_clean.history import Given
from pytest_oss_clean.matcher import (
    Before,
    CodeIs,
    ContentSame,
    HeaderAbsent,
    HeaderSame,
    Matcher,
    NoBody,
    RestoreShown,
    StatusIs,
    check,
)
from pytest_oss_clean.message import Answer
from pytest_oss_clean.vocabulary import (
    STORAGE_CLASS,
    Code,
    SignatureVersion,
    StorageClass,
)


class Evidence(StrEnum):
    """Where an expectation comes from."""

    DOCUMENTED = "documented"
    SDK_TESTED = "sdk-tested"
    RECORDED = "recorded"
    INFERRED = "inferred"

    @property
    def required(self) -> bool:
        """Tell whether a difference is a failure; what is inferred is only observed."""
        return self is not Evidence.INFERRED


class Probe(StrEnum):
    """A request that shows an effect."""

    HEAD = "HEAD"
    GET = "GET"
    CLEAN = "a second clean"
    RESTORE = "a restore"


class Moment(StrEnum):
    """When an effect is looked at."""

    AT_ONCE = "at once"
    SETTLED = "settled"
    RESTORE_TIME = "after the restore time"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a later request shows; `otherwise` says what it means where it does not.

    `says` quotes the page, empty where the sentence is the contract's own or there is none.
    """

    id: str
    probe: Probe
    matchers: tuple[Matcher, ...]
    otherwise: str
    evidence: Evidence
    says: str = ""
    moment: Moment = Moment.SETTLED

    @property
    def answer_matchers(self) -> tuple[StatusIs | CodeIs, ...]:
        """Return what is demanded of status and Code."""
        return tuple(m for m in self.matchers if isinstance(m, (StatusIs, CodeIs)))


@dataclass(frozen=True)
class Expected:
    """The answer to the judged request."""

    matchers: tuple[Matcher, ...]
    evidence: Evidence


def refused(status: int, code: Code, evidence: Evidence) -> Expected:
    """Expect an error document with this status and Code."""
    return Expected((StatusIs(status), CodeIs(code)), evidence)


def done(status: int, evidence: Evidence) -> Expected:
    """Expect success without a body."""
    return Expected((StatusIs(status), NoBody()), evidence)


def unreadable(evidence: Evidence, *, says: str = "", at_once: bool = False) -> Effect:
    """GET is refused with 403 InvalidObjectState: the object is frozen."""
    return Effect(
        id="unreadable-at-once" if at_once else "unreadable",
        probe=Probe.GET,
        matchers=(StatusIs(403), CodeIs(Code.INVALID_OBJECT_STATE)),
        otherwise="the object is readable" + (" right after the clean" if at_once else ""),
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE if at_once else Moment.SETTLED,
    )


def header_gone(name: str, evidence: Evidence) -> Effect:
    """HEAD does not show the header."""
    return Effect(
        id=f"{name}-gone",
        probe=Probe.HEAD,
        matchers=(StatusIs(200), HeaderAbsent(name)),
        otherwise=f"HEAD still shows {name}",
        evidence=evidence,
    )


def header_same(name: str, evidence: Evidence, *, says: str = "") -> Effect:
    """HEAD shows the header as before."""
    return Effect(
        id=f"{name}-same",
        probe=Probe.HEAD,
        matchers=(StatusIs(200), HeaderSame(name)),
        otherwise=f"the clean changed {name}",
        evidence=evidence,
        says=says,
    )


def storage_class_same(evidence: Evidence, *, says: str = "") -> Effect:
    """The storage class stays what it was."""
    return header_same(STORAGE_CLASS, evidence, says=says)


def second_clean_stale(evidence: Evidence, *, says: str) -> Effect:
    """Another clean is refused as stale."""
    return Effect(
        id="second-clean-stale",
        probe=Probe.CLEAN,
        matchers=(StatusIs(409), CodeIs(Code.ARCHIVE_RESTORE_FILE_STALE)),
        otherwise="the object does not count as cleaned",
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE,
    )


def restorable_anew(evidence: Evidence) -> Effect:
    """A restore is accepted as a first one; it costs a retrieval, so it comes last."""
    return Effect(
        id="restorable-anew",
        probe=Probe.RESTORE,
        matchers=(StatusIs(202),),
        otherwise="the object cannot be restored anew",
        evidence=evidence,
        moment=Moment.AT_ONCE,
    )


def restore_shown(evidence: Evidence, *, says: str) -> Effect:
    """The refused clean left the restore alone: HEAD still tells of it."""
    return Effect(
        id="restore-goes-on",
        probe=Probe.HEAD,
        matchers=(StatusIs(200), RestoreShown()),
        otherwise="the restore ended",
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE,
    )


def restore_completes(evidence: Evidence, *, says: str) -> Effect:
    """The running restore completes: after its time the object is readable."""
    return Effect(
        id="restore-completes",
        probe=Probe.GET,
        matchers=(StatusIs(200), ContentSame()),
        otherwise="the restore ended",
        evidence=evidence,
        says=says,
        moment=Moment.RESTORE_TIME,
    )


@dataclass(frozen=True)
class Contract:
    """One row: what the document demands of CleanRestoredObject for one history.

    `id` is a stable slug, never reused. `clause` is the place in the document, `says` its words.
    `rules_out` names claims under which the history cannot be seen.
    """

    id: str
    clause: str
    says: str
    given: Given
    expect: Expected
    then: tuple[Effect, ...] = ()
    classes: tuple[StorageClass, ...] = (StorageClass.COLD_ARCHIVE,)
    signatures: tuple[SignatureVersion, ...] = (SignatureVersion.V4,)
    rules_out: frozenset[str] = frozenset()
    since: str = "0.1"

    def cases(self) -> tuple[Case, ...]:
        """Return the contract with each of its parameters."""
        return tuple(Case(self, c, s) for c in self.classes for s in self.signatures)


@dataclass(frozen=True)
class Case:
    """A contract with its parameters; `id` names it everywhere: `restored[ColdArchive-V4]`."""

    contract: Contract
    storage_class: StorageClass
    signature: SignatureVersion

    @property
    def id(self) -> str:
        """Return the contract id."""
        return f"{self.contract.id}[{self.storage_class}-{self.signature}]"

    @property
    def slug(self) -> str:
        """Return the id in characters that file and object names take."""
        return f"{self.contract.id}-{self.storage_class}-{self.signature}"

    def missing(self, claims: frozenset[str]) -> tuple[str, ...]:
        """Return the claims that this case needs and that are not made, or made against it."""
        needed = {str(self.storage_class), str(self.signature)}
        ruled_out = {f"not {claim}" for claim in claims & self.contract.rules_out}
        return tuple(sorted((needed - claims) | ruled_out))


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation compared: `problem` is empty where the answer is as expected."""

    id: str
    evidence: Evidence
    observed: str
    problem: str = ""
    says: str = ""

    @property
    def fails(self) -> bool:
        """Tell whether this finding makes the contract fail."""
        return bool(self.problem) and self.evidence.required


def judge_answer(expected: Expected, answer: Answer) -> list[Finding]:
    """Compare the answer to the judged request: a finding for each difference, or one that it is right."""
    problems = check(expected.matchers, answer, None) or [""]
    return [Finding("answer", expected.evidence, describe(answer), problem) for problem in problems]


def judge_effect(effect: Effect, answer: Answer, before: Before) -> Finding:
    """Compare the answer to a probe."""
    problems = check(effect.matchers, answer, before)
    observed = "; ".join(dict.fromkeys(m.observed(answer) for m in effect.matchers))
    text = f"{effect.otherwise}: {_difference(effect, answer, problems)}" if problems else ""
    return Finding(effect.id, effect.evidence, observed, text, effect.says)


def _difference(effect: Effect, answer: Answer, problems: list[str]) -> str:
    """Say what the probe showed beside what it should have shown."""
    when = f" {effect.moment}" if effect.moment is Moment.RESTORE_TIME else ""
    wanted = " ".join(str(m.status if isinstance(m, StatusIs) else m.code) for m in effect.answer_matchers)
    if check(effect.answer_matchers, answer, before=None):
        return f"{effect.probe} answers {describe(answer)}{when}, not {wanted} ({effect.evidence})"
    return f"in {effect.probe}{when}, {'; '.join(problems)} ({effect.evidence})"
