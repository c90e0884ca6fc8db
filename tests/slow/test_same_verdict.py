"""The same command against the same server gives the same verdict, generated contracts included."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pytest_oss_clean.mutation.faults.requests import is_clean
from served_targets import failures, serving


def cutting(service):
    """Cut the names of cleans at a semicolon, as some parsers of paths do."""

    def sender(request):
        path, found, query = request.target.partition("?")
        if is_clean(request):
            path = re.split(r"%3B", path, flags=re.IGNORECASE)[0]
        return service(replace(request, target=path + found + query))

    return sender


@pytest.mark.parametrize("wrap", [lambda service: service, cutting], ids=["right", "subtly wrong"])
def test_the_same_command_gives_the_same_verdict(command_line, wrap):
    with serving(command_line, wrap) as server:
        runs = [server.check("-k", "test_generated") for _ in range(3)]
    assert len({done.code for done in runs}) == 1
    assert runs[0].counts == runs[1].counts == runs[2].counts
    assert runs[0].counts["passed"] > 0
    assert len({tuple(sorted(failures(done.out))) for done in runs}) == 1
