"""Right servers that are hard on a suite, met by the command."""

from __future__ import annotations

import urllib.request

from served_targets import counts, serving

SOME = ("-k", "test_page or test_syntax or after-clean")
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


def test_a_clock_that_somebody_else_moves_fails_nothing(command_line, faults):
    """The moves come right before cleans, where they hurt most, whatever the pace of the run."""
    with serving(command_line) as server:

        def meddling(exchange):
            if exchange.is_clean:
                move(server, 3_700)
            return exchange.forward()

        with in_front(faults, server, meddling):
            done = server.check("-k", "test_page or test_histories")
        assert done.counts["failed"] == 0, done.out
        assert done.counts["not tested"] > 0, done.out
        assert (done.code, len(done.causes)) == (6, 1), done.out
        assert done.causes[0].startswith(CLOCK)
        assert "run alone on this target" in done.causes[0]
        assert server.left() == {}


def test_processes_of_one_run_take_turns_with_a_clock(command_line):
    with serving(command_line) as server:
        done = server.check("-n", "2", "-k", "test_page or again or half-way or cleaned")
        assert (done.counts["failed"], done.counts["not tested"], done.causes) == (0, 0, []), done.out
        assert server.left() == {}


def test_runs_beside_each_other_share_a_clock_or_fail_nothing(command_line, tmp_path):
    """Two processes that share files say the same as one alone; one that does not is not failed."""
    some = ("-k", "test_page or test_histories", "--oss-allow-incomplete")
    with serving(command_line) as server:
        alone = server.check(*some)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        beside = [
            command_line.popen(*server.arguments(*some, "--oss-state-dir", str(n)), **variables)
            for n, variables in enumerate([server.variables, server.variables])
        ]
        texts = [process.communicate(timeout=240)[0] for process in beside]
        assert [counts(text) for text in texts] == [alone.counts, alone.counts], texts
        assert [process.returncode for process in beside] == [alone.code, alone.code]
        strangers = [
            command_line.popen(*server.arguments(*some, "--oss-state-dir", f"apart-{n}"), **variables)
            for n, variables in enumerate([server.variables, server.variables | {"TMPDIR": str(elsewhere)}])
        ]
        texts = [process.communicate(timeout=240)[0] for process in strangers]
        assert [counts(text)["failed"] for text in texts] == [0, 0], texts
        assert server.left() == {}
