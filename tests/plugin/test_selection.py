"""What of the catalogue ran, and how often: a part is no whole, and another run hides no failure."""

from __future__ import annotations

import json

import pytest

from plugin_runs import CONTRACTS, run
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.plugin.selection import chosen
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.spec.verdict import Exit, Verdict

pytest_plugins = ["pytester"]

NODE = "test_page.py::test_contract"
ONE = "never-restored[ColdArchive-V4]"
FIRST_CLEAN_FAILS = """
    from dataclasses import replace
    from pytest_oss_clean.emulator.service import Service

    honest, cleans = Service.__call__, []

    def wrong(self, request):
        answer = honest(self, request)
        if "/memory/" not in request.target and request.target.endswith("?cleanRestoredObject"):
            cleans.append(request)
            return replace(answer, status=500) if len(cleans) == 1 else answer
        return answer

    Service.__call__ = wrong
"""
REPEATED = """
    def pytest_generate_tests(metafunc):
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", [1, 2])
"""
"""How pytest-repeat and flake-finder repeat tests."""


@pytest.fixture
def server(monkeypatch):
    """Arguments for a server of the user's: an emulator with a clock."""
    with Emulator.start() as emulator:
        key = emulator.credentials
        monkeypatch.setenv("OSS_ACCESS_KEY_ID", key.key_id)
        monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", key.secret.reveal())
        yield [
            *("--oss-target", str(emulator.endpoint), "--oss-bucket", emulator.bucket),
            *("--oss-region", emulator.region, "--oss-claims", "ColdArchive,V4"),
            *("--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"),
        ]


def last(result):
    return next(line for line in reversed(result.outlines) if "(exit " in line)


WAYS = [
    ("-k", ["-k", f"test_page and {ONE}"]),
    ("an id", ["--oss-contract", ONE]),
    (
        "--deselect",
        [
            "-k",
            "test_page and never",
            "--deselect",
            "test_page.py::test_contract[never-restored-ColdArchive-V1]",
        ],
    ),
    ("-x after one", ["--oss-contract", f"{ONE},restored", "--maxfail=1"]),
]


@pytest.mark.parametrize("ways", [way for _, way in WAYS], ids=[name for name, _ in WAYS])
def test_a_part_of_the_catalogue_is_no_green_run_on_a_server(pytester, server, ways):
    result = run(pytester, *CONTRACTS, *server, *ways)
    assert result.ret == Exit.INCOMPLETE
    assert f" of {len(CASES)} ran, none failed (exit 6) on http://" in last(result)
    allowed = run(pytester, *CONTRACTS, *server, *ways, "--oss-allow-incomplete", "--oss-report", "r.json")
    assert allowed.ret == Exit.OK
    assert "none failed, accepted by --oss-allow-incomplete (exit 0)" in last(allowed)
    report = json.loads((pytester.path / "r.json").read_text())
    assert report["exit"]["reason"].startswith("PARTIAL: ")
    ran = [contract for contract in report["contracts"] if contract["verdict"] == "passed"]
    assert report["ran"]["contracts"] == len(ran) < report["ran"]["of"] == len(CASES)


def test_options_that_leak_in_are_counted_too(pytester, server, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k never-restored-ColdArchive-V4")
    result = run(pytester, *CONTRACTS, *server)
    assert result.ret == Exit.INCOMPLETE
    assert "oss-clean: PARTIAL: " in last(result)


def test_a_part_is_said_on_the_emulator_and_does_not_block(pytester):
    result = run(pytester, *CONTRACTS, "--oss-contract", "never-restored", "-n", "2")
    assert result.ret == 0
    assert f"PARTIAL: 4 of {len(CASES)} ran, none failed (exit 0)" in last(result)


@pytest.mark.parametrize(
    "options",
    [["-k", "test_mine"], ["-m", "unit"], ["-o", "python_files=mine_*.py"]],
    ids=["-k", "-m", "python_files"],
)
def test_a_target_without_a_contract_is_no_green_run(pytester, server, options):
    pytester.makepyfile(mine_test="import pytest\n@pytest.mark.unit\ndef test_mine(): pass")
    pytester.makeini("[pytest]\nmarkers = unit\npython_files = mine_test.py")
    result = run(pytester, "mine_test.py", *CONTRACTS, *server, *options)
    assert result.ret == Exit.NO_CONTRACT
    assert "NO VERDICT: no contract ran (exit 5) on http://127.0.0.1" in last(result)
    assert "--pyargs pytest_oss_clean.contracts" in last(result)


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_tests_of_the_user_s_that_use_the_target_keep_their_exit_code(pytester, server, workers):
    pytester.makepyfile("def test_mine(oss_target): assert oss_target.bucket")
    assert run(pytester, *server, *workers).ret == 0


@pytest.mark.parametrize("plugin", ["rerunfailures", "repeat"])
@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_another_run_hides_no_failure(pytester, plugin, workers):
    pytester.makeconftest(FIRST_CLEAN_FAILS)
    pytester.makepyfile(repeating=REPEATED.replace("\n    ", "\n"))
    options = {"rerunfailures": ["--reruns", "2"], "repeat": ["-p", "repeating"]}[plugin]
    asked = ["--oss-contract", "never-restored", "--oss-claims", "ColdArchive,V4", *workers]
    result = run(pytester, *CONTRACTS, *asked, *options, "--oss-report", "r.json")
    assert result.ret == Exit.FAILED, result.stdout.str()
    assert " ran more than once, the worst run counts" in last(result)
    report = json.loads((pytester.path / "r.json").read_text())
    assert report["exit"]["code"] == 1
    assert report["ran"]["more_than_once"][ONE] > 1
    (found,) = [each for each in report["contracts"] if each["id"] == ONE]
    assert found["verdict"] == "failed"
    assert any(finding["problem"] for finding in found["findings"])


def test_a_part_is_not_let_pass_where_it_may_not_be():
    tally = Tally(verdicts={ONE: Verdict.PASSED}, catalogue=frozenset(CASES))
    assert tally.exit_code(0) == Exit.INCOMPLETE
    tally.allow_incomplete = True
    assert tally.exit_code(0) == Exit.OK
    assert tally.exit_code(0, whole=False) == Exit.INCOMPLETE
    tally.verdicts[ONE] = Verdict.FAILED
    assert tally.exit_code(0) == Exit.FAILED


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (ONE, 1),
        ("never-restored-ColdArchive-V4", 1),
        ("never-restored", 4),
        (f"{NODE}[never-restored-ColdArchive-V4]", 1),
        (
            "../lib/python3.11/site-packages/pytest_oss_clean/contracts/test_page.py::test_contract[restored-ColdArchive-V1]",
            1,
        ),
    ],
)
def test_a_contract_is_chosen_by_every_name_that_is_printed(name, number):
    assert len(chosen([name], CASES)) == number


def test_a_name_of_no_contract_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match=r"did you mean never-restored\?"):
        chosen(["never-restord"], CASES)
