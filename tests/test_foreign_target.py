"""A server that is not ours: another process, TLS of a private authority, one bucket, one prefix."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import trustme

from pytest_oss_clean.message import Endpoint, Operation
from pytest_oss_clean.secrecy import Secret
from pytest_oss_clean.settings import read_endpoint
from pytest_oss_clean.signing import Credentials

HOST = "oss.example.test"
BUCKET = "the-one-bucket"
PREFIX = "team-a/"
BESIDE = ("team-a/precious", "team-a/oss-clean-00000000/precious", "team-b/precious")
"""Objects of other people, one of them as a run's would be called."""


@dataclass
class Served:
    """The emulator in a process of its own."""

    process: subprocess.Popen
    endpoint: Endpoint
    control: str
    log: Path
    credentials: Credentials
    _read: int = field(default=0)

    def inventory(self):
        with urllib.request.urlopen(f"{self.control}/inventory", timeout=5) as answer:
            return json.load(answer)[BUCKET]

    def requests(self, *, until):
        """Return method and target of every request since the last call, up to one that is answered."""
        ends = time.monotonic() + 10
        lines = []
        while not any(f" {until} " in line for line in lines[self._read :]):  # the answer is sent first
            assert time.monotonic() < ends, f"the server never logged {until}"
            lines = self.log.read_text("utf-8").splitlines()
        new, self._read = lines[self._read :], len(lines)
        return [tuple(line.split(" ")[1:3]) for line in new]


def environment(credentials):
    return {
        "OSS_ACCESS_KEY_ID": credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": credentials.secret.reveal(),
    }


@contextlib.contextmanager
def serving(command_line):
    credentials = Credentials("key-of-the-team", Secret("a+b/c=secret-of-the-team"))
    log = command_line.home.with_name("server.log")
    with command_line.popen("serve", "--log", log, "--bucket", BUCKET, **environment(credentials)) as process:
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line == "# ready\n":
                    break
            text = "".join(lines)
            endpoint = read_endpoint("served", re.search(r"OSS_ENDPOINT=(\S+)", text)[1])
            control = re.search(r"# control: (\S+)/", text)[1]
            yield Served(process, endpoint, control, log, credentials)
        finally:
            process.terminate()
            process.communicate(timeout=10)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@dataclass
class Foreign:
    """The server, a proxy that ends TLS before it, and the ways to meet it."""

    served: Served
    proxy: object
    command_line: object
    way: list
    """The options that lead to the proxy."""

    def __post_init__(self):
        self.variables = environment(self.served.credentials) | {"OSS_REGION": "cn-hangzhou"}
        self.home = self.command_line.home
        clock = f"{self.served.control}/advance?seconds={{seconds}}"
        self.clock = ["--oss-advance-url", clock]

    @property
    def arguments(self):
        return [
            *("check", f"https://{HOST}", "--oss-bucket", BUCKET, "--oss-prefix", PREFIX, "--color=no"),
            *("--oss-claims", "ColdArchive,V4,path-style", "--oss-settle-seconds", "0.5"),
            *self.clock,
            *self.way,
        ]

    def run(self, *arguments):
        return self.command_line(*arguments, **self.variables)

    def check(self, *more):
        return self.run(*self.arguments, *more)

    def begin_check(self):
        return self.command_line.popen(*self.arguments, **self.variables)

    def put(self, faults, name):
        put = Operation("PUT", BUCKET, name, body=b"precious")
        assert faults.send(self.served.endpoint, self.served.credentials, put) == 200
        self.served.requests(until=f"PUT /{BUCKET}/{name}")

    def requests(self):
        """Return what reached the server since our last put, up to the last that the proxy saw."""
        last = self.proxy.exchanges[-1]
        return self.served.requests(until=f"{last.method} {last.target}")

    def assert_nothing_is_left(self):
        assert sorted(self.served.inventory()) == sorted(BESIDE)
        assert not list(self.home.glob(".oss-clean/runs"))


@pytest.fixture
def foreign(command_line, faults, authority, tmp_path):
    ca_file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(ca_file)
    tls = faults.server_context(authority, HOST)
    with serving(command_line) as served, faults.FaultServer(served.endpoint, tls=tls) as proxy:
        way = ["--oss-connect-to", f"127.0.0.1:{proxy.port}", "--oss-ca-file", ca_file]
        prepared = Foreign(served, proxy, command_line, way)
        for name in BESIDE:
            prepared.put(faults, name)
        yield prepared


def is_ours(target):
    return re.match(rf"/{BUCKET}/{PREFIX}oss-clean-[0-9a-f]{{8}}/[A-Za-z0-9-]+(\?|$)", target)


def confuse(exchange):
    reply = exchange.forward()
    body = reply.body.replace(b"ArchiveRestoreNotFinished", b"ArchiveRestoreFileStale")
    return replace(reply, body=body)


def test_a_server_that_keeps_the_contract_passes_and_nothing_outside_the_prefix_is_touched(foreign):
    done = foreign.check()
    assert done.code == 0, done.out + done.err
    tail = done.out.splitlines()[-5:]
    assert tail[0].startswith("oss-clean: 4 passed, 0 failed, 0 not tested, 12 not claimed; ")
    assert [line.split(": ")[1] for line in tail[1:4]] == ["V1", "DeepColdArchive", "DeepColdArchive, V1"]
    assert all(line.startswith("  not claimed: ") for line in tail[1:4])
    assert tail[4] == f"oss-clean: PASSED: every claimed contract (exit 0) on https://{HOST}"
    assert f"oss-clean: https://{HOST}, bucket {BUCKET}, path-style, region cn-hangzhou, prefix " in done.out
    requests = foreign.requests()
    assert len(requests) > 40
    assert [target for _, target in requests if not is_ours(target)] == []
    assert {method for method, _ in requests} == {"PUT", "HEAD", "GET", "POST", "DELETE"}
    assert {t.partition("?")[2] for _, t in requests} == {"", "restore", "cleanRestoredObject"}
    foreign.assert_nothing_is_left()
    assert not list(foreign.home.iterdir()), "a run that passes leaves no file"


def test_a_broken_rule_fails_and_its_reproducer_tells_the_broken_server_from_the_right_one(foreign, faults):
    foreign.proxy.fault = confuse
    done = foreign.check()
    assert done.code == 1
    assert "oss-clean: 3 passed, 1 failed, 0 not tested, 12 not claimed" in done.out
    text = done.out[done.out.index("restoring[ColdArchive-V4] FAILED") :]
    lines = re.sub(r"\n {4,}", " ", text).splitlines()
    says = "The RestoreObject request has been initiated for the object, and restoration is in progress."
    path = ".oss-clean/failures/restoring-ColdArchive-V4.json"
    assert lines[1:4] == [
        f'  document  Examples, response 2: "{says}"',
        '  given     a ColdArchive object, restore in progress (HEAD said ongoing-request="true")',
        "  - Code is ArchiveRestoreFileStale, not ArchiveRestoreNotFinished",
    ]
    judged = next(e for e in foreign.proxy.exchanges if e.is_clean and "/restoring-" in e.target)
    assert is_ours(judged.target)
    assert lines[4].split() == f"request POST {judged.target} (V4, path-style, Host {HOST})".split()
    request_id = dict(judged.reply.headers)["x-oss-request-id"]
    answer = rf"  answer +409 Conflict, ArchiveRestoreFileStale, \d+ bytes, x-oss-request-id {request_id}, "
    assert re.fullmatch(answer + r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[5])
    assert f"  reproduce oss-clean replay {path}" in lines[6:8]
    assert [p.name for p in foreign.home.glob(".oss-clean/*")] == ["failures"]

    again = foreign.run("replay", path)
    assert again.code == 1, again.out + again.err
    assert "\n    - Code is ArchiveRestoreFileStale, not ArchiveRestoreNotFinished\n" in again.out
    assert again.out.endswith("differs from the contract\n")
    foreign.proxy.fault = faults.forward
    right = foreign.run("replay", path)
    assert right.code == 0, right.out + right.err
    assert right.out.endswith("as the contract expects\n")
    assert [target for _, target in foreign.requests() if not is_ours(target)] == []
    foreign.assert_nothing_is_left()


def one_cause(done):
    """Return the cause of a run in which nothing could be tested."""
    assert done.code == 6, done.out + done.err
    assert "oss-clean: 0 passed, 0 failed, 4 not tested, 12 not claimed" in done.out
    causes = re.findall(r"^  not tested: (.*)$", done.out, re.MULTILINE)
    assert len(causes) == 1
    assert "Traceback" not in done.out + done.err
    return causes[0]


def test_a_stopped_server_is_one_clear_cause(foreign):
    foreign.served.process.terminate()
    foreign.served.process.wait(10)
    done = foreign.check()
    # The proxy is there, the server is not.
    assert "connection closed: 127.0.0.1:" in one_cause(done)
    assert done.seconds < 30


def test_a_port_without_a_server_is_one_clear_cause(foreign, faults):
    with faults.FaultServer() as gone:
        pass
    foreign.way[1] = f"127.0.0.1:{gone.port}"
    done = foreign.check()
    said = f"https://{HOST} cannot be reached: unreachable: connection refused by 127.0.0.1:{gone.port}"
    assert said in one_cause(done)
    assert done.seconds < 30


def test_a_server_that_dies_on_the_way_is_given_up_with_what_it_leaves_named(foreign, faults):
    """It goes silent in the third contract."""
    gone = threading.Event()

    def fault(exchange):
        if exchange.is_clean and "/restoring-" in exchange.target:
            gone.set()
        return faults.SILENCE if gone.is_set() else exchange.forward()

    foreign.proxy.fault = fault
    done = foreign.check("--oss-timeout", "1")
    assert done.code == 1
    assert "oss-clean: 2 passed, 1 failed, 1 not tested, 12 not claimed" in done.out
    assert "suspect   the server broke off, or never finished, on this request, and answered none" in done.out
    assert f"https://{HOST} gave no answer 2 times in a row: read timeout" in done.out
    assert "1 object may be left behind, remove with `oss-clean reap`: team-a/oss-clean-" in done.out
    assert done.seconds < 30
    foreign.proxy.fault = lambda _: faults.RESET
    failed = foreign.run("reap")
    assert failed.code == 1
    assert f"0 removed from https://{HOST}, 1 left: connection closed: 127.0.0.1:" in failed.out
    foreign.proxy.fault = faults.forward
    assert foreign.run("reap").out.endswith(f": 1 removed from https://{HOST}\n")
    assert sorted(foreign.served.inventory()) == sorted(BESIDE)


def test_a_clock_that_cannot_be_moved_is_named_and_what_needs_no_clock_is_tested(foreign):
    done = foreign.check("--oss-advance-url", f"{foreign.served.control}/forward?seconds={{seconds}}")
    assert done.code == 6
    assert "oss-clean: 1 passed, 0 failed, 3 not tested" in done.out
    assert "--oss-advance-url: POST /forward?seconds=3660 answered 404" in done.out


def test_a_certificate_of_an_unknown_authority_is_named(foreign):
    del foreign.way[2:]
    done = foreign.check()
    cause = one_cause(done)
    assert f"https://{HOST} cannot be reached: tls: 127.0.0.1:" in cause
    assert "certificate verify failed: " in cause
    assert done.seconds < 30


def test_a_certificate_for_another_name_is_named(foreign):
    done = foreign.run("check", "https://oss.example.org", *foreign.arguments[2:])
    assert "certificate verify failed: Hostname mismatch" in one_cause(done)


def hold(word):
    """Return a fault that holds the clean of one contract, and events: it is held, let it go."""
    held, free = threading.Event(), threading.Event()

    def fault(exchange):
        if exchange.is_clean and word in exchange.target and not held.is_set():
            held.set()
            free.wait(30)
            return b""
        return exchange.forward()

    return fault, held, free


def interrupted(process, number, held):
    """Signal a running process and all its children once it is held; return its output."""
    try:
        assert held.wait(30), "the run never came there"
        os.killpg(process.pid, number)
        return process.communicate(timeout=30)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_a_killed_run_leaves_is_in_its_ledger_and_reap_removes_that_and_nothing_else(foreign, faults):
    foreign.proxy.fault, held, free = hold("/restored-")
    interrupted(foreign.begin_check(), signal.SIGKILL, held)
    (ledger,) = foreign.home.glob(".oss-clean/runs/*.jsonl")
    left = sorted(set(foreign.served.inventory()) - set(BESIDE))
    assert len(left) == 1
    assert foreign.variables["OSS_ACCESS_KEY_SECRET"] not in ledger.read_text("utf-8")
    # Somebody else's object, under the very prefix of the run, but not in its ledger.
    stranger = f"{left[0].rpartition('/')[0]}/stranger"
    foreign.put(faults, stranger)

    done = foreign.run("reap")
    free.set()
    assert done.code == 0, done.out + done.err
    assert done.out == f"{ledger.name}: 1 removed from https://{HOST}\n"
    assert foreign.requests() == [("DELETE", f"/{BUCKET}/{left[0]}")]
    assert sorted(foreign.served.inventory()) == sorted([*BESIDE, stranger])
    assert not (foreign.home / ".oss-clean").exists()
    assert foreign.run("reap").code == 0, "a second time there is nothing to do"


@pytest.mark.parametrize("waiting", [False, True], ids=["moving the clock", "waiting for restores"])
def test_ctrl_c_leaves_nothing(foreign, waiting):
    hold_clean, held, free = hold("/restoring-")

    def fault(exchange):
        if held.is_set() and exchange.method == "DELETE":
            time.sleep(0.4)  # clearing away takes longer than Python lets children live by default
        return hold_clean(exchange)

    foreign.proxy.fault = fault
    if waiting:
        foreign.clock = ["--oss-restore-seconds", "20"]
    run = foreign.begin_check()
    text = interrupted(run, signal.SIGINT, held)
    free.set()
    assert run.returncode == 2, text
    foreign.assert_nothing_is_left()
    if not waiting:  # there, contracts had verdicts before
        assert "oss-clean: INTERRUPTED: no verdict (exit 2) on https://" in text


def test_a_run_that_stops_at_its_first_failure_leaves_nothing_either(foreign):
    """With `-x`, the restores of the contracts that were not reached have begun already."""
    foreign.proxy.fault = lambda e: replace(e.forward(), status=418) if e.is_clean else e.forward()
    foreign.clock = ["--oss-restore-seconds", "20"]
    done = foreign.check("-x")
    assert done.code == 1, done.out
    assert "oss-clean: 0 passed, 1 failed" in done.out
    foreign.assert_nothing_is_left()
