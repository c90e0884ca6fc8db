"""Hooks that a conftest.py or plugin of the user's may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_oss_clean.target.target import Target


@pytest.hookspec(firstresult=True)
def pytest_oss_clean_advance(target: Target, seconds: float) -> object:
    """Move the restore clock of your server forward by `seconds`, and return True.

    It must not move the clock by which the server judges signatures.
    """
