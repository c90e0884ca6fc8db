"""The subcommand `verify`: a gate on a report from another job."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_oss_clean.spec.verdict import Exit

if TYPE_CHECKING:
    _Type = click.ParamType[timedelta]
else:
    _Type = click.ParamType  # takes no parameter before click 8.2

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SHOWN = 10
"""Problems that are printed; the rest is counted."""


class Age(_Type):
    """A time such as `90m`, `24h` or `7d`."""

    name = "age"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the time."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhd])", value)
        if found is None:
            self.fail(f"{value}: give minutes, hours or days, such as 90m, 24h or 7d", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--target", default="", metavar="NAME", help="Endpoint or name that it must be about.")
@click.option("--max-age", type=Age(), metavar="TIME", help="Refuse an older one, such as 24h.")
@click.option("--min-contracts", type=click.IntRange(1), default=1, help="Contracts that it must hold.")
@click.option("--min-passed", type=click.IntRange(1), default=1, help="Contracts that must have passed.")
@click.option("--allow-incomplete", is_flag=True, help="Accept contracts that were not tested.")
@click.pass_context
def verify(ctx: click.Context, /, report: Path, *, max_age: timedelta | None, **wanted: object) -> None:
    """Derive the verdict of REPORT again, a file of --oss-report, and refuse what it does not bear.

    Refused are reports that are cut short or inconsistent, of another version or set of contracts, of a part
    of the contracts, about the emulator (unless it is named), or too old. The exit code is 0 for a green
    verdict, 1 for anything else, 4 for a file that is no report.
    """
    from pytest_oss_clean.report.verification import Demands  # noqa: PLC0415
    from pytest_oss_clean.report.verification import verify as problems_of  # noqa: PLC0415

    problems = problems_of(report, Demands(max_age=max_age, **wanted))  # type: ignore[arg-type]
    for problem in problems[:SHOWN]:
        click.echo(f"oss-clean: {report}: {problem}")
    if len(problems) > SHOWN:
        click.echo(f"oss-clean: {report}: and {len(problems) - SHOWN} more")
    click.echo(f"oss-clean: {report}: {'REFUSED' if problems else 'VERIFIED: every claimed contract passed'}")
    ctx.exit(Exit.FAILED if problems else Exit.OK)
