"""Users of Hypothesis run our contracts beside their own tests: neither changes what the other does."""

import re

from plugin_runs import run

pytest_plugins = ["pytester"]

THEIRS = """
    from hypothesis import settings
    from hypothesis.database import DirectoryBasedExampleDatabase

    settings.register_profile("theirs", max_examples=7, database=DirectoryBasedExampleDatabase("theirs"))
    settings.load_profile("theirs")
"""

SENT = """
    from pytest_oss_clean.emulator.service import Service

    answer = Service.__call__

    def noted(self, request):
        with open("sent.txt", "a", encoding="utf-8") as sent:
            print(request.method, request.target, file=sent)
        return answer(self, request)

    Service.__call__ = noted
"""
"""Part of a conftest: every request to the emulator is noted."""

OWN_TESTS = """
    from hypothesis import given, settings, strategies as st

    seen = []

    @given(st.integers())
    def test_own_that_fails(number):
        seen.append(number)
        assert number

    def test_own_profile():
        assert len(seen) > 1
        assert settings.default.max_examples == 7
        assert settings().database.path.name == "theirs"
"""

ROWS = [
    "--pyargs",
    "pytest_oss_clean.contracts.test_generated",
    "-k",
    "own or names-listed",
]


def sent(pytester, *options):
    """Return what our contracts send with these options, without the prefix of the run."""
    log = pytester.path / "sent.txt"
    log.unlink(missing_ok=True)
    done = run(pytester, *ROWS, *options)
    assert done.ret == 0, done.stdout.str()
    return re.sub(r"oss-clean-[0-9a-f]{8}\b", "PREFIX", log.read_text("utf-8"))


def test_their_profile_and_their_examples_are_theirs(pytester):
    pytester.makeconftest(THEIRS)
    pytester.makepyfile(OWN_TESTS)
    run(pytester, "-k", "own").assert_outcomes(passed=1, failed=1)
    kept = {path.name for path in (pytester.path / "theirs").iterdir()}
    assert kept
    beside = run(pytester, ".", *ROWS)
    beside.assert_outcomes(passed=2, failed=1)
    beside.stdout.fnmatch_lines(["FAILED *::test_own_that_fails*"])
    assert {path.name for path in (pytester.path / "theirs").iterdir()} == kept


def test_neither_their_seed_nor_their_profile_changes_what_is_sent(pytester):
    pytester.makeconftest(SENT)
    plain = sent(pytester, "--oss-seed=5")
    assert plain == sent(pytester, "--oss-seed=5", "--hypothesis-seed=3")
    assert plain != sent(pytester, "--oss-seed=6")
    pytester.makeconftest(SENT + THEIRS)
    assert plain == sent(pytester, "--oss-seed=5")
    assert not (pytester.path / "theirs").exists()
    assert not (pytester.path / ".hypothesis").exists()
