"""The implementation under test, and signed calls to it.

Rule: every call goes through `OssClient.send`, which refuses any bucket but the target's and any
object name outside the run's own prefix. Nothing foreign is read, written or listed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from importlib.metadata import version as version_of

from pytest_oss_clean.errors import UnusableError
from pytest_oss_clean.oss import operations
from pytest_oss_clean.oss.constants import VERSION_ID, Addressing, SignatureVersion, StorageClass, Tier
from pytest_oss_clean.oss.messages import Endpoint, Headers, Operation, Request, Response, Sender
from pytest_oss_clean.oss.responses import text_of
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.oss.url_encodings import Spelling
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.request import Bucket, Key, Signing
from pytest_oss_clean.target.clock import TimeControl
from pytest_oss_clean.target.config.budgets import Trying
from pytest_oss_clean.target.journal import READS, Journal, Line, arrived, digest
from pytest_oss_clean.target.ledger import Entry, Ledger, remove
from pytest_oss_clean.target.limits import CircuitBreaker, Throttle
from pytest_oss_clean.target.meter import Limit, Meter
from pytest_oss_clean.target.progress import Progress
from pytest_oss_clean.target.transcript import NEVER_ARRIVED, Elapsed, Exchange


@dataclass(kw_only=True)
class Target:
    """Everything a contract needs to know about the implementation under test.

    `prefix` is the run's own and starts every object name. `endpoint`, `bucket`, `region` and
    `credentials` serve code of your own that is to talk to the same target. `sts` are temporary
    credentials, where there are any.
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
    second_bucket: str = ""
    versioned_bucket: str = ""
    sts: Credentials | None = None
    settle_seconds: float = 0.0
    demand: Demand = field(default_factory=Demand)
    trying: Trying = field(default_factory=Trying)
    pace: Throttle = field(default_factory=Throttle, repr=False)
    scrubber: Scrubber = field(default_factory=lambda: Scrubber(()), repr=False)
    ledger: Ledger = field(default_factory=Ledger, repr=False)
    unusable: str = ""
    meter: Meter | None = field(default=None, repr=False)
    """Counts what is sent, where somebody asks for it."""
    limit: Limit | None = None
    progress: Progress = field(default_factory=Progress, repr=False)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker, init=False, repr=False, compare=False)
    left_behind: list[str] = field(default_factory=list, repr=False)
    journal: Journal | None = field(default=None, repr=False)
    """That of the contract that runs, where it may have to go on in another run."""

    def client(
        self, contract_id: str = "-", bucket: Bucket = Bucket.MAIN, *, patient: bool = True
    ) -> OssClient:
        """Return a caller that names this contract in each request's User-Agent.

        A patient one sends a request again while the target is busy.
        """
        return OssClient(self, contract_id, self.buckets[bucket], patient=patient)

    @cached_property
    def buckets(self) -> Mapping[Bucket, str]:
        """Return the names of the buckets that may be spoken of, empty where there is none."""
        return {
            Bucket.MAIN: self.bucket,
            Bucket.SECOND: self.second_bucket,
            Bucket.VERSIONED: self.versioned_bucket,
            Bucket.ABSENT: f"oss-clean-absent-{secrets.token_hex(8)}",
        }

    @cached_property
    def keys(self) -> Mapping[Key, Credentials | None]:
        """Return who may sign; what nobody has is generated for this target."""
        own, sts = self.credentials, self.sts
        made_up = Secret(secrets.token_hex(15))
        return {
            Key.OWN: own,
            Key.UNKNOWN: Credentials(f"LTAI{secrets.token_hex(8)}", made_up),
            Key.WRONG_SECRET: Credentials(own.key_id, made_up, own.token),
            Key.ANONYMOUS: None,
            Key.BOGUS_TOKEN: Credentials(own.key_id, own.secret, Secret(secrets.token_hex(24))),
            Key.STS: sts,
            Key.TOKEN_MISSING: sts and Credentials(sts.key_id, sts.secret),
            Key.TOKEN_CHANGED: sts and Credentials(sts.key_id, sts.secret, Secret(secrets.token_hex(24))),
        }

    def note(self, *responses: Response) -> None:
        """Count answers that did not come; the target is given up after some in a row."""
        self.breaker.note(*responses)
        if self.breaker.dead and not self.unusable:
            self.unusable = f"{self.endpoint} {self.breaker.dead}"

    def try_again(self) -> None:
        """Forget what was given up so far."""
        self.unusable, self.breaker = "", CircuitBreaker()

    @property
    def given_up(self) -> str:
        """Return why nothing more is to be asked of this target, or nothing."""
        breaker = self.breaker
        muted = breaker.failed and self.mute("clean")
        return self.unusable or breaker.over or muted or self.pace.exhausted() or self.spent

    @property
    def spent(self) -> str:
        """Return which limit on requests or costs is reached, or nothing."""
        return self.limit.reached(self.meter) if self.limit and self.meter else ""

    def mute(self, kind: str) -> str:
        """Return why no more requests of this kind are worth waiting for, or nothing."""
        told = self.breaker.mute.get(kind)
        return f"{self.endpoint} {told}" if told else ""


class OssClient:
    """Signs and sends operations on the target's objects, and keeps what was said.

    Its methods return the Response whatever it is; no status raises. Object names are full names,
    which `name()` makes; they lie in the caller's bucket.
    """

    def __init__(self, target: Target, contract_id: str, bucket: str = "", *, patient: bool = True) -> None:
        self.target = target
        self.contract_id = contract_id
        self.bucket = bucket or target.bucket
        self.patient = patient
        self.transcript: list[Exchange | Elapsed] = []
        self.removes = False
        agent = f"{_suite()} run/{target.run_id} contract/{contract_id}"
        self._agent: Headers = (("User-Agent", agent),)

    def __repr__(self) -> str:
        return f"<OssClient {self.contract_id}>"

    @property
    def last(self) -> Exchange:
        return next(e for e in reversed(self.transcript) if isinstance(e, Exchange))

    def name(self, suffix: str) -> str:
        return self.target.prefix + suffix

    def put(self, name: str, content: bytes, storage_class: StorageClass | None = None) -> Response:
        """PutObject, with a metadata entry that later requests look for."""
        return self.send(operations.put(self.bucket, name, content, storage_class), label="put")

    def upload_in_parts(
        self, name: str, parts: Sequence[bytes], storage_class: StorageClass | None = None
    ) -> Response:
        """Upload an object in parts; return the first response that is not a success, or the last."""
        begun = self.send(
            operations.initiate_upload(self.bucket, name, storage_class), label="initiate upload"
        )
        upload = text_of(begun, "UploadId")
        if not begun.succeeded or not upload:
            return begun
        etags = []
        for number, content in enumerate(parts, 1):
            part = self.send(
                operations.upload_part(self.bucket, name, upload, number, content), label="upload part"
            )
            if not part.succeeded:
                self.abort_upload(name, upload)
                return part
            etags.append(part.header("ETag") or "")
        completed = operations.complete_upload(self.bucket, name, upload, tuple(etags))
        return self.send(completed, label="complete upload")

    def abort_upload(self, name: str, upload: str) -> Response:
        """AbortMultipartUpload: of an upload that is not completed nothing is left."""
        return self.send(operations.abort_upload(self.bucket, name, upload), label="abort upload")

    def append(self, name: str, content: bytes, storage_class: StorageClass | None = None) -> Response:
        self.target.ledger.add(self.bucket, name)
        return self.send(operations.append(self.bucket, name, content, storage_class), label="append")

    def put_symlink(self, name: str, to: str) -> Response:
        return self.send(operations.symlink(self.bucket, name, to), label="put symlink")

    def get_range(self, name: str, version: str = "") -> Response:
        operation = operations.plain("GET", self.bucket, name, "", version)
        return self.send(operation.adding(headers=(("Range", "bytes=0-0"),)), label="get range")

    def copy(self, source: str, name: str, storage_class: StorageClass | None = None) -> Response:
        return self.send(
            operations.copy(self.bucket, name, (self.bucket, source), storage_class), label="copy"
        )

    def head(self, name: str, version: str = "") -> Response:
        return self.send(operations.plain("HEAD", self.bucket, name, "", version), label="head")

    def get(self, name: str, version: str = "") -> Response:
        return self.send(operations.plain("GET", self.bucket, name, "", version), label="get")

    def object_meta(self, name: str, version: str = "") -> Response:
        """GetObjectMeta, in the form that SDKs send: HEAD."""
        operation = operations.plain("HEAD", self.bucket, name, "objectMeta", version)
        return self.send(operation, label="object meta")

    def get_tags(self, name: str, version: str = "") -> Response:
        return self.send(operations.plain("GET", self.bucket, name, "tagging", version), label="get tags")

    def put_tags(self, name: str, key: str, value: str) -> Response:
        return self.send(operations.tag(self.bucket, name, key, value), label="put tags")

    def get_acl(self, name: str, version: str = "") -> Response:
        return self.send(operations.plain("GET", self.bucket, name, "acl", version), label="get acl")

    def put_acl(self, name: str, value: str) -> Response:
        return self.send(operations.acl(self.bucket, name, value), label="put acl")

    def list(self, prefix: str, kind: str = "") -> Response:
        """ListObjects below a prefix of the run's own; `kind` is `v2` or `versions` for the others."""
        label = f"list {kind}".strip()
        return self.send(operations.listing(self.bucket, prefix, kind), label=label)

    def restore(
        self,
        name: str,
        version: str = "",
        *,
        days: int = operations.RESTORE_DAYS,
        tier: Tier | None = Tier.EXPEDITED,
    ) -> Response:
        """RestoreObject; `tier` None leaves JobParameters out, as class Archive demands."""
        operation = operations.restore(self.bucket, name, version, days=days, tier=tier)
        return self.send(operation, label="restore")

    def restore_bare(self, name: str) -> Response:
        return self.send(operations.restore_bare(self.bucket, name), label="restore")

    def clean(self, name: str, version: str = "", *, signature: SignatureVersion | None = None) -> Response:
        signing = Signing(signature) if signature else None
        return self.send(operations.clean(self.bucket, name, version), label="clean", signing=signing)

    def delete(self, name: str, version: str = "") -> Response:
        label = "delete version" if version else "delete"
        return self.send(operations.plain("DELETE", self.bucket, name, "", version), label=label)

    def send(
        self,
        operation: Operation,
        *,
        label: str,
        signing: Signing | None = None,
        hold: Callable[[], object] | None = None,
    ) -> Response:
        """Sign and send any operation on an object of this run, in any of its buckets.

        `hold` is called when all is ready, and returns when it may be sent; such answers are not noted.
        A patient client sends what is not held again while the target is busy. Raises UnusableError where a
        limit of the run is reached, unless this client removes objects.
        """
        target = self.target
        self._refuse_foreign(operation)
        if target.spent and not self.removes:
            raise UnusableError(target.spent)
        how = signing or Signing(target.signature)
        journal = None if hold else target.journal
        line = self._played(journal, label, operation) if journal else None
        if line and line.response:
            request = self._signed(operation, how, line.at)
            self.transcript.append(line.exchange or Exchange(label, operation, request, line.response, how))
            return line.response
        request = self._signed(operation, how, time.time())
        writes = operation.method in ("PUT", "DELETE") and not operation.query
        fresh = Entry(operation.bucket, operation.name) not in target.ledger.left
        if operation.method == "PUT":
            target.ledger.add(operation.bucket, operation.name)
        if journal and operation.method not in READS:
            line = line or journal.intend(self.line(label, operation))
        target.pace.wait()
        if hold:
            hold()
        meter = target.meter
        ask = partial(meter.counted, target.sender, request) if meter else partial(target.sender, request)
        response = target.pace.patiently(ask) if self.patient and not hold else ask()
        response = response.scrubbed(target.scrubber)
        if not hold:
            target.note(response)
            target.breaker.note_kind(label, response)
        if writes:
            self._note_written(operation, response, fresh=fresh)
        exchange = Exchange(label, operation, request, response, how)
        if journal:
            journal.answer(line or journal.add(self.line(label, operation)), response, exchange)
        self.transcript.append(exchange)
        return response

    def _signed(self, operation: Operation, how: Signing, at: float) -> Request:
        target = self.target
        moment = datetime.fromtimestamp(at, UTC)
        signed = how.sign(operation.adding(headers=self._agent), target.keys, target.region, moment)
        request = signed.render(target.endpoint, target.addressing)
        return request if how.spelling is Spelling.STRICT else how.spelling.of(request, operation)

    def supersede(self) -> None:
        """Take the last read back: the next one shows as much, later."""
        self.transcript.pop()
        if self.target.journal:
            self.target.journal.supersede()

    def recall_removal(self, journal: Journal) -> None:
        """Put into the transcript how an earlier run deleted the objects."""
        how = Signing(self.target.signature)
        for line, operation in journal.removal():
            request, response = self._signed(operation, how, line.at), line.response or Response(0)
            self.transcript.append(Exchange(line.label, operation, request, response, how))

    def line(self, label: str, operation: Operation) -> Line:
        """Return what a journal keeps of a request that is about to be sent."""
        buckets = self.target.buckets.items()
        bucket = next((str(which) for which, name in buckets if name == operation.bucket), "")
        place, reads = f"{bucket}/{operation.name}", operation.method in READS
        return Line(place, label, digest(operation, bucket), time.time(), reads)

    def _played(self, journal: Journal, label: str, operation: Operation) -> Line | None:
        """Return the line of a request that was made before, answered where HEAD shows that it arrived."""
        line = journal.play(self.line(label, operation))
        if line and not line.response:
            self.target.journal = None
            beside = OssClient(self.target, self.contract_id, operation.bucket)
            response = arrived(journal, line, operation, beside.head(operation.name))
            self.target.journal = journal
            if response:
                journal.answer(line, response)
        return line

    def _refuse_foreign(self, operation: Operation) -> None:
        prefix, query = self.target.prefix, dict(operation.query)
        known = operation.bucket and operation.bucket in self.target.buckets.values()
        # The wrong names that begin with a slash or backslash are wrong on purpose.
        own = operation.name.lstrip("/\\").startswith(prefix)
        lists_own = operation.method == "GET" and not operation.name
        lists_own = lists_own and str(query.get("prefix") or "").startswith(prefix)
        source = dict(operation.headers).get(operations.COPY_SOURCE, "")
        copies_own = not source or any(
            source.startswith(f"/{bucket}/{prefix}") for bucket in self.target.buckets.values() if bucket
        )
        if not (known and (own or lists_own) and copies_own):
            raise ValueError(f"refusing to touch {operation!r}: it is not an object of this run")

    def _note_written(self, operation: Operation, response: Response, *, fresh: bool) -> None:
        """Keep in the ledger what a put or a delete may have written."""
        ledger, place = self.target.ledger, (operation.bucket, operation.name)
        never_arrived = (
            response.transport_error is not None and response.transport_error.kind in NEVER_ARRIVED
        )
        refused = never_arrived or 400 <= response.status < 500  # noqa: PLR2004
        if operation.method == "PUT" and refused and fresh:
            ledger.remove(*place)
        elif (version := response.header(VERSION_ID)) and not refused and Entry(*place) in ledger.left:
            ledger.add(*place, version)

    def remove(self, name: str, bucket: str = "") -> None:
        """Delete an object that may exist, with every version written; what stays is noted apart."""
        ledger, entry = self.target.ledger, Entry(bucket or self.bucket, name)
        if entry not in ledger.left:
            return
        client = OssClient(self.target, self.contract_id, entry.bucket)
        client.removes = True
        known = ledger.left[entry]
        many = known or entry.bucket == self.target.versioned_bucket
        list_versions = partial(client.list, kind="versions") if many else None
        gone = not self.target.unusable and remove(name, known, client.delete, list_versions)
        self.transcript += client.transcript
        if gone:
            ledger.remove(*entry)
        else:
            self.target.left_behind.append(name)


@cache
def _suite() -> str:
    """Return the name and version of the suite, which are read from a file."""
    return f"pytest-oss-clean/{version_of('pytest-oss-clean')}"
