"""The command `oss-clean`: one file for each group of subcommands.

Imports every room but `plugin`; the only place that imports click. Start with `main.py`.
"""

from pytest_oss_clean.cli.check import IDLE
from pytest_oss_clean.cli.main import main

__all__ = ["IDLE", "main"]
