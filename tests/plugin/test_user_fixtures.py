"""Fixtures for tests of one's own: objects that stay what they were made, an environment, faults, types."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

import pytest_oss_clean
from plugin_runs import run_pytest as run
from pytest_oss_clean.emulator import Emulator

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SESSION_TOKEN", "BUCKET", "REGION", "ENDPOINT"):
        monkeypatch.delenv(f"OSS_{name}", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


HEADERS = {
    "never restored": (None, 403),
    "restoring": ('ongoing-request="true"', 403),
    "restored": ('ongoing-request="false"', 200),
    "cleaned": (None, 403),
    "expired": (None, 403),
}
KEEP_THEIR_WORD = f"""
import pytest

HEADERS = {HEADERS!r}
PAIRS = {list(permutations(HEADERS, 2))!r}

def shows(oss_client, thing, given):
    header, status = HEADERS[given]
    shown = oss_client.head(thing.name).header("x-oss-restore")
    assert shown is None if header is None else shown.startswith(header)
    assert oss_client.get(thing.name).status == status

@pytest.mark.parametrize("storage_class", ["ColdArchive", "DeepColdArchive"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_one_by_one(oss_object, oss_client, first, second, storage_class):
    one, two = oss_object(first, storage_class), oss_object(second, storage_class)
    shows(oss_client, one, first)
    shows(oss_client, two, second)
"""


def test_every_object_stays_what_it_was_made_whatever_is_made_after_it(pytester):
    pytester.makepyfile(KEEP_THEIR_WORD)
    run(pytester).assert_outcomes(passed=40)


TOGETHER = """
HEADERS = %r

def test_all(oss_objects, oss_client):
    made = oss_objects(**{name.replace(" ", "_"): name for name in HEADERS})
    assert list(made) == [name.replace(" ", "_") for name in HEADERS]
    for name, (header, status) in HEADERS.items():
        thing = made[name.replace(" ", "_")]
        shown = oss_client.head(thing.name).header("x-oss-restore")
        assert shown is None if header is None else shown.startswith(header), name
        assert oss_client.get(thing.name).status == status, name

def test_nothing_is_left(%s):
    pass

def test_one_by_one(oss_object):
    oss_object("restoring")
    oss_object("cleaned")
"""


@pytest.fixture
def server():
    """A target whose clock is one for all objects."""
    with Emulator.start() as emulator:
        yield emulator


def test_a_target_with_one_clock_makes_them_together_or_says_that_it_cannot(pytester, monkeypatch, server):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    pytester.makepyfile(TOGETHER % (HEADERS, "oss_target"))
    options = ("--oss-target", server.endpoint, "--oss-bucket", server.bucket, "--oss-region", server.region)
    result = run(pytester, *options, "--oss-advance-url", server.control_url + "/advance?seconds={seconds}")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*no cleaned object: the time that it needs would end the restore*"])
    assert not any(server.inventory().values())


def test_an_emulator_of_a_tests_own_is_empty_and_can_be_made_so_in_one_line(pytester):
    pytester.makepyfile(
        """
        import urllib.request

        def put(emulator):
            from datetime import UTC, datetime
            from pytest_oss_clean import Operation, Signer
            from pytest_oss_clean.oss.constants import Addressing
            operation = Operation("PUT", emulator.bucket, "k", (), (), b"x")
            signed = Signer(emulator.sts, region=emulator.region).sign(operation, datetime.now(UTC))
            assert emulator.service(signed.render(emulator.endpoint, Addressing.PATH)).status == 200

        def test_first(oss_fresh_emulator, oss_emulator):
            assert oss_fresh_emulator.endpoint != oss_emulator.endpoint
            put(oss_fresh_emulator)
            put(oss_emulator)
            oss_emulator.advance(3600)

        def test_second(oss_fresh_emulator, oss_emulator):
            assert oss_fresh_emulator.inventory()[oss_fresh_emulator.bucket] == {}
            assert oss_emulator.inventory()[oss_emulator.bucket] == {"k": "readable"}
            oss_emulator.reset()
            assert oss_emulator.inventory()[oss_emulator.bucket] == {}

        def test_control(oss_emulator, oss_fresh_emulator):
            for emulator in (oss_emulator, oss_fresh_emulator):
                with urllib.request.urlopen(emulator.control_url + "/now") as answer:
                    assert answer.status == 200
        """
    )
    run(pytester).assert_outcomes(passed=3)


def test_the_vendors_sdks_find_the_target_in_the_environment(pytester):
    pytester.makepyfile(
        """
        import os
        import alibabacloud_oss_v2 as oss
        import oss2
        from oss2.credentials import EnvironmentVariableCredentialsProvider

        def test_v2(oss_env, oss_object):
            thing = oss_object("restored", content=b"mine")
            provider = oss.credentials.EnvironmentVariableCredentialsProvider()
            config = oss.Config(
                region=os.environ["OSS_REGION"],
                endpoint=os.environ["OSS_ENDPOINT"],
                credentials_provider=provider,
            )
            request = oss.GetObjectRequest(bucket=os.environ["OSS_BUCKET"], key=thing.name)
            assert oss.Client(config).get_object(request).body.read() == b"mine"

        def test_v1(oss_env, oss_target, oss_object):
            thing = oss_object("restored", content=b"mine")
            auth = oss2.ProviderAuth(EnvironmentVariableCredentialsProvider())
            bucket = oss2.Bucket(auth, oss_target.endpoint, oss_env["OSS_BUCKET"])
            assert bucket.get_object(thing.name).read() == b"mine"

        def test_it_is_gone_afterwards(oss_target):
            assert os.environ.get("OSS_BUCKET") != oss_target.bucket
        """
    )
    run(pytester, "-W", "ignore").assert_outcomes(passed=3)


def test_faults_on_demand_are_met_accounted_for_and_forgotten(pytester):
    pytester.makepyfile(
        """
        def test_faults(oss_faults, oss_object, oss_client):
            thing = oss_object("restored")
            oss_faults.add(answer="RestoreAlreadyInProgress", operation="CleanRestoredObject")
            oss_faults.add(answer=500)
            refused = oss_client.clean(thing.name)
            assert (refused.status, refused.code) == (409, "RestoreAlreadyInProgress")
            assert oss_client.head(thing.name).code == "InternalError"
            assert [d.operation for d in oss_faults.delivered] == ["CleanRestoredObject", "HeadObject"]

        def test_next(oss_faults, oss_client):
            assert oss_faults.delivered == []
            assert oss_client.head(oss_client.name("nothing")).code == "NoSuchKey"
        """
    )
    run(pytester).assert_outcomes(passed=2)


TYPED = """
from pytest_oss_clean import ArrangedObject, Emulator, Endpoint, Faults, OssClient, Response, Target

def code(response: Response) -> str | None:
    return response.code

def url(emulator: Emulator) -> str:
    emulator.faults.add(answer=503, times=2)
    return emulator.endpoint

def name(thing: ArrangedObject, client: OssClient) -> str:
    return thing.name
"""


MISTAKES = {
    "mine.py": ("", None),
    "nonsense.py": ("from pytest_oss_clean import Nonsense\n", 'has no attribute "Nonsense"'),
    "wrong.py": ("number: int = url\n", "Incompatible types"),
}


def test_public_types_are_known_to_a_strict_type_checker(tmp_path):
    pytest.importorskip("mypy")
    for name, (more, _) in MISTAKES.items():
        (tmp_path / name).write_text(TYPED + more)
    package = Path(pytest_oss_clean.__file__).parents[1]
    # In an editable install a type checker does not see the package.
    search = {} if "site-packages" in package.parts else {"MYPYPATH": str(package)}
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), *MISTAKES]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | search
    )
    errors = [line for line in done.stdout.splitlines() if line.startswith(tuple(MISTAKES))]
    assert len(errors) == 2, done.stdout
    for name, (_, said) in MISTAKES.items():
        assert said is None or any(line.startswith(name) and said in line for line in errors)


SLIPS = {
    'oss_faults.add(answer=503, operation="HeadObjec")': "no operation 'HeadObjec': did you mean HeadObject?",
    'oss_faults.add(answer="NoSuchKy")': "no status is known for 'NoSuchKy': did you mean NoSuchKey?",
    "oss_faults.add(times=2)": "give one of answer, wait, reset and late",
    'oss_object("restord")': "oss_object(given)=restord: did you mean restored?",
    'oss_objects(a="restord")': "oss_object(given)=restord: did you mean restored?",
    'oss_object("restored", "ColdArchiv")': "oss_object(storage_class)=ColdArchiv: did you mean ColdArchive?",
}


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.partition("(")[2].strip(')"'))
def test_a_slip_is_shown_on_its_line_and_nowhere_else(pytester, slip):
    pytester.makepyfile(f"def test_slip(oss_faults, oss_object, oss_objects):\n    {slip}\n")
    result = run(pytester)
    result.assert_outcomes(failed=1)
    told = [line for line in result.outlines if line.startswith(("E ", ">"))]
    assert told[0].removeprefix(">").strip() == slip
    assert [line.partition(": ")[2] for line in told[1:]] == [SLIPS[slip]]
    assert not [line for line in result.outlines if "pytest_oss_clean/" in line]


def test_a_planned_503_reaches_the_test(pytester):
    pytester.makepyfile(
        """
        def test_it(oss_faults, oss_client):
            oss_faults.add(answer=503, operation="HeadObject")
            assert [oss_client.head(oss_client.name("x")).status for _ in range(2)] == [503, 404]
            assert len(oss_faults.delivered) == 1
        """
    )
    run(pytester).assert_outcomes(passed=1)
