"""One generated example on one target: what was drawn, what was said, what it showed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hypothesis.strategies import DataObject, SearchStrategy

from pytest_oss_clean.engine.clock_witness import ClockMovedError
from pytest_oss_clean.engine.coverage import Visits
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.settling import FROZEN, PAUSE
from pytest_oss_clean.errors import NotTestedError, UnusableError
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe
from pytest_oss_clean.spec.contract import Case, Expectation
from pytest_oss_clean.spec.findings import Finding, judge_expectation
from pytest_oss_clean.spec.matchers import Before, Matcher, check
from pytest_oss_clean.spec.request import Bucket
from pytest_oss_clean.target.target import OssClient, Target
from pytest_oss_clean.target.transcript import NEVER_ARRIVED, Elapsed, Exchange

Drawn = TypeVar("Drawn")

BROKEN = 500
ANY = "*"
"""Sought where any difference will do."""
LONG_RUN = 20
"""Length from which a run of one character is described by its number."""


def in_words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if not isinstance(value, str | tuple):
        return str(value)
    return re.sub(
        rf"(.)\1{{{LONG_RUN - 1},}}",
        lambda found: f"[{len(found[0])} x {found[1]}]",
        repr(value),
        flags=re.DOTALL,
    )


def _raise(error: NotTestedError) -> None:
    raise error


class DiffersError(Exception):
    """This example shows what is looked for."""


@dataclass
class Trial:
    """One example: its own objects, its own transcript, its findings.

    `sought` is the finding that ends it at once. `values` were made
    up, `drawn` are they in words. They come from Hypothesis, or from a list where the example is explicit.
    """

    case: Case
    target: Target
    provisioner: Provisioner
    number: int
    data: DataObject | None = None
    listed: Iterator[object] | None = None
    sought: str = ""
    findings: list[Finding] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    visits: Visits = field(default_factory=Counter)
    stop: Callable[[NotTestedError], None] = _raise
    judged: Exchange | None = None
    kept: tuple[Exchange | Elapsed, ...] | None = None

    def __post_init__(self) -> None:
        """Speak for the contract, with a transcript of this example's own."""
        self.stem = f"{self.target.prefix}{self.case.slug}/{self.number:06}/"  # always as long
        self.client: OssClient = self.target.client(self.case.id, self.case.contract.bucket)

    def beside(self, bucket: Bucket) -> OssClient:
        """Return a caller for another bucket, with the same transcript."""
        client = self.target.client(self.case.id, bucket)
        client.transcript = self.client.transcript
        return client

    def name(self, tail: str) -> str:
        return self.stem + tail

    def draw(self, strategy: SearchStrategy[Drawn], what: str) -> Drawn:
        """Return a generated value, and keep it in words."""
        if self.listed is not None:
            value: Drawn = next(self.listed)  # type: ignore[assignment]  # the list is the property's own
        elif self.data is not None:
            value = self.data.draw(strategy)
        else:
            raise ValueError("this example draws through the rules of its machine")
        self.values.append(value)
        self.drawn.append(f"{what} {in_words(value)}")
        return value

    def judge(
        self,
        expectation_id: str,
        response: Response,
        before: Before | None = None,
        *,
        matchers: tuple[Matcher, ...] = (),
    ) -> None:
        """Compare the answer to the last request with the contract's expectation of this id.

        `matchers` take the place of its own where they hold generated data.
        """
        expectation = self.expectation(expectation_id)
        expectation = replace(expectation, matchers=matchers) if matchers else expectation
        self._must_have_been_asked(response)
        last = self.client.last
        self.judged = replace(last, expected=(*last.expected, *expectation.matchers))
        self.client.transcript[self.client.transcript.index(last)] = self.judged
        demand = self.target.demand
        for finding in judge_expectation(self.case.contract, expectation, response, before, demand):
            self.find(finding)

    def judge_settled(
        self, expectation_id: str, ask: Callable[[], Response], before: Before | None = None
    ) -> None:
        """Compare what the effect of a clean shows, asked for again until it is there or has had its time."""
        pace, settling = self.target.pace, self.provisioner.steps.settling
        deadline = pace.now() + settling.allowance(FROZEN)
        while True:
            response = ask()
            settled = not check(self.expectation(expectation_id).matchers, response, before)
            if settled or pace.now() >= deadline:
                settling.note(FROZEN, shown=settled)
                self.judge(expectation_id, response, before)
                return
            self.client.supersede()
            pace.sleep(PAUSE)

    def expectation(self, expectation_id: str) -> Expectation:
        return next(e for e in self.case.contract.expect if e.id == expectation_id)

    def find(self, finding: Finding) -> None:
        """Add a finding; one that is looked for ends the example. Raises DiffersError.

        A failure after somebody else moved the clock ends the search.
        """
        if (finding.row, finding.observed) in self.target.trying.accepted:
            finding = replace(finding, required=False)
        if finding.fails and self.provisioner.steps.watch.moved():
            self.stop(ClockMovedError())
        self.findings.append(finding)
        if self.shows_sought(finding):
            raise DiffersError

    def shows_sought(self, finding: Finding) -> bool:
        """Return whether a finding is what is sought: a failure, or a difference of one check or of any."""
        if not self.sought:
            return finding.fails
        return bool(finding.problem) and self.sought in (ANY, finding.id)

    @property
    def differs(self) -> bool:
        return any(self.shows_sought(finding) for finding in self.findings)

    def seen(self, response: Response, what: str) -> Response:
        """Return an answer that shows something. Raises NotTestedError where it shows nothing."""
        self._must_have_been_asked(response)
        if response.transport_error or response.status >= BROKEN:
            raise NotTestedError(f"{what}: {describe(response)}, which shows nothing of the object")
        return response

    def _must_have_been_asked(self, response: Response) -> None:
        self.target.pace.refuse_throttled(response)
        if response.transport_error and response.transport_error.kind in NEVER_ARRIVED:
            raise UnusableError(f"a request never reached the target: {response.transport_error}")

    @property
    def size(self) -> tuple[int, int]:
        """Return what is to be small in a failing example: its requests, then the text of what was drawn."""
        return len(self.kept or self.client.transcript), sum(map(len, self.drawn))

    def clear(self) -> None:
        """Keep what was said, and delete the objects of this example."""
        self.kept = tuple(self.client.transcript)
        for bucket, name in list(self.target.ledger.left):
            if name.startswith(self.stem):
                self.target.client(self.case.id).remove(name, bucket)
        self.target.time.share.give_way()
