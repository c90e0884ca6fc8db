"""Deviations: failures of one target that its owner knows, in a TOML file of the owner's.

A deviation names a contract, the wrong observations seen, and a reason. It holds for exactly these:
another wrong answer is a failure, and so is a listed contract that passes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.contract import Case, Contract
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.verdict import Verdict

OPTION = "--oss-deviations"
ENTRY = "deviation"

KEYS: dict[str, tuple[type, bool, str]] = {
    # key         type      needed  what belongs there
    "contract": (
        str,
        True,
        'a contract id such as "restored[ColdArchive-V4]", or "restored" for all of them',
    ),
    "seen": (dict, True, 'the wrong observations, by finding: seen = { answer = "200" }'),
    "reason": (str, True, "why this is known and accepted"),
    "ticket": (str, False, "where it is tracked"),
    "until": (date, False, "the last day on which it holds, a TOML date such as 2027-01-31"),
}


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One known failure: `seen` maps findings to the wrong observation; `until` is its last day."""

    contract: str
    seen: Mapping[str, str]
    reason: str
    ticket: str = ""
    until: date | None = None

    @property
    def explained(self) -> str:
        """Return the reason on one line, with the ticket and the last day."""
        until = f"until {self.until.isoformat()}" if self.until else ""
        notes = ", ".join(filter(None, [self.ticket, until]))
        return " ".join(f"{self.reason} ({notes})".split() if notes else self.reason.split())


@dataclass(frozen=True)
class Deviations:
    """The deviations of a target, by contract id, as they hold on one day."""

    by_case: Mapping[str, Deviation] = field(default_factory=dict)
    today: date = date.min

    @property
    def accepted(self) -> Iterator[tuple[str, str]]:
        """Yield each row, as contract/expectation, with the wrong observation that is listed for it."""
        for case_id, listed in self.by_case.items():
            if listed.until is None or listed.until >= self.today:
                contract = case_id.partition("[")[0]
                yield from ((f"{contract}/{name}", seen) for name, seen in listed.seen.items())

    def judge(self, outcome: Outcome) -> tuple[Outcome, str]:
        """Return the outcome as the deviations see it, and the reason where it deviates as listed."""
        listed = self.by_case.get(outcome.case.id)
        if listed is None or outcome.verdict not in JUDGED:
            return outcome, ""
        failing = _observed(outcome.problems)
        wrong = _observed(f for f in outcome.findings if f.problem)
        if listed.until is not None and listed.until < self.today:
            cause = f"the deviation listed held until {listed.until.isoformat()}: {listed.reason}"
            return (replace(outcome, cause=cause) if failing else outcome), ""
        as_listed = failing.items() <= listed.seen.items() <= wrong.items()
        if as_listed:
            # Without --oss-strict, or with an older edition, what is listed may fail nothing.
            return (
                (replace(outcome, verdict=Verdict.DEVIATES), listed.explained) if failing else (outcome, "")
            )
        if failing:
            cause = f"the deviation listed saw {_words(listed.seen)}; now {_words(failing)}"
        elif outcome.tried:
            return outcome, ""  # generated data need not meet a known failure again
        else:
            cause = f"stale deviation: remove it, the contract passes (it saw {_words(listed.seen)})"
        return replace(outcome, verdict=Verdict.FAILED, cause=cause), ""

    def notes(self, verdicts: Mapping[str, Verdict]) -> list[str]:
        """Say which entries have no say in a run with these verdicts, though their contracts are in it."""
        found = []
        for case_id in sorted(self.by_case.keys() & verdicts.keys()):
            listed = self.by_case[case_id]
            if verdicts[case_id] is Verdict.NOT_CLAIMED:
                found.append(f"deviation of a contract that is not claimed: {case_id}")
            elif listed.until is not None and listed.until < self.today:
                found.append(f"deviation no longer holds since {listed.until.isoformat()}: {case_id}")
        return found


JUDGED = frozenset({Verdict.PASSED, Verdict.OBSERVED, Verdict.FAILED})
"""Only of these something is known of the target."""


def _observed(findings: Iterable[Finding]) -> dict[str, str]:
    """Return observations by finding; a finding with several differences is one."""
    return {finding.id: finding.observed for finding in findings}


def _words(observations: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {text!r}" for name, text in sorted(observations.items()))


def read_deviations(path: Path, cases: Mapping[str, Case], today: date) -> Deviations:
    """Read a file of deviations. Raises ConfigurationError that names file, entry, value and remedy."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(OPTION, path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(OPTION, path, f"not TOML: {error}") from None
    unknown = sorted(data.keys() - {ENTRY})
    entries = data.get(ENTRY, [])
    if unknown or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        remedy = f"it holds {', '.join(unknown) or ENTRY}: write nothing but [[{ENTRY}]] entries"
        raise ConfigurationError(OPTION, path, remedy)
    by_case: dict[str, Deviation] = {}
    for number, entry in enumerate(entries, start=1):
        place = _Place(path, number)
        deviation = _read_entry(place, entry)
        for case in _cases_of(place, deviation, cases):
            if case.id in by_case:
                place.refuse("contract", deviation.contract, f"{case.id} is listed twice: keep one entry")
            by_case[case.id] = deviation
    return Deviations(by_case, today)


@dataclass(frozen=True)
class _Place:
    path: Path
    number: int

    def refuse(self, key: str, value: object, remedy: str) -> NoReturn:
        """Raise ConfigurationError for one key of one entry."""
        raise ConfigurationError(f"{OPTION} {self.path}, entry {self.number}, {key}", value, remedy)


def _read_entry(place: _Place, entry: Mapping[str, Any]) -> Deviation:
    for key in entry.keys() - KEYS.keys():
        place.refuse(key, entry[key], f"no such key: choose from {', '.join(KEYS)}")
    for key, (kind, needed, meaning) in KEYS.items():
        if key not in entry:
            if needed:
                place.refuse(key, "(missing)", f"give {meaning}")
            continue
        value = entry[key]
        empty = isinstance(value, str) and not value.strip()
        if not isinstance(value, kind) or isinstance(value, datetime) or empty or value == {}:
            place.refuse(key, repr(value), f"give {meaning}")
    for finding, text in entry["seen"].items():
        if not isinstance(text, str):
            place.refuse(f"seen.{finding}", repr(text), "give the text observed, as the report has it")
    return Deviation(**entry)


def _cases_of(place: _Place, deviation: Deviation, cases: Mapping[str, Case]) -> list[Case]:
    """Return the cases that an entry speaks of, all of which know the findings it names."""
    named = deviation.contract
    found = [case for case in cases.values() if named in (case.id, case.contract.id)]
    if not found:
        place.refuse("contract", named, "no contract has this id: `oss-clean contracts` lists them")
    known = finding_ids(found[0].contract)
    for finding in deviation.seen:
        # The findings of generated data are named for the histories that were generated.
        if finding not in known and found[0].contract.generated is None:
            remedy = f"no such finding: choose from {', '.join(known)}"
            place.refuse(f"seen.{finding}", deviation.seen[finding], remedy)
    return found


def finding_ids(contract: Contract) -> list[str]:
    """Return the ids of a contract's findings, in their order."""
    ids = [expectation.id for expectation in contract.expectations] + ["race"] * bool(contract.race)
    return list(dict.fromkeys(ids))


def suggest(report: Mapping[str, Any]) -> str:
    """Return TOML for every failure of a report, the reasons left for the owner to fill in."""
    entries = []
    for result in report["contracts"]:
        failing = {f["id"]: f["observed"] for f in result["findings"] if f["problem"] and f["required"]}
        if result["verdict"] != Verdict.FAILED or not failing:
            continue
        lines = [f"[[{ENTRY}]]", f"contract = {_toml(result['id'])}", 'reason = ""', f"[{ENTRY}.seen]"]
        entries.append("\n".join([*lines, *(f"{_key(i)} = {_toml(text)}" for i, text in failing.items())]))
    return "\n\n".join(entries)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _toml(text)


def _toml(text: str) -> str:
    """Return a basic string: TOML takes JSON's escapes, but no surrogates and no DEL."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
