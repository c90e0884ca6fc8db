"""Services that take each name for another one, as careless servers do, beside objects of others."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.properties.name_strategies import HARD, WORDS
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutants import names
from pytest_oss_clean.oss.messages import Operation
from pytest_oss_clean.oss.names import object_name_problem
from pytest_oss_clean.target.config.budgets import BUDGETS, Trying
from pytest_oss_clean.target.open import memory_target


def resolved(name):
    """Follow `.` and `..`, and stay in the bucket."""
    kept = []
    for segment in name.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


READINGS = {
    "decoded": lambda name: unquote(name, errors="surrogateescape"),
    "decoded, + a blank": lambda name: unquote(name.replace("+", " "), errors="surrogateescape"),
    "dot segments": resolved,
    "segments trimmed": lambda name: "/".join(segment.strip() for segment in name.split("/")),
    "backslash": lambda name: name.replace("\\", "/"),
    "slashes": names.slashes,
    "trimmed": lambda name: name.strip(" ./\\\t\r\n"),
    "case": str.lower,
    "casefold": str.casefold,
    "NFC": names.composed,
    "NFD": names.decomposed,
    "NFKC": partial(unicodedata.normalize, "NFKC"),
    "cut at 255 bytes": lambda name: name.encode("utf-8", "surrogateescape")[:255].decode("utf-8", "ignore"),
    "cut at a mark": lambda name: re.split("[?#;\x00]", name)[0],
    "astral dropped": names.lost,
    "unseen dropped": lambda name: "".join(c for c in name if c.isprintable()),
    "ASCII only": lambda name: re.sub("[^!-~]", "", name),
}


def reading(*kinds):
    """Return a server's way to take a name: these readings, one after the other."""

    def read(name):
        for kind in kinds:
            name = READINGS[kind](name)
        return name

    return read


def until_nothing_changes(name):
    """Read in every way, again and again."""
    seen = set()
    while name not in seen:
        seen.add(name)
        name = reading(*READINGS)(name)
    return name


SERVERS = {
    "decodes thrice, resolves": reading("decoded", "decoded", "decoded", "dot segments", "slashes"),
    "a form on a disk": reading("backslash", "NFKC", "dot segments", "slashes", "case", "trimmed"),
    "a web form": reading("decoded, + a blank", "unseen dropped", "cut at a mark", "dot segments"),
    "plain text": reading("astral dropped", "ASCII only", "decoded", "dot segments", "cut at 255 bytes"),
    "all of it": until_nothing_changes,
}
FOREIGN = sorted(
    {"precious", "team-b/precious", "oss-clean-00000000/precious", "oss-clean"}
    | {piece for pieces in (WORDS, *HARD.values()) for piece in pieces if not object_name_problem(piece)}
)


def misreading(read, seen):
    """Return a service that takes each name for another one, and keeps what it was led to."""

    class Misreading(Service):
        def handle(self, handler, operation, reply):
            name = read(operation.name) if operation.name else ""
            query = tuple((n, read(v) if n == "prefix" and v else v) for n, v in operation.query)
            seen.update({name, *(v for n, v in query if n == "prefix")} - {"", None})
            return super().handle(handler, replace(operation, name=name, query=query), reply)

    return Misreading


def stored(target):
    """Return all there is of every object in the target's buckets."""
    return {
        (bucket.name, name): tuple(held)
        for bucket in target.sender.store.buckets.values()
        for name, held in bucket.objects.items()
    }


def plant(target):
    """Put objects of others into the bucket, past the service that misreads names."""
    for name in FOREIGN:
        put = Operation("PUT", target.bucket, name, body=b"precious")
        assert Service.handle(target.sender, "put_object", put, Reply("PUT", "")).status == 200


def foreign_to(target, found):
    """Return those names that are not below the run's prefix."""
    return [name for name in found if not f"{name}/".startswith(target.prefix)]


def assert_nothing_foreign_is_touched(contract, read):
    """Run the contract on a service that reads names in this way, twice."""
    seen = set()
    target = memory_target(lambda service: service, misreading(read, seen))
    plant(target)
    before = stored(target)
    assert {name for _, name in before} == set(FOREIGN)
    for seed in (1, 2):
        target.trying = Trying(replace(BUDGETS["quick"], machines=6, shrink_seconds=1.0), seed)
        for case in contract.cases():
            run(case, target, Provisioner(target))
    assert seen
    assert foreign_to(target, seen) == []
    assert stored(target) == before
