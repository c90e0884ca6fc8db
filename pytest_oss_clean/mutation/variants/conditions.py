"""Right servers under conditions that a run must bear: late, busy, restarted, their clock used by others.

Rule: none of them may fail a contract. One whose object was taken from it, or whose requests were
throttled to the end, is not tested, and says why in the same words each time.
"""

from __future__ import annotations

from itertools import product

from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.http.wire import Cut, encode
from pytest_oss_clean.emulator.lifecycle import HOUR
from pytest_oss_clean.mutation.faults.decorators import Interception, MethodCall, sender_fault, service_fault
from pytest_oss_clean.mutation.faults.response_edits import error
from pytest_oss_clean.mutation.mutant import OnWire, Reached, Variant
from pytest_oss_clean.mutation.mutants.time import after_clean, ending_in
from pytest_oss_clean.oss.messages import Request, Response

LATE = 0.1
"""Seconds until a clean shows. The documents name none; a run waits as long as its target may settle."""

BUSY = (
    (429, "QpsLimitExceeded"),
    (503, "TotalQpsLimitExceeded"),
    (503, "ServiceUnavailable"),
    (503, "ActiveRequestLimitExceeded"),
    (503, "CpuLimitExceeded"),
    (503, "MetaOperationQpsLimitExceeded"),
    (503, "UploadTrafficRateLimitExceeded"),
    (503, "DownloadTrafficRateLimitExceeded"),
)
"""The answers that OSS documents for throttling and overload (pages "503 error" and "429 error")."""

EVERY = 4


@sender_fault
def throttling(call: Interception, status: int, code: str, *, cleans: bool) -> Response:
    """Throttle every fourth request, or every fourth clean, which is then not carried out."""
    if (call.is_clean or not cleans) and call.count() % EVERY == 0:
        call.reached()
        return error(status, code)(Response(status))
    return call.right()


@service_fault("handle")
def moved_by_others(call: MethodCall, requests: int) -> object:
    """Let an hour of the restore clock pass between two requests, as another run does that shares it."""
    call.memory["requests"] = call.memory.get("requests", 0) + 1
    if call.memory["requests"] % requests == 0:
        call.reached()
        call.owner.advance(HOUR)
    return call.right()


def closing_silently(response: Response, request: Request, keep_alive: bool, reached: Reached) -> bytes:
    """Close each connection after its answer, which says that it is kept."""
    reached()
    return Cut(encode(response, request, keep_alive))


CONDITIONS: tuple[Variant, ...] = (
    Variant(
        id="condition-late",
        says="a clean shows some time after its answer",
        fault=after_clean(Outcome.CLEANED, ending_in(LATE)),
        settle_seconds=5.0,
    ),
    *(
        Variant(
            id=f"condition-busy-{what}-{code}",
            says=f"every 4th of {what} is answered {status} {code}",
            fault=throttling(status, code, cleans=what == "cleans"),
            excused="throttled: ",
        )
        for what, (status, code) in product(("cleans", "requests"), BUSY)
    ),
    Variant(
        id="condition-shared-clock",
        says="somebody else moves the restore clock",
        fault=moved_by_others(29),
        shared_clock=True,
        excused="state moved",
    ),
    Variant(
        id="condition-restarting",
        says="each connection is closed in silence once it is idle",
        fault=OnWire(closing_silently),
    ),
)
