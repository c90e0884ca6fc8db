"""A proxy that rewrites names on the way, and objects of others that it may lead to."""

from __future__ import annotations

import re
from dataclasses import replace

from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.names import read_target, target
from served_targets import MAIN, SECOND, VERSIONED

PREFIX = "team-a/"
OURS = re.compile(r"[/\\]?team-a/oss-clean-[0-9a-f]{8}(/|$)")
NAMING = ("prefix", "marker", "key-marker", "start-after")
"""Parameters of lists that hold names."""
COPY = "x-oss-copy-source"
FOREIGN = (
    "precious",
    "team-a/precious",
    "team-a/oss-clean-00000000/precious",
    "team-b/precious",
    "oss-clean",
)


def rewriting(rewrite, seen):
    """Return a service that looks for another name than was signed."""

    class Rewriting(Service):
        def handle(self, handler, operation, reply):
            name = rewrite(operation.name) if operation.name else ""
            query = tuple((n, rewrite(v) if n in NAMING and v else v) for n, v in operation.query)
            headers = tuple((n, source(v) if n.lower() == COPY else v) for n, v in operation.headers)
            seen.append((operation.bucket, name))
            seen.extend((operation.bucket, v) for n, v in query if n in NAMING and v)
            changed = replace(operation, name=name, query=query, headers=headers)
            return super().handle(handler, changed, reply)

    def source(value):
        bucket, name, query = read_target(value if value.startswith("/") else f"/{value}")
        seen.append((bucket, rewrite(name)))
        return target(bucket, rewrite(name), query)

    return Rewriting


def plant(server, faults):
    """Put objects of others into every bucket; return how they are."""
    for bucket in (MAIN, SECOND, VERSIONED):
        for name in FOREIGN:
            put = Operation("PUT", bucket, name, body=b"precious")
            assert faults.send(server.endpoint, server.credentials, put) == 200
    return snapshot(server)


def snapshot(server):
    """Return all that is stored of each object of others."""
    return {
        (bucket.name, name): tuple(bucket.objects[name])
        for bucket in server.service.store.buckets.values()
        for name in bucket.objects
        if name in FOREIGN
    }


def strayed(seen):
    """Return what was asked for outside a run's own prefix."""
    return [place for place in seen if place[1] and not OURS.match(place[1])]
