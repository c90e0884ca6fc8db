"""The lines that a run prints: what is in force at its start, the verdict at its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.coverage import told
from pytest_oss_clean.oss.display import WIDTH, folded
from pytest_oss_clean.report.causes import Cause, causes, shows_no_more
from pytest_oss_clean.report.junit_properties import Result
from pytest_oss_clean.report.matrix import Matrix
from pytest_oss_clean.report.next_step import next_step
from pytest_oss_clean.report.tally import MACHINES, Tally
from pytest_oss_clean.spec.verdict import NOTHING_LEARNT, UNTESTED, Exit, Verdict
from pytest_oss_clean.target.config.claims import CLAIMS
from pytest_oss_clean.target.config.settings import Settings

SHOWN_IDS = 4
FEW = 4
"""Fewer cells of the matrix than these say nothing that the causes do not say."""
OF_ONE = ("document", "reading", "given", "-", "request", "server", "suspect", "page")
"""Rows about one contract, where its cause is the same for every clean."""
SECURITY = ("authentication", "billing")
"""Areas that are listed first: access, then money."""

ALWAYS_COUNTED = (Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.NOT_CLAIMED)
"""Verdicts that stand in the last lines even where no contract has them."""

VERDICT_WORDS: dict[int, str] = {
    Exit.OK: "PASSED: every claimed contract",
    Exit.FAILED: "FAILED",
    Exit.INTERRUPTED: "INTERRUPTED: no verdict",
    Exit.INTERNAL: "NO VERDICT: the run itself broke, see above",
    Exit.USAGE: "NO VERDICT: wrong usage",
    Exit.NO_CONTRACT: "NO VERDICT: no contract ran",
    Exit.INCOMPLETE: "INCOMPLETE: nothing failed, but not everything could be tested",
}


def header(settings: Settings) -> list[str]:
    if settings.recordings is not None:
        return recordings(settings)
    where = f"bucket {settings.bucket}, {settings.addressing}-style"
    claims = _claims(settings)
    if settings.endpoint is None:
        return [f"oss-clean: the embedded emulator, {where}", *folded(f"oss-clean: {claims}")]
    parts = {
        "region": settings.region,
        "prefix": settings.prefix,
        "key": settings.credentials.key_id if settings.credentials else "",
        "proxy": "in use" if settings.proxy else "",
        "connecting to": ":".join(map(str, settings.connect_to or ())),
        "certificates from": settings.ca_file,
    }
    more = "".join(f", {name} {value}" for name, value in parts.items() if value)
    return [
        f"oss-clean: {settings.endpoint}, {where}{more}, effects within {settings.settle_seconds:g} s",
        *folded(f"oss-clean: {claims}; {_clock(settings)}"),
    ]


def _claims(settings: Settings) -> str:
    """Return the claims, or those that are not made where they are fewer."""
    made = [claim for claim in CLAIMS if claim in settings.claims]
    others = [claim for claim in CLAIMS if claim not in settings.claims]
    fewer = len(others) < len(made)
    return f"claims {'all but ' * fewer}{', '.join(others if fewer else made)}"


def recordings(settings: Settings) -> list[str]:
    folder = settings.recordings
    if folder is None:
        return []
    origins = folder.summary(datetime.now(UTC).date())
    return [f"oss-clean: recordings in {folder.path}", *(f"oss-clean: {line}" for line in origins)]


def _clock(settings: Settings) -> str:
    if settings.restore_seconds is not None:
        return f"restores within {settings.restore_seconds:g} s, by polling"
    return "clock moved by " + ("--oss-advance-url" if settings.advance_url else "a hook")


def closing(  # noqa: PLR0913 - all results of a run
    tally: Tally,
    settings: Settings,
    exit_code: int,
    broken: list[str],
    notes: Iterable[str] = (),
    *,
    verbose: bool = False,
) -> list[str]:
    """Return the last lines of a run with contracts; `broken` is what the canary missed."""
    results = tally.results()
    found = causes(results, tally.causes)
    whole = verbose or not shows_no_more(results)
    lines = []
    for cause in found:
        lines += [_not_tested(tally, cause, verbose=verbose)] if cause.untested and not cause.failed else []
    lines += _pending(tally, verbose=verbose)
    lines += _causes(tally, Verdict.NOT_OBSERVED, verbose=verbose) if whole else []
    if verbose or (whole and (_learnt(tally) or not tally.counts().keys() & UNTESTED)):
        lines += _causes(tally, Verdict.NOT_CLAIMED, verbose=verbose)
    lines += _grouped(
        (f"deviates: {r.deviation}", i) for i, r in results.items() if r.verdict is Verdict.DEVIATES
    )
    lines += [f"  {r.explained}: {i}" for i, r in results.items() if r.explained]
    lines += _grouped((change, i) for i, r in results.items() for change in r.changes)
    lines += _unlike(results, verbose=verbose) if whole else []
    lines = [part for line in lines for part in folded(line)]
    lines += [f"  {note}" for note in notes]
    lines += [f"  the suite does not notice its own test faults, trust no pass: {miss}" for miss in broken]
    if any(tally.visits().values()) and whole:
        lines += [f"oss-clean: {told(tally.visits(by_machine=False))}{_by_machine(tally, settings)}"]
    words = exit_words(tally, exit_code)
    code = f"(exit {exit_code}{_whose(tally, exit_code)})"
    return [
        *lines,
        f"oss-clean: {words} {code} on {settings.place}{scope(tally, words)}",
        f"oss-clean: {_counts(tally)}; {sum(len(r.checks) for r in results.values())} checks observed",
        next_step(tally, settings, found, exit_code),
    ]


def _learnt(tally: Tally) -> bool:
    """Return whether any contract said something of its target."""
    return not NOTHING_LEARNT.issuperset(tally.counts())


def _not_tested(tally: Tally, cause: Cause, *, verbose: bool) -> str:
    verdict, many = tally.verdicts[cause.untested[0]], len(cause.untested)
    nothing_else = (
        many > SHOWN_IDS and many == sum(tally.counts()[v] for v in UNTESTED) and not _learnt(tally)
    )
    why = f"  {verdict}: {cause.words.removeprefix(f'{verdict}: ')}: "
    all_of_them = f"all {many}" if nothing_else and not verbose else ""
    return why + (all_of_them or _some(cause.untested, why, verbose=verbose))


def _pending(tally: Tally, *, verbose: bool) -> list[str]:
    """Say what waits, and until when at the latest."""
    waiting = {i: tally.causes[i] for i, verdict in tally.verdicts.items() if verdict is Verdict.PENDING}
    if not waiting:
        return []
    first, last = min(waiting.values()), max(waiting.values())
    when = last if first == last else f"from {first.removeprefix('until ')} on, the last {last}"
    return [f"  pending {when}: {_some(waiting, verbose=verbose)}"]


def stories(found: Iterable[Cause], texts: Mapping[str, str], *, verbose: bool) -> list[str]:
    """Return the failures, one story for each cause: the text of its first contract, and the others' ids."""
    lines: list[str] = []
    for cause in found:
        if not cause.failed:
            continue
        first = next((i for i in cause.failed if i in texts), "")
        rest = {
            "also": [i for i in cause.failed if i != first],
            "stops": list(cause.untested),
        }
        if cause.ended and not verbose:  # its headline counts them
            rest = {}
        lines += [""] * bool(lines)
        text = texts.get(first, "").splitlines()
        if len(cause.contracts) > 1:
            lines += folded(f"FAILED {_number(cause)}, one cause: {cause.words}", others="  ")
            said = ("reading", "server") if "the server says" in cause.words else ("reading",)
            text = list(_brief(text, OF_ONE if cause.ended else said))
        lines += text
        for name, ids in rest.items():
            lines += folded(_some(ids, verbose=verbose), f"  {name:<9} ", " " * 12) if ids else []
    return lines


def _number(cause: Cause) -> str:
    many = len(cause.failed)
    stopped = f", {len(cause.untested)} not tested" if cause.untested else ""
    return f"{many} contract{'s' * (many > 1)}{stopped}"


def _brief(text: list[str], rows: tuple[str, ...]) -> Iterable[str]:
    """Return the text of a contract without some rows, as its cause says as much."""
    left_out = False
    for line in text:
        if not line.startswith(" " * 4):  # a row begins
            left_out = line[2:].partition(" ")[0] in rows
        if not left_out:
            yield line


def shows_matrix(found: Sequence[Cause], table: Matrix) -> bool:
    """Return whether the matrix says more than the causes: where one cause is all there is, it does not."""
    touched = [cause for cause in found if len(cause.contracts) >= FEW]
    return len(table.cells) >= FEW and not (len(found) == 1 and touched)


def _unlike(results: Mapping[str, Result], *, verbose: bool) -> list[str]:
    """Count the checks that saw something else than our reading, by area, security first; list them on -v."""
    areas = {contract.id: area for area, contracts in AREAS.items() for contract in contracts}
    found: dict[str, list[str]] = {area: [] for area in (*SECURITY, *AREAS)}
    for case_id, result in results.items():
        found[areas[case_id.partition("[")[0]]] += [f"{case_id}: {problem}" for problem in result.unlike]
    counts = ", ".join(f"{len(texts)} in {area}" for area, texts in found.items() if texts)
    if not counts:
        return []
    listed = [f"    {text}" for texts in found.values() for text in texts] if verbose else []
    return [f"  unlike our reading, fails nothing: {counts}{'' if verbose else '; -v lists them'}", *listed]


def _by_machine(tally: Tally, settings: Settings) -> str:
    """Say how many cells the life-cycle machine visited, and what it could not do."""
    if not any(case_id.startswith(MACHINES) for case_id in tally.details):
        return ""
    came = sum(1 for number in tally.visits(by_machine=True).values() if number)
    still = "" if "movable-clock" in settings.claims else ", without a clock to move"
    return f"; {came} by the life-cycle machine{still}"


def no_contract(settings: Settings, exit_code: int) -> list[str]:
    """Return a line about a run for a target in which no contract ran."""
    if exit_code != Exit.NO_CONTRACT:
        return []
    remedy = "name them to pytest: --pyargs pytest_oss_clean.contracts, and see what deselects them"
    return [f"oss-clean: {VERDICT_WORDS[exit_code]} (exit {exit_code}) on {settings.place}: {remedy}"]


def left_behind(names: list[str]) -> list[str]:
    """Return a line about objects that could not be deleted."""
    if not names:
        return []
    many = f"{len(names)} object{'s' * (len(names) > 1)}"
    return [f"oss-clean: {many} may be left behind, remove with `oss-clean reap`: {_some(names)}"]


def exit_words(tally: Tally, exit_code: int) -> str:
    if not tally.verdicts:
        none = exit_code in (Exit.OK, Exit.FAILED)
        return VERDICT_WORDS.get(Exit.NO_CONTRACT if none else exit_code, "NO VERDICT")
    words = VERDICT_WORDS.get(int(tally.gate()) if _whose(tally, exit_code) else exit_code, "NO VERDICT")
    counts = tally.counts()
    if words == VERDICT_WORDS[Exit.FAILED] and not counts[Verdict.FAILED]:
        return f"{words}: the server changed, and --oss-gate-changes is given"
    partial = tally.missing and not counts.keys() & UNTESTED
    green = words == VERDICT_WORDS[Exit.OK] or (partial and words == VERDICT_WORDS[Exit.INCOMPLETE])
    return _green_words(tally) if green else words


def _green_words(tally: Tally) -> str:
    """Say what passed, where nothing failed."""
    counts = tally.counts()
    known = f", or deviates as listed ({counts[Verdict.DEVIATES]})" if counts[Verdict.DEVIATES] else ""
    untested = ", ".join(f"{counts[v]} {v}" for v in Verdict if v in UNTESTED and counts[v])
    if untested:
        return f"PASSED INCOMPLETE: {untested}, let pass by --oss-allow-incomplete"
    nothing = not counts.keys() & {Verdict.PASSED, Verdict.CHANGED, Verdict.DEVIATES}
    if tally.missing:
        observed = ", nothing that ran is required" if nothing else ""
        allowed = tally.allow_incomplete and not tally.partial
        accepted = ", accepted by --oss-allow-incomplete" if allowed else ""
        return f"PARTIAL: {_ran(tally)}, none failed{known}{observed}{accepted}"
    if nothing:
        return "OBSERVED: nothing failed, but nothing that ran is required"
    return VERDICT_WORDS[Exit.OK] + known


def _ran(tally: Tally) -> str:
    return f"{tally.ran} of {len(tally.catalogue)} ran"


def scope(tally: Tally, words: str) -> str:
    """Say how much of the catalogue ran, where the words do not, and what ran more than once."""
    ran = f"; {_ran(tally)}" if tally.missing and not words.startswith("PARTIAL") else ""
    again = f"; {tally.repeated} ran more than once, the worst run counts" if tally.repeated else ""
    return ran + again


def _whose(tally: Tally, exit_code: int) -> str:
    """Say so where the exit code is not the contracts'."""
    others = tally.other_failures and exit_code == Exit.FAILED and tally.gate() is not Exit.FAILED
    return ", of tests that are no contracts" if others else ""


def _counts(tally: Tally) -> str:
    counts = tally.counts()
    rest = [verdict for verdict in Verdict if verdict not in ALWAYS_COUNTED and counts[verdict]]
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in (*ALWAYS_COUNTED, *rest))


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each text, with the contracts that it was said of."""
    by_text = defaultdict(list)
    for text, case_id in pairs:
        by_text[text].append(case_id)
    return [f"  {text}: {_some(ids, f'  {text}: ')}" for text, ids in by_text.items()]


def _causes(tally: Tally, verdict: Verdict, *, verbose: bool) -> list[str]:
    """Return a line for each cause, however many contracts it stopped; of many causes their counts alone."""
    found = [case_id for case_id, own in tally.verdicts.items() if own is verdict]
    causes = {i: (tally.causes.get(i) or "unknown").removeprefix(f"{verdict}: ") for i in found}
    counts = Counter(causes.values())
    if len(counts) > FEW and not verbose:
        if verdict is Verdict.NOT_CLAIMED:
            claims = Counter(claim for cause in causes.values() for claim in cause.split(", "))
            listed = ", ".join(f"{claim} {many}" for claim, many in claims.most_common())
            return [f"  not claimed, with the contracts that need it: {listed}; -v lists them"]
        listed = ", ".join(f"{many} for {cause}" for cause, many in counts.most_common())
        return [f"  {verdict}: {listed}; -v lists them"]
    return _grouped((f"{verdict}: {causes[i]}", i) for i in found)


def _some(names: Iterable[str], before: str = " " * 12, *, verbose: bool = False) -> str:
    """Return a few names, or as many of many as the line has room for on which `before` ends."""
    listed = list(names)
    shown = len(listed)
    if shown > SHOWN_IDS and not verbose:
        room = WIDTH - len(folded(before + "x")[-1]) - len(f" and {shown} more")
        ends = list(accumulate(len(name) + len(", ") for name in listed))
        shown = max(1, min(SHOWN_IDS, sum(end <= room for end in ends)))
    rest = f" and {len(listed) - shown} more" if len(listed) > shown else ""
    return ", ".join(listed[:shown]) + rest
