"""What stopped or failed contracts, grouped as data: each printed once, with its contracts.

A group rests on what was seen: the same answer to every clean of the run, the same cause in words, or the
same first difference.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.report.junit_properties import Result
from pytest_oss_clean.spec.contract import PLAIN
from pytest_oss_clean.spec.history import STEPS, Step
from pytest_oss_clean.spec.verdict import UNTESTED, Verdict

CLEAN_STEP = "clean of the "
"""How the cause begins of a contract whose history needs a clean that was not answered as documented."""

ORDER = {case_id: number for number, case_id in enumerate(CASES)}
"""The page's own contracts come first: the first one of a cause is shown whole."""

ALIKE = 8
"""Number of cleans that must be answered alike before no more of them are sent."""
FEWEST = 3
"""Plain cleans in different histories that must be answered alike before "every clean" is said."""
IN_VAIN = 2
"""Number of objects that cleans answered with success left as they were before none is expected to act."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: what is said of it, and the contracts that it failed or stopped.

    `ended` says that no contract shows more than its words.
    """

    words: str
    failed: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()
    ended: bool = False

    @property
    def contracts(self) -> tuple[str, ...]:
        """Return every contract that it touches, those that failed first."""
        return self.failed + self.untested


def causes(
    results: Mapping[str, Result],
    words: Mapping[str, str],
    failing: Collection[Verdict] = (Verdict.FAILED,),
) -> list[Cause]:
    """Return the causes of a run, those of failures first; `words` say why a contract was not tested."""
    ordered = sorted(results, key=lambda i: ORDER.get(i, len(ORDER)))
    failed = [i for i in ordered if results[i].verdict in failing]
    untested = [i for i in ordered if results[i].verdict in UNTESTED - {Verdict.PENDING}]
    why_untested = {i: words.get(i, "").removeprefix(f"{results[i].verdict}: ") for i in untested}
    found, every = [], _every_clean(results, failed)
    if every:
        of_it = [i for i in failed if every.touched(i, "")]
        stopped = [i for i in untested if every.words in why_untested[i] or every.touched(i, why_untested[i])]
        ended = every.words == shows_no_more(results)
        found.append(Cause(every.words, tuple(of_it), tuple(stopped), ended=ended))
        failed = [i for i in failed if i not in of_it]
        untested = [i for i in untested if i not in stopped]
    found += [Cause(said, tuple(ids)) for said, ids in _grouped(failed, lambda i: _difference(results[i]))]
    found.sort(key=lambda cause: -len(cause.failed))
    why = _grouped(untested, lambda i: why_untested[i] or "unknown")
    return found + [Cause(said, (), tuple(ids)) for said, ids in why]


_VARYING = re.compile(r"\d+(?![\d ]*[A-Z])|'[^']*'|(?:Deep)?ColdArchive")
"""Numbers that are no status, values, and classes: they make no other cause."""

Touched = Callable[[str, str], bool]
"""Whether a cause touches a contract, by its id and by why it was not tested."""


class EveryClean(NamedTuple):
    """What is said of every clean, and which contracts it touches; `alike`: all are answered alike."""

    words: str
    touched: Touched
    alike: bool


def shows_no_more(results: Mapping[str, Result]) -> str:
    """Return why no further contract shows more than these: cleans take no notice of the object. Else "".

    Contracts failed by it, in different histories: of a server that does as documented nothing is said.
    """
    failed = [i for i, r in results.items() if r.verdict is Verdict.FAILED]
    every = _every_clean(results, failed)
    if every is None or not every.alike:
        return ""
    judged = _plain_cleans(results)
    answer = next(iter(judged.values())).answer
    alone = {i: r for i, r in judged.items() if _wants_done(i) and not CASES[i].contract.siblings}
    wanted = [result for result in alone.values() if result.verdict is not Verdict.OBSERVED]
    suspicions = [result.suspicion for result in wanted]
    acts = "done-though-refused" in suspicions
    if answer.startswith("2"):
        acts = suspicions.count("not-done") < max(IN_VAIN, len(wanted))
    alike = sum(result.answer == answer for result in results.values())
    return every.words if wanted and not acts and alike >= ALIKE else ""


def _plain_cleans(results: Mapping[str, Result]) -> dict[str, Result]:
    """Return the results of contracts that are about one clean of the usual form."""
    cases = {i: CASES[i].contract for i, r in results.items() if i in CASES and r.answer}
    return {
        i: results[i]
        for i, contract in cases.items()
        if contract.request == PLAIN and contract.race is None and contract.generated is None
    }


def _every_clean(results: Mapping[str, Result], failed: Collection[str]) -> EveryClean | None:
    """Return what to say where all plain cleans are answered alike, or none is carried out."""
    judged = _plain_cleans(results)
    answers = {result.answer for result in judged.values()}
    histories = {CASES[i].contract.given for i in judged}
    undone = [i for i in failed if results[i].suspicion == "not-done"]
    if len(answers) == 1 and len(histories) >= FEWEST and failed:
        answer = answers.pop()
        words = f"every clean is answered {answer}" + (", and none is carried out" if undone else "")
        server = next((r.server for r in judged.values() if r.server), "")
        said = words + (f"; the server says {server}" if server else "")
        return EveryClean(said, _touches_all(results, answer, undone=bool(undone)), alike=True)
    acknowledged = [i for i in judged if _wants_done(i) and results[i].answer.startswith("2")]
    if len(undone) >= FEWEST and len(undone) == len(acknowledged):
        words = "every clean that is answered with success is not carried out"
        return EveryClean(words, _touches_effects(results), alike=False)
    return None


def _touches_all(results: Mapping[str, Result], answer: str, *, undone: bool) -> Touched:
    def touched(case_id: str, why: str) -> bool:
        if why:
            return CLEAN_STEP in why or (undone and _has_cleaned(case_id))
        return _is_whole(case_id) or results[case_id].answer == answer

    return touched


def _has_cleaned(case_id: str) -> bool:
    contract = CASES[case_id].contract
    histories = (contract.given, *(sibling.given for sibling in contract.siblings if sibling.given))
    return any(Step.CLEAN in STEPS[given] for given in histories)


def _is_whole(case_id: str) -> bool:
    """Return whether a contract sends many cleans of its own."""
    contract = CASES[case_id].contract
    return contract.race is not None or contract.generated is not None


def _touches_effects(results: Mapping[str, Result]) -> Touched:
    def touched(case_id: str, why: str) -> bool:
        undone = results[case_id].suspicion == "not-done"
        return undone or _has_cleaned(case_id) or _is_whole(case_id) or CLEAN_STEP in why

    return touched


def _wants_done(case_id: str) -> bool:
    contract = CASES[case_id].contract
    return any(getattr(m, "status", 0) == 200 for e in contract.expect for m in e.matchers)  # noqa: PLR2004


def _difference(result: Result) -> str:
    """Return the first difference, without what depends on the object's name or on the time."""
    problems = [
        finding["problem"] for finding in result.findings if finding["problem"] and finding["required"]
    ]
    return problems[0] if problems else result.cause or " ".join(result.changes[:1]) or "failed"


def _grouped(ids: Iterable[str], said: Callable[[str], str]) -> list[tuple[str, list[str]]]:
    """Return ids by what is said of them; numbers make no difference, and the first one's words are kept."""
    groups: dict[str, list[str]] = defaultdict(list)
    words: dict[str, str] = {}
    for case_id in ids:
        text = said(case_id)
        key = _VARYING.sub("#", text)
        groups[key].append(case_id)
        words.setdefault(key, text)
    return [(words[key], found) for key, found in groups.items()]
