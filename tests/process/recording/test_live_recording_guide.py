"""The page for the first live recording, followed to the letter against the emulator behind TLS."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
import trustme
import yaml

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.plan import as_table, choose, plan
from pytest_oss_clean.engine.pool import stages
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.recording.session import kind_of
from pytest_oss_clean.spec.history import STEPS, Step
from pytest_oss_clean.target.config.cassette_folder import Kind, read_head, read_text
from pytest_oss_clean.target.config.settings import Settings

PAGE = (Path(__file__).parents[3] / "cassettes" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
_, EXPORTS, POLICY, MINUTE, HOUR, REPLAY, PACK, NIGHT, MORNING, REAP, RENEW = BLOCKS
WORKFLOW = yaml.safe_load(re.search(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1])
SLUGS = ("never-restored", "already-cleaned", "restoring", "restored")
CLAIMS = frozenset({"ColdArchive", "V4", "hostile-auth"})
PACE = 1.0
"""Seconds between two jumps of the emulator's clock, which stand for the hour."""


@pytest.fixture
def live(command_line, faults, monkeypatch):
    """A shell whose variables name a server behind TLS, as the page's first block exports them."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    authority = trustme.CA()
    ca_file = command_line.home / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    with command_line.popen("serve", "--bucket", "a-bucket-of-mine") as process:
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line == "# ready\n":
                    break
            text = "".join(lines)
            exported = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", text, re.MULTILINE))
            host, port = exported["OSS_ENDPOINT"].removeprefix("http://").split(":")
            tls = faults.server_context(authority, "localhost")
            with faults.FaultServer(Endpoint("http", host, int(port)), tls=tls) as proxy:
                exported["OSS_ENDPOINT"] = f"https://localhost:{proxy.port}"
                environment = command_line.environment | exported | {"SSL_CERT_FILE": str(ca_file)}
                environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
                control = re.search(r"# control: (\S+)/", text)[1]
                yield Shell(command_line.home, environment, control, proxy)
        finally:
            process.terminate()
            process.communicate(timeout=120)


class Shell:
    def __init__(self, home, environment, control, proxy):
        self.home, self.environment, self.control, self.proxy = home, environment, control, proxy
        assert set(re.findall(r"(\w+)=", EXPORTS)) <= environment.keys()

    def run(self, block, *, code=0, **more):
        command = ["bash", "-euo", "pipefail", "-c", block]
        environment = self.environment | more
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def hours_pass(self):
        """Let the restore clock go ahead once in a while, after the restoring object was cleaned."""
        over = threading.Event()

        def advance():
            while not self.saw("/restoring-ColdArchive-V4?cleanRestoredObject") and not over.wait(0.05):
                pass
            while not over.wait(PACE):
                self.advance(3600)

        thread = threading.Thread(target=advance)
        thread.start()
        return over, thread

    def advance(self, seconds):
        post = urllib.request.Request(f"{self.control}/advance?seconds={seconds}", method="POST")
        urllib.request.urlopen(post, timeout=120).close()

    def saw(self, ending):
        return any(exchange.target.endswith(ending) for exchange in self.proxy.exchanges)

    def inventory(self):
        with urllib.request.urlopen(f"{self.control}/inventory", timeout=120) as response:
            return {bucket: held for bucket, held in json.load(response).items() if held}


def test_the_page_s_commands_work_to_the_letter(live):
    policy = json.loads(live.run(POLICY))
    assert policy["Version"] == "1"
    (statement,) = policy["Statement"]
    assert statement["Resource"] == ["acs:oss:*:*:a-bucket-of-mine/oss-clean-*"]
    assert "oss:CleanRestoredObject" in statement["Action"]

    out = live.run(MINUTE)
    assert "oss-clean: 1 passed, 0 failed" in out

    over, thread = live.hours_pass()
    try:
        out = live.run(HOUR)
    finally:
        over.set()
        thread.join()
    assert "oss-clean: 4 passed, 0 failed, 0 not tested" in out
    assert live.inventory() == {}
    see_that_it_is_recorded(live)
    gone = {"OSS_ENDPOINT": "", "OSS_ACCESS_KEY_ID": "", "OSS_ACCESS_KEY_SECRET": "", "OSS_BUCKET": ""}
    out = live.run(REPLAY, **gone)
    assert "oss-clean: 4 passed, 0 failed, 0 not tested" in out
    assert out.splitlines()[-3].endswith("(exit 0) on the recordings in live")
    live.run(PACK)
    assert (live.home / "live.tar.gz").stat().st_size > 1000


def see_that_it_is_recorded(live):
    files = sorted((live.home / "live").iterdir())
    assert [path.stem for path in files] == sorted(f"{slug}-ColdArchive-V4" for slug in SLUGS)
    for path in files:
        text = read_text(path)
        head, sealed = read_head(text)
        assert (head.kind, head.target, sealed) == (Kind.SERVER, "a server", True)
        for word in ("a-bucket-of-mine", "localhost", live.environment["OSS_ACCESS_KEY_ID"]):
            assert word not in text


def test_what_is_provisioned_at_night_is_judged_and_recorded_in_the_morning(live):
    out = live.run(NIGHT)
    assert out.count("3 pending until ") == 2, "said by provision, and by status"
    assert {name.rpartition("/")[2] for name in live.inventory()["a-bucket-of-mine"]} == {
        f"{slug}-ColdArchive-V4" for slug in SLUGS if slug != "never-restored"
    }
    too_early = live.run(MORNING)
    assert "oss-clean: 1 passed, 0 failed, 0 not tested, 12 not claimed, 3 pending" in too_early
    live.advance(3700)
    puts = [e.target for e in live.proxy.exchanges if e.method == "PUT" and "preflight" not in e.target]
    out = live.run(MORNING)
    assert "oss-clean: 4 passed, 0 failed, 0 not tested" in out
    again = [e.target for e in live.proxy.exchanges if e.method == "PUT" and "preflight" not in e.target]
    assert (len(puts), again) == (4, puts), "each object was put once"
    see_that_it_is_recorded(live)
    assert live.inventory() == {}
    assert "0 removed from https://localhost" in live.run(REAP)

    gone = {"OSS_ENDPOINT": "", "OSS_ACCESS_KEY_ID": "", "OSS_ACCESS_KEY_SECRET": "", "OSS_BUCKET": ""}
    assert "oss-clean: 4 passed, 0 failed, 0 not tested" in live.run(REPLAY, **gone)


def test_the_schedule_runs_the_page_s_commands():
    (job,) = WORKFLOW["jobs"].values()
    crons = [each["cron"] for each in WORKFLOW[True]["schedule"]]
    assert all(any(cron in step.get("if", "") for step in job["steps"]) for cron in crons)
    recording = " --record-mode=rewrite --oss-cassettes live"
    wanted = [NIGHT.splitlines()[0], MORNING.strip().replace(recording, ""), REAP.strip()]
    assert [step["run"] for step in job["steps"] if "oss-clean " in step.get("run", "")] == wanted
    assert set(re.findall(r"(\w+)=", EXPORTS)) == job["env"].keys()


def test_the_page_says_how_many_contracts_wait_for_what():
    cases = [case for case in CASES.values() if not case.missing(CLAIMS, patient=True)]
    expiring = [case for case in cases if Step.WAIT_EXPIRED in STEPS[case.contract.given]]
    often = Counter(min(2, stages(case)) for case in cases if case not in expiring)
    shown = re.findall(
        r"^\| (?:nothing|one restore|two restores|the days).*? \| (\d+) \|", PAGE, re.MULTILINE
    )
    assert list(map(int, shown)) == [often[0], often[1], often[2], len(expiring)]


def test_only_the_service_behind_tls_with_public_authorities_is_live():
    oss = Endpoint("https", "oss-cn-hangzhou.aliyuncs.com", 443)
    assert kind_of(Settings(endpoint=oss)) is Kind.LIVE
    assert kind_of(Settings(endpoint=oss, ca_file=Path("ca.pem"))) is Kind.SERVER
    assert kind_of(Settings(endpoint=Endpoint("http", oss.host, 80))) is Kind.SERVER
    assert kind_of(Settings(endpoint=Endpoint("https", "aliyuncs.com.example", 443))) is Kind.SERVER
    assert kind_of(Settings()) is Kind.EMULATOR


def test_the_costs_on_the_page_are_those_of_the_contracts():
    shown = re.search(r"<!-- plan -->\n(.*?)\n<!-- end of plan -->", PAGE, re.DOTALL)[1]
    assert shown == as_table(plan(choose(SLUGS, CASES, CLAIMS))), f"renew it: {RENEW.splitlines()[-1]}"


def test_a_plan_can_be_put_into_a_file_and_a_file_without_room_is_refused(command_line):
    page = command_line.home / "page.md"
    page.write_text("a\n<!-- plan -->\nold\n<!-- end of plan -->\nb\n", "utf-8")
    assert command_line("plan", "--oss-claims", "ColdArchive,V4", "--write", page, "restored").code == 0
    text = page.read_text("utf-8")
    assert text.startswith("a\n<!-- plan -->\n| what |")
    assert "\nold\n" not in text
    page.write_text("no room", "utf-8")
    refused = command_line("plan", "--write", page, "restored")
    assert (refused.code, page.read_text("utf-8")) == (4, "no room")
    assert "needs the lines <!-- plan -->" in refused.err


def test_the_policy_grows_with_what_is_chosen(command_line):
    def actions(*arguments):
        done = command_line("ram-policy", "--oss-bucket", "mine", *arguments)
        assert done.code == 0, done.err
        return {s["Resource"][0]: set(s["Action"]) for s in json.loads(done.out)["Statement"]}

    least = actions("--oss-claims", "ColdArchive,V4", "never-restored")
    assert least == {
        "acs:oss:*:*:mine/oss-clean-*": {
            "oss:CleanRestoredObject",
            "oss:DeleteObject",
            "oss:GetObject",
            "oss:PutObject",
        }
    }
    more = actions(
        "--oss-claims",
        "ColdArchive,V4,list,tags,acl,versions",
        "--oss-prefix",
        "a/",
        "--oss-versioned-bucket",
        "old",
    )
    assert "oss:ListObjects" in more["acs:oss:*:*:mine"]
    assert {"oss:PutObjectTagging", "oss:GetObjectAcl"} <= more["acs:oss:*:*:mine/a/oss-clean-*"]
    assert {"oss:GetObjectVersion", "oss:DeleteObjectVersion"} <= more["acs:oss:*:*:old/a/oss-clean-*"]


@pytest.mark.parametrize("command", ["plan", "ram-policy"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "no contract has this id"),
        (["--oss-claims", "Nonsense"], "--oss-claims"),
        (["--oss-claims", "ColdArchive,V4", "claim-list"], "with these claims none of them is tested"),
    ],
    ids=["unknown contract", "unknown claim", "nothing left"],
)
def test_what_cannot_be_planned_is_told_in_a_line(command_line, command, arguments, said):
    done = command_line(command, *arguments)
    assert done.code == 4
    assert said in done.err
    assert "Traceback" not in done.err


assert shutil.which("bash"), "the page's commands are tried in bash"
