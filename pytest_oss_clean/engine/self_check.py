"""The canary: three faults in memory that the runner must notice before a green run is believed.

Each is a wrapper around the emulator's service, so the canary needs neither a socket nor the
user's target. It guards against a broken suite, not against a broken server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.constants import CLEAN, Code
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target


def _is_clean(request: Request) -> bool:
    return request.target.partition("?")[2].startswith(CLEAN)


def clean_does_nothing(service: Sender) -> Sender:
    """Answer 200 to the first clean without doing it."""
    seen: list[Request] = []

    def sender(request: Request) -> Response:
        if _is_clean(request) and not seen:
            seen.append(request)
            return Response(200)
        return service(request)

    return sender


def clean_always_succeeds(service: Sender) -> Sender:
    return lambda request: Response(200) if _is_clean(request) else service(request)


def codes_confused(service: Sender) -> Sender:
    wrong, right = (
        str(code).encode() for code in (Code.ARCHIVE_RESTORE_NOT_FINISHED, Code.ARCHIVE_RESTORE_FILE_STALE)
    )

    def sender(request: Request) -> Response:
        response = service(request)
        return replace(response, body=response.body.replace(right, wrong))

    return sender


FAULTS: tuple[tuple[str, Callable[[Sender], Sender]], ...] = (
    ("restored[ColdArchive-V4]", clean_does_nothing),
    ("restoring[ColdArchive-V4]", clean_always_succeeds),
    ("never-restored[ColdArchive-V4]", codes_confused),
)


def canary(cases: Mapping[str, Case]) -> list[str]:
    """Return what the runner failed to notice; an empty list is a live canary.

    Without a fault every case must pass, or the failures would prove nothing.
    """
    missed = []
    for case_id, fault in FAULTS:
        for expected, wrap in ((Verdict.PASSED, _no_fault), (Verdict.FAILED, fault)):
            target = memory_target(wrap)
            outcome = run(cases[case_id], target, Provisioner(target))
            if outcome.verdict is not expected:
                why = f" ({outcome.cause})" if outcome.cause else ""
                fault_name = wrap.__name__.strip("_").replace("_", " ")
                missed.append(f"{case_id} with {fault_name}: {outcome.verdict}, not {expected}{why}")
    return missed


def _no_fault(service: Sender) -> Sender:
    return service
