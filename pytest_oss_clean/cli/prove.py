"""`oss-clean prove`: whether the contracts notice faults, and nothing else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_oss_clean.cli.common import opened, settings_of, target_options
from pytest_oss_clean.spec.verdict import Exit

if TYPE_CHECKING:  # loads the contracts and the emulator, which other commands start without
    from pytest_oss_clean.mutation.results import Proof

APART = {
    # options: which they cannot go with, and why
    ("write", "check"): ("only", "target", "figures are those of every mutant on the embedded emulator"),
    ("full", "guard"): ("target", "seeds", "they are ways of running the matrix on the embedded emulator"),
    ("json_file", "page", "write", "check"): ("seeds", "a hunt prints its table, and writes nothing"),
    ("seeds",): ("target", "generated data hunts faults inside the embedded emulator"),
}


@click.command()
@click.option("--full", is_flag=True, help="Run every contract on every mutant: the whole kill matrix.")
@click.option("--guard", is_flag=True, help="Run some through pytest and over a socket too, and compare.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--only", default="", metavar="TEXT", help="Only mutants and variants with this in their id.")
@click.option("--target", default=None, help="Put the mutants of answers in front of this target instead.")
@click.option("--seeds", type=click.IntRange(1), help="Hunt faults with generated data alone, from N seeds.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write everything as JSON.")
@click.option("--page", type=click.Path(path_type=Path), help="Write a page to read in a browser.")
@click.option("--write", type=click.Path(path_type=Path), help="Put the figures between the marks of a file.")
@click.option("--check", type=click.Path(path_type=Path), help="Fail where a file holds other figures.")
@target_options
@click.pass_context
def prove(ctx: click.Context, /, target: str | None, seeds: int | None, **given: Any) -> None:
    """Prove that the contracts notice faults: mutants killed, harmless variants left alone.

    Without --target it runs on the embedded emulator in memory. The exit code is 0 when every mutant
    of a required rule makes a contract fail, every one of an inferred rule is noticed and fails
    nothing, and no harmless variant raises an alarm; otherwise 1, or 6 where all that was not noticed
    needs what the target does not claim. With --seeds it is 0 when every fault that generated data is to
    find was found from nine seeds in ten, in a small example.
    """
    own = {name: given.pop(name) for name in ("full", "guard", "jobs", "only", "json_file", "page")}
    write, check = given.pop("write"), given.pop("check")
    _refuse_together(ctx)
    if seeds:
        ctx.exit(_hunt(seeds, own))
    proof = _on_target(ctx, target, own["only"], given) if target else _in_memory(own)
    for path, text in _written(proof, own):
        path.write_text(text, "utf-8")
    from pytest_oss_clean.mutation.proof_report import as_text  # noqa: PLC0415

    click.echo(as_text(proof))
    code = proof.exit
    if write or check:
        from pytest_oss_clean.mutation.proof_report import write_figures  # noqa: PLC0415

        stale = write_figures(write or check, proof, check=bool(check))
        if stale:
            click.echo(f"oss-clean: {stale}", err=True)
            code = Exit.FAILED
    ctx.exit(code)


def _refuse_together(ctx: click.Context) -> None:
    """Raise click.UsageError for options of which one would be ignored."""
    flags = {param.name: param.opts[0] for param in ctx.command.params}
    for options, (*others, why) in APART.items():
        for one, other in product(options, others):
            if ctx.params[one] and ctx.params[other]:
                raise click.UsageError(f"{flags[one]} and {flags[other]} cannot go together: {why}")


def _with(only: str, ids: Iterable[str], what: str) -> list[str]:
    """Return the ids that hold `only`. Raises click.UsageError where none does."""
    chosen = [i for i in ids if only in i]
    if not chosen:
        listed = "`oss-clean prove --json FILE` lists them"
        raise click.UsageError(f"--only {only}: no {what} has this in its id; {listed}")
    return chosen


def _hunt(seeds: int, own: dict[str, Any]) -> Exit:
    """Hunt the faults that generated data is to find, and print what came of each."""
    from pytest_oss_clean.mutation.seed_search import as_table, failures, hunt_all, hunted  # noqa: PLC0415

    chosen = _with(own["only"], hunted(), "fault that generated data is to find")
    found = list(hunt_all(chosen, seeds, own["jobs"]))
    wrong = failures(found)
    click.echo(as_table(found))
    for line in wrong:
        click.echo(f"oss-clean: {line}", err=True)
    return Exit.FAILED if wrong else Exit.OK


def _in_memory(own: dict[str, Any]) -> Proof:
    from pytest_oss_clean.contracts.catalogue import CONTRACTS  # noqa: PLC0415
    from pytest_oss_clean.mutation import weakening  # noqa: PLC0415
    from pytest_oss_clean.mutation.catalogue import MUTANTS, VARIANTS  # noqa: PLC0415
    from pytest_oss_clean.mutation.cross_check import guard  # noqa: PLC0415
    from pytest_oss_clean.mutation.results import Proof  # noqa: PLC0415
    from pytest_oss_clean.mutation.workers import examine_all, invert_all  # noqa: PLC0415

    began = time.monotonic()
    chosen = _with(own["only"], (*MUTANTS, *VARIANTS), "mutant or variant")
    found = {}
    with click.progressbar(length=len(chosen), label="mutants and variants", file=sys.stderr) as bar:
        for examined in examine_all(chosen, full=own["full"], jobs=own["jobs"]):
            found[examined.id] = examined
            bar.update(1)
    inverted, deaf = (0, []) if own["only"] else invert_all()
    full = own["full"] and not own["only"]
    weakened, unneeded = weakening.unneeded(found.values()) if full else (0, [])
    return Proof(
        mutants=tuple((mutant, found[i]) for i, mutant in MUTANTS.items() if i in found),
        variants=tuple((variant, found[i]) for i, variant in VARIANTS.items() if i in found),
        contracts=tuple(contract.id for contract in CONTRACTS),
        inverted=inverted,
        deaf=tuple(deaf),
        weakened=weakened,
        unneeded=tuple(unneeded),
        idle=tuple(weakening.idle(found.values())) if full else (),
        unlike=tuple(guard(found, own["jobs"])) if own["guard"] else (),
        full=full,
        seconds=time.monotonic() - began,
    )


def _on_target(ctx: click.Context, target: str, only: str, given: dict[str, Any]) -> Proof:
    from pytest_oss_clean.errors import NotTestedError  # noqa: PLC0415
    from pytest_oss_clean.mutation.live_target import examine_live, not_covered, on_senders, sound_on  # noqa: PLC0415
    from pytest_oss_clean.mutation.ordering import one_of_each  # noqa: PLC0415
    from pytest_oss_clean.mutation.results import Proof  # noqa: PLC0415

    began, chosen = time.monotonic(), _with(only, on_senders(), "mutant of answers")
    with opened(settings_of(target, given)) as at:
        try:
            sound = sound_on(at)
        except NotTestedError as error:
            click.echo(at.scrubber(f"oss-clean: not proved: {error}"), err=True)
            ctx.exit(Exit.INCOMPLETE)
        click.echo(f"oss-clean: {len(sound)} contracts pass on {at.endpoint} and can detect mutants")
        examined = tuple(examine_live(at, sound, chosen))
        families = ", ".join(not_covered())
        if families:
            click.echo(f"oss-clean: inside a server of yours nothing can be changed: {families} not covered")
        return Proof(
            mutants=examined,
            contracts=tuple(one_of_each(sound)),
            seconds=time.monotonic() - began,
            where=str(at.endpoint),
        )


def _written(proof: Proof, own: dict[str, Any]) -> list[tuple[Path, str]]:
    from pytest_oss_clean.mutation.proof_report import as_page  # noqa: PLC0415

    wanted = []
    if own["json_file"]:
        wanted.append((own["json_file"], json.dumps(proof.to_json(), indent=2) + "\n"))
    if own["page"]:
        wanted.append((own["page"], as_page(proof)))
    return wanted
