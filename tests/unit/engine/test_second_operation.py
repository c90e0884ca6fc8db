"""Another operation than the clean is data: two rows of GetObjectMeta run through the same engine."""

import pytest

from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.operations import GET_OBJECT_META
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import restore_state_same
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.matchers import Absent, Header, NoBody, Same, StatusIs
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.open import memory_target

META = ("ETag", "Content-Length", "Last-Modified")
CATALOGUE = (
    Contract(
        "meta-of-restored",
        given=Given.RESTORED,
        operation=GET_OBJECT_META,
        reading="GetObjectMeta answers what HeadObject says, whatever the state, and changes nothing.",
        source="restore user guide: GetObjectMeta needs no restored object",
        expect=(
            Expectation(
                id="answer",
                matchers=(StatusIs(200), NoBody(), *(Same(Header(name)) for name in META)),
                evidence=DOCUMENTED,
            ),
            Expectation(id="no-class", matchers=(Absent(Header("x-oss-restore")),), evidence=INFERRED),
        ),
        then=(restore_state_same(INFERRED),),
    ),
    Contract(
        "meta-of-missing",
        given=Given.NEVER_PUT,
        operation=GET_OBJECT_META,
        reading="An object that was never put is not found.",
        source="GetObjectMeta page",
        expect=(Expectation(id="answer", matchers=(StatusIs(404),), evidence=DOCUMENTED),),
    ),
)


def outcomes(fault=lambda service: service):
    target = memory_target(fault)
    provisioner = Provisioner(target)
    return [run(case, target, provisioner) for contract in CATALOGUE for case in contract.cases()]


def test_rows_of_another_operation_pass_on_the_emulator():
    found = outcomes()
    assert [o.verdict for o in found] == [Verdict.PASSED, Verdict.PASSED]
    for outcome in found:
        assert outcome.judged.label == "object meta"
        assert outcome.judged.operation.method == "HEAD"
        assert outcome.judged.operation.query == (("objectMeta", None),)


@pytest.mark.parametrize("status", [200, 500])
def test_rows_of_another_operation_fail_where_it_alone_is_wrong(status):
    def wrong(service):
        def send(request):
            return Response(status) if "objectMeta" in request.target else service(request)

        return send

    found = outcomes(wrong)
    assert [o.verdict for o in found] == [Verdict.FAILED, Verdict.FAILED]
    assert all("answer" in {f.id for f in o.problems} for o in found)
