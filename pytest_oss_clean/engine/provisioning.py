"""Bringing objects into histories: arranging, which is never asserting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_oss_clean.engine.steps import ArrangedObject, Steps, content_of, demand
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import RESTORE_STATE, StorageClass, Tier
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.history import DELETED, HEAD_SHOWS, RESTORE_RUNS, STEPS, Given, Step
from pytest_oss_clean.spec.request import Bucket, as_long_as_may_be
from pytest_oss_clean.target.target import OssClient, Target


@dataclass(frozen=True, slots=True)
class Arranged:
    """The object of a case in its history, verified, and its siblings by their ids."""

    made: ArrangedObject
    siblings: dict[str, ArrangedObject] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the object's full name."""
        return self.made.name

    def of(self, sibling: str) -> ArrangedObject:
        """Return a sibling, or the object itself for an empty id."""
        return self.siblings[sibling] if sibling else self.made


class Provisioner:
    """Makes objects in histories on one target.

    Where restores take real time, `start` puts and restores ahead, so that all of them run at once.
    """

    def __init__(self, target: Target) -> None:
        """Work on one target."""
        self.target = target
        self.steps = Steps(target)
        self._started: dict[str, dict[str, ArrangedObject] | NotTestedError] = {}

    def start(self, cases: Iterable[Case]) -> None:
        """Begin the restores of all cases that need a complete one; failures surface in `arrange`."""
        for case in cases:
            givens = [case.contract.given, *(s.given for s in case.contract.siblings if s.given)]
            if not any(Step.WAIT_RESTORED in STEPS[given] for given in givens):
                continue
            try:
                self._started[case.id] = self._begin(case, self.target.client(case.id, case.contract.bucket))
            except NotTestedError as error:
                self._started[case.id] = error

    def arrange(self, case: Case, client: OssClient) -> Arranged:
        """Return the case's object in its history, its siblings beside it. Raises NotTestedError."""
        begun = self._started.pop(case.id, None)
        if isinstance(begun, NotTestedError):
            raise begun
        if begun:
            client.transcript += begun[""].client.transcript
        made = begun or self._begin(case, client)
        for one in made.values():
            one.client = client if one.client.bucket == client.bucket else one.client
            one.client.transcript = client.transcript
            self._complete(one)
        return Arranged(made.pop(""), made)

    def _begin(self, case: Case, client: OssClient) -> dict[str, ArrangedObject]:
        """Take each object as far as its first wait."""
        contract, stem = case.contract, client.name(case.slug)
        whole = as_long_as_may_be(stem + contract.tail)
        made = {"": self.new(client, whole, contract.given, case.storage_class)}
        made[""].steps += contract.prepare
        for sibling in contract.siblings:
            beside = self._beside(client, sibling.bucket)
            given = sibling.given or contract.given
            made[sibling.id] = self.new(beside, stem + sibling.tail, given, case.storage_class)
        for one in made.values():
            self.steps.advance(one, stop=Step.WAIT_RESTORED)
        return made

    def _beside(self, client: OssClient, bucket: Bucket | None) -> OssClient:
        if bucket is None:
            return client
        beside = self.target.client(client.contract_id, bucket)
        beside.transcript = client.transcript
        return beside

    def make(
        self,
        client: OssClient,
        suffix: str,
        given: Given,
        storage_class: StorageClass,
        *,
        content: bytes | None = None,
    ) -> ArrangedObject:
        """Return an object in a history, verified. Raises NotTestedError."""
        made = self.new(client, client.name(suffix), given, storage_class)
        if content is not None:
            made.content = content
        self._complete(made)
        return made

    @staticmethod
    def new(client: OssClient, name: str, given: Given, storage_class: StorageClass) -> ArrangedObject:
        """Return an object of which nothing was done yet."""
        tier = None if storage_class is StorageClass.ARCHIVE else Tier.EXPEDITED
        return ArrangedObject(
            client, name, given, storage_class, content_of(name), tier, steps=[*STEPS[given]]
        )

    def _complete(self, made: ArrangedObject) -> None:
        self.steps.advance(made)
        made.head = made.client.head(made.name)
        if made.given in DELETED:
            demand(made.head.status == 404, f"HEAD of the {made.given} object", "404", made.head)  # noqa: PLR2004
            return
        self.steps.demand(made.head.status == 200, "HEAD of the arranged object", "200", made)  # noqa: PLR2004
        _verify(made)


def _verify(made: ArrangedObject) -> None:
    """See that HEAD shows the history, as far as a page says what it shows."""
    given = made.given
    if given not in HEAD_SHOWS:
        return
    state = read_restore(made.head)
    ongoing = state.ongoing if state else None
    if given in RESTORE_RUNS and ongoing is False:
        raise NotTestedError(
            "the restore completed before it could be looked at; "
            "a target that restores at once claims instant-restore"
        )
    wanted = HEAD_SHOWS[given]
    if {"no x-oss-restore": state is None}.get(wanted, ongoing is ("true" in wanted)):
        return
    value = made.head.header(RESTORE_STATE)
    raise NotTestedError(f"HEAD of the {given} object: {RESTORE_STATE} is {value}, not {wanted}")
