"""Races: what the emulator answers is explained in every order, and what racy services do never is."""

from __future__ import annotations

import itertools
import threading

import pytest
from click.testing import CliRunner

from mutant_runs import run_on_mutant
from perturbation import run_case
from pytest_oss_clean.cli.main import main
from pytest_oss_clean.contracts.catalogue import AREAS, CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.races import REQUESTS, send_together
from pytest_oss_clean.engine.replay import write_reproducer
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.mutation.mutants import concurrency
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Response, TransportError, TransportErrorKind
from pytest_oss_clean.report.failure import render
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.spec.contract import Raced
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.spec.history import Given
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.clock import Waiting
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.open import memory_target, open_embedded
from pytest_oss_clean.target.transcript import Exchange

SOON = 20
WORDS = {
    ("POST", "cleanRestoredObject"): "clean",
    ("POST", "restore"): "restore",
    ("HEAD", ""): "head",
    ("GET", ""): "get",
    ("DELETE", ""): "delete",
}
RACES = [case.id for contract in AREAS["concurrency"] for case in contract.cases()]
SILENCE = Response(0, transport_error=TransportError(TransportErrorKind.READ_TIMEOUT, "silence"))


def case_of(slug):
    return f"{slug}[ColdArchive-V4]"


def races():
    """Is this request from a thread of a race?"""
    return threading.current_thread().name.startswith("race")


def word_of(request):
    """Return the word for a request of a race."""
    if request.method == "PUT":
        return "copy" if request.header("x-oss-copy-source") else "overwrite"
    return WORDS[request.method, request.target.partition("?")[2]]


def one_after_the_other(order):
    """Answer the requests of a race in this order of their words, whatever order they come in."""

    def wrap(service):
        left, turn = list(order), threading.Condition()

        def sender(request):
            if not races():
                return service(request)
            word = word_of(request)
            with turn:
                assert turn.wait_for(lambda: left[0] == word, SOON)
                response = service(request)
                del left[0]
                turn.notify_all()
                return response

        return sender

    return wrap


def orders(requests):
    return sorted({tuple(map(str, order)) for order in itertools.permutations(requests)})


@pytest.fixture(scope="module")
def embedded():
    with open_embedded(Settings(bucket="oss-clean-emulator", region="cn-hangzhou"), "racing") as target:
        yield target


@pytest.mark.parametrize("case_id", RACES)
def test_rounds_against_the_emulator_over_http_are_all_explained(embedded, case_id):
    overlapping = 0
    for number in itertools.count(1):
        outcome = run(CASES[case_id], embedded, Provisioner(embedded))
        assert outcome.verdict is Verdict.OBSERVED, outcome.cause
        assert outcome.unlike == []
        overlapping += overlap(outcome)
        if number >= 20 and overlapping > 5:
            break
        assert number < 200, "the requests never met"


def overlap(outcome):
    """Tell whether two requests were under way at the same time: those of the race alone can be."""
    responses = [event.response for event in outcome.transcript if isinstance(event, Exchange)]
    spans = sorted((response.at - response.seconds, response.at) for response in responses)
    return any(later[0] < earlier[1] - 0.0005 for earlier, later in itertools.pairwise(spans))


def every_order():
    return [
        pytest.param(case_id, order, id=f"{case_id}-{'-'.join(order)}")
        for case_id in RACES
        if len(CASES[case_id].contract.race.requests) <= 4
        for order in orders(CASES[case_id].contract.race.requests)
    ]


@pytest.mark.parametrize(("case_id", "order"), every_order())
def test_a_server_that_answers_one_after_the_other_is_explained_in_every_order(case_id, order):
    outcome = run_case(case_id, one_after_the_other(order), demand=Demand(strict=True))
    assert outcome.verdict is Verdict.OBSERVED
    assert outcome.observations == {"race": "explained by an order"}


RACY = {
    "two-winners": ("cleans-at-once", "2 x clean 200, 6 x clean 409 ArchiveRestoreFileStale; then frozen"),
    "lost-clean": (
        "clean-and-restore-at-once",
        "1 x clean 200, 1 x restore 200; then restored",
    ),
    "lost-restore": (
        "clean-and-first-restore-at-once",
        "1 x clean 409 ArchiveRestoreFileStale, 1 x restore 202; then frozen",
    ),
    "torn-read": ("clean-and-gets-at-once", "x get 200 with another content"),
    "torn-copy": (
        "clean-and-copy-at-once",
        "1 x clean 200, 1 x copy done with another content; then frozen",
    ),
    "lost-overwrite": (
        "clean-and-overwrite-at-once",
        "1 x overwrite done; then frozen with the content before",
    ),
}
"""Mutants of concurrency: the race that notices each, and what it sees."""


@pytest.fixture
def patient(monkeypatch):
    """Requests of a race wait for each other however busy the machine is."""
    monkeypatch.setattr(concurrency, "PATIENCE", SOON)


@pytest.mark.parametrize("name", RACY)
@pytest.mark.usefixtures("patient")
def test_a_racy_service_is_noticed_every_time(name):
    slug, seen = RACY[name]
    for _ in range(3):
        outcome = outcome_on(name, slug)
        assert outcome.verdict is Verdict.OBSERVED
        assert [finding.id for finding in outcome.unlike] == ["race"]
        assert outcome.observations["race"] == "explained by no order"
        assert seen in outcome.unlike[0].problem
        assert "no order of the requests one after the other explains: " in outcome.unlike[0].problem
    assert outcome_on(name, slug, strict=True).verdict is Verdict.FAILED


def outcome_on(name, slug, **options):
    return run_on_mutant(f"concurrency-{name}", case_of(slug), **options)[0]


@pytest.mark.usefixtures("patient")
def test_a_few_ends_that_would_have_been_right_are_shown():
    problem = outcome_on("two-winners", "cleans-at-once").unlike[0].problem
    right = "1 x clean 200, 7 x clean 409 ArchiveRestoreFileStale; then frozen"
    assert problem.endswith(f" (some order explains: {right})")


def answering(change):
    """Return a wrapper that changes the answers of a race alone."""
    return lambda service: lambda request: change(service(request)) if races() else service(request)


@pytest.mark.parametrize("strict", [False, True])
def test_a_race_without_all_its_answers_says_nothing(strict):
    verdict = Verdict.ERROR if strict else Verdict.NOT_OBSERVED
    for response in (SILENCE, Response(503)):
        outcome = run_case(
            case_of("cleans-at-once"), answering(lambda _, a=response: a), demand=Demand(strict=strict)
        )
        assert outcome.verdict is verdict
        assert outcome.cause.startswith("clean of the race got no usable answer: ")


@pytest.mark.parametrize(
    ("response", "cause"),
    [
        (Response(429), "throttled: the target answers 429"),
        (
            Response(0, transport_error=TransportError(TransportErrorKind.UNREACHABLE, "nobody there")),
            "never reached the target",
        ),
    ],
)
def test_a_race_that_was_throttled_or_never_arrived_is_not_tested(response, cause):
    outcome = run_case(case_of("cleans-at-once"), answering(lambda _: response))
    assert outcome.verdict is Verdict.ERROR
    assert cause in outcome.cause


def test_a_race_that_silences_a_server_counts_as_one_request_without_an_answer():
    target = memory_target(answering(lambda _: SILENCE))
    for _ in range(3):
        run(CASES[case_of("cleans-at-once")], target, Provisioner(target))
    assert not target.given_up


def test_where_time_passes_for_everybody_a_restore_may_have_completed_in_between():
    def wrap(service):
        def sender(request):
            if races() and word_of(request) == "clean":
                service.advance(3600)
            return service(request)

        return sender

    slug = case_of("cleans-at-once-restoring")
    assert [f.id for f in run_case(slug, wrap).unlike] == ["race"]
    assert run_case(slug, wrap, time=Waiting(60.0)).unlike == []


def test_the_state_after_is_looked_at_until_it_has_settled():
    def wrap(service):
        late = iter([True] * 2)

        def sender(request):
            response = service(request)
            cleaned = races() or not sender.raced
            sender.raced = sender.raced or races()
            stale = not cleaned and request.method == "GET" and next(late, False)
            return Response(200, body=b"the replica is still there") if stale else response

        sender.raced = False
        return sender

    slug = case_of("cleans-at-once")
    assert [f.id for f in run_case(slug, wrap).unlike] == ["race"]
    assert "contradictory: HEAD says frozen, GET answers 200" in run_case(slug, wrap).unlike[0].problem
    assert run_case(slug, wrap, settle_seconds=5.0).unlike == []


def test_an_error_before_the_start_ends_the_race_for_all(monkeypatch):
    target = memory_target(lambda service: service)
    made = Provisioner(target).make(target.client("x"), "x", Given.NEVER_RESTORED, StorageClass.COLD_ARCHIVE)

    def unready(_made, _bucket):
        raise LookupError("not ready")

    monkeypatch.setattr("pytest_oss_clean.engine.races.REQUESTS", {**REQUESTS, Raced.GET: unready})
    with pytest.raises(LookupError, match="not ready"):
        send_together([Raced.HEAD, Raced.GET, Raced.HEAD], made, "race")


def test_the_ledger_knows_whatever_a_race_may_have_written():
    services = []

    def wrap(service):
        services.append(service)
        return service

    for slug in ("clean-and-copy-at-once", "clean-and-overwrite-at-once"):
        outcome = run_case(case_of(slug), wrap)
        assert outcome.verdict is Verdict.OBSERVED
    assert not any(names for service in services for names in service.inventory(versions=True).values())


@pytest.fixture
def failed(tmp_path, monkeypatch):
    """A failed race, its text, and the reproducer it left."""
    monkeypatch.setattr(concurrency, "PATIENCE", SOON)
    outcome, target = run_on_mutant("concurrency-two-winners", case_of("cleans-at-once"), strict=True)
    path = write_reproducer(outcome, target, Settings(state_dir=tmp_path))
    return " ".join(render(GatedOutcome(outcome), target, str(path)).split()), path


def test_a_failed_race_is_described_in_words_that_need_no_knowledge(failed):
    text, path = failed
    assert text.startswith("cleans-at-once[ColdArchive-V4] FAILED")
    assert "Of cleans of one restored object at the same time exactly one succeeds." in text
    assert (
        "- no order of the requests one after the other explains: 2 x clean 200, "
        "6 x clean 409 ArchiveRestoreFileStale; then frozen (some order "
        "explains: 1 x clean 200, 7 x clean 409 ArchiveRestoreFileStale; then frozen) "
        "requests 8 x clean, sent at the same time "
        "suspect concurrency: the requests were not carried out one after the other "
        f"reproduce oss-clean replay {path} (it sends them one after the other)"
    ) in text


def test_a_replay_of_a_race_says_that_it_is_none(failed):
    done = CliRunner().invoke(main, ["replay", str(failed[1])])
    assert done.exit_code == 0
    first, second, *steps, last = done.output.splitlines()
    assert first.startswith('cleans-at-once[ColdArchive-V4]: "Of cleans of one restored object')
    assert second == "sent one after the other, where they raced: " + ", ".join(["clean"] * 8)
    cleans = [step.split(" got ")[1].split(",")[0] for step in steps if step.split()[0] == "clean"]
    assert cleans == ["200", *["409 ArchiveRestoreFileStale"] * 7]
    assert last == "no race, no verdict"
