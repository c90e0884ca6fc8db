"""Workers of pytest-xdist come to the reports and the exit code of one process."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from lxml import html

from plugin_runs import CONFUSED, CONTRACTS, UNRESTORABLE, break_emulator, run

pytest_plugins = ["pytester"]

SOME = ["-k", "(test_page or test_existence) and ColdArchive-V4 and not Deep"]
FAULTS = {"right": ("", 0), "wrong": (CONFUSED, 1), "not tested": (UNRESTORABLE, 6)}


def without_ids(text):
    """Leave out what differs between two runs: ids, times, ports."""
    text = re.sub(r"[0-9A-F]{24}|oss-clean-[0-9a-f]{8}(-gw\d)?|127\.0\.0\.1:\d+", "#", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)?|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT", "#", text)
    return " ".join(text.split())


def reports(pytester, *args):
    """Run some contracts; return the exit code, the report, JUnit's cases, the page's, and the last lines."""
    files = {name: pytester.path / name for name in ("run.json", "run.xml", "run.html")}
    options = zip(("--oss-report", "--junitxml", "--oss-html"), files.values(), strict=True)
    result = run(pytester, *CONTRACTS, *SOME, *(part for pair in options for part in pair), *args)
    report = json.loads(without_ids(files["run.json"].read_text("utf-8")))
    cases = []
    for case in ET.parse(files["run.xml"]).getroot().iter("testcase"):
        kinds = [child.tag for child in case if child.tag != "properties"]
        properties = {each.get("name"): each.get("value") for each in case.iter("property")}
        cases.append((case.get("name"), kinds, without_ids(json.dumps(properties))))
    page = html.fromstring(files["run.html"].read_text("utf-8"))
    counts = [
        each.text_content() for each in page.xpath("//section[contains(@class, 'verdict')]/p[position() < 4]")
    ]
    exchanges = ".//div[contains(concat(' ', @class, ' '), ' wire ')]"
    shown = [
        (each.get("id"), each.get("data-verdict"), len(each.xpath(exchanges)))
        for each in page.xpath("//details")
    ]
    text = re.sub(r"\n {4,}", " ", result.stdout.str())  # workers print nothing between
    lines = [line for line in text.splitlines() if line.startswith(("oss-clean: ", "FAILED "))]
    said = [without_ids(line) for line in lines if " cells of " not in line]
    return result.ret, report, sorted(cases), counts, shown, said


@pytest.mark.parametrize("name", FAULTS)
def test_two_workers_write_what_one_process_writes(pytester, name):
    fault, code = FAULTS[name]
    if fault:
        break_emulator(pytester, fault)
    alone, together = reports(pytester), reports(pytester, "-n", "2")
    assert alone[0] == code
    for one, two in zip(alone, together, strict=True):
        assert one == two
    verdicts = {contract["verdict"] for contract in alone[1]["contracts"]}
    assert (
        verdicts >= {"right": {"passed"}, "wrong": {"failed", "passed"}, "not tested": {"not tested"}}[name]
    )
    assert all(number for _, verdict, number in alone[4] if verdict in ("passed", "failed"))
    assert len(alone[2]) == len(alone[4]) == len(alone[1]["contracts"]) > 10
