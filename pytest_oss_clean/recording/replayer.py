"""Replaying: a target whose answers come from a cassette, in the order in which they were given.

The requests are made and signed as in any run; vcrpy answers them below httpx, and lets none of them out. An
answer counts only for the request of its own moment: what was recorded earlier is never played later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.errors import UnusableError
from pytest_oss_clean.oss.messages import (
    Endpoint,
    Request,
    Response,
    Sender,
    TransportError,
    TransportErrorKind,
    redact_target,
)
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.recording.cassette import ARRIVED, NotInCassette
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.findings import judge_answer
from pytest_oss_clean.spec.request import Bucket
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.config.cassette_folder import Kind, Provenance
from pytest_oss_clean.target.target import Target

READS = ("HEAD", "GET")
SAMPLE = "ObjectName"
"""What the page calls the object."""

KEY = Credentials("recorded", Secret("no secret signs a replay"))
TEMPORARY = Credentials("STS.recorded", Secret("no secret signs a replay"), Secret("no token either"))


class NotRecordedError(UnusableError):
    """A cassette has no answer to a request, or none in this place."""


class Replayer:
    """A Sender that asks a client which vcrpy answers, and keeps to the order of the recording."""

    def __init__(self, client: Sender, cassette: Any) -> None:
        self._client = client
        self._cassette = cassette
        self._next = 0
        self.missed = ""
        """What was asked for and is not recorded, the first time."""

    def __call__(self, request: Request) -> Response:
        """Return the recorded answer. Raises NotRecordedError where there is none."""
        if self.missed:  # clearing away, after the end: nothing depends on it
            return _silence(self.missed)
        try:
            response = self._client(request)
        except NotInCassette:
            response = None
        played = self._played()
        if response is None or played is None:
            return self._miss(request)
        skipped = range(self._next, played)
        if any(self._request(index).method not in READS for index in skipped):
            return self._miss(request)
        for index in skipped:
            self._cassette.play_counts[index] = 1
        self._next = played + 1
        at = self._cassette.data[played][1].get(ARRIVED)
        return replace(response, at=float(at)) if isinstance(at, (int, float)) else response

    def _played(self) -> int | None:
        """Return which exchange was just played, None where that was none of those to come."""
        counts = self._cassette.play_counts
        return next((i for i in range(self._next, len(self._cassette.data)) if counts[i]), None)

    def _request(self, index: int) -> Any:
        return self._cassette.data[index][0]

    def _miss(self, request: Request) -> Response:
        many = len(self._cassette.data)
        instead = "the recording ends there"
        if self._next < many:
            due = self._request(self._next)
            instead = f"exchange {self._next + 1} of {many} is {due.method} {due.uri}"
        self.missed = f"{request.method} {redact_target(request.target)} is not in the recording: {instead}"
        if request.method == "DELETE":  # may be clearing away, where nobody expects an error
            return _silence(self.missed)
        raise NotRecordedError(self.missed)


def _silence(text: str) -> Response:
    return Response(0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, text))


class RecordedTarget(Target):
    """The target of one recording. Silence says nothing of any other, so it is not counted."""

    def note(self, *responses: Response) -> None:
        """Count nothing."""


def target_of(provenance: Provenance, sender: Sender, demand: Demand) -> Target:
    """Return the target that a recording was made of, under the names that stand in it."""
    names, key = provenance.names, TEMPORARY if provenance.temporary else KEY
    target = RecordedTarget(
        endpoint=Endpoint("http", names.endpoint, 80),
        bucket=names.bucket,
        second_bucket=names.second_bucket,
        versioned_bucket=names.versioned_bucket,
        region=provenance.region,
        credentials=key,
        sts=TEMPORARY if "STS" in provenance.claims else None,
        sender=sender,
        # Time passed when it was recorded: what is answered next was answered later.
        time=Advancing(lambda _: None, exclusive=provenance.exclusive, grace=0.0),
        prefix=names.prefix,
        run_id="recorded",
        claims=frozenset(provenance.claims),
        addressing=provenance.addressing,
        signature=provenance.signature,
        demand=demand,
    )
    vars(target)["buckets"] = {**target.buckets, Bucket.ABSENT: names.absent_bucket}
    return target


def replay(case: Case, target: Target, replayer: Replayer, completed: set[Any]) -> Outcome:
    """Run a contract on a recording; `completed` are the restores that others saw complete."""
    provisioner = Provisioner(target)
    provisioner.steps.completed = completed
    try:
        outcome = run(case, target, provisioner)
    except NotRecordedError as error:  # of clearing away
        return Outcome(case, Verdict.NOT_RECORDED, cause=str(error))
    if not replayer.missed or (outcome.cause and outcome.cause != replayer.missed):
        return outcome
    if outcome.verdict is Verdict.FAILED:
        return replace(outcome, cause=replayer.missed)
    return Outcome(case, Verdict.NOT_RECORDED, cause=replayer.missed, transcript=outcome.transcript)


def replay_sample(case: Case, target: Target) -> Outcome:
    """Judge the answer that a page shows; there is nothing else on it, so nothing passes."""
    client = target.client(case.id)
    try:
        response = client.clean(SAMPLE, signature=case.signature)
    except NotRecordedError as error:
        return Outcome(case, Verdict.NOT_RECORDED, cause=str(error))
    findings = tuple(judge_answer(case.contract, response, None, target.demand))
    effects = ", ".join(effect.id for effect in case.contract.then) or "nothing more"
    failed = any(finding.fails for finding in findings)
    return Outcome(
        case,
        Verdict.FAILED if failed else Verdict.NOT_RECORDED,
        findings,
        cause=f"the page shows the answer, which is {'not ' * failed}as demanded, and no effects ({effects})",
        judged=client.last,
        transcript=tuple(client.transcript),
    )


def is_sample(provenance: Provenance) -> bool:
    """Return whether a recording holds an answer alone."""
    return provenance.kind is Kind.DOCUMENTED


def unplayed(cassette: Any) -> Sequence[int]:
    """Return the places of exchanges that nothing asked for."""
    return [index for index in range(len(cassette.data)) if not cassette.play_counts[index]]
