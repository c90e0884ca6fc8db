"""What was said between the suite and a target, as it is kept for reports and reproducers."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_oss_clean.oss.constants import Tier
from pytest_oss_clean.oss.messages import Operation, Request, Response, TransportErrorKind
from pytest_oss_clean.spec.matchers import Matcher
from pytest_oss_clean.spec.request import Signing

NEVER_ARRIVED = frozenset(
    {
        TransportErrorKind.UNREACHABLE,
        TransportErrorKind.TLS,
        TransportErrorKind.CONNECT_TIMEOUT,
        TransportErrorKind.PROXY,
    }
)
"""Troubles after which the target cannot have seen the request."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a contract and its answer; `expected` is empty where nothing is judged.

    `settled` is the time until the effect of a clean showed, None where it was not waited for or did not.
    """

    label: str
    operation: Operation
    request: Request
    response: Response
    signing: Signing
    expected: tuple[Matcher, ...] = ()
    settled: float | None = None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time that passed between two requests, until an object's restore was complete, or expired."""

    seconds: float
    name: str
    tier: Tier | None = None
    moved: float = 0.0
    """Seconds by which the restore clock was put forward beyond a restore, 0 where it was not."""
