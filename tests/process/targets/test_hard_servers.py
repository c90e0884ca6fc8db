"""Right servers that are hard on a suite, met by the command."""

from __future__ import annotations

import threading
import urllib.request
from itertools import count

from served_targets import serving

SOME = ("-k", "test_page or test_syntax or test_effects")
CLOCK = "clock moved by another: restores completed that this run did not complete; "


def in_front(faults, server, fault):
    front = faults.FaultServer(server.endpoint, fault)
    server.endpoint = type(server.endpoint)("http", "127.0.0.1", front.port)
    return front


def move(server, seconds):
    request = urllib.request.Request(f"{server.control}/advance?seconds={seconds}", method="POST")
    urllib.request.urlopen(request, timeout=60).close()


def test_everything_passes_where_each_connection_ends_silently(command_line, faults):
    """The second request of each connection is read, and the connection reset, as idle ones are."""

    def closing(exchange):
        return faults.RESET if exchange.number == 2 else exchange.forward()

    with serving(command_line) as server, in_front(faults, server, closing) as front:
        done = server.check(*SOME)
        assert (done.counts["failed"], done.counts["not tested"], done.causes) == (0, 0, []), done.out
        assert sum(exchange.number == 2 for exchange in front.exchanges) > 100
        assert server.left() == {}


def test_a_clock_that_another_process_moves_fails_nothing(command_line):
    stop = threading.Event()
    with serving(command_line) as server:

        def meddle():
            for number in count():
                if stop.wait(0.05):
                    return
                move(server, 9 * 86_400 if number % 2 else 3_700)

        other = threading.Thread(target=meddle)
        other.start()
        try:
            done = server.check("-k", "test_page or test_histories")
        finally:
            stop.set()
            other.join()
        assert done.counts["failed"] == 0, done.out
        assert (done.code, len(done.causes)) == (6, 1), done.causes
        assert done.causes[0].startswith(CLOCK)
        assert "run alone on this target" in done.causes[0]
        assert server.left() == {}


def test_processes_of_one_run_take_turns_with_a_clock(command_line):
    with serving(command_line) as server:
        done = server.check("-n", "2", "-k", "test_page or test_histories")
        assert (done.counts["failed"], done.counts["not tested"], done.causes) == (0, 0, []), done.out
        assert server.left() == {}
