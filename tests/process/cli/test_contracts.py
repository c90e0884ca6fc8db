"""`oss-clean contracts`: lists, compares and counts; what a run says of the cells that it visited."""

import json

import pytest

from pytest_oss_clean.contracts.catalogue import CONTRACTS
from pytest_oss_clean.engine.coverage import render
from pytest_oss_clean.report.catalogue import COUNTS
from pytest_oss_clean.report.catalogue_diff import WARNING


def test_the_command_line_compares_a_file_with_what_is_installed(command_line):
    old = json.loads(command_line("contracts", "--json").out)
    assert {row["contract"] for row in old} == {contract.id for contract in CONTRACTS}
    assert {"area", "source", "reading"} <= old[0].keys()
    gone = old.pop(0)
    old[0]["expects"] = "status 418"
    (command_line.home / "old.json").write_text(json.dumps(old), encoding="utf-8")
    done = command_line("contracts", "--diff", "old.json", "installed")
    assert done.code == 0, done.err
    told = done.out.splitlines()
    assert told[0] == f"added    required {gone['contract']}: answer, {gone['expects']}{WARNING}"
    assert told[1].startswith("changed  required")
    assert told[1].endswith(WARNING)
    assert told[2].startswith("           expects: status 418 -> ")
    assert command_line("contracts", "--diff", ".", "installed").out == "no difference\n"


@pytest.mark.parametrize("text", ["", "{}", "[]", "[3]", '[{"contract": "x"}]', '{"format": 1}', "[" * 9999])
def test_what_is_no_set_of_contracts_is_refused(command_line, text):
    (command_line.home / "x.json").write_text(text, encoding="utf-8")
    done = command_line("contracts", "--diff", "x.json", ".")
    assert done.code == 4
    assert done.err.startswith(
        "oss-clean: --diff=x.json: give a file that `oss-clean contracts --json` wrote"
    )


def test_the_command_line_prints_and_writes_counts(command_line):
    printed = command_line("contracts", "--counts").out
    path = command_line.home / "x.md"
    path.write_text(f"{COUNTS[0]}\n{COUNTS[1]}\n", encoding="utf-8")
    assert command_line("contracts", "--counts", "--write", "x.md").code == 0
    assert path.read_text(encoding="utf-8") == f"{COUNTS[0]}\n{printed}{COUNTS[1]}\n"
    assert command_line("contracts", "--write", "none.md").code == 4


def test_the_command_line_prints_the_cells(command_line):
    done = command_line("contracts", "--cells")
    assert done.code == 0
    assert done.out == render() + "\n"


def test_the_last_lines_and_the_report_tell_what_the_machine_came_to(command_line):
    done = command_line("check", "-k", "test_page or life-cycle-ColdArchive", "--oss-report=report.json")
    assert done.code == 0, done.out
    cells = json.loads((command_line.home / "report.json").read_text("utf-8"))["cells"]
    came = [cell for cell in cells if cell["by_machine"]]
    assert came
    assert f"; {len(came)} by the life-cycle machine\n" in done.out
    assert all(cell["visits"] >= cell["by_machine"] for cell in cells)
    assert any(cell["visits"] > cell["by_machine"] for cell in cells)
