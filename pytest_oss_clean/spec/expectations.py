"""Expectations that several tables share, each with one way to be wrong."""

from __future__ import annotations

from pytest_oss_clean.oss.constants import RESTORE_STATE, STORAGE_CLASS, Code
from pytest_oss_clean.spec.contract import Effect, Expectation, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.matchers.base import (
    CodeIs,
    ContentSame,
    HeaderAbsent,
    HeaderSame,
    NoBody,
    OneOf,
    Refusal,
    RestoreShown,
    StatusIs,
)
from pytest_oss_clean.spec.request import Version


def refused(status: int, code: Code, evidence: Evidence, *, source: str = "") -> Expectation:
    """Expect an error document with this status and Code."""
    return Expectation(
        id="answer", matchers=(StatusIs(status), CodeIs(code)), evidence=evidence, source=source
    )


def refused_somehow(evidence: Evidence, *, says: str = "", source: str = "") -> Expectation:
    """Expect any 4xx: that it is refused is known, its Code is not."""
    return Expectation(id="refused", matchers=(Refusal(),), evidence=evidence, says=says, source=source)


def done(status: int, evidence: Evidence, *, source: str = "") -> Expectation:
    """Expect success without a body."""
    return Expectation(id="answer", matchers=(StatusIs(status), NoBody()), evidence=evidence, source=source)


def one_of(*accepted: str, source: str = "") -> Expectation:
    """Expect one of several answers, such as `409 ArchiveRestoreFileStale`, where no source decides."""
    return Expectation(id="answer", matchers=(OneOf(accepted),), evidence=Evidence.INFERRED, source=source)


def unreadable(
    evidence: Evidence,
    *,
    says: str = "",
    at_once: bool = False,
    of: str = "",
    version: Version = Version.NONE,
) -> Effect:
    """GET is refused with 403 InvalidObjectState: the object is frozen."""
    return Effect(
        id=_named("unreadable-at-once" if at_once else "unreadable", of, version),
        probe=ProbeKind.GET,
        matchers=(StatusIs(403), CodeIs(Code.INVALID_OBJECT_STATE)),
        otherwise="the object is readable" + (" right after the clean" if at_once else ""),
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE if at_once else Moment.SETTLED,
        of=of,
        version=version,
    )


def readable(
    evidence: Evidence, *, says: str = "", of: str = "", version: Version = Version.NONE, otherwise: str = ""
) -> Effect:
    """GET answers with the content that was put: the object is still restored."""
    return Effect(
        id=_named("readable", of, version),
        probe=ProbeKind.GET,
        matchers=(StatusIs(200), ContentSame()),
        otherwise=otherwise
        or ("the clean reached another object" if of or version else "the object is no longer readable"),
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE,
        of=of,
        version=version,
    )


def header_gone(name: str, evidence: Evidence, *, of: str = "", version: Version = Version.NONE) -> Effect:
    """HEAD does not show the header."""
    return Effect(
        id=_named(f"{name}-gone", of, version),
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(200), HeaderAbsent(name)),
        otherwise=f"HEAD still shows {name}",
        evidence=evidence,
        of=of,
        version=version,
    )


def header_same(  # noqa: PLR0913 - each but two has a default
    name: str,
    evidence: Evidence,
    *,
    says: str = "",
    of: str = "",
    version: Version = Version.NONE,
    otherwise: str = "",
) -> Effect:
    """HEAD shows the header as before."""
    return Effect(
        id=_named(f"{name}-same", of, version),
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(200), HeaderSame(name)),
        otherwise=otherwise or f"the clean changed {name}",
        evidence=evidence,
        says=says,
        of=of,
        version=version,
    )


def storage_class_same(evidence: Evidence, *, says: str = "") -> Effect:
    """The storage class stays what it was."""
    return header_same(STORAGE_CLASS, evidence, says=says)


def restore_state_same(
    evidence: Evidence, *, says: str = "", of: str = "", version: Version = Version.NONE
) -> Effect:
    """HEAD tells of the restore as before: nothing touched it."""
    return header_same(
        RESTORE_STATE,
        evidence,
        says=says,
        of=of,
        version=version,
        otherwise="the clean reached another object" if of or version else "the object's state was touched",
    )


def second_clean_stale(evidence: Evidence, *, says: str = "") -> Effect:
    """Another clean is refused as stale."""
    return Effect(
        id="second-clean-stale",
        probe=ProbeKind.CLEAN,
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
        probe=ProbeKind.RESTORE,
        matchers=(StatusIs(202),),
        otherwise="the object cannot be restored anew",
        evidence=evidence,
        moment=Moment.AT_ONCE,
    )


def second_clean_refused(evidence: Evidence) -> Effect:
    """Another clean is refused, whatever the first one was answered."""
    return Effect(
        id="second-clean-refused",
        probe=ProbeKind.CLEAN,
        matchers=(Refusal(),),
        otherwise="the object can be cleaned twice",
        evidence=evidence,
        moment=Moment.AT_ONCE,
    )


def cleaned_when_restored(evidence: Evidence, *, says: str = "") -> Effect:
    """Once the restore is complete, a clean is carried out, whatever an earlier one was answered."""
    return Effect(
        id="cleaned-when-restored",
        probe=ProbeKind.CLEAN,
        matchers=(StatusIs(200), NoBody()),
        otherwise="the restored object cannot be cleaned",
        evidence=evidence,
        says=says,
        moment=Moment.RESTORE_TIME,
    )


def nothing_there(evidence: Evidence) -> Effect:
    """HEAD finds no object."""
    return Effect(
        id="nothing-there",
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(404),),
        otherwise="the clean made an object",
        evidence=evidence,
    )


def content_restored(evidence: Evidence) -> Effect:
    """Once a new restore is complete, GET answers with the content that was put last."""
    return Effect(
        id="content-restored",
        probe=ProbeKind.GET,
        matchers=(StatusIs(200), ContentSame()),
        otherwise="what was put last is not what is restored",
        evidence=evidence,
        moment=Moment.RESTORE_TIME,
    )


def restore_shown(evidence: Evidence, *, says: str = "") -> Effect:
    """The refused clean left the restore alone: HEAD still tells of it."""
    return Effect(
        id="restore-goes-on",
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(200), RestoreShown()),
        otherwise="the restore ended",
        evidence=evidence,
        says=says,
        moment=Moment.AT_ONCE,
    )


def restore_completes(evidence: Evidence, *, says: str = "") -> Effect:
    """The running restore completes: after its time the object is readable."""
    return Effect(
        id="restore-completes",
        probe=ProbeKind.GET,
        matchers=(StatusIs(200), ContentSame()),
        otherwise="the restore ended",
        evidence=evidence,
        says=says,
        moment=Moment.RESTORE_TIME,
    )


def _named(name: str, of: str, version: Version) -> str:
    """Return the id of an effect on the object, on a sibling, or on one version."""
    return "-".join([*([of] if of else []), *(str(version).split()[1:2] if version else []), name])
