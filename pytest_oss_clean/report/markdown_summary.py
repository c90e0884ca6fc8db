"""The verdict as Markdown: the summary of a job on GitHub, also for any comment or page that takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_oss_clean.report.causes import causes
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import exit_words
from pytest_oss_clean.spec.verdict import Exit, Verdict

SIGNS = {Exit.OK: "✅", Exit.FAILED: "❌"}
SHOWN = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&@:$-])")


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, also inside a table and with HTML switched on."""
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "@": "&#64;", "`": "&#96;"}
    flat = " ".join(text.split())
    return _SPECIAL.sub(lambda found: entities.get(found[1], "\\" + found[1]), flat)


def as_markdown(tally: Tally, exit_code: int, place: str, texts: Mapping[str, str]) -> str:
    """Return the verdict, the counts, and each cause with its first contract."""
    sign = SIGNS.get(Exit(exit_code), "⚠️") if exit_code in set(Exit) else "⚠️"
    counts = tally.counts()
    lines = [
        f"## {sign} {escaped(exit_words(tally, exit_code))}",
        "",
        f"CleanRestoredObject on {escaped(place)}, exit {exit_code}",
        "",
        "| " + " | ".join(str(v) for v in Verdict if counts[v]) + " |",
        "|" + " ---: |" * sum(1 for v in Verdict if counts[v]),
        "| " + " | ".join(str(counts[v]) for v in Verdict if counts[v]) + " |",
    ]
    found = causes(tally.results(), tally.causes)
    if found:
        lines += ["", "| contracts | cause | first |", "| ---: | --- | --- |"]
    for cause in found[:SHOWN]:
        lines.append(f"| {len(cause.contracts)} | {escaped(cause.words)} | {escaped(cause.contracts[0])} |")
    if len(found) > SHOWN:
        lines += ["", f"and {len(found) - SHOWN} more causes"]
    first = next((texts[c.failed[0]] for c in found if c.failed and c.failed[0] in texts), "")
    if first:  # an indented block is code, whatever stands in it
        lines += ["", *(f"    {line}" for line in first.splitlines())]
    return "\n".join(lines) + "\n"
