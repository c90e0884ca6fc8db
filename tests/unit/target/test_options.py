"""One row for each option and claim, for every place that shows or reads them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pytest_oss_clean.cli.common import option_values, target_options
from pytest_oss_clean.cli.main import main
from pytest_oss_clean.target.capabilities import PROBES
from pytest_oss_clean.target.config.claims import CLAIMS, as_table
from pytest_oss_clean.target.config.options import BY_NAME, OPTIONS, Scope
from pytest_oss_clean.target.config.settings import Settings, read_settings

ROOT = Path(__file__).parents[3]


def test_every_option_that_is_parsed_alone_is_a_setting_with_the_same_default():
    settings, names = read_settings({}, {}), {field.name for field in fields(Settings)}
    for option in OPTIONS:
        if option.parse is not None:
            assert option.field in names, option.name
            assert getattr(settings, option.field) == getattr(Settings(), option.field), option.name


def test_the_default_of_an_option_stands_in_its_help():
    assert BY_NAME["timeout"].help.endswith("(default: 10)")
    assert BY_NAME["budget"].help.endswith("(default: quick)")
    assert "default" not in BY_NAME["strict"].help


def test_the_claims_table_of_the_readme_is_the_table_of_claims():
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"<!-- claims -->\n(.*?)\n<!-- end of claims -->", text, re.DOTALL)
    assert found[1] == as_table()
    assert PROBES.keys() == CLAIMS.keys()


def test_the_help_of_claims_names_each_and_the_default():
    text = BY_NAME["claims"].help
    assert all(claim in text for claim in CLAIMS)
    assert "(default for a URL: ColdArchive, DeepColdArchive, V4)" in text


CHOICES = [
    (option.name, spelt, value)
    for option in OPTIONS
    for value in option.choices
    for spelt in sorted({value, value.upper(), value.lower()})
]


@pytest.mark.parametrize(("name", "spelt", "value"), CHOICES)
def test_a_choice_is_given_by_its_value_in_any_case(name, spelt, value):
    command = click.command("one")(target_options(lambda **values: click.echo(option_values(values)[name])))
    done = CliRunner().invoke(command, [f"--oss-{name}", spelt])
    assert (done.exit_code, done.output.strip()) == (0, value)
    assert BY_NAME[name].choice(spelt) == value


@pytest.mark.parametrize("command", ["probe", "prove", "replay"])
def test_commands_for_one_target_have_its_options_and_no_gate(command):
    text = CliRunner().invoke(main, [command, "--help"], terminal_width=200).output
    for option in OPTIONS:
        shown = re.search(rf"{option.flag}\b(?!-)", text) is not None
        assert shown is option.scope.one_target, option.name
    assert not Scope.GATE.one_target
