"""Options and environment: what is read, and what is refused with a remedy."""

import re
from pathlib import Path

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.target.config.claims import CLAIMS, DERIVED
from pytest_oss_clean.target.config.options import OPTIONS
from pytest_oss_clean.target.config.settings import read_settings

KEY = {"OSS_ACCESS_KEY_ID": "key", "OSS_ACCESS_KEY_SECRET": "a secret".replace(" ", "-")}
URL = {"target": "http://127.0.0.1:9000", "bucket": "bucket", "region": "cn-hangzhou", "restore-seconds": 5.0}


def read(environ=KEY, hook=False, **options):
    return read_settings(
        URL | {name.replace("_", "-"): value for name, value in options.items()}, environ, hook=hook
    )


def test_without_options_the_embedded_emulator_is_the_target():
    settings = read_settings({}, {"OSS_ENDPOINT": "https://real.example", "OSS_BUCKET": "real"})
    assert settings.endpoint is None
    assert settings.credentials is None
    assert settings.claims == {*CLAIMS, *DERIVED} - {"instant-restore"}
    assert settings.settle_seconds == 0
    assert settings.name == "emulator"
    further = (settings.second_bucket, settings.versioned_bucket)
    assert further == ("oss-clean-second", "oss-clean-versioned")


def test_a_url_is_read_with_credentials_from_the_environment():
    settings = read(environ=KEY | {"OSS_SESSION_TOKEN": "token-of-sts"})
    assert settings.endpoint == Endpoint("http", "127.0.0.1", 9000)
    assert settings.credentials.key_id == "key"
    assert settings.credentials.secret == Secret("a-secret")
    assert settings.credentials.token == Secret("token-of-sts")
    assert "a-secret" not in repr(settings)
    assert "token-of-sts" not in repr(settings)


def test_bucket_and_region_come_from_the_sdks_variables():
    environ = KEY | {"OSS_BUCKET": "from-environment", "OSS_REGION": "cn-beijing"}
    settings = read(environ, bucket=None, region=None)
    assert (settings.bucket, settings.region) == ("from-environment", "cn-beijing")


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou"),
        ("https://oss-ap-southeast-1-internal.aliyuncs.com", "ap-southeast-1"),
    ],
)
def test_the_region_is_read_from_an_endpoint_of_the_service(url, region):
    assert read(target=url, region=None).region == region


def test_v1_and_path_style_are_not_claimed_of_a_url():
    assert read().claims - DERIVED.keys() == {"ColdArchive", "DeepColdArchive", "V4"}


@pytest.mark.parametrize(
    ("url", "options", "addressing"),
    [
        ("http://127.0.0.1:1", {}, Addressing.PATH),
        ("http://[::1]:1", {}, Addressing.PATH),
        ("http://localhost:1", {}, Addressing.PATH),
        ("http://oss.example:1", {}, Addressing.VIRTUAL),
        ("http://oss.example:1", {"claims": "ColdArchive,V4,path-style"}, Addressing.PATH),
        (
            "http://oss.example:1",
            {"claims": "ColdArchive,V4,path-style", "addressing": "virtual"},
            Addressing.VIRTUAL,
        ),
    ],
)
def test_addressing_follows_the_sdks(url, options, addressing):
    assert read(target=url, **options).addressing is addressing


def test_v1_as_signature_of_a_run_claims_it():
    settings = read(signature="V1")
    assert settings.signature is SignatureVersion.V1
    assert "V1" in settings.claims


def test_an_instant_target_needs_no_clock():
    settings = read(claims="ColdArchive,V4,instant-restore", restore_seconds=None)
    assert settings.restore_seconds == 5.0


REFUSED = [
    ("no URL", {"target": "oss.example"}, "--oss-target", "https://"),
    ("scheme", {"target": "ftp://oss.example"}, "--oss-target", "https://"),
    ("path", {"target": "http://oss.example/bucket"}, "--oss-target", "without bucket and path"),
    ("port", {"target": "http://oss.example:0x1"}, "--oss-target", "https://"),
    ("no bucket", {"bucket": None}, "--oss-bucket", "existing bucket"),
    ("bad bucket", {"bucket": "Bucket_1"}, "--oss-bucket", "3 to 63"),
    ("prefix with dots", {"prefix": "a/../b"}, "--oss-prefix", "stays inside"),
    ("prefix with slash", {"prefix": "/a"}, "--oss-prefix", "stays inside"),
    ("prefix encoded", {"prefix": "a%2Fb"}, "--oss-prefix", "stays inside"),
    ("no region", {"region": None}, "--oss-region", "cn-hangzhou"),
    ("bad region", {"region": "cn/../x"}, "--oss-region", "region id"),
    ("unknown claim", {"claims": "ColdArchive,V4,teleport"}, "--oss-claims", "teleport"),
    ("no class", {"claims": "V4"}, "--oss-claims", "one cold class"),
    ("no signature", {"claims": "ColdArchive"}, "--oss-claims", "one signature"),
    ("V4 signs unclaimed", {"claims": "ColdArchive,V1"}, "--oss-claims", "change --oss-signature"),
    ("virtual on IP", {"addressing": "virtual"}, "--oss-addressing", "IP address"),
    (
        "path on a name",
        {"target": "http://oss.example", "addressing": "path"},
        "--oss-addressing",
        "claim path-style",
    ),
    ("no clock", {"restore_seconds": None}, "--oss-advance-url", "--oss-restore-seconds"),
    ("two clocks", {"advance_url": "http://127.0.0.1/{seconds}"}, "--oss-advance-url", "choose one"),
    (
        "no place for seconds",
        {"restore_seconds": None, "advance_url": "http://127.0.0.1/advance"},
        "--oss-advance-url",
        "{seconds}",
    ),
    (
        "clock without scheme",
        {"restore_seconds": None, "advance_url": "127.0.0.1/{seconds}"},
        "--oss-advance-url",
        "http",
    ),
    ("negative restore", {"restore_seconds": -1.0}, "--oss-restore-seconds", "above 0"),
    ("endless settle", {"settle_seconds": float("inf")}, "--oss-settle-seconds", "0 or more"),
    ("no timeout", {"timeout": 0.0}, "--oss-timeout", "above 0"),
    ("nan", {"timeout": float("nan")}, "--oss-timeout", "above 0"),
    (
        "derived claim",
        {"claims": "ColdArchive,V4,movable-clock"},
        "--oss-claims",
        "follows from --oss-advance-url",
    ),
    ("derived claim 2", {"claims": "ColdArchive,V4,hostile-auth"}, "--oss-claims", "--oss-no-hostile-auth"),
    ("no second bucket", {"claims": "ColdArchive,V4,second-bucket"}, "--oss-second-bucket", "second-bucket"),
    (
        "no versioned bucket",
        {"claims": "ColdArchive,V4,versions"},
        "--oss-versioned-bucket",
        "claim versions",
    ),
    ("bad second bucket", {"second_bucket": "B_"}, "--oss-second-bucket", "3 to 63"),
    ("bad versioned bucket", {"versioned_bucket": "B_"}, "--oss-versioned-bucket", "3 to 63"),
    ("second is first", {"second_bucket": "bucket"}, "--oss-second-bucket", "another one than --oss-bucket"),
    (
        "versioned is first",
        {"versioned_bucket": "bucket"},
        "--oss-versioned-bucket",
        "another one than --oss-bucket",
    ),
    (
        "versioned is second",
        {"second_bucket": "other", "versioned_bucket": "other"},
        "--oss-versioned-bucket",
        "another one than --oss-second-bucket",
    ),
    ("no token", {"claims": "ColdArchive,V4,STS"}, "OSS_SESSION_TOKEN", "export it"),
    ("no rate", {"rate": 0.0}, "--oss-rate", "requests per second above 0"),
    ("no time", {"max_wall": -1.0}, "--oss-max-wall", "seconds above 0"),
    ("throttled without status", {"throttled": "SlowDown"}, "--oss-throttled", "429,503 SlowDown"),
    ("throttled with success", {"throttled": "200"}, "--oss-throttled", "400 to 599"),
    ("edition", {"edition": "1"}, "--oss-edition", "such as 1.2"),
    ("edition in words", {"edition": "newest"}, "--oss-edition", "such as 1.2"),
    ("no deviations", {"deviations": "none.toml"}, "--oss-deviations", "No such file"),
    ("no baseline", {"baseline": "none.json"}, "--oss-baseline", "No such file"),
    ("folder as baseline", {"baseline": "."}, "--oss-baseline", "Is a directory"),
    ("path with NUL", {"deviations": "a\0b"}, "--oss-deviations", "name a file"),
    ("report is a folder", {"report": "."}, "--oss-report", "name a file"),
    ("changes of nothing", {"gate_changes": True}, "--oss-gate-changes", "give one"),
    ("connect-to", {"connect_to": "127.0.0.1"}, "--oss-connect-to", "HOST:PORT"),
    ("connect-to port", {"connect_to": "127.0.0.1:http"}, "--oss-connect-to", "HOST:PORT"),
]


@pytest.mark.parametrize(
    ("options", "option", "remedy"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_setting_that_cannot_work_names_option_and_remedy(options, option, remedy):
    with pytest.raises(ConfigurationError) as raised:
        read(**options)
    assert raised.value.option == option
    assert remedy in str(raised.value)


@pytest.mark.parametrize("name", ["advance-url", "restore-seconds", "ca-file", "proxy", "connect-to"])
def test_options_of_a_server_are_refused_for_the_emulator(name):
    with pytest.raises(ConfigurationError, match="--oss-target URL"):
        read_settings({name: 1.0 if name == "restore-seconds" else "x"}, {})


def test_require_target_refuses_the_emulator():
    with pytest.raises(ConfigurationError, match="--oss-target URL"):
        read_settings({"require-target": True}, {})
    assert read(require_target=True).endpoint is not None


def test_a_hook_is_a_clock():
    assert read(hook=True, restore_seconds=None).restore_seconds is None


@pytest.mark.parametrize("name", ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"])
def test_missing_credentials_are_named(name):
    with pytest.raises(ConfigurationError, match=f"export {name}"):
        read(environ={k: v for k, v in KEY.items() if k != name})


def test_a_secret_with_a_line_end_is_refused_without_showing_it():
    with pytest.raises(ConfigurationError) as raised:
        read(environ=KEY | {"OSS_ACCESS_KEY_SECRET": "planted\n"})
    assert "planted" not in str(raised.value)
    assert "line end" in str(raised.value)


@pytest.mark.parametrize("url", ["http://user:planted@oss.example", "user:planted@oss.example"])
def test_credentials_in_a_url_are_refused_without_showing_them(url):
    with pytest.raises(ConfigurationError) as raised:
        read(target=url)
    assert "planted" not in str(raised.value)
    assert "OSS_ACCESS_KEY_SECRET" in str(raised.value)


def test_paths_are_paths():
    settings = read(ca_file="ca.pem", state_dir="here")
    assert (settings.ca_file, settings.state_dir) == (Path("ca.pem"), Path("here"))


def test_every_option_says_what_it_is_for():
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)
    for option in OPTIONS:
        assert len(option.help) > 20
        assert option.flag == f"--oss-{option.name}"


def test_settings_that_are_missing_are_named_all_at_once():
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"target": "https://oss.example.test"}, {})
    lines = str(caught.value).splitlines()
    names = [re.match(r"(?:oss-clean: )?(\S+)=\(not set\): ", line)[1] for line in lines]
    credentials = ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"]
    assert names == [*credentials, "--oss-bucket", "--oss-region", "--oss-advance-url"]
