"""Made-up names on servers that take names for others: nothing foreign is touched, nothing is left behind."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from urllib.parse import unquote

from foreign_objects import PREFIX, plant, rewriting, snapshot, strayed
from served_targets import serving


def resolved(name):
    """Return a path without dot segments; a slash at the end stays."""
    path = posixpath.normpath("/" + name).lstrip("/")
    return path + "/" if name.endswith("/") and path else path


def cut(name):
    return name.encode("utf-8", "surrogateescape")[:255].decode("utf-8", "ignore")


READINGS = {
    "decodes twice": lambda name: unquote(unquote(name)),
    "resolves": resolved,
    "resolves what it decoded": lambda name: resolved(unquote(unquote(name))),
    "collapses slashes": lambda name: re.sub("/+", "/", name),
    "folds": str.casefold,
    "trims": lambda name: name.strip(" ./\\\t\r\n"),
    "cuts": cut,
    "normalises": lambda name: unicodedata.normalize("NFKC", name),
    "a backslash is a slash": lambda name: name.replace("\\", "/"),
}


def all_together(name):
    """Apply every reading, again and again until nothing changes, as a chain of proxies may."""
    for _ in range(3):
        for reading in READINGS.values():
            name = reading(name)
    return name


RUN = ("--oss-seed", "7", "--oss-budget", "quick", "--oss-prefix", PREFIX, "-k", "test_generated")


def test_no_made_up_name_leads_to_a_foreign_object(command_line, faults):
    seen = []
    with serving(command_line, make=rewriting(all_together, seen)) as served:
        before = plant(served, faults)
        seen.clear()
        done = served.run(served.arguments(*RUN))
        assert done.code in (0, 1, 6), done.out + done.err
        assert len(seen) > 500, done.out
        assert snapshot(served) == before
        assert strayed(seen) == []
        left = {(bucket, name) for bucket, names in served.left().items() for name in names}
        assert left == set(before), "something was left behind, or something foreign is gone"
