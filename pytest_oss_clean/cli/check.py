"""`oss-clean check`: pytest on the contracts, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import click

from pytest_oss_clean.target.config.options import EMULATOR, LIFELINE

IDLE = ("-p", "no:anyio", "-p", "no:hypothesispytest")
"""Plugins that come with our dependencies and do nothing for a contract: each costs time at each start."""


@click.command(context_settings={"ignore_unknown_options": True}, options_metavar="[TARGET] [OPTIONS]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="")
@click.pass_context
def check(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Run the contracts against TARGET: 'emulator' (the default), an endpoint URL, or a target of a file.

    Such a target is a TOML file, or a name from [tool.oss-clean.targets.NAME] in ./pyproject.toml.
    TARGET comes first; all options go to pytest: --oss-bucket NAME, --oss-advance-url URL, -k EXPRESSION, -v,
    --junitxml FILE ... `pytest --help` lists them under "oss-clean". The exit code is 0 when every
    claimed contract passed, 1 when one failed, 6 when one could not be tested.
    """
    target, options = EMULATOR, list(arguments)
    if options and not options[0].startswith("-"):
        target = options.pop(0)
    # In a checkout the folder lies beside the package, installed it lies inside.
    folder = str(files("pytest_oss_clean.contracts"))
    isolated = ["-c", os.devnull, "--rootdir", str(Path.cwd()), "--confcutdir", folder]
    # No ini and no conftest of the user's: a verdict must not depend on the folder it is asked from.
    ours = ["-p", "pytest_oss_clean.plugin.lifeline", "-p", "pytest_oss_clean.plugin.layout"]
    plain = ["-p", "no:cacheprovider", *ours, "--oss-target", target]
    idle = [] if any("hypothesis" in option for option in options) else [*IDLE]
    # -P: nor must files of that folder stand in for installed modules.
    command = [sys.executable, "-P", "-m", "pytest", folder, *isolated, *plain, *idle, *options]
    ctx.exit(_wait_for(command))


def _wait_for(command: list[str]) -> int:
    """Run a command to its end; it needs time to clear away after Ctrl-C, which reaches it as well.

    SIGTERM, by which CI cancels, reaches only this process: pytest gets the signal of Ctrl-C. SIGKILL closes
    the pipe whose other end pytest watches.
    """
    watched, _kept = os.pipe()
    environment = os.environ | {LIFELINE: str(watched)}
    with subprocess.Popen(command, env=environment, pass_fds=[watched]) as process:  # noqa: S603 - ours
        os.close(watched)
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()
