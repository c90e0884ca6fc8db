"""Time control over plain HTTP, on a port of its own: no signature, no XML.

Rule: every answer is JSON; what is not in the table is told what is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pytest_oss_clean import naming
from pytest_oss_clean.message import Answer, Request


class Clockwork(Protocol):
    """What can be controlled; the service is one."""

    def now(self) -> float:
        """Return the time of the restore clock."""

    def advance(self, seconds: float) -> None:
        """Put the restore clock ahead."""

    def reset(self) -> None:
        """Forget everything."""

    def inventory(self) -> dict[str, dict[str, str]]:
        """Return the state of every object."""


_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
USAGE = {
    "GET /": "this text",
    "GET /now": "time of the restore clock",
    "GET /inventory": "state of every object",
    "POST /advance?seconds=N": "put the restore clock ahead",
    "POST /reset": "forget all objects and advances",
}


class Control:
    """Answers requests that read and move the restore clock of one service."""

    def __init__(self, clockwork: Clockwork) -> None:
        """Control `clockwork`."""
        self._clockwork = clockwork
        self._routes: Mapping[str, Mapping[str, Callable[[naming.Query], Any]]] = {
            "/": {"GET": lambda _: {"about": "time control of the OSS emulator", "usage": USAGE}},
            "/now": {"GET": lambda _: {"now": clockwork.now()}},
            "/inventory": {"GET": lambda _: clockwork.inventory()},
            "/advance": {"POST": self._advance},
            "/reset": {"POST": self._reset},
        }

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        path, raw = naming.split_target(request.target)
        methods = self._routes.get(path)
        if methods is None:
            return _json(404, {"error": f"no {path} here", "usage": USAGE})
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            return _json(405, {"error": f"{request.method} is not for {path}", "usage": USAGE})
        try:
            return _json(200, methods[method](naming.decode_query(raw)))
        except ValueError as error:
            return _json(400, {"error": str(error), "usage": USAGE})

    def _advance(self, query: naming.Query) -> dict[str, float]:
        text = next((value or "" for name, value in query if name == "seconds"), "")
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds):
            raise ValueError("seconds must be a number, as in /advance?seconds=3600")
        self._clockwork.advance(seconds)
        return {"advanced": seconds, "now": self._clockwork.now()}

    def _reset(self, _: naming.Query) -> dict[str, float]:
        self._clockwork.reset()
        return {"now": self._clockwork.now()}


def _json(status: int, content: Any) -> Answer:
    body = json.dumps(content, indent=1).encode() + b"\n"
    return Answer(status, (("Content-Type", "application/json"),), body, _REASONS[status])
