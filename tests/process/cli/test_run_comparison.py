"""`oss-clean compare` of two targets: every planted difference is found, and none between equal ones."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from pytest_oss_clean.emulator import Emulator

PAGE = ("-k", "ColdArchive-V4 and (test_page or form-of)", "--oss-allow-incomplete")


def header(name, value=None):
    """Return a change of one header of an answer to a clean; None takes it away."""

    def change(reply):
        kept = tuple(pair for pair in reply.headers if pair[0].lower() != name)
        return replace(reply, headers=kept if value is None else (*kept, (name, value)))

    return change


def body(old, new):
    return lambda reply: replace(reply, body=re.sub(old, new, reply.body))


def on(kind, change):
    """Return a fault: the change of answers to a kind of request."""

    def fault(exchange):
        reply = exchange.forward()
        return change(reply) if kind(exchange, reply) else reply

    return fault


def stale(exchange, reply):
    return exchange.is_clean and b"ArchiveRestoreFileStale" in reply.body


def unfinished(exchange, reply):
    return exchange.is_clean and b"ArchiveRestoreNotFinished" in reply.body


def done(exchange, reply):
    return exchange.is_clean and reply.status == 200


def head_after_clean():
    """Return what tells HEAD requests of objects that were cleaned."""
    cleaned = set()

    def kind(exchange, reply):
        if done(exchange, reply):
            cleaned.add(exchange.target.partition("?")[0])
        return exchange.method == "HEAD" and exchange.target in cleaned

    return kind


def frozen_get(exchange, reply):
    return exchange.method == "GET" and reply.status == 403


PLANTED = {
    "another Code of the stale answer": on(stale, body(b"FileStale", b"FileFresh")),
    "another status of the stale answer": on(stale, lambda reply: replace(reply, status=400)),
    "another Code of the unfinished answer": on(unfinished, body(b"NotFinished", b"Running")),
    "success of an unfinished clean": on(unfinished, lambda _: replace(_, status=200, body=b"")),
    "no request id": on(done, header("x-oss-request-id")),
    "another Date": on(done, header("date", "yesterday")),
    "no Server header": on(done, header("server")),
    "another storage class after the clean": on(head_after_clean(), header("x-oss-storage-class", "Archive")),
    "another Code of a frozen read": on(frozen_get, body(b"InvalidObjectState", b"Frozen")),
    "another root element": on(stale, body(b"Error>", b"Fault>")),
}


@pytest.fixture(scope="module")
def sound():
    with Emulator.start() as emulator:
        yield emulator


def options(emulator):
    return [
        *("--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"),
        *("--oss-region", emulator.region, "--oss-bucket", emulator.bucket),
        *("--oss-claims", "ColdArchive,V4", "--oss-settle-seconds", "0"),
        *PAGE,
    ]


def environment(emulator):
    key = emulator.credentials
    return {"OSS_ACCESS_KEY_ID": key.key_id, "OSS_ACCESS_KEY_SECRET": key.secret.reveal()}


@pytest.fixture(scope="module")
def report_of_a_sound_run(sound, command_lines, tmp_path_factory):
    run = command_lines(tmp_path_factory.mktemp("sound"))
    done = run("check", str(sound.endpoint), *options(sound), "--oss-report", "a.json", **environment(sound))
    assert done.code == 0, done.out
    assert ", none failed" in done.out
    return run.home / "a.json"


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_difference_is_found(what, sound, faults, command_line, report_of_a_sound_run):
    with faults.FaultServer(sound.endpoint, PLANTED[what]) as front:
        command_line("check", front.url, *options(sound), "--oss-report", "b.json", **environment(sound))
    done = command_line("compare", report_of_a_sound_run, "b.json", "--json", "c.json")
    assert done.code == 1, done.out + done.err
    counts = json.loads((command_line.home / "c.json").read_text("utf-8"))["counts"]
    different = {kind for kind, count in counts.items() if count} - {"right on both", "not compared"}
    assert different, done.out
    assert "wrong alike" not in different


def test_equal_targets_do_not_differ(sound, command_line, report_of_a_sound_run):
    done = command_line(
        "compare", report_of_a_sound_run, str(sound.endpoint), *options(sound), **environment(sound)
    )
    assert done.code == 0, done.out + done.err
    assert re.search(r"right on both +[1-9]", done.out)


def test_a_target_that_cannot_be_run_is_named(command_line, report_of_a_sound_run):
    done = command_line("compare", report_of_a_sound_run, "nowhere")
    assert done.code == 4
    assert done.err.startswith("oss-clean: TARGET=nowhere: it could not be run: ")
    assert "Traceback" not in done.out + done.err
