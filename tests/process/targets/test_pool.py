"""Objects provisioned ahead: what waits is pending, nothing is sent twice, and runs add up."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections import Counter

import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.messages import redact_target

RESTORE, SHORT = 3600, 2
CLAIMS = ("--oss-restore-seconds", RESTORE, "--oss-claims", "ColdArchive,V4", "--oss-settle-seconds", "0")
ON_THE_SPOT = {"never-restored[ColdArchive-V4]"}


@pytest.fixture
def pooled(command_line, request):
    """A server whose restores take their time, and the commands that speak to it."""
    sent = []
    keep = lambda request, _: sent.append((request.method, redact_target(request.target)))  # noqa: E731
    how = {"bucket": "mine", "versioned_bucket": "versioned", "control_port": 0}
    with Emulator.start(restore_seconds=getattr(request, "param", RESTORE), observer=keep, **how) as emulator:
        yield Pooled(command_line, emulator, sent)


class Pooled:
    def __init__(self, command_line, emulator, sent):
        self.command_line, self.emulator, self.sent = command_line, emulator, sent

    def run(self, command, *more, code=0):
        self.sent.clear()
        done = self.command_line(command, *more, **self.emulator.environment)
        assert done.code == code, done.out + done.err
        return done.out

    def provision(self, *contracts, **how):
        return self.run("provision", str(self.emulator.endpoint), *CLAIMS, *contracts, **how)

    def check(self, *more, **how):
        pool = ("--oss-pool", "--oss-report", "report.json", "--oss-allow-incomplete")
        self.out = self.run("check", str(self.emulator.endpoint), *pool, *CLAIMS, *more, **how)
        report = json.loads((self.command_line.home / "report.json").read_text("utf-8"))
        return {
            each["id"]: each["verdict"] for each in report["contracts"] if each["verdict"] != "not claimed"
        }

    def writes(self):
        """Return what was sent but reads, and what the preflight put."""
        return Counter(
            f"{method} {re.sub('^.*?/oss-clean-[^/]*/', '', target)}"
            for method, target in self.sent
            if method not in ("HEAD", "GET") and "preflight" not in target
        )

    def held(self):
        return self.emulator.inventory()["mine"]


def test_what_is_provisioned_is_checked_once_its_restores_are_complete(pooled):
    out = pooled.provision("page")
    names = {f"{word}-ColdArchive-V4" for word in ("already-cleaned", "restoring", "restored")}
    assert pooled.writes() == Counter(
        [f"PUT {name}" for name in names]
        + [f"POST {name}?restore" for name in names]
        + ["POST restoring-ColdArchive-V4?cleanRestoredObject"]
    )
    assert re.search(r"pool-\w+\.ledger: 3 objects on http://\S+, bucket mine\n  3 pending until 20", out)
    assert len(pooled.held()) == 3

    verdicts = pooled.check("-k", "test_page")
    waiting = {f"{word}[ColdArchive-V4]" for word in ("already-cleaned", "restoring", "restored")}
    assert verdicts == dict.fromkeys(waiting, "pending") | dict.fromkeys(ON_THE_SPOT, "passed")
    assert "  pending until 20" in pooled.out
    name = "never-restored-ColdArchive-V4"
    assert set(pooled.writes()) == {f"PUT {name}", f"POST {name}?cleanRestoredObject", f"DELETE {name}"}

    pooled.emulator.advance(RESTORE)
    assert "3 pending until 20" in pooled.run("status")
    assert not pooled.sent
    verdicts = pooled.check("-k", "test_page")
    assert verdicts == dict.fromkeys(waiting | ON_THE_SPOT, "passed")
    written = [line for line in pooled.writes() if not line.startswith("DELETE")]
    cleans = ["POST already-cleaned-ColdArchive-V4?cleanRestoredObject"] * 2
    cleans += ["POST restored-ColdArchive-V4?cleanRestoredObject"]
    assert sorted(written) == sorted({*cleans, "POST restored-ColdArchive-V4?restore"}), "its effects"
    assert pooled.held() == {}
    first = json.loads((pooled.command_line.home / "report.json").read_text("utf-8"))
    (visited,) = re.findall("oss-clean: .* cells of histories .*", pooled.out)

    assert pooled.check("-k", "test_page") == dict.fromkeys(waiting | ON_THE_SPOT, "passed")
    assert not pooled.writes(), "what came to an end is not sent again"
    assert visited in pooled.out
    again = json.loads((pooled.command_line.home / "report.json").read_text("utf-8"))
    assert again["contracts"] == first["contracts"]

    assert "0 removed" in pooled.run("reap")
    assert not (pooled.command_line.home / ".oss-clean" / "runs").exists()


def test_a_pool_that_waits_is_incomplete_and_says_until_when(pooled):
    pooled.provision("restored")
    out = pooled.run(
        *("check", str(pooled.emulator.endpoint), "--oss-pool", "-k", "test_page and restored", *CLAIMS),
        code=6,
    )
    assert re.search(r"pending until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", out)
    assert "INCOMPLETE" in out
    assert "1 removed" in pooled.run("reap")
    assert pooled.held() == {}


def test_provisioning_again_puts_nothing_twice(pooled):
    pooled.provision("restored")
    pooled.provision("page")
    assert not any(
        "/restored-" in line or line.endswith(" restored-ColdArchive-V4") for line in pooled.writes()
    )
    assert len(pooled.held()) == 3
    pooled.run("reap")


def test_a_pool_has_one_owner_at_a_time(pooled):
    pooled.provision("restored")
    (ledger,) = pooled.command_line.home.glob(".oss-clean/runs/pool-*.ledger")
    from pytest_oss_clean.target.ledger import Ledger

    other = Ledger()
    other.open_pool(ledger)
    try:
        done = pooled.command_line(
            "provision", str(pooled.emulator.endpoint), "restored", *CLAIMS, **pooled.emulator.environment
        )
        assert (done.code, "works with this pool" in done.err) == (4, True)
        assert "left alone, its run is alive" in pooled.run("reap")
    finally:
        other.close()
    pooled.run("reap")
    assert pooled.held() == {}


def test_a_pool_needs_a_server_that_is_waited_for(command_line):
    done = command_line("check", "emulator", "--oss-pool")
    assert (done.code, "--oss-pool=yes: it waits for restores of a server" in done.err + done.out) == (
        4,
        True,
    )


DAY = 86_400


def test_a_contract_on_an_expiry_is_pending_until_the_days_are_over(pooled):
    pooled.provision("expired")
    wanted = ("--oss-contract", "expired")
    expired = "expired[ColdArchive-V4]"
    pooled.emulator.advance(RESTORE)
    assert pooled.check(*wanted, code=6) == {expired: "pending"}
    assert set(pooled.held().values()) == {"restored"}
    until = re.search(r"pending until (\S+)", pooled.out)[1]
    assert until > time.strftime("%Y-%m-%d", time.gmtime()), "not before tomorrow"
    pooled.emulator.advance(DAY + 60)
    assert pooled.check(*wanted)[expired] in ("passed", "observed")
    assert pooled.held() == {}


def test_contracts_with_two_restores_go_on_over_three_runs(pooled):
    names = ("restored-again", "content-after-clean", "refused-then-restored")
    wanted = ("--oss-contract", ",".join(f"{name}[ColdArchive-V4]" for name in names))
    pooled.provision(*names)
    restores = Counter(line for line in pooled.writes().elements() if line.endswith("?restore"))
    assert restores.total() == 3
    pooled.emulator.advance(RESTORE)
    seen = pooled.check(*wanted)
    assert seen.keys() == {f"{name}[ColdArchive-V4]" for name in names}
    assert Counter(seen.values())["pending"] == 2
    restores += Counter(line for line in pooled.writes().elements() if line.endswith("?restore"))
    pooled.emulator.advance(RESTORE)
    seen = pooled.check(*wanted)
    assert set(seen.values()) <= {"passed", "observed"}
    restores += Counter(line for line in pooled.writes().elements() if line.endswith("?restore"))
    assert restores == {
        "POST restored-again-ColdArchive-V4?restore": 2,
        "POST content-after-clean-ColdArchive-V4?restore": 2,
        "POST refused-then-restored-ColdArchive-V4?restore": 1,
    }
    assert pooled.held() == {}


def test_races_and_versions_are_not_sent_again_either(pooled):
    """Each run shows what the earlier ones saw."""
    names = (
        "clean-and-restore-at-once",
        "cleans-at-once",
        "version-older-below-frozen",
        "overwritten-after-clean",
        "copied-onto",
        "beside-a-frozen-one",
        "beside-a-restoring-one",
    )
    more = ("--oss-claims", "ColdArchive,V4,copy,versions", "--oss-versioned-bucket", "versioned")
    more = (*more, "--oss-settle-seconds", "5")
    pooled.provision(*names, *more)
    for _ in range(2):
        pooled.emulator.advance(RESTORE)
        first = pooled.check("--oss-contract", ",".join(names), *more)
    assert len(first) >= len(names)
    assert set(first.values()) <= {"passed", "observed"}
    report = json.loads((pooled.command_line.home / "report.json").read_text("utf-8"))
    assert pooled.check("--oss-contract", ",".join(names), *more) == first
    assert not pooled.writes()
    again = json.loads((pooled.command_line.home / "report.json").read_text("utf-8"))
    assert again["contracts"] == report["contracts"]


def test_what_expired_before_it_was_looked_at_is_not_tested(pooled):
    """A run that comes a week too late says nothing about the server."""
    pooled.provision("restored", "refused-then-restored")
    (ledger,) = pooled.command_line.home.glob(".oss-clean/runs/pool-*.ledger")
    with contextlib.closing(sqlite3.connect(ledger)) as file, file:
        file.execute("UPDATE line SET at = at - ?", (8 * DAY,))
    pooled.emulator.advance(8 * DAY)
    late = ("restored[ColdArchive-V4]", "refused-then-restored[ColdArchive-V4]")
    seen = pooled.check("--oss-contract", ",".join(late), code=6)
    assert seen == dict.fromkeys(late, "not tested")
    assert pooled.held() == {}


def test_status_says_what_may_be_ready_by_the_clock(pooled):
    pooled.provision("restored", "--oss-restore-seconds", "1")
    time.sleep(1)
    assert "  1 ready: oss-clean check http://127.0.0.1:" in pooled.run("status")
    assert "1 removed" in pooled.run("reap")


@pytest.mark.parametrize("pooled", [SHORT], indirect=True)
def test_a_run_that_waits_takes_two_restores_of_time_and_begins_the_second_ones_together(pooled):
    """All first restores are begun before the first wait, all second ones before another is over."""
    slugs = [f"{name}-ColdArchive-V4" for name in ("restored-again", "content-after-clean", "restored")]
    wanted = ("--oss-contract", ",".join(slugs), "--oss-allow-incomplete")
    pooled.run("check", str(pooled.emulator.endpoint), *CLAIMS, *wanted)
    posts = [target.rpartition("/")[2].split("?") for method, target in pooled.sent if method == "POST"]
    restored = {slug: [n for n, post in enumerate(posts) if post == [slug, "restore"]] for slug in slugs}
    assert {slug: len(found) for slug, found in restored.items()} == dict.fromkeys(slugs, 2)
    cleans = [n for n, (_, what) in enumerate(posts) if what == "cleanRestoredObject"]
    assert max(first for first, _ in restored.values()) < cleans[0]
    judged_after_two = max(n for n in cleans if posts[n][0] == "restored-again-ColdArchive-V4")
    assert max(restored[slug][1] for slug in slugs[:2]) < judged_after_two
