"""Running one generated contract: what its search found, as an outcome."""

from __future__ import annotations

from functools import partial

from pytest_oss_clean.engine.clock_witness import held
from pytest_oss_clean.engine.coverage import pack
from pytest_oss_clean.engine.outcome import Outcome, Tried, late, untested
from pytest_oss_clean.engine.properties.catalogue import PROPERTIES
from pytest_oss_clean.engine.properties.search import Found, Property, Search
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.target import Target


def run_generated(case: Case, target: Target, provisioner: Provisioner) -> Outcome:
    """Try a generated contract; whatever the target does becomes an outcome. Its objects are deleted."""
    generated = case.contract.generated
    if generated is None:
        raise ValueError(f"{case.id} is tried with no generated data")
    tried = PROPERTIES[generated.by]
    attempt = partial(_attempt, case, target, provisioner, tried)
    return held(target.time.share, tried.hold, attempt)


def _attempt(case: Case, target: Target, provisioner: Provisioner, tried: Property) -> Outcome:
    found = Search(case, target, provisioner, tried).run()
    shown = found.smallest or found.last
    why = found.not_tested or _never_judged(case, found)
    transcript = (shown.kept or ()) if shown else ()
    failed = any(finding.fails for finding in found.findings)
    if failed:
        verdict = Verdict.FAILED
    elif why:
        verdict = untested(case, target, why)
    else:
        verdict = Verdict.OBSERVED if case.checks_only else Verdict.PASSED
    return Outcome(
        case,
        verdict,
        () if why and not failed else (*found.findings, *late(transcript)),
        cause=str(why) if why and not failed else "",
        judged=shown.judged if shown else None,
        transcript=transcript,
        tried=Tried(found.examples, target.trying.seed, _in_words(found), pack(found.visits)),
    )


def _never_judged(case: Case, found: Found) -> NotTestedError | None:
    """Object to an expectation that no example judged: it would pass whatever a server does."""
    told = {finding.id for finding in found.findings}
    missing = [expectation.id for expectation in case.contract.expect if expectation.id not in told]
    if not case.contract.expect and not found.judged:
        missing = ["anything"]
    if not missing or found.smallest:
        return None
    return NotTestedError(f"no example judged {', '.join(missing)} ({found.examples} examples)")


def _in_words(found: Found) -> str:
    return "; ".join(found.smallest.drawn) if found.smallest else ""
