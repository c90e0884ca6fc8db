"""Commands about recordings: plan one, print the permissions that it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pytest_oss_clean.cli.common import options, settings_of, target_options
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import SignatureVersion
from pytest_oss_clean.target.config.claims import DERIVED
from pytest_oss_clean.target.config.target_files import is_target
from pytest_oss_clean.target.config.values import prices as read_prices

Command = TypeVar("Command", bound=Callable[..., Any])
BEGIN, END = "<!-- plan -->", "<!-- end of plan -->"


def _choosing(command: Command) -> Command:
    """Give a command the contracts that it is about."""
    return click.argument("contract", nargs=-1)(options("claims", "no-hostile-auth")(command))


def _planned(contract: tuple[str, ...], claims: str | None, *, hostile: bool) -> Any:
    from pytest_oss_clean.contracts.catalogue import CASES  # noqa: PLC0415
    from pytest_oss_clean.engine.plan import choose, plan  # noqa: PLC0415
    from pytest_oss_clean.recording.session import RecordingSession  # noqa: PLC0415
    from pytest_oss_clean.target.config.parsing import read_claims  # noqa: PLC0415

    derived = {"hostile-auth"} & DERIVED.keys() if hostile else set()
    made = read_claims(claims, SignatureVersion.V4) | derived
    cases = choose(contract, CASES, made)
    if not cases:
        raise ConfigurationError("CONTRACT", " ".join(contract), "with these claims none of them is tested")
    return plan(cases, leave_out=RecordingSession.unrecordable)


@click.command("plan")
@click.argument("arguments", nargs=-1, metavar="[TARGET] [CONTRACT]...")
@target_options
@options("contract")
@click.option("--prices", type=click.Path(), default=None, help="The same as --oss-prices.")
@click.option(
    "--write", type=click.Path(path_type=Path), help=f"Put it into FILE, between {BEGIN} and {END}."
)
def plan_run(
    arguments: tuple[str, ...], oss_contract: str | None, prices: str | None, write: Path | None, **given: Any
) -> None:
    """Count the requests, objects and restores of a run on TARGET, its stages and its cost. Nothing is sent.

    CONTRACT are ids, slugs or areas; without any it is all that the claims allow. The contracts are run on
    the service of the emulator in memory, with the settings of TARGET, and what is sent is counted: a server
    that answers as documented is sent as much, beside looks whether a restore is complete. Examples of
    generated contracts are those of this seed, and at most as many.

    Costs follow from your own table of prices. Without TARGET it is a recording with --oss-claims, on a
    target whose clock cannot be moved.
    """
    from pytest_oss_clean.contracts.catalogue import AREAS, CASES  # noqa: PLC0415
    from pytest_oss_clean.engine.plan import as_table, choose, plan  # noqa: PLC0415
    from pytest_oss_clean.target.config.values import names  # noqa: PLC0415

    known = {name for case in CASES.values() for name in (case.id, case.contract.id)} | AREAS.keys()
    chosen = [*names("--oss-contract", oss_contract)]
    given |= {"oss_prices": prices or given["oss_prices"]}
    target, contracts = "", [*arguments, *chosen]
    if arguments and arguments[0] not in known and is_target(arguments[0], Path.cwd()):
        target, *contracts = contracts
    if target:
        settings = settings_of(target, given)
        cases = choose(contracts, CASES, settings.claims)
        text = as_table(plan(cases, settings), settings.prices)
    else:
        made = _planned(tuple(contracts), given["oss_claims"], hostile=not given["oss_no_hostile_auth"])
        text = as_table(made, read_prices("--oss-prices", given["oss_prices"]))
    if write is None:
        click.echo(text)
        return
    try:
        head, begin, rest = write.read_text("utf-8").partition(BEGIN)
        _, end, tail = rest.partition(END)
        if not begin or not end:
            raise ConfigurationError("--write", write, f"it needs the lines {BEGIN} and {END}")
        write.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("--write", write, f"cannot be written: {error}") from None


@click.command("ram-policy")
@_choosing
@options("bucket", "second-bucket", "versioned-bucket", "prefix")
def ram_policy(
    contract: tuple[str, ...], oss_claims: str | None, *, oss_no_hostile_auth: bool, **names: str | None
) -> None:
    """Print the least RAM policy with which contracts can be recorded, as JSON.

    CONTRACT are ids or slugs; without any it is all that the claims allow. The policy follows from the
    requests that these contracts send.
    """
    from pytest_oss_clean.engine.plan import policy  # noqa: PLC0415
    from pytest_oss_clean.spec.request import Bucket  # noqa: PLC0415
    from pytest_oss_clean.target.config.parsing import read_bucket  # noqa: PLC0415
    from pytest_oss_clean.target.config.values import object_prefix  # noqa: PLC0415

    buckets = {
        Bucket.MAIN: names["oss_bucket"] or "",
        Bucket.SECOND: names["oss_second_bucket"] or "",
        Bucket.VERSIONED: names["oss_versioned_bucket"] or "",
    }
    for name in filter(None, buckets.values()):
        read_bucket("--oss-bucket", name)
    made = _planned(contract, oss_claims, hostile=not oss_no_hostile_auth)
    click.echo(policy(made, buckets, object_prefix("--oss-prefix", names["oss_prefix"] or "")))
