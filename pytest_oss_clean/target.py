"""The implementation under test, and signed calls to it.

Rule: every call goes through `Caller.send`, which refuses any bucket but the target's and any
object name outside the run's own prefix. Nothing foreign is read, written or listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version

from lxml import etree

from pytest_oss_clean.ledger import Ledger
from pytest_oss_clean.matcher import Matcher
from pytest_oss_clean.message import (
    Answer,
    Endpoint,
    Headers,
    Operation,
    Request,
    Sender,
    TroubleKind,
)
from pytest_oss_clean.secrecy import Scrubber
from pytest_oss_clean.signing import Credentials, Signer
from pytest_oss_clean.timecontrol import TimeControl
from pytest_oss_clean.vocabulary import (
    CLEAN,
    RESTORE,
    STORAGE_CLASS,
    Addressing,
    SignatureVersion,
    StorageClass,
    Tier,
)

NEVER_ARRIVED = frozenset(
    {TroubleKind.UNREACHABLE, TroubleKind.TLS, TroubleKind.CONNECT_TIMEOUT, TroubleKind.PROXY}
)
"""Troubles after which the target cannot have seen the request."""

BREAKER = 2
"""So many requests in a row without a proper answer, and the target is given up."""

RESTORE_DAYS = 7
"""The longest time that every edition of the RestoreObject page allows for every class."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a contract and its answer; `expected` is empty where nothing is judged."""

    label: str
    operation: Operation
    request: Request
    answer: Answer
    signature: SignatureVersion
    expected: tuple[Matcher, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Time that passed between two requests, until an object's restore was complete."""

    seconds: float
    name: str


@dataclass(kw_only=True)
class Target:
    """Everything a contract needs to know about the implementation under test.

    `prefix` is the run's own and starts every object name. `endpoint`, `bucket`, `region` and
    `credentials` serve code of your own that is to talk to the same target.
    """

    endpoint: Endpoint
    bucket: str
    region: str
    credentials: Credentials
    sender: Sender = field(repr=False)
    time: TimeControl
    prefix: str
    run_id: str
    claims: frozenset[str]
    addressing: Addressing = Addressing.PATH
    signature: SignatureVersion = SignatureVersion.V4
    settle_seconds: float = 0.0
    scrubber: Scrubber = field(default_factory=lambda: Scrubber(()), repr=False)
    ledger: Ledger = field(default_factory=Ledger, repr=False)
    unusable: str = ""
    troubles: int = field(default=0, repr=False)
    left_behind: list[str] = field(default_factory=list, repr=False)

    def caller(self, contract_id: str = "-") -> Caller:
        """Return a caller that names this contract in each request's User-Agent."""
        return Caller(self, contract_id)

    def note(self, answer: Answer) -> None:
        """Count answers that did not come; give the target up after BREAKER of them in a row."""
        self.troubles = self.troubles + 1 if answer.trouble and not answer.status else 0
        if self.troubles >= BREAKER and not self.unusable:
            self.unusable = f"{self.endpoint} gave no answer {self.troubles} times in a row: {answer.trouble}"


class Caller:
    """Signs and sends operations on the target's objects, and keeps what was said.

    Its methods return the Answer whatever it is; no status raises. Object names are full names,
    which `name()` makes.
    """

    def __init__(self, target: Target, contract_id: str) -> None:
        """Speak for one contract."""
        self.target = target
        self.contract_id = contract_id
        self.transcript: list[Exchange | Passage] = []
        agent = f"pytest-oss-clean/{version('pytest-oss-clean')} run/{target.run_id} contract/{contract_id}"
        self._agent: Headers = (("User-Agent", agent),)

    def __repr__(self) -> str:
        """Name the contract."""
        return f"<Caller {self.contract_id}>"

    @property
    def last(self) -> Exchange:
        """Return the last exchange."""
        return next(e for e in reversed(self.transcript) if isinstance(e, Exchange))

    def name(self, suffix: str) -> str:
        """Return the full object name for a suffix."""
        return self.target.prefix + suffix

    def put(self, name: str, content: bytes, storage_class: StorageClass | None = None) -> Answer:
        """PutObject, with a metadata entry that later requests look for."""
        headers: Headers = (("Content-Type", "text/plain"), ("x-oss-meta-origin", "pytest-oss-clean"))
        if storage_class:
            headers = (*headers, (STORAGE_CLASS, str(storage_class)))
        return self.send(self._operation("PUT", name, headers=headers, body=content), label="put")

    def head(self, name: str) -> Answer:
        """HeadObject."""
        return self.send(self._operation("HEAD", name), label="head")

    def get(self, name: str) -> Answer:
        """GetObject."""
        return self.send(self._operation("GET", name), label="get")

    def restore(self, name: str, *, days: int = RESTORE_DAYS, tier: Tier | None = Tier.EXPEDITED) -> Answer:
        """RestoreObject; `tier` None leaves JobParameters out, as class Archive demands."""
        root = etree.Element("RestoreRequest")
        etree.SubElement(root, "Days").text = str(days)
        if tier:
            parameters = etree.SubElement(root, "JobParameters")
            etree.SubElement(parameters, "Tier").text = str(tier)
        operation = self._operation("POST", name, RESTORE, body=etree.tostring(root))
        return self.send(operation, label="restore")

    def clean(self, name: str, *, signature: SignatureVersion | None = None) -> Answer:
        """CleanRestoredObject."""
        return self.send(self._operation("POST", name, CLEAN), label="clean", signature=signature)

    def delete(self, name: str, version_id: str = "") -> Answer:
        """DeleteObject, of a version for good where one is named."""
        operation = self._operation("DELETE", name)
        if version_id:
            operation = operation.adding(query=(("versionId", version_id),))
        return self.send(operation, label="delete")

    def send(self, operation: Operation, *, label: str, signature: SignatureVersion | None = None) -> Answer:
        """Sign and send any operation on an object of this run."""
        target = self.target
        if operation.bucket != target.bucket or not operation.name.startswith(target.prefix):
            raise ValueError(f"refusing to touch {operation!r}: it is not an object of this run")
        used = signature or target.signature
        signer = Signer(target.credentials, used, target.region)
        signed = signer.sign(operation.adding(headers=self._agent), datetime.now(UTC))
        request = signed.render(target.endpoint, target.addressing)
        if operation.method == "PUT":
            target.ledger.add(operation.name)
        answer = _without_echoes(target.sender(request), target.scrubber)
        target.note(answer)
        if operation.method == "PUT":
            self._note_put(operation.name, answer)
        self.transcript.append(Exchange(label, operation, request, answer, used))
        return answer

    def _note_put(self, name: str, answer: Answer) -> None:
        """Keep in the ledger what a put may have written."""
        never_arrived = answer.trouble is not None and answer.trouble.kind in NEVER_ARRIVED
        if never_arrived or 400 <= answer.status < 500:  # noqa: PLR2004 - refused
            self.target.ledger.remove(name)
        elif version_id := answer.header("x-oss-version-id"):
            self.target.ledger.add(name, version_id)

    def remove(self, name: str) -> None:
        """Delete an object that may exist, with every version written; what stays is noted apart."""
        ledger = self.target.ledger
        if name not in ledger.left:
            return
        # Where versions are known, a delete without version id would only add a delete marker.
        answers = [
            None if self.target.unusable else self.delete(name, version_id)
            for version_id in sorted(ledger.left[name]) or [""]
        ]
        if all(a and (a.succeeded or a.status == 404) for a in answers):  # noqa: PLR2004 - gone already
            ledger.remove(name)
        else:
            self.target.left_behind.append(name)

    def _operation(
        self, method: str, name: str, subresource: str = "", *, headers: Headers = (), body: bytes = b""
    ) -> Operation:
        query = ((subresource, None),) if subresource else ()
        return Operation(method, self.target.bucket, name, query, headers, body)


def _without_echoes(answer: Answer, scrub: Scrubber) -> Answer:
    """Return an answer that quotes no secret: a text that is cut later would hide it from a scrubber."""
    body = answer.body.decode("latin-1")
    if not scrub.finds("\n".join([answer.reason, *(f"{n}: {v}" for n, v in answer.headers), body])):
        return answer
    headers = tuple((scrub(name), scrub(value)) for name, value in answer.headers)
    return replace(answer, reason=scrub(answer.reason), headers=headers, body=scrub(body).encode("latin-1"))
