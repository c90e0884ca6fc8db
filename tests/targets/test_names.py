"""A proxy that rewrites names on the way: whatever it makes of them, nothing foreign is touched."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.message import Operation
from served import MAIN, SECOND, VERSIONED, failures, serving

PREFIX = "team-a/"
FOREIGN = (
    "precious",
    "team-a/precious",
    "team-a/oss-clean-00000000/precious",
    "team-b/precious",
    "oss-clean",
)
REWRITINGS = {
    "decodes once more and collapses": lambda name: posixpath.normpath("/" + unquote(name)).lstrip("/"),
    "cuts at a mark": lambda name: re.split("[?#]", unquote(name))[0],
    "folds case and trims": lambda name: name.lower().strip(" ./\\\t\r\n"),
}


def rewriting(rewrite, seen):
    """Return a service that looks for another name than was signed."""

    class Rewriting(Service):
        def handle(self, handler, operation, reply):
            name = rewrite(operation.name) if operation.name else ""
            query = tuple((n, rewrite(v) if n == "prefix" and v else v) for n, v in operation.query)
            seen.append((operation.bucket, name))
            return super().handle(handler, replace(operation, name=name, query=query), reply)

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


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_proxy_that_rewrites_names_never_leads_the_suite_to_a_foreign_object(command_line, faults, name):
    seen = []
    with serving(command_line, make=rewriting(REWRITINGS[name], seen)) as server:
        before = plant(server, faults)
        seen.clear()
        done = server.check("--oss-prefix", PREFIX, "-k", "test_existence or test_effects or test_syntax")
        assert done.code in (0, 1, 6)
        assert snapshot(server) == before
        assert set(before) == {(b, n) for b, names in server.left().items() for n in names}
        ours = re.compile(r"[/\\]?team-a/oss-clean-[0-9a-f]{8}(/|$)")
        assert [place for place in seen if place[1] and not ours.match(place[1])] == []
        for text in failures(done.out).values():
            assert "another object" in text or "status is " in text or "answers " in text, text
