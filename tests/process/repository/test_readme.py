"""What README.md and the pages of the rooms show is run: tests, commands, snippets for each SDK."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from pytest_oss_clean.cli.main import COMMANDS
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.report.gate.deviations import read_deviations
from pytest_oss_clean.target.config.options import OPTIONS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
spec = importlib.util.spec_from_file_location("installing", ROOT / "tests/process/sdk/ali_oss/installing.py")
installing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(installing)

PAGES = ("README.md", "contracts/README.md", "pytest_oss_clean/emulator/README.md", "cassettes/README.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SHELL = [code for kind, code in BLOCKS if kind == "console"]
PYTHON = [code for kind, code in BLOCKS if (kind == "python" and "import" in code) or "def test_" in code]
TESTS = [code for code in PYTHON if "def test_" in code]
SNIPPETS = [code for code in PYTHON if "def test_" not in code]
JAVASCRIPT = [code for kind, code in BLOCKS if kind == "js"]
YAML = [code for kind, code in BLOCKS if kind == "yaml"]
TOML = [code for kind, code in BLOCKS if kind == "toml"]
CLEARED = ("OSS_", "PYTEST_", "COVERAGE_")
# Names that the README leaves to its reader.
READERS_OWN = """
import pytest

class StillRestoring(Exception):
    pass

class my_code:
    @staticmethod
    def read(endpoint, bucket, name):
        assert str(endpoint).startswith("http://") and bucket and name
        raise StillRestoring
"""


@pytest.fixture
def environment(tmp_path):
    """The environment of a reader who has installed the package, and nothing of ours set."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(CLEARED)}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Not every installer compiles what it installs, and oss2 is warned of when it is compiled.
    warnings = "error,ignore::SyntaxWarning,ignore:invalid escape sequence"
    return kept | {"PATH": programs, "PYTHONWARNINGS": warnings, "HOME": str(tmp_path)}


ON_THE_PAGE = {"PYTEST_ADDOPTS": "-k test_page --oss-allow-incomplete"}
"""What a session shows, a few contracts show too; the README's first command runs them all."""


@pytest.fixture
def exported(environment):
    """The same with a running emulator, as `oss-clean serve` exports it; `control` is its clock."""
    with Emulator.start() as emulator:
        key = emulator.credentials
        yield environment | {
            "OSS_ENDPOINT": str(emulator.endpoint),
            "OSS_BUCKET": emulator.bucket,
            "OSS_REGION": emulator.region,
            "OSS_ACCESS_KEY_ID": key.key_id,
            "OSS_ACCESS_KEY_SECRET": key.secret.reveal(),
            "control": emulator.control_url,
        }


def run(command, folder, environment):
    """Run to the end and return the output; whatever it started ends with it."""
    piped = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, start_new_session=True, **piped
    ) as started:
        try:
            out, err = started.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            raise
    assert started.returncode == 0, out + err
    return out


def promised(code):
    """Return what the comments beside printing lines say is printed."""
    return re.findall(r"(?:print|console\.log)\(.*\)\S* +(?:#|//) (.*)", code)


def test_every_kind_of_block_is_there_and_has_its_test():
    assert {kind for kind, _ in BLOCKS} == {"", "console", "python", "js", "toml", "yaml", "dockerfile"}
    assert (len(TESTS), len(SNIPPETS), len(JAVASCRIPT), len(YAML)) == (2, 2, 1, 3)


def test_the_workflow_for_github_gives_inputs_that_the_action_has():
    (step,) = yaml.safe_load(next(code for code in YAML if "uses:" in code))
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert step["with"].keys() <= action["inputs"].keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_option_in_a_page_exists(page):
    """Also those in prose and in the jobs of other CI systems."""
    text = (ROOT / page).read_text("utf-8")
    known = {option.flag for option in OPTIONS}
    assert sorted(set(re.findall(r"--oss-[a-z]+(?:-[a-z]+)*", text)) - known) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_subcommand_in_a_page_exists(page):
    text = (ROOT / page).read_text("utf-8")
    told = re.findall(r"(?:`|^|/)oss-clean ([a-z-]+)", text, re.MULTILINE)
    assert sorted(set(told) - {command.name for command in COMMANDS}) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8"))
    files = [link for link in links if "://" not in link]
    assert [link for link in files if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("code", TESTS, ids=["in your own tests", "with the emulator"])
def test_a_test_of_the_readme_passes(pytester, code):
    pytester.makepyfile(code if "import pytest" in code else READERS_OWN + code)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", timeout=600)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("code", SNIPPETS, ids=["alibabacloud-oss-v2", "oss2"])
def test_a_python_snippet_prints_what_its_comments_say(tmp_path, exported, code):
    assert run([sys.executable, "-c", code], tmp_path, exported).splitlines() == promised(code)
    assert promised(code)[-1] == "ArchiveRestoreNotFinished"


def test_the_javascript_snippet_prints_what_its_comment_says(tmp_path_factory, exported):
    folder = installing.node_folder(tmp_path_factory)
    (code,) = JAVASCRIPT
    assert run(["node", "-e", code], folder, exported).splitlines() == promised(code)
    assert promised(code) == ["ArchiveRestoreNotFinished"]


def test_serve_in_a_shell(tmp_path, environment):
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine: the README's shell session was not tried")
    (code,) = [code for code in SHELL if "oss-clean serve" in code]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = str(probe.getsockname()[1])
    assert "9001" in code
    session = code.replace("9001", free).replace("kill %1", 'kill %1; wait %1; echo "ended: $?, $OSS_BUCKET"')
    output = run(["bash", "-c", session], tmp_path, environment)
    documents, ended = output.split("ended: ")
    inventory, rest = json.JSONDecoder().raw_decode(documents)
    assert inventory == {"oss-clean-emulator": {}, "oss-clean-second": {}, "oss-clean-versioned": {}}
    assert '"advanced": 18000.0' in documents[rest:]
    assert ended == "0, oss-clean-emulator\n"
    assert not (tmp_path / "emulator.env").exists(), "the file of a server that is gone"


def test_the_command_and_the_health_check_of_the_container_image(tmp_path):
    (code,) = [code for kind, code in BLOCKS if kind == "dockerfile"]
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"9000": str(one.getsockname()[1]), "9001": str(other.getsockname()[1])}
    assert f"EXPOSE {' '.join(ports)}" in code
    for shown, free in ports.items():
        code = code.replace(shown, free)
    command = json.loads(re.search(r"^CMD (.*)$", code, re.MULTILINE)[1])
    health = re.search(r"^HEALTHCHECK CMD (.*)$", code, re.MULTILINE)[1]
    bare = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": "/nonexistent"}
    container = {
        "cwd": tmp_path,
        "env": bare,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }
    server = subprocess.Popen(command, **container)
    try:
        assert any(line == "# ready\n" for line in server.stdout)
        assert subprocess.run(["sh", "-c", health], check=False, timeout=30, **container).returncode == 0
    finally:
        server.terminate()
        _, warning = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "other machines can reach this emulator" in warning
    assert subprocess.run(["sh", "-c", health], check=False, timeout=30, **container).returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_your_server_in_a_shell(tmp_path, exported):
    """The command for a foreign server, pointed at an emulator instead."""
    (code,) = [code for code in SHELL if "oss-clean check https://" in code]
    for old, new in {
        "https://oss.example.test": exported["OSS_ENDPOINT"],
        "an-existing-bucket": exported["OSS_BUCKET"],
        "http://127.0.0.1:9001": exported["control"],
        "OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...": "OSS_UNUSED=1",
    }.items():
        assert old in code
        code = code.replace(old, new)
    assert ", none failed" in run(["bash", "-c", code], tmp_path, exported | ON_THE_PAGE)


def test_a_proof_in_front_of_your_server_in_a_shell(tmp_path, exported):
    """The last command on proofs, with an emulator for the server and its clock for the waiting."""
    (code,) = [code for code in SHELL if "oss-clean prove --target" in code]
    for old, new in {
        "https://oss.example.test": exported["OSS_ENDPOINT"],
        "an-existing-bucket": f"{exported['OSS_BUCKET']} --only answer-done-20",
        "--oss-restore-seconds 60": f"--oss-advance-url '{exported['control']}/advance?seconds={{seconds}}'",
    }.items():
        assert old in code
        code = code.replace(old, new)
    told = run(["bash", "-c", code.splitlines()[-1]], tmp_path, exported)
    assert "oss-clean: PROVED on http://127.0.0.1:" in told


def test_the_deviation_shown_is_one(tmp_path):
    (code,) = [code for kind, code in BLOCKS if kind == "toml" and "[[deviation]]" in code]
    (tmp_path / "known.toml").write_text(code, encoding="utf-8")
    known = read_deviations(tmp_path / "known.toml", CASES, date(2027, 1, 15))
    assert known.by_case["restored[ColdArchive-V4]"].ticket == "BOX-1234"


def test_a_baseline_a_report_and_a_comparison_in_a_shell(tmp_path, environment):
    (code,) = [code for code in SHELL if "--oss-write-baseline" in code]
    code = code.replace("--max-age 24h ", "--max-age 24h || true ")
    output = run(["bash", "-e", "-c", code], tmp_path, environment | ON_THE_PAGE)
    assert f"oss-clean: report.json: PARTIAL: 16 of {len(CASES)} ran" in output, "a part is not verified"
    assert "\nno difference\n" in output
    assert re.search(r"\nright on A only +0\n", output)
    assert (tmp_path / "known-failures.toml").read_text(encoding="utf-8") == "# nothing failed\n"
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["exit"]["code"] == 0


def test_recordings_in_a_shell(tmp_path, environment):
    (code,) = [code for code in SHELL if "--oss-cassettes taken" in code]
    output = run(["bash", "-e", "-c", code], tmp_path, environment | ON_THE_PAGE)
    assert output.count("oss-clean: 16 passed, 0 failed, 0 not tested") == 3
    assert "oss-clean: 16 of the embedded emulator (emulator)" in output
    assert re.search(r"\n\d+ differences\n$", output)


def test_a_target_file_in_a_shell(tmp_path, exported):
    """The target of pyproject.toml, pointed at an emulator; the credentials come from the environment."""
    (text,) = [code for code in TOML if "[tool.oss-clean.targets." in code]
    for old, new in {
        "https://oss.staging.test": exported["OSS_ENDPOINT"],
        "an-existing-bucket": exported["OSS_BUCKET"],
        "http://127.0.0.1:9001": exported["control"],
        "rate = 50": "rate = 500",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    (code,) = [code for code in SHELL if "oss-clean probe" in code]
    assert "--oss-rate 20 " in code
    bare = {n: v for n, v in exported.items() if n not in ("OSS_ENDPOINT", "OSS_BUCKET", "OSS_REGION")}
    session = code.replace("--oss-rate 20 ", "--oss-rate 600 ")
    output = run(["bash", "-ec", session], tmp_path, bare | ON_THE_PAGE)
    proposed, checked = output.split("\nclaims = ")
    assert "# tags: GET ?tagging answered 200" in proposed
    assert checked.count(", none failed") == 2
    assert checked.count(f"on {exported['OSS_ENDPOINT']}") >= 2


def test_ci_runs_the_two_main_commands_as_they_stand():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = re.search(r"^readme_command\(\) \{.*?^\}$", ci, re.MULTILINE | re.DOTALL)[0]
    for number, command in enumerate(SHELL[:1] + [c for c in SHELL if "-m pytest" in c], start=1):
        assert f'eval "$(readme_command {number})"' in ci
        found = run(["bash", "-c", f"{function}\nreadme_command {number}"], ROOT, os.environ)
        assert found == command
        assert command.startswith("python3 -m venv ")
    assert number == 2


def test_the_sample_of_a_first_run_has_today_s_counts():
    required = sum(not case.checks_only for case in CASES.values())
    observed = len(CASES) - required
    assert (
        f"oss-clean: {required} passed, 0 failed, 0 not tested, 0 not claimed, {observed} observed;" in README
    )
