"""Requests that are sent at the same time, and the state they leave behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pytest_oss_clean.answer import read_error, read_restore
from pytest_oss_clean.contract import Probe, Race
from pytest_oss_clean.exchange import NEVER_ARRIVED
from pytest_oss_clean.looking import PROBES
from pytest_oss_clean.matcher import summary
from pytest_oss_clean.message import Answer
from pytest_oss_clean.steps import Made, NotTestedError, UnusableError, content_of
from pytest_oss_clean.target import Caller
from pytest_oss_clean.vocabulary import Code

WORDS = {
    Probe.CLEAN: "clean",
    Probe.GET: "get",
    Probe.HEAD: "head",
    Probe.RESTORE: "restore",
    "overwrite": "overwrite",
    "delete": "delete",
}


def race(asked: Race, made: Made) -> tuple[list[str], str]:
    """Send the requests of a race together; return what each was answered, and the state after.

    Raises NotTestedError where an answer is missing.
    """
    start = Barrier(len(asked.requests))
    callers = [
        Caller(made.caller.target, made.caller.contract_id, made.caller.bucket) for _ in asked.requests
    ]

    def send(request: Probe | str, caller: Caller) -> Answer:
        start.wait(timeout=30)
        return _send(request, caller, made)

    with ThreadPoolExecutor(len(asked.requests)) as threads:
        answers = list(threads.map(send, asked.requests, callers))
    for caller in callers:
        made.caller.transcript += caller.transcript
    pairs = list(zip(asked.requests, answers, strict=True))
    for request, answer in pairs:
        _must_have_answered(answer, f"{WORDS[request]} of the race", made.caller)
    return [f"{WORDS[request]} {told(request, answer, made)}" for request, answer in pairs], state_of(made)


def _send(request: Probe | str, caller: Caller, made: Made) -> Answer:
    if request == "overwrite":
        return caller.put(made.name, content_of(f"{made.name} overwritten"), made.storage_class)
    if request == "delete":
        return caller.delete(made.name)
    return PROBES[Probe(request)](caller, made.name, "")


def told(request: Probe | str, answer: Answer, made: Made) -> str:
    """Return status and Code; of a read that succeeded, whether its content was whole."""
    whole = answer.body in (made.content, content_of(f"{made.name} overwritten"))
    torn = request == Probe.GET and answer.succeeded and not whole
    return summary(answer) + (" with another content" if torn else "")


def state_of(made: Made) -> str:
    """Return what HEAD and GET show of an object: gone, frozen, restoring, restored, or contradictory."""
    caller = made.caller
    head = caller.head(made.name)
    _must_have_answered(head, "HEAD after the race", caller)
    if head.status == 404:  # noqa: PLR2004
        return "gone"
    get = caller.get(made.name)
    _must_have_answered(get, "GET after the race", caller)
    restore = read_restore(head)
    shown = {None: "frozen", True: "restoring", False: "restored"}[restore.ongoing if restore else None]
    readable = get.succeeded
    frozen = read_error(get).code == Code.INVALID_OBJECT_STATE
    fits = readable if shown == "restored" else frozen
    return shown if fits else f"contradictory: HEAD says {shown}, GET answers {summary(get)}"


def _must_have_answered(answer: Answer, what: str, caller: Caller) -> None:
    if caller.target.pace.is_throttled(answer):
        raise UnusableError(f"throttled: {what}")
    if answer.trouble and answer.trouble.kind in NEVER_ARRIVED:
        raise UnusableError(f"{what} never reached the target: {answer.trouble}")
    if answer.trouble:
        raise NotTestedError(f"{what} got no answer: {answer.trouble}")
