"""Control of time and faults over plain HTTP, on a port of its own: no signature, no XML.

Rule: every answer is JSON; what is not in the table is answered with what is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from pytest_oss_clean.emulator.faults import Faults
from pytest_oss_clean.oss import names as naming
from pytest_oss_clean.oss.messages import Request, Response


class Controlled(Protocol):
    """What can be controlled; the service is one."""

    faults: Faults

    def now(self) -> float:
        """Return the time of the restore clock."""

    def advance(self, seconds: float) -> None:
        """Put the restore clock ahead."""

    def advance_object(self, bucket: str, name: str, seconds: float) -> None:
        """Put the restore clock ahead for one object."""

    def advance_to(self, moment: float) -> None:
        """Put the restore clock to a Unix time."""

    def reset(self) -> None:
        """Forget everything."""

    def inventory(self, *, versions: bool = False) -> dict[str, dict[str, Any]]:
        """Return the state of every object, or of every version."""


_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
USAGE = {
    "GET /": "this text",
    "GET /now": "time of the restore clock",
    "GET /inventory": "state of every object by bucket and name",
    "GET /inventory?versions": "state of every version by bucket, name and id, newest first",
    "POST /advance?seconds=N": "put the restore clock ahead",
    "POST /advance?seconds=N&bucket=B&name=K": "put it ahead for one object",
    "POST /advance?until=T": "put the restore clock to the Unix time T",
    "POST /reset": "forget all objects, advances and faults",
    "GET /faults": "faults planned, and those delivered",
    "POST /faults?answer=503": "the next request is answered so: 429, 500, 503 or a Code",
    "POST /faults?wait=N": "the next answer comes N seconds late",
    "POST /faults?reset": "the next answer is lost with its connection",
    "POST /faults?late=N": "what the next request changes shows N seconds later",
    "... &times=N&operation=HeadObject&name=K": "the next N requests of an operation, for an object",
    "DELETE /faults": "forget faults",
}


class Control:
    """Answers requests that read and move the restore clock of one service."""

    def __init__(self, service: Controlled) -> None:
        """Control `service`."""
        self._service = service
        self._routes: Mapping[str, Mapping[str, Callable[[naming.Query], Any]]] = {
            "/": {"GET": lambda _: {"about": "control of the OSS emulator", "usage": USAGE}},
            "/now": {"GET": lambda _: {"now": service.now()}},
            "/inventory": {"GET": self._inventory},
            "/advance": {"POST": self._advance},
            "/reset": {"POST": self._reset},
            "/faults": {"GET": self._faults, "POST": self._plan, "DELETE": self._clear},
        }

    def __call__(self, request: Request) -> Response:
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

    def _inventory(self, query: naming.Query) -> dict[str, dict[str, Any]]:
        return self._service.inventory(versions=any(name == "versions" for name, _ in query))

    def _advance(self, query: naming.Query) -> dict[str, float]:
        before = self._service.now()
        until = _number(query, "until")
        if until is None:
            seconds = _number(query, "seconds")
            if seconds is None:
                raise ValueError("seconds must be a number, as in /advance?seconds=3600")
            named = dict(query)
            if named.get("bucket") or named.get("name"):
                self._service.advance_object(named.get("bucket") or "", named.get("name") or "", seconds)
            else:
                self._service.advance(seconds)
            return {"advanced": seconds, "now": self._service.now()}
        self._service.advance_to(until)
        return {"advanced": until - before, "now": self._service.now()}

    def _faults(self, _: naming.Query) -> dict[str, Any]:
        faults = self._service.faults
        return {
            "planned": [asdict(fault) for fault in faults.planned],
            "delivered": [asdict(delivery) for delivery in faults.delivered],
        }

    def _plan(self, query: naming.Query) -> dict[str, Any]:
        named = {name: value or "" for name, value in query}
        unknown = named.keys() - {"answer", "wait", "reset", "late", "operation", "name", "times"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        fault = self._service.faults.add(
            answer=named.get("answer"),
            wait=float(named.get("wait", 0)),
            reset="reset" in named,
            late=float(named.get("late", 0)),
            operation=named.get("operation", ""),
            name=named.get("name", ""),
            times=int(named.get("times", 1)),
        )
        return asdict(fault)

    def _clear(self, _: naming.Query) -> dict[str, Any]:
        self._service.faults.clear()
        return {}

    def _reset(self, _: naming.Query) -> dict[str, float]:
        self._service.reset()
        return {"now": self._service.now()}


def _number(query: naming.Query, wanted: str) -> float | None:
    text = next((value or "" for name, value in query if name == wanted), "")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _json(status: int, content: Any) -> Response:
    body = json.dumps(content, indent=1).encode() + b"\n"
    return Response(status, (("Content-Type", "application/json"),), body, _REASONS[status])
