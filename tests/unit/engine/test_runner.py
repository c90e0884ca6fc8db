"""The runner on the emulator's service in memory, and on services that break one thing."""

from dataclasses import replace

import pytest

from perturbation import one_case_of_each_contract, run_case
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.faults.response_edits import with_header
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Waiting
from pytest_oss_clean.target.open import memory_target

COLD_V4 = [f"{contract.id}[ColdArchive-V4]" for contract in AREAS["page"]]
RESTORED, RESTORING = "restored[ColdArchive-V4]", "restoring[ColdArchive-V4]"
NEVER, CLEANED = "never-restored[ColdArchive-V4]", "already-cleaned[ColdArchive-V4]"


def is_clean(request):
    return request.target.endswith("?cleanRestoredObject")


def on_cleans(change):
    """Return a wrapper that answers every clean itself: `change(service, request)`."""
    return lambda service: lambda request: change(service, request) if is_clean(request) else service(request)


@pytest.mark.parametrize("case_id", CASES)
def test_the_emulator_passes(case_id):
    services = []
    outcome = run_case(case_id, lambda service: services.append(service) or service)
    expected = Verdict.OBSERVED if CASES[case_id].checks_only else Verdict.PASSED
    assert outcome.verdict is expected, outcome.cause or outcome.problems
    assert outcome.unlike == []
    assert_nothing_is_left(*services)


def assert_nothing_is_left(service):
    """Not even a delete marker, in any bucket."""
    held = service.inventory(versions=True)
    assert set(held) == {"memory", "oss-clean-second", "oss-clean-versioned"}
    assert not any(held.values())


@pytest.mark.parametrize("case_id", COLD_V4)
@pytest.mark.parametrize(
    "kind", [TransportErrorKind.CLOSED, TransportErrorKind.READ_TIMEOUT, TransportErrorKind.PROTOCOL]
)
def test_a_server_that_breaks_off_on_the_clean_fails(case_id, kind):
    seen = []

    def broken(service, request):
        seen.append(request)
        if len(seen) == 1 and case_id == CLEANED:
            return service(request)
        return Response(0, transport_error=TransportError(kind, "it broke off"))

    outcome = run_case(case_id, on_cleans(broken))
    assert outcome.verdict is Verdict.FAILED
    assert "it broke off" in outcome.problems[0].problem
    assert len(seen) <= 2, "the judged request is sent once, and no second clean is waited for"


@pytest.mark.parametrize(
    "kind", [TransportErrorKind.UNREACHABLE, TransportErrorKind.TLS, TransportErrorKind.CONNECT_TIMEOUT]
)
def test_a_clean_that_never_arrived_is_not_tested(kind):
    outcome = run_case(
        NEVER, on_cleans(lambda _s, _r: Response(0, transport_error=TransportError(kind, "nobody there")))
    )
    assert outcome.verdict is Verdict.ERROR
    assert "nobody there" in outcome.cause


@pytest.mark.parametrize(
    ("case_id", "method", "cause"),
    [
        (NEVER, "PUT", "PUT of a ColdArchive object: 503"),
        (RESTORING, "restore", "restore of the frozen object: 503"),
        (CLEANED, "clean", "clean of the restored object: 503"),
        (RESTORED, "HEAD", "HEAD of the new object: 503"),
    ],
)
def test_a_target_that_cannot_be_brought_there_is_not_tested_and_the_step_is_named(case_id, method, cause):
    def wrap(service):
        def sender(request):
            broken = request.method == method or request.target.endswith(f"?{method}")
            broken = broken or (method == "clean" and is_clean(request))
            return Response(503) if broken else service(request)

        return sender

    outcome = run_case(case_id, wrap)
    assert outcome.verdict is Verdict.ERROR
    assert outcome.cause.startswith(cause)
    assert outcome.judged is None


def test_a_target_that_ignores_the_storage_class_is_told_so():
    outcome = run_case(
        NEVER,
        lambda service: lambda request: with_header(service(request), "x-oss-storage-class", "Standard"),
    )
    assert outcome.verdict is Verdict.ERROR
    assert "does not claim the class" in outcome.cause


def test_effects_that_settle_late_pass_and_are_observed_as_late():
    def wrap(service):
        stale = []

        def sender(request):
            response = service(request)
            if is_clean(request):
                stale[:] = [Response(200, body=b"the replica is still there")] * 3
            return stale.pop() if stale and request.method == "GET" else response

        return sender

    outcome = run_case(RESTORED, wrap, settle_seconds=5.0)
    assert outcome.verdict is Verdict.PASSED
    assert [finding.id for finding in outcome.unlike] == ["unreadable-at-once", "effect-late"]
    assert outcome.judged.settled > 0
    assert "effect-late" not in outcome.observations
    assert run_case(RESTORED, wrap, settle_seconds=0.0).verdict is Verdict.FAILED


def test_where_time_passes_for_everybody_a_clean_of_a_restoring_object_is_no_verdict():
    outcome = run_case(RESTORING, on_cleans(lambda _s, _r: Response(200)), time=Waiting(60.0))
    assert outcome.verdict is Verdict.ERROR
    assert "state moved" in outcome.cause


def test_a_refused_clean_that_ends_the_restore_fails():
    def ends_it(service, request):
        response = service(request)
        service.store.buckets["memory"].objects.clear()
        return response

    outcome = run_case(RESTORING, on_cleans(ends_it))
    assert outcome.verdict is Verdict.FAILED
    assert any("the restore ended" in finding.problem for finding in outcome.problems)


@pytest.mark.parametrize("case_id", one_case_of_each_contract())
def test_a_contract_that_fails_leaves_nothing_behind_either(case_id):
    services = []

    def wrap(service):
        services.append(service)
        return on_cleans(lambda service, request: replace(service(request), status=418))(service)

    run_case(case_id, wrap)
    assert_nothing_is_left(*services)


def test_a_target_that_gives_no_answers_is_given_up():
    target = memory_target(
        lambda _s: (
            lambda _r: Response(0, transport_error=TransportError(TransportErrorKind.READ_TIMEOUT, "silence"))
        )
    )
    provisioner = Provisioner(target)
    outcomes = [run(CASES[case_id], target, provisioner) for case_id in COLD_V4]
    assert {o.verdict for o in outcomes} == {Verdict.ERROR}
    assert "no answer 2 times in a row" in outcomes[-1].cause
    assert outcomes[-1].transcript == ()


def test_foreign_objects_cannot_be_touched():
    target = memory_target(lambda service: service)
    client = target.client()
    for name in ("other/object", target.prefix[:-1], ""):
        with pytest.raises(ValueError, match="refusing to touch"):
            client.get(name)
