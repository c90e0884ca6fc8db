"""SIGKILL before and after every write of provision, check and reap, each time resumed.

Nothing is put twice but what an interrupted judged request spent, nothing is lost, nothing is left.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections import Counter

import pytest

from kill_points import Commands, forked
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import read_settings

CONTRACTS = tuple(
    f"{word}[ColdArchive-V4]"
    for word in (
        "never-restored",
        "restored",
        "refused-then-restored",
        "content-after-clean",
        "restored-again",
    )
)
"""One for each way to wait: not at all, before the request, after it, both, and for two restores."""
GREEN = {Verdict.PASSED, Verdict.OBSERVED}
UNSEEN = {Verdict.ERROR, Verdict.NOT_OBSERVED}
INTERRUPTED = "interrupted: an earlier run ended after it had sent the judged request"
MOST_ROUNDS = 12
RESTORES = 7


class Server:
    """`oss-clean serve` in a process of its own, whose clock the test moves, as time would pass."""

    def __init__(self, text, log):
        self.exported = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", text, re.MULTILINE))
        self.control = re.search(r"# control: (\S+)/", text)[1]
        self.log = log

    def post(self, path):
        urllib.request.urlopen(
            urllib.request.Request(f"{self.control}{path}", method="POST"), timeout=60
        ).close()

    def held(self):
        with urllib.request.urlopen(f"{self.control}/inventory", timeout=60) as response:
            return {bucket: names for bucket, names in json.load(response).items() if names}

    def written(self):
        """Return what reached the server and was done, in its order: method, name and query."""
        lines = self.log.read_text("utf-8").splitlines()
        found = [re.search(r" (PUT|POST|DELETE) /mine/oss-clean-[^/]*/(\S+) 20\d$", line) for line in lines]
        return [(each[1], each[2]) for each in found if each and "preflight" not in each[2]]


@pytest.fixture(scope="module")
def server(command_lines, tmp_path_factory):
    home = tmp_path_factory.mktemp("served")
    log = home / "log"
    command_line = command_lines(home)
    arguments = ("--bucket", "mine", "--second-bucket", "", "--versioned-bucket", "", "--log", log)
    with command_line.popen("serve", *arguments) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "# ready\n":
                break
        yield Server("".join(lines), log)
        process.terminate()
        process.communicate(timeout=60)


def commands_in(folder, server):
    options = {
        "target": server.exported["OSS_ENDPOINT"],
        "restore-seconds": 9000.0,
        "settle-seconds": 0.0,
        "claims": "ColdArchive,V4",
        "bucket": "mine",
        "state-dir": str(folder / "state"),
    }
    settings = read_settings(options, server.exported)
    return Commands(settings, CONTRACTS, server.exported, folder / "results")


def finish(commands, server):
    """Run check until nothing is pending; return the causes of what was not tested on the way."""
    interrupted = []
    for _ in range(MOST_ROUNDS):
        forked(commands.check)
        verdicts = commands.verdicts()
        interrupted += [cause for verdict, cause in verdicts.values() if verdict in UNSEEN]
        if {verdict for verdict, _ in verdicts.values()} <= GREEN:
            return interrupted
        server.post("/advance?seconds=3700")
    raise AssertionError(f"it never came to an end: {verdicts}")


PLAYS = {
    "provision": ("provision",),
    "first check": ("provision", "check"),
    "second check": ("provision", "check", "check"),
    "third check": ("provision", "check", "check", "check"),
    "reap": ("provision", "check", "reap"),
}
"""Commands in their order, an hour apart; the last one is killed."""


def play(folder, server, names, at):
    """Run commands in their order, the last one killed at a point and resumed; return its points."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    server.post("/reset")
    server.log.write_text("", "utf-8")
    commands = commands_in(folder, server)
    *before, last = names
    for name in before:
        forked(getattr(commands, name))
        server.post("/advance?seconds=3700")
    passed = forked(getattr(commands, last), at)
    interrupted = []
    if last != "reap":
        interrupted = finish(commands, server)
        assert server.held() == {}, "what came to an end is removed"
        assert all(cause.startswith(INTERRUPTED) for cause in interrupted), interrupted
        assert len(interrupted) <= 1
        see_that_nothing_was_done_twice(server.written(), bool(interrupted))
    forked(commands.reap)
    assert server.held() == {}
    assert not list(folder.glob("state/runs/*"))
    return passed


def see_that_nothing_was_done_twice(written, interrupted):
    """An object is there once, and each restore is begun once; what was interrupted is made anew."""
    there, puts, restores = set(), Counter(), Counter()
    for method, target in written:
        name, _, query = target.partition("?")
        if method == "PUT":
            assert name not in there, f"{name} was put twice"
            there.add(name)
            puts[name] += 1
        elif method == "DELETE":
            there.discard(name)
        elif query == "restore":
            restores[name] += 1
    assert not there
    assert sum(puts.values()) == len(CONTRACTS) + interrupted
    if not interrupted:
        assert sum(restores.values()) == RESTORES, restores


@pytest.mark.parametrize("names", PLAYS.values(), ids=PLAYS)
def test_a_run_that_is_killed_anywhere_goes_on(tmp_path, server, names):
    points = play(tmp_path / "whole", server, names, 0)
    assert points
    for at in range(1, points + 1):
        assert play(tmp_path / "killed", server, names, at) is None, f"nothing was killed at point {at}"
