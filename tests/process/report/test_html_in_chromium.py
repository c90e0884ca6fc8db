"""The page of a run in a browser: it works, reaches for nothing, and fits a phone."""

import pytest

import chromium
from memory_runs import MemoryRun
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.oss.messages import Response

pytestmark = pytest.mark.skipif(chromium.path() is None, reason=f"no browser: {', '.join(chromium.NAMES)}")

LONG = "A" * 400
PHONE = 375
QUIET = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
UNREADABLE = """(() => {
  const linear = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const light = rgb => { const [r, g, b] = rgb.map(linear); return .2126 * r + .7152 * g + .0722 * b };
  const read = text => text.match(/[\\d.]+/g).map(Number);
  const ground = each => { for (; each; each = each.parentElement) {
    const [r, g, b, a = 1] = read(getComputedStyle(each).backgroundColor); if (a) return [r, g, b] } };
  return [...document.querySelectorAll("main *:not(option)")].filter(each => {
    const own = [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !each.getClientRects().length) return false;
    const style = getComputedStyle(each), colour = each.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(read(colour).slice(0, 3)), light(ground(each))].sort((x, y) => x - y);
    return (b + .05) / (a + .05) < 4.5 }).map(each => each.outerHTML.slice(0, 100)) })()"""
SMALLEST = """Math.min(...[...document.querySelectorAll("svg text")]
  .filter(each => each.getClientRects().length)
  .map(each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a))"""
OUTSIDE = """[...document.querySelectorAll("svg text, svg path")].filter(each => {
  const one = each.getBoundingClientRect(), all = each.ownerSVGElement.getBoundingClientRect();
  return one.width && (one.left < all.left - 1 || one.right > all.right + 1 || one.bottom > all.bottom + 1) })
  .map(each => each.outerHTML)"""
SHOWN = (
    "[...document.querySelectorAll('.contract')].filter(each => each.checkVisibility()).map(each => each.id)"
)


def failing(service, request):
    """Answer 409 by another Code, with words that have no place to break."""
    response = service(request)
    if response.status != 409:
        return response
    body = response.body.replace(b"Stale", b"Fresh").replace(b"<Message>", f"<Message>{LONG}".encode())
    return Response(409, (*response.headers, ("x-odd", LONG)), body, "Conflict")


def not_tested(service, request):
    return Response(503, ()) if request.target.endswith("?restore") else service(request)


RUNS = {"right": lambda service, request: service(request), "failing": failing, "not tested": not_tested}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A file for each run; one has all cells of the matrix."""
    folder = tmp_path_factory.mktemp("pages")
    cases = [case for row in AREAS["page"] for case in row.cases()]
    cases += [case for case in CASES.values() if case.contract.given not in {c.contract.given for c in cases}]
    for name, fault in RUNS.items():
        (folder / f"{name}.html").write_text(MemoryRun(fault, cases).html, "utf-8")
    return folder


@pytest.fixture(scope="module")
def tab():
    with chromium.browser() as tab:
        yield tab


@pytest.fixture(params=RUNS)
def page(request, pages):
    return pages / f"{request.param}.html"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_it_fits_is_readable_and_reaches_for_nothing(tab, page, width, dark):
    tab.open(page, width=width, dark=dark)
    tab.run(OPEN_ALL)
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.run(UNREADABLE) == []
    assert tab.run(OUTSIDE) == []
    assert tab.run(SMALLEST) >= 12
    background = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not dark
    assert [event for event in tab.events if event[0] in QUIET] == []
    urls = [
        params["request"]["url"] for method, params in tab.events if method == "Network.requestWillBeSent"
    ]
    assert urls == [page.as_uri()]


def test_the_picture_and_the_transcript_of_a_failure_are_visible(tab, pages):
    tab.open(pages / "failing.html")
    visible = "[...document.querySelectorAll('{}')].filter(each => each.checkVisibility()).length"
    assert tab.run(visible.format("svg")) == 1
    assert tab.run(visible.format("svg path.wrong")) == 2
    assert tab.run(visible.format(".wire.judged")) >= 3  # of the contracts that are open
    both = (
        "[...document.querySelector('.wire.judged').children].map(each => each.getBoundingClientRect().top)"
    )
    request, response = tab.run(both)
    assert request == response, "side by side"
    tab.open(pages / "failing.html", width=PHONE)
    assert tab.run(visible.format("svg")) == 1
    request, response = tab.run(both)
    assert request < response, "one below the other"


def test_what_is_typed_and_ticked_filters_the_contracts(tab, pages):
    tab.open(pages / "failing.html")
    everything = tab.run(SHOWN)
    tab.run("document.getElementById('search').focus()")
    tab("Input.insertText", text="never-restored deep")
    found = tab.run(SHOWN)
    assert found
    assert len(found) < len(everything)
    assert all("never-restored[Deep" in each for each in found if "[" in each)
    assert tab.run("document.getElementById('shown').textContent") == f"{len(found)} shown"
    tab.run("document.getElementById('search').value = ''")
    tab.run("document.querySelector('input[value=failed]').click()")
    verdicts = (
        "[...new Set([...document.querySelectorAll('.contract')].filter(each => each.checkVisibility())"
    )
    assert "failed" not in tab.run(f"{verdicts}.map(each => each.dataset.verdict))]")
    assert 0 < len(tab.run(SHOWN)) < len(everything)


def test_a_cause_leads_to_its_contract(tab, pages):
    tab.open(pages / "failing.html")
    tab.run("document.querySelector('h3 + p a').click()")
    assert tab.run("document.querySelector(':target')?.id") == "never-restored[ColdArchive-V4]"


def test_on_paper_it_is_light_and_failures_are_open(tab, pages):
    tab.open(pages / "failing.html", media="print", dark=True)
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.run("document.querySelector('.filters').checkVisibility()")
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert tab.run("[...document.querySelectorAll('[data-verdict=failed]')].every(each => each.open)")
