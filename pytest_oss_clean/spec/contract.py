"""Contracts as data: rows that say what is demanded of one request, and of what later requests show.

A contract is a row: the history given, the request, the answer expected, the effects. Every
expectation carries its own evidence; only what an official page or SDK test of this very operation
says is required, everything else is a check, whose observed value is recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pytest_oss_clean.oss.constants import SignatureForm, SignatureVersion, StorageClass
from pytest_oss_clean.oss.operations import CLEAN_RESTORED_OBJECT, ApiOperation
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED, Evidence
from pytest_oss_clean.spec.history import NEEDS, USUAL, Given, Provision, Step, Upload, claims_of
from pytest_oss_clean.spec.matchers import Matcher
from pytest_oss_clean.spec.pages import Quote
from pytest_oss_clean.spec.request import Bucket, Key, RequestTemplate, Version

PAGE = "CleanRestoredObject page"
PLAIN = RequestTemplate()


class ProbeKind(StrEnum):
    HEAD = "HEAD"
    GET = "GET"
    META = "GetObjectMeta"
    RANGE = "a ranged GetObject"
    LIST = "ListObjects"
    LIST_V2 = "ListObjectsV2"
    VERSIONS = "ListObjectVersions"
    COPY = "a copy of the object"
    TAGS = "GetObjectTagging"
    ACL = "GetObjectAcl"
    CLEAN = "a second clean"
    RESTORE = "a restore"


class Moment(StrEnum):
    """When an effect is probed."""

    AT_ONCE = "at once"
    SETTLED = "settled"
    RESTORE_TIME = "after the restore time"
    REST = "after the rest of the restore time, unseen"
    LAST_HALF_HOUR = "half an hour before it expires"
    HOUR_LATER = "an hour later"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One thing expected of an answer.

    `says` quotes the operation's own page, empty where the sentence is the contract's own or there is
    none; `quote` is what another page says of this value. `source` names what else it rests on, empty
    where that is the contract's. `since` is the edition that brought it, where the contract is older.
    """

    id: str
    matchers: tuple[Matcher, ...]
    evidence: Evidence
    says: str = ""
    source: str = ""
    since: str = ""
    quote: Quote | None = None

    @property
    def compares(self) -> bool:
        """Return whether the same request must have been made before the judged one."""
        return any(matcher.compares for matcher in self.matchers)

    @property
    def response_matchers(self) -> tuple[Matcher, ...]:
        """Return what is demanded of status and Code."""
        return tuple(m for m in self.matchers if m.brief)


@dataclass(frozen=True, kw_only=True)
class Effect(Expectation):
    """What a later request shows; `otherwise` says what it means where it does not.

    `of` names a sibling instead of the object itself, `version` one version of it.
    """

    kind: ProbeKind
    otherwise: str
    moment: Moment = Moment.SETTLED
    of: str = ""
    version: Version = Version.NONE

    @property
    def probe(self) -> Probe:
        return Probe(self.kind, self.of, self.version)


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe of the object, of a sibling (`of`), or of one version."""

    kind: ProbeKind
    of: str = ""
    version: Version = Version.NONE

    def __str__(self) -> str:
        what = " of ".join(
            part for part in (str(self.version), f"the sibling {self.of}" * bool(self.of)) if part
        )
        return f"{self.kind} of {what}" if what else str(self.kind)


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another object of the run, put before the judged request: `tail` follows the name's stem.

    `given` is its history, None for that of the object.
    """

    id: str
    tail: str
    bucket: Bucket | None = None
    given: Given | None = None


class Raced(StrEnum):
    """A request of a race, in the word that its response is described with."""

    CLEAN = "clean"
    RESTORE = "restore"
    HEAD = "head"
    GET = "get"
    COPY = "copy"
    OVERWRITE = "overwrite"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An end that some order of the requests of a race has: sorted responses, and the state after.

    `waited` says that it takes a restore that completes meanwhile.
    """

    responses: tuple[str, ...]
    state: str
    waited: bool = False

    def __str__(self) -> str:
        return end_of_race(self.responses, self.state)


def end_of_race(responses: Iterable[str], state: str) -> str:
    """Describe the end of a race: each answer with how often it was given, and the state after."""
    counts = Counter(sorted(responses))
    return f"{', '.join(f'{n} x {text}' for text, n in counts.items())}; then {state}"


@dataclass(frozen=True, slots=True)
class Race:
    """Requests sent at the same time, and every end that they may have one after the other, in any order."""

    requests: tuple[Raced, ...]
    explanations: tuple[Explanation, ...]
    evidence: Evidence = INFERRED


@dataclass(frozen=True, slots=True)
class Generated:
    """A row that is tried with generated data: `by` names a property of `pytest_oss_clean.generated`.

    `evidence` is the best that what it judges rests on; its expectations carry their own.
    """

    by: str
    evidence: Evidence = DOCUMENTED


@dataclass(frozen=True)
class Contract:
    """One row: what is demanded of an operation for one history and one request.

    `id` is a stable slug, never reused. `clause` is the place in the document, `says` its words;
    where it has none, `reading` is our sentence and `source` what it rests on. `needs` names claims
    beside class and signature; `rules_out` claims under which the history cannot be seen. `tail` ends the
    object's name; `provision` says how it is uploaded and restored; `prepare` are steps that follow its
    history. A `generated` row makes its own objects, whatever is given.
    """

    id: str
    given: Given
    expect: tuple[Expectation, ...] = ()
    then: tuple[Effect, ...] = ()
    clause: str = ""
    says: str = ""
    reading: str = ""
    source: str = PAGE
    operation: ApiOperation = CLEAN_RESTORED_OBJECT
    request: RequestTemplate = PLAIN
    race: Race | None = None
    generated: Generated | None = None
    provision: Provision = USUAL
    bucket: Bucket = Bucket.MAIN
    tail: str = ""
    siblings: tuple[Sibling, ...] = ()
    prepare: tuple[Step, ...] = ()
    classes: tuple[StorageClass, ...] = (StorageClass.COLD_ARCHIVE,)
    signatures: tuple[SignatureVersion, ...] = (SignatureVersion.V4,)
    needs: frozenset[str] = frozenset()
    rules_out: frozenset[str] = frozenset()
    since: str = "0.1"

    @property
    def label(self) -> str:
        """Return what transcripts call the judged request; that of a claim, say, is another operation."""
        own = self.request.method in ("", self.operation.method)
        return self.operation.label if own else "judged"

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """Return what is expected of the answer, then the effects."""
        return (*self.expect, *self.then)

    def cases(self) -> tuple[Case, ...]:
        return tuple(Case(self, c, s) for c in self.classes for s in self.signatures)


PROBE_CLAIMS = {
    ProbeKind.META: "object-meta",
    ProbeKind.LIST: "list",
    ProbeKind.LIST_V2: "list",
    ProbeKind.VERSIONS: "versions",
    ProbeKind.COPY: "copy",
    ProbeKind.TAGS: "tags",
    ProbeKind.ACL: "acl",
}
BUCKET_CLAIMS = {Bucket.SECOND: "second-bucket", Bucket.VERSIONED: "versions"}


@dataclass(frozen=True)
class Case:
    """A contract with its parameters; `id` names it everywhere: `restored[ColdArchive-V4]`."""

    contract: Contract
    storage_class: StorageClass
    signature: SignatureVersion

    @property
    def id(self) -> str:
        return f"{self.contract.id}[{self.storage_class}-{self.signature}]"

    @property
    def slug(self) -> str:
        """Return the id in characters that file and object names take."""
        return f"{self.contract.id}-{self.storage_class}-{self.signature}"

    @property
    def claims(self) -> frozenset[str]:
        """Return the claims that a target must make for this case to be tested."""
        return self._needed()

    def _needed(self, *, patient: bool = False) -> frozenset[str]:
        contract = self.contract
        needed = {str(self.storage_class), str(self.signature), *contract.needs} - {"Standard"}
        needed |= {PROBE_CLAIMS[e.kind] for e in contract.then if e.kind in PROBE_CLAIMS}
        needed |= {NEEDS[step] for step in contract.prepare if step in NEEDS}
        for given in (contract.given, *(s.given for s in contract.siblings if s.given)):
            needed |= claims_of(given, patient=patient)
        if contract.provision.upload in (Upload.APPEND, Upload.LINKED):
            needed.add("object-types")
        if contract.provision.upload is Upload.MULTIPART:
            needed.add("multipart")
        signing = contract.request.signing
        if signing.form is SignatureForm.URL:
            needed.add("presigned")
        if signing.hostile:
            needed.add("hostile-auth")
        if signing.region:
            needed.add("region")
        if signing.key in (Key.STS, Key.TOKEN_MISSING, Key.TOKEN_CHANGED):
            needed.add("STS")
        buckets = {contract.bucket, contract.request.bucket, *(s.bucket for s in contract.siblings)}
        return frozenset(needed | {c for bucket, c in BUCKET_CLAIMS.items() if bucket in buckets})

    def missing(self, claims: frozenset[str], *, patient: bool = False) -> tuple[str, ...]:
        """Return the claims that this case needs and that are not made, or made against it.

        `patient` says that the days of a restore are waited for.
        """
        ruled_out = {f"not {claim}" for claim in claims & self.contract.rules_out}
        return tuple(sorted((self._needed(patient=patient) - claims) | ruled_out))

    @property
    def checks_only(self) -> bool:
        whole = [part for part in (self.contract.race, self.contract.generated) if part]
        evidence = [each.evidence for each in (*self.contract.expectations, *whole)]
        return not any(e.required for e in evidence)
