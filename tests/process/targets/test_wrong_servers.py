"""Servers that do wrong: none of it passes, and everything is told from everything else."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.messages import Operation
from served_targets import unfolded

FOUR = ["never-restored", "already-cleaned", "restoring", "restored"]
NOT_CLAIMED = "12 not claimed"


@pytest.fixture(scope="module")
def emulator():
    with Emulator.start() as running:
        yield running


@pytest.fixture
def check(emulator, faults, command_line):
    """Run `oss-clean check` against a server with this fault; nothing may ever be left behind it."""

    def run(fault, *options, claims="ColdArchive,V4", clock=True, leaves=False):
        moving = ["--oss-advance-url", emulator.control_url + "/advance?seconds={seconds}"] if clock else []
        emulator.service.reset()
        with faults.FaultServer(emulator.endpoint, fault) as server:
            # The page alone: what more there is to say of a server does not tell these faults apart.
            fixed = ["-k", "test_page", "--oss-claims", claims, "--oss-settle-seconds", "0", "--color=no"]
            done = command_line("check", server.url, *fixed, *moving, *options, **variables(emulator))
            done.exchanges = server.exchanges
        done.tail = unfolded(done.out)
        done.ledgers = list(command_line.home.glob(".oss-clean/runs/*"))
        assert leaves or not done.ledgers
        assert emulator.service.inventory() == {emulator.bucket: {}}
        assert "Traceback" not in done.out + done.err
        return done

    return run


def variables(emulator):
    return {
        "OSS_ACCESS_KEY_ID": emulator.credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": emulator.credentials.secret.reveal(),
        "OSS_REGION": emulator.region,
        "OSS_BUCKET": emulator.bucket,
    }


def failure(done, slug):
    """Return the text of one failed contract, its lines unfolded."""
    found = re.search(rf"^{slug}\[ColdArchive-V4\] FAILED\n(?:  .*\n)+", done.out, re.MULTILINE)
    assert found, done.out
    return re.sub(r"\n {4,}", " ", found[0])


WHOLE_SERVER = {
    "200": "HEAD of an object that does not exist: 200, not 404",
    "404": "PUT of a small object: 404, not 200",
    "500-html": "PUT of a small object: 500, not 200 (the body is a <html>, not an <Error>: '<html>",
    "reset": "connection closed: 127.0.0.1:",
    "never": "read timeout: 127.0.0.1:",
}


@pytest.mark.parametrize("name", WHOLE_SERVER)
def test_a_wholly_wrong_server_passes_nothing_and_the_last_lines_name_the_one_cause(check, faults, name):
    wrong = faults.WRONG_ANSWERS[name]
    done = check(lambda _: wrong, "--oss-timeout", "2", leaves=name == "500-html")
    assert done.code == 6
    assert f"0 passed, 0 failed, 4 not tested, {NOT_CLAIMED}" in done.tail
    assert "INCOMPLETE: nothing failed, but not everything could be tested (exit 6) on http" in done.tail
    causes = [line for line in done.tail.splitlines() if line.startswith("  not tested: ")]
    assert len(causes) == 1
    assert WHOLE_SERVER[name] in causes[0]
    assert all(f"{slug}[ColdArchive-V4]" in causes[0] for slug in FOUR)
    assert len(done.exchanges) < 10, "a server that is of no use is left alone"


def test_a_put_answered_with_500_may_have_written_so_its_ledger_stays_and_the_last_lines_say_so(
    check, faults
):
    done = check(lambda _: faults.HTML, leaves=True)
    assert "oss-clean: 1 object may be left behind, remove with `oss-clean reap`: oss-clean-" in done.out
    assert len(done.ledgers) == 1


CLEAN_ONLY = {
    "200": ("status is 200, not 409", "200 Because, no body, no x-oss-request-id, 2", ""),
    "404": ("status is 404, not 409", "404 Because, no body, no x-oss-request-id, 2", ""),
    "500-html": ("status is 500, not 409", "500 Because, body '<html><title>Whoops</title>", ""),
    "reset": ("no proper answer: connection closed: 127.0.0.1:", "none: connection closed", "broke off"),
    "never": ("no proper answer: read timeout: 127.0.0.1:", "none: read timeout: ", "never finished"),
}


@pytest.mark.parametrize("name", CLEAN_ONLY)
def test_a_server_that_is_wrong_on_the_clean_alone_fails_and_the_message_needs_no_knowledge(
    check, faults, name
):
    done = check(faults.only_cleans(faults.WRONG_ANSWERS[name]), "--oss-timeout", "2")
    assert done.code == 1
    # To be cleaned once is already-cleaned's history: where no clean is answered 200, it is not tested.
    untested = 0 if name == "200" else 1
    assert f"0 passed, {4 - untested} failed, {untested} not tested, {NOT_CLAIMED}" in done.tail
    assert "oss-clean: FAILED (exit 1) on http://127.0.0.1:" in done.tail
    difference, response, suspect = CLEAN_ONLY[name]
    text = failure(done, "never-restored")
    lines = text.splitlines()
    says = "The RestoreObject request has not been initiated for the object"
    assert lines[1] == f'  document  Examples, response 1: "{says}"'
    assert lines[2] == "  given     a ColdArchive object, never restored (HEAD said no x-oss-restore)"
    assert lines[3].startswith("  - ")
    assert difference in lines[3]
    request = next(line for line in lines if line.startswith("  request "))
    assert re.search(r"POST /\S+/never-restored-ColdArchive-V4\?cleanRestoredObject +\(V4, path-", request)
    assert response in next(line for line in lines if line.startswith("  response "))
    assert re.search(r", 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$", text, re.MULTILINE)
    said = [line for line in lines if line.startswith("  suspect ")]
    assert len(said) == bool(suspect)
    assert all(suspect in line for line in said)
    reproducer = ".oss-clean/failures/never-restored-ColdArchive-V4.json"
    assert f"  reproduce oss-clean replay {reproducer}" in lines


def test_a_refused_clean_that_ends_the_restore_fails_with_these_words(check, emulator, faults):
    def fault(exchange):
        reply = exchange.forward()
        if exchange.is_clean and b"NotFinished" in reply.body:
            name = exchange.target.partition("?")[0].removeprefix(f"/{emulator.bucket}/")
            # The restore completes, and is cleaned behind the suite's back.
            emulator.advance_object(emulator.bucket, name, 3660)
            clean = Operation("POST", emulator.bucket, name, (("cleanRestoredObject", None),))
            assert faults.send(emulator.endpoint, emulator.credentials, clean) == 200
        return reply

    done = check(fault)
    assert done.code == 1
    assert "3 passed, 1 failed" in done.tail
    text = failure(done, "restoring")
    assert "  - the restore ended: in HEAD, x-oss-restore is absent, not of a restoring or restored" in text
    assert "  - the restore ended: GET answers 403 InvalidObjectState after the restore time" in text


def test_a_clean_that_answers_200_and_does_nothing_fails_naming_the_effects(check, faults):
    """Only of the judged kind: the clean of a restored object."""

    def fault(exchange):
        restored = exchange.is_clean and "/restored-" in exchange.target
        named = (("x-oss-request-id", "5374A2880232A65C23002D75"),)
        return faults.Reply(200, named) if restored else exchange.forward()

    done = check(fault)
    assert done.code == 1
    assert "3 passed, 1 failed" in done.tail
    text = failure(done, "restored")
    assert "  - the object is readable: GET answers 200, not 403 InvalidObjectState" in text
    assert "  - the object does not count as cleaned: a second clean answers 200, not 409" in text
    assert "suspect   effect: the clean is acknowledged and not carried out" in text


def test_a_server_that_ignores_the_storage_class_is_not_tested_and_told_what_to_claim(check):
    def fault(exchange):
        reply = exchange.forward()
        return replace(reply, headers=[h for h in reply.headers if h[0].lower() != "x-oss-storage-class"])

    done = check(fault)
    assert done.code == 6
    assert "0 passed, 0 failed, 4 not tested" in done.tail
    assert "x-oss-storage-class is absent, not ColdArchive; a target that keeps no ColdArchive" in done.tail
    assert "one that keeps them shows it there, as OSS does" in done.tail


def at_once(emulator):
    """Complete each restore as soon as it is accepted."""

    def fault(exchange):
        reply = exchange.forward()
        if exchange.target.endswith("?restore"):
            emulator.advance(3600)
        return reply

    return fault


def test_a_server_that_restores_at_once_is_told_to_claim_it_and_passes_when_it_does(check, emulator):
    done = check(at_once(emulator), "-k", "test_page and restoring")
    assert done.code == 6
    assert "0 passed, 0 failed, 1 not tested" in done.tail
    assert "the restore completed before it could be looked at" in done.tail
    assert "a target that restores at once claims instant-restore" in done.tail
    done = check(at_once(emulator), claims="ColdArchive,V4,instant-restore", clock=False)
    assert done.code == 6, "a part of the catalogue"
    assert ", none failed" in done.out
    assert "3 passed, 0 failed, 0 not tested, 13 not claimed" in done.tail
    assert re.search(r"not claimed, with the contracts that need it: .*not instant-restore \d", done.tail)


def restoring_by_itself(emulator, seconds, restores):
    """Complete all restores some seconds after the third, and again after each further one.

    Where one is waited for before the next begins, it never ends.
    """

    def finish():
        emulator.advance(3600)

    def fault(exchange):
        reply = exchange.forward()
        if exchange.target.endswith("?restore") and reply.status == 202:
            restores.append(exchange.target)
            if len(restores) >= 3:
                timer = threading.Timer(seconds, finish)
                exchange.server.timers.append(timer)
                timer.start()
        return reply

    return fault


@pytest.fixture
def timers(faults, monkeypatch):
    """Timers of the server, ended with the test."""
    started = []
    monkeypatch.setattr(faults.FaultServer, "timers", started, raising=False)
    yield SimpleNamespace(started=started)
    for timer in started:
        timer.cancel()
        timer.join()


@pytest.mark.usefixtures("timers")
def test_a_server_that_restores_by_itself_is_waited_for_all_restores_at_once(check, emulator):
    restores = []
    fault = restoring_by_itself(emulator, 4, restores)
    done = check(fault, "--oss-restore-seconds", "60", clock=False)
    assert done.code == 6, "a part of the catalogue"
    assert ", none failed" in done.out
    assert f"4 passed, 0 failed, 0 not tested, {NOT_CLAIMED}" in done.tail
    # already-cleaned, restoring and restored begin together; the last one only shows that it can.
    assert len(restores) == 4


def test_a_server_that_never_restores_is_given_up_after_the_time_named(check):
    done = check(lambda exchange: exchange.forward(), "--oss-restore-seconds", "1", clock=False)
    assert done.code == 6
    assert "1 passed, 0 failed, 3 not tested" in done.tail
    said = "did not complete within --oss-restore-seconds 1: HEAD still says"
    assert said in done.tail


def test_while_waiting_a_clean_answered_200_may_have_come_after_the_restore_so_it_is_no_failure(
    check, faults
):
    done = check(
        faults.only_cleans(faults.Reply(200)),
        *("--oss-restore-seconds", "1", "-k", "test_page and restoring"),
        clock=False,
    )
    assert done.code == 6
    assert "0 passed, 0 failed, 1 not tested" in done.tail
    assert "state moved: the clean answered 200, but the restore may just have ended" in done.tail
