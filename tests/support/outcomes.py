"""Outcomes of contracts as the runner would give them, without running any."""

from __future__ import annotations

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.findings import Finding
from pytest_oss_clean.spec.verdict import Verdict

CASE = CASES["restored[ColdArchive-V4]"]
RIGHT = Finding("answer", Evidence.DOCUMENTED, "200")
WRONG = Finding("answer", Evidence.DOCUMENTED, "500 InternalError", "status is 500, not 200")
CHECK = Finding("ETag-same", Evidence.INFERRED, "as before", required=False)
UNLIKE = Finding("restorable-anew", Evidence.INFERRED, "200", "status is 200, not 202", required=False)


def outcome(*findings, case=CASE, verdict=None, cause=""):
    """Return an outcome whose verdict follows from its findings."""
    found = Verdict.FAILED if any(f.fails for f in findings) else Verdict.PASSED
    return Outcome(case, verdict or found, findings, cause)
