"""The page without a browser: what it must have for a phone, a reader's voice and weak eyes."""

import re
from itertools import pairwise

import pytest
from lxml import html

from memory_runs import MemoryRun
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.report.html_report import environment
from pytest_oss_clean.report.state_diagram import TALL, WIDE, Way

READABLE = 4.5
"""The contrast of text that WCAG 2.2 asks for, 1.4.3."""


def schemes():
    """The colours of each scheme by name."""
    css = environment().get_template("parts.html.j2").module.head("")
    light, dark = re.findall(r":root \{(.*?)\}", str(css), re.DOTALL)
    found = [dict(re.findall(r"--(\w+): #(\w+)", text)) for text in (light, light + dark)]
    return dict(zip(("light", "dark"), found, strict=True))


def luminance(colour):
    """WCAG's relative luminance of `rgb` or `rrggbb`."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_as_wcag_has_it():
    assert contrast("fff", "000000") == 21
    assert round(contrast("777777", "fff"), 2) == 4.48


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", ["text", "dim", "good", "bad", "warn", "link"])
def test_every_colour_of_text_is_readable_on_both_grounds(scheme, text):
    colours = schemes()[scheme]
    assert set(colours) == {"back", "soft", "line", "text", "dim", "good", "bad", "warn", "link"}
    assert all(contrast(colours[text], colours[ground]) >= READABLE for ground in ("back", "soft"))


def test_both_pictures_have_every_way_once():
    for picture in (WIDE, TALL):
        assert sorted(arrow.way for arrow in picture.arrows) == sorted(Way)
        assert len({state for state, *_ in picture.states}) == 3


@pytest.fixture(scope="module")
def page():
    def answered(service, request):
        response = service(request)
        return response if response.status != 409 else type(response)(500, response.headers)

    cases = [CASES[f"{name}[ColdArchive-V4]"] for name in ("restored", "never-restored", "restoring")]
    return html.fromstring(MemoryRun(answered, cases).html)


def test_tables_fold_or_scroll_where_a_window_is_narrow(page):
    for table in page.xpath("//table"):
        cells = table.xpath(".//td")
        assert "stacked" in table.get("class").split()
        assert all(cell.get("data-of") for cell in cells), "a cell that stands alone says what it is of"
    assert page.xpath("//meta[@name='viewport']/@content") == ["width=device-width, initial-scale=1"]


def test_the_page_reaches_for_nothing(page):
    assert not page.xpath("//link | //img | //script[@src] | //iframe | //*[contains(@style, 'url')]")
    assert "default-src 'none'" in page.xpath("string(//meta[@http-equiv]/@content)")


def test_what_scrolls_is_reached_by_the_keyboard_and_has_a_name(page):
    scrolling = page.xpath("//*[contains(concat(' ', @class, ' '), ' scroll ')]")
    assert scrolling
    assert all(each.get("tabindex") == "0" and each.get("aria-label") for each in scrolling)


def test_the_picture_is_told_in_words(page):
    told = page.xpath("//svg/@aria-label")
    assert len(set(told)) == 1
    assert "clean: 409 …FileStale, wrong; clean: 409 …NotFinished, wrong" in told[0]


def test_headings_descend_by_one_and_controls_have_labels(page):
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(field.xpath("ancestor::label") for field in page.xpath("//input"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert page.get("lang") == "en"


def test_the_script_finds_what_it_filters(page):
    script = page.xpath("string(//script)")
    named = set(re.findall(r'getElementById\("(\w+)"\)', script))
    assert named == {"search", "shown"} <= set(page.xpath("//@id"))
    rows = page.xpath("//details[contains(@class, 'contract')]")
    wanted = set(page.xpath("//input[@class='of']/@value"))
    assert {row.get("data-verdict") for row in rows} == wanted == {"failed", "passed"} & wanted
