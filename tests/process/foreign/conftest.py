"""A server that is not ours: another process, TLS of a private authority, one bucket, one prefix."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.settings import read_endpoint

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
        with urllib.request.urlopen(f"{self.control}/inventory", timeout=120) as response:
            return json.load(response)[BUCKET]

    def requests(self, *, until):
        """Return method and target of every request since the last call, up to one that is answered."""
        ends = time.monotonic() + 120
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
    options = ("--log", log, "--bucket", BUCKET, "--keys-from-environment")
    with command_line.popen("serve", *options, **environment(credentials)) as process:
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
            process.communicate(timeout=120)


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

    host, bucket, prefix, beside = HOST, BUCKET, PREFIX, BESIDE
    chosen = "test_page"
    """Which contracts: the page's own, unless a test says otherwise."""

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
            *("-k", self.chosen),
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
