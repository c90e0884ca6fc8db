"""The report of a run for machines: one JSON file, described by report-schema.json beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from pytest_oss_clean.contracts.cells import CELLS
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.report.causes import causes
from pytest_oss_clean.report.files import read_form
from pytest_oss_clean.report.junit_properties import Result
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import exit_words
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings

OPTION = "--oss-report"
FORMAT = "oss-clean-report-1"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a report holds beside the verdicts: when, with which contracts, and how it ended."""

    began: datetime
    edition: str
    contract_set: str
    exit_code: int
    left_behind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    new: tuple[str, Sequence[str]] = ("", ())
    """An edition, and the contracts of this run with expectations that later ones brought."""


def report(tally: Tally, settings: Settings, run: Run) -> dict[str, Any]:
    """Return the report as JSON data; credentials are no part of it."""
    counts = tally.counts()
    results = tally.results()
    return {
        "format": FORMAT,
        "suite": version("pytest-oss-clean"),
        "edition": run.edition,
        "strict": bool(settings.strict),
        "contract_set": run.contract_set,
        "target": describe(settings),
        "began": _time(run.began),
        "ended": _time(datetime.now(UTC)),
        "exit": {"code": run.exit_code, "reason": exit_words(tally, run.exit_code)},
        "ran": {
            "contracts": tally.ran,
            "of": len(tally.catalogue or results),
            "more_than_once": {i: number for i, number in sorted(tally.runs.items()) if number > 1},
        },
        "counts": {str(verdict): counts[verdict] for verdict in Verdict},
        "contracts": [_contract(i, r, tally.causes.get(i, "")) for i, r in results.items()],
        "causes": [
            {"words": c.words, "failed": list(c.failed), "untested": list(c.untested)}
            for c in causes(results, tally.causes)
        ],
        "unlike": [{"id": i, "problem": text} for i, r in results.items() for text in r.unlike],
        "cells": _cells(tally),
        "new": {"since": run.new[0] or run.edition, "contracts": list(run.new[1])},
        "notes": list(run.notes),
        "left_behind": list(run.left_behind),
    }


def describe(settings: Settings) -> dict[str, Any]:
    return {
        "name": settings.name,
        "endpoint": "cassettes" if settings.recordings else str(settings.endpoint or "emulator"),
        "bucket": settings.bucket,
        "region": settings.region,
        "addressing": str(settings.addressing),
        "claims": sorted(settings.claims),
    }


def _contract(case_id: str, result: Result, cause: str) -> dict[str, Any]:
    names = ("id", "evidence", "required", "observed", "problem", "says")
    return {
        "id": case_id,
        "slug": case_id.partition("[")[0],
        "verdict": str(result.verdict),
        # Of a failure with findings, the last line of its text says nothing more.
        "cause": result.cause or ("" if result.findings else cause),
        "deviation": result.deviation,
        "changes": list(result.changes),
        "findings": [{name: finding[name] for name in names} for finding in result.findings],
        "request_id": result.request_id,
        "answer": result.answer,
        "server": result.server,
    }


def _cells(tally: Tally) -> list[dict[str, Any]]:
    """Return every cell of histories and operations, with its mark, its visits and the machine's own."""
    counted, by_machine = tally.visits(), tally.visits(by_machine=True)
    return [
        {
            "given": str(given),
            "operation": str(operation),
            "mark": str(cell.mark),
            "visits": counted[given, operation],
            "by_machine": by_machine[given, operation],
        }
        for (given, operation), cell in CELLS.items()
    ]


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def schema() -> dict[str, Any]:
    text = files("pytest_oss_clean.report").joinpath("report-schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def read_report(path: Path) -> Mapping[str, Any]:
    """Read a report, each text fit to be shown: it may come from anybody. Raises ConfigurationError."""
    data: dict[str, Any] = Display(Scrubber([])).data(read_form("REPORT", path, FORMAT))
    try:
        texts = []
        for contract in data["contracts"]:
            texts += [contract["id"], contract["verdict"]]
            for finding in contract["findings"]:
                texts += [finding["id"], finding["observed"], finding["problem"]]
                finding["required"]
        damaged = not all(isinstance(text, str) for text in texts)
    except (LookupError, TypeError):
        damaged = True
    if damaged:
        raise ConfigurationError("REPORT", path, "damaged: write it anew with --oss-report")
    return data
