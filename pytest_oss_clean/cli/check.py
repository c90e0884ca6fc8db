"""`oss-clean check`: pytest on the contracts, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.resources import files
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import click

from pytest_oss_clean.target.config.options import BY_NAME, EMULATOR, LIFELINE

PLUGIN = "oss_clean"
"""The name of our own plugin, as pytest knows it."""

HOOK = "pytest_oss_clean_advance"
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
    if not find_spec("xdist") and any(re.match(r"-n|--numprocesses|--dist", option) for option in options):
        raise click.UsageError("-n needs pytest-xdist: pip install 'pytest-oss-clean[parallel]'")
    # In a checkout the folder lies beside the package, installed it lies inside.
    folder = str(files("pytest_oss_clean.contracts"))
    # No ini and no conftest of the user's: a verdict must not depend on the folder it is asked from.
    isolated = ["-c", os.devnull, "--rootdir", str(Path.cwd()), "--confcutdir", folder]
    idle = [] if any("hypothesis" in option for option in options) else [*IDLE]
    # -P: nor must files of that folder stand in for installed modules.
    command = [sys.executable, "-P", "-m", "pytest", folder, *isolated, *_plugins(), *_cache(options)]
    ctx.exit(_wait_for([*command, "--oss-target", target, *idle, *_selected(options)]))


def _plugins() -> list[str]:
    """Return the plugins that a run needs, whether pytest loads plugins by itself or not."""
    names = [PLUGIN, "pytest_oss_clean.plugin.lifeline", "pytest_oss_clean.plugin.layout"]
    if "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in os.environ:
        names += ["recording", *(["xdist"] if find_spec("xdist") else [])]
    if HOOK in _text(Path("conftest.py")):
        names.append("pytest_oss_clean.plugin.working_folder")
    return [argument for name in names for argument in ("-p", name)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _cache(options: list[str]) -> list[str]:
    """Return where pytest keeps what failed, for --lf and --sw; nothing is written while nothing fails."""
    flag = BY_NAME["state-dir"].flag
    given = dict(pairwise(options)) | dict(o.split("=", 1) for o in options if "=" in o)
    cache = Path(given.get(flag, BY_NAME["state-dir"].default), "pytest").absolute()
    return ["-o", f"cache_dir={cache}", "-p", "no:nfplugin", "-W", "ignore::pytest.PytestCacheWarning"]


def _selected(options: list[str]) -> list[str]:
    """Return options of pytest; contracts by an id or a node id, as they are printed, are options of ours."""
    names: list[str] = []
    rest: list[str] = []
    for before, option in pairwise(["", *options]):
        is_value = before in ("-k", "-m", "--deselect") or before.startswith("--oss-")
        is_name = not is_value and re.fullmatch(r"[\w.-]*\[[\w-]+\]|.*::\w+\[[\w-]+\]", option)
        (names if is_name else rest).append(option)
    return [*rest, *(["--oss-contract", ",".join(names)] if names else [])]


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
