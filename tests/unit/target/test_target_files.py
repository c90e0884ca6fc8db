"""Target files: what fills in options, what is refused, and that nothing secret is shown."""

import re
from pathlib import Path

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.target.config.options import OPTIONS
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.config.target_files import OPTIONS as KEYS
from pytest_oss_clean.target.config.target_files import merge, read_target
from pytest_oss_clean.target.meter import Prices

KEY = {"OSS_ACCESS_KEY_ID": "key", "OSS_ACCESS_KEY_SECRET": "a secret".replace(" ", "-")}
TOP = 'endpoint = "http://127.0.0.1:9000"\nbucket = "bucket"\nregion = "cn-hangzhou"\n'
DEFAULTS = {option.name: option.default for option in OPTIONS}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write a target file and read it, from its folder."""
    monkeypatch.chdir(tmp_path)

    def reading(text, environ=KEY, hook=False, **given):
        (tmp_path / "staging.toml").write_text(text, "utf-8")
        options = {name.replace("_", "-"): value for name, value in given.items()}
        options = DEFAULTS | {"target": "staging.toml"} | options
        return read_target(options, environ, tmp_path, hook=hook)

    return reading


FULL = """
endpoint = "http://oss.example:8080"
bucket = "bucket"
second-bucket = "one-more"
versioned-bucket = "with-versions"
prefix = "ci/"
region = "cn-beijing"
addressing = "virtual"
signature = "V1"
claims = ["ColdArchive", "V1", "V4", "versions"]
restore-seconds = 3
settle-seconds = 0.5
ca-file = "ca.pem"
proxy = "http://proxy.example:3128"
connect-to = "127.0.0.1:8443"
wait-ready = 2
timeout = 4
rate = 20
max-wall = 600
max-requests = 9000
max-cost = 1.5
prices = "prices.toml"
throttled = ["429", "503 SlowDown"]
deviations = "known.toml"
baseline = "values.json"
strict = true
require-cells = true
edition = "1.0"
gate-changes = true
allow-incomplete = true
no-hostile-auth = true
budget = "ci"
shrink = true
"""


def test_every_key_of_a_file_becomes_a_setting(read, tmp_path):
    for name in ("known.toml", "values.json", "prices.toml"):
        (tmp_path / name).write_text("")
    settings = read(FULL)
    credentials = settings.credentials
    assert settings == Settings(
        name="staging",
        endpoint=Endpoint("http", "oss.example", 8080),
        credentials=credentials,
        bucket="bucket",
        second_bucket="one-more",
        versioned_bucket="with-versions",
        prefix="ci/",
        region="cn-beijing",
        addressing=Addressing.VIRTUAL,
        signature=SignatureVersion.V1,
        claims=frozenset({"ColdArchive", "V1", "V4", "versions"}),
        restore_seconds=3,
        settle_seconds=0.5,
        ca_file=tmp_path / "ca.pem",
        proxy="http://proxy.example:3128",
        connect_to=("127.0.0.1", 8443),
        wait_ready=2,
        timeout=4,
        rate=20,
        max_wall=600,
        max_requests=9000,
        max_cost=1.5,
        prices=Prices(tmp_path / "prices.toml", {}, ""),
        throttled=("429", "503 SlowDown"),
        hostile_auth=False,
        strict=frozenset({"all"}),
        require_cells=True,
        edition="1.0",
        deviations=tmp_path / "known.toml",
        baseline=tmp_path / "values.json",
        gate_changes=True,
        allow_incomplete=True,
        budget="ci",
        shrink=True,
    )


def test_the_example_above_leaves_no_key_out():
    assert {"advance-url", *re.findall(r"^([a-z-]+) =", FULL, re.MULTILINE)} == set(KEYS)
    assert set(KEYS) - {"endpoint"} == {o.name for o in OPTIONS if o.scope.in_files}


def test_an_option_that_is_given_wins(read):
    text = TOP + 'restore-seconds = 3\ntimeout = 4\nclaims = "ColdArchive,V4"\nrate = 1\n'
    settings = read(text, timeout=7.0, bucket="another", claims="DeepColdArchive,V4", rate=None)
    assert (settings.timeout, settings.bucket) == (7.0, "another")
    assert "DeepColdArchive" in settings.claims
    assert "ColdArchive" not in settings.claims
    assert (settings.rate, settings.restore_seconds) == (1, 3)


@pytest.mark.parametrize(
    ("in_file", "given", "expected"),
    [
        ("restore-seconds = 3", {"advance_url": "http://127.0.0.1/{seconds}"}, (True, None)),
        ('advance-url = "http://127.0.0.1/{seconds}"', {"restore_seconds": 5.0}, (False, 5.0)),
    ],
)
def test_a_clock_that_is_given_takes_the_place_of_the_files(read, in_file, given, expected):
    settings = read(TOP + in_file, **given)
    assert (bool(settings.advance_url), settings.restore_seconds) == expected


def test_the_file_wins_over_the_environment_which_it_may_leave_in_force(read):
    environ = KEY | {"OSS_BUCKET": "from-environment", "OSS_REGION": "cn-shanghai"}
    assert read(TOP + "restore-seconds = 1", environ).bucket == "bucket"
    bare = 'endpoint = "http://127.0.0.1:9000"\nrestore-seconds = 1'
    settings = read(bare, environ)
    assert (settings.bucket, settings.region) == ("from-environment", "cn-shanghai")


def test_paths_begin_at_the_files_own_folder(tmp_path, monkeypatch):
    folder = tmp_path / "targets"
    folder.mkdir()
    (folder / "known.toml").write_text("")
    (folder / "a.toml").write_text(TOP + 'restore-seconds = 1\ndeviations = "known.toml"\n')
    monkeypatch.chdir(tmp_path)
    settings = read_target({"target": "targets/a.toml"}, KEY, tmp_path)
    assert settings.deviations == folder / "known.toml"
    given = read_target({"target": "targets/a.toml", "deviations": "targets/known.toml"}, KEY, tmp_path)
    assert given.deviations == Path("targets/known.toml")


def test_a_name_is_looked_up_in_pyproject(tmp_path):
    for name in ("staging", "prod.eu"):
        text = TOP.replace('"bucket"', f'"b-{name[:4]}"')
        with (tmp_path / "pyproject.toml").open("a") as file:
            file.write(f'[tool.oss-clean.targets."{name}"]\n{text}restore-seconds = 1\n')
    for name in ("staging", "prod.eu"):
        settings = read_target({"target": name}, KEY, tmp_path)
        assert (settings.name, settings.bucket) == (name, f"b-{name[:4]}")


@pytest.mark.parametrize(
    ("pyproject", "said"),
    [
        (None, "none is described there"),
        ("[tool.other]\n", "none is described there"),
        ("[tool]\noss-clean = 1\n", "none is described there"),
        ("[tool.oss-clean]\ntargets = 'x'\n", "none is described there"),
        ("[tool.oss-clean.targets]\nstaging = 1\n", "none is described there"),
        ("[tool.oss-clean.targets.b]\n[tool.oss-clean.targets.a]\n", "known are a, b"),
    ],
)
def test_a_name_that_nobody_described_lists_those_known(tmp_path, pyproject, said):
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(pyproject)
    with pytest.raises(ConfigurationError) as raised:
        read_target({"target": "staging"}, KEY, tmp_path)
    text = str(raised.value)
    assert text.startswith("--oss-target=staging: no target of this name in ")
    assert "[tool.oss-clean.targets.staging]" in text
    assert said in text
    assert "https://" in text


@pytest.mark.parametrize("name", ["127.0.0.1:8080", "localhost:9000", "oss.example.test", "[::1]:80", "box/"])
def test_an_address_without_its_scheme_is_told_so(tmp_path, name):
    with pytest.raises(ConfigurationError) as raised:
        read_target({"target": name}, KEY, tmp_path)
    asked = f": did you mean http://{name} or https://{name}? no target" in str(raised.value)
    assert asked is (name != "box/")


def test_errors_of_a_named_target_name_its_table(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f"[tool.oss-clean.targets.staging]\n{TOP}bukcet = 'x'\n")
    with pytest.raises(ConfigurationError) as raised:
        read_target({"target": "staging"}, KEY, tmp_path)
    assert raised.value.option == "pyproject.toml [tool.oss-clean.targets.staging]: bukcet"
    assert raised.value.remedy == "did you mean bucket?"


@pytest.mark.parametrize("target", ["emulator", "http://127.0.0.1:1", "user:pass@host"])
def test_other_targets_are_left_as_they_are(tmp_path, target):
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    options = DEFAULTS | {"target": target, "rate": 2.0}
    assert merge(options, tmp_path).values == options


def test_a_hook_is_no_clock_of_the_emulator_but_of_a_server(read):
    assert read(TOP, hook=True).restore_seconds is None
    with pytest.raises(ConfigurationError, match="choose one"):
        read(TOP + "restore-seconds = 1", hook=True)


def test_a_file_may_describe_the_emulator(read):
    settings = read('endpoint = "emulator"\nclaims = "ColdArchive,V4"\nrate = 5', hook=True)
    assert (settings.endpoint, settings.name, settings.rate) == (None, "staging", 5)
