"""The proof for readers: text for a terminal, an HTML page, and the figures of a README."""

from __future__ import annotations

from pathlib import Path

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.mutation.kill_matrix import Examined, Result
from pytest_oss_clean.mutation.mutant import Mutant, Variant
from pytest_oss_clean.mutation.results import Proof, Rate, layer
from pytest_oss_clean.report.html_report import environment
from pytest_oss_clean.spec.verdict import Exit

SHOWN = 3

VERDICTS = {
    Exit.OK: "PROVED",
    Exit.INCOMPLETE: "PROVED INCOMPLETE, of what can be detected,",
    Exit.FAILED: "NOT PROVED",
}
HEADINGS = {
    Result.SURVIVED: "survived: no contract detects that this server is wrong",
    Result.NOT_EXERCISED: "not exercised: the changed rule was never executed",
    Result.NOT_CLAIMED: "not claimed: nothing that is claimed here reaches the changed rule",
    Result.UNDETECTABLE: "not detectable here: this target differs from OSS already in what is changed",
    Result.FALSE_ALARM: "false alarm: a contract fails where nothing required is broken",
    Result.EQUIVALENT: "equivalent: justified survivors",
}


def as_text(proof: Proof) -> str:
    """Return what a person wants to know first, then everything that is not as it must be."""
    told = [f"{_wanted(rate):<9} {rate.told:>3} of {rate.of:<3} {rate.family}" for rate in proof.rates()]
    lines = [*told, ""]
    for result, heading in HEADINGS.items():
        found = proof.with_result(result)
        lines += [f"{heading}:", *(line for pair in found for line in _story(*pair)), ""] if found else []
    for heading, names in (
        ("inverted unnoticed", proof.deaf),
        ("weakened unnoticed", proof.unneeded),
        ("required, and fails on no mutant", proof.idle),
        ("found otherwise by another way of running", proof.unlike),
    ):
        lines += [f"{heading}:", *(f"  {name}" for name in names), ""] if names else []
    return "\n".join([*lines, *_closing(proof)])


def _wanted(rate: Rate) -> str:
    return "killed" if rate.required else "noticed"


def _story(thing: Mutant | Variant, examined: Examined) -> list[str]:
    lines = [f"  {thing.id}: {thing.says}"]
    if isinstance(thing, Mutant):
        lines += [f"    breaks a rule that is {thing.breaks}; damage: {thing.damage}"]
        lines += [f"    because {thing.equivalent}"] if thing.equivalent else []
    told = list((examined.killers or examined.untested).items())[:SHOWN]
    return lines + [
        f"    {case_id}: {'; '.join(what) if isinstance(what, tuple) else what}" for case_id, what in told
    ]


def _closing(proof: Proof) -> list[str]:
    harmless = len(proof.with_result(Result.HARMLESS))
    lines = [
        f"oss-clean: {_sum(proof)}; {proof.signatures} distinct kill signatures" if proof.mutants else "",
        f"oss-clean: {harmless} of {len(proof.variants)} harmless variants raise no alarm"
        if proof.variants
        else "",
        f"oss-clean: {proof.inverted - len(proof.deaf)} of {proof.inverted} required expectations, each "
        "inverted alone, turn the control red"
        if proof.inverted
        else "",
    ]
    if proof.full:
        alone = len(proof.contracts) - len(proof.redundant)
        needed = f"{proof.weakened - len(proof.unneeded)} of {proof.weakened}"
        lines += [
            f"oss-clean: {needed} ways to weaken a required matcher let a killed mutant survive"
            if proof.weakened
            else "",
            f"oss-clean: {alone} of {len(proof.contracts)} contracts are the only one to detect some mutant",
        ]
    lines += [] if proof.mutants else ["oss-clean: no mutant was tried, so nothing is proved"]
    verdict = VERDICTS[proof.exit]
    lines += [f"oss-clean: {verdict} on {proof.where} in {proof.seconds:.0f} s (exit {int(proof.exit)})"]
    return [line for line in lines if line]


def _sum(proof: Proof) -> str:
    rates = proof.rates()
    told = [sum(r.told for r in rates if r.required is required) for required in (True, False)]
    of = [sum(r.of for r in rates if r.required is required) for required in (True, False)]
    required = f"{told[0]} of {of[0]} mutants of required rules killed"
    return f"{required}, {told[1]} of {of[1]} of inferred rules noticed"


def as_markdown(proof: Proof) -> str:
    """Return the figures as a table for the README."""
    rates = {(rate.family, rate.required): f"{rate.told} of {rate.of}" for rate in proof.rates()}
    rows = [
        f"| {family} | {rates.get((family, True), '')} | {rates.get((family, False), '')} |"
        for family in dict.fromkeys(family for family, _ in rates)
    ]
    harmless, red = len(proof.with_result(Result.HARMLESS)), proof.inverted - len(proof.deaf)
    at_least = proof.signatures // 100 * 100  # of the whole matrix; first kills alone show fewer
    told = (
        f"{len(proof.mutants)} mutants, at least {at_least} distinct kill signatures; "
        f"{harmless} of {len(proof.variants)} harmless variants raise no alarm; {red} of "
        f"{proof.inverted} required expectations, each inverted alone, turn the control red."
    )
    head = "| mutants | of required rules: killed | of inferred rules: noticed |"
    return "\n".join([head, "| --- | ---: | ---: |", *rows, "", told])


BEGIN, END = "<!-- figures of the proof -->", "<!-- end of figures -->"


def write_figures(path: Path, proof: Proof, *, check: bool) -> str:
    """Put the figures into a file; with `check` only say where it holds others. Raises ConfigurationError."""
    option = "--check" if check else "--write"
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(option, path, f"cannot be read: {error}") from None
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(option, path, f"it needs the lines {BEGIN} and {END}")
    wanted = f"{head}{BEGIN}\n{as_markdown(proof)}\n{END}{tail}"
    if check:
        renew = f"oss-clean prove --full --write {path}"
        return "" if text == wanted else f"{path} holds other figures: run `{renew}`"
    path.write_text(wanted, "utf-8")
    return ""


def as_page(proof: Proof) -> str:
    """Return HTML that needs nothing else, of the parts that the page of a run has."""
    return environment().get_template("proof.html.j2").render(proof=proof, text=as_text(proof), layer=layer)
