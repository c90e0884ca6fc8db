"""Recordings in a run: which contracts are recorded or replayed, from where and to where.

One `RecordingSession` for each process connects the session with the cassettes of pytest-recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.oss.messages import Endpoint, Request, Response
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.recording.cassette import Cassette, Persister, RecordingFilter, write_cassette
from pytest_oss_clean.recording.filters import SAID
from pytest_oss_clean.recording.leak_check import LeakCheck
from pytest_oss_clean.recording.placeholders import PUBLIC, Placeholders, names_for
from pytest_oss_clean.recording.recorder import NotRecordableError, Recorder, leak, prepare
from pytest_oss_clean.recording.replayer import (
    KEY,
    NotRecordedError,
    Replayer,
    is_sample,
    replay,
    replay_sample,
    target_of,
)
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.evidence import Demand, Evidence
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.config.cassette_folder import Kind, Names, Provenance
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings
from pytest_oss_clean.target.target import Target

STAGE = ".recording"
"""The folder that pytest-recording writes to and clears: always empty, since `write_cassette` writes."""

RECORDABLE = frozenset({Verdict.PASSED, Verdict.OBSERVED, Verdict.FAILED, Verdict.NOT_OBSERVED})
"""Verdicts of contracts whose recordings show as much again."""

ANEW = "record it anew with --record-mode=rewrite"


LARGEST = 64 * 1024
"""Bytes of an object that a cassette holds at most."""


def kind_of(settings: Settings) -> Kind:
    """Return whose answers a run records: the service's only where TLS with public authorities says so."""
    endpoint = settings.endpoint
    if endpoint is None:
        return Kind.EMULATOR
    public = endpoint.scheme == "https" and endpoint.host.endswith(PUBLIC) and not settings.ca_file
    return Kind.LIVE if public else Kind.SERVER


@dataclass
class RecordingSession:
    """Cassettes of a run. `edition` and `today` are what a new one says of itself.

    `folder` is where they are read from or written to.
    """

    settings: Settings
    folder: Path
    edition: str
    today: date
    persister: Persister = field(default_factory=Persister)
    filter: RecordingFilter = field(default_factory=RecordingFilter)
    _recorder: Recorder | None = None
    _leak_check: LeakCheck | None = None
    _names: Names | None = None
    _completed: set[Any] = field(default_factory=set)

    @property
    def replays(self) -> bool:
        """Return whether answers come from cassettes, not into them."""
        return self.settings.recordings is not None

    @property
    def library(self) -> Path:
        return self.folder if self.replays else self.folder / STAGE

    @staticmethod
    def unrecordable(case: Case) -> str:
        """Return why no cassette can show what a contract is about, or nothing."""
        if case.contract.race is not None:
            return "requests at the same time: a cassette keeps answers, not that the requests overlapped"
        if case.contract.generated is not None:
            return "generated requests: another run, or another version of Hypothesis, generates others"
        if (case.contract.provision.size or 0) > LARGEST:
            return "a large object: a cassette would hold its whole content several times"
        return ""

    # Recording

    def record(self, target: Target) -> None:
        self._names = names_for(target)
        self._leak_check = prepare(target, self.filter, Placeholders.of(target, self._names))
        self._recorder = Recorder(target.sender)
        target.sender = self._recorder

    def listen(self, cassette: Any) -> None:
        """Let requests go into this cassette of vcrpy, or into none."""
        if self._recorder is not None:
            self._recorder.cassette = cassette
            if cassette is not None:
                self._recorder.last_cassette = cassette

    def write(self, outcome: Outcome, target: Target) -> Outcome:
        """Write the cassette of a contract that ended; return its outcome, or why there is none."""
        if self._recorder is None or self._leak_check is None or outcome.verdict not in RECORDABLE:
            return outcome
        case = outcome.case
        try:
            interactions, sent = self._recorder.interactions(outcome.transcript)
            found = leak(self._leak_check, interactions, sent, outcome)
            if found:
                return _not_recorded(outcome, f"refused: {found}")
            write_cassette(self.folder, case.slug, self._provenance(case, target), interactions)
        except NotRecordableError as error:
            return _not_recorded(outcome, str(error))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            return _not_recorded(outcome, f"{self.folder} cannot be written: {why}")
        return outcome

    def _provenance(self, case: Case, target: Target) -> Provenance:
        time, settings = target.time, self.settings
        return Provenance(
            contract=case.id,
            kind=kind_of(settings),
            target=_label(settings),
            recorded=self.today,
            suite=version("pytest-oss-clean"),
            edition=self.edition,
            region=target.region,
            addressing=target.addressing,
            signature=target.signature,
            claims=tuple(sorted(target.claims)),
            names=self._names or names_for(target),
            exclusive=time.exclusive,
            temporary=target.credentials.token is not None,
            scrubbed=SAID,
        )

    # Replaying

    def replay(self, case: Case, cassette: Any, *, strict: bool = False) -> Outcome:
        """Run a contract on its cassette; `strict` lets its checks gate."""
        read = self.persister.read.get(case.slug)
        if cassette is None or Path(str(cassette._path)).parent != self.folder:  # noqa: SLF001 - no other name
            own = "recordings are replayed by the shipped tests: pytest --pyargs pytest_oss_clean.contracts"
            return Outcome(case, Verdict.NOT_RECORDED, cause=own)
        if read is None:
            return Outcome(case, Verdict.NOT_RECORDED, cause=f"{self.folder} has no recording of it")
        if not isinstance(read, Cassette):
            return Outcome(case, Verdict.NOT_RECORDED, cause=str(read))
        provenance = read.provenance
        if provenance.contract != case.id:
            cause = f"{case.slug}.yaml is a recording of {provenance.contract}"
            return Outcome(case, Verdict.NOT_RECORDED, cause=cause)
        outcome = self._replay(case, provenance, cassette, strict=strict)
        if outcome.verdict is Verdict.NOT_RECORDED and not is_sample(provenance):
            outcome = replace(outcome, cause=f"{outcome.cause} ({provenance.origin}); {ANEW}")
        return self._aged(_sealed(outcome, sealed=read.sealed), provenance)

    def _replay(self, case: Case, provenance: Provenance, cassette: Any, *, strict: bool) -> Outcome:
        settings = self.settings
        with HttpClient(ConnectionSettings(), Scrubber(())) as client:
            replayer = Replayer(client, cassette)
            demand = Demand(strict=strict, edition=settings.edition)
            target = target_of(provenance, replayer, demand)
            self.filter.names = Placeholders.of(target, provenance.names)
            if is_sample(provenance):
                return replay_sample(case, target)
            return replay(case, target, replayer, self._completed)

    def _aged(self, outcome: Outcome, provenance: Provenance) -> Outcome:
        """Let an outcome fail where its recording is older than it may be."""
        most = self.settings.max_cassette_age
        age = provenance.age(self.today)
        if most is None or 0 <= age <= most:
            return outcome
        old = (
            f"is {age} days old, more than --oss-max-cassette-age {most:g}" if age > 0 else "is of the future"
        )
        problem = f"the recording of {provenance.recorded} {old}: {ANEW}"
        finding = Finding("recording-age", Evidence.CLAIMED, f"{age} days old", problem)
        return replace(outcome, verdict=Verdict.FAILED, findings=(*outcome.findings, finding))

    @contextmanager
    def nothing(self) -> Iterator[Target]:
        """Give the target that there is while recordings are replayed: none."""
        place = Endpoint("http", "recordings.invalid", 80)
        settings = self.settings
        yield Target(
            endpoint=place,
            bucket=settings.bucket,
            region=settings.region,
            credentials=KEY,
            sender=_refuse,
            time=Advancing(lambda _: None),
            prefix="oss-clean-recorded/",
            run_id="recorded",
            claims=settings.claims,
            unusable="the target is a folder of recordings, which answer contracts and nobody else",
        )


def _refuse(request: Request) -> Response:
    raise NotRecordedError(f"{request.method}: the target is a folder of recordings")


def _label(settings: Settings) -> str:
    """Return what a recording calls its target: a name of the user's, or where it was."""
    if settings.endpoint is None:
        return "the embedded emulator"
    host = settings.endpoint.host
    if settings.name != str(settings.endpoint):
        return settings.name
    return host if host.endswith(PUBLIC) else "a server"


def _not_recorded(outcome: Outcome, cause: str) -> Outcome:
    """Say that there is no recording; a failure stays one."""
    failed = outcome.verdict is Verdict.FAILED
    verdict = Verdict.FAILED if failed else Verdict.NOT_RECORDED
    return replace(outcome, verdict=verdict, cause=f"no recording was written: {cause}")


def _sealed(outcome: Outcome, *, sealed: bool) -> Outcome:
    """Say that a recording was altered; nothing that it shows is believed."""
    if sealed:
        return outcome
    altered = "the recording was altered after it was made (its seal is broken)"
    if outcome.verdict is Verdict.FAILED:
        return replace(outcome, cause=altered)
    also = f"; {outcome.cause}" if outcome.cause else ""
    return Outcome(outcome.case, Verdict.ERROR, cause=altered + also, transcript=outcome.transcript)
