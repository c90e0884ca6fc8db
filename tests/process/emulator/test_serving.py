"""The emulator in a process of its own, and the facade in ours."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.emulator.http.serve import WARNING, describe
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

SERVE = """
import sys
from pytest_oss_clean.emulator.http.serve import serve
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
with open(sys.argv[1], "w") as log:
    credentials = Credentials("key id'", Secret("$ecret"), Secret("to'ken"))
    serve(port=0, control_port=0, region="cn-test", bucket="bucket-1", second_bucket="", versioned_bucket="",
          credentials=credentials, log=log)
print("# ended")
"""


def start(*arguments):
    command = [sys.executable, "-W", "error", "-c", SERVE, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def serve_command(*options):
    call = "from pytest_oss_clean.cli.main import main; main(prog_name='oss-clean')"
    command = [sys.executable, "-c", call, "serve", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until_ready(process):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "# ready\n":
            return "".join(lines)
    raise AssertionError(process.stderr.read())


def send(endpoint, operation, credentials, region):
    signed = Signer(credentials, region=region).sign(operation, datetime.now(UTC))
    request = signed.render(endpoint, Addressing.PATH)
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in (*request.headers, ("Content-Length", str(len(request.body)))):
        connection.putheader(name, value)
    connection.endheaders(request.body)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_is_ready_answers_and_ends_cleanly(tmp_path, number):
    log = tmp_path / "log"
    process = start(str(log))
    try:
        text = read_until_ready(process)
        shell = subprocess.run(
            ["sh", "-c", text + 'printf "%s\\n" "$OSS_ENDPOINT" "$OSS_BUCKET" "$OSS_REGION" '
             '"$OSS_ACCESS_KEY_ID" "$OSS_ACCESS_KEY_SECRET" "$OSS_SESSION_TOKEN"'],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        url, *rest = shell.stdout.splitlines()
        assert rest == ["bucket-1", "cn-test", "key id'", "$ecret", "to'ken"]
        parts = urlsplit(url)
        endpoint = Endpoint("http", parts.hostname, parts.port)
        credentials = Credentials("key id'", Secret("$ecret"), Secret("to'ken"))
        operation = Operation("PUT", "bucket-1", "k", (), (("x-oss-storage-class", "ColdArchive"),), b"x")
        assert send(endpoint, operation, credentials, "cn-test") == 200
        advance = urlsplit(re.search(r"'(\S+/advance\?seconds=)\{seconds\}'", text)[1])
        control = http.client.HTTPConnection(advance.hostname, advance.port)
        control.request("POST", "/advance?seconds=60")
        assert control.getresponse().status == 200
        control.close()
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "# ended\n", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+ PUT /bucket-1/k 200\n", log.read_text())


def test_further_buckets_are_named_in_a_comment_and_exist_with_versioning_in_one():
    with Emulator.start(control_port=None, second_bucket="bucket-2", versioned_bucket="bucket-3") as emulator:
        text = describe(emulator)
        assert "\n# --oss-second-bucket bucket-2 --oss-versioned-bucket bucket-3\n# --oss-adv" in text
        assert emulator.sts.key_id not in text
        for bucket in ("bucket-2", "bucket-3"):
            operation = Operation("PUT", bucket, "k", (), (), b"x")
            assert send(emulator.endpoint, operation, emulator.credentials, emulator.region) == 200
        inventory = emulator.inventory(versions=True)
        assert list(inventory["bucket-2"]["k"]) == ["null"]
        assert list(inventory["bucket-3"]["k"]) != ["null"]
    with Emulator.start(control_port=None) as emulator:
        assert "-bucket" not in describe(emulator)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            (),
            "# --oss-second-bucket oss-clean-second --oss-versioned-bucket oss-clean-versioned\n",
        ),
        (("--second-bucket", ""), "# --oss-versioned-bucket oss-clean-versioned\n"),
        (("--second-bucket", "", "--versioned-bucket", ""), None),
    ],
)
def test_the_command_serves_further_buckets_unless_told_otherwise(options, text):
    process = serve_command(*options)
    try:
        shown = read_until_ready(process)
    finally:
        process.terminate()
        process.communicate(timeout=120)
    comments = [line for line in shown.splitlines(keepends=True) if "-bucket " in line]
    assert comments == ([text] if text else [])


def test_two_buckets_of_one_name_are_refused():
    process = serve_command("--bucket", "bucket-1", "--versioned-bucket", "bucket-1")
    out, err = process.communicate(timeout=120)
    said = "oss-clean: --versioned-bucket=bucket-1: name another one than --bucket\n"
    assert (process.returncode, out, err) == (4, "", said)


def test_the_log_shows_no_signature_of_a_url(tmp_path):
    log = tmp_path / "log"
    process = start(str(log))
    try:
        parts = urlsplit(re.search(r"OSS_ENDPOINT=(\S+)", read_until_ready(process))[1])
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        connection.request("GET", "/bucket-1/k?Expires=1&OSSAccessKeyId=MYKEY&Signature=MYSIGNATURE")
        assert connection.getresponse().status == 403
        connection.close()
    finally:
        process.terminate()
        process.communicate(timeout=120)
    assert "Expires=1" in log.read_text()
    assert "MYKEY" not in log.read_text()
    assert "MYSIGNATURE" not in log.read_text()


def test_the_facade_runs_and_stops():
    seen = []
    with Emulator.start(
        observer=lambda request, response: seen.append((request.method, response.status))
    ) as emulator:
        operation = Operation(
            "PUT", emulator.bucket, "k", (), (("x-oss-storage-class", "ColdArchive"),), b"x"
        )
        assert send(emulator.endpoint, operation, emulator.credentials, emulator.region) == 200
        assert emulator.service.inventory() == {"oss-clean-emulator": {"k": "frozen"}}
        before = emulator.service.now()
        emulator.advance(3600)
        assert emulator.service.now() - before >= 3600
    assert seen == [("PUT", 200)]
    with pytest.raises(ConnectionRefusedError):
        send(emulator.endpoint, operation, emulator.credentials, emulator.region)
    emulator.stop()


def test_every_start_has_a_secret_of_its_own_and_shows_none():
    with Emulator.start(control_port=None) as one, Emulator.start(control_port=None) as two:
        assert one.control_url is None
        assert one.credentials.secret != two.credentials.secret
        assert one.credentials.secret.reveal() not in repr(one)


def test_a_control_port_in_use_leaves_nothing_running():
    with Emulator.start() as emulator:
        port = urlsplit(emulator.control_url).port
        with pytest.raises(ConfigurationError, match="port"):
            Emulator.start(control_port=port)


def test_the_emulator_never_loads_httpx_or_pytest():
    code = (
        "import sys, pytest_oss_clean.emulator.http.serve as s; s.Emulator.start().stop();"
        "print({'httpx', 'pytest', 'hypothesis', 'pytest_oss_clean.contracts'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_environment_file_is_whole_while_it_answers_and_gone_before_and_afterwards(tmp_path):
    file = tmp_path / "emulator.env"
    file.write_text("export OSS_ENDPOINT=http://of-an-earlier-run\n")
    process = serve_command("--env-file", str(file))
    try:
        text, deadline = "earlier", time.monotonic() + 20
        while "earlier" in text and time.monotonic() < deadline:
            time.sleep(0.01)
            with contextlib.suppress(FileNotFoundError):
                text = file.read_text()
        assert text.endswith("# ready\n")
        assert file.stat().st_mode & 0o077 == 0
        parts = urlsplit(re.search(r"OSS_ENDPOINT=(\S+)", text)[1])
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        connection.request("GET", "/")
        assert connection.getresponse().status == 403
        connection.close()
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=10)
    assert (out, file.exists(), list(tmp_path.iterdir())) == (text, False, [])


@pytest.mark.parametrize("told", [False, True])
def test_keys_of_the_environment_are_used_and_printed_only_when_told(monkeypatch, told):
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", "key-of-the-user")
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", "secret-of-the-user")
    process = serve_command(*["--keys-from-environment"] * told)
    try:
        text = read_until_ready(process)
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert ("key-of-the-user" in text, "secret-of-the-user" in text) == (told, told)


def test_a_warning_tells_that_other_machines_can_reach_it():
    for host, said in (("127.0.0.1", ""), ("0.0.0.0", WARNING)):
        process = serve_command("--host", host)
        try:
            assert "OSS_ENDPOINT=http://127.0.0.1:" in read_until_ready(process)
        finally:
            process.terminate()
            _, err = process.communicate(timeout=10)
        assert err == said


@pytest.mark.parametrize(("size", "code"), [("1", 0), ("64M", 0), ("0", 2), ("x", 2), ("1T", 2)])
def test_sizes_are_numbers_of_bytes(size, code):
    process = serve_command("--max-object-size", size)
    try:
        if code == 0:
            read_until_ready(process)
    finally:
        if code == 0:
            process.terminate()
        _, err = process.communicate(timeout=20)
    assert (process.returncode != 0) is (code != 0)
    assert ("is no size such as" in err) is (code != 0)
