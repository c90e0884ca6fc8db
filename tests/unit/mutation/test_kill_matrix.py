"""The proof of detection, itself put to the test: what would make it lie is noticed."""

import json
from dataclasses import replace

import pytest
from lxml import html

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.mutation import kill_matrix as matrix
from pytest_oss_clean.mutation import proof_report as figures
from pytest_oss_clean.mutation.catalogue import MUTANTS, TABLES, VARIANTS
from pytest_oss_clean.mutation.inversion import inverted
from pytest_oss_clean.mutation.kill_matrix import Result, control, examine, examine_variant
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnSender, OnService, Variant
from pytest_oss_clean.mutation.proof_report import as_markdown, as_page, as_text
from pytest_oss_clean.mutation.results import Proof
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.verdict import Exit, Verdict

PAGE_ROWS = [case_id for case_id, case in CASES.items() if case.contract.id in ("restored", "restoring")]


@pytest.fixture(scope="module")
def sound():
    return control(CASES[case_id] for case_id in PAGE_ROWS)


def mutant(wrap, **changes):
    base = Mutant(
        id="made-up",
        family=Family.EFFECTS,
        says="a rule of this test",
        breaks=Evidence.DOCUMENTED,
        damage=Damage.MISLED,
        fault=OnSender(wrap),
    )
    return replace(base, **changes)


def on_cleans(change):
    def wrap(sender, reached):
        def changed(request):
            response = sender(request)
            if not request.target.endswith("?cleanRestoredObject"):
                return response
            reached()
            return change(response)

        return changed

    return wrap


refused = on_cleans(lambda response: replace(response, status=418))
unchanged = on_cleans(lambda response: response)
header_kept = on_cleans(lambda response: replace(response, headers=(*response.headers, ("x-more", "1"))))


def never_reached(sender, _reached):
    return sender


def test_a_mutant_that_makes_a_contract_fail_is_killed_and_the_first_killer_ends_its_run(sound):
    examined = examine(mutant(refused), sound)
    assert examined.result is Result.KILLED
    assert examined.ran == 1
    assert examined.reached > 0
    everything = examine(mutant(refused), sound, full=True)
    assert {case_id.partition("[")[0] for case_id in everything.killers} == {"restored", "restoring"}


def test_a_mutant_that_changes_nothing_survives(sound):
    assert examine(mutant(unchanged), sound).result is Result.SURVIVED
    assert examine(mutant(unchanged, equivalent="nothing differs"), sound).result is Result.EQUIVALENT


def test_a_rule_that_was_never_executed_is_not_exercised_even_where_something_fails(sound):
    def breaks_without_a_word(sender, _reached):
        return lambda request: replace(sender(request), status=500)

    assert examine(mutant(never_reached), sound).result is Result.NOT_EXERCISED
    assert examine(mutant(breaks_without_a_word), sound).result is Result.NOT_EXERCISED


def test_a_mutant_of_an_inferred_rule_must_fail_nothing(sound):
    assert examine(mutant(refused, breaks=Evidence.INFERRED), sound).result is Result.FALSE_ALARM
    assert examine(mutant(unchanged, breaks=Evidence.INFERRED), sound).result is Result.SURVIVED


def test_a_mutant_of_an_inferred_rule_is_noticed_by_another_observation(sound):
    def etag_changes(sender, reached):
        cleaned = set()

        def changed(request):
            response = sender(request)
            path, _, query = request.target.partition("?")
            if query == "cleanRestoredObject":
                cleaned.add(path)
            if request.method != "HEAD" or path not in cleaned:
                return response
            reached()
            return replace(
                response, headers=tuple((n, "other" if n == "ETag" else v) for n, v in response.headers)
            )

        return changed

    examined = examine(mutant(etag_changes, breaks=Evidence.INFERRED), sound)
    assert examined.result is Result.NOTICED
    assert any("ETag" in text for texts in examined.noticers.values() for text in texts)
    assert examine(mutant(etag_changes, breaks=Evidence.INFERRED), sound, strict=True).killers


def test_a_variant_on_which_a_contract_fails_is_a_false_alarm(sound):
    harmless = Variant(id="more-headers", says="a header more", fault=OnSender(header_kept))
    assert examine_variant(harmless, sound).result is Result.HARMLESS
    assert examine_variant(replace(harmless, fault=OnSender(refused)), sound).result is Result.FALSE_ALARM
    unheard = replace(harmless, fault=OnSender(never_reached))
    assert examine_variant(unheard, sound).result is Result.NOT_EXERCISED


def test_a_variant_that_cannot_be_tested_is_a_false_alarm(sound):
    def refuses_puts(sender, reached):
        def changed(request):
            if request.method != "PUT":
                return sender(request)
            reached()
            return replace(sender(request), status=503)

        return changed

    without_puts = Variant(id="v", says="no puts", fault=OnSender(refuses_puts))
    examined = examine_variant(without_puts, sound, full=True)
    assert examined.result is Result.FALSE_ALARM
    assert examined.untested.keys() == sound.keys()
    assert len(examine_variant(without_puts, sound, full=True).untested) == len(PAGE_ROWS)


def test_nothing_is_proved_where_the_control_fails(monkeypatch):
    class Broken(Service):
        def clean_restored_object(self, _operation, reply):
            return reply.ok(204)

    monkeypatch.setattr(matrix, "staged", lambda *_a, **_k: matrix_staged(Broken))
    with pytest.raises(RuntimeError, match="control does not pass"):
        control(CASES[case_id] for case_id in PAGE_ROWS)


def matrix_staged(service):
    from pytest_oss_clean.mutation.stage import ExecutionCount, staged

    return staged(OnService(lambda _reached: service), ExecutionCount())


def test_every_required_expectation_has_an_inversion():
    for case in CASES.values():
        required = [e.id for e in case.contract.expectations if e.evidence.required]
        assert [name for name, _ in inverted(case)] == required


def test_mutants_and_variants_are_named_once_and_described():
    everything = [m for table in TABLES for m in table]
    assert len(everything) == len(MUTANTS)
    assert not MUTANTS.keys() & VARIANTS.keys()
    for thing in (*everything, *VARIANTS.values()):
        assert thing.says
        assert "\n" not in thing.says
    for one in everything:
        assert bool(one.link) == (one.family is Family.TRACKERS), one.id
        known = {case.contract.id for case in CASES.values()}
        assert set(one.first) <= known, one.id


def test_there_are_as_many_as_were_promised():
    assert len(MUTANTS) >= 120
    assert len(VARIANTS) >= 40
    assert len([m for m in MUTANTS.values() if m.family is Family.TRACKERS]) >= 10
    assert {m.family for m in MUTANTS.values()} == set(Family)


@pytest.fixture(scope="module")
def proof(sound):
    killed, survivor = mutant(refused, id="killed-one"), mutant(unchanged, id="survivor-one")
    harmless = Variant(id="more-headers", says="a header more", fault=OnSender(header_kept))
    return Proof(
        mutants=(
            (killed, examine(killed, sound, full=True)),
            (survivor, examine(survivor, sound, full=True)),
        ),
        variants=((harmless, examine_variant(harmless, sound)),),
        contracts=("restored", "restoring"),
        full=True,
    )


def test_one_survivor_means_that_nothing_is_proved(proof):
    assert proof.exit is Exit.FAILED
    assert replace(proof, mutants=proof.mutants[:1]).exit is Exit.OK
    assert replace(proof, mutants=proof.mutants[:1], deaf=("x",)).exit is Exit.FAILED
    assert replace(proof, mutants=proof.mutants[:1], unlike=("x",)).exit is Exit.FAILED
    assert replace(proof, mutants=()).exit is Exit.FAILED


def test_variants_alone_are_no_proof_of_detection_and_it_is_said(proof):
    text = as_text(replace(proof, mutants=()))
    assert "oss-clean: no mutant was tried, so nothing is proved\noss-clean: NOT PROVED on the emb" in text
    assert "0 of 0" not in text


def test_what_is_not_claimed_leaves_the_proof_incomplete_and_hides_nothing(proof):
    (killed, found), survived = proof.mutants
    unclaimed = killed, replace(found, result=Result.NOT_CLAIMED)
    incomplete = replace(proof, mutants=((killed, found), unclaimed))
    assert incomplete.exit is Exit.INCOMPLETE
    assert "1 of 2 mutants of required rules killed" in as_text(incomplete)
    assert "PROVED INCOMPLETE" in as_text(incomplete)
    assert replace(proof, mutants=(unclaimed, survived)).exit is Exit.FAILED


def test_the_text_names_survivors_and_counts(proof):
    text = as_text(proof)
    assert (
        "survived: no contract detects that this server is wrong:\n  survivor-one: a rule of this test"
        in text
    )
    assert "1 of 2 mutants of required rules killed" in text
    assert "NOT PROVED" in text
    assert "0 of 2 contracts are the only one" in text


def test_json_and_page_tell_the_same(proof):
    data = json.loads(json.dumps(proof.to_json()))
    assert [m["result"] for m in data["mutants"]] == ["killed", "survived"]
    assert data["exit"] == 1
    page = html.document_fromstring(as_page(proof))
    assert [e.text for e in page.find_class("bad")] == ["survived"]
    assert "survivor-one" in page.text_content()


def test_figures_are_put_between_marks_and_checked(proof, tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n")
    assert "holds other figures" in figures.write_figures(file, proof, check=True)
    assert figures.write_figures(file, proof, check=False) == ""
    text = file.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| effects | 1 of 2 |" in text
    assert figures.write_figures(file, proof, check=True) == ""


def test_the_figures_hold_for_the_whole_matrix_and_for_first_kills_alone(proof, monkeypatch):
    texts = {}
    for signatures in (456, 417, 399):
        monkeypatch.setattr(Proof, "signatures", signatures)
        texts[signatures] = as_markdown(proof)
    assert "at least 400 distinct kill signatures" in texts[456] == texts[417] != texts[399]


def test_a_file_without_marks_is_refused(proof, tmp_path):
    file = tmp_path / "README.md"
    file.write_text("no marks")
    with pytest.raises(ConfigurationError, match="needs the lines"):
        figures.write_figures(file, proof, check=False)


def test_verdicts_that_end_a_run_early_are_never_taken_for_a_kill(sound):
    assert {s.verdict for s in sound.values()} <= {Verdict.PASSED, Verdict.OBSERVED}
