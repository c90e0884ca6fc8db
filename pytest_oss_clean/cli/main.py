"""The command line: check a target, serve the emulator, replay a failure, remove left-overs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from pytest_oss_clean.cli.common import Group, opened, option_values, settings_of, target_options
from pytest_oss_clean.cli.prove import prove
from pytest_oss_clean.cli.recordings import compare, plan_recording, ram_policy
from pytest_oss_clean.cli.verify import verify
from pytest_oss_clean.spec.verdict import Exit
from pytest_oss_clean.target.config.options import EMULATOR, SECOND_BUCKET, VERSIONED_BUCKET
from pytest_oss_clean.target.config.target_files import is_described, merge, read_target

IDLE = ("-p", "no:anyio", "-p", "no:hypothesispytest")


@click.group(cls=Group)
@click.version_option(package_name="pytest-oss-clean", prog_name="oss-clean")
def main() -> None:
    """Contract tests for CleanRestoredObject of Alibaba Cloud OSS."""


for command in (prove, compare, plan_recording, ram_policy, verify):
    main.add_command(command)


@main.command(context_settings={"ignore_unknown_options": True}, options_metavar="[TARGET] [OPTIONS]")
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
    plain = ["-p", "no:cacheprovider", "--oss-target", target]
    # Plugins that come with what we need, and do nothing for a contract, only slow down each start.
    idle = [] if any("hypothesis" in option for option in options) else [*IDLE]
    # -P: nor must files of that folder stand in for installed modules.
    command = [sys.executable, "-P", "-m", "pytest", folder, *isolated, *plain, *idle, *options]
    ctx.exit(_wait_for(command))


def _wait_for(command: list[str]) -> int:
    """Run a command to its end; it needs time to clear away after Ctrl-C, which reaches it as well.

    SIGTERM, by which CI cancels, reaches only us: pytest is told as if by Ctrl-C.
    """
    with subprocess.Popen(command) as process:  # noqa: S603 - our own interpreter
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()


@main.command()
@click.option("--port", default=0, help="Port of the OSS endpoint (default: a free one).")
@click.option("--control-port", default=0, help="Port of the time control (default: a free one).")
@click.option("--region", default="cn-hangzhou", show_default=True, help="Region to sign for.")
@click.option("--bucket", default="oss-clean-emulator", show_default=True, help="Bucket that exists.")
@click.option("--second-bucket", default=SECOND_BUCKET, show_default=True, help="Another bucket, or ''.")
@click.option(
    "--versioned-bucket",
    default=VERSIONED_BUCKET,
    show_default=True,
    help="A bucket with versioning enabled, or ''.",
)
@click.option("--log", type=click.File("a"), help="Write one line for each request.")
def serve(log: Any, **options: Any) -> None:
    """Serve the OSS emulator on 127.0.0.1 until Ctrl-C or SIGTERM.

    Credentials come from OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or are made up. The output can
    be evaluated by a shell: it exports what SDKs and `oss-clean check` read.
    """
    from pytest_oss_clean.emulator.http.serve import serve as serve_emulator  # noqa: PLC0415
    from pytest_oss_clean.oss.secrets import Secret  # noqa: PLC0415

    secret, token = (os.environ.get(name) for name in ("OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"))
    serve_emulator(
        **options,
        key_id=os.environ.get("OSS_ACCESS_KEY_ID") or None,
        secret=Secret(secret) if secret else None,
        token=Secret(token) if token else None,
        log=log,
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--counts", is_flag=True, help="Print a Markdown table of counts by area, kind and evidence.")
@click.option("--write", metavar="FILE", type=click.Path(path_type=Path), help="Put the counts into FILE.")
@click.option("--diff", nargs=2, metavar="OLD NEW", help="Compare two sets: files of --json, or 'installed'.")
@click.option("--cells", is_flag=True, help="Print how well each history with each operation is known.")
@click.option(
    "--check-page",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Compare the page as kept with a newer text of it; 1 where a quoted sentence changed.",
)
@click.pass_context
def contracts(  # noqa: PLR0913 - one option each
    ctx: click.Context,
    *,
    as_json: bool,
    counts: bool,
    write: Path | None,
    diff: tuple[str, str] | None,
    cells: bool,
    check_page: Path | None,
) -> None:
    """List every expectation: required or check, its evidence, and the sentence it rests on.

    --diff tells what was added, removed and changed, and what of it can turn a green gate red.
    """
    from pytest_oss_clean.contracts.catalogue import AREAS  # noqa: PLC0415
    from pytest_oss_clean.engine.coverage import render  # noqa: PLC0415
    from pytest_oss_clean.report import catalogue as listing  # noqa: PLC0415
    from pytest_oss_clean.report import catalogue_diff as difference  # noqa: PLC0415

    if check_page is not None:
        from pytest_oss_clean.contracts.catalogue import CONTRACTS  # noqa: PLC0415
        from pytest_oss_clean.report.page_check import check_page as differences  # noqa: PLC0415

        lines, quoted = differences(check_page, CONTRACTS)
        click.echo("\n".join(lines) or "no difference")
        ctx.exit(Exit.FAILED if quoted else Exit.OK)
    if cells:
        click.echo(render())
    elif write is not None:
        listing.write_counts(write, AREAS)
    elif counts:
        click.echo(listing.as_counts(AREAS))
    elif diff:
        click.echo(difference.as_difference(*map(difference.read_set, diff)))
    else:
        listed = listing.lines(AREAS)
        click.echo(json.dumps(listing.as_data(listed), indent=2) if as_json else listing.as_text(listed))


@main.command()
@click.argument("report", type=click.Path(path_type=Path))
def deviations(report: Path) -> None:
    """Print every failure of a REPORT (--oss-report) as a deviation, to be kept with a reason.

    Put it into a file of yours, fill in each reason, and name the file with --oss-deviations.
    """
    from pytest_oss_clean.report.gate.deviations import suggest  # noqa: PLC0415
    from pytest_oss_clean.report.json_report import read_report  # noqa: PLC0415

    click.echo(suggest(read_report(report)) or "# nothing failed")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", default=None, help="Another target: 'emulator', a URL, a TOML file or a name.")
@target_options
@click.pass_context
def replay(ctx: click.Context, /, file: Path, target: str | None, **given: Any) -> None:
    """Send the requests of a reproducer FILE again, signed afresh, expected beside got.

    The exit code is 0 when every answer is as expected, 1 when one differs, 6 when the target could
    not be brought there.
    """
    from pytest_oss_clean.engine.replay import read_reproducer  # noqa: PLC0415
    from pytest_oss_clean.engine.replay import replay as send_again  # noqa: PLC0415
    from pytest_oss_clean.errors import NotTestedError  # noqa: PLC0415

    data = read_reproducer(file)
    recorded = dict(data["target"])
    endpoint = target or recorded.pop("endpoint")
    if target:
        for name in ("ca-file", "connect-to"):  # the way to the recorded target
            recorded.pop(name, None)
    recorded.pop("endpoint", None)
    clock = {"advance-url": data["advance_url"], "restore-seconds": data["restore_seconds"]}
    # The emulator needs nothing of the recorded target, and a target file says all there is to say.
    alone = endpoint == EMULATOR or is_described(endpoint)
    settings = settings_of(endpoint, given, {} if alone else recorded | {n: v for n, v in clock.items() if v})
    click.echo(f'{data["contract"]}: "{data["says"]}"')
    if data.get("raced"):
        click.echo(f"sent one after the other, where they raced: {', '.join(data['raced'])}")
    differs = False
    try:
        with opened(settings) as at:
            for step in send_again(data, at):
                line = f"  {step.label:<20}" + (f" got {step.got_now}" if step.got_now else "")
                line += f", recorded {step.got_then}" if step.got_then != step.got_now else ""
                line += f"; expected {step.expected}" if step.expected else ""
                click.echo(at.scrubber(line))
                for problem in step.problems:
                    click.echo(at.scrubber(f"    - {problem}"))
                differs = differs or bool(step.problems)
    except NotTestedError as error:
        click.echo(f"oss-clean: not reproduced: {error}", err=True)
        ctx.exit(Exit.INCOMPLETE)
    expected = "no race, no verdict" if data.get("raced") else "as the contract expects"
    click.echo("differs from the contract" if differs else expected)
    ctx.exit(Exit.FAILED if differs else Exit.OK)


@main.command("probe")
@click.argument("target")
@target_options
@click.pass_context
def probe_target(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Ask TARGET what it can, and print the claims to make as a snippet for its target file.

    Small objects are written under a prefix of their own and removed; nothing is judged. The exit code
    is 0 when the target could be asked, 6 when it is out of reach.
    """
    from pytest_oss_clean.errors import NotTestedError  # noqa: PLC0415
    from pytest_oss_clean.report.terminal import left_behind  # noqa: PLC0415
    from pytest_oss_clean.target.capabilities import for_probing, probe  # noqa: PLC0415

    options = {"target": target} | option_values(given)
    settings = read_target(options, os.environ, Path.cwd(), adjust=for_probing)
    code = Exit.OK
    with opened(settings) as at:
        try:
            for line in probe(at, wait_ready=settings.wait_ready):
                click.echo(at.scrubber(line))
        except NotTestedError as error:
            click.echo(at.scrubber(f"oss-clean: not probed: {error}"), err=True)
            code = Exit.INCOMPLETE
        for line in left_behind([entry.name for entry in at.ledger.left]):
            click.echo(line, err=True)
    ctx.exit(code)


@main.command()
@click.option("--target", default=None, help="Reap this target's ledgers only: a URL, a TOML file or a name.")
@click.option("--oss-state-dir", default=".oss-clean", metavar="DIR", help="Where the ledgers are.")
@click.option("--oss-ca-file", default=None, metavar="FILE", help="Certificates that sign the target's.")
@click.option("--oss-proxy", default=None, metavar="URL", help="HTTP proxy to the target.")
@click.option("--oss-connect-to", default=None, metavar="HOST:PORT", help="Connect there instead.")
@click.pass_context
def reap(ctx: click.Context, /, target: str | None, oss_state_dir: str, **given: Any) -> None:
    """Delete what interrupted runs left behind, as their ledgers name it.

    Only names that a run wrote into its ledger are touched. A target file says how to reach its target.
    A ledger whose run is alive is left alone, and named.
    Exit code 1: something could not be deleted, and its ledger is kept.
    """
    from pytest_oss_clean.target.reap import reap as remove_left  # noqa: PLC0415

    options = option_values(given)
    if target:
        options = merge({"target": target} | options, Path.cwd()).values
    left = 0
    for result in remove_left(Path(oss_state_dir), os.environ, options):
        if result.owner:
            click.echo(f"{result.ledger.name}: left alone, its run is alive ({result.owner})")
            continue
        left += len(result.left)
        kept = f", {len(result.left)} left: {result.cause}" if result.left else ""
        click.echo(f"{result.ledger.name}: {result.removed} removed from {result.endpoint}{kept}")
    ctx.exit(Exit.FAILED if left else Exit.OK)
