"""One fault of a server is one cause, in the server's own words, whatever it breaks."""

from dataclasses import replace

import pytest

from memory_runs import MemoryRun
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.report.causes import causes, shows_no_more
from pytest_oss_clean.report.matrix import as_text, matrix
from pytest_oss_clean.report.terminal import stories
from pytest_oss_clean.spec.verdict import UNTESTED, Verdict

MESSAGE = "A header you provided implies functionality that is not implemented."
NOT_IMPLEMENTED = Response(
    501, (), f"<Error><Code>NotImplemented</Code><Message>{MESSAGE}</Message></Error>".encode()
)


def is_clean(request):
    return request.method == "POST" and "cleanRestoredObject" in request.target


def not_implemented(service, request):
    return NOT_IMPLEMENTED if is_clean(request) else service(request)


def acknowledged(service, request):
    return Response(200, (("x-oss-request-id", "1"),)) if is_clean(request) else service(request)


def never_complete(service, request):
    response = service(request)
    restoring = tuple(
        (name, 'ongoing-request="true"' if name.lower() == "x-oss-restore" else value)
        for name, value in response.headers
    )
    return replace(response, headers=restoring) if request.method == "HEAD" else response


def told(fault, *areas):
    """Run areas on a server with a fault: the tally, the causes and the stories."""
    ran = MemoryRun(fault, [case for area in areas for row in AREAS[area] for case in row.cases()])
    found = causes(ran.tally.results(), ran.tally.causes)
    return ran.tally, found, stories(found, ran.texts, verbose=False)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (not_implemented, f'every clean is answered 501 NotImplemented; the server says "{MESSAGE}"'),
        (acknowledged, "every clean is answered 200, and none is carried out"),
    ],
)
def test_a_fault_of_every_clean_is_one_story_that_fits_on_the_first_screen(fault, words):
    tally, found, lines = told(fault, "page", "histories")
    assert [cause.words for cause in found] == [words]
    stopped = {i for i, v in tally.verdicts.items() if v is Verdict.FAILED or v in UNTESTED}
    assert set(found[0].contracts) == stopped
    assert len(stopped) > 20
    assert len(lines) <= 8
    assert shows_no_more(tally.results()) == words
    assert "never-restored[ColdArchive-V4] FAILED" in lines
    assert "  reproduce oss-clean replay .oss-clean/failures/never-restored-ColdArchive-V4.json" in lines


def always(answer, *, acts):
    """Answer every clean alike; `acts` tells whether it is carried out where it should be."""

    def fault(service, request):
        if not is_clean(request):
            return service(request)
        if acts:
            service(request)
        return answer

    return fault


STALE = Response(409, (), b"<Error><Code>ArchiveRestoreFileStale</Code></Error>")


@pytest.mark.parametrize("answer", [NOT_IMPLEMENTED, STALE, Response(405), Response(200)])
def test_a_clean_that_is_answered_alike_in_every_state_shows_no_more(answer):
    tally, found, _ = told(always(answer, acts=False), "page")
    said = shows_no_more(tally.results())
    assert said.startswith(f"every clean is answered {answer.status}")
    assert [cause.words for cause in found] == [said]


@pytest.mark.parametrize("answer", [NOT_IMPLEMENTED, STALE, Response(200)])
def test_one_that_is_carried_out_may_show_more(answer):
    tally, _, _ = told(always(answer, acts=True), "page", "histories")
    assert Verdict.FAILED in tally.verdicts.values()
    assert not shows_no_more(tally.results())


def test_a_right_server_and_one_with_a_fault_in_one_state_may_always_show_more():
    def in_one_state(service, request):
        response = service(request)
        return NOT_IMPLEMENTED if is_clean(request) and response.succeeded else response

    for fault in (lambda service, request: service(request), in_one_state):
        tally, _, _ = told(fault, "page", "histories")
        so_far = type(tally)()
        for case_id, verdict in tally.verdicts.items():
            so_far.verdicts[case_id], so_far.details[case_id] = verdict, tally.details[case_id]
            assert not shows_no_more(so_far.results()), case_id


def test_contracts_that_no_clean_reached_are_of_the_same_cause():
    tally, (cause,), lines = told(not_implemented, "page")
    case_id = "extended[ColdArchive-V4]"
    tally.verdicts[case_id] = Verdict.ERROR
    (again,) = causes(tally.results(), tally.causes | {case_id: f"not tested: {cause.words}"})
    assert again.untested == (*cause.untested, case_id)
    assert lines[0].startswith("FAILED 12 contracts, 4 not tested, one cause: every clean")


def test_a_restore_that_never_completes_is_one_cause_whatever_the_class_waits():
    tally, found, lines = told(never_complete, "page")
    assert lines == []
    assert len(found) == 1
    assert "did not complete" in found[0].words
    assert len(found[0].untested) == sum(v in UNTESTED for v in tally.verdicts.values()) > 4


def test_faults_that_have_nothing_in_common_are_apart():
    def two(service, request):
        response = service(request)
        if not is_clean(request) or response.status == 200:
            return response
        wrong = {b"FileStale": b"FileFresh", b"NotFinished": b"NotBegun"}
        body = response.body
        for right, other in wrong.items():
            body = body.replace(right, other)
        return replace(response, body=body)

    _, found, lines = told(two, "page")
    assert len(found) >= 2
    assert not any("every clean" in cause.words for cause in found)
    assert sum(line.startswith("FAILED") for line in lines) >= 2


def test_a_right_server_has_no_cause_and_a_matrix_of_passes():
    tally, found, lines = told(lambda service, request: service(request), "page")
    assert (found, lines) == ([], [])
    text = as_text(matrix(tally.verdicts))
    assert text[0].split() == ["Cold", "Deep"]
    assert [line.split()[-2:] for line in text[1:5]] == [[".", "."]] * 4
    assert max(map(len, text)) <= 80
