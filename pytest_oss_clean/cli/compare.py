"""The subcommand `compare`: two targets, recordings or reports, through the same contracts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.verdict import Exit

RECORDINGS = "cassettes:"
RUN = "from pytest_oss_clean.cli import main; main()"
SEED = "1"


@click.command(context_settings={"ignore_unknown_options": True}, options_metavar="[--json FILE] [OPTIONS]")
@click.argument("a")
@click.argument("b")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write JSON too.")
@click.pass_context
def compare(ctx: click.Context, /, a: str, b: str, options: tuple[str, ...], json_file: Path | None) -> None:
    """Compare A and B: targets, `emulator`, recordings (`cassettes:DIR`) or files of --oss-report.

    A target is a URL, a target file or a name, as for `check`; it runs the contracts with the same generated
    data as the other, and OPTIONS go to both runs. Of two folders of recordings every answer is compared;
    dates, ids and checksums by their place only. The exit code is 0 without a difference, 1 with one, 6 where
    nothing could be compared.
    """
    if _is_folder(a) and _is_folder(b):
        if options:
            raise ConfigurationError("OPTIONS", " ".join(options), "two folders of recordings are not run")
        ctx.exit(_compare_recordings(a, b))
    from pytest_oss_clean.report.comparison import EQUAL, Agreement, as_json, as_table  # noqa: PLC0415
    from pytest_oss_clean.report.comparison import compare as rows_of  # noqa: PLC0415

    rows = list(rows_of(_report(a, options), _report(b, options)))
    for line in as_table(rows, a, b):
        click.echo(line)
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(as_json(rows, a, b), indent=2) + "\n", "utf-8")
        except OSError as error:
            raise ConfigurationError("--json", json_file, f"cannot be written: {error.strerror}") from None
    if all(row.agreement is Agreement.NOT_COMPARED for row in rows):
        ctx.exit(Exit.INCOMPLETE)
    ctx.exit(Exit.OK if all(row.agreement in EQUAL for row in rows) else Exit.FAILED)


def _is_folder(name: str) -> bool:
    return name.startswith(RECORDINGS) or Path(name).is_dir()


def _compare_recordings(old: str, new: str) -> Exit:
    from pytest_oss_clean.recording.compare import compare as differences  # noqa: PLC0415

    found = 0
    for line in differences(old, new):
        click.echo(line)
        found += 1
    click.echo(f"{found} differences" if found else "no difference")
    return Exit.FAILED if found else Exit.OK


def _report(name: str, options: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the report of a file, or of a run against a target. Raises ConfigurationError."""
    from pytest_oss_clean.report.json_report import read_report  # noqa: PLC0415

    if Path(name).suffix == ".json":
        return read_report(Path(name))
    target = f"{RECORDINGS}{name}" if Path(name).is_dir() else name
    with TemporaryDirectory(prefix="oss-clean-compare-") as folder:
        path = Path(folder) / "report.json"
        command = [sys.executable, "-P", "-c", RUN, "check", target, "--oss-report", str(path)]
        seed = [] if "--oss-seed" in options else ["--oss-seed", SEED]
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [*command, "-q", *seed, *options], capture_output=True, text=True, errors="replace", check=False
        )
        if not path.exists():
            last = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-1:]
            raise ConfigurationError("TARGET", name, "it could not be run: " + "".join(last))
        return read_report(path)
