"""The GitHub action: its steps, run by bash with the environment that a runner gives them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_oss_clean.emulator import Emulator

ROOT = Path(__file__).parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


def of_inputs(text, inputs):
    """Return a text with the expressions of a workflow filled in."""
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)


@pytest.fixture
def run_check(tmp_path):
    """Run the step that checks, as if the step before it had installed the package."""
    programs = tmp_path / "temp" / "oss-clean"
    programs.mkdir(parents=True)
    (programs / "bin").symlink_to(Path(sys.executable).parent)

    def run(variables=None, **given):
        step = ACTION["runs"]["steps"][1]
        inputs = {name: str(value["default"]) for name, value in ACTION["inputs"].items()} | given
        output = tmp_path / "output"
        output.write_text("")
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("OSS_", "PYTEST_", "GITHUB_"))}
        filled = {name: of_inputs(value, inputs) for name, value in step["env"].items()}
        places = {"RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_OUTPUT": str(output)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env=kept | filled | places | (variables or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
        return done, outputs

    return run


def test_the_action_installs_what_it_is_told_to():
    install, _ = ACTION["runs"]["steps"]
    assert install["env"] == {"PYTHON": "${{ inputs.python }}", "PACKAGE": "${{ inputs.package }}"}
    assert '-m pip install --quiet --disable-pip-version-check "$PACKAGE"' in install["run"]


def test_inputs_reach_scripts_through_the_environment_alone():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"], "an input in a script is code"


def test_every_output_is_one_that_the_step_writes():
    written = set(re.findall(r'echo "([\w-]+)=', ACTION["runs"]["steps"][1]["run"]))
    assert written == ACTION["outputs"].keys()


def test_a_run_on_the_emulator_states_its_verdict(run_check):
    done, outputs = run_check(options="-k never-restored-ColdArchive-V4 -q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs["exit-code"] == "0"
    assert outputs["report"] == "oss-clean-report.json"
    assert outputs["verdict"]


def test_a_server_that_fails_fails_the_step_and_leaves_its_outputs(run_check, faults):
    with Emulator.start() as emulator:
        key = emulator.credentials
        variables = {"OSS_ACCESS_KEY_ID": key.key_id, "OSS_ACCESS_KEY_SECRET": key.secret.reveal()}
        with faults.FaultServer(emulator.endpoint, faults.only_cleans(faults.Reply(200))) as front:
            done, outputs = run_check(
                variables,
                target=front.url,
                bucket=emulator.bucket,
                region=emulator.region,
                claims="ColdArchive,V4",
                options="--oss-restore-seconds 5 -k never-restored-ColdArchive-V4",
            )
    assert done.returncode == 1, done.stdout + done.stderr
    assert outputs["exit-code"] == "1"
    assert (outputs["verdict"] + "?")[:6] == "FAILED"


def test_a_setting_that_cannot_work_leaves_no_report(run_check):
    done, outputs = run_check(target="nowhere")
    assert (done.returncode, outputs["exit-code"], outputs["verdict"]) == (4, "4", "")
