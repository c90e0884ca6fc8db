"""What several threads use at once during a race: the ledger, the pace, the target, a caller."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.target.ledger import Ledger, read_ledger
from pytest_oss_clean.target.limits import Throttle
from pytest_oss_clean.target.open import memory_target
from pytest_oss_clean.target.transcript import Exchange

SILENCE = Response(0, transport_error=TransportError(TransportErrorKind.READ_TIMEOUT, "silence"))


def in_threads(count, act):
    start = threading.Barrier(count)

    def one(number):
        start.wait(120)
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_a_ledger_takes_names_from_many_threads(tmp_path):
    ledger = Ledger()
    ledger.open(tmp_path, "run", {"endpoint": "e"})

    def add_and_remove(number):
        for step in range(50):
            ledger.add("bucket", f"{number}/{step}", "version")
            if step % 2:
                ledger.remove("bucket", f"{number}/{step}")

    in_threads(8, add_and_remove)
    assert read_ledger(ledger.path).left == ledger.left
    assert len(ledger.left) == 8 * 25
    ledger.close()


def test_answers_are_noted_from_many_threads():
    target = memory_target(lambda service: service)
    in_threads(8, lambda _: [target.note(SILENCE) for _ in range(200)])
    assert target.breaker.silences == 1600
    target.note(SILENCE, Response(200))
    assert target.breaker.silences == 0


def test_a_pace_holds_for_many_threads():
    pace = Throttle(rate=100.0)
    began = time.monotonic()
    in_threads(8, lambda _: [pace.wait() for _ in range(2)])
    assert time.monotonic() - began >= 0.149, "the last of sixteen starts 0.15 s after the first"


def test_one_caller_may_be_used_by_many_threads():
    target = memory_target(lambda service: service)
    client = target.client("threads")

    def put_and_remove(number):
        name = client.name(f"thread-{number}")
        for _ in range(10):
            client.put(name, b"x")
            client.get(name)
        client.remove(name)

    in_threads(8, put_and_remove)
    exchanges = [e for e in client.transcript if isinstance(e, Exchange)]
    assert len(exchanges) == 8 * 21
    assert {e.response.status for e in exchanges} == {200, 204}
    assert target.ledger.left == {}
    assert target.left_behind == []
