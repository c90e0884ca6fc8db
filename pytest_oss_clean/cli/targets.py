"""Commands that speak to one target: replay a failure, probe for claims, remove left-overs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from pytest_oss_clean.cli.common import opened, option_values, options, settings_of, target_options
from pytest_oss_clean.spec.verdict import Exit
from pytest_oss_clean.target.config.options import EMULATOR
from pytest_oss_clean.target.config.target_files import is_described, merge, read_target


@click.command()
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


@click.command()
@click.argument("target")
@target_options
@click.pass_context
def probe(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Ask TARGET what it can, and print the claims to make as a snippet for its target file.

    Small objects are written under a prefix of their own and removed; nothing is judged. The exit code
    is 0 when the target could be asked, 6 when it is out of reach.
    """
    from pytest_oss_clean.errors import NotTestedError  # noqa: PLC0415
    from pytest_oss_clean.report.terminal import left_behind  # noqa: PLC0415
    from pytest_oss_clean.target.capabilities import for_probing  # noqa: PLC0415
    from pytest_oss_clean.target.capabilities import probe as probed  # noqa: PLC0415

    values = {"target": target} | option_values(given)
    settings = read_target(values, os.environ, Path.cwd(), adjust=for_probing)
    code = Exit.OK
    with opened(settings) as at:
        try:
            for line in probed(at, wait_ready=settings.wait_ready):
                click.echo(at.scrubber(line))
        except NotTestedError as error:
            click.echo(at.scrubber(f"oss-clean: not probed: {error}"), err=True)
            code = Exit.INCOMPLETE
        for line in left_behind([entry.name for entry in at.ledger.left]):
            click.echo(line, err=True)
    ctx.exit(code)


@click.command()
@click.option("--target", default=None, help="Reap this target's ledgers only: a URL, a TOML file or a name.")
@options("state-dir", "ca-file", "proxy", "connect-to")
@click.pass_context
def reap(ctx: click.Context, /, target: str | None, oss_state_dir: str, **given: Any) -> None:
    """Delete what interrupted runs left behind, as their ledgers name it.

    Only names that a run wrote into its ledger are touched. A target file says how to reach its target.
    A ledger whose run is alive is left alone, and named.
    Exit code 1: something could not be deleted, and its ledger is kept.
    """
    from pytest_oss_clean.target.reap import reap as remove_left  # noqa: PLC0415

    values = option_values(given)
    if target:
        values = merge({"target": target} | values, Path.cwd()).values
    left = 0
    for result in remove_left(Path(oss_state_dir), os.environ, values):
        if result.owner:
            click.echo(f"{result.ledger.name}: left alone, its run is alive ({result.owner})")
            continue
        left += len(result.left)
        kept = f", {len(result.left)} left: {result.cause}" if result.left else ", and HEAD finds none"
        click.echo(f"{result.ledger.name}: {result.removed} removed from {result.endpoint}{kept}")
    ctx.exit(Exit.FAILED if left else Exit.OK)
