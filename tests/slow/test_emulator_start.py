"""How soon the emulator answers: the quickest of many starts, whatever else the machine does."""

import time

from pytest_oss_clean.emulator.http.server import Server
from raw_http import Echo, exchange, get, statuses


def test_start_to_first_answer_is_quick():
    durations = []
    for _ in range(50):
        started = time.perf_counter()
        with Server(Echo()) as server:
            assert statuses(exchange(server, get(b"/"))) == [200]
            durations.append(time.perf_counter() - started)
    assert min(durations) < 0.05
