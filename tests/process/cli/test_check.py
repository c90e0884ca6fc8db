"""`oss-clean check`: what it finds in the folder, takes behind TARGET, and says in one line."""

from __future__ import annotations

import json
import os
import sys
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

import forked_commands
from pytest_oss_clean.cli.main import main
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.engine.replay import FORMAT

ONE = "restored[ColdArchive-V4]"
HOOK = """
import urllib.request

def pytest_oss_clean_advance(target, seconds):
    url = "{url}/advance?seconds=" + str(int(seconds))
    urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()
    return True
"""


@pytest.fixture
def check(tmp_path):
    """Run `oss-clean check` in an empty folder against an emulator as a server of the user's."""
    with Emulator.start() as emulator:
        key = {
            "OSS_ACCESS_KEY_ID": emulator.credentials.key_id,
            "OSS_ACCESS_KEY_SECRET": emulator.credentials.secret.reveal(),
            "OSS_BUCKET": emulator.bucket,
            "OSS_REGION": emulator.region,
        }
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("OSS_", "PYTEST_"))}

        def run(*args, target=str(emulator.endpoint), clock=True, **variables):
            url = f"{emulator.control_url}/advance?seconds={{seconds}}"
            clock = ["--oss-advance-url", url] if clock else []
            environment = kept | key | variables
            return forked_commands.run(
                "oss-clean", "check", target, *clock, *args, cwd=tmp_path, env=environment
            )

        run.emulator, run.folder = emulator, tmp_path
        yield run


@pytest.mark.parametrize(
    "names",
    [
        [ONE],
        ["test_page.py::test_contract[restored-ColdArchive-V4]"],
        ["--oss-contract", ONE],
        ["--oss-contract", f"{ONE},never-restored[ColdArchive-V4]"],
        ["--oss-contract", "never-restored[ColdArchive-V4]", "--oss-contract", ONE],
        ["--oss-contract", "never-restored[ColdArchive-V4]", ONE],
    ],
    ids=["id", "node id", "option", "two", "two options", "an option and an id"],
)
def test_a_contract_is_selected_by_what_is_printed(check, names):
    done = check(*names, "-v")
    number = 2 if "never-restored" in str(names) else 1
    assert f"PARTIAL: {number} of {len(CASES)} ran, none failed (exit 6)" in done.out, done.out + done.err
    assert done.code == 6


def test_the_hook_of_the_working_folder_moves_the_clock(check):
    (check.folder / "conftest.py").write_text(HOOK.format(url=check.emulator.control_url))
    done = check(ONE, clock=False)
    assert "1 passed, 0 failed" in done.out, done.out + done.err
    assert "clock moved by a hook" in done.out
    assert sorted(path.name for path in check.folder.iterdir()) == ["conftest.py"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "raise OSError('no clock today')",
            "the hook pytest_oss_clean_advance raised OSError: no clock today",
        ),
        ("return False", "the hook pytest_oss_clean_advance returned False, not True"),
        ("return None", "the hook pytest_oss_clean_advance returned None, not True"),
    ],
)
def test_a_hook_that_does_not_move_the_clock_is_one_line(check, body, line):
    hook = f"def pytest_oss_clean_advance(target, seconds):\n    {body}\n"
    (check.folder / "conftest.py").write_text(hook)
    done = check(ONE, clock=False)
    assert (done.code, done.out.count(line)) == (6, 1), done.out
    assert "Traceback" not in done.out + done.err


def test_a_conftest_that_cannot_be_loaded_is_one_line(check):
    (check.folder / "conftest.py").write_text("import nowhere_at_all\npytest_oss_clean_advance = 1\n")
    done = check(ONE, clock=False)
    assert done.code == 4
    assert "conftest.py cannot be loaded: ModuleNotFoundError" in done.err
    assert "Traceback" not in done.out + done.err


def test_a_folder_that_cannot_be_written_is_one_line(check):
    (check.folder / "taken").write_text("")
    done = check(ONE, "--oss-state-dir", "taken")
    assert (done.code, done.err.count("\n")) == (4, 2), done.err
    assert "--oss-state-dir=taken: the ledger of the run must be written there" in done.err


@pytest.mark.parametrize("target", ["emulator", None], ids=["emulator", "URL"])
def test_a_blocked_network_is_one_line(check, target):
    where = {"target": target, "clock": False} if target else {}
    done = check(ONE, "--block-network", **where)
    assert done.code == 4
    assert "--block-network: nothing reaches the target" in done.err
    assert "KeyError" not in done.out + done.err


def test_pytest_that_loads_no_plugins_by_itself_runs_the_contracts(check):
    done = check(ONE, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert "1 passed, 0 failed" in done.out, done.out + done.err


def test_without_pytest_xdist_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(sys.modules["pytest_oss_clean.cli.check"], "find_spec", lambda _: None)
    done = CliRunner().invoke(main, ["check", "emulator", "-n", "4"])
    assert done.exit_code == 4
    assert "pip install 'pytest-oss-clean[parallel]'" in done.output


def test_what_failed_is_run_again_by_lf(check):
    assert check(ONE, "never-restored[ColdArchive-V4]", "--oss-timeout", "5").code == 6
    hook = "def pytest_oss_clean_advance(target, seconds):\n    return False\n"
    (check.folder / "conftest.py").write_text(hook)
    assert check(ONE, "never-restored[ColdArchive-V4]", clock=False).code == 6
    (check.folder / "conftest.py").unlink()
    done = check("--lf")
    assert f"PARTIAL: 1 of {len(CASES)} ran" in done.out, done.out
    stepwise = check("--sw", "--oss-contract", f"{ONE},never-restored[ColdArchive-V4]")
    assert f"PARTIAL: 2 of {len(CASES)} ran" in stepwise.out


def test_ids_do_not_depend_on_where_the_environment_lies(check):
    check(ONE, "--junitxml", "out.xml", "--rootdir", "/")
    (case,) = ET.parse(check.folder / "out.xml").getroot().iter("testcase")
    assert (case.get("classname"), case.get("name")) == (
        "test_page",
        "test_contract[restored-ColdArchive-V4]",
    )


def test_a_reproducer_of_a_mended_fault_is_removed_and_others_stay(check):
    failures = check.folder / ".oss-clean" / "failures"
    failures.mkdir(parents=True)
    mine, other = str(check.emulator.endpoint), "https://other.example"
    for slug, form, where in (
        ("restored-ColdArchive-V4", FORMAT, mine),
        ("restoring-ColdArchive-V4", "oss-clean-reproducer-1", mine),
        ("never-restored-ColdArchive-V4", FORMAT, other),
    ):
        data = {"format": form, "steps": [], "target": {"endpoint": where}}
        (failures / f"{slug}.json").write_text(json.dumps(data))
    check(ONE, "never-restored[ColdArchive-V4]", "restoring[ColdArchive-V4]")
    assert [path.name for path in failures.iterdir()] == ["never-restored-ColdArchive-V4.json"]
    assert (check.folder / ".oss-clean" / ".gitignore").read_text() == "*\n"
