"""The pace of a run: its rate, its time, and what counts as being told to slow down."""

import base64
import threading
import time
from itertools import pairwise

import pytest

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.target.limits import Throttle

SLOW_DOWN = b"<Error><Code>SlowDown</Code></Error>"


class Clock:
    """Stands in for the module `time`; sleeping is what moves it, a little less than asked for."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += max(seconds * 0.9, 1e-6)


@pytest.fixture
def clock():
    return Clock()


def starts(pace, clock, count):
    found = []
    for _ in range(count):
        pace.wait()
        found.append(clock.now)
    return found


def test_without_a_rate_nobody_sleeps(clock):
    assert starts(Throttle(sleep=clock.sleep, now=clock.monotonic), clock, 5) == [100.0] * 5
    assert clock.slept == []


def test_requests_start_no_closer_than_the_rate_allows(clock):
    found = starts(Throttle(rate=4.0, sleep=clock.sleep, now=clock.monotonic), clock, 5)
    assert found[0] == 100.0
    gaps = [b - a for a, b in pairwise(found)]
    assert gaps == [pytest.approx(0.25, abs=1e-4)] * 4
    assert found[-1] >= 101.0


def test_idle_time_is_not_saved_up_for_a_burst(clock):
    pace = Throttle(rate=2.0, sleep=clock.sleep, now=clock.monotonic)
    pace.wait()
    clock.now += 60
    found = starts(pace, clock, 2)
    assert found[0] == 160.0
    assert found[1] >= 160.5


def test_threads_share_one_rate():
    pace, found, lock = Throttle(rate=50.0), [], threading.Lock()

    def ask():
        for _ in range(3):
            pace.wait()
            with lock:
                found.append(time.monotonic())

    began = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert max(found) - began >= 11 / 50


@pytest.mark.parametrize(
    ("throttled", "response", "expected"),
    [
        (("429",), Response(429), True),
        (("429",), Response(503, (), SLOW_DOWN), False),
        (("429",), Response(42), False),
        (("503",), Response(503), True),
        (("429", "503 SlowDown"), Response(503, (), SLOW_DOWN), True),
        (("503 SlowDown",), Response(503, (("x-oss-err", base64.b64encode(SLOW_DOWN).decode()),)), True),
        (("503 SlowDown",), Response(503), False),
        (("503 SlowDown",), Response(500, (), SLOW_DOWN), False),
        (("503 SlowDown",), Response(503, (), SLOW_DOWN.replace(b"SlowDown", b"InternalError")), False),
        ((), Response(429), False),
    ],
)
def test_an_answer_asks_for_fewer_requests_by_status_or_by_status_and_code(throttled, response, expected):
    assert Throttle(throttled=throttled).is_throttled(response) is expected


def test_the_time_of_a_run_ends_with_its_cause(clock):
    pace = Throttle(max_wall=60.0, now=clock.monotonic)
    clock.now += 59.5
    assert pace.exhausted() == ""
    clock.now += 0.5
    assert pace.exhausted() == "--oss-max-wall 60 s are over"


def test_without_a_limit_time_never_ends(clock):
    pace = Throttle()
    clock.now += 1e9
    assert pace.exhausted() == ""


def test_waiting_for_a_slot_spends_the_time_of_the_run(clock):
    pace = Throttle(rate=1.0, max_wall=2.0, sleep=clock.sleep, now=clock.monotonic)
    starts(pace, clock, 4)
    assert pace.exhausted()
