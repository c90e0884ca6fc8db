"""Running one contract against one target: arrange, send, probe, compare, clear away.

There is no pytest in here: the plugin, the canary and whoever else runs contracts call `run`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count, groupby

from pytest_oss_clean.engine.clock_witness import SHORTEST_LIFE, ClockMovedError, SpoiledError, held
from pytest_oss_clean.engine.outcome import Outcome, late, untested
from pytest_oss_clean.engine.probes import content_of_version, see_versions, send_probe, version_id
from pytest_oss_clean.engine.provisioning import LATER, Arrangement, Provisioner, demand, hold_of
from pytest_oss_clean.engine.races import race
from pytest_oss_clean.engine.settling import PAUSE
from pytest_oss_clean.errors import NotTestedError, PendingError, UnusableError
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.oss.responses import describe, read_restore, text_of
from pytest_oss_clean.spec.contract import Case, Effect, Expectation, Moment, Probe, ProbeKind
from pytest_oss_clean.spec.findings import Finding, judge_answer, judge_effect, judge_race
from pytest_oss_clean.spec.history import DELETED, restore_runs
from pytest_oss_clean.spec.matchers import Before, Matcher
from pytest_oss_clean.spec.request import Bucket, Key, Signing
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import DAY, Waiting
from pytest_oss_clean.target.journal import Journal
from pytest_oss_clean.target.target import OssClient, Target
from pytest_oss_clean.target.transcript import NEVER_ARRIVED, Exchange

FORBIDDEN = 403
BROKEN = frozenset({500, 502, 503, 504})
"""A probe answered so shows nothing of the object; 501 says that the operation is not there."""


def run(case: Case, target: Target, provisioner: Provisioner) -> Outcome:
    """Run one case; whatever the target does becomes an outcome. Its objects are deleted."""
    return Run(case, target, provisioner).finish()


class Run:
    """A run of one case; where it has a journal, it goes on from the requests that were made before."""

    def __init__(
        self, case: Case, target: Target, provisioner: Provisioner, journal: Journal | None = None
    ) -> None:
        self.case = case
        self.contract = case.contract
        self.client = target.client(case.id, case.contract.bucket)
        self.provisioner = provisioner
        self.journal = journal
        self._arranged: Arrangement | None = None
        self._judged: Exchange | None = None
        self._before: dict[Probe, Response] = {}
        self._findings: list[Finding] = []
        self._not_tested: NotTestedError | None = None
        self._judged_at = 0.0
        self._settles = False

    def _begin(self) -> None:
        """Bring the object into its history, send the judged request once, compare its answer."""
        try:
            if self.journal:
                self.journal.resume()
            arranged = self._arranged = self.provisioner.arrange(self.case, self.client)
            if self.journal:
                self.journal.judging = True
            self._before = {Probe(ProbeKind.HEAD): arranged.object.head}
            if self.contract.bucket is Bucket.VERSIONED:
                see_versions(arranged.object)
            self._probe_before(arranged)
            if self.contract.race:
                self._keep([self._race(arranged)])
            else:
                self._judge(arranged)
        except NotTestedError as error:
            self._not_tested = self._cause(error)

    def _judge(self, arranged: Arrangement) -> None:
        """Send the judged request once, compare its answer, and wait for its effect."""
        self.client.target.time.share.still()
        judged = self._judged = self._send(arranged)
        shown = self._before.get(self._judged_probe, arranged.object.head)
        before = Before(shown, arranged.object.content)
        self._keep(judge_answer(self.contract, judged.response, before, self.client.target.demand))
        self._judged_at = self.client.target.pace.now()

    def _cause(self, error: NotTestedError) -> NotTestedError:
        """Return why nothing can be judged: where somebody else moved the clock, that is the cause."""
        if isinstance(error, UnusableError | SpoiledError):
            return error
        try:
            moved = self._clock_moved()
        except SpoiledError as spoiled:
            return spoiled
        moved |= self.provisioner.steps.watch.in_doubt
        early = self._arranged is None and self.client.target.time.share.by_others > SHORTEST_LIFE
        return ClockMovedError() if moved else SpoiledError() if early else error

    def _keep(self, findings: list[Finding]) -> None:
        """Keep findings. Raises ClockMovedError where one fails after somebody else moved the clock."""
        if any(finding.fails for finding in findings) and self._clock_moved():
            raise ClockMovedError
        self._findings += findings

    def _clock_moved(self) -> bool:
        return self.provisioner.steps.watch.moved()

    def _await_effect(self, arranged: Arrangement, judged: Exchange) -> bool:
        """Wait until the effect of the judged clean shows; return whether other effects are worth a wait."""
        if self._failed:
            return False
        asked, place = judged.operation, self.client.transcript.index(judged)
        plain = judged.label == "clean" and (asked.bucket, asked.name) == (self.client.bucket, arranged.name)
        if not (plain and judged.response.succeeded):
            return True
        version = dict(asked.query).get("versionId") or ""
        settling = self.provisioner.steps.settling
        shown = settling.await_frozen(self.client, asked.name, self.case.storage_class, version)
        settled = self.client.transcript[place]
        self._judged = settled if isinstance(settled, Exchange) else judged
        return shown

    def finish(self) -> Outcome:
        """Probe the effects, delete the objects, and return the outcome.

        Raises PendingError where time must pass; the objects stay then.
        """
        target = self.client.target
        if self.contract.generated:
            # Hypothesis costs every pytest start half a second: it is loaded where it is used.
            from pytest_oss_clean.engine.properties.run import run_generated  # noqa: PLC0415

            return run_generated(self.case, target, self.provisioner)
        if self.journal is None:
            runs = chain([self], (Run(self.case, target, self.provisioner) for _ in count()))
            return held(target.time.share, hold_of(self.contract), lambda: next(runs).attempt())
        target.journal = self.journal
        try:
            with self.journal.timing(target.pace):
                return self.attempt()
        finally:
            target.journal = None

    def attempt(self) -> Outcome:
        """Run once, as the clock is held."""
        stays = False
        try:
            self._begin()
            if self._judged is not None and self._arranged is not None and self._not_tested is None:
                self._probe_effects(self._arranged, self._judged)
        except BaseException as error:
            stays = isinstance(error, PendingError) or bool(self.journal and self.journal.persists)
            raise
        finally:
            if not stays:
                self._clear_away()
        transcript = tuple(self.client.transcript)
        if self._not_tested is not None and not self._failed:
            verdict = untested(self.case, self.client.target, self._not_tested)
            return Outcome(self.case, verdict, cause=str(self._not_tested), transcript=transcript)
        passed = Verdict.OBSERVED if self.case.checks_only else Verdict.PASSED
        return Outcome(
            self.case,
            Verdict.FAILED if self._failed else passed,
            (*self._findings, *late(transcript)),
            judged=self._judged,
            before=self._before.get(Probe(ProbeKind.HEAD)),
            transcript=transcript,
        )

    def _clear_away(self) -> None:
        journal, client = self.journal, self.client
        again = self._not_tested is not None and not self._failed
        if journal:
            journal.end(again=again)
        client.target.journal = None
        upload = text_of(self._judged.response, "UploadId") if self._judged else ""
        if self._judged and upload and not (journal and journal.playing):
            client.abort_upload(self._judged.operation.name, upload)
        if journal:
            client.recall_removal(journal)
        said = len(client.transcript)
        self.remove_objects()
        if journal and journal.persists and not again:
            journal.keep_removal(e for e in client.transcript[said:] if isinstance(e, Exchange))

    def remove_objects(self) -> None:
        """Delete what there is of the contract's objects."""
        stem = self.client.name(self.case.slug)
        for bucket, name in list(self.client.target.ledger.left):
            if name.startswith(stem):
                self.client.remove(name, bucket)

    @property
    def _failed(self) -> bool:
        return any(finding.fails for finding in self._findings)

    @property
    def _judged_probe(self) -> Probe:
        """Return which request shows what the judged one is about."""
        return Probe(ProbeKind.HEAD, version=self.contract.request.version)

    def _probe_before(self, arranged: Arrangement) -> None:
        """Keep what answer and effects are compared with."""
        probes = [self._judged_probe] if any(e.compares for e in self.contract.expect) else []
        for probe in (*probes, *(effect.probe for effect in self.contract.then if effect.compares)):
            if probe in self._before:
                continue
            response = send_probe(probe, arranged.of(probe.of))
            self._must_have_answered(response, f"{probe} before the judged request")
            label = self.client.last.label
            demand(
                response.succeeded, f"{probe} before the judged request", "200", response, PERMISSIONS[label]
            )
            self._before[probe] = response
        if self.contract.request.signing.key is Key.ANONYMOUS:
            self._see_that_it_is_private(arranged)

    def _see_that_it_is_private(self, arranged: Arrangement) -> None:
        operation = Operation("GET", self.client.bucket, arranged.name)
        response = self.client.send(operation, label="get", signing=Signing(key=Key.ANONYMOUS))
        demand(
            response.status == FORBIDDEN,
            "GET without a signature, to see that the bucket is private",
            str(FORBIDDEN),
            response,
        )

    def _race(self, arranged: Arrangement) -> Finding:
        asked = self.contract.race
        if asked is None:
            raise ValueError("this contract is no race")
        target = self.client.target
        moving = not target.time.exclusive or "instant-restore" in target.claims
        target.time.share.still()
        responses, state = race(asked, arranged.object, self.provisioner.steps.settling)
        return judge_race(self.contract, asked, responses, state, target.demand, moving=moving)

    def _send(self, arranged: Arrangement) -> Exchange:
        response = self.client.send(
            self._operation(arranged), label=self.contract.label, signing=self._signing()
        )
        expected = tuple(m for e in self.contract.expect if self._gates(e) for m in e.matchers)
        judged = _expecting(self.client, expected)
        if response.succeeded and self.contract.given in DELETED:
            self.client.target.ledger.add(self.client.bucket, arranged.name)  # the clean may have made it
        self._must_have_answered(response, "the judged request", arrived=True)
        restoring = restore_runs(self.contract.given, self.contract.request.version)
        restoring = restoring and not self.client.target.time.exclusive
        if restoring and response.succeeded:
            raise NotTestedError(
                f"state moved: the {self.contract.operation.label} answered 200, "
                "but the restore may just have ended; run it again"
            )
        return judged

    def _operation(self, arranged: Arrangement) -> Operation:
        template, buckets = self.contract.request, self.client.target.buckets
        bucket = buckets[template.bucket] if template.bucket else self.client.bucket
        version = version_id(arranged.object, template.version)
        return template.of(arranged.name, self.client.bucket, bucket, version, self.contract.operation)

    def _signing(self) -> Signing:
        return replace(self.contract.request.signing, version=self.case.signature)

    def _probe_effects(self, arranged: Arrangement, judged: Exchange) -> None:
        waited = False
        try:
            for (probe, moment), group in groupby(self.contract.then, lambda e: (e.probe, e.moment)):
                if judged.response.transport_error and probe.kind is ProbeKind.CLEAN:
                    continue  # it would only wait as long again
                if not waited and moment is not Moment.AT_ONCE:
                    self._settles, waited = self._await_effect(arranged, judged), True
                if moment is Moment.RESTORE_TIME:
                    self._let_restore_complete(arranged, probe)
                elif moment in LATER:
                    arranged.object.steps.append(LATER[moment])
                    self.provisioner.steps.advance(arranged.object)
                self._keep(self._judge_probe(probe, list(group), arranged))
        except NotTestedError as error:
            self._not_tested = self._cause(error)

    def _let_restore_complete(self, arranged: Arrangement, probe: Probe) -> None:
        """Let the restore complete; where others did meanwhile and this one did not, the effect shows it."""
        obj, steps, target = arranged.object, self.provisioner.steps, self.client.target
        control = target.time
        version = version_id(obj, probe.version)
        try:
            steps.wait_restored(self.client, obj.name, obj.storage_class, obj.restored_by, obj.tier, version)
        except NotTestedError:
            shown = read_restore(self.client.last.response)
            others_do = (obj.storage_class, obj.tier) in steps.completed
            ongoing = shown is not None and shown.ongoing
            if not (others_do and ongoing and control.exclusive):
                raise
        if isinstance(control, Waiting) and read_restore(self.client.last.response) is None:
            begun = (obj.restored_by or 0.0) - control.restore_seconds
            if target.pace.now() > begun + obj.provision.days * DAY:
                raise NotTestedError("the restore may have expired before its effects were looked at")

    def _judge_probe(self, probe: Probe, effects: list[Effect], arranged: Arrangement) -> list[Finding]:
        """Look at effects that the same request shows, again until they have settled."""
        obj = arranged.of(probe.of)
        target, settling = self.client.target, self.provisioner.steps.settling
        shown_by = (str(probe), *(effect.id for effect in effects))
        waits = self._settles and effects[0].moment is Moment.SETTLED
        deadline = self._judged_at + settling.allowance(shown_by) * waits
        while True:
            if probe.kind is ProbeKind.CLEAN:
                response = obj.client.clean(
                    obj.name, version_id(obj, probe.version), signature=self.case.signature
                )
            else:
                response = send_probe(probe, obj)
            self._must_have_answered(
                response,
                f"{probe} after the {self.contract.operation.label}",
                arrived=probe.kind is ProbeKind.CLEAN,
            )
            before = Before(self._before.get(probe, obj.head), content_of_version(obj, probe.version))
            findings = [
                judge_effect(self.contract, effect, response, before, target.demand) for effect in effects
            ]
            shown = not any(f.problem for f in findings)
            if shown or target.pace.now() >= deadline:
                break
            self.client.supersede()
            target.pace.sleep(PAUSE)
        if probe.kind is ProbeKind.RESTORE and response.succeeded:
            self.provisioner.steps.note_restore(obj)
        if waits:
            settling.note(shown_by, shown=shown)
        if probe.kind is ProbeKind.CLEAN and response.succeeded:
            settling.await_frozen(obj.client, obj.name, obj.storage_class, version_id(obj, probe.version))
        if response.status in BROKEN and probe.kind is not ProbeKind.CLEAN:
            raise NotTestedError(
                f"{probe} after the {self.contract.operation.label}: {describe(response)}, "
                "which shows nothing of the object"
            )
        _expecting(self.client, tuple(m for e in effects if self._gates(e) for m in e.matchers))
        return findings

    def _gates(self, expectation: Expectation) -> bool:
        demanded = self.client.target.demand
        since = expectation.since or self.contract.since
        return demanded.requires(expectation.evidence, since)

    def _must_have_answered(self, response: Response, what: str, *, arrived: bool = False) -> None:
        """Go on where there is an answer to judge; `arrived` says that silence is one."""
        self.client.target.pace.refuse_throttled(response)
        if response.transport_error and response.transport_error.kind in NEVER_ARRIVED:
            if self.contract.request.bucket is Bucket.ABSENT and arrived:
                raise NotTestedError(
                    f"cannot send a request for a non-existent bucket: {response.transport_error}"
                )
            raise UnusableError(f"{what} never reached the target: {response.transport_error}")
        if response.transport_error and not arrived:
            raise NotTestedError(f"{what} got no answer: {response.transport_error}")


def _expecting(client: OssClient, matchers: tuple[Matcher, ...]) -> Exchange:
    """Keep with the last exchange what was expected of it, for the reproducer, and return it."""
    exchange = replace(client.last, expected=matchers)
    client.transcript[-1] = exchange
    return exchange
