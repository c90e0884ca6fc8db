"""What a server may put into any text changes the structure of no report, and the state of no terminal."""

import json

import pytest
from lxml import html

from memory_runs import MemoryRun
from outcomes import CASE
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.report.markdown_summary import escaped

HOSTILE = {
    "ANSI": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attributes": '" onmouseover="alert(1)" \'',
    "template": "{{ 7 * 7 }}{% raw %}",
    "Markdown": "| a | b |\n\n# title\n```\n[x](javascript:alert(1)) <b> ~~~ - * 1. @user #1",
    "lines": "x\noss-clean: PASSED: every claimed contract (exit 0)\r\x85\u2028\u2029",
    "bidi": "\u202e\u2066evil\u2069",
    "long": "A" * 10_000_000,
}
STEPS = {
    "clean": lambda request: request.method == "POST" and "cleanRestoredObject" in request.target,
    "restore": lambda request: request.target.endswith("?restore"),
    "HEAD": lambda request: request.method == "HEAD",
}
"""The judged request, and two that bring its object there."""
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


def hostile_run(step, place, text):
    """One contract on a server that answers one of its requests in this way."""
    response = answer(place, text)

    def fault(service, request):
        return response if STEPS[step](request) else service(request)

    return MemoryRun(fault, [CASE])


@pytest.fixture(scope="module")
def harmless():
    return {step: hostile_run(step, "message", "odd") for step in STEPS}


@pytest.fixture(
    scope="module", params=[(s, p, t) for s in STEPS for p in PLACES for t in HOSTILE], ids="-".join
)
def hostile(request):
    step, place, name = request.param
    return step, hostile_run(step, place, HOSTILE[name])


def test_no_report_changes_its_structure_and_no_terminal_its_state(hostile, harmless):
    step, ran = hostile
    plain = harmless[step]
    assert ran.tally.verdicts == plain.tally.verdicts
    told = "".join(ran.texts.values())
    shown = [*told.splitlines(), *ran.closing]
    assert all(line.isprintable() for line in shown)
    assert [line for line in shown if line.startswith("oss-clean: PASSED")] == []
    assert sum(map(len, shown)) < 20_000
    assert _rows(told) == _rows("".join(plain.texts.values()))

    page, right = html.fromstring(ran.html), html.fromstring(plain.html)
    assert _elements(page) <= _elements(right) | {("mark", ()), ("pre", ())}
    assert len(page.xpath("//script")) == 1
    assert page.xpath("//script")[0].text == right.xpath("//script")[0].text
    assert all(char.isprintable() or char == "\n" for char in ran.html)

    lines = ran.markdown.splitlines()
    assert [line[:4] for line in lines if line.startswith("#")] == [plain.markdown[:4]]
    tables = [line.count("|") for line in lines if line.startswith("|")]
    assert tables == [line.count("|") for line in plain.markdown.splitlines() if line.startswith("|")]
    assert all(line.startswith(("## ", "|", "    ", "CleanRestoredObject")) for line in lines if line)

    data = ran.json
    assert json.loads(json.dumps(data)) == data
    assert len(json.dumps(data)) < 100_000
    carried = ran.properties[CASE.id]
    assert all(value.isprintable() and len(value) < 50_000 for _, value in carried)


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
