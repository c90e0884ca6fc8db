"""The same command against the same server gives the same verdict, exit code and, but for times, report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import count

import pytest

from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response
from served_targets import serving

PARTS = ("-k", "test_page or test_existence or generated-names-frozen or life-cycle-ColdArchive")
TIMES = 3
VARYING = re.compile(
    r"oss-clean-[0-9a-f]{8}|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{8}T\d{6}Z"
    r"|\b[0-9a-f]{64}\b|\b1\d{9}\b|\d+\.\d+ s"
)
"""Prefixes of runs, dates, what a server quotes of a string to sign, and how late an effect showed."""


def cutting(service):
    """Cut the names of cleans at a semicolon, as some parsers of paths do."""

    def sender(request):
        path, found, query = request.target.partition("?")
        if is_clean(request):
            path = re.split(r"%3B", path, flags=re.IGNORECASE)[0]
        return service(replace(request, target=path + found + query))

    return sender


def cleaning_what_restores(service):
    """Clean a restoring object, and say that it was refused."""

    def sender(request):
        response = service(request)
        if is_clean(request) and b"NotFinished" in response.body:
            head = replace(request, method="PUT", target=request.target.partition("?")[0])
            bucket, _, name = head.target.lstrip("/").partition("/")
            objects = service.store.buckets[bucket].objects
            if name in objects:
                newest, *older = objects[name]
                objects[name] = (replace(newest, retrieval=None), *older)
        return response

    return sender


def busy(service):
    """Answer every 50th clean as a server under load."""
    numbers = count(1)
    answer = Response(503, body=b"<Error><Code>TotalQpsLimitExceeded</Code></Error>")
    return lambda r: answer if is_clean(r) and next(numbers) % 50 == 0 else service(r)


SERVERS = {
    "right": (lambda service: service, 0),
    "cuts names": (cutting, 1),
    "cleans what restores": (cleaning_what_restores, 1),
    "busy": (busy, 0),
}


def lasting(path):
    """Return a report without ids and times."""
    report = json.loads(path.read_text("utf-8"))
    for name in ("began", "ended"):
        del report[name]
    for contract in report["contracts"]:
        del contract["request_id"]
    return json.loads(VARYING.sub("#", json.dumps(report)))


def runs_of(server, folder, selected, times=TIMES):
    """Run the same command several times; return exit codes and reports."""
    path = folder / "report.json"
    for _ in range(times):
        done = server.check(*selected, "--oss-allow-incomplete", "--oss-report", path)
        yield done.code, lasting(path)


@pytest.mark.parametrize("name", SERVERS)
def test_the_same_command_gives_the_same_report(command_line, tmp_path, name):
    wrap, code = SERVERS[name]
    with serving(command_line, wrap) as server:
        (first, report), *others = runs_of(server, tmp_path, PARTS)
    assert first == code
    assert (report["counts"]["failed"] > 0) is bool(code)
    assert report["counts"]["passed"] > 10
    for again, other in others:
        assert again == first
        assert other == report
