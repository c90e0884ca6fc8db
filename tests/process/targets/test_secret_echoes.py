"""A key secret and an STS token, planted and echoed by the server: no output of a run shows them."""

from __future__ import annotations

import base64
import json
import pprint
import re
import signal
import threading
from dataclasses import dataclass, replace
from types import SimpleNamespace
from urllib.parse import quote

import pytest

import forked_commands
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.oss.signing import Credentials
from secret_detector import SECRET, TOKEN, assert_clean, leaks

CONTRACTS = "pytest_oss_clean.contracts"
USERS_TEST = """
import logging

def test_of_a_user(oss_client, oss_target, oss_object):
    made = oss_object("restoring")
    answer = oss_client.clean(made.name)
    headers, body, code = answer.headers, answer.body, str(answer)
    sent = oss_client.last
    spoken = oss_client.transcript
    credentials, sender = oss_target.credentials, oss_target.sender
    secret, token = credentials.secret, credentials.token
    sent_token, sent_headers = sent.request.header("x-oss-security-token"), sent.request.headers
    sent_bytes = [value.encode() for _, value in sent_headers]
    plain_secret = secret.reveal()
    address = f"https://127.0.0.1/?x-oss-security-token={token.reveal()}"
    print("what came back:", answer.headers, answer.body)
    logging.getLogger("user").warning("what came back: %s %s", answer.headers, answer.body)
    assert answer.status == 200, (answer.body, oss_target, oss_client, sent)

def test_of_a_user_with_a_request_that_cannot_be_sent(oss_client, oss_target):
    from dataclasses import replace
    oss_client.head(oss_client.name("x"))
    request = replace(oss_client.last.request, target="/with blank")
    oss_target.sender(request)
"""


@pytest.mark.parametrize("planted", [SECRET, TOKEN], ids=["key secret", "token"])
@pytest.mark.parametrize(
    "spell",
    [
        lambda s: s,
        lambda s: s[20:34],
        lambda s: s[: len(s) // 2] + "\n" + s[len(s) // 2 :],
        lambda s: quote(s, safe=""),
        lambda s: quote(s, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        lambda s: s.encode().hex(),
        lambda s: s.encode().hex().upper(),
        *(
            lambda s, before=before: base64.b64encode(f"{before}{s}, and more".encode()).decode()
            for before in ("", "x", "xy")
        ),
    ],
)
def test_the_detector_finds_what_is_planted(planted, spell):
    assert leaks(f"before {spell(planted)} after")
    assert not leaks(f"before {planted[:8]} after ***")


@pytest.fixture(scope="module")
def emulator():
    credentials = Credentials("PLANTED-key-id", Secret(SECRET), Secret(TOKEN))
    with Emulator.start(credentials=credentials) as running:
        yield running


VARIABLES = {
    "OSS_ACCESS_KEY_ID": "PLANTED-key-id",
    "OSS_ACCESS_KEY_SECRET": SECRET,
    "OSS_SESSION_TOKEN": TOKEN,
    "OSS_REGION": "cn-hangzhou",
    "OSS_BUCKET": "oss-clean-emulator",
}


def echo(exchange):
    """Say everything that came, and what the server knows, in every spelling."""
    said = f"{exchange.method}\n" + "\n".join(f"{n.lower()}:{v}" for n, v in exchange.headers)
    plain = [said, f"StringToSign {said} signed with {SECRET}", TOKEN]
    return [
        *plain,
        *(quote(text, safe="") for text in plain),
        *(text.encode().hex() for text in plain),
        *(text.encode().hex(" ") for text in plain),
        *(base64.b64encode(f"{b}{text}".encode()).decode() for text in plain for b in ("", "x", "xy")),
    ]


def telling(exchange):
    """Answer cleans wrongly with an echo wherever a message looks, and everything else with echoing headers.

    Deletions are refused, so that the ledger stays.
    """
    everything = echo(exchange)
    one_line = [re.sub(r"\s+", " ", text) for text in everything]
    reply = exchange.forward()
    if exchange.method == "DELETE":
        reply = replace(reply, status=500)
    if exchange.is_clean:
        slugs = ("/never-restored-", "/already-cleaned-", "/restoring-", "/restored-")
        where = next((number for number, slug in enumerate(slugs) if slug in exchange.target), 0)
        at_the_cut = "." * 60 + TOKEN
        body = (
            f"<Error><Code>{TOKEN}</Code><Message>{' '.join(everything)}</Message></Error>",
            f"<html>{at_the_cut} {' '.join(everything)}</html>",
            f"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>{everything[1]}</StringToSign></Error>",
            f"{SECRET} {quote(TOKEN)}",
        )[where]
        reply = replace(reply, status=(403, 500, 403, 200)[where], body=body.encode(), reason=f"No {SECRET}")
        reply = replace(reply, headers=(("x-oss-request-id", TOKEN), ("Content-Type", "text/plain")))
    restore = [
        (n, f'{v}, said="{TOKEN}"') if n.lower() == "x-oss-restore" else (n, v) for n, v in reply.headers
    ]
    restore = [(n, TOKEN) if n.lower() == "x-oss-meta-origin" else (n, v) for n, v in restore]
    return replace(reply, headers=(*restore, *((f"x-echo-{i}", line) for i, line in enumerate(one_line))))


@dataclass
class Run:
    """One run of pytest, and every text that it made."""

    code: int
    texts: dict


@pytest.fixture
def run(emulator, faults, command_line):
    """Run contracts and a user's tests with pytest against the server that tells everything."""

    def run(*options, fault=telling, paths=("--pyargs", f"{CONTRACTS}.test_page", "test_of_mine.py")):
        home = command_line.home
        (home / "test_of_mine.py").write_text(USERS_TEST, "utf-8")
        with faults.FaultServer(emulator.endpoint, fault) as server:
            options = [
                *(*paths, "--color=no", "--oss-target", server.url),
                *("--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"),
                *("--oss-settle-seconds", "0", "--oss-claims", "ColdArchive,V4,V1"),
                *("--junitxml", "junit.xml", *options),
            ]
            environment = command_line.environment | VARIABLES
            done = forked_commands.run("pytest", *options, cwd=home, env=environment)
        files = [path for path in home.rglob("*") if path.is_file()]
        made = {
            str(p.relative_to(home)): p.read_bytes().decode("utf-8", "replace")
            for p in files
            if p.suffix != ".pyc"
        }
        del made["test_of_mine.py"]
        return Run(done.code, {"stdout": done.out, "stderr": done.err, **made})

    return run


TALKATIVE = {
    "everything": """
        -vv --showlocals --tb=long --full-trace -rA --log-level=DEBUG -o log_cli=true -o junit_logging=all
        --log-file=run.log --log-file-level=DEBUG
    """.split(),
    "locals cut short": ["--showlocals", "--tb=long"],
    "native": ["--tb=native", "-v", "-rA"],
    "short": ["--tb=short", "-l", "--log-cli-level=DEBUG"],
}


@pytest.mark.parametrize("options", TALKATIVE.values(), ids=TALKATIVE)
def test_no_output_of_failing_runs_shows_a_secret(run, options):
    done = run(*options, "-p", "no:cacheprovider")
    shown = done.texts["stdout"]
    assert done.code == 1, shown + done.texts["stderr"]
    # It did fail, with what the server said in the messages, and the user's tests as well.
    assert "never-restored[ColdArchive-V4] FAILED" in shown
    assert "FAILED test_of_mine.py::test_of_a_user " in shown
    assert "FAILED test_of_mine.py::test_of_a_user_with_a_request_that_cannot_be_sent" in shown
    assert "***" in shown
    kinds = {re.sub(r"[^/]+\.(?=(?:json|ledger)$)", "*.", name) for name in done.texts}
    assert {"junit.xml", ".oss-clean/failures/*.json", ".oss-clean/runs/*.ledger"} <= kinds
    assert_clean(done.texts)


def test_authorization_may_be_shown_where_a_user_shows_it_but_holds_no_secret(run, command_line):
    """The signature is no secret of the kind: it is good for one request and some minutes."""
    paths = ["test_shown.py"]
    (command_line.home / "test_shown.py").write_text(
        "def test_shown(oss_client):\n"
        "    oss_client.head(oss_client.name('x'))\n"
        "    header = oss_client.last.request.header('authorization')\n"
        "    assert not header\n"
    )
    done = run("-vv", "--showlocals", paths=paths, fault=lambda exchange: exchange.forward())
    assert "OSS4-HMAC-SHA256 Credential=PLANTED-key-id/" in done.texts["stdout"]
    assert_clean({name: text for name, text in done.texts.items() if name != "test_shown.py"})


def test_temporary_keys_that_sign_in_every_way_are_told_nowhere(run):
    """Tokens are changed, dropped and put into URLs; the server tells all that came."""
    rows = ("temporary-key-with-made-up-token", "token-altered", "presigned", "presigned-with-wrong-secret")
    done = run(
        *("--oss-claims", "ColdArchive,V4,STS,presigned", "--showlocals", "--tb=long", "-rA"),
        *("-k", " or ".join(f"{row}-ColdArchive" for row in rows)),
        fault=lambda e: replace(telling(e), status=500) if e.is_clean else e.forward(),
        paths=("--pyargs", f"{CONTRACTS}.test_authentication"),
    )
    assert {f"{row}[ColdArchive-V4]" in done.texts["stdout"] for row in rows} == {True}
    assert {f".oss-clean/failures/{row}-ColdArchive-V4.json" in done.texts for row in rows} == {True}
    assert_clean(done.texts)


@pytest.mark.parametrize("command", ["check", "replay", "reap"])
def test_no_command_shows_a_secret(emulator, faults, command_line, command):
    with faults.FaultServer(emulator.endpoint, telling) as server:
        clock = ["--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"]
        few = ["--oss-settle-seconds", "0", "-k", "test_page"]
        done = [command_line("check", server.url, *clock, *few, **VARIABLES)]
        assert done[0].code == 1
        if command == "replay":
            for path in sorted(command_line.home.glob(".oss-clean/failures/*.json")):
                assert json.loads(path.read_text("utf-8"))["contract"]
                done.append(command_line("replay", path, **VARIABLES))
                assert done[-1].code in (1, 6)
            assert len(done) > 2
        if command == "reap":
            done.append(command_line("reap", **VARIABLES))
            assert done[-1].code == 1
            assert " left: 500" in done[-1].out
    for one in done:
        assert_clean({"stdout": one.out, "stderr": one.err})


def test_an_interrupted_run_with_full_trace_shows_no_secret(emulator, faults, command_line):
    held, free = threading.Event(), threading.Event()

    def hold(exchange):
        if exchange.is_clean:
            held.set()
            free.wait(120)
        return exchange.forward()

    with faults.FaultServer(emulator.endpoint, hold) as server:
        clock = ["--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"]
        loud = ["-vv", "--showlocals", "--full-trace", "--log-cli-level=DEBUG"]
        process = command_line.popen("check", server.url, *clock, *loud, **VARIABLES)
        output = SimpleNamespace(text="")
        try:
            assert held.wait(120)
        finally:
            command_line.signal(process, signal.SIGINT)
            free.set()
            output.text = process.communicate(timeout=120)[0]
    assert process.returncode == 2, output.text[-6000:]
    assert "KeyboardInterrupt" in output.text
    assert "handle_request" in output.text, "the trace is a full one"
    assert_clean({"output": output.text})


SCRUB = Scrubber([Secret(SECRET), Secret(TOKEN)])


@pytest.mark.parametrize("planted", [SECRET, TOKEN], ids=["key secret", "token"])
@pytest.mark.parametrize(
    "show",
    [
        lambda s: pprint.pformat([s.encode()], width=40),
        lambda s: pprint.pformat({"header": s.encode().hex().encode()}, width=60),
        lambda s: pprint.pformat((b"x", base64.b64encode(s.encode())), width=50),
        lambda s: f"value = '{s[:20]}...{s[-20:]}'",
        lambda s: f"{'.' * 60}{s[:15]}...",
        lambda s: f"...{s[-15:]}, and more",
        lambda s: f"https://127.0.0.1/?x-oss-security-token={quote(s, safe='')[:-2]}...",
    ],
)
def test_what_a_printer_splits_or_cuts_is_scrubbed(planted, show):
    assert leaks(show(planted).replace("'", "").replace("\n b", ""))
    assert not leaks(SCRUB(show(planted)).replace("'", "").replace("\n b", ""))
