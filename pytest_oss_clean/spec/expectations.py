"""Expectations and effects that several tables share, each with one way to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_oss_clean.oss.constants import REQUEST_ID, RESTORE_STATE, STORAGE_CLASS, Code
from pytest_oss_clean.spec.contract import Effect, Expectation, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, Evidence
from pytest_oss_clean.spec.matchers import (
    RESTORE_SHOWN,
    Absent,
    ContentSame,
    Entry,
    FormIs,
    Fresh,
    Header,
    Matcher,
    NoBody,
    OneOf,
    Path,
    Refusal,
    Same,
    StatusIs,
    code_is,
)
from pytest_oss_clean.spec.pages import GET_FROZEN, GET_RESTORED, HEAD_CLASS, HEAD_RESTORING, Quote
from pytest_oss_clean.spec.request import Version

FORBIDDEN_STATE = (StatusIs(403), code_is(Code.INVALID_OBJECT_STATE))
"""What reading a frozen object is answered."""
STALE = (StatusIs(409), code_is(Code.ARCHIVE_RESTORE_FILE_STALE))
READABLE = (StatusIs(200), ContentSame())
RESTORING = (StatusIs(200), RESTORE_SHOWN)


def refused(status: int, code: Code, evidence: Evidence, **more: Any) -> Expectation:
    return Expectation(id="answer", matchers=(StatusIs(status), code_is(code)), evidence=evidence, **more)


def refused_somehow(evidence: Evidence, **more: Any) -> Expectation:
    """Expect any 4xx: that it is refused is known, its Code is not."""
    return Expectation(id="refused", matchers=(Refusal(),), evidence=evidence, **more)


def done(status: int, evidence: Evidence) -> Expectation:
    """Expect success without a body."""
    return Expectation(id="answer", matchers=(StatusIs(status), NoBody()), evidence=evidence)


def one_of(*accepted: str, source: str = "") -> Expectation:
    """Expect one of several answers, such as `404 NoSuchKey`, where no source decides."""
    return Expectation(id="answer", matchers=(OneOf(accepted),), evidence=INFERRED, source=source)


def shows(  # noqa: PLR0913 - each but three has a default
    name: str,
    probe: ProbeKind,
    *matchers: Matcher,
    otherwise: str,
    evidence: Evidence = INFERRED,
    says: str = "",
    source: str = "",
    quote: Quote | None = None,
    moment: Moment = Moment.SETTLED,
    of: str = "",
    version: Version = Version.NONE,
) -> Effect:
    """Expect a later request to show something of the object, of a sibling, or of one version."""
    parts = [of, *(str(version).split()[1:2] if version else []), name]
    return Effect(
        id="-".join(filter(None, parts)),
        kind=probe,
        matchers=matchers,
        otherwise=otherwise,
        evidence=evidence,
        says=says,
        source=source,
        quote=quote if evidence is DOCUMENTED else None,
        moment=moment,
        of=of,
        version=version,
    )


def unreadable(evidence: Evidence, *, at_once: bool = False, **more: Any) -> Effect:
    """GET is refused: the object is frozen."""
    return shows(
        "unreadable-at-once" if at_once else "unreadable",
        ProbeKind.GET,
        *FORBIDDEN_STATE,
        otherwise="the object is readable" + " right after the clean" * at_once,
        evidence=evidence,
        moment=Moment.AT_ONCE if at_once else Moment.SETTLED,
        quote=GET_FROZEN,
        **more,
    )


def readable(evidence: Evidence, *, otherwise: str = "", **more: Any) -> Effect:
    """GET answers with the content that was put: the object is still restored."""
    other = more.get("of") or more.get("version")
    meant = "the clean reached another object" if other else "the object is no longer readable"
    return shows(
        "readable",
        ProbeKind.GET,
        *READABLE,
        otherwise=otherwise or meant,
        evidence=evidence,
        moment=Moment.AT_ONCE,
        quote=GET_RESTORED,
        **more,
    )


def header_gone(header: str, evidence: Evidence, *, name: str = "", **more: Any) -> Effect:
    return shows(
        name or f"{header}-gone",
        ProbeKind.HEAD,
        StatusIs(200),
        Absent(Header(header)),
        otherwise=f"HEAD still shows {header}",
        evidence=evidence,
        **more,
    )


def header_same(name: str, evidence: Evidence, *, otherwise: str = "", **more: Any) -> Effect:
    return shows(
        f"{name}-same",
        ProbeKind.HEAD,
        StatusIs(200),
        Same(Header(name)),
        otherwise=otherwise or f"the clean changed {name}",
        evidence=evidence,
        **more,
    )


def storage_class_same(evidence: Evidence, *, says: str = "") -> Effect:
    return header_same(STORAGE_CLASS, evidence, says=says, quote=HEAD_CLASS)


def restore_state_same(evidence: Evidence, **more: Any) -> Effect:
    """HEAD shows the restore as before: nothing touched it."""
    other = more.get("of") or more.get("version")
    otherwise = "the clean reached another object" if other else "the object's state was touched"
    return header_same(RESTORE_STATE, evidence, otherwise=otherwise, **more)


def _effect(name: str, probe: ProbeKind, *matchers: Matcher, **usual: Any) -> Callable[..., Effect]:
    """Return a function of the evidence, and of what else is not as usual."""

    def effect(evidence: Evidence = INFERRED, **more: Any) -> Effect:
        return shows(name, probe, *matchers, evidence=evidence, **usual | more)

    return effect


restore_shown = _effect(
    "restore-goes-on",
    ProbeKind.HEAD,
    *RESTORING,
    otherwise="the restore ended",
    moment=Moment.AT_ONCE,
    quote=HEAD_RESTORING,
)
"""The refused clean left the restore alone: HEAD still shows it."""
restore_completes = _effect(
    "restore-completes",
    ProbeKind.GET,
    *READABLE,
    otherwise="the restore ended",
    moment=Moment.RESTORE_TIME,
    quote=GET_RESTORED,
)
"""The running restore completes: after its time the object is readable."""
second_clean_stale = _effect(
    "second-clean-stale",
    ProbeKind.CLEAN,
    *STALE,
    otherwise="the object does not count as cleaned",
    moment=Moment.AT_ONCE,
)
cleaned_when_restored = _effect(
    "cleaned-when-restored",
    ProbeKind.CLEAN,
    StatusIs(200),
    NoBody(),
    otherwise="the restored object cannot be cleaned",
    moment=Moment.RESTORE_TIME,
)
"""Once the restore is complete, a clean is carried out, whatever an earlier one was answered."""
restorable_anew = _effect(
    "restorable-anew",
    ProbeKind.RESTORE,
    StatusIs(202),
    otherwise="the object cannot be restored anew",
    moment=Moment.AT_ONCE,
)
"""A restore is accepted as a first one; it costs a retrieval, so it comes last."""

RESTORABLE_ANEW = restorable_anew()
SECOND_CLEAN_REFUSED = shows(
    "second-clean-refused",
    ProbeKind.CLEAN,
    Refusal(),
    otherwise="the object can be cleaned twice",
    moment=Moment.AT_ONCE,
)
NOTHING_THERE = shows("nothing-there", ProbeKind.HEAD, StatusIs(404), otherwise="the clean made an object")
CONTENT_RESTORED = shows(
    "content-restored",
    ProbeKind.GET,
    *READABLE,
    otherwise="what was put last is not what is restored",
    moment=Moment.RESTORE_TIME,
)
CONTENT_SURVIVES = shows(
    "content-survives",
    ProbeKind.GET,
    *READABLE,
    otherwise="the content did not survive the clean",
    moment=Moment.RESTORE_TIME,
)
NO_COPY = shows("no-copy", ProbeKind.COPY, *FORBIDDEN_STATE, otherwise="the object can be copied")
REQUEST_ID_FRESH = shows(
    "request-id-fresh",
    ProbeKind.HEAD,
    StatusIs(200),
    Fresh(Header(REQUEST_ID)),
    otherwise="two answers have one request id",
)
REQUEST_ID_FORM = shows(
    "request-id-form",
    ProbeKind.HEAD,
    StatusIs(200),
    FormIs(REQUEST_ID),
    otherwise="request ids have another form",
    source="the length of 24 is asserted in SDK tests of other operations",
)

SHORT = {
    ProbeKind.META: "meta",
    ProbeKind.LIST: "list",
    ProbeKind.LIST_V2: "list-v2",
    ProbeKind.TAGS: "tags",
    ProbeKind.ACL: "acl",
}
"""How ids of effects call a probe."""


def entry_same(probe: ProbeKind, field: str) -> Effect:
    """A list shows a field of the object as before; Key: that it is listed."""
    return shows(
        f"{SHORT[probe]}-{field}-same",
        probe,
        StatusIs(200),
        Same(Entry(field)),
        otherwise="the object's entry in the list changed",
    )


def entry_lacks(probe: ProbeKind, field: str) -> Effect:
    """A list shows the object without a field."""
    return shows(
        f"{SHORT[probe]}-{field}-gone",
        probe,
        StatusIs(200),
        Absent(Entry(field)),
        otherwise=f"the list still shows {field}",
    )


def meta_same(name: str) -> Effect:
    """GetObjectMeta shows a header as before."""
    return shows(
        f"meta-{name}-same",
        ProbeKind.META,
        StatusIs(200),
        Same(Header(name)),
        otherwise=f"the clean changed {name}",
    )


def texts_same(probe: ProbeKind, path: str) -> Effect:
    """A document about the object holds the same texts as before."""
    return shows(
        f"{SHORT[probe]}-{path.rpartition('/')[2]}-same",
        probe,
        StatusIs(200),
        Same(Path(path)),
        otherwise=f"the clean changed what {probe} shows",
    )


def untouched(sibling: str, says: str = "", evidence: Evidence = DOCUMENTED) -> tuple[Effect, ...]:
    """Another object, restored too, stays restored and keeps its content: the clean names one object."""
    return (
        readable(evidence, says=says, of=sibling),
        restore_state_same(INFERRED, of=sibling),
    )


def untouched_restoring(sibling: str, says: str) -> tuple[Effect, ...]:
    """Another object, restoring too, goes on restoring."""
    reached = "the clean reached another object"
    return (
        restore_shown(DOCUMENTED, says=says, of=sibling, otherwise=reached),
        restore_state_same(INFERRED, of=sibling),
    )
