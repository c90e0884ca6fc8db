"""The lines that `oss-clean check` prints for each area of the catalogue."""

from __future__ import annotations

import re

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.mutation.faults.response_edits import without
from served_targets import serving


def area(done, name):
    (line,) = re.findall(rf"^  {name} +\d+  (.*)$", done.out, re.MULTILINE)
    return line


def test_a_change_that_gates_is_changed_in_its_area_as_in_the_verdict(command_line):
    changed = []

    def losing(service):
        return lambda request: (
            without(service(request), "x-oss-hash-crc64ecma") if changed else service(request)
        )

    one = ("-k", "test_page and ColdArchive-V4 and not Deep")
    path = command_line.home / "baseline.json"
    with serving(command_line, losing) as server:
        server.check(*one, "--oss-write-baseline", path)
        changed.append(True)
        done = server.check(*one, "--oss-baseline", path, "--oss-gate-changes")
    assert done.code == 1
    assert done.counts["changed"] > 0
    assert area(done, "page") == f"{done.counts['passed']} passed, {done.counts['changed']} changed"


def test_areas_of_which_nothing_ran_are_listed_where_a_part_ran(command_line):
    one = command_line("check", "emulator", "--oss-contract", "never-restored[ColdArchive-V4]")
    _, found, rest = one.out.partition("  not run ")
    listed = " ".join(rest.partition("\n\n")[0].split())
    assert found, one.out
    sizes = {name: sum(len(row.cases()) for row in rows) for name, rows in AREAS.items() if name != "page"}
    assert listed == ", ".join(f"0 of {number} {name}" for name, number in sizes.items())
    assert all(len(line) <= 80 for line in rest.splitlines()[:4])
    assert area(one, "page") == "1 passed"
