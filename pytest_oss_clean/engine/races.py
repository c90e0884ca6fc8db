"""Requests that are sent at the same time, and the state they leave behind.

They are signed and counted beforehand, on connections that are open: what is left for the race is to
send them. Where they are answered one after the other all the same, that is one of the orders that
explain the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from threading import Barrier, BrokenBarrierError
from types import MappingProxyType

from pytest_oss_clean.engine.probes import state_shown
from pytest_oss_clean.engine.provisioning import ArrangedObject, content_of
from pytest_oss_clean.engine.settling import FROZEN, PAUSE, Settling
from pytest_oss_clean.errors import NotTestedError, UnusableError
from pytest_oss_clean.oss import operations
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.responses import read_error
from pytest_oss_clean.spec.contract import Race, Raced
from pytest_oss_clean.spec.findings import states_after
from pytest_oss_clean.spec.matchers import summary
from pytest_oss_clean.target.target import OssClient
from pytest_oss_clean.target.transcript import NEVER_ARRIVED, Exchange

RACE = "the end of a race"
OVERLOADED = 503
NOT_FOUND = 404
MOST_REQUESTS = 16
"""Maximum number of concurrent requests."""


def overwriting(obj: ArrangedObject) -> bytes:
    return content_of(f"{obj.name} overwritten")


def copy_of(obj: ArrangedObject) -> str:
    return f"{obj.name}.copy"


REQUESTS: Mapping[Raced, Callable[[ArrangedObject, str], Operation]] = MappingProxyType(
    {
        Raced.CLEAN: lambda obj, bucket: operations.clean(bucket, obj.name),
        Raced.RESTORE: lambda obj, bucket: operations.restore(bucket, obj.name, tier=obj.tier),
        Raced.HEAD: lambda obj, bucket: operations.plain("HEAD", bucket, obj.name),
        Raced.GET: lambda obj, bucket: operations.plain("GET", bucket, obj.name),
        Raced.COPY: lambda obj, bucket: operations.copy(bucket, copy_of(obj), (bucket, obj.name)),
        Raced.OVERWRITE: lambda obj, bucket: operations.put(
            bucket, obj.name, overwriting(obj), obj.storage_class
        ),
        Raced.DELETE: lambda obj, bucket: operations.plain("DELETE", bucket, obj.name),
    }
)
LABELS = MappingProxyType({Raced.OVERWRITE: "put"})
"""How exchanges are labelled, where not by the word."""


def race(asked: Race, obj: ArrangedObject, settling: Settling) -> tuple[list[str], str]:
    """Send the requests of a race together; return what each was answered, and the state after.

    The state is looked at until it is one that goes with the answers, or has had its time to settle.
    Raises NotTestedError where an answer is missing.
    """
    target = obj.client.target
    send_together([Raced.HEAD] * len(asked.requests), obj, "warm-up")
    clients, responses = send_together(asked.requests, obj, "race")
    target.note(*responses)
    for client in clients:
        obj.client.transcript += client.transcript
    seen = []
    for request, response in zip(asked.requests, responses, strict=True):
        _must_have_answered(response, f"{request} of the race", obj.client)
        seen.append(told(request, response, obj))
    wanted = states_after(asked.explanations, seen)
    pace = target.pace
    deadline = pace.now() + min(settling.allowance(FROZEN), settling.allowance(RACE))
    while (state := state_of(obj)) not in wanted and wanted and pace.now() < deadline:
        pace.sleep(PAUSE)
    settling.note(RACE, shown=state in wanted)
    return seen, state


def send_together(
    requests: Sequence[Raced], obj: ArrangedObject, name: str
) -> tuple[list[OssClient], list[Response]]:
    """Send requests at the same time, each with a caller of its own; return callers and answers.

    What a journal knows is played in its order, and what it does not know is added to it.
    """
    home = obj.client
    clients = [OssClient(home.target, home.contract_id, home.bucket) for _ in requests]
    start, journal = Barrier(len(requests)), home.target.journal
    labels = [LABELS.get(request, str(request)) for request in requests]
    operations = [REQUESTS[request](obj, home.bucket) for request in requests]
    asked = list(zip(clients, labels, operations, strict=True))
    known = [client.line(label, operation) for client, label, operation in asked]
    if journal and any(journal.knows(line.place) for line in known):
        return clients, [client.send(operation, label=label) for client, label, operation in asked]

    def send(client: OssClient, label: str, operation: Operation) -> Response:
        try:
            return client.send(operation, label=label, hold=start.wait)
        except BaseException:
            start.abort()  # the others would wait for ever
            raise

    if journal:
        journal.mark(name)
    going = [_threads(name).submit(send, *each) for each in asked]
    wait(going)
    errors = [error for one in going if (error := one.exception())]
    for error in sorted(errors, key=lambda error: isinstance(error, BrokenBarrierError)):
        raise error
    if journal:
        for line, client in zip(known, clients, strict=True):
            journal.answer(journal.add(line), client.last.response, client.last)
    return clients, [one.result() for one in going]


@cache
def _threads(name: str) -> ThreadPoolExecutor:
    """Return threads that are kept from race to race; there are enough for one at a time."""
    return ThreadPoolExecutor(MOST_REQUESTS, thread_name_prefix=name)


def told(request: Raced, response: Response, obj: ArrangedObject) -> str:
    """Say what a request was answered, of a read whether it saw the object whole."""
    if not response.succeeded:
        return f"{request} {summary(response)}"
    if request in (Raced.OVERWRITE, Raced.DELETE, Raced.COPY):
        copied = obj.client.get(copy_of(obj)).body if request is Raced.COPY else obj.content
        return f"{request} done{_torn(copied, obj)}"
    shown = f" {state_shown(response)}" if request is Raced.HEAD else ""
    return f"{request} {response.status}{shown}{_torn(response.body, obj) if request is Raced.GET else ''}"


def _torn(body: bytes, obj: ArrangedObject) -> str:
    return "" if body in (obj.content, overwriting(obj)) else " with another content"


def state_of(obj: ArrangedObject) -> str:
    """Return what HEAD and GET show of an object: gone, frozen, restoring, restored, or contradictory."""
    client = obj.client
    head, get = _probe(obj)
    if state_shown(client.head(obj.name)) != state_shown(head):
        head, get = _probe(obj)  # it changed between both
    if head.status == NOT_FOUND:
        return "gone"
    shown = state_shown(head)
    frozen = read_error(get).code == Code.INVALID_OBJECT_STATE
    if not (get.succeeded if shown == "restored" else frozen):
        return f"contradictory: HEAD says {shown}, GET answers {summary(get)}"
    return shown + _lost(head, obj)


def _probe(obj: ArrangedObject) -> tuple[Response, Response]:
    head, get = obj.client.head(obj.name), obj.client.get(obj.name)
    _must_have_answered(head, "HEAD after the race", obj.client)
    _must_have_answered(get, "GET after the race", obj.client)
    return head, get


def _lost(head: Response, obj: ArrangedObject) -> str:
    """Describe an overwrite that was done and cannot be seen."""
    done = any(
        isinstance(e, Exchange) and e.operation.body == overwriting(obj) and e.response.succeeded
        for e in obj.client.transcript
    )
    lost = done and head.header("Content-Length") == str(len(obj.content))
    return " with the content before" if lost else ""


def _must_have_answered(response: Response, what: str, client: OssClient) -> None:
    client.target.pace.refuse_throttled(response)
    if response.transport_error and response.transport_error.kind in NEVER_ARRIVED:
        raise UnusableError(f"{what} never reached the target: {response.transport_error}")
    if response.transport_error or response.status == OVERLOADED:
        raise NotTestedError(f"{what} got no usable answer: {response.transport_error or response.status}")
