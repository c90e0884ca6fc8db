"""The command line `oss-clean`: its subcommands."""

from __future__ import annotations

import click

from pytest_oss_clean.cli.check import check
from pytest_oss_clean.cli.common import Group
from pytest_oss_clean.cli.compare import compare
from pytest_oss_clean.cli.contracts import contracts, deviations
from pytest_oss_clean.cli.emulator import serve
from pytest_oss_clean.cli.pool import provision, status
from pytest_oss_clean.cli.prove import prove
from pytest_oss_clean.cli.recordings import plan_run, ram_policy
from pytest_oss_clean.cli.targets import probe, reap, replay
from pytest_oss_clean.cli.verify import verify

COMMANDS = (
    *(check, probe, replay, reap, serve, contracts, deviations, prove),
    *(provision, status, compare, plan_run, ram_policy, verify),
)


@click.group(cls=Group)
@click.version_option(package_name="pytest-oss-clean", prog_name="oss-clean")
def main() -> None:
    """Contract tests for CleanRestoredObject of Alibaba Cloud OSS."""


for command in COMMANDS:
    main.add_command(command)
