"""What the commands of `oss-clean` share: their group, their options, and opening a target."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.spec.verdict import Exit
from pytest_oss_clean.target.config.options import BY_NAME, DEFAULTS, OPTIONS
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.config.target_files import read_target

Command = TypeVar("Command", bound=Callable[..., Any])


class WrongUsage(click.UsageError):
    """Ends with 4: the 2 of click means an interrupted run here."""

    exit_code = Exit.USAGE


class Group(click.Group):
    """Shows settings that cannot work as one line, with exit code 4."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(f"oss-clean: {error}", err=True)
            ctx.exit(Exit.USAGE)
        except click.UsageError as error:
            raise WrongUsage(error.format_message(), error.ctx) from None


def options(*names: str) -> Callable[[Command], Command]:
    """Give a command some of the plugin's options."""

    def add(command: Command) -> Command:
        for option in (BY_NAME[name] for name in reversed(names)):
            command = click.option(
                option.flag,
                default=option.default,
                type=click.Choice(option.choices, case_sensitive=False) if option.choices else option.type,
                is_flag=option.type is bool,
                metavar=option.metavar or None,
                help=f"{option.help[0].upper()}{option.help[1:]}.",
            )(command)
        return command

    return add


target_options = options(*(option.name for option in OPTIONS if option.scope.one_target))
"""The options that say how a target is reached and spoken to."""


def settings_of(target: str, given: dict[str, Any], recorded: dict[str, Any] | None = None) -> Settings:
    """Read the settings of a target; what was recorded counts where nothing else is said."""
    values = {"target": target} | option_values(given)
    for name, value in (recorded or {}).items():
        if values.get(name) in (None, DEFAULTS.get(name)):
            values[name] = value
    return read_target(values, os.environ, Path.cwd())


def option_values(given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of click's parameters by the names of options."""
    return {name.removeprefix("oss_").replace("_", "-"): value for name, value in given.items()}


def opened(settings: Settings) -> Any:
    """Open the target that settings describe, or an emulator."""
    from pytest_oss_clean.target.open import new_run_id, open_embedded, open_server  # noqa: PLC0415

    if settings.endpoint is None:
        return open_embedded(settings, new_run_id())
    return open_server(settings, new_run_id())
