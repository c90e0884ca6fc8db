"""The proof as a page to read in a browser: what was changed, and who noticed."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from lxml.html import builder

from pytest_oss_clean.mutation.kill_matrix import Examined
from pytest_oss_clean.mutation.mutant import Mutant
from pytest_oss_clean.mutation.results import Proof, layer
from pytest_oss_clean.mutation.text_report import as_text

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
body { color: #1c2530 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; width: 100% }
td, th { padding: .35rem .6rem; text-align: left; vertical-align: top }
tr { border-bottom: 1px solid #dde3ea } th { background: #f3f6f9 } .number { text-align: right }
code { font-size: .9em } small { color: #5b6877 }
pre { background: #f3f6f9; padding: .8rem; overflow-x: auto }
.good { color: #14713d } .bad { color: #b3261e; font-weight: 600 }
"""


def as_page(proof: Proof) -> str:
    """Return HTML that needs nothing else."""
    title = "oss-clean prove: would the contracts notice?"
    page = builder.HTML(
        builder.HEAD(builder.META(charset="utf-8"), builder.TITLE(title), builder.STYLE(STYLE)),
        builder.BODY(
            builder.H1(title),
            builder.PRE(as_text(proof)),
            builder.H2("What each family of mutants came to"),
            _rates(proof),
            builder.H2("Mutants: servers with one changed rule"),
            _table(
                ("mutant", "what is changed", "breaks", "damage", "result", "noticed by"),
                [_mutant_row(mutant, examined) for mutant, examined in proof.mutants],
            ),
            builder.H2("Variants: servers that differ and are right"),
            _table(
                ("variant", "what differs", "result"),
                [(builder.CODE(v.id), v.says, _result(e)) for v, e in proof.variants],
            ),
            *_redundant(proof),
        ),
        lang="en",
    )
    return etree.tostring(
        page, method="html", doctype="<!DOCTYPE html>", encoding="unicode", pretty_print=True
    )


def _rates(proof: Proof) -> etree._Element:
    rows = [(r.family, "killed" if r.required else "noticed", f"{r.told} of {r.of}") for r in proof.rates()]
    return _table(("family", "must be", "told"), rows)


def _mutant_row(mutant: Mutant, examined: Examined) -> tuple[object, ...]:
    told = examined.killers or examined.noticers
    first = next(iter(told.items()), None)
    by = [builder.CODE(first[0]), f" {'; '.join(first[1])}"] if first else ["nobody"]
    if len(told) > 1:
        by += [builder.SMALL(f" and {len(told) - 1} more")]
    says = [mutant.says, builder.BR(), builder.SMALL(f"{layer(mutant)}, reached {_times(examined.reached)}")]
    if mutant.link:
        says += [builder.SMALL(", "), builder.A("report", href=mutant.link)]
    if mutant.equivalent:
        says += [builder.BR(), builder.SMALL(mutant.equivalent)]
    return (
        builder.CODE(mutant.id),
        builder.SPAN(*says),
        str(mutant.breaks),
        str(mutant.damage),
        _result(examined),
        builder.SPAN(*by),
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _result(examined: Examined) -> etree._Element:
    shown: etree._Element = builder.SPAN(
        str(examined.result), builder.CLASS("good" if examined.result.good else "bad")
    )
    return shown


def _redundant(proof: Proof) -> list[etree._Element]:
    if not proof.full:
        return []
    names = [builder.LI(builder.CODE(case_id)) for case_id in proof.redundant]
    said = "Without any single one of these contracts every mutant would still be told."
    return [builder.H2("Contracts that kill nothing alone"), builder.P(said), builder.UL(*names)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> etree._Element:
    table: etree._Element = builder.TABLE(
        builder.THEAD(builder.TR(*(builder.TH(name) for name in head))),
        builder.TBODY(*(builder.TR(*(builder.TD(cell) for cell in row)) for row in rows)),
    )
    return table
