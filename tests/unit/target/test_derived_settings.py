"""What follows from options: derived capabilities, further buckets, manners, judging."""

import pytest

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import THROTTLED
from pytest_oss_clean.target.config.claims import DERIVED
from pytest_oss_clean.target.config.settings import read_settings

KEY = {"OSS_ACCESS_KEY_ID": "key", "OSS_ACCESS_KEY_SECRET": "a secret".replace(" ", "-")}
URL = {"target": "http://127.0.0.1:9000", "bucket": "bucket", "region": "cn-hangzhou", "restore-seconds": 5.0}


def read(environ=KEY, hook=False, **options):
    return read_settings(
        URL | {name.replace("_", "-"): value for name, value in options.items()}, environ, hook=hook
    )


ON_A_SERVER = [
    ("nothing", {}, False, {"hostile-auth"}),
    ("URL", {"restore_seconds": None, "advance_url": "http://127.0.0.1/{seconds}"}, False, set(DERIVED)),
    ("hook", {"restore_seconds": None}, True, set(DERIVED)),
    ("no hostile auth", {"no_hostile_auth": True}, False, set()),
]


@pytest.mark.parametrize(
    ("options", "hook", "derived"), [row[1:] for row in ON_A_SERVER], ids=[row[0] for row in ON_A_SERVER]
)
def test_derived_capabilities_follow_from_other_options(options, hook, derived):
    settings = read(hook=hook, **options)
    assert settings.claims & DERIVED.keys() == derived
    assert settings.hostile_auth is ("hostile-auth" in derived)


@pytest.mark.parametrize("claims", [None, "ColdArchive,V4"])
def test_the_emulator_has_a_clock_and_hostile_auth_unless_told_otherwise(claims):
    assert read_settings({"claims": claims}, {}).claims >= DERIVED.keys()
    tame = read_settings({"claims": claims, "no-hostile-auth": True}, {})
    assert tame.claims & DERIVED.keys() == {"movable-clock"}


def test_further_buckets_are_places_of_their_own():
    settings = read(
        claims="ColdArchive,V4,second-bucket,versions",
        second_bucket="one-more",
        versioned_bucket="with-versions",
    )
    assert (settings.second_bucket, settings.versioned_bucket) == ("one-more", "with-versions")
    assert {"second-bucket", "versions"} <= settings.claims
    assert (read().second_bucket, read().versioned_bucket) == ("", "")
    with pytest.raises(ConfigurationError, match="another one than --oss-bucket"):
        read_settings({"bucket": "oss-clean-second"}, {})


def test_sts_is_claimed_where_there_is_a_token():
    settings = read(KEY | {"OSS_SESSION_TOKEN": "t"}, claims="ColdArchive,V4,STS")
    assert "STS" in settings.claims
    assert "STS" in read_settings({}, {}).claims


def test_manners_and_judging_have_defaults_that_change_nothing():
    for settings in (read(), read_settings({}, {})):
        assert (settings.rate, settings.max_wall, settings.throttled) == (None, None, THROTTLED)
        assert (settings.strict, settings.gate_changes, settings.allow_incomplete) == (
            frozenset(),
            False,
            False,
        )
        assert (settings.edition, settings.deviations, settings.baseline) == ("", None, None)
        assert (settings.write_baseline, settings.report, settings.hostile_auth) == (None, None, True)


def test_manners_and_judging_are_read(tmp_path):
    (tmp_path / "d.toml").write_text("")
    (tmp_path / "b.json").write_text("{}")
    paths = {"deviations": tmp_path / "d.toml", "baseline": tmp_path / "b.json"}
    paths |= {"write_baseline": tmp_path / "new.json", "report": tmp_path / "report.html"}
    settings = read(
        rate=2.5,
        max_wall=60.0,
        throttled=" 429 , 503  SlowDown,",
        strict="all",
        edition="1.2",
        gate_changes=True,
        allow_incomplete=True,
        **{name: str(path) for name, path in paths.items()},
    )
    assert (settings.rate, settings.max_wall, settings.throttled) == (2.5, 60.0, ("429", "503 SlowDown"))
    assert (settings.strict, settings.gate_changes, settings.allow_incomplete) == ({"all"}, True, True)
    assert settings.edition == "1.2"
    assert {name: getattr(settings, name) for name in paths} == paths


def test_the_first_run_writes_the_baseline_that_a_target_file_names(tmp_path):
    path = tmp_path / "b.json"
    options = {"baseline": str(path), "write_baseline": str(path), "gate_changes": True}
    assert read(**options).baseline is None
    path.write_text("{}")
    assert read(**options).baseline == path


def test_a_target_is_called_by_its_endpoint_or_by_its_name():
    assert read().name == "http://127.0.0.1:9000"
    assert read(name="staging").name == "staging"
