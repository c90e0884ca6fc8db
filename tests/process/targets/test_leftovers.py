"""Whatever becomes of a run, nothing of it stays in any of its buckets, not even a delete marker."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import threading
from dataclasses import replace

import pytest

from pytest_oss_clean.oss.messages import Response
from served_targets import serving

ALL_BUCKETS = ("-k", "test_versions or copy or (sibling and bucket)")


def test_after_failures_everywhere_nothing_is_left(command_line):
    def wrong(service):
        def sender(request):
            response = service(request)
            judged = request.target.partition("?")[2].startswith("cleanRestoredObject")
            return replace(response, status=418) if judged else response

        return sender

    with serving(command_line, wrong) as server:
        done = server.check(*ALL_BUCKETS, "--oss-strict")
        assert done.code == 1
        assert done.counts["failed"] > 10
        assert server.left() == {}


def test_what_a_server_will_not_remove_stands_in_the_report_by_name(command_line):
    def keeping(service):
        def sender(request):
            keeps = request.method == "DELETE" and "/preflight" not in request.target
            return Response(403) if keeps else service(request)

        return sender

    with serving(command_line, keeping) as server:
        done = server.check("-k", "test_page and ColdArchive-V4", "--oss-report", "report.json")
        report = json.loads((command_line.home / "report.json").read_text("utf-8"))
        kept = {name for names in server.left().values() for name in names}
        assert len(kept) > 4
        assert set(report["left_behind"]) == kept
        assert f"oss-clean: {len(kept)} objects may be left behind" in done.out


class Held:
    """Holds the n-th request that matches, before or after it is done, until it is freed."""

    def __init__(self, pattern, number, *, done):
        self.pattern, self.number, self.done = pattern, number, done
        self.held, self.free = threading.Event(), threading.Event()

    def __call__(self, service):
        def sender(request):
            response = service(request) if self.done else None
            if not self.held.is_set() and re.search(self.pattern, f"{request.method} {request.target}"):
                self.number -= 1
                if not self.number:
                    self.held.set()
                    self.free.wait(120)
            return response or service(request)

        return sender


PLACES = {
    "a put into the versioned bucket that is done": (r"^PUT /the-versioned-bucket/", 7, True),
    "a put into the versioned bucket that is not done": (r"^PUT /the-versioned-bucket/", 8, False),
    "a put into the second bucket": (r"^PUT /the-second-bucket/", 1, True),
    "a copy": (r"^PUT /the-bucket/.*\.copy$", 1, True),
    "a clean": (r"^POST /the-versioned-bucket/.*cleanRestoredObject", 3, True),
}


@contextlib.contextmanager
def run_held(command_line, place, number):
    """Signal a run that is held; yield the server, the output and the exit code."""
    held = Held(*PLACES[place][:2], done=PLACES[place][2])
    with serving(command_line, held) as server:
        process = command_line.popen(*server.arguments(*ALL_BUCKETS), **server.variables)
        try:
            while not held.held.wait(0.2):
                assert process.poll() is None, process.communicate()[0]
            os.killpg(process.pid, number)
            if number == signal.SIGKILL:
                process.wait(120)
            held.free.set()
            text = process.communicate(timeout=120)[0]
            yield server, text, process.returncode
        finally:
            held.free.set()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()


@pytest.mark.parametrize("place", PLACES)
def test_what_a_killed_run_leaves_is_reaped_from_every_bucket(command_line, place):
    with run_held(command_line, place, signal.SIGKILL) as (server, _, _):
        done = command_line("reap", **server.variables)
        assert done.code == 0, done.out + done.err
        assert server.left() == {}
        assert not list(command_line.home.glob(".oss-clean/runs/*"))


@pytest.mark.parametrize("place", [*PLACES][::2])
def test_an_interrupted_run_clears_every_bucket(command_line, place):
    with run_held(command_line, place, signal.SIGINT) as (server, text, code):
        assert code == 2, text
        assert server.left() == {}, text
        assert not list(command_line.home.glob(".oss-clean/runs/*"))
