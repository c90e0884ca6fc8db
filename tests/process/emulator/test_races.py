"""Races on one object: whatever clients see, some order of their operations one by one explains it.

A round follows from its seed: a few operations one after the other, then threads that race, then a
look at what is left. Every operation is noted with the moments of its call and its return.
RACE_SEED=17 in the environment repeats the round of that seed 200 times.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import re
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

import pytest

import linearizability as model
from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.http.control import Control
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation, Request, Response
from pytest_oss_clean.oss.signing import Signer

SEED = os.environ.get("RACE_SEED")
RESTORE = "<RestoreRequest><Days>{}</Days><JobParameters><Tier>{}</Tier></JobParameters></RestoreRequest>"
QUERIES = {"restore": (("restore", None),), "clean": (("cleanRestoredObject", None),)}
WHEN = datetime.fromtimestamp(model.EPOCH, UTC)


def seeds(count):
    return [int(SEED)] * 200 if SEED else range(count)


class InMemory:
    """The emulator without a socket; its clock stands still but for advances."""

    def __init__(self, life_cycle=None):
        credentials = random_credentials()
        self.service = Service(
            credentials=[credentials], buckets=["bucket-1"], clock=lambda: model.EPOCH, life_cycle=life_cycle
        )
        self.send, self.advance = self.service, self.service.advance
        self._signer = Signer(credentials, region=self.service.region)

    def prepare(self, verb, *values):
        """Return a function that does it, signed beforehand, and returns what it saw."""
        if verb == "advance":
            return lambda: self.advance(*values) or ()
        headers = (("x-oss-storage-class", values[0]),) if verb == "put" else ()
        content = model.body(values[1]) if verb == "put" else b""
        if verb == "restore":
            content = RESTORE.format(*values).encode()
        method = "POST" if verb in QUERIES else verb.upper()
        operation = Operation(method, "bucket-1", "k", QUERIES.get(verb, ()), headers, content)
        request = self._signer.sign(operation, WHEN).render(
            Endpoint("http", "127.0.0.1", 80), Addressing.PATH
        )
        return lambda: look(request.method, self.send(request))


class OverHttp(InMemory):
    """The same through two servers: a connection of each thread to each; time moves by the control port."""

    def __init__(self, stack):
        super().__init__()
        self._own = threading.local()
        self._stack = stack
        port, control = (
            stack.enter_context(Server(handler)).endpoint.port
            for handler in (self.service, Control(self.service))
        )
        self.send = lambda request: self._exchange(port, request)
        self.advance = lambda seconds: self._move(control, seconds)

    def _move(self, port, seconds):
        assert self._exchange(port, Request("POST", f"/advance?seconds={seconds}")).status == 200

    def _exchange(self, port, request):
        connections = self._own.__dict__.setdefault("connections", {})
        if port not in connections:
            connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            self._stack.callback(connections[port].close)
        headers = {name: value for name, value in request.headers if name != "Host"}
        connections[port].request(request.method, request.target, request.body, headers)
        response = connections[port].getresponse()
        content = response.read()
        return Response(response.status, tuple(response.getheaders()), content, response.reason)


def look(method, response):
    """Return what the model has something to say about."""
    restored = response.header("x-oss-restore")
    if method == "HEAD" and response.status == 200:
        return 200, response.header("x-oss-storage-class"), response.header("etag").strip('"'), restored
    if method == "GET" and response.status == 200:
        return 200, response.body, restored
    code = re.search(rb"<Code>(\w+)</Code>", response.body)
    return (response.status, code[1].decode()) if code else (response.status,)


class Yielding(LifeCycle):
    """Lets other threads run in the middle of every request."""

    __slots__ = ()

    def state(self, *values):
        found = super().state(*values)
        time.sleep(0)
        return found


def race(target, seed, pool):
    """Run the round of a seed; return its history."""
    target.service.reset()
    before, threads, after = model.plan(seed)
    moments, start = itertools.count(), threading.Barrier(len(threads))

    def run(operations, wait=lambda: None):
        prepared = [(does, target.prepare(*does)) for does in operations]
        wait()
        return [model.Event(does, next(moments), act(), next(moments)) for does, act in prepared]

    history = run(before)
    for part in pool.map(lambda operations: run(operations, lambda: start.wait(120)), threads):
        history += part
    return history + run(after)


def cleaned(history):
    return sum(event.does == ("clean",) and event.seen == (200,) for event in history)


def check(history, seed):
    told = "\n".join(map(str, sorted(history, key=lambda event: event.called)))
    again = f"seed {seed} (RACE_SEED={seed} repeats it):\n{told}"
    assert model.explain(history) is not None, f"no order explains {again}"
    restored = sum(event.seen == (202,) for event in history)
    assert cleaned(history) <= restored, f"more cleans than restores succeed with {again}"
    if seed % 4 == 0:
        assert cleaned(history) == restored == 1, f"not exactly one clean succeeds with {again}"


@pytest.fixture
def pool():
    """Threads that take turns as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(4) as threads:
        yield threads
    sys.setswitchinterval(interval)


def overlaps(history):
    return sum(a.called < b.returned and b.called < a.returned for a, b in itertools.combinations(history, 2))


def run_rounds(target, count, pool):
    began = time.perf_counter()
    responses, overlapping = Counter(), 0
    for seed in seeds(count):
        history = race(target, seed, pool)
        check(history, seed)
        responses.update((e.does[0], *e.seen) for e in history if e.does[0] in QUERIES)
        overlapping += overlaps(history) > 0
    seconds = time.perf_counter() - began
    print(f"\n{count} rounds, {overlapping} with overlaps, {seconds:.1f} s: {dict(responses)}")  # noqa: T201
    if not SEED:
        assert overlapping > count / 5
    return responses


EVERY_ANSWER = {
    ("clean", 200),
    *(("clean", *response) for response in (model.STALE, model.NOT_FINISHED, model.NO_KEY)),
    ("restore", 202),
    ("restore", 200),
    *(("restore", *response) for response in (model.IN_PROGRESS, model.UNSUPPORTED, model.NO_KEY)),
}


@pytest.mark.parametrize("life_cycle", [LifeCycle(), Yielding()], ids=["as it is", "yielding"])
def test_rounds_in_memory_have_an_order_that_explains_them(life_cycle, pool):
    responses = run_rounds(InMemory(life_cycle), 600, pool)
    assert set(responses) >= EVERY_ANSWER or SEED


def test_rounds_over_http_have_an_order_that_explains_them(pool):
    with contextlib.ExitStack() as stack:
        responses = run_rounds(OverHttp(stack), 300, pool)
    assert set(responses) >= EVERY_ANSWER or SEED


class Sleeping(LifeCycle):
    """Reads, sleeps, and only then lets the result be written."""

    __slots__ = ()

    def clean(self, *values):
        found = super().clean(*values)
        time.sleep(0.002)
        return found


class InNameOnly(LifeCycle):
    """Answers a clean and does nothing."""

    __slots__ = ()

    def clean(self, storage_class, retrieval, now):
        return retrieval, super().clean(storage_class, retrieval, now)[1]


def without_lock():
    target = InMemory(Sleeping())
    target.service._lock = contextlib.nullcontext()

    def send(request):
        try:
            return target.service(request)
        except KeyError:  # deleted in between
            return Response(500)

    target.send = send
    return target


def clean_in_name_only():
    return InMemory(InNameOnly())


def overwrites_done_late():
    """PUT is answered at once, and done before the next request that writes."""
    target, late = InMemory(), SimpleQueue()

    def send(request):
        if request.method in ("PUT", "POST", "DELETE"):
            with contextlib.suppress(Empty):  # another thread may take the last one
                while True:
                    target.service(late.get_nowait())
        if request.method != "PUT":
            return target.service(request)
        late.put(request)
        return Response(200)

    target.send = send
    return target


def refused_cleans_answered_once_more():
    """A clean that comes second is answered like the first."""
    target, last = InMemory(), {}

    def send(request):
        response = target.service(request)
        if request.method in ("PUT", "DELETE") or "?restore" in request.target:
            last.clear()
        if "?clean" in request.target and response.status == 200:
            last["clean"] = response
        return last.pop("clean", response) if response.status == 409 else response

    target.send = send
    return target


@pytest.mark.parametrize(
    "fault", [without_lock, clean_in_name_only, overwrites_done_late, refused_cleans_answered_once_more]
)
def test_rounds_of_a_faulty_emulator_have_none(fault, pool):
    target = fault()
    # How requests meet is luck: every third to every sixth round shows the fault, and 40 of them too few.
    unexplained = (seed for seed in range(160) if model.explain(race(target, seed, pool)) is None)
    found = list(itertools.islice(unexplained, 13))
    print(f"\n{fault.__name__}: 13 of {found[-1:]} rounds unexplained")  # noqa: T201
    assert len(found) == 13, "more than 3 of 40"
