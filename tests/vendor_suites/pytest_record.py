"""A pytest plugin for a vendor's suite: one JSON line for each test, and no connection off this machine.

Loaded with `-p pytest_record`. It needs the files that RECORD and SERVE_LOG name, and nothing of ours.
"""

import json
import os
import re
import socket
from pathlib import Path

import pytest

LOG = Path(os.environ["SERVE_LOG"])
RECORD = Path(os.environ["RECORD"])
_connect = socket.socket.connect
_getaddrinfo = socket.getaddrinfo
_outcomes = {}
_classes = {}


def _is_here(host):
    return host is None or host in ("localhost", b"localhost") or str(host).startswith("127.")


def _is_oss(host):
    host = host.decode() if isinstance(host, bytes) else str(host)
    return re.fullmatch(r"([^.]+\.)?oss-[a-z0-9-]+\.aliyuncs\.com", host) is not None


def _stay_here(self, address):
    if isinstance(address, tuple) and not _is_here(address[0]):
        raise ConnectionRefusedError(f"{address[0]} is not this machine")
    return _connect(self, address)


def _resolve(host, *more, **named):
    if _is_oss(host):
        host = os.environ["SERVE_HOST"]
    elif not _is_here(host):
        raise socket.gaierror(f"{host} is not this machine")
    return _getaddrinfo(host, *more, **named)


socket.socket.connect = _stay_here
socket.getaddrinfo = _resolve
socket.gethostbyname = lambda host: _resolve(host, 80, socket.AF_INET)[0][4][0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Write the outcome of a test, with the part of the server's log that belongs to it."""
    size = LOG.stat().st_size
    first = _classes.setdefault(item.cls or item.module, size)
    done = yield
    phases = _outcomes.pop(item.nodeid, {})
    bad = {phase: told for phase, (outcome, told) in phases.items() if outcome == "failed"}
    line = {
        "id": item.nodeid,
        "outcome": "failed" if bad else phases.get("call", phases.get("setup", ("failed",)))[0],
        "said": next(iter(bad.values()), ""),
        "log": [first if "setup" in bad else size, LOG.stat().st_size],
    }
    with RECORD.open("a") as file:
        file.write(json.dumps(line) + "\n")
    return done


def pytest_runtest_logreport(report):
    """Keep what a phase of a test came to."""
    told = str(report.longrepr)[-1500:] if report.failed else ""
    _outcomes.setdefault(report.nodeid, {})[report.when] = (report.outcome, told)
