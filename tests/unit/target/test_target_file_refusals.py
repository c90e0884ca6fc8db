"""Target files that cannot work: what is said, and that nothing secret is shown."""

import re

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.target.config.options import OPTIONS
from pytest_oss_clean.target.config.target_files import read_target

KEY = {"OSS_ACCESS_KEY_ID": "key", "OSS_ACCESS_KEY_SECRET": "a secret".replace(" ", "-")}
TOP = 'endpoint = "http://127.0.0.1:9000"\nbucket = "bucket"\nregion = "cn-hangzhou"\n'
DEFAULTS = {option.name: option.default for option in OPTIONS}


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Write a target file that must be refused, read it from its folder; return what is printed."""
    monkeypatch.chdir(tmp_path)

    def refusing(text, **given):
        (tmp_path / "staging.toml").write_text(text, "utf-8")
        with pytest.raises(ConfigurationError) as raised:
            read_target(DEFAULTS | {"target": "staging.toml"} | given, KEY, tmp_path)
        return str(raised.value)

    return refusing


REFUSED = [
    ('buket = "b"', "staging.toml: buket=(unknown key): did you mean bucket?"),
    ('second_bucket = "b"', "staging.toml: second_bucket=(unknown key): did you mean second-bucket?"),
    ("colour = 1", "staging.toml: colour=(unknown key): use one of endpoint, bucket, "),
    ('report = "r"', "staging.toml: report=(unknown key): it belongs to a run, not to a target"),
    ("timeout = '5'", "staging.toml: timeout=5: write a number"),
    ("timeout = true", "staging.toml: timeout=True: write a number"),
    ("strict = 1", "staging.toml: strict=1: write true, false, or a list"),
    ("prefix = 1", "staging.toml: prefix=1: write a text in quotes"),
    ("claims = [1]", "staging.toml: claims=(a list): write a list of texts"),
    ("claims = { a = 1 }", "staging.toml: claims=(a dict): write a list of texts"),
    ("signature = 'V9'", "staging.toml: signature=V9: choose from V1, V4"),
    ("addressing = 'sideways'", "staging.toml: addressing=sideways: choose from auto, path, virtual"),
    ("deviations = 'none.toml'", "none.toml: No such file or directory"),
    ("claims = ['V5']", "staging.toml: claims=V5: unknown claim V5"),
    ("throttled = ['often']", "staging.toml: throttled=often: write statuses"),
    ("rate = 0", "staging.toml: rate=0: give a number of requests per second above 0"),
    ("budget = 'slow'", "staging.toml: budget=slow: choose from quick, ci, deep"),
    ("budget = 1", "staging.toml: budget=1: write a text in quotes"),
    ("seed = 1", "staging.toml: seed=(unknown key): it belongs to a run, not to a target"),
    ("timeout = inf", "staging.toml: timeout=inf: give a number of seconds above 0"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_file_that_cannot_work_names_key_value_and_remedy(refused, line, said):
    assert said in refused(TOP + "restore-seconds = 1\n" + line)


def test_a_value_that_is_given_is_not_blamed_on_the_file(refused):
    assert refused(TOP + "timeout = 4\nrestore-seconds = 1", timeout=-1.0).startswith("--oss-timeout=-1.0:")
    assert refused(TOP).startswith("--oss-advance-url=(not set):")


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("", "endpoint=(not set): say where the target is"),
        ('endpoint = "ftp://x"', "endpoint=ftp://x: give"),
        ('endpoint = "production"', "endpoint=production: give a URL"),
        ('endpoint = "other.toml"', "endpoint=other.toml: give a URL"),
    ],
)
def test_a_file_says_where_its_target_is(refused, endpoint, said):
    assert f"staging.toml: {said}" in refused(endpoint + '\nbucket = "bucket"\nregion = "r"\n')


SECRET = "planted-4Hq8"
PLANTED = [
    f'access-key-id = "{SECRET}"',
    f'access_key_secret = "{SECRET}"',
    f'OSS_ACCESS_KEY_SECRET = "{SECRET}"',
    f'AccessKeySecret = "{SECRET}"',
    f'security-token = "{SECRET}"',
    f'password = "{SECRET}"',
    f'sk = "{SECRET}"',
    f'[credentials]\nid = "{SECRET}"',
    f'proxy = "http://user:{SECRET}@proxy.example:3128"',
    f'proxy = "http://user:{SECRET}/x@proxy.example:3128"',
    f'advance-url = "http://user:{SECRET}@127.0.0.1/{{seconds}}"',
    f'connect-to = "user:{SECRET}@127.0.0.1:1"',
]


@pytest.mark.parametrize("line", PLANTED, ids=[line.split("=")[0].split("\n")[0] for line in PLANTED])
def test_a_credential_in_a_file_is_refused_unseen(refused, line):
    text = refused(TOP + line)
    assert SECRET not in text
    assert re.match(
        r"staging\.toml: [\w-]+=\(hidden\): credentials do not belong into a file: set OSS_", text
    )
    assert "OSS_ACCESS_KEY_SECRET" in text


@pytest.mark.parametrize(
    "line",
    [
        f'sceret = "{SECRET}"',
        f'bucket-kee = "{SECRET}"',
        f"timeout = ['{SECRET}']",
        f'x = "{SECRET}',
        f"bucket = {{ a = '{SECRET}' }}",
    ],
)
def test_no_error_shows_what_might_be_a_secret(refused, line):
    text = refused("".join(part for part in TOP.splitlines(True) if "bucket" not in part) + line)
    assert SECRET not in text
    assert "staging.toml" in text


def test_an_endpoint_with_a_password_is_refused_unseen(refused):
    assert SECRET not in refused(f'endpoint = "http://u:{SECRET}@oss.example"')


def test_a_syntax_error_says_file_and_line(refused):
    text = refused(TOP + "restore-seconds 5\n")
    assert text.startswith("--oss-target=staging.toml: staging.toml is not TOML: ")
    assert "line 4" in text


def test_a_pyproject_that_is_no_toml_is_an_error_for_a_name_alone(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(
        ConfigurationError, match=r"--oss-target=staging: .*pyproject.toml is not TOML: .*line 1"
    ):
        read_target({"target": "staging"}, KEY, tmp_path)
    assert read_target({"target": "emulator"}, {}, tmp_path).name == "emulator"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ConfigurationError, match=r"--oss-target=no.toml: no.toml cannot be read: No such file"
    ):
        read_target({"target": "no.toml"}, KEY, tmp_path)
    (tmp_path / "bad.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigurationError, match=r"bad\.toml is not UTF-8"):
        read_target({"target": "bad.toml"}, KEY, tmp_path)
