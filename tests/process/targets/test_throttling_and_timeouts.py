"""Targets that throttle, hang or break connections: the causes are told, and time is bounded."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from pytest_oss_clean.mutation.faults.response_edits import without
from pytest_oss_clean.target.limits import OF_A_KIND
from response_edits import with_code, with_status
from served_targets import failures, serving

PAGE = ("-k", "test_page and ColdArchive-V4")
BUSY = {
    "429 every ninth": (9, "429 TooManyRequests", ()),
    "503 SlowDown every ninth": (9, "503 SlowDown", ("--oss-throttled", "429,503 SlowDown")),
}


def busy_every(period, response):
    """Refuse every n-th request, and do nothing then."""
    status, code = response.split()

    def wrap(service):
        number = count(1)

        def sender(request):
            if next(number) % period:
                return service(request)
            refusal = service(replace(request, target="/", headers=()))
            return without(with_code(with_status(refusal, int(status)), code), "content-length")

        return sender

    return wrap


@pytest.mark.parametrize("name", BUSY)
def test_a_target_that_throttles_now_and_then_is_tested_whole(command_line, name):
    period, response, options = BUSY[name]
    with serving(command_line, busy_every(period, response)) as server:
        done = server.check(*PAGE, *options)
        assert not failures(done.out), done.out
        assert done.counts["passed"] >= 4
        assert (done.counts["not tested"], done.causes) == (0, [])
        assert server.left() == {}


def test_a_target_that_is_always_busy_is_given_up_with_this_cause(command_line):
    with serving(command_line, busy_every(1, "429 TooManyRequests")) as server:
        done = server.check(*PAGE)
        assert done.code == 6
        assert len(done.causes) == 1
        assert done.causes[0].startswith("throttled: the target answers 429 TooMany")
        assert len(server.requests) < 10


def behind(faults, server, fault):
    """Put a server that breaks in front; it is what the suite meets."""
    front = faults.FaultServer(server.endpoint, fault)
    server.endpoint = type(server.endpoint)("http", "127.0.0.1", front.port)
    return front


def from_the(number, wrong):
    """Answer wrongly from the n-th request on."""
    numbers = count(1)
    return lambda exchange: wrong if next(numbers) >= number else exchange.forward()


def every(period, wrong):
    numbers = count(1)
    return lambda exchange: wrong if not next(numbers) % period else exchange.forward()


def test_a_target_that_hangs_after_some_requests_is_given_up_and_what_it_keeps_is_named(command_line, faults):
    with (
        serving(command_line) as server,
        behind(faults, server, from_the(50, faults.SILENCE)) as front,
    ):
        done = server.check("-k", "test_page or test_effects", "--oss-timeout", "1")
        assert done.code in (1, 6)
        assert done.counts["passed"] >= 1
        assert done.counts["not tested"] > 20
        assert any("gave no answer 2 times in a row: read timeout" in cause for cause in done.causes)
        assert all("read timeout" in text for text in failures(done.out).values())
        assert len(failures(done.out)) <= 1
        assert len(front.exchanges) < 60, "a server that went silent is left alone"
        left = [name for held in server.left().values() for name in held]
        if left:
            assert "may be left behind, remove with `oss-clean reap`" in done.out
        front.fault = faults.forward
        assert command_line("reap", **server.variables).code == 0
        assert server.left() == {}


def test_a_target_that_leaves_every_clean_unanswered_is_not_waited_for_on_each_row(command_line, faults):
    with (
        serving(command_line) as server,
        behind(faults, server, faults.only_cleans(faults.SILENCE)) as front,
    ):
        done = server.check("-k", "test_page or test_effects", "--oss-timeout", "1")
        assert done.code == 1
        assert sum(exchange.is_clean for exchange in front.exchanges) == OF_A_KIND
        assert done.counts["passed"] == 0
        assert done.counts["not tested"] > 20
        said = f"left each of {OF_A_KIND} cleans without a whole answer: read timeout"
        assert any(said in cause for cause in done.causes)
        assert server.left() == {}, "what answers can be cleared"


def test_no_patience_is_lost_before_a_contract_failed_so_that_nothing_passes_for_it(command_line, faults):
    """What only observes comes first here; what is required must have its turn, and fail."""
    with serving(command_line) as server, behind(faults, server, faults.only_cleans(faults.SILENCE)):
        which = "test_existence or generated-names-frozen"
        done = server.check("-k", which, "--oss-timeout", "1", "--oss-allow-incomplete")
        assert done.counts["observed"] > OF_A_KIND
        assert done.counts["failed"] > 0
        assert done.code == 1
        assert server.left() == {}


def test_a_target_that_leaves_every_restore_unanswered_is_tested_on_what_needs_none(command_line, faults):
    def silent(exchange):
        return faults.SILENCE if exchange.target.endswith("?restore") else exchange.forward()

    with serving(command_line) as server, behind(faults, server, silent) as front:
        done = server.check("-k", "test_page or test_effects", "--oss-timeout", "1")
        assert done.code == 6
        assert sum(exchange.target.endswith("?restore") for exchange in front.exchanges) == OF_A_KIND
        assert done.counts["passed"] >= 4, "never restored"
        assert any(f"left each of {OF_A_KIND} restores without" in cause for cause in done.causes)
        assert server.left() == {}


def test_a_target_that_leaves_some_cleans_unanswered_is_tried_on_every_row(command_line, faults):
    def silent_on_stale(exchange):
        return faults.SILENCE if exchange.is_clean and "never" in exchange.target else exchange.forward()

    with serving(command_line) as server, behind(faults, server, silent_on_stale):
        which = "(test_page or test_syntax or test_versions) and (never-restored or already-cleaned)"
        done = server.check("-k", which, "--oss-timeout", "1")
        told = done.counts["failed"] + done.counts["observed"]
        assert told > OF_A_KIND, "each is asked, since others show that cleans are answered"
        assert done.counts["passed"] > 0
        assert done.causes == []
        assert server.left() == {}


def test_a_target_that_resets_connections_now_and_then_is_no_cascade(command_line, faults):
    with serving(command_line) as server, behind(faults, server, every(23, faults.RESET)) as front:
        done = server.check("-k", "test_page", "--oss-timeout", "2")
        assert done.code in (0, 6), "the requests that were reset go over a new connection"
        assert done.counts["failed"] == 0
        assert done.counts["passed"] >= 4
        for cause in done.causes:
            assert "connection closed" in cause
        front.fault = faults.forward
        assert command_line("reap", **server.variables).code == 0
        assert server.left() == {}
