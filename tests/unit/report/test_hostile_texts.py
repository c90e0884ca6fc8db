"""What a server may put into any text changes the structure of no report, and the state of no terminal."""

import json
from datetime import UTC, datetime

import pytest
from lxml import html

from outcomes import CASE
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.report import json_report
from pytest_oss_clean.report import junit_properties as properties
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.report.html_report import PageData, as_html
from pytest_oss_clean.report.markdown_summary import as_markdown, escaped
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.report.terminal import closing
from pytest_oss_clean.report.wire_record import wire_record
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target

HOSTILE = {
    "ANSI": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attributes": '" onmouseover="alert(1)" \'',
    "template": "{{ 7 * 7 }}{% raw %}",
    "Markdown": "| a | b |\n\n# title\n```\n[x](javascript:alert(1)) <b> ~~~ - * 1. @user #1",
    "lines": "x\noss-clean: PASSED: every claimed contract (exit 0)\r\x85\u2028\u2029",
    "bidi": "\u202e\u2066evil\u2069",
    "long": "A" * 3_000_000,
}
PLACES = ("code", "message", "reason", "header value", "header name", "body")


def answer(place, text):
    """An answer to a clean with a text in one place, where a server could put it."""
    words = {"code": "Odd", "message": "odd"} | {place: text}
    body = "<Error><Code>{code}</Code><Message>{message}</Message></Error>".format(
        **{name: _xml(value) for name, value in words.items() if name in ("code", "message")}
    ).encode()
    name = text if place == "header name" else "x-odd"
    value = text if place == "header value" else "odd"
    reason = text if place == "reason" else "Odd"
    headers = (("x-oss-request-id", value), (name, value))
    return Response(418, headers, text.encode() if place == "body" else body, reason)


def _xml(text):
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;")


class Run:
    """One contract on a server that answers cleans in this way, and every report of it."""

    def __init__(self, place, text):
        target = memory_target(lambda service: lambda request: self.served(service, request), Service)
        self.response, display = answer(place, text), Display(target.scrubber)
        outcome = run(CASE, target, Provisioner(target))
        judged = GatedOutcome(outcome)
        self.tally, self.terminal = Tally(), render(judged, target, "a file")
        carried = [(properties.CONTRACT, CASE.id), *properties.encode(judged, display)]
        self.properties = carried
        self.tally.verdicts[CASE.id] = outcome.verdict
        self.tally.details[CASE.id] = properties.decode(carried)[1]
        self.wire = {CASE.id: wire_record(outcome, display)}
        self.closing = [display(line) for line in closing(self.tally, Settings(), 1, [])]
        how = json_report.Run(began=datetime.now(UTC), edition="0.1", contract_set="0" * 64, exit_code=1)
        self.json = display.data(json_report.report(self.tally, Settings(), how))

    def served(self, service, request):
        is_clean = request.method == "POST" and "cleanRestoredObject" in request.target
        return self.response if is_clean else service(request)

    def html(self):
        data = PageData(1, "here", "now", "0.1", {CASE.id: self.terminal}, self.wire)
        return as_html(self.tally, data)

    def markdown(self):
        return as_markdown(self.tally, 1, "here", {CASE.id: self.terminal})


@pytest.fixture(scope="module")
def harmless():
    return Run("message", "odd")


@pytest.fixture(scope="module", params=[(p, t) for p in PLACES for t in HOSTILE], ids="-".join)
def hostile(request):
    place, name = request.param
    return Run(place, HOSTILE[name])


def test_no_report_changes_its_structure_and_no_terminal_its_state(hostile, harmless):
    assert hostile.tally.verdicts == harmless.tally.verdicts
    shown = [*hostile.terminal.splitlines(), *hostile.closing]
    assert all(line.isprintable() for line in shown)
    assert [line for line in shown if line.startswith("oss-clean: PASSED")] == []
    assert len(hostile.terminal) < 20_000
    assert _rows(hostile.terminal) == _rows(harmless.terminal)

    page, plain = html.fromstring(hostile.html()), html.fromstring(harmless.html())
    assert _elements(page) <= _elements(plain) | {("mark", ()), ("pre", ())}
    assert len(page.xpath("//script")) == 1
    assert page.xpath("//script")[0].text == plain.xpath("//script")[0].text
    assert all(char.isprintable() or char == "\n" for char in hostile.html())

    told = hostile.markdown().splitlines()
    assert [line[:4] for line in told if line.startswith("#")] == ["## ❌"]
    tables = [line.count("|") for line in told if line.startswith("|")]
    assert tables == [line.count("|") for line in harmless.markdown().splitlines() if line.startswith("|")]
    assert all(line.startswith(("## ", "|", "    ", "CleanRestoredObject")) for line in told if line)

    assert json.loads(json.dumps(hostile.json)) == hostile.json
    assert len(json.dumps(hostile.json)) < 100_000
    assert all(value.isprintable() and len(value) < 50_000 for _, value in hostile.properties)


def _rows(text):
    """The names of a failure's rows; how many lines each takes depends on its words."""
    names = [line[2:12].strip() for line in text.splitlines()[1:] if line[2:3].strip() and line[2] != "-"]
    return [name for name in names if name != "server"]  # a body without a Message has none


def _elements(page):
    """Every kind of element, with the names of its attributes."""
    return {
        (element.tag, tuple(sorted(element.attrib)))
        for element in page.iter()
        if isinstance(element.tag, str)
    }


def test_markdown_shows_what_steers_it():
    assert escaped("<b>|`x`") == "&lt;b&gt;&#124;&#96;x&#96;"
    assert escaped("a\nb") == "a b"
