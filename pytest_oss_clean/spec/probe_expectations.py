"""Effects that other requests than HEAD and GET show, and effects on other objects."""

from __future__ import annotations

from pytest_oss_clean.oss.constants import REQUEST_ID, Code
from pytest_oss_clean.spec.contract import Effect, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.expectations import readable, restore_state_same
from pytest_oss_clean.spec.matchers.base import CodeIs, ContentSame, HeaderSame, RestoreShown, StatusIs
from pytest_oss_clean.spec.matchers.headers import HeaderFresh, RequestIdForm
from pytest_oss_clean.spec.matchers.listings import EntryLacks, EntrySame
from pytest_oss_clean.spec.matchers.xml import TextsSame

SHORT = {
    ProbeKind.META: "meta",
    ProbeKind.LIST: "list",
    ProbeKind.LIST_V2: "list-v2",
    ProbeKind.TAGS: "tags",
    ProbeKind.ACL: "acl",
}
"""How ids of effects call a probe."""


def entry_same(probe: ProbeKind, field: str, evidence: Evidence) -> Effect:
    """A list shows a field of the object as before; Key stands for its being listed."""
    return Effect(
        id=f"{SHORT[probe]}-{field}-same",
        probe=probe,
        matchers=(StatusIs(200), EntrySame(field)),
        otherwise="the object's entry in the list changed",
        evidence=evidence,
    )


def entry_lacks(probe: ProbeKind, field: str, evidence: Evidence) -> Effect:
    """A list shows the object without a field."""
    return Effect(
        id=f"{SHORT[probe]}-{field}-gone",
        probe=probe,
        matchers=(StatusIs(200), EntryLacks(field)),
        otherwise=f"the list still shows {field}",
        evidence=evidence,
    )


def meta_same(name: str, evidence: Evidence) -> Effect:
    """GetObjectMeta shows a header as before."""
    return Effect(
        id=f"meta-{name}-same",
        probe=ProbeKind.META,
        matchers=(StatusIs(200), HeaderSame(name)),
        otherwise=f"the clean changed {name}",
        evidence=evidence,
    )


def texts_same(probe: ProbeKind, path: str, evidence: Evidence) -> Effect:
    """A document about the object holds the same texts as before."""
    return Effect(
        id=f"{SHORT[probe]}-{path.rpartition('/')[2]}-same",
        probe=probe,
        matchers=(StatusIs(200), TextsSame(path)),
        otherwise=f"the clean changed what {probe} shows",
        evidence=evidence,
    )


def no_copy(evidence: Evidence) -> Effect:
    """The object is refused as the source of a copy: it is frozen."""
    return Effect(
        id="no-copy",
        probe=ProbeKind.COPY,
        matchers=(StatusIs(403), CodeIs(Code.INVALID_OBJECT_STATE)),
        otherwise="the object can be copied",
        evidence=evidence,
    )


def content_survives(evidence: Evidence) -> Effect:
    """Restored once more, the object has the content that was put."""
    return Effect(
        id="content-survives",
        probe=ProbeKind.GET,
        matchers=(StatusIs(200), ContentSame()),
        otherwise="the content did not survive the clean",
        evidence=evidence,
        moment=Moment.RESTORE_TIME,
    )


def request_id_fresh(evidence: Evidence) -> Effect:
    """Another answer has another request id."""
    return Effect(
        id="request-id-fresh",
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(200), HeaderFresh(REQUEST_ID)),
        otherwise="two answers have one request id",
        evidence=evidence,
    )


def request_id_form(evidence: Evidence) -> Effect:
    """A request id has the form that OSS's have."""
    return Effect(
        id="request-id-form",
        probe=ProbeKind.HEAD,
        matchers=(StatusIs(200), RequestIdForm()),
        otherwise="request ids have another form",
        evidence=evidence,
        source="the length of 24 is asserted in SDK tests of other operations",
    )


def untouched(sibling: str, says: str = "", evidence: Evidence = Evidence.DOCUMENTED) -> tuple[Effect, ...]:
    """Another object, restored too, stays restored and keeps its content: the clean names one object."""
    return (
        readable(evidence, says=says, of=sibling),
        restore_state_same(Evidence.INFERRED, of=sibling),
    )


def untouched_restoring(sibling: str, says: str) -> tuple[Effect, ...]:
    """Another object, restoring too, goes on restoring."""
    return (
        Effect(
            id=f"{sibling}-restore-goes-on",
            probe=ProbeKind.HEAD,
            matchers=(StatusIs(200), RestoreShown()),
            otherwise="the clean reached another object",
            evidence=Evidence.DOCUMENTED,
            says=says,
            moment=Moment.AT_ONCE,
            of=sibling,
        ),
        restore_state_same(Evidence.INFERRED, of=sibling),
    )
