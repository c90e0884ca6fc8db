"""Fixtures, hook and help, as people meet them in tests of their own."""

import pytest

from plugin_runs import run_pytest as run

pytest_plugins = ["pytester"]

CONTRACTS = ["--pyargs", "pytest_oss_clean.contracts"]


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


def test_a_users_own_tests_keep_pytests_exit_codes(pytester):
    pytester.makepyfile(
        """
        def test_it(oss_object):
            oss_object("no such history")
        """
    )
    result = run(pytester)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*choose from *never restored, restoring, restored, cleaned*"])


def test_objects_come_in_every_history_and_go_afterwards(pytester):
    pytester.makepyfile(
        """
        import pytest

        HEADERS = {
            "never restored": None,
            "restoring": 'ongoing-request="true"',
            "restored": 'ongoing-request="false"',
            "cleaned": None,
        }

        @pytest.mark.parametrize("storage_class", ["ColdArchive", "DeepColdArchive"])
        @pytest.mark.parametrize("given", HEADERS)
        def test_history(oss_object, oss_client, given, storage_class):
            thing = oss_object(given, storage_class=storage_class, content=b"mine")
            head = oss_client.head(thing.name)
            assert head.status == 200
            assert head.header("x-oss-storage-class") == storage_class
            shown = head.header("x-oss-restore")
            assert shown is None if HEADERS[given] is None else shown.startswith(HEADERS[given])
            assert oss_client.get(thing.name).status == (200 if given == "restored" else 403)
            if given == "restored":
                assert oss_client.get(thing.name).body == b"mine"

        def test_nothing_is_left(oss_emulator):
            assert not any(oss_emulator.service.inventory().values())
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=9)
    assert result.ret == 0


def test_a_users_code_finds_the_target(pytester):
    pytester.makepyfile(
        """
        import alibabacloud_oss_v2 as oss

        def test_sdk(oss_target, oss_object):
            thing = oss_object("restored")
            credentials = oss.credentials.StaticCredentialsProvider(
                oss_target.credentials.key_id, oss_target.credentials.secret.reveal()
            )
            client = oss.Client(
                oss.Config(
                    region=oss_target.region,
                    endpoint=str(oss_target.endpoint),
                    credentials_provider=credentials,
                )
            )
            request = oss.CleanRestoredObjectRequest(bucket=oss_target.bucket, key=thing.name)
            assert client.clean_restored_object(request).status_code == 200
        """
    )
    run(pytester, "-W", "ignore").assert_outcomes(passed=1)


def test_fixtures_and_options_explain_themselves(pytester):
    fixtures = run(pytester, "--fixtures", "-q").stdout.str()
    for name, words in {
        "oss_target": "The target of this run",
        "oss_client": "Signs and sends OSS requests",
        "oss_object": "Make objects in a given history",
        "oss_emulator": "A running OSS emulator on loopback",
        "oss_outcome": "What the target did with the contract",
    }.items():
        assert f"{name}" in fixtures
        assert words in fixtures
    options = run(pytester, "--help").stdout.str()
    assert "contracts of CleanRestoredObject (pytest-oss-clean)" in options
    assert "--oss-advance-url=URL" in options
    markers = run(pytester, "--markers").stdout.str()
    assert "oss_contract(id)" in markers


def test_the_hook_moves_a_clock_of_the_users(pytester, monkeypatch):
    from pytest_oss_clean.emulator import Emulator

    with Emulator.start() as emulator:
        monkeypatch.setenv("OSS_ACCESS_KEY_ID", emulator.credentials.key_id)
        monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", emulator.credentials.secret.reveal())
        server = [
            "--oss-target",
            str(emulator.endpoint),
            "--oss-bucket",
            emulator.bucket,
            "--oss-region",
            "cn-hangzhou",
        ]
        pytester.makeconftest(
            f"""
            import urllib.request

            def pytest_oss_clean_advance(target, seconds):
                url = "{emulator.control_url}/advance?seconds=" + str(seconds)
                urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()
                return True
            """
        )
        result = run(pytester, *CONTRACTS, *server, "-k", "test_page")
        assert result.ret == 6, result.stdout.str()
        assert "PARTIAL: 8 of " in result.stdout.str()
        assert result.parseoutcomes()["passed"] == 8
        result.stdout.fnmatch_lines(["*clock moved by a hook*"])
        assert not any(emulator.service.inventory().values())
        pytester.makeconftest("def pytest_oss_clean_advance(target, seconds): return None")
        result = run(pytester, *CONTRACTS, *server, "-k", "restored-ColdArchive-V4")
        assert result.ret == 6
        result.stdout.fnmatch_lines(["*pytest_oss_clean_advance returned None, not True*"])


def test_a_failed_assertion_on_the_environment_of_sdks_shows_no_secret(pytester):
    pytester.makepyfile("""
        import os

        def test_mine(oss_env):
            print(f"key {oss_env['OSS_ACCESS_KEY_ID']}")
            assert os.environ["OSS_ACCESS_KEY_SECRET"] == oss_env["OSS_ACCESS_KEY_SECRET"]
            assert not oss_env
    """)
    result = pytester.runpytest_subprocess("--showlocals", "-vv", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*<Environment *OSS_ACCESS_KEY_SECRET*>*"])
    assert "'OSS_ACCESS_KEY_SECRET': '" not in result.stdout.str()
