"""Targets of files and the options of manners, as pytest runs meet them."""

from __future__ import annotations

import pytest

from plugin_runs import CONTRACTS, run
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator import Emulator

pytest_plugins = ["pytester"]

ONE = ["-k", "never-restored-ColdArchive-V4 and test_page"]


@pytest.fixture
def emulator(monkeypatch):
    """A server of somebody's; its key stands in the environment, its place does not."""
    for name in ("OSS_SESSION_TOKEN", "OSS_BUCKET", "OSS_REGION", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    with Emulator.start() as running:
        monkeypatch.setenv("OSS_ACCESS_KEY_ID", running.credentials.key_id)
        monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", running.credentials.secret.reveal())
        yield running


def describe(pytester, emulator, *lines, clock=True):
    """Write the target `staging` into the pyproject.toml of pytest's rootdir."""
    text = [
        "[tool.oss-clean.targets.staging]",
        f'endpoint = "{emulator.endpoint}"\nbucket = "{emulator.bucket}"\nregion = "{emulator.region}"',
        "settle-seconds = 0",
        f'advance-url = "{emulator.control_url}/advance?seconds={{seconds}}"' if clock else "",
    ]
    pytester.makepyprojecttoml("\n".join(["[tool.pytest.ini_options]", *text, *lines]))


def test_a_name_is_looked_up_in_the_rootdir_wherever_pytest_is_started(pytester, emulator, monkeypatch):
    describe(pytester, emulator)
    (pytester.path / "below").mkdir()
    monkeypatch.chdir(pytester.path / "below")
    result = run(pytester, *CONTRACTS, *ONE, "--oss-target", "staging", "--rootdir", pytester.path)
    assert result.ret == 6, "a part of the catalogue"
    result.assert_outcomes(passed=1, deselected=len(CASES) - 1)
    assert f"on {emulator.endpoint}" in result.stdout.str()


def test_workers_of_xdist_know_the_target_and_share_the_rate(pytester, emulator):
    describe(pytester, emulator, "rate = 100", 'throttled = ["503 SlowDown"]')
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(oss_target, number):
            assert (oss_target.pace.rate, oss_target.pace.throttled) == (50, ("503 SlowDown",))
        """
    )
    run(pytester, "--oss-target", "staging", "-n", "2").assert_outcomes(passed=2)


def test_without_workers_the_rate_is_whole(pytester, emulator):
    describe(pytester, emulator, "rate = 100")
    pytester.makepyfile("def test_it(oss_target): assert oss_target.pace.rate == 100")
    run(pytester, "--oss-target", "staging").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "target", "said"),
    [
        ("restore-secnds = 1", "staging", "restore-secnds=(unknown key): did you mean restore-seconds?"),
        ('secret = "planted-4Hq8"', "staging", "secret=(hidden): credentials do not belong into a file*"),
        ("", "production", "ERROR: oss-clean: --oss-target=production: no target of this name*staging*"),
    ],
)
def test_a_file_that_cannot_work_is_a_usage_error(pytester, emulator, line, target, said):
    describe(pytester, emulator, line)
    pytester.makepyfile("def test_nothing(): pass")
    for contracts in (CONTRACTS, []):
        result = run(pytester, *contracts, "--oss-target", target)
        assert result.ret == 4
        result.stderr.fnmatch_lines([f"*{said}"])
        assert "planted-4Hq8" not in result.stderr.str() + result.stdout.str()
        assert "Traceback" not in result.stderr.str()


def test_the_hook_is_the_clock_of_a_target_that_has_none(pytester, emulator):
    describe(pytester, emulator, clock=False)
    pytester.makeconftest(
        f"""
        import urllib.request

        def pytest_oss_clean_advance(target, seconds):
            url = f"{emulator.control_url}/advance?seconds={{int(seconds)}}"
            urllib.request.urlopen(urllib.request.Request(url, method="POST"))
            return True
        """
    )
    pytester.makepyfile(
        """
        def test_it(oss_object, oss_target):
            assert "movable-clock" in oss_target.claims
            assert oss_object("restored").name.startswith(oss_target.prefix)
        """
    )
    run(pytester, "--oss-target", "staging").assert_outcomes(passed=1)


def test_a_target_file_may_set_up_the_embedded_emulator(pytester, emulator):
    (pytester.path / "small.toml").write_text('endpoint = "emulator"\nclaims = ["ColdArchive", "V4"]\n')
    pytester.makeconftest("def pytest_oss_clean_advance(target, seconds): raise RuntimeError('not for it')")
    result = run(pytester, *CONTRACTS, *ONE, "--oss-target", "small.toml")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["oss-clean: the embedded emulator, bucket *", "oss-clean: claims ColdArchive, V4"]
    )
    assert emulator.service.inventory() == {emulator.bucket: {}}
