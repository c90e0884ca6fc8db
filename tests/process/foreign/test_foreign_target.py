"""A server that is not ours: another process, TLS of a private authority, one bucket, one prefix."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from urllib.parse import unquote

from served_targets import unfolded


def is_ours(foreign, target):
    return re.match(rf"/{foreign.bucket}/{foreign.prefix}oss-clean-[0-9a-f]{{8}}/[A-Za-z0-9-]+(\?|$)", target)


def confuse(exchange):
    reply = exchange.forward()
    body = reply.body.replace(b"ArchiveRestoreNotFinished", b"ArchiveRestoreFileStale")
    return replace(reply, body=body)


def test_a_server_that_keeps_the_contract_passes_and_nothing_outside_the_prefix_is_touched(foreign):
    done = foreign.check()
    assert done.code == 6, "some contracts of many"
    *causes, _cells, verdict, counts, following = unfolded(done.out).splitlines()[-7:]
    assert [line.split(": ")[1] for line in causes] == ["V1", "DeepColdArchive", "DeepColdArchive, V1"]
    assert all(line.startswith("  not claimed: ") for line in causes)
    assert re.match(
        r"oss-clean: PARTIAL: 4 of \d+ ran, none failed \(exit 6\) on https://oss.example.test$", verdict
    )
    assert counts.startswith("oss-clean: 4 passed, 0 failed, 0 not tested, 12 not claimed; ")
    assert following == "oss-clean: next, run all of it: oss-clean check https://oss.example.test"
    assert (
        f"oss-clean: https://{foreign.host}, bucket {foreign.bucket}, path-style, region cn-hangzhou, prefix "
        in done.out
    )
    requests = foreign.requests()
    assert len(requests) > 40
    assert [target for _, target in requests if not is_ours(foreign, target)] == []
    assert {method for method, _ in requests} == {"PUT", "HEAD", "GET", "POST", "DELETE"}
    assert {t.partition("?")[2] for _, t in requests} == {"", "restore", "cleanRestoredObject"}
    foreign.assert_nothing_is_left()
    assert not list(foreign.home.iterdir()), "a run that passes leaves no file"


def test_the_whole_catalogue_passes_and_touches_nothing_outside_the_prefix(foreign):
    foreign.chosen = "test_"
    done = foreign.check("--oss-settle-seconds", "0")
    assert done.code == 0, done.out + done.err
    assert " 0 failed, 0 not tested, " in done.out
    own = rf"/({foreign.bucket}|oss-clean-absent-[0-9a-f]+)/[/\\]?{foreign.prefix}oss-clean-[0-9a-f]{{8}}/"
    requests = foreign.requests()
    assert len(requests) > 500
    assert [target for _, target in requests if not re.match(own, unquote(target))] == []
    foreign.assert_nothing_is_left()


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
    assert is_ours(foreign, judged.target)
    assert lines[4].split() == f"request POST {judged.target} (V4, path-style, Host {foreign.host})".split()
    request_id = dict(judged.reply.headers)["x-oss-request-id"]
    response = (
        rf"  response +409 Conflict, ArchiveRestoreFileStale, \d+ bytes, x-oss-request-id {request_id}, "
    )
    assert re.fullmatch(response + r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[5])
    assert f"  reproduce oss-clean replay {path}" in lines[6:9]
    assert sorted(p.name for p in foreign.home.glob(".oss-clean/*")) == [".gitignore", "failures", "pytest"]

    again = foreign.run("replay", path)
    assert again.code == 1, again.out + again.err
    assert "\n    - Code is ArchiveRestoreFileStale, not ArchiveRestoreNotFinished\n" in again.out
    assert again.out.endswith("differs from the contract\n")
    foreign.proxy.fault = faults.forward
    right = foreign.run("replay", path)
    assert right.code == 0, right.out + right.err
    assert right.out.endswith("as the contract expects\n")
    assert [target for _, target in foreign.requests() if not is_ours(foreign, target)] == []
    foreign.assert_nothing_is_left()


def one_cause(done):
    """Return the cause of a run in which nothing could be tested."""
    assert done.code == 6, done.out + done.err
    assert "oss-clean: 0 passed, 0 failed, 4 not tested, 12 not claimed" in done.out
    causes = re.findall(r"^  not tested: (.*)$", unfolded(done.out), re.MULTILINE)
    assert len(causes) == 1
    assert "Traceback" not in done.out + done.err
    return causes[0]


def test_a_stopped_server_is_one_clear_cause(foreign):
    foreign.served.process.terminate()
    foreign.served.process.wait(120)
    done = foreign.check()
    # The proxy is there, the server is not.
    assert "connection closed: 127.0.0.1:" in one_cause(done)


def test_a_port_without_a_server_is_one_clear_cause(foreign, faults):
    with faults.FaultServer() as gone:
        pass
    foreign.way[1] = f"127.0.0.1:{gone.port}"
    done = foreign.check()
    said = (
        f"https://{foreign.host} cannot be reached: unreachable: connection refused by 127.0.0.1:{gone.port}"
    )
    assert said in one_cause(done)


def test_a_server_that_dies_on_the_way_is_given_up_with_what_it_leaves_named(foreign, faults):
    """It goes silent in the third contract."""
    gone = threading.Event()

    def fault(exchange):
        if exchange.is_clean and "/restoring-" in exchange.target:
            gone.set()
        return faults.SILENCE if gone.is_set() else exchange.forward()

    foreign.proxy.fault = fault
    done = foreign.check("--oss-timeout", "2")
    assert done.code == 1
    assert "oss-clean: 2 passed, 1 failed, 1 not tested, 12 not claimed" in done.out
    unfolded = re.sub(r"\n {4,}", " ", done.out)
    assert "suspect   the server broke off, or never finished, on this request, and answered none" in unfolded
    assert f"https://{foreign.host} gave no answer 2 times in a row: read timeout" in unfolded
    assert "4 objects may be left behind, remove with `oss-clean reap`: team-a/oss-clean-" in done.out
    foreign.proxy.fault = lambda _: faults.RESET
    failed = foreign.run("reap")
    assert failed.code == 1
    assert f"0 removed from https://{foreign.host}, 4 left: connection closed: 127.0.0.1:" in failed.out
    foreign.proxy.fault = faults.forward
    assert foreign.run("reap").out.endswith(f": 4 removed from https://{foreign.host}, and HEAD finds none\n")
    assert sorted(foreign.served.inventory()) == sorted(foreign.beside)


def test_a_clock_that_cannot_be_moved_is_named_and_what_needs_no_clock_is_tested(foreign):
    done = foreign.check("--oss-advance-url", f"{foreign.served.control}/forward?seconds={{seconds}}")
    assert done.code == 6
    assert "oss-clean: 1 passed, 0 failed, 3 not tested" in done.out
    assert "--oss-advance-url: POST /forward?seconds=3660 answered 404" in done.out


def test_a_certificate_of_an_unknown_authority_is_named(foreign):
    del foreign.way[2:]
    done = foreign.check()
    cause = one_cause(done)
    assert f"https://{foreign.host} cannot be reached: tls: 127.0.0.1:" in cause
    assert "certificate verify failed: " in cause


def test_a_certificate_for_another_name_is_named(foreign):
    done = foreign.run("check", "https://oss.example.org", *foreign.arguments[2:])
    assert "certificate verify failed: Hostname mismatch" in one_cause(done)
