"""Faults on demand: requests that are refused, wait, lose their connection, or take effect late.

Rule: a fault is planned for a number of requests, and what was really delivered is kept. A plan that cannot
meet any request, such as one for an operation that does not exist, is refused.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pytest_oss_clean.errors import suggestion
from pytest_oss_clean.oss.constants import Code

MESSAGE = "This response was asked for by a fault of the emulator."
_CODES: Mapping[int, str] = {
    429: "QpsLimitExceeded",
    500: "InternalError",
    503: "ServiceUnavailable",
}
"""The Code of a status that is given without one."""
_STATUSES: Mapping[str, int] = {
    **{code: status for status, code in _CODES.items()},
    **dict.fromkeys(
        (
            "DownloadTrafficRateLimitExceeded",
            "UploadTrafficRateLimitExceeded",
            "MetaOperationQpsLimitExceeded",
            "TotalQpsLimitExceeded",
            "ActiveRequestLimitExceeded",
            "CpuLimitExceeded",
        ),
        503,
    ),
    Code.ACCESS_DENIED: 403,
    Code.INVALID_OBJECT_STATE: 403,
    Code.NO_SUCH_BUCKET: 404,
    Code.NO_SUCH_KEY: 404,
    Code.ARCHIVE_RESTORE_FILE_STALE: 409,
    Code.ARCHIVE_RESTORE_NOT_FINISHED: 409,
    Code.RESTORE_ALREADY_IN_PROGRESS: 409,
}
"""The status of a Code that is given without one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to `times` requests: those of an operation, for an object, or any.

    Either an error is answered (`status` and `code`), or the request is carried out: its answer waits
    `wait` seconds, is lost with the connection (`reset`), or what it changes shows `late` seconds later.
    """

    status: int = 0
    code: str = ""
    wait: float = 0.0
    reset: bool = False
    late: float = 0.0
    operation: str = ""
    name: str = ""
    times: int = 1

    def meets(self, operation: str, name: str) -> bool:
        return self.operation in ("", operation) and self.name in ("", name)

    def effect(self) -> dict[str, Any]:
        """Return what it does, as far as it differs from nothing."""
        told = asdict(self)
        return {field: told[field] for field in ("status", "code", "wait", "reset", "late") if told[field]}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A fault that a request met: when, in which operation, for which object, and what happened."""

    at: float
    operation: str
    name: str
    request_id: str
    effect: dict[str, Any]


class Faults:
    """Plans of faults, and the account of those delivered."""

    def __init__(self, operations: Callable[[], frozenset[str]]) -> None:
        self._operations = operations
        self._lock = threading.Lock()
        self._planned: list[Fault] = []
        self._delivered: list[Delivery] = []

    def add(  # noqa: PLR0913 - each has a default
        self,
        *,
        answer: int | str | None = None,
        wait: float = 0.0,
        reset: bool = False,
        late: float = 0.0,
        operation: str = "",
        name: str = "",
        times: int = 1,
    ) -> Fault:
        """Plan a fault for the next `times` requests of an operation or for an object, or of any.

        Exactly one of: `answer`, a status or a Code; `wait`, seconds until the answer; `reset`, the
        answer is lost; `late`, seconds until what was changed shows. Faults are met in the order of
        their planning. Raises ValueError for what no request can meet.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        if sum(map(bool, (answer, wait, reset, late))) != 1:
            raise ValueError("give one of answer, wait, reset and late")
        for number in (wait, late):
            if not (math.isfinite(number) and number >= 0):
                raise ValueError("wait and late are seconds, 0 or more")
        if times < 1:
            raise ValueError("times must be 1 or more")
        known = sorted(self._operations())
        if operation and operation not in known:
            raise ValueError(f"no operation {operation!r}: {suggestion(operation, known)}")
        status, code = _read_answer(answer)
        fault = Fault(status, code, wait, reset, late, operation, name, times)
        with self._lock:
            self._planned.append(fault)
        return fault

    @property
    def awaited(self) -> bool:
        return bool(self._planned)

    def take(self, operation: str, name: str) -> Fault | None:
        with self._lock:
            for at, fault in enumerate(self._planned):
                if fault.meets(operation, name):
                    self._planned[at : at + 1] = [replace(fault, times=fault.times - 1)] * (fault.times > 1)
                    return fault
        return None

    def account(self, delivery: Delivery) -> None:
        with self._lock:
            self._delivered.append(delivery)

    @property
    def planned(self) -> list[Fault]:
        with self._lock:
            return list(self._planned)

    @property
    def delivered(self) -> list[Delivery]:
        """Return what was met, in order."""
        with self._lock:
            return list(self._delivered)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._delivered.clear()


def _read_answer(answer: int | str | None) -> tuple[int, str]:
    """Return status and Code of an answer that is named by either."""
    __tracebackhide__ = True
    if answer is None:
        return 0, ""
    if isinstance(answer, str) and not answer.isdigit():
        if answer not in _STATUSES:
            raise ValueError(f"no status is known for {answer!r}: {suggestion(answer, sorted(_STATUSES))}")
        return _STATUSES[answer], answer
    status = int(answer)
    if status not in _CODES:
        raise ValueError(f"answer {status} is ambiguous: give 429, 500, 503 or a Code")
    return status, _CODES[status]
