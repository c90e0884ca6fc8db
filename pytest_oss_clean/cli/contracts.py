"""Commands about the catalogue: list the contracts, list failures as deviations."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pytest_oss_clean.spec.verdict import Exit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--counts", is_flag=True, help="Print a Markdown table of counts by area, kind and evidence.")
@click.option(
    "--write",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Put counts and claims into FILE.",
)
@click.option("--diff", nargs=2, metavar="OLD NEW", help="Compare two sets: files of --json, or 'installed'.")
@click.option("--cells", is_flag=True, help="Print how well each history with each operation is known.")
@click.option(
    "--pairs", is_flag=True, help="Print which values of two dimensions are tried together, and where."
)
@click.option("--sentences", is_flag=True, help="Print each sentence of the page with what covers it.")
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
    pairs: bool,
    sentences: bool,
    check_page: Path | None,
) -> None:
    """List every expectation: required or check, its evidence, and the sentence it rests on.

    --diff lists what was added, removed and changed, and what of it can turn a green gate red.
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
    elif pairs:
        from pytest_oss_clean.contracts.catalogue import CONTRACTS  # noqa: PLC0415
        from pytest_oss_clean.contracts.dimensions import as_text  # noqa: PLC0415

        click.echo(as_text(CONTRACTS))
    elif sentences:
        click.echo(listing.as_sentences())
    elif write is not None:
        listing.write_tables(write, AREAS)
    elif counts:
        click.echo(listing.as_counts(AREAS))
    elif diff:
        click.echo(difference.as_difference(*map(difference.read_set, diff)))
    else:
        listed = listing.lines(AREAS)
        click.echo(json.dumps(listing.as_data(listed), indent=2) if as_json else listing.as_text(listed))


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
def deviations(report: Path) -> None:
    """Print every failure of a REPORT (--oss-report) as a deviation, to be kept with a reason.

    Put it into a file of yours, fill in each reason, and name the file with --oss-deviations.
    """
    from pytest_oss_clean.report.gate.deviations import suggest  # noqa: PLC0415
    from pytest_oss_clean.report.json_report import read_report  # noqa: PLC0415

    click.echo(suggest(read_report(report)) or "# nothing failed")
