"""Right servers that are hard on a suite: late, busy, and with a restore clock that others move too."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import replace
from itertools import count

from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response

DAY = 86_400
BUSY = Response(
    503, (("Content-Type", "application/xml"),), b"<Error><Code>TotalQpsLimitExceeded</Code></Error>"
)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def drive(self, target) -> None:
        """Let a target's waiting move this clock, and take no time."""
        target.pace.now, target.pace.sleep = self.now, self.sleep


def replica_of(store):
    """Return a store that holds the same objects; uploads that go on are no part of them, and shared."""
    replica = copy(store)
    replica.buckets = {n: replace(b, objects=deepcopy(b.objects)) for n, b in store.buckets.items()}
    return replica


def late(time, seconds):
    """Answer a clean at once, and effect it some seconds later."""

    def wrap(service):
        due = []

        def settle():
            while due and due[0][0] <= time.now():
                service(due.pop(0)[1])

        def sender(request):
            settle()
            path = request.target.partition("?")[0]
            if is_clean(request):
                untouched, service.store = service.store, replica_of(service.store)
                response = service(request)
                service.store = untouched
                if response.succeeded:
                    due.append((time.now() + seconds, request))
                    return response
            elif request.method in {"PUT", "DELETE"}:
                due[:] = [each for each in due if each[1].target.partition("?")[0] != path]
            return service(request)

        return sender

    return wrap


def busy(every):
    """Answer every Nth request as the page "503 error" has it."""

    def wrap(service):
        numbers = count(1)
        return lambda request: BUSY if next(numbers) % every == 0 else service(request)

    return wrap


def moved_by_another(every):
    """Let somebody else move the restore clock before every Nth request."""

    def wrap(service):
        numbers = count(1)

        def sender(request):
            number = next(numbers)
            if number % every == 0:
                service.advance(DAY * 8 if number % (2 * every) else 3_700)
            return service(request)

        return sender

    return wrap
