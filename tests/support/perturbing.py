"""One answer changed in the one thing that a matcher looks at; everything else stays right."""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from pytest_oss_clean.contracts.catalogue import CASES, CONTRACTS
from pytest_oss_clean.document_matchers import (
    EcAgrees,
    ErrorDocumentValid,
    MessageIs,
    RequestIdsAgree,
    TextsAre,
    TextsSame,
)
from pytest_oss_clean.evidence import Demand
from pytest_oss_clean.exchange import Exchange
from pytest_oss_clean.header_matchers import (
    DateClose,
    HeaderFresh,
    HeaderIs,
    HeaderPresent,
    LengthTold,
    RequestIdForm,
    TypeIsXml,
)
from pytest_oss_clean.listing_matchers import EntryCount, EntryLacks, EntrySame
from pytest_oss_clean.matcher import (
    CodeIs,
    ContentSame,
    HeaderAbsent,
    HeaderSame,
    NoBody,
    OneOf,
    Refusal,
    RestoreShown,
    StatusIs,
)
from pytest_oss_clean.opening import memory_target
from pytest_oss_clean.provision import Provisioner
from pytest_oss_clean.runner import run

OTHER = "SomethingElse"


def without(answer, name):
    return replace(answer, headers=tuple((n, v) for n, v in answer.headers if n.lower() != name.lower()))


def with_header(answer, name, value):
    return replace(without(answer, name), headers=(*without(answer, name).headers, (name, value)))


def with_code(answer, code=OTHER):
    """Give an error another Code, in the body or, to HEAD, in the header that holds it."""
    document = f"<Error><Code>{code}</Code></Error>".encode()
    if answer.header("x-oss-err"):
        return with_header(answer, "x-oss-err", base64.b64encode(document).decode())
    return replace(answer, body=document)


def with_status(answer, status=418):
    return replace(answer, status=status)


def with_text(answer, path, text=OTHER):
    """Give the elements that a path ends in another text."""
    name = path.rpartition("/")[2].encode()
    return replace(
        answer, body=re.sub(b"(<%s>)[^<]*(?=</%s>)" % (name, name), rb"\1" + text.encode(), answer.body)
    )


def with_body(answer, pattern, replacement):
    return replace(answer, body=re.sub(pattern, replacement, answer.body, flags=re.DOTALL))


def with_request_id(answer, text=OTHER):
    """Give an answer another request id, in the header and in the body."""
    old = (answer.header("x-oss-request-id") or "").encode()
    return replace(
        with_header(answer, "x-oss-request-id", text), body=answer.body.replace(old, text.encode())
    )


VIOLATIONS = {
    StatusIs: (lambda _, a: with_status(a), "418"),
    Refusal: (lambda _, a: with_status(a, 500), "500"),
    OneOf: (lambda _, a: with_code(with_status(a)), f"418 {OTHER}"),
    CodeIs: (lambda _, a: with_code(a), OTHER),
    NoBody: (lambda _, a: replace(a, body=b"four"), "4 bytes"),
    ContentSame: (lambda _, a: replace(a, body=b"four"), "another one (4 bytes)"),
    HeaderSame: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    HeaderAbsent: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    RestoreShown: (lambda _, a: without(a, "x-oss-restore"), "absent"),
    HeaderPresent: (lambda m, a: without(a, m.name), "absent"),
    HeaderIs: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    HeaderFresh: (lambda m, a: without(a, m.name), "absent"),
    TypeIsXml: (lambda _, a: with_header(a, "Content-Type", "text/html"), "text/html"),
    LengthTold: (lambda _, a: with_header(a, "Content-Length", "123456"), "123456"),
    DateClose: (lambda _, a: with_header(a, "Date", "Sun, 16 Apr 2017 08:12:33 GMT"), "2017"),
    RequestIdForm: (lambda _, a: with_request_id(a), OTHER),
    ErrorDocumentValid: (lambda _, a: with_body(a, b"<(/?)HostId>", rb"<\1Host>"), "HostId is there 0 times"),
    RequestIdsAgree: (lambda _, a: with_text(a, "RequestId"), OTHER),
    EcAgrees: (lambda _, a: with_header(a, "x-oss-ec", OTHER), OTHER),
    MessageIs: (lambda _, a: with_text(a, "Message"), OTHER),
    TextsAre: (lambda m, a: with_text(a, m.path), OTHER),
    TextsSame: (lambda m, a: with_text(a, m.path), OTHER),
    EntryCount: (lambda _, a: with_body(a, b"<Contents>.*</Contents>", b""), "0 objects"),
    EntrySame: (lambda m, a: with_text(a, m.field), OTHER),
    EntryLacks: (
        lambda m, a: with_body(a, b"</Contents>", f"<{m.field}>{OTHER}</{m.field}></Contents>".encode()),
        OTHER,
    ),
}
"""How an answer goes against each matcher, and what a text about it must quote."""


def violate(matcher, answer):
    """Change an answer in the one thing that a matcher looks at."""
    return VIOLATIONS[type(matcher)][0](matcher, answer)


def quoted(matcher):
    return VIOLATIONS[type(matcher)][1]


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
        answer = self.service(request)
        self.requests.append(request)
        return self.change(answer) if len(self.requests) - 1 == self.number else answer


class PerturbedRace(Perturbed):
    """The same, counting the requests of a race alone: they come from other threads, in any order."""

    def __call__(self, request):
        if threading.current_thread() is threading.main_thread():
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
    groups = [tuple(group) for _, group in groupby(contract.then, lambda e: (e.look, e.moment))]
    compared = [(outcome.judged, contract.expect), *zip(probes, groups, strict=True)]
    return [Place(numbers[id(exchange.request)], expected) for exchange, expected in compared]


def one_case_of_each_contract():
    """Return the id of the ColdArchive-V4 case of every contract, or of the first it has."""
    ids = [[case.id for case in contract.cases()] for contract in CONTRACTS]
    return [next((i for i in found if i.endswith("[ColdArchive-V4]")), found[0]) for found in ids]
