"""A proxy that rewrites names on the way: whatever it makes of them, nothing foreign is touched."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

import pytest

from foreign_objects import PREFIX, plant, rewriting, snapshot, strayed
from served_targets import failures, serving

REWRITINGS = {
    "decodes once more and collapses": lambda name: posixpath.normpath("/" + unquote(name)).lstrip("/"),
    "cuts at a mark": lambda name: re.split("[?#]", unquote(name))[0],
    "folds case and trims": lambda name: name.lower().strip(" ./\\\t\r\n"),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_proxy_that_rewrites_names_never_leads_the_suite_to_a_foreign_object(command_line, faults, name):
    seen = []
    with serving(command_line, make=rewriting(REWRITINGS[name], seen)) as server:
        before = plant(server, faults)
        seen.clear()
        done = server.check("--oss-prefix", PREFIX, "-k", "test_existence or siblings or test_syntax")
        assert done.code in (0, 1, 6)
        assert snapshot(server) == before
        assert set(before) == {(b, n) for b, names in server.left().items() for n in names}
        assert strayed(seen) == []
        for text in failures(done.out).values():
            assert "another object" in text or "status is " in text or "answers " in text, text
