"""The form of answers: what the samples show is demanded, any other form of the same is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from perturbation import run_case, unperturbed
from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.mutation.faults.response_edits import with_header, without
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.spec.matchers import ERROR_SCHEMA, ErrorDocumentValid, error_schema
from pytest_oss_clean.spec.verdict import Verdict

STALE, NOT_FINISHED, DONE = (c.cases()[0].id for c in AREAS["answers"])
ERRORS = [STALE, NOT_FINISHED]
FOUR = "<Code>A</Code><Message>b.</Message><RequestId>C</RequestId><HostId>d</HostId>"
NAMESPACE = "http://doc.oss-cn-hangzhou.aliyuncs.com"


def problem(text):
    body = text.encode() if isinstance(text, str) else text
    return ErrorDocumentValid().problem(Response(409, body=body), None)


@pytest.mark.parametrize(
    "text",
    [
        f"<Error>{FOUR}</Error>",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  {FOUR}\n</Error>\n',
        f'<?xml version="1.0" encoding="UTF-16"?><Error>{FOUR}</Error>'.encode("utf-16"),
        f'<Error xmlns="{NAMESPACE}">{FOUR}</Error>',
        f'<e:Error xmlns:e="{NAMESPACE}">{FOUR}</e:Error>',
        "<Error><HostId/><RequestId>C</RequestId><Message/><Code>A</Code></Error>",
        "<Error><Code> A\n</Code><Message>x</Message><RequestId>C</RequestId><HostId>h</HostId></Error>",
        f"<Error><EC>0016-00000718</EC>{FOUR}<RecommendDoc>u</RecommendDoc></Error>",
        f"<Error>{FOUR}<Detail a='1'>x<Code>inner</Code>y</Detail><Detail/></Error>",
        f"<!-- c --><Error lang='zh'><!-- c -->{FOUR}<?p i?></Error>",
        FOUR.join(["<Error>", "</Error>"]).replace("b.", "\u6587\u4ef6"),
        FOUR.join(["<Error>", "</Error>"]).replace("b.", "<![CDATA[a < b]]>"),
    ],
)
def test_an_error_document_may_take_any_form(text):
    assert problem(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the body is absent"),
        ("{}", "not XML"),
        (f"<Error>{FOUR}", "not XML"),
        (f"<!DOCTYPE Error><Error>{FOUR}</Error>", "document type"),
        (f"<Fault>{FOUR}</Fault>", "its root is Fault"),
        (f"<error>{FOUR}</error>", "its root is error"),
        (f"<Errors><Error>{FOUR}</Error></Errors>", "its root is Errors"),
        (f"<Error><Inner>{FOUR}</Inner></Error>", "Code is there 0 times"),
        (f"<Error>{FOUR}<Code>A</Code></Error>", "Code is there 2 times"),
        (f"<Error>{FOUR.replace('HostId', 'hostId')}</Error>", "HostId is there 0 times"),
        (f"<Error>{FOUR.replace('<Message>b.</Message>', '')}</Error>", "Message is there 0 times"),
        (f"<Error>{FOUR.replace('>A<', '><')}</Error>", "not as on the page"),
        (f"<Error>{FOUR.replace('>C<', '> <')}</Error>", "not as on the page"),
        (f"<Error>{FOUR.replace('>A<', '><b>A</b><')}</Error>", "not as on the page"),
        (f"<Error>text{FOUR}</Error>", "not as on the page"),
    ],
)
def test_what_is_no_error_document_is_told(text, said):
    assert said in problem(text)


def test_the_schema_itself_is_valid_relax_ng():
    assert etree.fromstring(ERROR_SCHEMA).tag.startswith("{http://relaxng.org/ns/structure/1.0}")
    assert error_schema() is error_schema()


def on_errors(change):
    def sender(service):
        def send(request):
            response = service(request)
            return change(response) if response.status == 409 else response

        return send

    return sender


def in_body(old, new):
    return lambda a: replace(a, body=a.body.replace(old.encode(), new.encode()))


HARMLESS = {
    "chunked": lambda a: without(a, "content-length"),
    "text/xml": lambda a: with_header(a, "Content-Type", "text/xml; charset=UTF-8"),
    "no content type": lambda a: without(a, "content-type"),
    "another server": lambda a: with_header(a, "Server", "nginx/1.27"),
    "closing": lambda a: with_header(a, "Connection", "close"),
    "no EC": lambda a: without(a, "x-oss-ec"),
    "a clock of its own": lambda a: with_header(a, "Date", "Sun, 16 Apr 2017 08:12:33 GMT"),
    "no date": lambda a: without(a, "date"),
    "upper-case names of headers": lambda a: replace(a, headers=tuple((n.upper(), v) for n, v in a.headers)),
    "another language": in_body("The archive file", "Die Archivdatei"),
    "another host": in_body("127.0.0.1", "10.101.1.2"),
    "another root namespace": in_body("<Error>", f'<Error xmlns="{NAMESPACE}">'),
}


@pytest.mark.parametrize("case_id", ERRORS)
@pytest.mark.parametrize("form", HARMLESS)
def test_another_form_of_the_same_answer_fails_nothing(case_id, form):
    outcome = run_case(case_id, on_errors(HARMLESS[form]))
    assert outcome.verdict is Verdict.PASSED, outcome.problems


FAULTS = {
    "HTML": (lambda a: replace(a, body=b"<html><body>Conflict</body></html>"), "document"),
    "JSON": (lambda a: replace(a, body=b'{"Code": "ArchiveRestoreFileStale"}'), "document"),
    "no HostId": (in_body("HostId", "Host"), "document"),
    "no request id in the header": (lambda a: without(a, "x-oss-request-id"), "request-id-agrees"),
    "an id of its own in the header": (
        lambda a: with_header(a, "x-oss-request-id", "66F0C1D2AB00AB00AB00AB00"),
        "request-id-agrees",
    ),
}


@pytest.mark.parametrize("case_id", ERRORS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_samples_show_is_demanded(case_id, fault):
    change, name = FAULTS[fault]
    outcome = run_case(case_id, on_errors(change))
    assert outcome.verdict is Verdict.FAILED
    assert name in [finding.id for finding in outcome.problems]


@pytest.mark.parametrize("case_id", [STALE, NOT_FINISHED, DONE])
def test_one_request_id_for_every_answer_is_observed(case_id):
    one = "66F0C1D2AB00AB00AB00AB00"

    def same_id(response):
        old = (response.header("x-oss-request-id") or "").encode()
        return replace(
            with_header(response, "x-oss-request-id", one), body=response.body.replace(old, one.encode())
        )

    outcome = run_case(case_id, lambda service: lambda request: same_id(service(request)))
    assert outcome.verdict is Verdict.PASSED
    assert [f.id for f in outcome.unlike] == ["request-id-fresh"]


def test_a_200_without_a_request_id_fails():
    outcome = run_case(DONE, lambda s: lambda r: without(s(r), "x-oss-request-id"))
    assert [f.id for f in outcome.problems] == ["request-id"]


@pytest.mark.parametrize("case_id", [STALE, NOT_FINISHED, DONE])
def test_what_is_observed_is_the_same_in_every_run(case_id):
    assert run_case(case_id).observations == unperturbed(case_id).observations
