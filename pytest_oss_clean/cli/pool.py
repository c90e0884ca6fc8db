"""Commands about pools: objects that are provisioned today for a run of tomorrow."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from pytest_oss_clean.cli.common import options, settings_of, target_options
from pytest_oss_clean.spec.verdict import Exit
from pytest_oss_clean.target.config.target_files import merge


@click.command()
@click.argument("target")
@click.argument("contract", nargs=-1)
@target_options
@click.pass_context
def provision(ctx: click.Context, /, target: str, contract: tuple[str, ...], **given: Any) -> None:
    """Put the objects of contracts on TARGET and begin their restores, for `oss-clean check --oss-pool`.

    CONTRACT are ids, slugs or areas; without any it is all that the claims allow. What was begun before goes
    on, and nothing is put twice. The exit code is 6 when an object could not be brought there.
    """
    from pytest_oss_clean.contracts.catalogue import CASES  # noqa: PLC0415
    from pytest_oss_clean.engine.plan import choose  # noqa: PLC0415
    from pytest_oss_clean.engine.pool import Pool, stages  # noqa: PLC0415
    from pytest_oss_clean.engine.preflight import preflight  # noqa: PLC0415
    from pytest_oss_clean.engine.provisioning import Provisioner  # noqa: PLC0415
    from pytest_oss_clean.errors import NotTestedError  # noqa: PLC0415
    from pytest_oss_clean.target.open import new_run_id, open_server  # noqa: PLC0415

    settings = settings_of(target, given)
    cases = [case for case in choose(contract, CASES, settings.claims, patient=True) if stages(case)]
    code = Exit.OK
    with open_server(settings, new_run_id(), pool=True) as at:
        try:
            preflight(at, wait_ready=settings.wait_ready)
        except NotTestedError as error:
            click.echo(at.scrubber(f"oss-clean: not provisioned: {error}"), err=True)
            ctx.exit(Exit.INCOMPLETE)
        pool = Pool(Provisioner(at))
        pool.begin(cases)
        for outcome in pool.not_tested:
            click.echo(at.scrubber(f"not provisioned: {outcome.case.id}: {outcome.cause}"))
            code = Exit.INCOMPLETE
        path = at.ledger.path
    if path:
        _show(path)
    ctx.exit(code)


@click.command()
@click.argument("target", required=False)
@options("state-dir")
def status(target: str | None, oss_state_dir: str) -> None:
    """Say how far the pool of TARGET came, or all pools: what is ready, what is pending and until when.

    It is what the ledgers know; nothing is sent.
    """
    from pytest_oss_clean.target.ledger import POOL, ledgers, read_ledger  # noqa: PLC0415

    wanted = str(merge({"target": target}, Path.cwd()).values["target"]).rstrip("/") if target else ""
    for path in ledgers(Path(oss_state_dir), POOL):
        if wanted in ("", read_ledger(path).target["endpoint"]):
            _show(path)


def _show(path: Path) -> None:
    from pytest_oss_clean.engine.pool import told  # noqa: PLC0415
    from pytest_oss_clean.spec.verdict import Verdict  # noqa: PLC0415
    from pytest_oss_clean.target.ledger import read_ledger  # noqa: PLC0415

    target, left, owner, states = read_ledger(path)
    until = sorted(state.until for state in states.values() if state.verdict == Verdict.PENDING)
    ready = sum(moment <= time.time() for moment in until)
    click.echo(f"{path.name}: {len(left)} objects on {target['endpoint']}, bucket {target['bucket']}")
    done = Counter(state.verdict for state in states.values() if state.verdict != Verdict.PENDING)
    for verdict, many in done.items():
        click.echo(f"  {many} {verdict}")
    if ready:
        click.echo(f"  {ready} ready: oss-clean check {target['endpoint']} --oss-pool")
    if len(until) > ready:
        click.echo(
            f"  {len(until) - ready} pending until {told(until[ready])}, the last until {told(until[-1])}"
        )
    if owner.lives and owner.pid != os.getpid():
        click.echo(f"  {owner} works with it")
