"""What a run sends is known before; limits refuse it, or end it where its objects are removed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.target.meter import Meter
from served_targets import serving

PRICES = Path(__file__).parents[2] / "data" / "prices.toml"
TABLE = "restored,restoring,already-cleaned,never-restored,refused-then-restored,siblings-near,parts-restored"
GENERATED = "generated-names-frozen,generated-tampered"


def planned(text):
    """Return the rows of a plan."""
    return dict(re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.MULTILINE))


def plan_of(server, *options):
    """Return what is planned with the options of a check."""
    done = server.command_line(
        "plan", *(o for o in server.arguments(*options)[1:] if o != "--color=no"), **server.variables
    )
    assert done.code == 0, done.out + done.err
    return planned(done.out)


def by_kind(rows):
    return {kind: int(rows[kind]) for kind in rows if kind.startswith("requests, ")}


def met(server):
    """Return what a server met, by kind."""
    meter = Meter()
    for request, response in server.requests:
        meter.count(request, response)
    return {f"requests, {kind}": many for kind, many in meter.requests.items()}, meter


@pytest.mark.parametrize("settle", ["0", "10"])
def test_a_plan_is_what_the_server_meets(command_line, settle):
    with serving(command_line) as server:
        options = ("--oss-contract", TABLE, "--oss-settle-seconds", settle)
        rows = plan_of(server, *options)
        assert server.requests == []
        done = server.check(*options)
        assert done.counts["failed"] == done.counts["not tested"] == 0, done.out
    requests, meter = met(server)
    assert by_kind(rows) == requests
    assert rows["requests"] == str(len(server.requests))
    for what, counted in (("objects put", meter.objects), ("restores", meter.restores)):
        named = {row.partition(", ")[2]: int(many) for row, many in rows.items() if row.startswith(what)}
        assert named == counted
    assert rows["bytes put"] == str(meter.stored)


def test_a_plan_of_generated_contracts_is_an_upper_bound(command_line):
    with serving(command_line) as server:
        rows = plan_of(server, "--oss-contract", GENERATED)
        server.check("--oss-contract", GENERATED)
    requests, _ = met(server)
    assert rows["requests"].startswith("at most ")
    assert all(many <= by_kind(rows)[kind] for kind, many in requests.items())
    assert sum(requests.values()) > 0.9 * sum(by_kind(rows).values()), "no wild guess"


def test_a_plan_names_stages_and_costs(command_line):
    arguments = ("plan", "https://oss-cn-hangzhou.aliyuncs.com", "restored", "extended", "--prices", PRICES)
    keys = {"OSS_ACCESS_KEY_ID": "key", "OSS_ACCESS_KEY_SECRET": "secret", "OSS_BUCKET": "a-bucket"}
    done = command_line(*arguments, "--oss-restore-seconds", "200000", **keys)
    assert done.code == 0, done.err
    rows = planned(done.out)
    assert [rows[row] for row in rows if row.startswith("stage 1, ")] == ["12 h"]
    cold, deep = (int(rows[f"restores, {name} Expedited"]) for name in ("ColdArchive", "DeepColdArchive"))
    assert (cold > 0, deep > 0) == (True, True)
    assert rows["cost of restore requests"] == f"{(cold * 30 + deep * 60) / 10_000:.4f} USD"
    assert float(rows["cost of all, at most"].removesuffix(" USD")) > 0
    lacking = command_line.home / "prices.toml"
    lacking.write_text("[requests]\nGET = 1\n", "utf-8")
    refused = command_line(*arguments[:-1], lacking, "--oss-restore-seconds", "9", **keys)
    assert refused.code == 4
    assert "has no price" in refused.err


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (["--oss-max-requests", "20"], "--oss-max-requests=20: the plan is "),
        (["--oss-max-cost", "0.0001", "--oss-prices", PRICES], "--oss-max-cost=0.0001: the plan is "),
        (["--oss-max-wall", "5"], "--oss-max-wall=5: the plan is 40 s of restores"),
    ],
    ids=["requests", "cost", "wall"],
)
def test_a_run_that_would_exceed_a_limit_sends_nothing(command_line, limits, said):
    with serving(command_line) as server:
        options = server.arguments("--oss-contract", "restored", *limits, clock=False)
        done = server.command_line(*options, "--oss-restore-seconds", "40", **server.variables)
        assert (done.code, server.requests) == (4, []), done.out
        assert said in done.out + done.err


def test_a_run_ends_at_its_limit_and_removes_its_objects(command_line):
    """The server fails the first looks at what was cleaned, which no plan foresees."""

    def failing(service):
        cleaned = {}

        def sender(request):
            path = request.target.partition("?")[0]
            if is_clean(request):
                cleaned[path] = 2
            elif request.method == "GET" and cleaned.get(path):
                cleaned[path] -= 1
                return Response(500)
            return service(request)

        return sender

    with serving(command_line, failing) as server:
        options = ("--oss-contract", TABLE, "--oss-settle-seconds", "10")
        most = plan_of(server, *options)["requests"]
        done = server.check(*options, "--oss-max-requests", most)
        assert (done.code, done.counts["failed"]) == (6, 0), done.out
        assert done.counts["passed"] > 0
        assert done.counts["not tested"] > 0
        assert f"limit: --oss-max-requests {most} is reached" in "".join(done.causes), done.out
        beyond = [request for request, _ in server.requests[int(most) :]]
        assert {request.method for request in beyond} <= {"DELETE", "GET"}, "the removal alone is exempt"
        assert server.left() == {}


def test_workers_keep_the_rate_together_and_the_limit(command_line):
    moments = []

    def timed(service):
        def sender(request):
            moments.append(time.monotonic())
            return service(request)

        return sender

    with serving(command_line, timed) as server:
        done = server.check("-n", "2", "--oss-contract", "never-restored,restoring", "--oss-rate", "40")
        assert done.counts["failed"] == done.counts["not tested"] == 0, done.out
        assert len(moments) > 60
        assert moments[-1] - moments[0] >= (len(moments) - 2) / 40 - 0.1
        moments.clear()
        refused = server.check("-n", "2", "--oss-contract", "never-restored", "--oss-max-requests", "20")
        assert moments == []
    assert refused.code != 0
    assert "--oss-max-requests=20: the plan is " in refused.out, refused.out
