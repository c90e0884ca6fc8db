"""The emulator's service in memory, lacking something, for `oss-clean probe` to find out."""

from __future__ import annotations

import tomllib
from dataclasses import replace

from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.target.capabilities import probe
from pytest_oss_clean.target.config.claims import CLAIMS
from pytest_oss_clean.target.open import memory_target

ALL = set(CLAIMS) - {"instant-restore"}
GONE = Response(0, transport_error=TransportError(TransportErrorKind.CLOSED, "connection closed"))


class Wrapped:
    """The emulator's service with a fault before it: a function of service and request."""

    def __init__(self, fault=None):
        self.fault = fault or (lambda service, request: service(request))
        self.requests = []
        self.target = memory_target(self.around)

    def around(self, service):
        self.service = service

        def sender(request):
            self.requests.append(request)
            return self.fault(service, request)

        return sender

    def probe(self, **changes):
        target = replace(self.target, **changes) if changes else self.target
        self.lines = list(probe(target))
        assert target.ledger.left == {}
        return tomllib.loads("\n".join(self.lines))

    def said(self, claim):
        (line,) = [line for line in self.lines if line.startswith(f"# {claim}: ")]
        return line.removeprefix(f"# {claim}: ")


def refused(status=501, code="NotImplemented"):
    return Response(status, (), f"<Error><Code>{code}</Code></Error>".encode())


def asks(request, method, part):
    return request.method == method and part in request.target


def refuse(when, response=None):
    """A fault that refuses some requests."""
    return lambda service, request: (response or refused()) if when(request) else service(request)


def changed(when, change):
    """A fault that changes the answers to some requests."""
    return lambda service, request: change(service(request)) if when(request) else service(request)


def signed(request, start):
    return (request.header("authorization") or "").startswith(start)
