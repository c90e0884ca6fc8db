"""The plugin as users meet it: pytest in a subprocess, in a folder of theirs."""

import re
import xml.etree.ElementTree as ET

import pytest

from plugin_runs import CONFUSED, CONTRACTS, UNRESTORABLE, break_emulator, run
from pytest_oss_clean.contracts.catalogue import AREAS, CASES

pytest_plugins = ["pytester"]

EVERY = list(CASES.values())
REQUIRING = [case for case in EVERY if not case.checks_only]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in (
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
        "OSS_BUCKET",
        "OSS_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def test_the_shipped_contracts_pass_without_a_warning_and_the_last_lines_say_what_that_means(pytester):
    pytester.makeini(
        """
        [pytest]
        addopts = --strict-markers --strict-config -W error
        xfail_strict = true
        """
    )
    result = run(pytester, *CONTRACTS)
    assert result.ret == 0, result.stdout.str()
    result.assert_outcomes(passed=len(EVERY))
    result.stdout.fnmatch_lines(
        [
            "oss-clean: the embedded emulator, bucket *",
            "oss-clean: claims all but instant-restore",
        ]
    )
    verdict, counts, following = result.outlines[-3:]
    assert verdict == "oss-clean: PASSED: every claimed contract (exit 0) on the embedded emulator"
    assert counts.startswith(f"oss-clean: {len(REQUIRING)} passed, 0 failed, 0 not tested, 0 not claimed")
    assert "this says nothing of your server: oss-clean check " in following


def test_a_failed_contract_tells_everything_and_ends_with_1(pytester):
    break_emulator(pytester, CONFUSED)
    result = run(pytester, *CONTRACTS, "-k", "test_page and never-restored-ColdArchive-V4")
    assert result.ret == 1
    unfolded = re.sub(r"\n {4,}", " ", result.stdout.str()).splitlines()
    pytest.LineMatcher(unfolded).fnmatch_lines(
        [
            "never-restored?ColdArchive-V4? FAILED",
            '  document  Examples, response 1: "The RestoreObject request has not been initiated for*"',
            "  given     a ColdArchive object, never restored (HEAD said no x-oss-restore)",
            "  - Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale",
            "  request   POST /oss-clean-emulator/oss-clean-*/never-restored-*?cleanRestoredObject*",
            "  response  409 Conflict, ArchiveRestoreFileFresh, * bytes, x-oss-request-id *,*",
            "  reproduce oss-clean replay .oss-clean/failures/never-restored-ColdArchive-V4.json",
        ]
    )
    assert (pytester.path / ".oss-clean/failures/never-restored-ColdArchive-V4.json").exists()
    assert "oss_outcome" not in result.stdout.str(), "no traceback of ours"
    assert "FAILED (exit 1)" in result.outlines[-3]


def test_what_cannot_be_tested_is_an_error_and_ends_with_6(pytester):
    break_emulator(pytester, UNRESTORABLE)
    page = "test_page and ColdArchive-V4 and not Deep"
    result = run(pytester, *CONTRACTS, "-k", page)
    result.assert_outcomes(passed=1, errors=3)
    assert result.ret == 6
    result.stdout.fnmatch_lines(
        [
            "  not tested: restore of the frozen object: 503, not 202:*",
            "    already-cleaned?ColdArchive-V4?, *",
            "oss-clean: INCOMPLETE*(exit 6)*",
            "oss-clean: 1 passed, 0 failed, 3 not tested, 0 not claimed;*",
        ]
    )


def test_an_error_beside_a_failing_test_of_the_users_keeps_pytests_code(pytester):
    break_emulator(pytester, UNRESTORABLE)
    pytester.makepyfile(test_mine="def test_mine(): assert False")
    result = run(pytester, *CONTRACTS, "test_mine.py", "-k", "test_page and restored or mine")
    assert result.ret == 1
    assert "INCOMPLETE" in result.outlines[-3]
    assert "(exit 1, of tests that are no contracts)" in result.outlines[-3]


def test_what_is_not_claimed_is_counted_and_does_not_block(pytester):
    result = run(pytester, *CONTRACTS, "--oss-claims", "ColdArchive,V4", "-rs", "-k", "test_page")
    assert result.ret == 0
    result.assert_outcomes(passed=4, skipped=12)
    result.stdout.fnmatch_lines(
        ["*SKIPPED*not claimed: DeepColdArchive, V1", "oss-clean: 4 passed*12 not claimed*"]
    )


def test_a_run_of_nothing_but_unclaimed_contracts_is_not_green(pytester):
    result = run(pytester, *CONTRACTS, "--oss-claims", "ColdArchive,V4", "-k", "DeepColdArchive")
    assert result.ret == 5
    result.stdout.fnmatch_lines(["oss-clean: NO VERDICT: no contract ran (exit 5)*"])


def test_an_expression_that_matches_nothing_is_not_green(pytester):
    assert run(pytester, *CONTRACTS, "-k", "misspelt").ret == 5


def test_a_suite_that_notices_nothing_does_not_report_green(pytester):
    pytester.makeconftest(
        """
        from pytest_oss_clean.engine import runner
        runner.judge_answer = lambda *_: []
        from pytest_oss_clean.spec.findings import Finding
        runner.judge_effect = lambda contract, effect, *_: Finding(effect.id, effect.evidence, "")
        """
    )
    result = run(pytester, *CONTRACTS, "-k", "test_page")
    result.assert_outcomes(passed=len([c for contract in AREAS["page"] for c in contract.cases()]))
    assert result.ret == 3
    result.stdout.fnmatch_lines(["  the suite does not notice its own test faults, trust no pass: *"])


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        (["--oss-target", "ftp://x"], ["ERROR: oss-clean: --oss-target=ftp://x: give 'emulator' or a URL*"]),
        (["--oss-require-target"], ["ERROR: oss-clean: --oss-require-target=yes: name a server*"]),
        (["--oss-claims", "V5"], ["ERROR: oss-clean: --oss-claims=V5: unknown claim V5*"]),
        (["--oss-target", "http://127.0.0.1:1"], ["ERROR: oss-clean: OSS_ACCESS_KEY_ID=(not set): export*"]),
        (["--oss-addressing", "both"], ["*argument --oss-addressing: invalid choice: 'both'*"]),
        (["--oss-budget", "slow"], ["*argument --oss-budget: invalid choice: 'slow' (choose from *quick*"]),
        (["--oss-seed", "x"], ["*--oss-seed=x: give a whole number, or random*"]),
        (["--oss-timeout", "soon"], ["*argument --oss-timeout: invalid float value: 'soon'*"]),
    ],
)
@pytest.mark.parametrize("contracts", [CONTRACTS, []], ids=["contracts", "other tests"])
def test_bad_options_are_usage_errors(pytester, args, lines, contracts):
    pytester.makepyfile("def test_nothing(): pass")
    result = run(pytester, *contracts, *args)
    assert result.ret == 4
    result.stderr.fnmatch_lines(lines)
    assert "Traceback" not in result.stderr.str()


def test_a_missing_ca_file_is_a_usage_error(pytester, monkeypatch):
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", "secret-of-the-user")
    server = ["--oss-target", "https://oss.example", "--oss-bucket", "bucket", "--oss-region", "r"]
    result = run(pytester, *CONTRACTS, *server, "--oss-restore-seconds", "1", "--oss-ca-file", "none.pem")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: oss-clean: --oss-ca-file=none.pem: *No such file*"])


def test_an_unknown_contract_id_is_a_usage_error(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.oss_contract("no-such")
        def test_it(oss_outcome): pass
        """
    )
    result = run(pytester)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *no contract has the id 'no-such'"])


def test_what_could_not_be_observed_is_skipped_with_its_cause_and_blocks_nothing(pytester):
    pytester.makeconftest(
        """
        from pytest_oss_clean.engine.outcome import Outcome
        from pytest_oss_clean.engine.runner import Run
        from pytest_oss_clean.spec.verdict import Verdict

        def finish(self):
            unobserved = "restored[" in self.case.id
            verdict = Verdict.NOT_OBSERVED if unobserved else Verdict.OBSERVED
            return Outcome(self.case, verdict, cause="no <versions> here" if unobserved else "")

        Run.finish = finish
        from pytest_oss_clean.engine import self_check as canary
        canary.canary = lambda _: []
        """
    )
    both = "test_page and (never-restored or already-cleaned) and ColdArchive-V4 and not Deep"
    for workers in ([], ["-n", "2"]):
        result = run(pytester, *CONTRACTS, "-k", both, "-rs", "--junitxml", "out.xml", *workers)
        assert result.ret == 0
        result.assert_outcomes(passed=1, skipped=1)
        result.stdout.fnmatch_lines(
            [
                "SKIPPED*test_page.py:*: no <versions> here",
                "  not observed: no <versions> here: never-restored?ColdArchive-V4?",
                "oss-clean: PARTIAL: 1 of * ran, none failed, nothing that ran is required (exit 0)*",
                "oss-clean: 0 passed, 0 failed, 0 not tested, 0 not claimed, 1 observed, 1 not observed;*",
            ]
        )
        assert len(list(ET.parse(pytester.path / "out.xml").getroot().iter("skipped"))) == 1
    assert run(pytester, *CONTRACTS, "-k", "test_page and never-restored-ColdArchive-V4").ret == 5


def test_a_failed_contract_fails_whatever_the_body_of_its_test_asserts(pytester):
    break_emulator(pytester, CONFUSED)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.oss_contract("never-restored[ColdArchive-V4]")
        def test_it(oss_outcome): pass
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["never-restored?ColdArchive-V4? FAILED", "*FAILED (exit 1)*"])


def test_junit_carries_contract_and_verdict(pytester):
    break_emulator(pytester, CONFUSED)
    run(
        pytester,
        *CONTRACTS,
        "--junitxml",
        "out.xml",
        "-k",
        "never-restored and test_page and V4",
        "--oss-claims",
        "ColdArchive,V4",
    )
    cases = ET.parse(pytester.path / "out.xml").getroot().iter("testcase")
    found = {}
    for case in cases:
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        found[properties["oss.contract"]] = (properties["oss.verdict"], [child.tag for child in case][1:])
    assert found == {
        "never-restored[ColdArchive-V4]": ("failed", ["failure"]),
        "never-restored[DeepColdArchive-V4]": ("not claimed", ["skipped"]),
    }


def test_workers_of_xdist_give_the_same_verdict(pytester):
    some = ["-k", "test_page"]
    number = len([case for contract in AREAS["page"] for case in contract.cases()])
    result = run(pytester, *CONTRACTS, *some, "-n", "2")
    assert result.ret == 0
    result.assert_outcomes(passed=number)
    assert f"PARTIAL: {number} of {len(EVERY)} ran, none failed (exit 0)" in result.outlines[-3]
    break_emulator(pytester, CONFUSED)
    result = run(pytester, *CONTRACTS, *some, "-n", "2")
    assert result.ret == 1
    assert "FAILED (exit 1)" in result.outlines[-3]


@pytest.mark.parametrize(("option", "value"), [("--oss-claims", "V5"), ("--oss-contract", "restord")])
def test_bad_options_under_xdist_are_found_before_workers_start(pytester, option, value):
    result = run(pytester, *CONTRACTS, "-n", "2", option, value)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: oss-clean: {option}={value}*"])
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_an_unrelated_run_loads_nothing_heavy_and_prints_nothing(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_mine():
            ours = {name for name in sys.modules if name.startswith("pytest_oss_clean.")}
            heavy = {"httpx", "httpcore", "lxml", "httptools", "asyncio.base_events", "click"}
            assert "pytest_oss_clean.plugin" in ours
            assert not heavy & set(sys.modules)
            assert not any("emulator" in name or "session" in name for name in ours), ours
        """
    )
    plugins = ["-p", "no:recording", "-p", "no:anyio", "-p", "no:xdist", "-p", "no:hypothesispytest"]
    result = pytester.runpytest_subprocess(*plugins)  # nothing is imported ahead
    assert result.ret == 0, result.stdout.str()
    assert "oss-clean:" not in result.stdout.str()


def test_the_plugin_can_be_switched_off(pytester):
    pytester.makepyfile("def test_mine(oss_target): pass")
    result = run(pytester, "-p", "no:oss_clean")
    result.stdout.fnmatch_lines(["*fixture 'oss_target' not found*"])
