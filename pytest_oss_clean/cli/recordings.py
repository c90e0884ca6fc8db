"""Commands about recordings: plan one, print the permissions that it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pytest_oss_clean.cli.common import options
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import SignatureVersion
from pytest_oss_clean.target.config.claims import DERIVED

Command = TypeVar("Command", bound=Callable[..., Any])
BEGIN, END = "<!-- plan -->", "<!-- end of plan -->"


def _choosing(command: Command) -> Command:
    """Give a command the contracts that it is about."""
    return click.argument("contract", nargs=-1)(options("claims", "no-hostile-auth")(command))


def _planned(contract: tuple[str, ...], claims: str | None, *, hostile: bool) -> Any:
    from pytest_oss_clean.contracts.catalogue import CASES  # noqa: PLC0415
    from pytest_oss_clean.recording.plan import choose, plan  # noqa: PLC0415
    from pytest_oss_clean.target.config.parsing import read_claims  # noqa: PLC0415

    derived = {"hostile-auth"} & DERIVED.keys() if hostile else set()
    made = read_claims(claims, SignatureVersion.V4) | derived
    cases = choose(contract, CASES, made)
    if not cases:
        raise ConfigurationError("CONTRACT", " ".join(contract), "with these claims none of them is tested")
    return plan(cases)


@click.command("plan")
@_choosing
@click.option(
    "--write", type=click.Path(path_type=Path), help=f"Put it into FILE, between {BEGIN} and {END}."
)
def plan_recording(
    contract: tuple[str, ...], oss_claims: str | None, write: Path | None, *, oss_no_hostile_auth: bool
) -> None:
    """Count the requests, objects and restores of a recording, and its time. Nothing is sent.

    CONTRACT are ids or slugs, such as `restored`; without any it is all that the claims allow, on a target
    whose clock cannot be moved.
    """
    from pytest_oss_clean.recording.plan import as_table  # noqa: PLC0415

    text = as_table(_planned(contract, oss_claims, hostile=not oss_no_hostile_auth))
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
    from pytest_oss_clean.recording.plan import policy  # noqa: PLC0415
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
