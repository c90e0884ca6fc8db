"""A failure says what was seen, and where the demand stands; what is not required is counted by area."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from memory_runs import MemoryRun
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.mutation.faults.requests import is_clean
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.report.failure import PAGE
from pytest_oss_clean.report.terminal import closing
from pytest_oss_clean.target.config.settings import Settings

RESTORED, NEVER = CASES["restored[ColdArchive-V4]"], CASES["never-restored[ColdArchive-V4]"]


def text_of(fault, case):
    """Return the text of a contract that fails, unfolded."""
    return re.sub(r"\s+", " ", MemoryRun(fault, [case]).texts[case.id])


def another_root(service, request):
    response = service(request)
    return replace(response, body=re.sub(rb"(</?)Error>", rb"\1errorResponse>", response.body))


def ampersand(service, request):
    response = service(request)
    return replace(response, body=response.body.replace(b"</Message>", b" & so on</Message>"))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (another_root, "the body is a <errorResponse>, not an <Error>: '"),
        (ampersand, r"the body is not XML (line 4, column 63: xmlParseEntityRef: no name): '"),
    ],
)
def test_a_document_that_cannot_be_read_is_called_so_and_says_nothing_of_the_object(fault, reason):
    text = text_of(fault, RESTORED)
    assert f"GET answers 403: Code is missing, not InvalidObjectState: {reason}" in text
    assert "readable" not in text
    assert " suspect " not in text


def test_a_clean_that_should_be_refused_names_the_code_and_the_page():
    text = text_of(lambda s, r: Response(200) if is_clean(r) else s(r), NEVER)
    assert " - status is 200, not 409 ArchiveRestoreFileStale " in text
    assert f" page {PAGE} reproduce " in text


def test_what_is_unlike_our_reading_is_counted_by_area_security_first_and_listed_on_demand():
    def of_another_form(service, request):
        response = service(request)
        return replace(response, status=418) if is_clean(request) and response.status >= 400 else response

    areas = ("syntax", "authentication")
    ran = MemoryRun(of_another_form, [row.cases()[0] for area in areas for row in AREAS[area]])
    (line,) = [line for line in ran.closing if line.startswith("  unlike our reading")]
    assert re.fullmatch(
        r"  unlike our reading, fails nothing: \d+ in authentication, \d+ in syntax; -v lists.*", line
    )
    verbose = closing(ran.tally, Settings(), 1, [], verbose=True)
    listed = [text for text in verbose if re.match(r"    \S+\]: ", text)]
    assert len(listed) == sum(map(int, re.findall(r"\d+", line)))
