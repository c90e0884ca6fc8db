"""Runs in which one answer is changed, everything else staying right."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.transcript import Exchange


@dataclass(frozen=True)
class Place:
    """An answer that is compared: the number of its request, and all that is expected of it."""

    number: int
    expectations: tuple

    def required(self):
        return [e for e in self.expectations if e.evidence.required]

    def checks(self):
        return [e for e in self.expectations if not e.evidence.required]


class Perturbed:
    """A sender that changes its answer to the n-th request, counted from 0; it keeps all requests."""

    def __init__(self, service, number=-1, change=None):
        self.service, self.number, self.change = service, number, change
        self.requests = []

    def __call__(self, request):
        response = self.service(request)
        self.requests.append(request)
        return self.change(response) if len(self.requests) - 1 == self.number else response


class PerturbedRace(Perturbed):
    """The same, counting the requests of a race alone: they come from other threads, in any order."""

    def __call__(self, request):
        if not threading.current_thread().name.startswith("race"):
            return self.service(request)
        return super().__call__(request)


def run_case(case_id, wrap=lambda service: service, **changes):
    """Run one case on the service in memory, behind a wrapper."""
    target = memory_target(wrap)
    for name, value in changes.items():
        setattr(target, name, value)
    return run(CASES[case_id], target, Provisioner(target))


def run_perturbed(case_id, number, change, kind=Perturbed, *, strict=False):
    return run_case(case_id, lambda service: kind(service, number, change), demand=Demand(strict=strict))


@cache
def unperturbed(case_id):
    return run_case(case_id)


@cache
def places(case_id):
    """Return every answer of a case that is compared; in a strict run all that is expected gates."""
    senders = []

    def wrap(service):
        senders.append(Perturbed(service))
        return senders[0]

    outcome = run_case(case_id, wrap, demand=Demand(strict=True))
    assert not outcome.problems, outcome
    contract = CASES[case_id].contract
    if outcome.judged is None:
        return []
    numbers = {id(request): number for number, request in enumerate(senders[0].requests)}
    exchanges = [event for event in outcome.transcript if isinstance(event, Exchange)]
    judged = next(i for i, exchange in enumerate(exchanges) if exchange is outcome.judged)
    probes = [exchange for exchange in exchanges[judged + 1 :] if exchange.expected]
    groups = [tuple(group) for _, group in groupby(contract.then, lambda e: (e.probe, e.moment))]
    compared = [(outcome.judged, contract.expect), *zip(probes, groups, strict=True)]
    return [Place(numbers[id(exchange.request)], expected) for exchange, expected in compared]


def one_case_of_each_contract():
    """Return the id of the ColdArchive-V4 case of every written contract, or of the first it has.

    What is made up asks many things of many objects: it is perturbed by servers that are wrong.
    """
    ids = [[case.id for case in contract.cases()] for contract in CONTRACTS if not contract.generated]
    return [next((i for i in found if i.endswith("[ColdArchive-V4]")), found[0]) for found in ids]
